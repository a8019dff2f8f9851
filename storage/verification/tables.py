"""Holds tables, indexes and triggers of a file against those that its version has."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Connection, create_engine
from sqlalchemy.pool import StaticPool

from storage import sqlite
from storage.database import migrate
from storage.verification.reading import shown

Schema = dict[tuple[str, str], str]
"""What the file declares, by its sort (``trigger``) and name: its words, spaces made one."""


def read_schema(connection: Connection) -> Schema:
    """What a file declares; what SQLite makes by itself is left out."""
    rows = connection.exec_driver_sql("SELECT type, name, sql FROM sqlite_schema")
    return {
        (shown(kind), shown(name)): " ".join(shown(sql).split())
        for kind, name, sql in rows
        if not shown(name).startswith("sqlite_")
    }


@cache
def schema_of(version: int) -> Schema:
    """What a file of that version declares, as the migrations make it."""
    engine = create_engine(
        "sqlite://",
        module=sqlite.MODULE,
        creator=lambda: sqlite.connect(":memory:", check_same_thread=False),
        poolclass=StaticPool,
    )
    try:
        with engine.begin() as connection:
            migrate(connection, f"{version:04d}")
            return read_schema(connection)
    finally:
        engine.dispose()


def compare_schema(found: Schema, wanted: Schema) -> list[str]:
    """What differs, in sentences."""
    problems = []
    for sort, name in sorted(found.keys() | wanted.keys()):
        where = f"The {sort} {name}"
        if (sort, name) not in found:
            problems.append(f"{where} of the file is missing.")
        elif (sort, name) not in wanted:
            problems.append(f"{where} is in the file, but the program did not make it.")
        elif found[sort, name] != wanted[sort, name]:
            problems.append(f"{where} of the file was changed.")
    return problems


def version_problems(connection: Connection, version: int) -> list[str]:
    """What is wrong with the file's own word on its migrations."""
    revisions = [
        str(row[0]) for row in connection.exec_driver_sql("SELECT version_num FROM alembic_version")
    ]
    if revisions == [f"{version:04d}"]:
        return []
    said = ", ".join(map(shown, revisions)) or "none"
    return [f"The file says migration {said}, its version is {version}."]
