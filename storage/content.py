"""What a database file holds, as figures that two files can be compared by."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

from storage import sqlite

ROWS_AT_ONCE = 500
"""Rows read at once, so that a large file takes no more memory than a small one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """Tables, their rows and what was made of them.

    Attributes:
        rows: how many rows each table has.
        digests: SHA-256 over every value of every row of a table, in the order of its key.
        schema: SHA-256 over the definitions of tables, indexes and triggers.
        application_id, user_version: as the file has them.
    """

    rows: dict[str, int]
    digests: dict[str, str]
    schema: str
    application_id: int
    user_version: int

    def difference(self, other: Content) -> str:
        """The first thing in which `other` differs, in a sentence; empty when nothing does."""
        for table, count in self.rows.items():
            found = other.rows.get(table, 0)
            if found != count:
                return f"Table {table} has {found} rows instead of {count}."
            if other.digests[table] != self.digests[table]:
                return f"Table {table} has other values."
        if other.schema != self.schema or other.rows.keys() != self.rows.keys():
            return "The tables are not the same."
        if other.application_id != self.application_id or other.user_version != self.user_version:
            return "The format of the file is not the same."
        return ""


def read_content(raw: sqlite.Connection) -> Content:
    """The content of an open file.

    Raises:
        sqlite.Error: it cannot be read.
    """
    definitions = raw.execute(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema"
        " WHERE name NOT LIKE 'sqlite_%' ORDER BY type, name"
    ).fetchall()
    tables = [name for kind, name, _, _ in definitions if kind == "table"]
    figures = {table: _read_table(raw, table) for table in tables}
    return Content(
        rows={table: count for table, (count, _) in figures.items()},
        digests={table: digest for table, (_, digest) in figures.items()},
        schema=hashlib.sha256(repr(definitions).encode()).hexdigest(),
        application_id=raw.execute("PRAGMA application_id").fetchone()[0],
        user_version=raw.execute("PRAGMA user_version").fetchone()[0],
    )


def _read_table(raw: sqlite.Connection, table: str) -> tuple[int, str]:
    quoted = _quoted(table)
    columns = raw.execute(f"PRAGMA table_info({quoted})").fetchall()
    key = sorted((pk, name) for _, name, _, _, _, pk in columns if pk)
    order = ", ".join(_quoted(name) for _, name in key) or "1"
    cursor = raw.execute(f"SELECT * FROM {quoted} ORDER BY {order}")  # noqa: S608 - names quoted
    digest, count = hashlib.sha256(), 0
    while rows := cursor.fetchmany(ROWS_AT_ONCE):
        for row in rows:
            digest.update(repr(row).encode())
        count += len(rows)
    return count, digest.hexdigest()


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
