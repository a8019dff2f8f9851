"""Reads rows as the file has them, whatever a flipped bit made of their types."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection, Table, inspect, select, type_coerce
from sqlalchemy.types import NullType

from storage.database import Database


@contextmanager
def reading_as_written(database: Database) -> Iterator[Connection]:
    """A connection on which text that is no UTF-8 comes through, each wrong byte as a surrogate.

    Raises:
        StorageError: the world's faults.
    """
    with database.reading() as connection:
        raw: Any = connection.connection.dbapi_connection
        if connection.dialect.name != "sqlite":
            yield connection
            return
        raw.text_factory = _decode
        try:
            yield connection
        finally:
            raw.text_factory = str


def _decode(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def shown(value: object) -> str:
    """`value` for a sentence: text as it is, all else as Python writes it; always printable."""
    text = value if isinstance(value, str) else repr(value)
    return text.encode("utf-8", "backslashreplace").decode()


def raw_rows(connection: Connection, table: Table, *order: str) -> list[Any]:
    """Every row of `table` in that order, each column as the file has it; none without a table."""
    if not inspect(connection).has_table(table.name):
        return []
    columns = [type_coerce(column, NullType()).label(column.name) for column in table.c]
    query = select(*columns).order_by(*(table.c[name] for name in order))
    return list(connection.execute(query).all())


def has_types(row: Any, types: dict[str, type]) -> bool:
    """Whether every column of `row` has the type that it was written with."""
    return all(type(getattr(row, name)) is kind for name, kind in types.items())
