"""Compares what a room has with what the server has: session by session, journal by journal."""

from __future__ import annotations

from dataclasses import dataclass

from storage.database import Database
from storage.forwarding import ConflictError, plan_entries, plan_session
from storage.own_rows import ENTRY_TABLES, OwnRows, read_ends
from storage.server_rows import read_entries_end, read_session_end


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCheck:
    """One session, course or logbook in the room's record and on the server.

    Attributes:
        name: what it is, for example ``session NAME``.
        here: number of its last event or entry in the room.
        there: the same on the server.
        problem: what is different, in a sentence; empty where nothing is.
    """

    name: str
    here: int
    there: int
    problem: str = ""

    @property
    def ok(self) -> bool:
        """Whether the server has it as the room has."""
        return not self.problem


def check_rooms(server: Database, own: OwnRows, *, heads: bool) -> list[SessionCheck]:
    """Each session, course and logbook of `own`; with `heads` the chain values are compared too.

    Raises:
        StorageError: the world's faults.
    """
    checks = []
    mine = own.ends()
    with server.reading() as connection:
        theirs = {name: end for name, end, _ in read_ends(connection, mine)}
        for name, (here, _) in sorted(mine.items()):
            there = theirs.get(name, 0)
            problem = "" if here == there else _missing(here, there)
            if heads:
                _, end = read_session_end(connection, name)
                try:
                    plan_session(name, end, own.part(name, end.head.seq, ()))
                except ConflictError as error:
                    problem = str(error)
            checks.append(
                SessionCheck(name=f"session {name}", here=here, there=there, problem=problem)
            )
        for entries in ENTRY_TABLES:
            for name in sorted(own.entry_ends(entries)):
                end_there = read_entries_end(connection, entries, name)
                end_here, at_end = own.entries_end(entries, name, end_there.seq)
                title = f"{entries.title} {name}"
                try:
                    behind = plan_entries(title, end_there, end_here, at_end, shared=entries.shared)
                    problem = _missing(end_here.seq, end_there.seq) if behind else ""
                except ConflictError as error:
                    problem = str(error)
                checks.append(
                    SessionCheck(
                        name=f"{entries.title.lower()} {name}",
                        here=end_here.seq,
                        there=end_there.seq,
                        problem=problem,
                    )
                )
    return checks


def _missing(here: int, there: int) -> str:
    if there > here:
        return f"The server has {there - here} more than this room."
    return f"{here - there} wait to be sent."
