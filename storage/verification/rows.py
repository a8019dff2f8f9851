"""Follows the rows of one session: numbers, bodies, hash chain, labels."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field

from sqlalchemy import Connection, Table, inspect, literal, select, type_coerce, union_all
from sqlalchemy.types import NullType

from protocols.events import EVENT_KINDS
from protocols.vitals import PRESSURES
from storage.canonical import ROUTINE, chain_next, chain_start, parse
from storage.heads import Head
from storage.journal import Run
from storage.packing import DICTIONARY
from storage.schema import PACK, JournalRow, LiveRow
from storage.summary import SummaryFold
from storage.verification.reading import shown

_TABLES: tuple[Table, ...] = (JournalRow.__table__, LiveRow.__table__)  # type: ignore[assignment]
_COLUMNS = ("first_seq", "last_seq", "first_t_ns", "last_t_ns", "kind", "body", "chain")

_FREQUENT = tuple(f'["{name}",'.encode() for name, kind in EVENT_KINDS.items() if kind in ROUTINE)
_READING = b'["reading",'
_FREQUENT_ALONE = tuple(head for head in _FREQUENT if head != _READING)
"""A reading may always have a row of its own; which do was not always decided as it is now."""

_OWN_ROW = (b'"manual":true', *(f'"vital":"{vital.value}"'.encode() for vital in PRESSURES))
"""In a reading: it has a row of its own. Within a JSON text a quotation mark is escaped."""


@dataclass(frozen=True, slots=True)
class PlacedRun:
    """A row and the table it stands in."""

    table: str
    run: Run


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """What came of following the rows of one session.

    Attributes:
        problem: the first thing wrong with a row, in a sentence; empty when nothing is.
        head: the end of the unbroken chain.
        values: the chain value after each event that was asked for and reached.
        fold: what the list of sessions should say, from the rows up to the problem.
    """

    problem: str
    head: Head
    values: dict[int, bytes] = field(default_factory=dict)
    fold: SummaryFold = field(default_factory=SummaryFold)


def read_placed(connection: Connection, session_id: int) -> list[PlacedRun]:
    """The rows of a session in their order, from every table that holds such rows."""
    parts = []
    for table in _TABLES:
        if inspect(connection).has_table(table.name):
            raw = [type_coerce(table.c[name], NullType()).label(name) for name in _COLUMNS]
            here = literal(table.name).label("place")
            parts.append(select(here, *raw).where(table.c.session_id == session_id))
    if not parts:
        return []
    query = union_all(*parts).order_by("first_seq", "last_seq", "place")
    return [
        PlacedRun(row.place, Run(**{name: getattr(row, name) for name in _COLUMNS}))
        for row in connection.execute(query)
    ]


def walk(session: str, rows: Sequence[PlacedRun], wanted: Collection[int] = ()) -> Walk:
    """Follow the rows of the session named `session`; `wanted` are events to tell the chain at."""
    head = Head(seq=0, chain=chain_start(session))
    fold = SummaryFold()
    values = {0: head.chain} if 0 in wanted else {}
    problem = "" if rows else "It holds no event."
    for placed in rows:
        problem = _follow(placed, head, fold, wanted, values)
        if problem:
            break
        head = Head(seq=placed.run.last_seq, chain=placed.run.chain)
    return Walk(problem=problem, head=head, values=values, fold=fold)


def _follow(
    placed: PlacedRun,
    before: Head,
    fold: SummaryFold,
    wanted: Collection[int],
    values: dict[int, bytes],
) -> str:
    run = placed.run
    where = row_words(run)
    if not run.is_sound:
        return f"{where} has a column that is not of its type."
    if run.first_seq > before.seq + 1:
        return f"Events {before.seq + 1} to {run.first_seq - 1} are missing."
    if run.first_seq <= before.seq:
        return f"{where} repeats events that came before it."
    try:
        bodies = run.canonical()
    except ValueError:
        return f"{where} cannot be read."
    if len(bodies) != run.last_seq - run.first_seq + 1:
        return f"{where} holds {len(bodies)} events."
    chain = before.chain
    found: dict[int, bytes] = {}
    for seq, body in enumerate(bodies, start=run.first_seq):
        chain = chain_next(chain, body)
        if seq in wanted:
            found[seq] = chain
    if chain != run.chain:
        return f"{where} is not what was recorded: its hash does not follow from those before it."
    try:
        problem = next(_mislabelled(placed, where, bodies), "")
        if not problem:
            _add(fold, run)
    except ValueError:
        return f"{where} cannot be read."
    if not problem:
        values |= found
    return problem


def row_words(run: Run) -> str:
    """The row for a sentence: its events and its kind."""
    return f"The row of events {shown(run.first_seq)} to {shown(run.last_seq)} ({shown(run.kind)})"


def _mislabelled(placed: PlacedRun, where: str, bodies: list[bytes]) -> Iterator[str]:
    """What of the row's own columns does not agree with the events in it, proven just before."""
    run = placed.run
    first, last = parse(bodies[0]), parse(bodies[-1])
    if (first.t_ns, last.t_ns) != (run.first_t_ns, run.last_t_ns):
        yield f"{where} says other times than its events."
    if run.is_packed:
        if (run.kind == PACK) != (placed.table == JournalRow.__tablename__):
            yield f"{where} stands in the table {placed.table}, where it does not belong."
        if not all(is_frequent(body) for body in bodies):
            yield f"{where} is labelled {run.kind}, but holds an event that has a row of its own."
    else:
        kind = bodies[0][2 : bodies[0].index(b'"', 2)].decode()
        if len(bodies) != 1 or kind != run.kind:
            yield f"{where} holds an event of kind {kind}."
        if placed.table != JournalRow.__tablename__:
            yield f"{where} stands in the table {placed.table}, where it does not belong."
        if bodies[0].startswith(_FREQUENT_ALONE):
            yield f"{where} holds a frequent event in a row of its own."
    if not is_tight(run.body):
        yield f"{where} has bytes that belong to no event."


def is_frequent(body: bytes) -> bool:
    """Whether the event of this canonical form shares a row with others."""
    if body.startswith(_READING):
        return not any(mark in body for mark in _OWN_ROW)
    return body.startswith(_FREQUENT)


def is_tight(body: bytes) -> bool:
    """Whether no byte or bit of a body could be changed without a change to its events.

    Behind the end of a compressed stream nothing may stand, and what fills its last byte up is 0.
    """
    if body[:1] == b"[":
        return True
    if body[:1] == b"L":
        return _is_tight(body[1:], b"")
    (size,) = struct.unpack_from("<I", body, 1)
    return _is_tight(body[5 : 5 + size], DICTIONARY) and _is_tight(body[5 + size :], b"")


_CHECKSUM_BYTES = 4


def _is_tight(data: bytes, dictionary: bytes) -> bool:
    content, rest = _inflate(data, dictionary)
    if content is None or rest:
        return False
    place = len(data) - _CHECKSUM_BYTES - 1
    last = data[place]
    if not last:
        return True
    cleared = bytearray(data)
    cleared[place] = last & ~(1 << (last.bit_length() - 1))
    return _inflate(bytes(cleared), dictionary)[0] is None


def _inflate(data: bytes, dictionary: bytes) -> tuple[bytes | None, bytes]:
    reader = zlib.decompressobj(zdict=dictionary) if dictionary else zlib.decompressobj()
    try:
        content = reader.decompress(data)
    except zlib.error:
        return None, b""
    return (content if reader.eof else None), reader.unused_data


def _add(fold: SummaryFold, run: Run) -> None:
    fold.last_t_ns = max(fold.last_t_ns, run.last_t_ns)
    if not run.is_packed:
        fold.add(run.events()[0])
