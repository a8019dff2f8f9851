"""The clinician's window on recorded sessions."""
