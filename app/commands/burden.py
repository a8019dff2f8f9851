"""`burden`: what alarms cost by room, rule and week, without anybody's name."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read, say_unprotected
from app.commands.trail import on_trail
from app.people.actor import actor
from app.places import database as place_of_database
from app.places import program_version, seal_key_path
from app.printing.burden_result import burden_document
from app.printing.documents import DocumentError
from app.printing.making import Making
from app.printing.office import Office, ready_key
from app.records.burden_reading import BurdenArchive
from app.records.catalogue import CatalogueError
from app.records.limits_files import local_time
from app.reviewing.alarm_burden import (
    DEFINITIONS,
    CountedSession,
    Narrowing,
    Span,
    by_room,
    by_rule,
    by_span,
    narrowed,
)
from app.reviewing.burden_report import (
    HEADINGS,
    as_objects,
    csv_text,
    gaps,
    headline,
    narrowing_words,
    rows_of,
)
from app.trail.noting import SESSIONS, Trail
from protocols.events import Priority
from storage.server import shown_place


class Which(StrEnum):
    """Which sessions count."""

    ALL = "all"
    REAL = "real"
    SIMULATED = "simulated"


_SIMULATED = {Which.ALL: None, Which.REAL: False, Which.SIMULATED: True}


def burden(
    since: Annotated[str, typer.Option("--since", help="First day of the start: 2026-11-01.")] = "",
    until: Annotated[str, typer.Option("--until", help="Last day of the start, included.")] = "",
    room: Annotated[str, typer.Option("--room", help="Only sessions of this room.")] = "",
    protocol: Annotated[str, typer.Option("--protocol", help="Only sessions of this one.")] = "",
    which: Annotated[Which, typer.Option("--sessions", help="Which sessions count.")] = Which.ALL,
    priority: Annotated[
        Priority | None, typer.Option("--priority", help="Only alarms of this priority.")
    ] = None,
    span: Annotated[Span, typer.Option("--by", help="Put together by week or month.")] = Span.WEEK,
    as_csv: Annotated[
        Path | None, typer.Option("--csv", help="Write every figure to this file.")
    ] = None,
    pdf: Annotated[Path | None, typer.Option("--pdf", help="Write a PDF of it.")] = None,
    html: Annotated[Path | None, typer.Option("--html", help="The same as HTML.")] = None,
    json: Annotated[bool, typer.Option("--json", help="All as one JSON object.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Count alarms by room, rule and week: how many, how short, how soon answered. No names."""
    narrowing = Narrowing(
        since=_day("--since", since),
        until=_day("--until", until),
        room=room,
        protocol=protocol,
        simulated=_SIMULATED[which],
        priority=priority,
    )
    with opened_to_read(database) as record, on_trail("burden", database) as trail:
        try:
            found = BurdenArchive(record, trail).read(narrowing.since, narrowing.until, _go_on)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        sessions = narrowed(found or (), narrowing)
        if as_csv is not None:
            _write_csv(as_csv, sessions, span, trail)
            say_unprotected(database)
        for path in (one for one in (pdf, html) if one is not None):
            _write_document(path, sessions, narrowing, span, trail, database)
    if json:
        print_json({"counted": narrowing_words(narrowing), **as_objects(sessions, span)})
    else:
        _print(sessions, narrowing, span)


def _go_on(_share: float) -> bool:
    return True


def _day(name: str, text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise BadInputError(f"{name}: “{text}” is no day; write it as 2026-11-26") from error


def _print(sessions: list[CountedSession], narrowing: Narrowing, span: Span) -> None:
    typer.echo(f"{headline(sessions)} Counted: {narrowing_words(narrowing)}.")
    for name, groups in (
        ("room", by_room(sessions)),
        ("rule", by_rule(sessions)),
        (span.value, by_span(sessions, span)),
    ):
        typer.echo("")
        print_table((name, *HEADINGS), rows_of(groups))
    typer.echo("")
    for sentence in (*gaps(sessions), *DEFINITIONS):
        typer.echo(f"- {sentence}")


def _write_csv(path: Path, sessions: list[CountedSession], span: Span, trail: Trail) -> None:
    try:
        path.write_text(csv_text(sessions, span), encoding="utf-8", newline="")
    except OSError as error:
        raise BadInputError(f"{path}: {error.strerror}") from error
    trail.exported(SESSIONS, "csv, alarm burden", path)


def _write_document(
    path: Path,
    sessions: list[CountedSession],
    narrowing: Narrowing,
    span: Span,
    trail: Trail,
    named: str | None,
) -> None:
    making = Making(
        by=actor(),
        at=local_time(),
        program=program_version(),
        record=shown_place(place_of_database(named)),
    )
    document = burden_document(sessions, narrowing, span, making)
    try:
        written = Office(trail, ready_key(seal_key_path())).write_result(
            document, path, subject=SESSIONS
        )
    except DocumentError as error:
        raise BadInputError(str(error)) from error
    typer.echo(written.words, err=True)
