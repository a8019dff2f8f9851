"""Takes over from a damaged record file whatever holds: row by row, as far as each chain holds.

The logbooks come first, so that accounts survive; then the sessions, the newest first, then the
courses and the seals. What SQLite still reaches is read through it; for the rest the bytes of the
file are searched. The damaged file is only read. Doing it again adds nothing twice.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Table, insert, inspect, select, type_coerce
from sqlalchemy.types import NullType

from storage.canonical import chain_next, chain_start
from storage.courses import COURSE_FORM
from storage.database import Database, open_database
from storage.entry_chain import EntryForm
from storage.faults import StorageError
from storage.found_rows import FoundRows
from storage.heads import heads_path, newest, read_heads, session_subject
from storage.journal import Run, begin_session, find_session, read_runs, summarise_session
from storage.kept_rows import chain_at, insert_runs, runs_after
from storage.logbook import LOG_FORM
from storage.schema import CourseRow, LogRow, SealRow, SessionRow

_logger = logging.getLogger(__name__)

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_LOG: Table = LogRow.__table__  # type: ignore[assignment]
_COURSE: Table = CourseRow.__table__  # type: ignore[assignment]
_SEAL: Table = SealRow.__table__  # type: ignore[assignment]

_UNREADABLE = (StorageError, ValueError, TypeError, MemoryError)
"""What reading damaged rows may raise; a length that is none asks for more memory than there is."""

Progress = Callable[[int, int], None]
"""Told how many sessions are done, of how many."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SavedSession:
    """What became of one session: events there now, and how many there were as far as is known."""

    session: str
    events: int
    known: int

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return self.events >= self.known


@dataclass(frozen=True, slots=True, kw_only=True)
class Salvaged:
    """What was taken over from a damaged file.

    Attributes:
        sessions: each session of which anything was found.
        courses, logbooks: how many of them were found.
        entries_lost: entries of courses and logbooks that are known to be missing.
    """

    sessions: tuple[SavedSession, ...] = field(default=())
    courses: int = 0
    logbooks: int = 0
    entries_lost: int = 0

    @property
    def is_whole(self) -> bool:
        """Whether nothing is known to be missing."""
        return not self.entries_lost and all(saved.is_whole for saved in self.sessions)

    @property
    def sentence(self) -> str:
        """The same for people."""
        whole = sum(saved.is_whole for saved in self.sessions)
        of = len(self.sessions)
        parts = [f"{whole} of {of} sessions are whole in the new file"]
        if of == 1:
            parts = [f"its one session is {'' if whole else 'not '}whole in the new file"]
        if self.courses:
            parts.append(f"{self.courses} {'course' if self.courses == 1 else 'courses'}")
        if self.logbooks:
            parts.append("the logbook with its accounts")
        text = ", ".join(parts) + "."
        cut = [saved for saved in self.sessions if not saved.is_whole]
        for saved in cut[:3]:
            text += (
                f" Session {saved.session}: the first {saved.events} of {saved.known} events were"
                f" taken over; the other {saved.known - saved.events} lie unreadable or beyond the"
                " damage in the file that was set aside."
            )
        if len(cut) > 3:
            text += f" {len(cut) - 3} more sessions are not whole."
        if self.entries_lost:
            text += f" {self.entries_lost} entries of courses and logbooks are lost."
        return text


class Salvage:
    """Takes over from the file at `damaged` into `target`, step by step, in small transactions."""

    def __init__(
        self,
        damaged: Path,
        target: Database,
        heads: Path | None = None,
        *,
        may_search: bool = True,
    ) -> None:
        """Open what can be opened; `heads` notes how many events closed sessions had.

        Without `may_search` the bytes of the file are not searched, which for each gigabyte takes
        about ten seconds.

        Raises:
            StorageError: the file is not there, or its key is locked.
        """
        self.damaged = damaged
        self.target = target
        self._may_search = may_search
        self._found: FoundRows | None = None
        self._opened = _open_damaged(damaged)
        self._heads = read_heads(heads or heads_path(damaged))

    def close(self) -> None:
        """Let go of the damaged file."""
        if self._opened is not None:
            self._opened.close()
        if self._found is not None:
            self._found.close()

    def __enter__(self) -> Salvage:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def take_newest(self) -> SavedSession | None:
        """Take over the newest session; None where there is none."""
        names = self.sessions()
        return self.take_session(names[0]) if names else None

    def take_all(self, progress: Progress | None = None) -> Salvaged:
        """Take over everything that holds.

        Raises:
            StorageError: the target does not take it.
        """
        logbooks, lost = self.take_logbooks()
        names = self.sessions()
        saved = []
        for number, name in enumerate(names):
            if progress is not None:
                progress(number, len(names))
            saved.append(self.take_session(name))
        courses, more = self._take_entries(_COURSE, COURSE_FORM)
        self._take_seals()
        if progress is not None:
            progress(len(names), len(names))
        return Salvaged(
            sessions=tuple(saved), courses=courses, logbooks=logbooks, entries_lost=lost + more
        )

    def take_logbooks(self) -> tuple[int, int]:
        """Take over the logbooks: how many there are, and how many entries are known to be lost."""
        return self._take_entries(_LOG, LOG_FORM)

    def sessions(self) -> list[str]:
        """Every session that the file, its bytes or the heads name, the newest first."""
        names: dict[str, None] = {}
        try:
            if self._opened is not None:
                with self._opened.reading() as connection:
                    query = select(_SESSION.c.name).order_by(_SESSION.c.id.desc())
                    names |= dict.fromkeys(map(str, connection.execute(query).scalars()))
        except _UNREADABLE as error:
            _logger.info("the list of sessions cannot be read: %s", error)
            names = {}
        if self._may_search and not self._has_all(_SESSION, len(names)):
            names |= dict.fromkeys(name for name, _ in self.found.sessions())
        prefix = session_subject("")
        noted = [end.subject for end in self._heads.ends if end.subject.startswith(prefix)]
        names |= dict.fromkeys(subject.removeprefix(prefix) for subject in noted)
        return list(names)

    def _has_all(self, table: Table, rows: int) -> bool:
        """Whether `rows`, found by the index of a table, are as many as lie in the table itself."""
        if self._opened is None:
            return False
        try:
            with self._opened.reading() as connection:
                query = f"SELECT count(*) FROM {table.name} NOT INDEXED"  # noqa: S608 - ours
                return connection.exec_driver_sql(query).scalar() == rows
        except _UNREADABLE:
            return False

    @property
    def found(self) -> FoundRows:
        """What a search of the file's bytes found; done when it is first asked for."""
        if self._found is None:
            self._found = FoundRows(self.damaged, self._opened)
        return self._found

    def take_session(self, session: str) -> SavedSession:
        """Take over one session as far as its chain holds, in one transaction.

        Raises:
            StorageError: the target does not take it.
        """
        runs, whole, known = self._by_sqlite(session)
        noted = newest(self._heads.of(session_subject(session)))
        known = max(known, 0 if noted is None else noted.head.seq)
        if self._may_search and (not whole or _end(runs) < known):
            more, named = self._by_search(session)
            known = max(known, named)
            if _end(more) > _end(runs):
                runs = more
        return SavedSession(session=session, events=self._insert(session, runs), known=known)

    def _by_sqlite(self, session: str) -> tuple[list[Run], bool, int]:
        """What holds of what SQLite reaches, whether that is all, and the last number named."""
        if self._opened is None:
            return [], False, 0
        try:
            with self._opened.reading() as connection:
                number = find_session(connection, session)
                runs = [] if number is None else read_runs(connection, number)
        except _UNREADABLE:
            return [], False, 0
        noted = newest(self._heads.of(session_subject(session)))
        if noted is not None and _is_continuous(runs) and runs[-1].chain == noted.head.chain:
            return runs, True, noted.head.seq  # as it was closed; a wrong row is told by its chain
        sound = _unbroken(session, runs)
        known = max((run.last_seq for run in runs if run.is_sound), default=0)
        return sound, bool(runs) and len(sound) == len(runs), known

    def _by_search(self, session: str) -> tuple[list[Run], int]:
        number = dict(self.found.sessions()).get(session)
        if number is None:
            return [], 0
        runs: list[Run] = []
        seq, chain = 0, chain_start(session)
        while True:
            for run in self.found.next_runs(number, seq):
                if _follows(run, seq, chain):
                    runs.append(run)
                    seq, chain = run.last_seq, run.chain
                    break
            else:
                return runs, max(seq, self.found.last_seq(number))

    def _insert(self, session: str, runs: Sequence[Run]) -> int:
        """Add what the target lacks; how many events of the session are there then."""
        with self.target.reading() as connection:
            number = find_session(connection, session)
            if number is None and not runs:
                return 0
        with self.target.writing() as connection:
            number, head = begin_session(connection, session)
            if head.seq >= _end(runs):
                return head.seq
            if chain_at(session, runs, head.seq) != head.chain:
                _logger.error("session %s is another one in the new file; left alone", session)
                return head.seq
            insert_runs(connection, number, list(runs_after(runs, head.seq)))
            summarise_session(connection, number, session)
            self._insert_seals(connection, session_subject(session))
        return _end(runs)

    def _take_entries(self, table: Table, form: EntryForm[Any]) -> tuple[int, int]:
        """Take over every logbook or course: how many, and entries known to be lost."""
        rows, whole = self._entries_by_sqlite(table)
        if not whole and self._may_search:
            for name in self.found.journals(table.name):
                rows.setdefault(name, [])
        lost = 0
        for name, read in rows.items():
            sound = _entries_that_hold(name, read, form)
            known = len(read)
            if self._may_search and (not whole or len(sound) < len(read)):
                searched = self._entries_by_search(table, name, form)
                sound = max(sound, searched, key=len)
            self._insert_entries(table, name, sound)
            lost += max(0, known - len(sound))
        return len(rows), lost

    def _entries_by_sqlite(self, table: Table) -> tuple[dict[str, list[Any]], bool]:
        rows: dict[str, list[Any]] = {}
        if self._opened is None:
            return rows, False
        name, seq = table.primary_key.columns
        raw = [type_coerce(column, NullType()).label(column.name) for column in table.c]
        try:
            with self._opened.reading() as connection:
                if not inspect(connection).has_table(table.name):
                    return rows, True
                for row in connection.execute(select(*raw).order_by(name, seq)):
                    rows.setdefault(str(row[0]), []).append(row)
        except _UNREADABLE:
            return {}, False
        return rows, self._has_all(table, sum(map(len, rows.values())))

    def _entries_by_search(self, table: Table, name: str, form: EntryForm[Any]) -> list[Any]:
        entries: list[Any] = []
        chain = form.start(name)
        while True:
            for row in self.found.entries(table.name, name, len(entries) + 1):
                body, value = row[-2], row[-1]
                if value == chain_next(chain, body):
                    entries.append(row)
                    chain = value
                    break
            else:
                return entries

    def _insert_entries(self, table: Table, name: str, rows: Sequence[Any]) -> None:
        """Add what the target lacks, where it continues what the target has."""
        with self.target.writing() as connection:
            there = _chains(connection, table, name)
            have = len(there)
            if len(rows) <= have or (have and rows[have - 1][-1] != there[-1]):
                return
            columns = [column.name for column in table.c]
            for row in rows[have:]:
                connection.execute(insert(table).values(**dict(zip(columns, row, strict=True))))

    def _take_seals(self) -> None:
        """Take over the seals of everything that was not taken over with its own."""
        with self.target.writing() as connection:
            for subject in self._seals:
                self._insert_seals(connection, subject)

    @cached_property
    def _seals(self) -> dict[str, list[Any]]:
        """Every seal that is found, by its subject."""
        rows, whole = self._entries_by_sqlite(_SEAL)
        if not whole and self._may_search:
            for row in self.found.seals():
                rows.setdefault(str(row[0]), []).append(row)
        return rows

    def _insert_seals(self, connection: Connection, subject: str) -> None:
        query = select(_SEAL.c.seq).where(_SEAL.c.subject == subject)
        there = set(connection.execute(query).scalars())
        columns = [column.name for column in _SEAL.c]
        for row in self._seals.get(subject, []):
            values = dict(zip(columns, row, strict=True))
            if values["seq"] not in there:
                there.add(values["seq"])
                connection.execute(insert(_SEAL).values(**values))


def _open_damaged(path: Path) -> Database | None:
    """The damaged file through SQLite, for reading; None where SQLite does not open it at all."""
    try:
        return open_database(path, read_only=True)
    except StorageError as error:
        if not path.exists():
            raise
        _logger.info("SQLite does not open %s: %s", path, error)
        return None


def _end(runs: Sequence[Run]) -> int:
    return runs[-1].last_seq if runs else 0


def _follows(run: Run, seq: int, chain: bytes) -> bool:
    """Whether `run` is the row after event `seq`, as it was written."""
    if not run.is_sound or run.first_seq != seq + 1:
        return False
    try:
        bodies = run.canonical()
    except ValueError:
        return False
    for body in bodies:
        chain = chain_next(chain, body)
    return len(bodies) == run.last_seq - seq and chain == run.chain


def _is_continuous(runs: Sequence[Run]) -> bool:
    """Whether rows follow each other from the first event on, each of the right types."""
    seq = 0
    for run in runs:
        if not run.is_sound or run.first_seq != seq + 1:
            return False
        seq = run.last_seq
    return seq > 0


def _unbroken(session: str, runs: Sequence[Run]) -> list[Run]:
    sound: list[Run] = []
    seq, chain = 0, chain_start(session)
    for run in runs:
        if not _follows(run, seq, chain):
            break
        sound.append(run)
        seq, chain = run.last_seq, run.chain
    return sound


def _entries_that_hold(name: str, rows: Sequence[Any], form: EntryForm[Any]) -> list[Any]:
    entries, _problem = form.follow(name, "", rows)
    return list(rows[: len(entries)])


def _chains(connection: Connection, table: Table, name: str) -> list[bytes]:
    key, seq = table.primary_key.columns
    query = select(table.c.chain).where(key == name).order_by(seq)
    return list(connection.execute(query).scalars())
