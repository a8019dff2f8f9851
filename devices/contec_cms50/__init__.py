"""Contec CMS50 oximeters with a serial port: the old 5-byte and the new 9-byte stream."""
