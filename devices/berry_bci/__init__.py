"""Oximeters that stream BCI frames of 5 bytes: Berry modules and finger units, BCI boards."""
