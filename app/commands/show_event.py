"""`sessions show-event`: one event of a session in full, as a report names it by its number."""

from __future__ import annotations

import json as text
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.records.catalogue import CatalogueError
from app.records.single_events import read_single_event
from app.trail.noting import subject_of


def show_event(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    number: Annotated[int, typer.Argument(help="Number of the event, as a report prints it.")],
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
) -> None:
    """One event in full: its time, every field, and where the hash chain covers it."""
    with opened_to_read(database) as record, on_trail("sessions show-event", database) as trail:
        try:
            found = read_single_event(record, session, number)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        trail.looked(subject_of(session), f"event {number}")
    kind, fields = text.loads(found.body)
    if json:
        print_json(
            {
                "session": session,
                "number": number,
                "events": found.count,
                "kind": kind,
                "t_ns": found.event.t_ns,
                "local": found.local or None,
                "event": fields,
                "row": list(found.row),
                "chain_after_row": found.chain,
            }
        )
        return
    typer.echo(f"{session}, event {number} of {found.count}: {kind}")
    at = f"session time {found.event.t_ns / 1e9:.3f} s"
    typer.echo(f"{at}, {found.local}" if found.local else at)
    for name, value in fields.items():
        shown = value if isinstance(value, str) else text.dumps(value, ensure_ascii=False)
        typer.echo(f"  {name}: {shown}")
    typer.echo(f"chain value after event {found.row[1]}: {found.chain}")
