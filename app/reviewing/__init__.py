"""What is worked out from recorded sessions, without Qt, storage or clock."""
