"""`compare`: sessions laid over each other on one event, as a table."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.records.catalogue import CatalogueError
from app.reviewing.alignment import (
    COMPARED,
    LEAST_SESSIONS,
    MOST_SESSIONS,
    AnchorError,
    Comparison,
    TimeTable,
    align,
    lacking,
    read_anchor,
    table_rows,
    tabulate,
)
from app.trail.many_sessions import WatchedCohorts
from protocols.vitals import VITALS


def compare(
    sessions: Annotated[list[str], typer.Argument(help="Names of 2 to 8 sessions.")],
    align_on: Annotated[
        str,
        typer.Option(
            "--align", help="start, end, baseline, alarm:RULE[:N] or observation:LABEL[:N]."
        ),
    ] = "start",
    changes: Annotated[
        bool, typer.Option("--changes", help="Changes from the baseline, not values.")
    ] = False,
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Lay sessions over each other on one event and print their values at the same minutes."""
    names = list(dict.fromkeys(sessions))
    if not LEAST_SESSIONS <= len(names) <= MOST_SESSIONS:
        raise BadInputError(
            f"{len(names)} sessions: {LEAST_SESSIONS} to {MOST_SESSIONS} can be compared."
        )
    try:
        anchor = read_anchor(align_on)
    except AnchorError as error:
        raise BadInputError(f"--align {error}") from error
    with opened_to_read(database) as record, on_trail("compare", database) as trail:
        try:
            traces = WatchedCohorts(record, trail).traces(names)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
    found = align(traces, anchor, changes=changes)
    tables = [tabulate(found, vital) for vital in COMPARED]
    if json:
        print_json(_told(found, tables))
    else:
        _print(found, tables)
    return 0 if found.sessions else EXIT_NO


def _print(found: Comparison, tables: list[TimeTable]) -> None:
    kind = "change from baseline" if found.changes else "values"
    typer.echo(f"Aligned on {found.anchor.words}; {kind} at minutes from it.")
    for one in found.sessions:
        simulated = " (simulated)" if one.trace.simulated else ""
        typer.echo(f"{one.letter}  {one.trace.session}  {one.trace.protocol}{simulated}")
    if found.mixed:
        typer.echo("Simulated and real sessions are shown together.")
    for sentence in lacking(found):
        typer.echo(sentence)
    for table in tables if found.sessions else ():
        spec = VITALS[table.vital]
        typer.echo(f"\n{spec.label} {spec.unit_text}")
        print_table(("", *map(str, table.minutes)), table_rows(table, changes=found.changes))


def _told(found: Comparison, tables: list[TimeTable]) -> dict[str, Any]:
    return {
        "aligned_on": {
            "kind": found.anchor.kind,
            "name": found.anchor.name,
            "nth": found.anchor.nth,
        },
        "changes": found.changes,
        "mixed": found.mixed,
        "sessions": [
            {
                "letter": one.letter,
                "session": one.trace.session,
                "simulated": one.trace.simulated,
                "zero_t_ns": one.zero_ns,
                "lacks": list(one.without),
            }
            for one in found.sessions
        ],
        "left_out": [
            {"letter": one.letter, "session": one.trace.session, "why": one.why}
            for one in found.left_out
        ],
        "tables": tables,
    }
