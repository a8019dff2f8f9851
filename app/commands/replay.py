"""`replay`: a recorded session on the bedside's screen, at any speed, from any moment."""

from __future__ import annotations

from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.display import need_display
from app.commands.trail import on_trail
from app.records.catalogue import CatalogueError
from app.trail.archive import WatchedArchive


def replay(
    session: Annotated[str, typer.Argument(help="Name of the session, see: sessions list.")],
    database: DatabaseOption = None,
    light: Annotated[bool, typer.Option("--light", help="Light colours.")] = False,
) -> int:
    """Replay a recorded session: play, pause, x1 to x60, step to events and alarms, scrub."""
    with opened_to_read(database) as record, on_trail("replay", database) as trail:
        archive = WatchedArchive(record, trail)
        try:
            recorded = archive.read_session(session)
        except CatalogueError as error:
            raise BadInputError(f"{session}: {error}") from error
    if not recorded.events:
        raise BadInputError(f"{session}: {' '.join(recorded.missing)}")

    need_display("replay", "export and verify run without")
    from app.replay.run import run_replay

    return run_replay(recorded, light=light)
