"""The room's own record as a forwarder reads it: what is new, and the rows after a given end.

Every question is one short reading transaction, so that the recorder's log can be written back.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import (
    Column,
    ColumnClause,
    Connection,
    Integer,
    Table,
    func,
    literal_column,
    select,
)

from storage.canonical import chain_start
from storage.courses import COURSE_FORM
from storage.database import open_database
from storage.faults import Fault, StorageError
from storage.forwarding import EntryRow, SessionPart
from storage.heads import Head
from storage.journal import Run, select_runs
from storage.logbook import LOG_FORM
from storage.schema import PACK, CourseRow, JournalRow, LiveRow, LogRow, SealRow, SessionRow

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_LIVE: Table = LiveRow.__table__  # type: ignore[assignment]
_COURSE: Table = CourseRow.__table__  # type: ignore[assignment]
_LOG: Table = LogRow.__table__  # type: ignore[assignment]
_SEAL: Table = SealRow.__table__  # type: ignore[assignment]

MOST_ROWS = 500
"""Rows that are read, and so sent, at once."""

MOST_BYTES = 250_000
"""Bytes of rows that are sent at once, unless one row alone has more: 10 kB/s is enough for one
batch in its time."""


_ROW_NUMBER: ColumnClause[int] = literal_column("rowid", Integer)
"""SQLite's own number of a row."""

_GROWING: tuple[tuple[Table, tuple[str, ...]], ...] = (
    (_JOURNAL, ("session_id",)),
    (_COURSE, ("course",)),
    (_LOG, ("logbook",)),
    (_SEAL, ("subject", "seq")),
)
"""Tables from which nothing is ever removed, and what names the subject of a row."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryTable:
    """A table of entries: which it is, and how its journals are named, titled and begun."""

    table: Table
    key: Column[Any]
    title: str
    start: Any
    shared: bool


COURSES = EntryTable(
    table=_COURSE, key=_COURSE.c.course, title="Course", start=COURSE_FORM.start, shared=True
)
LOGBOOKS = EntryTable(
    table=_LOG, key=_LOG.c.logbook, title="Logbook", start=LOG_FORM.start, shared=False
)
ENTRY_TABLES = (COURSES, LOGBOOKS)


@dataclass(frozen=True, slots=True)
class Dirty:
    """Names of what may have more than the server has."""

    sessions: set[str] = field(default_factory=set)
    courses: set[str] = field(default_factory=set)
    logbooks: set[str] = field(default_factory=set)
    seals: set[tuple[str, int]] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.sessions or self.courses or self.logbooks or self.seals)

    def of(self, entries: EntryTable) -> set[str]:
        """The names of the journals in that table."""
        return self.courses if entries is COURSES else self.logbooks

    def add(self, other: Dirty) -> None:
        """Take what is in `other` too."""
        self.sessions.update(other.sessions)
        self.courses.update(other.courses)
        self.logbooks.update(other.logbooks)
        self.seals.update(other.seals)


class OwnRows:
    """Reads one room's own record; for one thread."""

    def __init__(self, path: Path) -> None:
        """Open the file at `path` for reading.

        Raises:
            StorageError: the world's faults.
        """
        self.path = path
        self._database = open_database(path, read_only=True)
        self._marks = [0] * len(_GROWING)

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def mark(self) -> None:
        """Let `news` tell from now on what is added; what is there already is asked for apart."""
        with self._database.reading() as connection:
            self._marks = [_newest(connection, table) for table, _ in _GROWING]

    def news(self) -> Dirty:
        """What was added since the last call; a session with rows to be packed is always in it.

        A table from which nothing is ever removed numbers its rows upwards.
        """
        dirty = Dirty()
        with self._database.reading() as connection:
            added = [self._added(connection, at) for at in range(len(_GROWING))]
            numbers = set(connection.execute(select(_LIVE.c.session_id).distinct()).scalars())
            numbers.update(number for (number,) in added[0])
            if numbers:
                query = select(_SESSION.c.name).where(_SESSION.c.id.in_(numbers))
                dirty.sessions.update(connection.execute(query).scalars())
        dirty.courses.update(course for (course,) in added[1])
        dirty.logbooks.update(logbook for (logbook,) in added[2])
        dirty.seals.update((subject, seq) for subject, seq in added[3])
        return dirty

    def _added(self, connection: Connection, at: int) -> list[Any]:
        """The distinct subjects of the rows that one table has more than the last time."""
        table, columns = _GROWING[at]
        newest, mark = _newest(connection, table), self._marks[at]
        if newest == mark:
            return []
        self._marks[at] = newest
        query = select(*(table.c[name] for name in columns)).distinct()
        return list(connection.execute(query.where(mark < _ROW_NUMBER)).all())

    def ends(self) -> dict[str, tuple[int, bool]]:
        """Every session: number of its last event, and whether rows of it wait to be packed."""
        return {name: (end, live) for name, end, live in self._ends()}

    def _ends(self) -> Iterable[tuple[str, int, bool]]:
        with self._database.reading() as connection:
            yield from read_ends(connection)

    def entry_ends(self, entries: EntryTable) -> dict[str, int]:
        """Every journal of that table: number of its last entry."""
        query = select(entries.key, func.max(entries.table.c.seq)).group_by(entries.key)
        with self._database.reading() as connection:
            return {row[0]: row[1] for row in connection.execute(query)}

    def seals(self) -> set[tuple[str, int]]:
        """Every seal by its subject and number."""
        with self._database.reading() as connection:
            rows = connection.execute(select(_SEAL.c.subject, _SEAL.c.seq))
            return {(row[0], row[1]) for row in rows}

    def seal_rows(self, wanted: Iterable[tuple[str, int]]) -> list[dict[str, Any]]:
        """Those seals, whole."""
        with self._database.reading() as connection:
            return [
                dict(row)
                for subject, seq in wanted
                for row in connection.execute(
                    select(_SEAL).where(_SEAL.c.subject == subject, _SEAL.c.seq == seq)
                ).mappings()
            ]

    def part(self, session: str, seq: int, live_firsts: Iterable[int]) -> SessionPart:
        """The rows of a session of interest to who has it up to event `seq`.

        Raises:
            StorageError: there is no such session, or the world's faults.
        """
        with self._database.reading() as connection:
            number = self._number(connection, session)
            around = _row_of(connection, number, seq) if seq else None
            first = 1 if around is None else around.first_seq
            before = _row_of(connection, number, first - 1) if first > 1 else None
            later, complete = _later(connection, number, seq)
            packs = _packs(connection, number, seq, sorted(live_firsts))
        start = Head(seq=0, chain=chain_start(session))
        return SessionPart(
            before=start if before is None else Head(seq=before.last_seq, chain=before.chain),
            around=around,
            packs=packs,
            later=later,
            complete=complete,
        )

    def columns(self, session: str) -> dict[str, Any]:
        """What the list of sessions shows of one, all columns but its number."""
        with self._database.reading() as connection:
            row = connection.execute(select(_SESSION).where(_SESSION.c.name == session)).mappings()
            return {name: value for name, value in row.one().items() if name != "id"}

    def waiting(self, session: str, seq: int) -> int:
        """How many events of a session come after number `seq`."""
        with self._database.reading() as connection:
            ends = [end for _, end, _ in read_ends(connection, [session])]
        return max(0, ends[0] - seq) if ends else 0

    def entries_end(self, entries: EntryTable, name: str, seq: int) -> tuple[Head, bytes | None]:
        """The end of a journal of entries, and its chain value after entry `seq`."""
        table = entries.table
        query = select(table.c.seq, table.c.chain).where(entries.key == name)
        with self._database.reading() as connection:
            last = connection.execute(query.order_by(table.c.seq.desc()).limit(1)).first()
            at = connection.execute(query.where(table.c.seq == seq)).first()
        head = (
            Head(seq=0, chain=entries.start(name))
            if last is None
            else Head(seq=last[0], chain=last[1])
        )
        return head, None if at is None else at[1]

    def entries(self, entries: EntryTable, name: str, after: int) -> list[EntryRow]:
        """Entries of a journal after number `after`, in order; at most so many as go at once."""
        return read_entries(self._database, entries, name, after)

    def _number(self, connection: Connection, session: str) -> int:
        number = connection.execute(
            select(_SESSION.c.id).where(_SESSION.c.name == session)
        ).scalar_one_or_none()
        if number is None:
            raise StorageError(Fault.MISSING, f"There is no session {session} in this record.")
        return int(number)


def _newest(connection: Connection, table: Table) -> int:
    query = select(func.max(_ROW_NUMBER)).select_from(table)
    return int(connection.execute(query).scalar() or 0)


def read_entries(database: Any, entries: EntryTable, name: str, after: int) -> list[EntryRow]:
    """Entries of a journal after number `after`, in order; at most so many as go at once."""
    table = entries.table
    query = select(table).where(entries.key == name, table.c.seq > after)
    with database.reading() as connection:
        rows = connection.execute(query.order_by(table.c.seq).limit(MOST_ROWS)).all()
    return [
        EntryRow(
            seq=row.seq,
            kind=row.kind,
            body=row.body,
            chain=row.chain,
            mrn=row.mrn if entries is COURSES else None,
        )
        for row in rows
    ]


def read_ends(connection: Connection, names: Iterable[str] | None = None) -> Iterable[Any]:
    """Name, last event and whether rows wait to be packed, of every session or of those named."""
    ends = [
        func.coalesce(
            select(table.c.last_seq)
            .where(table.c.session_id == _SESSION.c.id)
            .order_by(table.c.first_seq.desc())
            .limit(1)
            .scalar_subquery(),
            0,
        )
        for table in (_JOURNAL, _LIVE)
    ]
    query = select(_SESSION.c.name, *ends)
    if names is not None:
        query = query.where(_SESSION.c.name.in_(list(names)))
    for name, final, live in connection.execute(query).all():
        yield name, max(final, live), live > 0


def _row_of(connection: Connection, number: int, seq: int) -> Run | None:
    """The row that holds event `seq`, or None."""
    for table in (_JOURNAL, _LIVE):
        query = (
            select_runs(table, number)
            .where(table.c.first_seq <= seq)
            .order_by(table.c.first_seq.desc())
            .limit(1)
        )
        row = connection.execute(query).mappings().first()
        if row is not None and row["last_seq"] >= seq:
            return Run(**row)
    return None


def _later(connection: Connection, number: int, seq: int) -> tuple[list[Run], bool]:
    """The rows that begin after event `seq`, in order, and whether they are all."""
    rows: list[Run] = []
    for table in (_JOURNAL, _LIVE):
        query = select_runs(table, number).where(table.c.first_seq > seq)
        found = connection.execute(query.order_by(table.c.first_seq).limit(MOST_ROWS + 1))
        rows += [Run(**row) for row in found.mappings()]
    rows.sort(key=lambda run: run.first_seq)
    kept: list[Run] = []
    size = 0
    for run in rows[:MOST_ROWS]:
        size += len(run.body)
        if kept and size > MOST_BYTES:
            break
        kept.append(run)
    return kept, len(kept) == len(rows)


def _packs(connection: Connection, number: int, seq: int, firsts: list[int]) -> list[Run]:
    """Packed rows of events up to `seq` that begin where one of `firsts` is."""
    if not firsts:
        return []
    query = select_runs(_JOURNAL, number).where(
        _JOURNAL.c.kind == PACK,
        _JOURNAL.c.first_seq >= firsts[0],
        _JOURNAL.c.last_seq <= seq,
    )
    wanted = set(firsts)
    rows = connection.execute(query.order_by(_JOURNAL.c.first_seq)).mappings()
    return [Run(**row) for row in rows if row["first_seq"] in wanted]
