"""Where monitors were last used: read from the openings of recorded sessions."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Table, select

from protocols.events import DeviceSlot, SessionOpened
from storage.canonical import parse
from storage.database import Database
from storage.packing import decode_run
from storage.schema import JournalRow, SessionRow

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]

SESSIONS_SEARCHED = 300
"""How many sessions back a monitor is looked for: a few months of a busy room."""


def last_rooms(database: Database, identities: Collection[str]) -> dict[str, str]:
    """The room in which each of `identities` was last bound to a session that was not simulated.

    Identities that no session knows are left out.

    Raises:
        StorageError: the world's faults.
    """
    wanted = {identity for identity in identities if identity}
    rooms: dict[str, str] = {}
    if not wanted:
        return rooms
    query = (
        select(_JOURNAL.c.body)
        .join(_SESSION, _SESSION.c.id == _JOURNAL.c.session_id)
        .where(_JOURNAL.c.first_seq == 1, _SESSION.c.simulated.is_(False))
        .order_by(_SESSION.c.started_utc.desc(), _SESSION.c.id.desc())
        .limit(SESSIONS_SEARCHED)
    )
    with database.reading() as connection:
        for body in connection.execute(query).scalars():
            opened = _opening(body)
            for slot in () if opened is None else opened.devices:
                if opened is not None and slot.identity in wanted:
                    rooms.setdefault(slot.identity, opened.room)
            if len(rooms) == len(wanted):
                break
    return rooms


def last_slots(database: Database, room: str) -> tuple[DeviceSlot, ...]:
    """The monitors of the last session in `room` that was not simulated; empty where there is none.

    Raises:
        StorageError: the world's faults.
    """
    query = (
        select(_JOURNAL.c.body)
        .join(_SESSION, _SESSION.c.id == _JOURNAL.c.session_id)
        .where(
            _JOURNAL.c.first_seq == 1,
            _SESSION.c.simulated.is_(False),
            _SESSION.c.room == room,
        )
        .order_by(_SESSION.c.started_utc.desc(), _SESSION.c.id.desc())
        .limit(1)
    )
    with database.reading() as connection:
        body = connection.execute(query).scalar_one_or_none()
    opened = None if body is None else _opening(body)
    return () if opened is None else opened.devices


def _opening(body: bytes) -> SessionOpened | None:
    """The opening event in `body`; None where it is damaged, which `verify` reports."""
    try:
        [event] = [parse(body)] if body[:1] == b"[" else decode_run(body)
    except ValueError:
        return None
    return event if isinstance(event, SessionOpened) else None
