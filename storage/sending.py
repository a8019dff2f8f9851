"""Sends a room's own record to the server: in order, each event once, whatever is cut off when.

A batch is one transaction on the server. It begins with the end that the server has, a number and
a chain value, and adds what follows it in the room. So it does not matter which batches arrived
before, who is killed, or whether the answer to a commit was lost: the next one looks again.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from storage.database import Database
from storage.forwarding import ConflictError, plan_entries, plan_session, rows_end
from storage.own_rows import COURSES, ENTRY_TABLES, LOGBOOKS, Dirty, EntryTable, OwnRows, read_ends
from storage.server import lock_subject
from storage.server_rows import (
    add_entries,
    add_seals,
    add_session_rows,
    read_entries_end,
    read_session_end,
)

_log = logging.getLogger(__name__)

BATCH_PATIENCE_S = 25.0
"""How long one batch may take; then the connection is cut and the batch is tried again."""

NAMES_AT_ONCE = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What one batch did.

    Attributes:
        seq: number of the last event or entry that the server has now.
        added: how many events or entries it was given.
        rows: how many rows those are.
        complete: whether it now has all that the room had.
    """

    seq: int
    added: int
    rows: int
    complete: bool


class Sender:
    """One room's record and the server; for one thread."""

    def __init__(self, server: Database, own: OwnRows) -> None:
        """Send what `own` has to `server`, which is open for writing."""
        self.own = own
        self._server = server

    def survey(self) -> Dirty:
        """All that the room has and the server, by its numbers, has not.

        Raises:
            StorageError: the world's faults.
        """
        self.own.mark()
        dirty = Dirty()
        mine = self.own.ends()
        names = list(mine)
        theirs: dict[str, tuple[int, bool]] = {}
        with self._server.reading() as connection:
            for at in range(0, len(names), NAMES_AT_ONCE):
                for name, end, live in read_ends(connection, names[at : at + NAMES_AT_ONCE]):
                    theirs[name] = (end, live)
        dirty.sessions.update(name for name, end in mine.items() if theirs.get(name) != end)
        for entries in ENTRY_TABLES:
            dirty.of(entries).update(self.own.entry_ends(entries))
        dirty.seals.update(self.own.seals())
        return dirty

    @contextmanager
    def _adding(self, subject: str) -> Iterator[Connection]:
        """A transaction on the server that alone adds to `subject`."""
        try:
            with self._server.writing() as connection:
                lock_subject(connection, subject)
                yield connection
        except IntegrityError as error:
            _log.exception("the server refuses rows of %s", subject)
            raise ConflictError(
                f"The server refuses what this room has of {subject}. Nothing of it is sent."
            ) from error

    def send_session(self, session: str) -> Sent:
        """Send the next rows of a session.

        Raises:
            ConflictError: the server has other events of it.
            StorageError: the world's faults.
        """
        with self._adding(f"session {session}") as connection:
            number, end = read_session_end(connection, session)
            part = self.own.part(session, end.head.seq, end.live_firsts)
            try:
                rows = plan_session(session, end, part)
            except ValueError as error:
                raise ConflictError(
                    f"Session {session}: a row of this room is damaged: {error}."
                    " Nothing of it is sent."
                ) from error
            if rows or number is None:
                columns = self.own.columns(session)
                if not part.complete:
                    columns["closed"] = False
                add_session_rows(connection, number, columns, rows)
        head = rows_end(end, rows)
        return Sent(
            seq=head.seq,
            added=head.seq - end.head.seq,
            rows=len(rows),
            complete=part.complete,
        )

    def send_entries(self, entries: EntryTable, name: str) -> Sent:
        """Send the next entries of a course or logbook.

        Raises:
            ConflictError: the server has other entries of it.
            StorageError: the world's faults.
        """
        with self._adding(f"{entries.title.lower()} {name}") as connection:
            end = read_entries_end(connection, entries, name)
            mine, at_end = self.own.entries_end(entries, name, end.seq)
            title = f"{entries.title} {name}"
            if not plan_entries(title, end, mine, at_end, shared=entries.shared):
                return Sent(seq=end.seq, added=0, rows=0, complete=True)
            rows = self.own.entries(entries, name, end.seq)
            add_entries(connection, entries, name, rows)
        last = end.seq + len(rows)
        return Sent(seq=last, added=len(rows), rows=len(rows), complete=last >= mine.seq)

    def send_seals(self, wanted: Iterable[tuple[str, int]]) -> int:
        """Send seals that the server has not.

        Returns:
            How many were looked at.

        Raises:
            ConflictError: the server has another seal for the same end.
            StorageError: the world's faults.
        """
        rows = self.own.seal_rows(wanted)
        if not rows:
            return 0
        with self._adding("seals") as connection:
            others = add_seals(connection, rows)
        if others:
            raise ConflictError(f"The server has another seal of {others[0]} than this room.")
        return len(rows)


OnSent = Callable[[str, Sent], None]
"""Called after each batch with the name of its session, course or logbook; may raise."""


def send_all(sender: Sender, dirty: Dirty, on_sent: OnSent | None = None) -> dict[str, str]:
    """Send all that is in `dirty`, which is emptied of what was sent or cannot be.

    Returns:
        A sentence for each session, course, logbook or seal that is in conflict, by its name.

    Raises:
        StorageError: the world's faults; what was sent stays sent.
    """
    conflicts: dict[str, str] = {}
    for entries in (None, LOGBOOKS, COURSES):
        names = dirty.sessions if entries is None else dirty.of(entries)
        for name in sorted(names):
            try:
                _send_whole(sender, entries, name, on_sent)
            except ConflictError as error:
                _log.warning("%s", error)
                conflicts[name] = str(error)
            names.discard(name)
    while dirty.seals:
        some = sorted(dirty.seals)[:NAMES_AT_ONCE]
        try:
            sender.send_seals(some)
        except ConflictError as error:
            _log.warning("%s", error)
            conflicts["seals"] = str(error)
        dirty.seals.difference_update(some)
    return conflicts


def _send_whole(
    sender: Sender, entries: EntryTable | None, name: str, on_sent: OnSent | None
) -> None:
    """Send a session, or a journal in the table `entries`, in as many batches as it takes."""
    complete = False
    while not complete:
        sent = sender.send_session(name) if entries is None else sender.send_entries(entries, name)
        complete = sent.complete
        if on_sent is not None:
            on_sent(name, sent)


def ask_server(server: Database) -> None:
    """Find out whether the server answers.

    Raises:
        StorageError: it does not.
    """
    with server.reading() as connection:
        connection.exec_driver_sql("SELECT 1")
