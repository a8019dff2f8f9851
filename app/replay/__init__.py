"""The window that plays a recorded session back."""
