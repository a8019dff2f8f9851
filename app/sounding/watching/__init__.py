"""The watch on the sound output: gone, changed, muted, too soft. A file for each system's way."""
