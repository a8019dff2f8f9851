"""Masimo monitors in the serial mode ASCII 1 (Rad-5, Rad-7, Rad-8, Rad-87, Radical-7, Root)."""
