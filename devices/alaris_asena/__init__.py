"""Alaris GH, CC, TIVA and Asena syringe pumps, read over their serial protocol (ASH)."""
