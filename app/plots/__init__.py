"""Waveform strips and trends."""
