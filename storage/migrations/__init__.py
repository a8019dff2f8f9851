"""Migrations of the tables, run by `storage.database` when a file is older than the program."""
