"""Rows found in a damaged file, held where they can be asked for: by session, by journal.

What is found of a plain record lies in a file beside it while it is worked on; what is found of an
encrypted one only in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

from storage import sqlite
from storage.database import Database
from storage.encryption import is_encrypted
from storage.fault_sorting import sort_error
from storage.journal import MOST_IN_ROW, Run
from storage.packing import decode_body
from storage.page_carving import Value, carve_rows
from storage.schema import PACK

_AT_ONCE = 2_000

_TABLES = """
CREATE TABLE run (number, first_seq, last_seq, first_t_ns, last_t_ns, kind, body, chain);
CREATE TABLE log_entry (logbook, seq, kind, body, chain);
CREATE TABLE course_entry (course, seq, mrn, kind, body, chain);
CREATE TABLE seal (subject, seq, chain, at_utc, key, signature);
"""
_INDEXES = """
CREATE INDEX run_by_first ON run (number, first_seq, last_seq);
CREATE INDEX log_by_seq ON log_entry (logbook, seq);
CREATE INDEX course_by_seq ON course_entry (course, seq);
"""

_SHAPES: dict[str, tuple[type, ...]] = {
    "run": (int, int, int, int, int, str, bytes, bytes),
    "log_entry": (str, int, str, bytes, bytes),
    "course_entry": (str, int, str, str, bytes, bytes),
    "seal": (str, int, bytes, str, str, bytes),
}


class FoundRows:
    """Everything that looks like a row of the record, wherever it was found."""

    def __init__(self, damaged: Path, opened: Database | None) -> None:
        """Search the file at `damaged`; `opened` is the same, where SQLite opens it."""
        self._scratch: Path | None = None
        hidden = is_encrypted(damaged)
        if not hidden:
            self._scratch = damaged.with_name(damaged.name + ".found")
            self._scratch.unlink(missing_ok=True)
        place = ":memory:" if self._scratch is None else str(self._scratch)
        self._db = sqlite.connect(place, isolation_level=None, check_same_thread=False)
        self._db.executescript(f"PRAGMA synchronous=OFF; PRAGMA journal_mode=OFF; {_TABLES}")
        rows = _scan(opened) if hidden else (row.values for row in carve_rows(damaged))
        self._fill(rows)
        self._db.executescript(_INDEXES)

    def close(self) -> None:
        """Forget what was found."""
        self._db.close()
        if self._scratch is not None:
            self._scratch.unlink(missing_ok=True)

    def _fill(self, rows: Iterable[tuple[Value, ...]]) -> None:
        self._db.execute("BEGIN")
        for values in rows:
            kinds = tuple(type(value) for value in values)
            for table, shape in _SHAPES.items():
                if kinds == shape:
                    marks = ",".join("?" * len(values))
                    self._db.execute(f"INSERT INTO {table} VALUES ({marks})", values)  # noqa: S608
        self._db.execute("COMMIT")

    def sessions(self) -> Iterator[tuple[str, int]]:
        """Name and number of each session whose opening was found, the newest first."""
        seen: set[str] = set()
        query = "SELECT number, body FROM run WHERE first_seq = 1 ORDER BY number DESC"
        for number, body in self._db.execute(query).fetchall():
            with suppress(ValueError, IndexError):
                name = getattr(decode_body(body)[0], "session", None)
                if isinstance(name, str) and name not in seen:
                    seen.add(name)
                    yield name, int(number)

    def next_runs(self, number: int, seq: int) -> Iterator[Run]:
        """The rows that may come after event `seq` of a session, those of most events first."""
        query = (
            "SELECT DISTINCT first_seq, last_seq, first_t_ns, last_t_ns, kind, body, chain"
            " FROM run WHERE number = ? AND first_seq = ? AND last_seq >= first_seq"
            " ORDER BY last_seq DESC, kind = ? DESC"
        )
        for row in self._db.execute(query, (number, seq + 1, PACK)).fetchall():
            yield Run(**dict(zip(Run.__slots__, row, strict=True)))

    def last_seq(self, number: int) -> int:
        """The highest number of an event that any row of a session names."""
        query = (
            "SELECT max(last_seq) FROM run WHERE number = ? AND length(chain) = 32"
            " AND last_seq BETWEEN first_seq AND first_seq + ?"
        )
        return int(self._db.execute(query, (number, MOST_IN_ROW)).fetchone()[0] or 0)

    def journals(self, table: str) -> list[str]:
        """The names of the logbooks or courses of which an entry was found."""
        column = "logbook" if table == "log_entry" else "course"
        query = f"SELECT DISTINCT {column} FROM {table} ORDER BY 1"  # noqa: S608 - both ours
        return [str(name) for (name,) in self._db.execute(query).fetchall()]

    def entries(self, table: str, name: str, seq: int) -> list[tuple[Any, ...]]:
        """Every row found that may be entry `seq` of a logbook or course."""
        column = "logbook" if table == "log_entry" else "course"
        query = f"SELECT DISTINCT * FROM {table} WHERE {column} = ? AND seq = ?"  # noqa: S608
        return list(self._db.execute(query, (name, seq)).fetchall())

    def seals(self) -> list[tuple[Any, ...]]:
        """Every seal found."""
        return list(self._db.execute("SELECT DISTINCT * FROM seal").fetchall())


def _scan(opened: Database | None) -> Iterator[tuple[Value, ...]]:
    """Every row of every table that SQLite still reaches, past the pages that it cannot read."""
    if opened is None:
        return
    for table in ("log_entry", "course_entry", "seal", "journal", "live"):
        yield from _scan_table(opened, table)


def _scan_table(opened: Database, table: str) -> Iterator[tuple[Value, ...]]:
    at, step, last = 0, 1, 1 << 40
    with closing(opened.engine.raw_connection()) as pooled:
        raw = pooled.driver_connection
        if not isinstance(raw, sqlite.Connection):
            return
        with suppress(sqlite.Error):
            last = int(raw.execute(f"SELECT max(rowid) FROM {table}").fetchone()[0] or 0)  # noqa: S608
        query = f"SELECT rowid, * FROM {table} NOT INDEXED WHERE rowid > ? ORDER BY rowid"  # noqa: S608
        while at < last:
            try:
                for row in raw.execute(query, (at,)):
                    at, step = int(row[0]), 1
                    yield tuple(row[1:])
                return
            except (sqlite.Error, MemoryError) as error:
                if isinstance(error, sqlite.Error) and sort_error(error) is None:
                    raise
                at, step = at + step, 2 * step
