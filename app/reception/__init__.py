"""What stands between windows and a session: opening, resuming, closing, ports, settings."""
