"""Facts: the append-only session journal, its schema and its one writer."""
