"""Ivy 450C monitors with ANSAR-B output: a message of waves and lines every second."""
