"""Nonin bedside oximeters that print a line of text a second (8500, 8600V, 9847, Avant, 7500)."""
