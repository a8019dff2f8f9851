"""`review`: the recorded sessions in a window, to read, export, verify and replay."""

from __future__ import annotations

import sys
from contextlib import closing
from pathlib import Path
from typing import Annotated

import typer

from app.commands.database import DatabaseOption, opened_to_look
from app.commands.display import need_display
from app.commands.trail import SEES_TRAIL, find_viewer, on_trail
from app.people.house import House
from app.people.reader import Reader
from app.places import ROOT
from app.places import database as place_of_database
from app.reception.settings import load_settings
from app.records.copying import RecordCopies
from app.records.looked_at import LookedAt
from app.trail.archive import WatchedArchive
from app.trail.courses import WatchedCourses
from app.trail.many_sessions import WatchedCohorts
from app.trail.noting import Trail, own_place
from storage.database import Database
from storage.server import shown_place


def review(
    record_file: Annotated[
        str | None,
        typer.Argument(
            metavar="FILE", help="Record of another machine, as --database.", show_default=False
        ),
    ] = None,
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
    database = record_file or database
    place = place_of_database(database)

    def replay_command(session: str) -> list[str]:
        # what the environment names is not repeated where others can read it, with its password
        named = ["--database", seen.place] if database else []
        return [sys.executable, str(ROOT / "main.py"), "replay", session, *named]

    with opened_to_look(database) as (record, seen):
        need_display("review", "sessions, export and verify run without")
        reader = Reader(find_viewer("review", user, secret_file).person)
        settings, _ = load_settings()
        with (
            on_trail("review", database, reader) as trail,
            closing(_archive(record, trail, seen, place)) as archive,
            closing(House(own_place(), where=lambda: "review", rights=settings.rights)) as people,
        ):
            from app.printing.documents import Site
            from app.printing.record_documents import documents_of
            from app.records.burden_reading import BurdenArchive
            from app.records.limits_asking import RecordAsker
            from app.records.provenance import RecordedOrigins
            from app.records.record_check import ForeignRecord
            from app.records.verifying_here import VerifierHere
            from app.records.waves import RecordedWaves
            from app.review.run import run_review
            from app.review.sources import Sources
            from app.trail.foreign_files import WatchedFiles

            def site() -> Site:
                return Site(card=settings.site.lines(), paper=settings.site.paper)

            def sees_trail() -> bool:
                roles = () if reader.person is None else reader.person.roles
                return not people.has_accounts or any(role in SEES_TRAIL for role in roles)

            courses = WatchedCourses(seen.place, trail)
            return run_review(
                Sources(
                    catalogue=archive,
                    place=shown_place(place),
                    people=people,
                    copies=RecordCopies(record, trail),
                    documents=documents_of(
                        record, trail, site, open_session=archive.open_session, courses=courses
                    ),
                    courses=courses,
                    many=WatchedCohorts(record, trail),
                    asker=RecordAsker(record, place, trail, who=lambda: reader.name),
                    burden=BurdenArchive(record, place, trail, who=lambda: reader.name),
                    verifier=VerifierHere(record, place, trail, who=lambda: reader.name),
                    waves=RecordedWaves(record),
                    origins=RecordedOrigins(record),
                    files=WatchedFiles(trail),
                    first_file=file,
                    check=ForeignRecord(record, seen) if seen.foreign else None,
                ),
                replay_command,
                people,
                reader,
                dark=dark,
                shows_trail=sees_trail,
            )


def _archive(record: Database, trail: Trail, seen: LookedAt, place: str) -> WatchedArchive:
    """The record to look at; one from elsewhere takes nothing that is not of this site."""
    if not seen.foreign:
        return WatchedArchive(record, trail)
    from app.trail.foreign_archive import ForeignArchive

    return ForeignArchive(record, trail, seen, place)
