"""The logbook of a record: what happens around its sessions, appended and chained, never changed.

Each record file has one logbook of its own name; a server that many rooms forward to holds one for
each of them.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, Table, insert, inspect, select, type_coerce
from sqlalchemy.types import NullType

from protocols.logbook.entries import ENTRY_KINDS, Entry, LogbookOpened
from storage.canonical import chain_next
from storage.clock import write_utc
from storage.database import Database
from storage.entry_chain import EntryForm
from storage.faults import Fault, StorageError
from storage.heads import Head
from storage.schema import LogRow

_ENTRY: Table = LogRow.__table__  # type: ignore[assignment]

LOG_FORM: EntryForm[Entry] = EntryForm(label=b"infusion-room logbook 1", kinds=ENTRY_KINDS)
"""How the entries of a logbook are written and chained."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedLogbook:
    """One logbook as the file has it.

    Attributes:
        logbook: its name.
        entries: every entry that can be read, in order.
        head: the end of the unbroken chain.
        problem: the first thing wrong, in a sentence; empty when every row is whole.
    """

    logbook: str
    entries: tuple[Entry, ...]
    head: Head
    problem: str = ""


class LogRefusedError(Exception):
    """An entry that may not be added; the text is the sentence for the person."""


Check = Callable[[tuple[Entry, ...], Entry], str]
"""Given the entries so far and the new one: why it may not be added, or an empty text."""


def name_logbook(now: datetime) -> str:
    """A unique name for a new logbook: the time in UTC and eight random hexadecimal digits."""
    return f"logbook-{now:%Y%m%d-%H%M%S}-{secrets.token_hex(4)}"


def open_logbook(database: Database, now: datetime, program: str) -> str:
    """The name of the record's own logbook, which is begun where there is none.

    `now` is the wall clock in UTC, `program` the version of the program.

    Raises:
        StorageError: the world's faults.
    """
    if database.path is None:
        raise StorageError(Fault.UNSUITABLE, "A logbook is kept in a room's own record.")
    with database.writing() as connection:
        found = _own_logbook(connection)
        if found is not None:
            return found
        name = name_logbook(now)
        opened = LogbookOpened(by="program", at_utc=write_utc(now), logbook=name, program=program)
        _insert(connection, name, 0, LOG_FORM.start(name), opened)
        return name


def append_log(database: Database, logbook: str, entry: Entry, check: Check | None = None) -> Head:
    """Add `entry` at the end of `logbook`, durable on return.

    `check` is asked within the transaction, so that nothing comes between it and the row.

    Returns:
        The new end of the chain.

    Raises:
        LogRefusedError: `check` gave a reason.
        StorageError: the world's faults; nothing is added then.
    """
    with database.writing() as connection:
        if check is not None:
            entries, _ = LOG_FORM.follow(logbook, "The logbook", _rows(connection, logbook))
            reason = check(entries, entry)
            if reason:
                raise LogRefusedError(reason)
        return _append(connection, logbook, entry)


def append_within(connection: Connection, entry: Entry) -> None:
    """Add `entry` to the record's own logbook, where there is one, in the caller's transaction."""
    logbook = _own_logbook(connection)
    if logbook is not None:
        _append(connection, logbook, entry)


def own_logbook(database: Database) -> str | None:
    """The name of the record's own logbook, the first begun in it; None where there is none."""
    if database.path is None:  # a server has those of many rooms
        return None
    with database.reading() as connection:
        return _own_logbook(connection)


def read_logbooks(database: Database) -> list[RecordedLogbook]:
    """Every logbook, in order of their names, as far as each can be followed.

    A file of an older version has none.

    Raises:
        StorageError: the world's faults.
    """
    grouped: dict[str, list[Any]] = {}
    with database.reading() as connection:
        if not has_logbooks(connection):
            return []
        for row in connection.execute(_as_written().order_by(_ENTRY.c.logbook, _ENTRY.c.seq)):
            grouped.setdefault(str(row.logbook), []).append(row)
    return [_recorded(name, rows) for name, rows in grouped.items()]


def read_logbooks_after(
    database: Database, known: Mapping[str, Head], kinds: frozenset[str]
) -> list[RecordedLogbook]:
    """The entries of `kinds` that every logbook has after the ends in `known`.

    Each is followed from there, all of its entries, as far as it is whole; a logbook that `known`
    does not name is read from its beginning.

    Raises:
        StorageError: the world's faults.
    """
    with database.reading() as connection:
        if not has_logbooks(connection):
            return []
        names = connection.execute(select(_ENTRY.c.logbook).distinct().order_by(_ENTRY.c.logbook))
        return [_after(connection, name, known.get(name), kinds) for name in names.scalars().all()]


def _after(
    connection: Connection, name: str, end: Head | None, kinds: frozenset[str]
) -> RecordedLogbook:
    end = end or Head(seq=0, chain=LOG_FORM.start(name))
    query = _as_written().where(_ENTRY.c.logbook == name, _ENTRY.c.seq > end.seq)
    rows = connection.execute(query.order_by(_ENTRY.c.seq)).all()
    found = LOG_FORM.follow_kinds(f"Logbook {name}", rows, kinds, end.seq, end.chain)
    return RecordedLogbook(
        logbook=name,
        entries=found.entries,
        head=Head(seq=found.last, chain=found.chain),
        problem=found.problem,
    )


def read_kinds(database: Database, *kinds: type[Entry]) -> list[Entry]:
    """The entries of `kinds` of every logbook, in order, without following the chains.

    One that cannot be read is left out; `read_logbooks` tells of it.

    Raises:
        StorageError: the world's faults.
    """
    names = [name for name, kind in ENTRY_KINDS.items() if kind in kinds]
    with database.reading() as connection:
        if not has_logbooks(connection):
            return []
        query = select(_ENTRY.c.body).where(_ENTRY.c.kind.in_(names))
        bodies = connection.execute(query.order_by(_ENTRY.c.logbook, _ENTRY.c.seq)).scalars().all()
    found = []
    for body in bodies:
        with suppress(ValueError):
            found.append(LOG_FORM.parse(bytes(body)))
    return found


def has_logbooks(connection: Connection) -> bool:
    """Whether the file is of a version that has logbooks."""
    return inspect(connection).has_table(_ENTRY.name)


def _recorded(name: str, rows: list[Any]) -> RecordedLogbook:
    entries, problem = LOG_FORM.follow(name, f"Logbook {name}", rows)
    chain = rows[len(entries) - 1].chain if entries else LOG_FORM.start(name)
    head = Head(seq=len(entries), chain=chain)
    return RecordedLogbook(logbook=name, entries=entries, head=head, problem=problem)


def _own_logbook(connection: Connection) -> str | None:
    if not has_logbooks(connection):
        return None
    query = select(_ENTRY.c.logbook).order_by(_ENTRY.c.logbook).limit(1)
    return connection.execute(query).scalar_one_or_none()


def _append(connection: Connection, logbook: str, entry: Entry) -> Head:
    last = connection.execute(
        select(_ENTRY.c.seq, _ENTRY.c.chain)
        .where(_ENTRY.c.logbook == logbook)
        .order_by(_ENTRY.c.seq.desc())
        .limit(1)
    ).one_or_none()
    seq, chain = (0, LOG_FORM.start(logbook)) if last is None else (last.seq, last.chain)
    return _insert(connection, logbook, seq, chain, entry)


def _insert(connection: Connection, logbook: str, seq: int, chain: bytes, entry: Entry) -> Head:
    body = LOG_FORM.canonical(entry)
    head = Head(seq=seq + 1, chain=chain_next(chain, body))
    connection.execute(
        insert(_ENTRY).values(
            logbook=logbook,
            seq=head.seq,
            kind=LOG_FORM.kind_of(entry),
            body=body,
            chain=head.chain,
        )
    )
    return head


def _as_written() -> Select[*tuple[Any, ...]]:
    """Every column as the file has it, whatever its type: a flipped bit changes types."""
    return select(*(type_coerce(column, NullType()).label(column.name) for column in _ENTRY.c))


def _rows(connection: Connection, logbook: str) -> list[Any]:
    query = _as_written().where(_ENTRY.c.logbook == logbook).order_by(_ENTRY.c.seq)
    return list(connection.execute(query).all())
