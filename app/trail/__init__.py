"""The trail of who looked at what, who took a copy out, and who changed a setting."""
