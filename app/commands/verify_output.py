"""What `verify` prints: sessions one by one, then the record around them."""

from __future__ import annotations

import typer

from app.commands.amendments import print_signatures, signature_facts
from app.commands.answers import print_json
from app.commands.course_chains import print_chains, seal_facts, seal_words
from app.printing.verification_result import NO_HEADS
from app.reviewing.verifying import SessionCheck, Verification
from storage.database import Database
from storage.faults import StorageError
from storage.sealing import KnownKeys
from storage.signatures import SignatureReport, check_signatures
from storage.verification import ChainReport, RecordReport


def print_session(
    record: Database, chain: ChainReport, check: SessionCheck, *, as_json: bool
) -> None:
    """Print the verdict on one session."""
    signatures = _signatures(record, check.session)
    if as_json:
        print_json(
            {
                "session": check.session,
                "program": check.program,
                "chain_ok": not check.chain_problem,
                "chain_problem": check.chain_problem,
                "events": check.events,
                "head": check.head,
                "seal": seal_facts(chain.seal),
                "replay_identical": check.identical,
                "replay": check.replay,
                "unreadable": check.unreadable,
                "signatures": signature_facts(signatures),
                "latency": check.latency_words,
                "present": {one.vital: one.share for one in check.present},
                "missing": check.missing,
            }
        )
        return
    typer.echo(f"session  {check.session}")
    typer.echo(f"chain    {check.chain_problem or 'ok'} ({check.events} events)")
    typer.echo(f"seal     {seal_words(chain.seal, chain.ends.later, 'events')}")
    _print_replay(check)
    typer.echo(f"alarms   {check.latency_words}")
    typer.echo(f"present  {check.present_words}")
    print_signatures(signatures)


def _signatures(record: Database, name: str) -> list[SignatureReport]:
    try:
        return check_signatures(record, name)
    except StorageError:
        return []  # the rows cannot be read, which the check of the chain says


def _print_replay(check: SessionCheck) -> None:
    replay = check.replay
    first, *rest = check.replay_words
    differs = replay is not None and replay.difference is not None
    typer.echo(f"replay   {'first difference at ' if differs else ''}{first}")
    for line in rest:
        typer.echo(f"         {line}")


def print_around(
    found: Verification, report: RecordReport | None, known: KnownKeys, *, as_json: bool
) -> None:
    """Print the verdict on the record, where it was checked, the keys, and whether it was cut."""
    if report is not None:
        print_chains("course", report.courses, as_json=as_json)
        print_chains("logbook", report.logbooks, as_json=as_json)
    if as_json and report is not None:
        print_json(
            {
                "record": found.place,
                "ok": report.ok,
                "first_problem": report.first_problem,
                "problems": report.problems,
                "version": report.version,
                "heads_file": report.has_heads,
                "known_keys": found.keys,
            }
        )
    elif report is not None:
        _print_record(report)
    if not as_json:
        _print_keys(known)
    if found.stopped or len(found.wanted) > 1:
        typer.echo(found.words, err=as_json)


def _print_record(report: RecordReport) -> None:
    problems = report.problems
    typer.echo(f"record   {'ok' if report.ok else problems[0]} (version {report.version})")
    for problem in problems[1:]:
        typer.echo(f"         {problem}")
    if not report.has_heads:
        typer.echo(f"heads    {NO_HEADS}")


def _print_keys(known: KnownKeys) -> None:
    names = sorted({*known.public, *known.names})
    if names:
        typer.echo(f"keys     trusted: {', '.join(names)}")
    else:
        typer.echo("keys     none known here: seals are held against keys the record itself names")
