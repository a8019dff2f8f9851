"""`sessions list`: the log."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from app.commands.answers import BadInputError, print_json, print_table
from app.commands.database import DatabaseOption, opened_to_read
from storage.sessions import list_sessions


def register(group: typer.Typer) -> None:
    """Add the commands of this subject to `group`."""
    group.command("list")(list_all)


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
    with opened_to_read(database) as record:
        found = list_sessions(
            record,
            patient=patient,
            since=_day("--since", since),
            until=_day("--until", until),
            protocol=protocol,
            with_alarms=alarms,
        )
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


def _day(option: str, text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        return datetime.fromisoformat(text).replace(tzinfo=UTC)
    except ValueError:
        raise BadInputError(f"{option} {text}: write the day as YYYY-MM-DD") from None
