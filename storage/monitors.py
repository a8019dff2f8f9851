"""Where monitors were last used: read from the openings of recorded sessions."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import Connection, Table, select

from protocols.events import ConfirmMonitor, DeviceSlot, Event, SessionOpened
from storage.database import Database
from storage.packing import decode_body
from storage.schema import JournalRow, SessionRow

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]

_CONFIRMED = "confirm_monitor"

SESSIONS_SEARCHED = 300
"""How many sessions back a monitor is looked for: a few months of a busy room."""


_OPENINGS = (
    select(_JOURNAL.c.body, _JOURNAL.c.session_id)
    .join(_SESSION, _SESSION.c.id == _JOURNAL.c.session_id)
    .where(_JOURNAL.c.first_seq == 1, _SESSION.c.simulated.is_(False))
    .order_by(_SESSION.c.started_utc.desc(), _SESSION.c.id.desc())
)
"""Openings of the sessions that were not simulated, the newest first."""


def last_rooms(database: Database, identities: Collection[str]) -> dict[str, str]:
    """The room in which each of `identities` was last used in a session that was not simulated.

    A monitor that came from another room and was not confirmed is still of that room. Identities
    that no session knows are left out.

    Raises:
        StorageError: the world's faults.
    """
    wanted = {identity for identity in identities if identity}
    rooms: dict[str, str] = {}
    if not wanted:
        return rooms
    query = _OPENINGS.limit(SESSIONS_SEARCHED)
    with database.reading() as connection:
        for body, session_id in connection.execute(query).all():
            opened = _event(body)
            if not isinstance(opened, SessionOpened):
                continue
            for slot in opened.devices:
                if slot.identity in wanted and slot.identity not in rooms:
                    foreign = slot.last_room and not _is_confirmed(
                        connection, session_id, slot.device
                    )
                    rooms[slot.identity] = slot.last_room if foreign else opened.room
            if len(rooms) == len(wanted):
                break
    return rooms


def last_slots(database: Database, room: str) -> tuple[DeviceSlot, ...]:
    """The monitors of the last session in `room` that was not simulated; empty where there is none.

    Raises:
        StorageError: the world's faults.
    """
    query = _OPENINGS.where(_SESSION.c.room == room).limit(1)
    with database.reading() as connection:
        body = connection.execute(query).scalar()
    opened = None if body is None else _event(body)
    return opened.devices if isinstance(opened, SessionOpened) else ()


def _is_confirmed(connection: Connection, session_id: int, device: str) -> bool:
    """Whether a person confirmed the monitor of `device` in that session."""
    query = select(_JOURNAL.c.body).where(
        _JOURNAL.c.session_id == session_id, _JOURNAL.c.kind == _CONFIRMED
    )
    confirmed = (_event(body) for body in connection.execute(query).scalars())
    return any(isinstance(one, ConfirmMonitor) and one.device == device for one in confirmed)


def _event(body: bytes) -> Event | None:
    """The rare event in `body`; None where it is damaged, which `verify` reports."""
    try:
        [event] = decode_body(body)
    except ValueError:
        return None
    return event
