"""Nellcor oximeters that print a line every 2 s (N-560, N-595, N-600x, PM100N, NPB-290/295)."""
