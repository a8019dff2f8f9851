"""What windows know of recorded sessions, and reading it from the record."""
