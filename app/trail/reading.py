"""Reads the trail for people: of one session, or of the whole record."""

from __future__ import annotations

from pathlib import Path

from app.records.catalogue import MOST_SHOWN, TrailLine
from app.trail.noting import subject_of
from app.trail.words import entry_words
from protocols.logbook.entries import ENTRY_KINDS, Changed, Exported, Looked, Verified
from storage.clock import parse_utc
from storage.database import Database, open_database
from storage.faults import StorageError
from storage.log_search import FoundEntry, find_entries

ABOUT_A_SESSION = (Looked, Exported, Verified, Changed)
"""Kinds of entries that speak of a session."""


def read_trail(database: Database, session: str = "") -> list[TrailLine]:
    """The newest entries about a session, or of any kind, newest first.

    Raises:
        StorageError: the record cannot be read.
    """
    kinds = ABOUT_A_SESSION if session else tuple(ENTRY_KINDS.values())
    subject = subject_of(session) if session else ""
    return [_line(one) for one in find_entries(database, kinds, subject=subject, most=MOST_SHOWN)]


def read_trail_elsewhere(place: str, session: str = "") -> list[TrailLine]:
    """The same from the record at `place`; nothing where there is none or it cannot be read."""
    if "://" in place or not Path(place).is_file():
        return []
    try:
        with open_database(place, read_only=True) as database:
            return read_trail(database, session)
    except StorageError:
        return []


def merge(*trails: list[TrailLine]) -> list[TrailLine]:
    """Several trails as one, newest first."""
    return sorted(
        (line for trail in trails for line in trail), key=lambda line: line.at_utc, reverse=True
    )[:MOST_SHOWN]


def _line(found: FoundEntry) -> TrailLine:
    what, detail = entry_words(found.entry)
    moment = parse_utc(found.entry.at_utc)
    return TrailLine(
        at_utc=found.entry.at_utc,
        at=None if moment is None else moment.astimezone(),
        who=found.entry.by,
        what=what,
        detail=detail,
    )
