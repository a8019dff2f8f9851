"""Commands that record: into the room's own file, forwarded to the server where one is named."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import typer

from app.commands.answers import BadInputError
from app.own_record import OwnRecord, own_record
from app.places import database as place_of_database
from app.reception.room_server import DRAIN_S, RoomServer
from app.reception.settings import load_settings
from storage.database import open_database
from storage.faults import StorageError
from storage.sessions import unfinished


def own_record_of(named: str | None, room: str | None = None) -> OwnRecord:
    """Where this machine records when `named` was named, for `room` or the settings' room.

    Raises:
        BadInputError: an address that is none.
    """
    place = place_of_database(named)
    if "://" not in place:
        return OwnRecord(place=place)
    try:
        return own_record(place, room or load_settings()[0].room)
    except StorageError as error:
        raise BadInputError(error.user_text) from error


def own_place_of(named: str | None) -> str:
    """Path of the file in which this machine records when `named` was named."""
    return own_record_of(named).place


@contextmanager
def forwarded(own: OwnRecord, *, drain_s: float = DRAIN_S) -> Iterator[RoomServer | None]:
    """Forward `own` until the end of the block, and what is left for `drain_s`; then say what is.

    Gives None where no server was named.
    """
    if not own.address:
        yield None
        return
    server = RoomServer(own)
    server.start()
    try:
        yield server
    finally:
        if not server.close(drain_s):
            typer.echo(
                f"Not all is on the server yet. {own.place} keeps it; it is sent at the next start,"
                " or by: main.py server forward",
                err=True,
            )


def left_elsewhere(own: OwnRecord) -> str:
    """A sentence where another room of this machine left a session that nobody closed."""
    for path in own.others:
        room = _open_session_of(path)
        if room:
            return (
                f"This machine also has the record of {room}, with a session that was not closed:"
                f' begin with --room "{room}" to decide on it.'
            )
    return ""


def _open_session_of(path: Path) -> str:
    try:
        with open_database(path, read_only=True) as database:
            cut = [one for one in unfinished(database) if not one.simulated and one.last_t_ns > 0]
    except StorageError:
        return ""
    return cut[0].room if cut else ""
