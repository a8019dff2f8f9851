"""`sessions amendments`: what was added to a session, and whether its signatures fit."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.trail import on_trail
from app.records.catalogue import CatalogueError
from app.review.amendments_table import HEADINGS, amendment_rows
from app.signing import MEANING_WORDS
from app.trail.archive import WatchedArchive
from storage.signatures import SignatureReport, check_signatures


def show_amendments(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
) -> None:
    """Corrections beside their originals, addenda, and signatures with what they cover."""
    with opened_to_read(database) as record, on_trail("sessions amendments", database) as trail:
        try:
            opened = WatchedArchive(record, trail).open_session(session)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
        checked = check_signatures(record, session)
    amended = opened.history.amended
    if json:
        print_json(
            {
                "corrections": [{"event": seq, "said": one} for seq, one in amended.corrections],
                "addenda": [{"event": seq, "said": one} for seq, one in amended.addenda],
                "signatures": signature_facts(checked),
            }
        )
        return
    print_table(HEADINGS, [row.cells for row in amendment_rows(opened)])
    print_signatures(checked)


def signature_facts(reports: list[SignatureReport]) -> list[dict[str, object]]:
    """Signatures as JSON knows them."""
    return [
        {"event": one.seq, "said": one.signed, "problem": one.problem, "events_after": one.after}
        for one in reports
    ]


def print_signatures(reports: list[SignatureReport]) -> None:
    """A line for each signature: who, and whether it fits what it signs."""
    for one in reports:
        signed = one.signed
        words = one.problem or f"fits events 1 to {signed.signed_seq}"
        after = f"; {one.after} events were added after it" if one.after else ""
        typer.echo(f"signed   {MEANING_WORDS[signed.meaning]} {signed.by}: {words}{after}")
