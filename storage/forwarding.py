"""What of a room's own record the server still needs, and in which rows. Pure.

The server has the events of a session up to its end, a number and a chain value. Rows of the room
that continue from there go over as they are. Where the room has packed a row that the server has
the first part of, the missing part goes first, then the packed row takes the place of both. An end
that is not on the room's chain is a conflict: nothing goes over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from storage.canonical import chain_next, chain_start, parse
from storage.heads import Head
from storage.journal import Run
from storage.packing import encode_lines
from storage.schema import BATCH, PACK


class ConflictError(Exception):
    """The server has something else than the room; the text says what, in a sentence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionEnd:
    """How far the server has a session.

    Attributes:
        head: its last event there and the chain value after it.
        live_ends: the rows that are not packed there: chain value after each, by its last event.
        live_firsts: number of the first event of each of them.
    """

    head: Head
    live_ends: Mapping[int, bytes]
    live_firsts: frozenset[int]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionPart:
    """Rows of one session in the room's record, as far as the server's end makes them of interest.

    Attributes:
        before: end of the row before `around`.
        around: the row that holds the server's last event; None where the room has no such event.
        packs: packed rows of events that the server has, of which it may have live rows.
        later: rows after the server's last event, in order; perhaps not all.
        complete: whether `later` are all.
    """

    before: Head
    around: Run | None
    packs: Sequence[Run]
    later: Sequence[Run]
    complete: bool


def plan_session(session: str, end: SessionEnd, part: SessionPart) -> list[Run]:
    """The rows to add on the server, in order.

    Raises:
        ConflictError: the server's end is not one that the room's record came through.
        ValueError: a row of the room is damaged.
    """
    _compare(session, end.head, part)
    rows = [pack for pack in part.packs if _covers(pack, end)]
    around = part.around
    if around is not None and around.last_seq > end.head.seq:
        rows += _rest(around, part.before, end)
    return [*rows, *part.later]


def rows_end(end: SessionEnd, rows: Sequence[Run]) -> Head:
    """The end of the session on the server once `rows` are added."""
    last = max(rows, key=lambda row: row.last_seq, default=None)
    if last is None or last.last_seq <= end.head.seq:
        return end.head
    return Head(seq=last.last_seq, chain=last.chain)


def _compare(session: str, head: Head, part: SessionPart) -> None:
    if head.seq == 0:
        if head.chain != chain_start(session):
            raise ConflictError(f"Session {session}: the server begins it in another way.")
        return
    if part.around is None:
        raise ConflictError(
            f"Session {session}: the server has {head.seq} events, more than this room has."
            " Nothing of it is sent."
        )
    if _chain_at(head.seq, part) != head.chain:
        raise ConflictError(
            f"Session {session}: the server has other events than this room, up to event"
            f" {head.seq}. Nothing of it is sent."
        )


def _chain_at(seq: int, part: SessionPart) -> bytes:
    """The room's chain value after event `seq`, which is in the row `around`."""
    around = part.around
    if around is None or around.last_seq == seq:
        return part.before.chain if around is None else around.chain
    chain = part.before.chain
    for body in around.canonical()[: seq - part.before.seq]:
        chain = chain_next(chain, body)
    return chain


def _covers(pack: Run, end: SessionEnd) -> bool:
    """Whether the server has live rows that `pack` can take the place of."""
    return (
        pack.last_seq <= end.head.seq
        and pack.first_seq in end.live_firsts
        and end.live_ends.get(pack.last_seq) == pack.chain
    )


def _rest(row: Run, before: Head, end: SessionEnd) -> list[Run]:
    """The rows that bring the server from within `row` to its end."""
    bodies = row.canonical()[end.head.seq - before.seq :]
    whole = row.kind == PACK and row.first_seq in end.live_firsts
    rest = Run(
        first_seq=end.head.seq + 1,
        last_seq=row.last_seq,
        first_t_ns=parse(bodies[0]).t_ns,
        last_t_ns=row.last_t_ns,
        kind=BATCH if whole else row.kind,
        body=encode_lines(bodies, final=row.kind == PACK and not whole),
        chain=row.chain,
    )
    return [rest, row] if whole else [rest]


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryRow:
    """One entry of a course or logbook, as its table has it; `mrn` is None in a logbook."""

    seq: int
    kind: str
    body: bytes
    chain: bytes
    mrn: str | None = None


def plan_entries(
    title: str, end: Head, room_end: Head, at_end: bytes | None, *, shared: bool
) -> bool:
    """Whether entries after `end` are to be sent.

    Args:
        title: the journal, for people.
        end: the end on the server; number 0 where it has none.
        room_end: the end in the room.
        at_end: the room's chain value after entry `end.seq`; None where the room has no such one.
        shared: whether other rooms add to it too, so that the server may be further.

    Raises:
        ConflictError: the two do not continue each other.
    """
    if end.seq > room_end.seq:
        if shared:
            return False
        raise ConflictError(
            f"{title}: the server has {end.seq} entries, more than this room has."
            " Nothing of it is sent."
        )
    if end.seq > 0 and at_end != end.chain:
        raise ConflictError(
            f"{title}: the server has other entries than this room. Nothing of it is sent."
        )
    return room_end.seq > end.seq
