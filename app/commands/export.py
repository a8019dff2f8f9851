"""`export`: sessions as CSV, JSON, FHIR, EDF+, WFDB or ``.vital``, also de-identified."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.exchange.forms import FORMS, CopyForm
from app.records.catalogue import CatalogueError
from app.records.copies import CopyOrder
from app.records.copying import RecordCopies
from storage.database import Database
from storage.sessions import list_sessions


def export(
    sessions: Annotated[list[str] | None, typer.Argument(help="Names of the sessions.")] = None,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output", help="File to write; of several sessions, or of WFDB, the folder."
        ),
    ] = None,
    form: Annotated[
        CopyForm, typer.Option("--format", help="Format of the copies.")
    ] = CopyForm.CSV,
    every: Annotated[bool, typer.Option("--all", help="Every session of the record.")] = False,
    deidentified: Annotated[
        bool, typer.Option("--de-identified", help="Names, texts and dates taken out.")
    ] = False,
    waveforms: Annotated[bool, typer.Option(help="CSV: samples of waveforms too.")] = False,
    database: DatabaseOption = None,
) -> None:
    """Write copies of sessions, to be read elsewhere."""
    with opened_to_read(database) as record, on_trail("export", database) as trail:
        copies = RecordCopies(record, trail)
        wanted = _wanted(record, sessions or [], every=every)
        failed: list[str] = []
        warning = ""
        for session in wanted:
            try:
                path = _place(copies, session, form, output, deidentified, len(wanted) > 1 or every)
                order = CopyOrder(
                    session=session,
                    form=form,
                    path=path,
                    deidentified=deidentified,
                    waveforms=waveforms,
                )
                done = copies.make(order, lambda _share: True)
            except CatalogueError as error:
                failed.append(str(error))
                continue
            if done is not None:
                typer.echo(f"{done.path}: {done.words}")
                warning = done.warning
        if warning:
            typer.echo(warning)
    if failed:
        raise BadInputError(" ".join(failed))


def _wanted(record: Database, named: list[str], *, every: bool) -> list[str]:
    if every:
        if named:
            raise BadInputError("Name sessions or say --all, not both.")
        return [summary.session for summary in list_sessions(record)]
    if not named:
        raise BadInputError("Name a session, or say --all.")
    return named


def _place(
    copies: RecordCopies,
    session: str,
    form: CopyForm,
    output: Path | None,
    deidentified: bool,
    several: bool,
) -> Path:
    """Where the copy of a session goes; a folder for several is made."""
    if output is not None and not several and not (output.is_dir() and FORMS[form].ending):
        return output
    folder = Path() if output is None else output
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise BadInputError(f"{folder} cannot be made: {error.strerror}.") from error
    return folder / copies.proposed(session, form, deidentified=deidentified)
