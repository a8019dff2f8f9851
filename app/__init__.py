"""What people see and operate: the session pipeline, its threads, and the windows."""
