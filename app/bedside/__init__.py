"""The nurse's window."""
