"""The commands of `main.py`, one subject a file: they read options, call the program and print."""
