"""B. Braun Space pumps, read through SpaceStation or SpaceCom over the BCC protocol."""
