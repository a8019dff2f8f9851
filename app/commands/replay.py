"""`replay`: a recorded session on the bedside's screen, at any speed, from any moment."""

from __future__ import annotations

from contextlib import closing
from typing import Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption, opened_to_read
from app.commands.display import need_display
from app.commands.headless_replay import moment_asked, replay_headless
from app.commands.trail import on_trail
from app.people.house import House
from app.people.reader import Reader
from app.reception.settings import load_settings
from app.records.archive import Archive
from app.records.catalogue import CatalogueError
from app.records.other_alarms import occurrences_under
from app.trail.noting import own_place, subject_of


def replay(
    session: Annotated[str, typer.Argument(help="Name of the session, see: sessions list.")],
    database: DatabaseOption = None,
    light: Annotated[bool, typer.Option("--light", help="Light colours.")] = False,
    limits: Annotated[
        str | None, typer.Option(help="Mark the alarms that these limits would give: name or file.")
    ] = None,
    at: Annotated[
        float | None,
        typer.Option(help="Begin at this many seconds; headless: list the alarms from then on."),
    ] = None,
    headless: Annotated[
        bool, typer.Option("--headless", help="Only run the inputs through the rules, no window.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Headless: one JSON object.")] = False,
) -> int:
    """Replay a recorded session: play, pause, x0.25 to x600, step to events and alarms, scrub."""
    if headless:
        return replay_headless(session, database, at_s=at, limits=limits, as_json=json)
    if json:
        raise BadInputError("--json goes with --headless.")
    with opened_to_read(database) as record:
        try:
            recorded = Archive(record).read_session(session)
            found = None if limits is None else occurrences_under(record, session, limits)
        except CatalogueError as error:
            raise BadInputError(f"{session}: {error}") from error
    if not recorded.events:
        raise BadInputError(f"{session}: {' '.join(recorded.missing)}")
    at_ns = moment_asked(at, recorded.events[-1].t_ns)

    need_display("replay", "export and verify run without")
    from app.replay.run import run_replay
    from app.replay.scrub_slider import OtherAlarms

    reader = Reader()
    settings, _ = load_settings()
    with (
        on_trail("replay", database, reader) as trail,
        closing(House(own_place(), where=lambda: "replay", rights=settings.rights)) as people,
    ):
        subject = subject_of(session)
        other = None if found is None else OtherAlarms.of(*found)
        return run_replay(
            recorded,
            people,
            reader,
            lambda: trail.looked(subject),
            light=light,
            other=other,
            at_ns=at_ns,
        )
