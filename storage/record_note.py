"""A line in a record's own logbook by whoever works on the record itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from protocols.logbook.entries import Changed, Entry
from storage.clock import write_utc
from storage.database import Database
from storage.logbook import append_log, open_logbook


@dataclass(frozen=True, slots=True, kw_only=True)
class Author:
    """Who asks for it and with which version of the program; stands in the logbook."""

    by: str
    program: str


def note(database: Database, author: Author, entry: Callable[[str], Entry]) -> None:
    """Append what `entry` makes of the present time, ISO 8601 in UTC.

    Raises:
        StorageError: the world's faults; nothing is added then.
    """
    now = datetime.now(UTC)
    logbook = open_logbook(database, now, author.program)
    append_log(database, logbook, entry(write_utc(now)))


def note_change(database: Database, author: Author, subject: str, before: str, after: str) -> None:
    """Append that `subject` was changed.

    Raises:
        StorageError: the world's faults; nothing is added then.
    """
    note(
        database,
        author,
        lambda at: Changed(by=author.by, at_utc=at, subject=subject, before=before, after=after),
    )
