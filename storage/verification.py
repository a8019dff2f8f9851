"""Finds out whether a session's record is whole: structure, order, hash chain and noted ends."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from storage.canonical import chain_next, chain_start, parse
from storage.database import Database
from storage.faults import Fault, StorageError
from storage.heads import Head, heads_path, read_heads
from storage.journal import Run, find_session, no_session, read_runs
from storage.sessions import list_sessions


@dataclass(frozen=True, slots=True, kw_only=True)
class ChainReport:
    """What was found.

    Attributes:
        ok: whether nothing is wrong.
        events: how many events follow each other without fault from the first on.
        first_problem: the first thing wrong, in a sentence; empty when nothing is.
        head: the end of the unbroken chain.
        head_confirmed: whether the heads file names this very end; None when it names none.
    """

    ok: bool
    events: int
    first_problem: str
    head: Head
    head_confirmed: bool | None


def verify_chain(database: Database, session: str, *, whole_file: bool = True) -> ChainReport:
    """Check one session's rows, one by one, and with `whole_file` the file that holds them.

    Raises:
        StorageError: there is no such session, or the file cannot be opened.
    """
    damage = database.find_damage(thorough=True) if whole_file else None
    head = Head(seq=0, chain=chain_start(session))
    noted = _noted(database, session)
    try:
        runs = _read(database, session)
    except StorageError as error:
        if error.fault is not Fault.CORRUPT:
            raise
        return _report(head, f"The file is damaged: {damage or error.user_text}", noted)
    problem = ""
    for run in runs:
        problem = _find_problem(run, head)
        if problem:
            break
        head = Head(seq=run.last_seq, chain=run.chain)
    problem = problem or _compare_end(head, noted)
    if not problem and damage is not None:
        problem = f"The file is damaged: {damage}"
    return _report(head, problem, noted)


def _read(database: Database, session: str) -> list[Run]:
    with database.reading() as connection:
        session_id = find_session(connection, session)
        if session_id is None:
            raise no_session(session)
        return read_runs(connection, session_id)


def _report(head: Head, problem: str, noted: list[Head]) -> ChainReport:
    return ChainReport(
        ok=not problem,
        events=head.seq,
        first_problem=problem,
        head=head,
        head_confirmed=head in noted if noted else None,
    )


def _find_problem(run: Run, before: Head) -> str:
    where = f"The row of events {run.first_seq} to {run.last_seq} ({run.kind})"
    if not run.is_sound:
        return f"{where} has a column that is not of its type."
    if run.first_seq > before.seq + 1:
        return f"Events {before.seq + 1} to {run.first_seq - 1} are missing."
    if run.first_seq <= before.seq:
        return f"{where} repeats events that came before it."
    try:
        bodies = run.canonical()
    except ValueError as error:
        return f"{where} cannot be read: {error}."
    if len(bodies) != run.last_seq - run.first_seq + 1:
        return f"{where} holds {len(bodies)} events."
    chain = before.chain
    for body in bodies:
        chain = chain_next(chain, body)
    if chain != run.chain:
        return f"{where} is not what was recorded: its hash does not follow from those before it."
    return next(_mislabelled(run, where, bodies), "")


def _mislabelled(run: Run, where: str, bodies: list[bytes]) -> Iterator[str]:
    """What of the row's own columns does not agree with the events in it."""
    first, last = parse(bodies[0]), parse(bodies[-1])  # proven by the hash just before
    if (first.t_ns, last.t_ns) != (run.first_t_ns, run.last_t_ns):
        yield f"{where} says other times than its events."
    kind = bodies[0][2 : bodies[0].index(b'"', 2)].decode()
    if not run.is_packed and kind != run.kind:
        yield f"{where} holds an event of kind {kind}."


def _noted(database: Database, session: str) -> list[Head]:
    if database.path is None:
        return []
    return read_heads(heads_path(database.path)).get(session, [])


def _compare_end(head: Head, noted: list[Head]) -> str:
    if not noted or head in noted:
        return ""
    last = max(noted, key=lambda item: item.seq)
    if head.seq < last.seq:
        return (
            f"The end is cut off: {head.seq} events are here, but the heads file notes"
            f" {last.seq} at the close."
        )
    if head.seq == last.seq:
        return "The whole chain was made anew: it ends in another hash than the heads file notes."
    return f"Events were added after the close, which the heads file notes at event {last.seq}."


def verify_all(database: Database) -> dict[str, ChainReport]:
    """Check every session of the record, and that every session of the heads file is there.

    Damage of the file that no session shows is reported for each of them.

    Raises:
        StorageError: the file cannot be opened.
    """
    damage = database.find_damage(thorough=True)
    reports: dict[str, ChainReport] = {}
    for item in list_sessions(database):
        report = verify_chain(database, item.session, whole_file=False)
        if report.ok and damage is not None:
            report = replace(report, ok=False, first_problem=f"The file is damaged: {damage}")
        reports[item.session] = report
    noted = {} if database.path is None else read_heads(heads_path(database.path))
    for session in noted.keys() - reports.keys():
        start = Head(seq=0, chain=chain_start(session))
        text = "The session is missing; the heads file notes its close."
        reports[session] = _report(start, text, noted[session])
    return reports
