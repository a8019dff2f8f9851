"""GE/Datex-Ohmeda S/5 and CARESCAPE Bx50 monitors: asked once, they send records by themselves."""
