"""`replay`: a recorded session on the bedside's screen, at any speed, from any moment."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.display import need_display
from app.commands.trail import on_trail
from app.people.house import House
from app.people.reader import Reader
from app.reception.settings import load_settings
from app.records.archive import Archive
from app.records.catalogue import CatalogueError
from app.trail.noting import own_place, subject_of


def replay(
    session: Annotated[str, typer.Argument(help="Name of the session, see: sessions list.")],
    database: DatabaseOption = None,
    light: Annotated[bool, typer.Option("--light", help="Light colours.")] = False,
) -> int:
    """Replay a recorded session: play, pause, x1 to x60, step to events and alarms, scrub."""
    with opened_to_read(database) as record:
        try:
            recorded = Archive(record).read_session(session)
        except CatalogueError as error:
            raise BadInputError(f"{session}: {error}") from error
    if not recorded.events:
        raise BadInputError(f"{session}: {' '.join(recorded.missing)}")

    need_display("replay", "export and verify run without")
    from app.replay.run import run_replay

    reader = Reader()
    settings, _ = load_settings()
    with (
        on_trail("replay", database, reader) as trail,
        closing(House(own_place(), where=lambda: "replay", rights=settings.rights)) as people,
    ):
        subject = subject_of(session)
        return run_replay(recorded, people, reader, lambda: trail.looked(subject), light=light)
