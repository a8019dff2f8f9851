"""Keeps the machine awake during a session, and tells beforehand what may interrupt one."""
