"""Bytes: ports, readers, and one folder of parser and simulator a monitor family."""
