"""`burden`: what alarms cost by room, rule and week, without anybody's name."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.endings import ends_in
from app.commands.trail import on_trail
from app.places import database as place_of_database
from app.printing.record_documents import office_of
from app.reception.settings import load_settings
from app.records.burden_reading import BurdenArchive
from app.records.catalogue import CatalogueError
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
    gaps,
    headline,
    narrowing_words,
    rows_of,
)
from protocols.events import Priority


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
    ends_in("--csv", as_csv, ".csv")
    ends_in("--pdf", pdf, ".pdf")
    ends_in("--html", html, ".html", ".htm")
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
            office = office_of(record, trail, load_settings()[0].site.paper)
            archive = BurdenArchive(record, place_of_database(database), trail, office=office)
            found = archive.read(narrowing.since, narrowing.until, _go_on)
            sessions = narrowed(found or (), narrowing)
            for path in (one for one in (as_csv, pdf, html) if one is not None):
                typer.echo(archive.write(sessions, narrowing, span, path), err=True)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
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
