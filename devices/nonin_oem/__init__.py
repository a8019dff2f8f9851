"""Nonin oximeter modules with binary data format 1, 2, 7, 8 or 13 (Xpod, OEM III, 3150, 9560)."""
