"""`simulate`: one whole session without a window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from app.clock import utc_now
from app.commands.alone import alone_with
from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.database import DatabaseOption
from app.commands.own_record import forwarded, own_record_of
from app.commands.ports import parse_slot
from app.commands.unlocking import unlock_to_use
from app.rehearsal.lockstep import LockstepError
from app.rehearsal.simulation import SimulationResult, simulate_session
from app.rules_files import RulesFileError, load_rules
from app.state import ViewState
from devices.simulation.pump_drive import DriveFaults
from devices.simulation.room import DEMO_MONITORS
from protocols.preflight import preflight as find_prompts_and_alarms
from protocols.preflight_page import describe_preflight
from storage.faults import StorageError

PROGRESS_EVERY_S = 5.0
"""How often the bar moves, in session time."""

EXPECTED_S = 6900.0
"""Session time that the progress bar counts to; a scripted session lasts about that long."""


def simulate(
    protocol: Annotated[str, typer.Option(help="Shipped protocol or a file.")] = "iv-0.5-40",
    patient: Annotated[str, typer.Option(help="Simulated patient.")] = "typical",
    speed: Annotated[str, typer.Option(help="Times real time, or max.")] = "max",
    seed: Annotated[int, typer.Option(help="Same seed, same session.")] = 0,
    weight_kg: Annotated[str | None, typer.Option(help="Body weight, kg.")] = None,
    monitor: Annotated[
        list[str] | None,
        typer.Option(help="SLOT=DRIVER of a simulated monitor, as bp=dinamap; repeat."),
    ] = None,
    pump_fault: Annotated[
        str | None,
        typer.Option(help="Fault of a simulated pump: slow (90 % of its rate) or stalled."),
    ] = None,
    preflight: Annotated[
        bool, typer.Option("--preflight", help="Only list every prompt and every alarm.")
    ] = False,
    database: DatabaseOption = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Run one simulated session on real ports through the whole program and log it."""
    if preflight:
        return show_preflight(protocol, json=json)
    pace = _pace(speed)
    weight = _weight(weight_kg)
    pump_faults = _pump_faults(pump_fault)
    monitors = dict(parse_slot(f"--monitor {text}", text) for text in monitor or ())
    own = own_record_of(database)
    unlock_to_use(own.place)
    with alone_with(own.place), _shown_progress() as progress, forwarded(own):
        try:
            result = simulate_session(
                protocol=protocol,
                patient_name=patient,
                database=own.place,
                seed=seed,
                weight_kg=weight,
                start_utc=utc_now(),
                speed=pace,
                monitors=monitors or DEMO_MONITORS,
                pump_faults=pump_faults,
                progress=progress,
            )
        except (ValueError, RulesFileError) as error:
            raise BadInputError(str(error)) from error
        except StorageError as error:
            raise BadInputError(f"{own.place}: {error.user_text}") from error
        except LockstepError as error:
            typer.echo(str(error), err=True)
            return EXIT_NO
    if json:
        print_json(summarise(result))
    else:
        print_summary(result)
    return 0 if result.recorded else EXIT_NO


def show_preflight(protocol: str, *, json: bool) -> int:
    """Print what a session of `protocol` will ask for and can sound; no session is run."""
    try:
        rules = load_rules(protocol)
    except RulesFileError as error:
        raise BadInputError(str(error)) from error
    found = find_prompts_and_alarms(rules.definition, rules.limits, rules.signals)
    if json:
        print_json(found)
    else:
        typer.echo(describe_preflight(found))
    return 0


@contextmanager
def _shown_progress() -> Iterator[Callable[[ViewState], None]]:
    """A bar on stderr, where that is a terminal, and the function that moves it."""
    console = Console(stderr=True)
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeElapsedColumn(),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    ) as bar:
        task = bar.add_task("setup", total=EXPECTED_S)
        drawn_s = 0.0

        def progress(state: ViewState) -> None:
            nonlocal drawn_s
            t_s = state.t_ns / 1e9
            if t_s - drawn_s >= PROGRESS_EVERY_S:
                drawn_s = t_s
                bar.update(task, completed=t_s, description=str(state.phase))

        yield progress


def _pace(speed: str) -> float | None:
    if speed == "max":
        return None
    try:
        pace = float(speed)
    except ValueError:
        raise BadInputError(f"--speed {speed}: a number from 1 to 60, or max") from None
    if not 1 <= pace <= 60:
        raise BadInputError(f"--speed {speed}: a number from 1 to 60, or max")
    return pace


def _pump_faults(text: str | None) -> DriveFaults | None:
    if text is None:
        return None
    faults = {"slow": DriveFaults(slow=True), "stalled": DriveFaults(stalled=True)}
    if text not in faults:
        raise BadInputError(f"--pump-fault {text}: {' or '.join(faults)}")
    return faults[text]


def _weight(text: str | None) -> Decimal | None:
    if text is None:
        return None
    try:
        weight = Decimal(text)
    except InvalidOperation:
        raise BadInputError(f"--weight-kg {text}: not a number") from None
    if not weight.is_finite() or weight <= 0:
        raise BadInputError(f"--weight-kg {text}: must be above 0")
    return weight


def summarise(result: SimulationResult) -> dict[str, object]:
    """What `--json` prints of a simulated session."""
    closed = result.state.closed
    return {
        "session": result.session,
        "simulated": True,
        "recorded": result.recorded,
        "phases": result.outline.phases,
        "alarms": result.outline.alarms,
        "delivered_mg": None if closed is None else closed.delivered_mg,
        "peak": result.peaks.values,
        "refused": [refused.reason for refused in result.refused],
    }


def print_summary(result: SimulationResult) -> None:
    """The summary for people."""
    state = result.state
    typer.echo(f"session    {result.session} (simulated)")
    for phase in result.outline.phases:
        minutes = float(str(phase["t_s"])) / 60
        typer.echo(f"{minutes:7.1f} min  {phase['phase']}")
    if state.closed is not None and state.dose is not None:
        typer.echo(f"delivered  {state.closed.delivered_mg} of {state.dose.dose_mg} mg")
    peaks = result.peaks.values
    shown = [f"{name} {peaks[name]:.0f}" for name in ("sbp", "dbp", "hr") if name in peaks]
    typer.echo(f"highest    {', '.join(shown)}")
    typer.echo(f"alarms     {len(result.outline.alarms)}")
    for alarm in result.outline.alarms:
        minutes = float(str(alarm["t_s"])) / 60
        typer.echo(f"{minutes:7.1f} min  {alarm['priority']:<6}  {alarm['sentence']}")
    if not result.recorded:
        typer.echo("NOT RECORDED: the database could not be written; see the side file")
