"""The option that names the database, and opening it for a command."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.unlocking import unlock_to_use
from app.places import database as place_of_database
from app.records.looked_at import LookedAt, look_without_trace, looked_at
from storage.database import Database, open_database
from storage.export import UNPROTECTED
from storage.faults import StorageError
from storage.key_file import key_path
from storage.server import shown_place

DatabaseOption = Annotated[
    str | None,
    typer.Option("--database", help="Database file or URL; else INFUSION_ROOM_DATABASE."),
]


@contextmanager
def opened_to_read(named: str | None) -> Iterator[Database]:
    """The database as it is, opened read-only and without a trace beside it.

    Raises:
        BadInputError: it cannot be opened.
    """
    place = _ready(named)
    look_without_trace(place)
    try:
        with open_database(place, read_only=True) as database:
            yield database
    except StorageError as error:
        raise BadInputError(f"{shown_place(place)}: {error.user_text}") from error


@contextmanager
def opened_to_look(
    named: str | None, *, or_empty: bool = False
) -> Iterator[tuple[Database, LookedAt]]:
    """The database, or a copy of what holds of it where it is damaged, opened read-only.

    With `or_empty` an empty one where nobody named any and this machine has none.

    Raises:
        BadInputError: it cannot be opened.
    """
    own = place_of_database(named)
    if or_empty and named is None and "://" not in own and not Path(own).is_file():
        with TemporaryDirectory(prefix="no-record-") as folder:
            empty = str(Path(folder) / "sessions.db")
            open_database(empty).close()
            with open_database(empty, read_only=True) as database:
                yield database, LookedAt(place=empty, foreign=False)
        return
    place = _ready(named)
    try:
        with looked_at(place) as seen, open_database(seen.place, read_only=True) as database:
            yield database, seen
    except StorageError as error:
        raise BadInputError(f"{shown_place(place)}: {error.user_text}") from error


def _ready(named: str | None) -> str:
    """The place of the database, which is there and unlocked."""
    place = place_of_database(named)
    if "://" not in place and not Path(place).is_file():
        raise BadInputError(f"{place}: no such database")
    unlock_to_use(place)
    return place


def say_unprotected(named: str | None) -> None:
    """Say that what was just written has none of the protection of the encrypted record."""
    place = place_of_database(named)
    if "://" not in place and key_path(Path(place).expanduser()).exists():
        typer.echo(UNPROTECTED)
