"""Nonin oximeter modules that stream binary data format 2 or 7 (Xpod, OEM III, 3150, 9560)."""
