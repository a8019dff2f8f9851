"""`bedside`: the nurse's window; with `--demo` a room of simulated monitors."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.alone import alone_with
from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption
from app.commands.display import has_display, need_display
from app.commands.locked_record import choose_record
from app.commands.own_record import forwarded, left_elsewhere, own_record_of
from app.commands.ports import parse_slot
from app.commands.unlocking import unlock_to_use
from app.places import NoSuchResourceError
from app.reception.desk import Binding, DeskError
from app.reception.staff_stations import StaffWish
from app.rehearsal.demo import DemoWish
from app.sealing import sealed_at_both_ends
from devices.address import AddressError, settings_of
from devices.registry import DRIVERS

if TYPE_CHECKING:
    from app.bedside.run import Opening
    from app.own_record import OwnRecord
    from app.reception.room_server import RoomServer
    from app.reception.visits import Reception

DEMO_NURSE = "R. Example RN"


MonitorOption = Annotated[
    list[str] | None,
    typer.Option(help="SLOT=DRIVER@PORT, for example oximeter=nonin@/dev/ttyUSB0; repeat."),
]
ProtocolOption = Annotated[
    str | None, typer.Option(help="Shipped protocol or a file; else that of the settings.")
]
AutopilotOption = Annotated[
    bool, typer.Option("--autopilot", help="Demo: a scripted nurse does the visit.")
]
SignalsOption = Annotated[
    str | None, typer.Option(help="Policy of alarm signals or a file; else the settings'.")
]
ListenOption = Annotated[
    str | None, typer.Option(help="HOST:PORT at which staff stations connect.")
]
SecretOption = Annotated[
    str | None, typer.Option(help="File with the secret that the stations share.")
]
FullscreenOption = Annotated[
    bool, typer.Option("--fullscreen", help="Without the desktop around the window.")
]
ScenarioOption = Annotated[
    str | None, typer.Option(help="Demo: a scripted session of the library, as accept --list.")
]
StartupOption = Annotated[bool, typer.Option("--startup-only", help="Leave after the first paint.")]


def bedside(
    demo: Annotated[bool, typer.Option("--demo", help="A room of simulated monitors.")] = False,
    monitor: MonitorOption = None,
    protocol: ProtocolOption = None,
    room: Annotated[str | None, typer.Option(help="Name of the room; else the settings'.")] = None,
    user: Annotated[str, typer.Option(help="Name of the nurse; else the settings'.")] = "",
    patient: Annotated[str, typer.Option(help="Demo: simulated patient.")] = "strong",
    seed: Annotated[int, typer.Option(help="Demo: same seed, same patient.")] = 1,
    speed: Annotated[float, typer.Option(help="Demo: times real time, 1 to 60.")] = 10.0,
    autopilot: AutopilotOption = False,
    scenario: ScenarioOption = None,
    resume: Annotated[str | None, typer.Option(help="Go on with this cut session.")] = None,
    silent: Annotated[bool, typer.Option("--silent", help="Demo: without sound.")] = False,
    signals: SignalsOption = None,
    staff_listen: ListenOption = None,
    staff_secret_file: SecretOption = None,
    fullscreen: FullscreenOption = False,
    startup_only: StartupOption = False,
    database: DatabaseOption = None,
) -> int:
    """Open the bedside window. Not a primary alarm: the bedside monitor stays primary."""
    bindings = _checked(demo, _bindings(monitor or ()), speed)
    wish = DemoWish(patient=patient, seed=seed, speed=speed, autopilot=autopilot, silent=silent)
    wish, protocol = _scripted(wish, protocol, scenario, demo=demo)
    own = own_record_of(database, room)
    if not has_display():
        if not demo:
            need_display("bedside", "--demo runs without")
        return _demo_without_display(own, protocol or "iv-0.5-40", wish)
    in_use = not startup_only
    with alone_with(own.place):
        chosen, notice = choose_record(own, fullscreen=fullscreen, asks=in_use)
    if chosen is None:
        return 0
    staff, place = StaffWish(listen=staff_listen, secret_file=staff_secret_file), chosen.place
    with alone_with(place), forwarded(chosen) as server, sealed_at_both_ends(place):
        from app.bedside.run import run_station
        from app.reception.visits import Reception

        desk = Reception(
            place,
            demo=wish,
            protocol=protocol,
            room=room,
            signals=signals,
            staff=staff,
            watched=in_use,
            kept_awake=in_use,
            looked_after=in_use,
            backed_up=in_use,
            notice=notice,
        )
        with closing(desk):
            _share(desk, server, chosen)
            _check_staff(desk, staff_listen)
            name = user or (DEMO_NURSE if demo else "")
            opening = _opening(desk, name or desk.settings.user, demo, bindings, resume)
            return run_station(
                desk, name, opening, fullscreen=fullscreen, startup_only=startup_only
            )


def _demo_without_display(own: OwnRecord, protocol: str, wish: DemoWish) -> int:
    from app.commands.headless_demo import run_headless_demo

    unlock_to_use(own.place)
    with forwarded(own):
        return run_headless_demo(protocol, wish, own.place)


def _check_staff(desk: Reception, staff_listen: str | None) -> None:
    if staff_listen and desk.staff_problem:
        raise BadInputError(desk.staff_problem)


def _share(desk: Reception, server: RoomServer | None, own: OwnRecord) -> None:
    """Let the desk know the server that the room's record is forwarded to, and what waits."""
    if server is not None:
        desk.share(server)
        desk.notice = f"{desk.notice} {left_elsewhere(own)}".strip()


def _scripted(
    wish: DemoWish, protocol: str | None, scenario: str | None, *, demo: bool
) -> tuple[DemoWish, str | None]:
    """`wish` and protocol as the scripted session of the library wants them, if one is named."""
    if scenario is None:
        return wish, protocol
    if not demo:
        raise BadInputError("--scenario is for a demonstration: give --demo, too.")
    from app.acceptance.library import read_scenario
    from app.acceptance.scenario_file import ScenarioError

    try:
        script = read_scenario(scenario)
    except (NoSuchResourceError, ScenarioError) as error:
        raise BadInputError("; ".join(str(error).splitlines())) from error
    scripted = replace(wish, patient=script.patient, seed=script.seed, faults=script.faults)
    return scripted, protocol or script.protocol


def _checked(demo: bool, bindings: list[Binding], speed: float) -> list[Binding]:
    """The monitors of the command line, once what was given goes together."""
    if demo and bindings:
        raise BadInputError("--demo brings its own monitors: leave --monitor out")
    if not 1 <= speed <= 60:
        raise BadInputError(f"--speed {speed:g}: a number from 1 to 60")
    return bindings


def _bindings(texts: Sequence[str]) -> list[Binding]:
    """The monitors of the command line, each slot once."""
    bindings = [_binding(text) for text in texts]
    slots = [binding.device for binding in bindings]
    for slot in slots:
        count = slots.count(slot)
        if count > 1:
            raise BadInputError(f"--monitor {slot}=...: the slot is named {count} times")
    return bindings


def _binding(text: str) -> Binding:
    named, _, port = text.partition("@")
    if not (named.partition("=")[2] and port):
        raise BadInputError(f"--monitor {text}: write SLOT=DRIVER@PORT")
    device, driver = parse_slot(f"--monitor {text}", named)
    try:
        settings_of(port, DRIVERS[driver].settings)
    except AddressError as error:
        raise BadInputError(f"--monitor {text}: {error}") from error
    return Binding(device=device, driver=driver, port=port)


def _opening(
    desk: Reception, user: str, demo: bool, bindings: list[Binding], resume: str | None
) -> Opening:
    """What the window begins with; what cannot be used is refused before there is a window."""
    if resume is not None:
        try:
            visit = desk.resume(resume, user or "nurse", "resumed at start", bindings)
        except DeskError as error:
            raise BadInputError(str(error)) from error
        return lambda station: station.begin(lambda: visit)
    if demo:
        try:
            demo_visit = desk.open_demo(user)
        except DeskError as error:
            raise BadInputError(str(error)) from error
        return lambda station: station.begin(lambda: demo_visit)
    if bindings:
        try:
            desk.check_rules()
        except DeskError as error:
            raise BadInputError(str(error)) from error
        return lambda station: station.decide_cut_then(
            lambda: desk.open_monitors(bindings, user or "nurse")
        )
    return lambda station: station.show_first_page()
