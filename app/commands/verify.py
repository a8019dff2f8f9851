"""`verify`: hash chain, seals and integrity, then replay and compare; of a file all it holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands.amendments import print_signatures, signature_facts
from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.course_chains import print_chains, seal_facts, seal_words
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.latencies import print_latencies
from app.commands.trail import on_trail
from app.places import RESOURCES
from app.sealing import known_site_keys
from app.trail.noting import SESSIONS, subject_of
from app.verification import Comparison, compare
from protocols.events import Event, SessionClosed
from storage.database import Database
from storage.faults import StorageError
from storage.journal import Journal
from storage.sealing import KnownKeys, SealingError, read_known_keys
from storage.server import shown_place
from storage.sessions import list_sessions
from storage.signatures import SignatureReport, check_signatures
from storage.verification import ChainReport, RecordReport, verify_chain, verify_record
from storage.whole_files import write_whole

VERIFIER = RESOURCES / "verifier" / "verify_record.py"
"""The program that verifies a record without this one: one file, Python and nothing else."""


def verify(
    session: Annotated[
        str | None, typer.Argument(help="Name of a session, or a database file.")
    ] = None,
    database: DatabaseOption = None,
    key: Annotated[
        list[str] | None,
        typer.Option(help="Key file or short name of a key to trust; repeat. Else this site's."),
    ] = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a session, course and logbook.")
    ] = False,
    latency: Annotated[
        bool, typer.Option("--latency", help="How long each alarm took; checks nothing.")
    ] = False,
    write_verifier: Annotated[
        Path | None,
        typer.Option(help="Only write the stand-alone verifier to this file, for an inspector."),
    ] = None,
) -> int:
    """Check a session, or everything in a file; exit status 1 at a difference."""
    if write_verifier is not None:
        return _hand_out(write_verifier)
    if session is None:
        raise BadInputError("Name a session or a database file.")
    named_file = _names_a_file(session)
    known = _known_keys(key or [])
    place = session if named_file else database
    with opened_to_read(place) as record, on_trail("verify", place) as trail:
        if latency:
            for name in _names(record, session, named_file=named_file):
                print_latencies(record, name, as_json=json)
                trail.looked(subject_of(name), "latencies")
            return 0
        if named_file:
            good = _verify_file(record, session, known, as_json=json)
            trail.verified(SESSIONS, "" if good else f"{session}: a difference was found.")
        else:
            chain = verify_chain(record, session, known=known)
            good = _verify_one(record, chain, as_json=json)
            problem = chain.first_problem or ("" if good else "Replayed, it differs.")
            trail.verified(subject_of(session), problem)
            if not json:
                _print_keys(known)
    return 0 if good else EXIT_NO


def _hand_out(path: Path) -> int:
    try:
        write_whole(path, VERIFIER.read_bytes(), mode=0o755)
    except OSError as error:
        raise BadInputError(f"{path} cannot be written: {error.strerror}.") from error
    typer.echo(f"{path}: run it with python3 and a record file; it needs nothing else.")
    return 0


def _known_keys(named: list[str]) -> KnownKeys:
    try:
        return read_known_keys(named) if named else known_site_keys()
    except SealingError as error:
        raise BadInputError(str(error)) from error


def _names_a_file(text: str) -> bool:
    """Whether `text` is a file or written like one: no session's name has a folder or ending."""
    path = Path(text)
    return path.is_file() or path.name != text or bool(path.suffix)


def _names(record: Database, session: str, *, named_file: bool) -> list[str]:
    return [s.session for s in list_sessions(record)] if named_file else [session]


def _verify_file(record: Database, place: str, known: KnownKeys, *, as_json: bool) -> bool:
    report = verify_record(record, known)
    if not (report.sessions or report.courses or report.logbooks or report.problems):
        raise BadInputError(f"{shown_place(place)}: no session in this file")
    good = report.ok
    for chain in report.sessions:
        good &= _verify_one(record, chain, as_json=as_json)
    print_chains("course", report.courses, as_json=as_json)
    print_chains("logbook", report.logbooks, as_json=as_json)
    if as_json:
        print_json(
            {
                "record": shown_place(place),
                "ok": report.ok,
                "first_problem": report.first_problem,
                "problems": report.problems,
                "version": report.version,
                "heads_file": report.has_heads,
                "known_keys": sorted({*known.public, *known.names}),
            }
        )
    else:
        _print_record(report)
        _print_keys(known)
    return good


def _verify_one(record: Database, chain: ChainReport, *, as_json: bool) -> bool:
    comparison, unreadable = _replay(record, chain.session)
    identical = comparison is not None and comparison.identical
    signatures = _signatures(record, chain.session)
    if as_json:
        print_json(
            {
                "session": chain.session,
                "chain_ok": chain.ok,
                "chain_problem": chain.first_problem,
                "events": chain.events,
                "head": chain.head.chain,
                "seal": seal_facts(chain.seal),
                "replay_identical": identical,
                "replay": comparison,
                "unreadable": unreadable,
                "signatures": signature_facts(signatures),
            }
        )
    else:
        _print(chain, comparison, unreadable)
        print_signatures(signatures)
    return chain.ok and identical and not any(one.problem for one in signatures)


def _signatures(record: Database, name: str) -> list[SignatureReport]:
    try:
        return check_signatures(record, name)
    except StorageError:
        return []  # the rows cannot be read, which the check of the chain says


def _replay(record: Database, name: str) -> tuple[Comparison | None, str]:
    closed = False

    def watched() -> Iterator[Event]:
        nonlocal closed
        for event in Journal(record).read(name):
            closed = closed or isinstance(event, SessionClosed)
            yield event

    try:
        events = list(watched())
        return compare(events, closed=closed), ""
    except StorageError as error:
        return None, error.user_text
    except ValueError as error:
        reason = str(error).partition("\n")[0]
        return None, f"what was in force cannot be read: {reason}"


def _print(chain: ChainReport, comparison: Comparison | None, unreadable: str) -> None:
    typer.echo(f"session  {chain.session}")
    typer.echo(f"chain    {'ok' if chain.ok else chain.first_problem} ({chain.events} events)")
    typer.echo(f"seal     {seal_words(chain.seal, chain.ends.later, 'events')}")
    if comparison is None:
        typer.echo(f"replay   not possible: {unreadable}")
        return
    difference = comparison.difference
    if difference is None:
        typer.echo(
            f"replay   identical: {comparison.inputs} inputs gave the same "
            f"{comparison.outputs} outputs"
        )
        if comparison.unrecorded:
            typer.echo(f"         {comparison.unrecorded} outputs were cut off at the end")
        return
    typer.echo(f"replay   first difference at event {difference.position}")
    typer.echo(f"         recorded: {difference.recorded or 'nothing'}")
    typer.echo(f"         replayed: {difference.replayed or 'nothing'}")


def _print_record(report: RecordReport) -> None:
    problems = report.problems
    typer.echo(f"record   {'ok' if report.ok else problems[0]} (version {report.version})")
    for problem in problems[1:]:
        typer.echo(f"         {problem}")
    if not report.has_heads:
        typer.echo("heads    no heads file beside it: a session that was taken out may not show")


def _print_keys(known: KnownKeys) -> None:
    names = sorted({*known.public, *known.names})
    if names:
        typer.echo(f"keys     trusted: {', '.join(names)}")
    else:
        typer.echo("keys     none known here: seals are held against keys the record itself names")
