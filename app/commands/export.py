"""`export`: a session as CSV or JSON."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.trail.noting import subject_of
from storage.export import export_csv, export_json, leaves_protection


class Format(StrEnum):
    """What a session can be exported as."""

    CSV = "csv"
    JSON = "json"


def export(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    output: Annotated[Path, typer.Option("--output", help="File to write.")],
    form: Annotated[Format, typer.Option("--format", help="csv or json.")] = Format.CSV,
    waveforms: Annotated[bool, typer.Option(help="CSV: samples of waveforms too.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Write a session to a file."""
    with opened_to_read(database) as record, on_trail("export", database) as trail:
        if form is Format.CSV:
            rows = export_csv(record, session, output, waveforms=waveforms)
        else:
            rows = export_json(record, session, output)
        trail.exported(subject_of(session), form.value, output)
        unprotected = leaves_protection(record)
    typer.echo(f"{output}: {rows} {'rows' if form is Format.CSV else 'events'}")
    if unprotected:
        typer.echo(unprotected)
