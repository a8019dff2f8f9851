"""Keys and copies of a record: who may unlock it, and where it lies a second time. No Qt."""
