"""`sessions list`: the log. `sessions account`: the account of the drug in one session.

`salvage`, `amendments`, `show-event`, `figures` and `episodes` are in modules of their own.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, TypedDict

import typer

from app.bedside.ledger_words import standing_words
from app.commands.amendments import show_amendments
from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.salvage import salvage
from app.commands.session_figures import show_episodes, show_figures
from app.commands.show_event import show_event
from app.commands.trail import on_trail
from app.records.catalogue import CatalogueError
from app.review.account_table import HEADINGS, account_rows
from app.trail.archive import WatchedArchive
from app.trail.noting import SESSIONS
from storage.sessions import list_sessions


class _Asked(TypedDict):
    patient: str | None
    since: datetime | None
    until: datetime | None
    protocol: str | None
    with_alarms: bool | None


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_all)
    group.command("account")(show_account)
    group.command("amendments")(show_amendments)
    group.command("salvage")(salvage)
    group.command("show-event")(show_event)
    group.command("figures")(show_figures)
    group.command("episodes")(show_episodes)


def list_all(
    database: DatabaseOption = None,
    patient: Annotated[str | None, typer.Option(help="Part of the name or number.")] = None,
    since: Annotated[str | None, typer.Option(help="From this day on, YYYY-MM-DD.")] = None,
    until: Annotated[str | None, typer.Option(help="Before this day, YYYY-MM-DD.")] = None,
    protocol: Annotated[str | None, typer.Option(help="Only this protocol.")] = None,
    alarms: Annotated[
        bool | None, typer.Option("--with-alarms/--without-alarms", help="Patient alarms.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON list.")] = False,
) -> None:
    """The recorded sessions, newest first."""
    asked: _Asked = {
        "patient": patient,
        "since": _day("--since", since),
        "until": _day("--until", until),
        "protocol": protocol,
        "with_alarms": alarms,
    }
    with opened_to_read(database) as record, on_trail("sessions list", database) as trail:
        found = list_sessions(record, **asked)
        trail.looked(SESSIONS, _asked_words(asked))
    if json:
        print_json(found)
        return
    print_table(
        ("session", "started at (UTC)", "protocol", "patient", "status", "alarms", ""),
        [
            (
                s.session,
                s.started_at,
                s.protocol,
                s.patient,
                s.status,
                s.alarms,
                "simulated" if s.simulated else "",
            )
            for s in found
        ],
    )


def show_account(
    session: Annotated[str, typer.Argument(help="Name of the session.")],
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="A JSON object.")] = False,
) -> None:
    """Each vial, draw, waste and correction with its signatures, and how the account was closed."""
    with opened_to_read(database) as record, on_trail("sessions account", database) as trail:
        try:
            opened = WatchedArchive(record, trail).open_session(session)
        except CatalogueError as error:
            raise BadInputError(str(error)) from error
    if json:
        closed = opened.state.reconciled
        print_json({"entries": list(opened.state.ledger.entries), "reconciled": closed})
        return
    print_table(HEADINGS, [row.cells for row in account_rows(opened)])
    standing = standing_words(opened.state, opened.end_ns)
    if standing:
        typer.echo(standing)


def _asked_words(asked: _Asked) -> str:
    """What narrowed the list, in words; empty where nothing did."""
    told = {name: value for name, value in asked.items() if value is not None}
    return ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in told.items())


def _day(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise BadInputError(f"{option} {text}: write the day as YYYY-MM-DD") from None
