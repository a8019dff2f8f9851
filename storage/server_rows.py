"""The server's side of forwarding: how far it has a journal, and rows added to it in order.

Everything here happens within one transaction of the caller, which holds the lock of the subject
(`storage.server.lock_subject`); so what is added follows from the end that was read.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from sqlalchemy import Connection, Table, insert, select, tuple_, update

from storage.canonical import chain_start
from storage.forwarding import EntryRow, SessionEnd
from storage.heads import Head
from storage.journal import Run
from storage.own_rows import COURSES, EntryTable
from storage.schema import BATCH, JournalRow, LiveRow, SealRow, SessionRow

_SESSION: Table = SessionRow.__table__  # type: ignore[assignment]
_JOURNAL: Table = JournalRow.__table__  # type: ignore[assignment]
_LIVE: Table = LiveRow.__table__  # type: ignore[assignment]
_SEAL: Table = SealRow.__table__  # type: ignore[assignment]


def read_session_end(connection: Connection, session: str) -> tuple[int | None, SessionEnd]:
    """The number of a session on the server, None where it is not there, and its end."""
    start = Head(seq=0, chain=chain_start(session))
    number = connection.execute(
        select(_SESSION.c.id).where(_SESSION.c.name == session)
    ).scalar_one_or_none()
    if number is None:
        return None, SessionEnd(head=start, live_ends={}, live_firsts=frozenset())
    last = connection.execute(
        select(_JOURNAL.c.last_seq, _JOURNAL.c.chain)
        .where(_JOURNAL.c.session_id == number)
        .order_by(_JOURNAL.c.first_seq.desc())
        .limit(1)
    ).first()
    live = connection.execute(
        select(_LIVE.c.first_seq, _LIVE.c.last_seq, _LIVE.c.chain)
        .where(_LIVE.c.session_id == number)
        .order_by(_LIVE.c.first_seq)
    ).all()
    heads = [start, *(Head(seq=row.last_seq, chain=row.chain) for row in live[-1:])]
    heads += [] if last is None else [Head(seq=last.last_seq, chain=last.chain)]
    end = SessionEnd(
        head=max(heads, key=lambda head: head.seq),
        live_ends={row.last_seq: row.chain for row in live},
        live_firsts=frozenset(row.first_seq for row in live),
    )
    return int(number), end


def add_session_rows(
    connection: Connection, number: int | None, columns: dict[str, Any], rows: Sequence[Run]
) -> int:
    """Add `rows` to a session, which is begun where it has no number, and list it as `columns`.

    Returns:
        Its number.
    """
    listed = {name: _fitting(name, value) for name, value in columns.items()}
    if number is None:
        key = connection.execute(insert(_SESSION).values(**listed)).inserted_primary_key
        number = int(key[0]) if key is not None else 0
    else:
        del listed["name"]
        connection.execute(update(_SESSION).where(_SESSION.c.id == number).values(**listed))
    for live, group in groupby(rows, key=lambda run: run.kind == BATCH):
        connection.execute(
            insert(_LIVE if live else _JOURNAL), [_values(run, number) for run in group]
        )
    return number


def _values(run: Run, number: int) -> dict[str, Any]:
    return {
        "session_id": number,
        "first_seq": run.first_seq,
        "last_seq": run.last_seq,
        "first_t_ns": run.first_t_ns,
        "last_t_ns": run.last_t_ns,
        "kind": run.kind,
        "body": run.body,
        "chain": run.chain,
    }


def _fitting(name: str, value: Any) -> Any:
    """A derived text as the server takes it: without NUL, and no longer than its column."""
    if not isinstance(value, str) or name == "name":
        return value
    length = getattr(_SESSION.c[name].type, "length", None)
    return value.replace("\0", "")[:length]


def read_entries_end(connection: Connection, entries: EntryTable, name: str) -> Head:
    """The end of a course or logbook on the server; number 0 where it has none."""
    table = entries.table
    row = connection.execute(
        select(table.c.seq, table.c.chain)
        .where(entries.key == name)
        .order_by(table.c.seq.desc())
        .limit(1)
    ).first()
    if row is None:
        return Head(seq=0, chain=entries.start(name))
    return Head(seq=row.seq, chain=row.chain)


def add_entries(
    connection: Connection, entries: EntryTable, name: str, rows: Iterable[EntryRow]
) -> None:
    """Add `rows` to a course or logbook."""
    values = [
        {
            entries.key.name: name,
            "seq": row.seq,
            "kind": row.kind,
            "body": row.body,
            "chain": row.chain,
        }
        | ({"mrn": row.mrn} if entries is COURSES else {})
        for row in rows
    ]
    connection.execute(insert(entries.table), values)


def add_seals(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[str]:
    """Add seals that are not there yet.

    Returns:
        Subjects of which the server has another seal for the same number.
    """
    keys = [(row["subject"], row["seq"]) for row in rows]
    query = select(_SEAL).where(tuple_(_SEAL.c.subject, _SEAL.c.seq).in_(keys))
    there = {(row.subject, row.seq): row.chain for row in connection.execute(query)}
    new = [row for row in rows if (row["subject"], row["seq"]) not in there]
    if new:
        connection.execute(insert(_SEAL), new)
    return [
        row["subject"]
        for row in rows
        if there.get((row["subject"], row["seq"]), row["chain"]) != row["chain"]
    ]
