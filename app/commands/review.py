"""`review`: the recorded sessions in a window, to read, export, verify and replay."""

from __future__ import annotations

from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Annotated

import typer

from app.commands.database import DatabaseOption, opened_to_look
from app.commands.display import need_display
from app.commands.replay_orders import ReplayOrders
from app.commands.trail import SEES_TRAIL, find_viewer, on_trail
from app.importing.foreign import ENDINGS
from app.people.house import House
from app.people.reader import Reader
from app.places import database as place_of_database
from app.reception.settings import load_settings
from app.records.looked_at import LookedAt
from app.trail.archive import WatchedArchive
from app.trail.noting import Trail, own_place
from storage.database import Database

_RecordFile = Annotated[
    str | None,
    typer.Argument(
        metavar="FILE",
        help="Record of another machine, as --database; or a recording, as --file.",
        show_default=False,
    ),
]


def review(
    record_file: _RecordFile = None,
    database: DatabaseOption = None,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="Recording of another monitor to show: CSV, WFDB, EDF, .vital"),
    ] = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours.")] = False,
    user: Annotated[
        str | None, typer.Option(help="Sign in as this user; needed to see the trail.")
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="File with the password, else it is asked for.")
    ] = None,
) -> int:
    """Review recorded sessions: trends, events, dose, alarms; export and verify them."""
    if record_file and Path(record_file).suffix.lower() in ENDINGS:
        file, record_file = Path(record_file), None
    database = record_file or database
    place = place_of_database(database)

    with opened_to_look(database, or_empty=file is not None) as (record, seen):
        need_display("review", "sessions, export and verify run without")
        reader = Reader(find_viewer("review", user, secret_file).person)
        settings, _ = load_settings()
        # what the environment names is not repeated where others can read it, with its password
        named = seen.place if database else None
        with (
            ReplayOrders(named) as replays,
            on_trail("review", database, reader) as trail,
            closing(_archive(record, trail, seen, place)) as archive,
            closing(House(own_place(), where=lambda: "review", rights=settings.rights)) as people,
        ):
            from app.commands.review_sources import ReviewedRecord, sources_of
            from app.printing.documents import Site
            from app.review.run import run_review

            reviewed = ReviewedRecord(
                record=record,
                seen=seen,
                place=place,
                trail=trail,
                catalogue=archive,
                people=people,
                who=lambda: reader.name,
                site=Site(card=settings.site.lines(), paper=settings.site.paper),
            )
            return run_review(
                sources_of(reviewed, file),
                replays.command,
                people,
                reader,
                dark=dark,
                shows_trail=partial(_sees_trail, people, reader),
            )


def _sees_trail(people: House, reader: Reader) -> bool:
    roles = () if reader.person is None else reader.person.roles
    return not people.has_accounts or any(role in SEES_TRAIL for role in roles)


def _archive(record: Database, trail: Trail, seen: LookedAt, place: str) -> WatchedArchive:
    """The record to look at; one from elsewhere takes nothing that is not of this site."""
    if not seen.foreign:
        return WatchedArchive(record, trail)
    from app.trail.foreign_archive import ForeignArchive

    return ForeignArchive(record, trail, seen, place)
