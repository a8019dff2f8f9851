"""Sessions with simulated patients: the demonstration room and whole visits without a window."""
