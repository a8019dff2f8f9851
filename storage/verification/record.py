"""The verdict on a whole record: every session, course and logbook, and what is not there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from sqlalchemy import Connection, Table, inspect, select, type_coerce
from sqlalchemy.types import NullType

from storage.database import Database
from storage.faults import Fault, StorageError
from storage.heads import course_subject, logbook_subject, session_subject
from storage.schema import JournalRow, LiveRow
from storage.sealing import KnownKeys
from storage.verification.ends import (
    Ends,
    EndVerdict,
    heads_problems,
    missing_subjects,
    read_ends,
)
from storage.verification.journals import JournalChain, follow_courses, follow_logbooks
from storage.verification.logged import missing_logged, read_logged
from storage.verification.reading import raw_rows, reading_as_written, shown
from storage.verification.session import (
    SESSION,
    UNSEALED,
    ChainReport,
    file_version,
    judge_session,
)
from storage.verification.tables import (
    compare_schema,
    read_schema,
    schema_of,
    version_problems,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordReport:
    """What was found of a record.

    Attributes:
        version: of its tables.
        sessions, courses, logbooks: the verdict on each, in their order.
        stray: rows that belong to no session, in sentences.
        missing: what is noted, sealed or in the logbook but not there, in sentences.
        heads: lines of the heads file that cannot be read, in sentences.
        has_heads: whether there is a heads file: without one a session that was taken out may
            not show.
        numbering: sessions whose number is not there, in sentences.
        tables: tables, indexes and triggers that are not those of the version, in sentences.
        damage: what is wrong with the file, or empty.
    """

    version: int
    sessions: Sequence[ChainReport] = ()
    courses: Sequence[JournalChain] = ()
    logbooks: Sequence[JournalChain] = ()
    stray: Sequence[str] = ()
    missing: Sequence[str] = ()
    heads: Sequence[str] = ()
    has_heads: bool = False
    numbering: Sequence[str] = ()
    tables: Sequence[str] = ()
    damage: str = ""

    @property
    def problems(self) -> list[str]:
        """Everything wrong, in sentences, the rows first: they say best what was done."""
        chains = [(f"Session {shown(s.session)}: ", s.chain_problem) for s in self.sessions]
        entries = [("", j.chain_problem) for j in (*self.courses, *self.logbooks)]
        ends = [(f"Session {shown(s.session)}: ", s.ends.problem) for s in self.sessions]
        ends += [(f"Course {shown(j.name)}: ", j.ends.problem) for j in self.courses]
        ends += [(f"Logbook {shown(j.name)}: ", j.ends.problem) for j in self.logbooks]
        lists = [(f"Session {shown(s.session)}: ", s.list_problem) for s in self.sessions]
        return [
            *_told(chains),
            *self.stray,
            *_told(entries),
            *_told(ends),
            *self.missing,
            *self.heads,
            *_told(lists),
            *self.numbering,
            *self.tables,
            *([self.damage] if self.damage else []),
        ]

    @property
    def first_problem(self) -> str:
        """The first thing wrong, in a sentence; empty when nothing is."""
        return next(iter(self.problems), "")

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def _told(pairs: Sequence[tuple[str, str]]) -> list[str]:
    return [f"{title}{problem}" for title, problem in pairs if problem]


GoOn = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""


class StoppedError(Exception):
    """A check was stopped before it came to a verdict."""


def verify_record(
    database: Database, known: KnownKeys | None = None, go_on: GoOn = lambda _share: True
) -> RecordReport:
    """Check everything in the record, and that all that is noted or sealed is there.

    `known` are the keys whose seals are trusted; without any, seals are held against the public
    keys that the record itself names. `go_on` is asked before each session.

    Raises:
        StorageError: the file cannot be opened.
        StoppedError: `go_on` answered no.
    """
    damage = database.find_damage(thorough=True)
    told = "" if damage is None else f"The file is damaged: {damage}"
    version = 0
    try:
        with reading_as_written(database) as connection:
            version = file_version(connection)
            report = _judge(database, connection, version, known or KnownKeys(), go_on)
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            raise
        return RecordReport(
            version=version, damage=told or f"The file is damaged: {error.user_text}"
        )
    return replace(report, damage=told)


def verify_all(database: Database, known: KnownKeys | None = None) -> dict[str, ChainReport]:
    """The verdict on each session of the record, by name; damage of the file is told in each.

    Raises:
        StorageError: the file cannot be opened.
    """
    report = verify_record(database, known)
    return {item.session: replace(item, damage=report.damage) for item in report.sessions}


def _judge(
    database: Database, connection: Connection, version: int, known: KnownKeys, go_on: GoOn
) -> RecordReport:
    ends = read_ends(database, connection, known)
    is_file = database.path is not None
    logbooks = follow_logbooks(connection, ends)
    if is_file:  # a server has the logbooks of many rooms, which may be ahead of their sessions
        whole = {item.name: item.entries for item in logbooks}
        ends = replace(ends, logged=read_logged(connection, whole))
    listed = raw_rows(connection, SESSION, "id")
    sessions = []
    for number, row in enumerate(listed):
        if not go_on(number / len(listed)):
            raise StoppedError
        sessions.append(judge_session(connection, row, ends))
    sessions = _told_unsealed(sessions)
    courses = follow_courses(connection, ends)
    logbooks = _told_bare(logbooks, ends)
    present = [session_subject(item.session) for item in sessions]
    present += [course_subject(item.name) for item in courses]
    present += [logbook_subject(item.name) for item in logbooks]
    tables: list[str] = []
    if is_file:
        tables = compare_schema(read_schema(connection), schema_of(version))
        tables += version_problems(connection, version)
    return RecordReport(
        version=version,
        sessions=sessions,
        courses=courses,
        logbooks=logbooks,
        stray=_stray(connection, {row.id for row in listed}),
        missing=[
            *ends.unsound,
            *missing_subjects(ends, present),
            *_unnamed_keys(ends),
            *_logged_problems(ends, sessions, courses),
            *_unsealed_whole(ends, sessions),
        ],
        heads=heads_problems(ends.heads, ends.seals),
        has_heads=ends.heads.exists,
        numbering=_gaps([row.id for row in listed]) if is_file else (),
        tables=tables,
    )


NOTHING_SEALED = "Nothing in this record is sealed, though a key was given to check it by."
"""Where every seal went together with the `key_made` of the logbook, or there never was any."""

_BARE = ("", UNSEALED)


def _told_bare(logbooks: list[JournalChain], ends: Ends) -> list[JournalChain]:
    """Logbooks without a seal, though other journals have one: their seals were removed."""
    if not any(not seal.subject.startswith(logbook_subject("")) for seal in ends.seals):
        return logbooks
    told = EndVerdict(problem="It is not sealed, though other journals are.", noted=True)
    return [
        replace(item, ends=told) if item.ok and item.seal is None else item for item in logbooks
    ]


def _unnamed_keys(ends: Ends) -> list[str]:
    """Keys that sealed the record and stand in no logbook of it: that logbook was removed."""
    keys = sorted({seal.key for seal in ends.seals} - ends.keyring.announced.keys())
    return [f"No logbook names the key {shown(key)}, which sealed this record." for key in keys]


def _logged_problems(
    ends: Ends, sessions: Sequence[ChainReport], courses: Sequence[JournalChain]
) -> list[str]:
    """What the logbook notes of ends and is not so, in sentences, by subject."""
    found = {session_subject(item.session): item.logged_problem for item in sessions}
    found |= {course_subject(item.name): item.logged_problem for item in courses}
    found |= missing_logged(ends.logged, found.keys())
    return [found[subject] for subject in sorted(found) if found[subject]]


def _unsealed_whole(ends: Ends, sessions: Sequence[ChainReport]) -> list[str]:
    """That nothing is sealed, where somebody gave a key to check closed sessions by."""
    sealed = ends.seals or ends.unsound or any(end.is_sealed for end in ends.heads.ends)
    if not ends.keyring.known.given or sealed or ends.keyring.announced:
        return []
    return [NOTHING_SEALED] if any(item.closed for item in sessions) else []


def _told_unsealed(sessions: list[ChainReport]) -> list[ChainReport]:
    """Closed sessions without a seal, though one that began later has: its seals were removed."""
    last = max((n for n, item in enumerate(sessions) if item.ends.seal is not None), default=-1)
    return [
        replace(
            item,
            ends=EndVerdict(problem="It is not sealed, though later sessions are.", noted=True),
        )
        if n < last and item.closed and item.ends.seal is None and item.ends.problem in _BARE
        else item
        for n, item in enumerate(sessions)
    ]


def _stray(connection: Connection, known: set[Any]) -> list[str]:
    """Rows of sessions that are not in the list."""
    problems = []
    for table in (JournalRow.__table__, LiveRow.__table__):
        problems += _stray_rows(connection, table, known)  # type: ignore[arg-type]
    return problems


def _stray_rows(connection: Connection, table: Table, known: set[Any]) -> list[str]:
    if not inspect(connection).has_table(table.name):
        return []
    names = ("session_id", "first_seq", "last_seq", "kind")
    columns = [type_coerce(table.c[name], NullType()).label(name) for name in names]
    query = select(*columns).where(table.c.session_id.not_in(list(known)))
    rows = connection.execute(query.order_by(table.c.session_id, table.c.first_seq)).all()
    return [
        f"The row of events {shown(row.first_seq)} to {shown(row.last_seq)} ({shown(row.kind)}) in"
        f" the table {table.name} belongs to session number {shown(row.session_id)}, which is not"
        " there."
        for row in rows
    ]


def _gaps(numbers: Sequence[int]) -> list[str]:
    there = sorted({0, *(number for number in numbers if number > 0)})
    gaps = [(a + 1, b - 1) for a, b in pairwise(there) if b > a + 1]
    return [
        f"Session number {a} is missing." if a == b else f"Session numbers {a} to {b} are missing."
        for a, b in gaps
    ]
