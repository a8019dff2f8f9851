"""The rules of an infusion session: pure, without I/O, clock, thread or log."""
