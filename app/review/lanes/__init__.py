"""The lanes of a session's plots: each draws one subject over the time in view."""
