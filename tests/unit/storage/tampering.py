"""What somebody with another tool may do to a record: every table, kind of row and column.

The forger is careful: guards are taken off for the moment of the deed and put back exactly, indexes
stay right, chains are made anew where that can be done without the key.
"""

# ruff: noqa: S608 - the names in the statements are of these files

from __future__ import annotations

import random
import re
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from storage import sqlite
from storage.heads import heads_path
from tests.unit.storage.sealed_record import OPEN

Deed = Callable[[sqlite.Connection, random.Random], None]

RUN_COLUMNS = ("session_id", "first_seq", "last_seq", "first_t_ns", "last_t_ns", "kind", "body")
"""Columns of a row of events, but for its chain value."""

COLUMNS = {
    "journal": (*RUN_COLUMNS, "chain"),
    "live": (*RUN_COLUMNS, "chain"),
    "course_entry": ("course", "seq", "mrn", "kind", "body", "chain"),
    "log_entry": ("logbook", "seq", "kind", "body", "chain"),
    "seal": ("subject", "seq", "chain", "at_utc", "key", "signature"),
    "session": (
        *("id", "name", "started_utc", "room", "protocol", "program", "patient", "mrn"),
        *("simulated", "closed", "phase", "delivered_mg", "alarms", "technical_alarms"),
        *("last_t_ns", "anchor_t_ns", "anchor_utc", "committed_utc"),
    ),
}

INTACT_BITS = 40
"""A flipped bit of a number is one of its lowest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tampering:
    """One deed.

    Attributes:
        table: where: a table, ``heads file`` or ``schema``.
        what: kind of row and column.
        deed: what is done; one of a few words.
        do: does it to an open file.
        names: the first problem must name one of these,
        near: and one of the events or entries in this span; None: none.
        edit_heads: changes the lines of the heads file instead.
    """

    table: str
    what: str
    deed: str
    names: tuple[str, ...]
    do: Deed | None = None
    near: tuple[int, int] | None = None
    edit_heads: Callable[[list[bytes], random.Random], list[bytes]] | None = None

    def is_named(self, sentence: str) -> bool:
        """Whether `sentence` says where it was done."""
        if not any(name in sentence for name in self.names):
            return False
        if self.near is None:
            return True
        plain = sentence
        for name in self.names:
            plain = plain.replace(name, "")
        numbers = [int(digits) for digits in re.findall(r"\d+", plain)]
        return any(self.near[0] - 1 <= n <= self.near[1] + 1 for n in numbers)


def tamper(path: Path, tampering: Tampering, rng: random.Random) -> None:
    """Do it to the record at `path`."""
    if tampering.edit_heads is not None:
        heads = heads_path(path)
        lines = tampering.edit_heads(heads.read_bytes().splitlines(), rng)
        heads.write_bytes(b"".join(line + b"\n" for line in lines))
    if tampering.do is None:
        return
    with closing(sqlite.connect(path, isolation_level=None)) as raw:
        raw.execute("PRAGMA ignore_check_constraints=ON")
        guards = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type='trigger'").fetchall()
        for name, _ in guards:
            raw.execute(f"DROP TRIGGER {name}")
        tampering.do(raw, rng)
        for _, text in guards if tampering.table != "schema" else ():
            raw.execute(text)


def row_tamperings(path: Path, *, flips: int) -> Iterator[Tampering]:
    """Every deed on single rows; `flips` bits of each column of each kind of row."""
    with closing(sqlite.connect(path)) as raw:
        places = dict(raw.execute("SELECT id, name FROM session"))
        for table in ("journal", "live"):
            for row in _one_of_each_kind(raw, table):
                yield from _on_run(table, row, places, flips)
        for table in ("course_entry", "log_entry"):
            for row in raw.execute(f"SELECT rowid, * FROM {table} ORDER BY 2, 3").fetchall():
                yield from _on_entry(table, row, flips)
        for row in raw.execute("SELECT rowid, subject, seq FROM seal").fetchall():
            yield from _on_seal(row, flips)
        for number, name in places.items():
            yield from _on_session(number, name, flips)


def _one_of_each_kind(raw: sqlite.Connection, table: str) -> list[tuple[Any, ...]]:
    """A row of each session and kind, packed ones by their form too; the first of the kind."""
    query = (
        "SELECT rowid, session_id, first_seq, last_seq, kind FROM"
        f" (SELECT rowid, * FROM {table} ORDER BY session_id, first_seq)"
        " GROUP BY session_id, kind, CASE WHEN kind='pack' THEN substr(body,1,1) END"
    )
    return raw.execute(query).fetchall()


# ------------------------------------------------------------------ deeds on a row


def set_columns(raw: sqlite.Connection, table: str, rowid: int, **values: Any) -> None:
    parts, given = [], []
    for column, value in values.items():
        as_text = isinstance(value, _Text)
        parts.append(f"{column} = CAST(? AS TEXT)" if as_text else f"{column} = ?")
        given.append(bytes(value) if as_text else value)
    raw.execute(f"UPDATE {table} SET {', '.join(parts)} WHERE rowid = ?", (*given, rowid))


class _Text(bytes):
    """Bytes to be stored as text, whether they are any or not."""


def _flip(table: str, rowid: int, column: str, raw: sqlite.Connection, rng: random.Random) -> None:
    """Flip one bit of one column."""
    kind, stored = raw.execute(
        f"SELECT typeof({column}), CAST({column} AS BLOB) FROM {table} WHERE rowid = ?",
        (rowid,),
    ).fetchone()
    for _ in range(100):
        value: Any
        if kind == "integer":
            bits = 1 if column in ("simulated", "closed") else INTACT_BITS
            value = int(stored) ^ (1 << rng.randrange(bits))
        else:
            data = bytearray(stored or b"\x00")
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
            value = bytes(data) if kind == "blob" else _Text(data)
        try:
            set_columns(raw, table, rowid, **{column: value})
        except sqlite.IntegrityError:
            continue  # another row has that key: a file with it would be damaged
        return
    raise AssertionError("no bit could be flipped")


def _delete(table: str, rowid: int, raw: sqlite.Connection, _rng: random.Random) -> None:
    raw.execute(f"DELETE FROM {table} WHERE rowid = ?", (rowid,))


def _copy(
    table: str, rowid: int, changes: dict[str, str], raw: sqlite.Connection, _rng: random.Random
) -> None:
    """Insert a copy of a row with some columns given by SQL over it."""
    columns = ", ".join(COLUMNS[table])
    values = ", ".join(changes.get(column, column) for column in COLUMNS[table])
    raw.execute(
        f"INSERT INTO {table} ({columns}) SELECT {values} FROM {table} WHERE rowid = ?",
        (rowid,),
    )


def _swap(
    table: str,
    rowid: int,
    same: str,
    columns: tuple[str, ...],
    raw: sqlite.Connection,
    rng: random.Random,
) -> None:
    """Exchange what two rows hold beside their keys."""
    names = ", ".join(columns)
    mine = raw.execute(f"SELECT {names} FROM {table} WHERE rowid = ?", (rowid,)).fetchone()
    others = raw.execute(
        f"SELECT rowid, {names} FROM {table} WHERE rowid <> ?"
        f" AND {same} = (SELECT {same} FROM {table} WHERE rowid = ?)",
        (rowid, rowid),
    ).fetchall()
    other = rng.choice([row for row in others if row[1:] != mine])
    set_columns(raw, table, other[0], **dict(zip(columns, mine, strict=True)))
    set_columns(raw, table, rowid, **dict(zip(columns, other[1:], strict=True)))


def _on_run(
    table: str, row: tuple[Any, ...], places: dict[int, str], flips: int
) -> Iterator[Tampering]:
    rowid, session_id, first, last, kind = row
    session = places[session_id]
    make = partial(Tampering, table=table)
    where = {"names": (session, f"session number {session_id}"), "near": (first, last)}
    for column in COLUMNS[table]:
        for _ in range(flips):
            flip = partial(_flip, table, rowid, column)
            more = {} if column != "session_id" else {"names": (session, "session number")}
            yield make(what=f"{kind}: {column}", deed="bit", do=flip, **{**where, **more})
    yield make(what=kind, deed="delete", do=partial(_delete, table, rowid), **where)
    both = f"FROM journal WHERE session_id = {session_id} UNION ALL SELECT last_seq FROM live"
    end = (
        f"(SELECT max(last_seq) + 1 FROM (SELECT last_seq {both} WHERE session_id = {session_id}))"
    )
    to_end = {"first_seq": end, "last_seq": f"{end} + last_seq - first_seq"}
    yield make(
        what=kind,
        deed="duplicate",
        do=partial(_copy, table, rowid, to_end),
        names=(session,),
    )
    other = next(number for number in places if number != session_id)
    yield make(
        what=kind,
        deed="insert into another session",
        do=partial(
            _copy,
            table,
            rowid,
            {
                "session_id": str(other),
                "first_seq": "first_seq + 100000",
                "last_seq": "last_seq + 100000",
            },
        ),
        names=(places[other],),
    )
    yield make(
        what=kind,
        deed="move to another session",
        do=partial(_move, table, rowid, other),
        names=(session, places[other]),
    )
    swapped = ("first_t_ns", "last_t_ns", "kind", "body", "chain")
    if table == "journal":
        yield make(
            what=kind,
            deed="swap",
            names=(session,),
            do=partial(_swap, table, rowid, "session_id", swapped),
        )
    yield make(what=kind, deed="renumber", do=partial(_renumber, session_id, first), **where)


def _move(table: str, rowid: int, other: int, raw: sqlite.Connection, _rng: random.Random) -> None:
    """Give a row to another session, behind its last row so that no key is in the way."""
    set_columns(raw, table, rowid, session_id=other, first_seq=500_000, last_seq=500_000)


def _renumber(session_id: int, first: int, raw: sqlite.Connection, _rng: random.Random) -> None:
    """Make room: count a row and all after it one higher."""
    for table in ("journal", "live"):
        raw.execute(
            f"UPDATE {table} SET first_seq = -first_seq - 1, last_seq = last_seq + 1"
            " WHERE session_id = ? AND first_seq >= ?",
            (session_id, first),
        )
        raw.execute(f"UPDATE {table} SET first_seq = -first_seq WHERE first_seq < 0")


def _on_entry(table: str, row: tuple[Any, ...], flips: int) -> Iterator[Tampering]:
    rowid, name, seq = row[:3]
    column = COLUMNS[table][0]
    kind = row[COLUMNS[table].index("kind") + 1]
    make = partial(Tampering, table=table, names=(name,), near=(seq, seq))
    for other in COLUMNS[table]:
        for _ in range(flips):
            # a renamed first entry begins a journal of another name
            more: dict[str, Any] = {"names": (name, "entry")} if other == column else {}
            yield make(
                what=f"{kind}: {other}", deed="bit", do=partial(_flip, table, rowid, other), **more
            )
    yield make(what=kind, deed="delete", do=partial(_delete, table, rowid))
    end = f"(SELECT max(seq) + 1 FROM {table} WHERE {column} = '{name}')"
    yield make(
        what=kind, deed="duplicate", do=partial(_copy, table, rowid, {"seq": end}), near=None
    )
    yield make(
        what=kind,
        deed="swap",
        near=None,
        do=partial(_swap, table, rowid, column, ("kind", "body", "chain")),
    )
    yield make(
        what=kind,
        deed="insert into another journal",
        names=("another",),
        near=(1, seq),
        do=partial(_copy, table, rowid, {column: "'another'", "seq": "1"}),
    )


def _on_seal(row: tuple[Any, ...], flips: int) -> Iterator[Tampering]:
    rowid, subject, _ = row
    make = partial(Tampering, table="seal", names=(subject.split()[1], "seal"), near=None)
    sort = subject.split()[0]
    for column in COLUMNS["seal"]:
        for _ in range(flips):
            yield make(
                what=f"{sort}: {column}", deed="bit", do=partial(_flip, "seal", rowid, column)
            )
    yield make(what=sort, deed="delete", do=partial(_delete, "seal", rowid))
    yield make(what=sort, deed="duplicate", do=partial(_copy, "seal", rowid, {"seq": "seq + 100"}))
    yield make(
        what=sort,
        deed="insert",
        names=("elsewhere",),
        do=partial(_copy, "seal", rowid, {"subject": f"'{sort} elsewhere'"}),
    )
    columns = ("chain", "at_utc", "key", "signature")
    yield make(what=sort, deed="swap", do=partial(_swap, "seal", rowid, "key", columns))


def _on_session(number: int, name: str, flips: int) -> Iterator[Tampering]:
    make = partial(Tampering, table="session", names=(name,))
    for column in COLUMNS["session"]:
        if column == "committed_utc" and name == OPEN:
            continue  # when an open session was last written to is no part of what is recorded
        for _ in range(flips):
            names = (name, "Session", "session number") if column in ("id", "name") else (name,)
            yield make(
                what=column, deed="bit", names=names, do=partial(_flip, "session", number, column)
            )
    yield make(
        what="row",
        deed="delete",
        do=partial(_delete, "session", number),
        names=(name, f"session number {number}"),
    )
    yield make(
        what="row",
        deed="duplicate",
        names=("copied",),
        do=partial(_copy, "session", number, {"id": "id + 100", "name": "'copied'"}),
    )
    yield make(
        what="row and events",
        deed="renumber",
        do=partial(_give_number, number),
        names=("Session number",),
    )


def _give_number(number: int, raw: sqlite.Connection, _rng: random.Random) -> None:
    """Give a session another number, everywhere alike."""
    raw.execute("UPDATE session SET id = id + 10 WHERE id = ?", (number,))
    for table in ("journal", "live"):
        raw.execute(
            f"UPDATE {table} SET session_id = session_id + 10 WHERE session_id = ?",
            (number,),
        )
