"""Whether the signatures in a session's record fit what they sign.

A signature names the number of the last event that it covers and the value of the hash chain there.
It fits while the record up to that event is, byte for byte, what was signed; later corrections and
addenda do not change it and are not covered by it.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass

from protocols.events import EVENT_KINDS, RecordSigned
from storage.canonical import chain_next, chain_start, parse
from storage.database import Database
from storage.journal import Run, find_session, no_session, read_runs

_KIND = next(name for name, kind in EVENT_KINDS.items() if kind is RecordSigned)


@dataclass(frozen=True, slots=True, kw_only=True)
class SignatureReport:
    """One signature, and what is wrong with it.

    Attributes:
        seq: its own number in the record.
        signed: the signature.
        problem: why it does not fit the record, in a sentence; empty where it fits.
        after: how many events were added after it.
    """

    seq: int
    signed: RecordSigned
    problem: str
    after: int


def check_signatures(database: Database, session: str) -> list[SignatureReport]:
    """Every signature of a session, in order, checked against the rows as they are.

    Raises:
        StorageError: there is no such session, or the file cannot be read.
    """
    with database.reading() as connection:
        session_id = find_session(connection, session)
        if session_id is None:
            raise no_session(session)
        runs = [run for run in read_runs(connection, session_id) if run.is_sound]
    last = runs[-1].last_seq if runs else 0
    reports = []
    for run in runs:
        if run.kind != _KIND:
            continue
        try:
            event = parse(run.canonical()[0])
        except ValueError:
            continue  # the row itself is damaged, which the check of the chain says
        if isinstance(event, RecordSigned):
            problem = _problem(session, runs, event, run.first_seq)
            after = last - run.first_seq
            reports.append(
                SignatureReport(seq=run.first_seq, signed=event, problem=problem, after=after)
            )
    return reports


def _problem(session: str, runs: Sequence[Run], event: RecordSigned, seq: int) -> str:
    if not 1 <= event.signed_seq < seq:
        return f"It signs events up to {event.signed_seq}, which do not come before it."
    found = chain_at(session, runs, event.signed_seq)
    if found is None:
        return f"Event {event.signed_seq}, the last that it signs, cannot be read."
    if found.hex() != event.signed_chain:
        return (
            f"The record up to event {event.signed_seq} is not what was signed: its hash is "
            f"{found.hex()[:16]}…, signed was {event.signed_chain[:16]}…."
        )
    return ""


def chain_at(session: str, runs: Sequence[Run], seq: int) -> bytes | None:
    """The chain value after event `seq`, worked out from the row that holds it; None without it."""
    at = bisect_left(runs, seq, key=lambda run: run.last_seq)
    if at == len(runs) or runs[at].first_seq > seq:
        return None
    run = runs[at]
    chain = runs[at - 1].chain if at else chain_start(session)
    try:
        bodies = run.canonical()
    except ValueError:
        return None
    for body in bodies[: seq - run.first_seq + 1]:
        chain = chain_next(chain, body)
    return chain
