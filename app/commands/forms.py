"""`forms list|fill|sheet`: forms filled from a session, and sheets for the patient."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read, say_unprotected
from app.commands.trail import on_trail
from app.places import names_of
from app.printing.documents import (
    FORMS,
    SHEETS,
    DocumentError,
    Site,
    fill_from,
    load_form,
    load_sheet,
    make_form,
    make_sheet,
    write_document,
)
from app.reception.settings import load_settings
from app.trail.noting import subject_of
from protocols.forms import FilledForm, SessionRecord
from storage.faults import StorageError
from storage.journal import Journal
from storage.sessions import find_summary

OutputOption = Annotated[Path | None, typer.Option("--output", help="PDF file to write.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object.")]


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_forms)
    group.command("fill")(fill)
    group.command("sheet")(sheet)


def list_forms(
    json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The forms and sheets shipped with the program."""
    with _told():
        known = [("form", load_form(name)) for name in names_of(FORMS)]
        known += [("sheet", load_sheet(name)) for name in names_of(SHEETS)]
    if json:
        print_json(
            [
                {
                    "kind": kind,
                    "id": form.id,
                    "version": form.version,
                    "title": form.title,
                    "fields": len(form.fields),
                    "protocols": form.protocols,
                    "review_date": form.review_date.isoformat(),
                    "approved_by": form.approved_by,
                }
                for kind, form in known
            ]
        )
        return
    print_table(
        ("kind", "id", "version", "title", "approved by"),
        [(k, f.id, f.version, f.title, f.approved_by or "not yet approved") for k, f in known],
    )


def fill(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    form: Annotated[str, typer.Option("--form", help="Shipped form or a file.")],
    output: OutputOption = None,
    json: AsJson = False,
    database: DatabaseOption = None,
) -> None:
    """Fill a form from the record and say what is missing; nothing is ever guessed."""
    site = _site()
    with _told():
        wanted = load_form(form)
        record = _read(session, database)
        filled = fill_from(wanted, record, site)
        with on_trail("forms fill", database) as trail:
            trail.looked(subject_of(session), f"form {wanted.id}")
            if output is not None:
                write_document(make_form(filled, record, site), output)
                trail.exported(subject_of(session), f"PDF, form {wanted.id}", output)
    if json:
        print_json(_as_object(session, filled, record))
        return
    typer.echo(f"{wanted.id} version {wanted.version}, session {session}")
    typer.echo(filled.count_text)
    for one in filled.missing:
        typer.echo(f"  {one.field.label}: {one.evidence}")
    for one in filled.fields:
        if one.caution:
            typer.echo(f"  note: {one.field.label} {one.value}: {one.caution}")
    if output is not None:
        typer.echo(f"{output}: written")
        say_unprotected(database)


def sheet(
    output: Annotated[Path, typer.Option("--output", help="PDF file to write.")],
    name: Annotated[str, typer.Option("--sheet", help="Shipped sheet or a file.")],
    session: Annotated[
        str | None, typer.Argument(help="Name of the session; without one the sheet is blank.")
    ] = None,
    database: DatabaseOption = None,
) -> None:
    """Make a sheet for the patient; what is not recorded is a line to write on."""
    site = _site()
    with _told():
        wanted = load_sheet(name)
        record = SessionRecord() if session is None else _read(session, database)
        filled = fill_from(wanted, record, site)
        write_document(make_sheet(filled, record, site), output)
        if session is not None:
            with on_trail("forms sheet", database) as trail:
                trail.exported(subject_of(session), f"PDF, sheet {wanted.id}", output)
    for one in filled.missing:
        typer.echo(f"to write by hand: {one.field.label} ({one.evidence})")
    typer.echo(f"{output}: written")
    if session is not None:
        say_unprotected(database)


def _read(session: str, database: str | None) -> SessionRecord:
    with opened_to_read(database) as opened:
        find_summary(opened, session)
        return SessionRecord.of(Journal(opened).read(session))


def _site() -> Site:
    settings, notice = load_settings()
    if notice:
        typer.echo(notice, err=True)
    return Site(card=settings.site.lines(), paper=settings.site.paper)


@contextmanager
def _told() -> Iterator[None]:
    try:
        yield
    except DocumentError as error:
        raise BadInputError(str(error)) from error
    except StorageError as error:
        raise BadInputError(error.user_text) from error


def _as_object(session: str, filled: FilledForm, record: SessionRecord) -> dict[str, object]:
    return {
        "session": session,
        "form": filled.form.id,
        "version": filled.form.version,
        "simulated": record.opened is not None and record.opened.simulated,
        "needed": filled.needed,
        "missing": [one.field.id for one in filled.missing],
        "fields": [
            {
                "id": one.field.id,
                "label": one.field.label,
                "standing": one.standing,
                "value": one.value or None,
                "evidence": one.evidence,
                "caution": one.caution,
            }
            for one in filled.fields
        ],
    }
