"""Reads the events of chosen rare kinds of one session, without decoding the rest."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Table, select

from protocols.events import EVENT_KINDS, Event
from storage.database import Database
from storage.journal import find_session
from storage.packing import decode_body
from storage.schema import JournalRow

_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_NAMES = {kind: name for name, kind in EVENT_KINDS.items()}


def read_rare(database: Database, session: str, kinds: Iterable[type[Event]]) -> list[Event]:
    """The events of `kinds` of a session, in order; each kind must have rows of its own.

    A row that cannot be read is left out: what is shown from here only helps a person choose.

    Raises:
        StorageError: the record cannot be read.
    """
    return read_rare_counted(database, session, kinds)[0]


def read_rare_counted(
    database: Database, session: str, kinds: Iterable[type[Event]]
) -> tuple[list[Event], int]:
    """As `read_rare`, and how many rows could not be read.

    Raises:
        StorageError: the record cannot be read.
    """
    names = [_NAMES[kind] for kind in kinds]
    with database.reading() as connection:
        number = find_session(connection, session)
        rows = connection.execute(
            select(_JOURNAL.c.body)
            .where(_JOURNAL.c.session_id == number, _JOURNAL.c.kind.in_(names))
            .order_by(_JOURNAL.c.first_seq)
        ).all()
    events: list[Event] = []
    unread = 0
    for row in rows:
        try:
            events += decode_body(row.body)
        except ValueError:
            unread += 1
    return events, unread
