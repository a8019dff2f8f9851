"""The verdict on one session: its rows, its noted and sealed ends, its line in the list."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import Connection, Table

from storage.database import Database
from storage.faults import Fault, StorageError
from storage.heads import Head, NotedEnd, session_subject
from storage.journal import no_session
from storage.schema import SessionRow
from storage.sealing import KnownKeys
from storage.summary import SummaryFold
from storage.verification.ends import Ends, EndVerdict, judge_ends, read_ends
from storage.verification.logged import judge_logged
from storage.verification.reading import raw_rows, reading_as_written, shown
from storage.verification.rows import Walk, read_placed, walk

SESSION: Table = SessionRow.__table__  # type: ignore[assignment]

_COMMITTED = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}\+00:00")

UNSEALED = (
    "It is not sealed, though the record names a key: its seal is still to be made, or was taken"
    " away."
)
"""Of a closed session: whoever takes the seals away leaves this, unless the logbook went too."""

EMPTY_WHEN_CLOSED = 4
"""From this version on ``committed_utc`` of a closed session is empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What was found of one session.

    Attributes:
        session: its name.
        events: how many events follow each other without fault from the first on.
        head: the end of the unbroken chain.
        chain_problem: the first row that is wrong, in a sentence; empty when none is.
        ends: what was noted and sealed of its end.
        list_problem: where the list of sessions tells otherwise than the events.
        damage: what is wrong with the file that holds it.
        closed: whether it was closed.
        logged_problem: what the logbook notes of its end and is not so; the record's report says
            it.
    """

    session: str
    events: int
    head: Head
    chain_problem: str = ""
    ends: EndVerdict = field(default_factory=EndVerdict)
    list_problem: str = ""
    damage: str = ""
    closed: bool = False
    logged_problem: str = ""

    @property
    def first_problem(self) -> str:
        """The first thing wrong, in a sentence; empty when nothing is."""
        return self.chain_problem or self.ends.problem or self.list_problem or self.damage

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.first_problem

    @property
    def head_confirmed(self) -> bool | None:
        """Whether what is noted names this very end; None when nothing is noted."""
        return not self.ends.problem if self.ends.noted else None

    @property
    def seal(self) -> NotedEnd | None:
        """Its newest seal, of all that fit."""
        return self.ends.seal


def verify_chain(
    database: Database, session: str, *, whole_file: bool = True, known: KnownKeys | None = None
) -> ChainReport:
    """Check one session: rows, ends, list; and with `whole_file` the file that holds them.

    `known` are the keys whose seals are trusted; without any, seals are held against the public
    keys that the record itself names.

    Raises:
        StorageError: there is no such session, or the file cannot be opened.
    """
    damage = database.find_damage(thorough=True) if whole_file else None
    told = "" if damage is None else f"The file is damaged: {damage}"
    try:
        with reading_as_written(database) as connection:
            ends = read_ends(database, connection, known or KnownKeys())
            rows = [row for row in raw_rows(connection, SESSION, "id") if row.name == session]
            if not rows:
                raise no_session(session)
            return judge_session(connection, rows[0], ends, damage=told)
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            raise
        told = told or f"The file is damaged: {error.user_text}"
        return ChainReport(session=session, events=0, head=walk(session, ()).head, damage=told)


def judge_session(
    connection: Connection, row: Any, ends: Ends, *, damage: str = "", version: int | None = None
) -> ChainReport:
    """The verdict on the session of one row of the list of sessions."""
    name = row.name if isinstance(row.name, str) else shown(row.name)
    subject = session_subject(name)
    found = walk(name, read_placed(connection, row.id), ends.wanted(subject))
    verdict, logged = EndVerdict(), ""
    if not found.problem:
        logged = judge_logged(ends.logged, subject, found.head, found.values.get)
        verdict = judge_ends(ends, subject, found.head, found.values.get)
        if found.fold.closed and ends.keyring.announced and _is_bare(verdict):
            verdict = EndVerdict(problem=UNSEALED, noted=verdict.noted)
    return ChainReport(
        session=name,
        events=found.head.seq,
        head=found.head,
        chain_problem=found.problem,
        ends=verdict,
        list_problem="" if found.problem else next(_list_problems(connection, row, found), ""),
        damage=damage,
        closed=found.fold.closed,
        logged_problem=logged,
    )


def _is_bare(verdict: EndVerdict) -> bool:
    return verdict.seal is None and not verdict.problem


def file_version(connection: Connection) -> int:
    """The version of the file's tables; of a server that of this program."""
    if connection.dialect.name != "sqlite":
        return EMPTY_WHEN_CLOSED
    return int(connection.exec_driver_sql("PRAGMA user_version").scalar() or 0)


def _list_problems(connection: Connection, row: Any, found: Walk) -> Iterator[str]:
    for column, wanted in _columns(found.fold).items():
        said = getattr(row, column)
        if type(said) is bool:
            said = int(said)
        if type(said) is not type(wanted) or said != wanted:
            yield (
                f"The list of sessions says {column} {shown(repr(said))}, but the events say"
                f" {shown(repr(wanted))}."
            )
    committed = row.committed_utc
    if found.fold.closed and file_version(connection) >= EMPTY_WHEN_CLOSED:
        if committed != "":
            yield f"The list of sessions says committed_utc {shown(repr(committed))}, not ''."
    elif not isinstance(committed, str) or not (committed == "" or _COMMITTED.fullmatch(committed)):
        yield f"The list of sessions says committed_utc {shown(repr(committed))}, which is no time."


def _columns(fold: SummaryFold) -> dict[str, str | int]:
    columns = fold.columns()
    return {name: int(v) if isinstance(v, bool) else v for name, v in columns.items()}
