"""The demonstration on a machine without a display: the same session, then pictures and a log."""

from __future__ import annotations

import os
from pathlib import Path

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from app.clock import utc_now
from app.commands.answers import EXIT_NO, BadInputError
from app.commands.simulate import print_summary
from app.places import ROOT, NoSuchResourceError, data_folder
from app.rehearsal.demo import DemoWish
from app.rehearsal.lockstep import LockstepError
from app.rehearsal.simulation import SimulationResult, simulate_session
from app.state import ViewState
from protocols.definition import DefinitionError
from storage.database import open_database
from storage.faults import StorageError
from storage.journal import Journal

FOLDER = "demo-output"

EXPECTED_S = 9000.0
"""Session time that the progress bar counts to: the longest that the scripted nurse stays."""


def run_headless_demo(protocol: str, wish: DemoWish, place: str) -> int:
    """Run the demonstration at full speed; print the summary and where pictures and log are.

    Returns:
        The exit status.

    Raises:
        BadInputError: no such patient or protocol, or the record cannot be used.
    """
    typer.echo(
        "No display here: the demonstration runs without a window, as fast as it can. "
        "Everything is simulated."
    )
    try:
        result = _simulate(protocol, wish, place)
    except (ValueError, NoSuchResourceError, DefinitionError) as error:
        raise BadInputError(str(error)) from error
    except StorageError as error:
        raise BadInputError(f"{place}: {error.user_text}") from error
    except LockstepError as error:
        typer.echo(str(error), err=True)
        return EXIT_NO
    print_summary(result)
    try:
        folder = output_folder()
        pictures = _paint(place, result.session, folder)
    except (OSError, StorageError) as error:
        typer.echo(f"No pictures: {error}", err=True)
        pictures = []
    for path in pictures:
        typer.echo(f"picture    {path}")
    typer.echo(f"log        {place}")
    typer.echo(f"look again on a display: main.py replay {result.session} --database {place}")
    return 0 if result.recorded else EXIT_NO


def output_folder() -> Path:
    """Where pictures go: beside the program, or in the data folder where that is not writable.

    Raises:
        OSError: neither can be made.
    """
    beside = ROOT / FOLDER
    try:
        beside.mkdir(exist_ok=True)
    except OSError:
        pass
    else:
        if os.access(beside, os.W_OK):
            return beside
    elsewhere = data_folder() / FOLDER
    elsewhere.mkdir(exist_ok=True)
    return elsewhere


def _simulate(protocol: str, wish: DemoWish, place: str) -> SimulationResult:
    Path(place).expanduser().parent.mkdir(parents=True, exist_ok=True)
    with Progress(
        TextColumn("{task.description:<12}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        console=Console(),
    ) as bar:
        task = bar.add_task("setup", total=EXPECTED_S)

        def progress(state: ViewState) -> None:
            done = min(state.t_ns / 1e9, EXPECTED_S)
            bar.update(task, completed=done, description=str(state.phase))

        result = simulate_session(
            protocol=protocol,
            patient_name=wish.patient,
            database=place,
            seed=wish.seed,
            faults=wish.faults,
            weight_kg=None,
            start_utc=utc_now(),
            progress=progress,
        )
        bar.update(task, completed=EXPECTED_S, description="done")
    return result


def _paint(place: str, session: str, folder: Path) -> list[Path]:
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    from app.screenshots import choose_moments, make_application, picture_session

    application = make_application()
    with open_database(place, read_only=True) as database:
        events = list(Journal(database).read(session))
    pictures = picture_session(events, choose_moments(events), folder)
    application.processEvents()
    return pictures
