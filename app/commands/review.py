"""`review`: the recorded sessions in a window, to read, export, verify and replay."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from app.commands.database import DatabaseOption, opened_to_read
from app.commands.display import need_display
from app.commands.trail import find_viewer, on_trail
from app.places import ROOT
from app.places import database as place_of_database
from app.trail.archive import WatchedArchive


def review(
    database: DatabaseOption = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours.")] = False,
    user: Annotated[
        str | None, typer.Option(help="Sign in as this user; needed to see the trail.")
    ] = None,
    secret_file: Annotated[
        Path | None, typer.Option(help="File with the password, else it is asked for.")
    ] = None,
) -> int:
    """Review recorded sessions: trends, events, dose, alarms; export and verify them."""
    place = place_of_database(database)

    def replay_command(session: str) -> list[str]:
        # what the environment names is not repeated where others can read it, with its password
        named = ["--database", database] if database else []
        return [sys.executable, str(ROOT / "main.py"), "replay", session, *named]

    with opened_to_read(database) as record:
        need_display("review", "sessions, export and verify run without")
        viewer = find_viewer("review", user, secret_file)
        with on_trail("review", database, viewer) as trail:
            from app.review.run import run_review

            archive = WatchedArchive(record, trail)
            try:
                return run_review(
                    archive,
                    shown_place(place),
                    replay_command,
                    dark=dark,
                    shows_trail=viewer.sees_trail,
                )
            finally:
                archive.close()
