"""`verify`: hash chain and integrity, then replay and compare; of a file the courses too."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.course_chains import print_chains
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.latencies import print_latencies
from app.verification import Comparison, compare
from protocols.events import Event, SessionClosed
from storage.courses import verify_courses
from storage.database import Database
from storage.faults import StorageError
from storage.journal import Journal
from storage.sessions import list_sessions
from storage.verification import ChainReport, verify_chain


def verify(
    session: Annotated[str, typer.Argument(help="Name of a session, or a database file.")],
    database: DatabaseOption = None,
    json: Annotated[
        bool, typer.Option("--json", help="One JSON object a session or course.")
    ] = False,
    latency: Annotated[
        bool, typer.Option("--latency", help="How long each alarm took; checks nothing.")
    ] = False,
) -> int:
    """Check a session, or every session and course of a file; exit status 1 at a difference."""
    named_file = _names_a_file(session)
    good = True
    with opened_to_read(session if named_file else database) as record:
        names = [s.session for s in list_sessions(record)] if named_file else [session]
        courses = verify_courses(record, whole_file=not names) if named_file else []
        if not names and not courses:
            raise BadInputError(f"{session}: no session in this file")
        if latency:
            for name in names:
                print_latencies(record, name, as_json=json)
            return 0
        for name in names:
            good &= _verify_one(record, name, as_json=json)
        good &= print_chains(courses, as_json=json)
    return 0 if good else EXIT_NO


def _names_a_file(text: str) -> bool:
    """Whether `text` is a file or written like one: no session's name has a folder or ending."""
    path = Path(text)
    return path.is_file() or path.name != text or bool(path.suffix)


def _verify_one(record: Database, name: str, *, as_json: bool) -> bool:
    chain = verify_chain(record, name)
    comparison, unreadable = _replay(record, name)
    identical = comparison is not None and comparison.identical
    if as_json:
        print_json(
            {
                "session": name,
                "chain_ok": chain.ok,
                "chain_problem": chain.first_problem,
                "events": chain.events,
                "head": chain.head.chain,
                "replay_identical": identical,
                "replay": comparison,
                "unreadable": unreadable,
            }
        )
    else:
        _print(name, chain, comparison, unreadable)
    return chain.ok and identical


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


def _print(name: str, chain: ChainReport, comparison: Comparison | None, unreadable: str) -> None:
    typer.echo(f"session  {name}")
    typer.echo(f"chain    {'ok' if chain.ok else chain.first_problem} ({chain.events} events)")
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
