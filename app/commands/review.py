"""`review`: the recorded sessions in a window, to read, export, verify and replay."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.commands.database import DatabaseOption, opened_to_read
from app.commands.display import need_display
from app.places import ROOT
from app.places import database as place_of_database
from app.records.archive import Archive


def review(
    database: DatabaseOption = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours.")] = False,
) -> int:
    """Review recorded sessions: trends, events, dose, alarms; export and verify them."""
    place = place_of_database(database)

    def replay_command(session: str) -> list[str]:
        return [sys.executable, str(ROOT / "main.py"), "replay", session, "--database", place]

    with opened_to_read(database) as record:
        need_display("review", "sessions, export and verify run without")
        from app.review.run import run_review

        return run_review(Archive(record), place, replay_command, dark=dark)
