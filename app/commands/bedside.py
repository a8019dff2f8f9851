"""`bedside`: the nurse's window; with `--demo` a room of simulated monitors."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from app.commands.answers import BadInputError
from app.commands.database import DatabaseOption
from app.places import NoSuchResourceError, read_limits, read_protocol
from app.places import database as place_of_database
from devices.registry import DRIVERS
from protocols.definition import DefinitionError, parse_protocol
from protocols.events import DeviceSlot
from storage.faults import StorageError

if TYPE_CHECKING:
    from app.demo import DemoRoom
    from app.live import LiveSession, Rules


def bedside(
    demo: Annotated[bool, typer.Option("--demo", help="A room of simulated monitors.")] = False,
    monitor: Annotated[
        list[str] | None,
        typer.Option(help="SLOT=DRIVER@PORT, for example oximeter=nonin@/dev/ttyUSB0; repeat."),
    ] = None,
    protocol: Annotated[str, typer.Option(help="Shipped protocol or a file.")] = "iv-0.5-40",
    room: Annotated[str, typer.Option(help="Name of the room.")] = "Room 1",
    user: Annotated[str, typer.Option(help="Name of the nurse.")] = "",
    patient: Annotated[str, typer.Option(help="Demo: simulated patient.")] = "strong",
    seed: Annotated[int, typer.Option(help="Demo: same seed, same patient.")] = 1,
    speed: Annotated[float, typer.Option(help="Demo: times real time, 1 to 60.")] = 10.0,
    autopilot: Annotated[
        bool, typer.Option("--autopilot", help="Demo: a scripted nurse does the visit.")
    ] = False,
    resume: Annotated[str | None, typer.Option(help="Go on with this cut session.")] = None,
    silent: Annotated[bool, typer.Option("--silent", help="Demo: without sound.")] = False,
    startup_only: Annotated[
        bool, typer.Option("--startup-only", help="Leave after the first paint.")
    ] = False,
    database: DatabaseOption = None,
) -> int:
    """Open the bedside window. Not a primary alarm: the bedside monitor stays primary."""
    slots = [_slot(text) for text in monitor or ()]
    if demo and slots:
        raise BadInputError("--demo brings its own monitors: leave --monitor out")
    if not 1 <= speed <= 60:
        raise BadInputError(f"--speed {speed:g}: a number from 1 to 60")
    if demo and not has_display():
        from app.commands.headless_demo import run_headless_demo

        return run_headless_demo(protocol, patient, seed, place_of_database(database))
    rules = _rules(protocol)
    place = place_of_database(database)
    try:
        from app.demo import DemoRoom

        demo_room = DemoRoom(patient, seed=seed, autopilot=autopilot) if demo else None
    except ValueError as error:
        raise BadInputError(str(error)) from error
    bound = demo_room.slots if demo_room is not None else slots
    try:
        live = _live(
            place,
            rules,
            bound,
            room="Demo room" if demo else room,
            user=user,
            resume=resume,
            speed=speed if demo else 1.0,
            with_sound=not (demo and silent),
        )
    except StorageError as error:
        raise BadInputError(f"{place}: {error.user_text}") from error
    return _show(live, user, demo_room, startup_only=startup_only)


def has_display() -> bool:
    """Whether a window can be shown here."""
    if sys.platform in ("win32", "darwin") or os.environ.get("QT_QPA_PLATFORM"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def _slot(text: str) -> DeviceSlot:
    device, _, rest = text.partition("=")
    driver, _, port = rest.partition("@")
    if not (device and driver and port):
        raise BadInputError(f"--monitor {text}: write SLOT=DRIVER@PORT")
    if driver not in DRIVERS:
        raise BadInputError(f"--monitor {text}: no driver {driver}; known: {', '.join(DRIVERS)}")
    return DeviceSlot(device=device, driver=driver, port=port, identity="", simulated=False)


def _rules(protocol: str) -> Rules:
    from app.live import Rules

    try:
        protocol_text, path = read_protocol(protocol)
        definition = parse_protocol(protocol_text, path)
        limits_text, _ = read_limits(definition.limits_profile)
    except NoSuchResourceError as error:
        raise BadInputError(str(error)) from error
    except DefinitionError as error:
        raise BadInputError("; ".join(str(problem) for problem in error.problems)) from error
    return Rules(protocol_text=protocol_text, limits_text=limits_text)


def _live(
    place: str,
    rules: Rules,
    slots: tuple[DeviceSlot, ...] | list[DeviceSlot],
    *,
    room: str,
    user: str,
    resume: str | None,
    speed: float,
    with_sound: bool,
) -> LiveSession:
    from app.live import LiveSession

    Path(place).parent.mkdir(parents=True, exist_ok=True)
    if resume is not None:
        return LiveSession.resume(
            database=place,
            session=resume,
            by=user or "nurse",
            reason="resumed at start",
            slots={slot.device: slot for slot in slots},
            speed=speed,
            with_sound=with_sound,
        )
    return LiveSession.begin(
        database=place,
        room=room,
        rules=rules,
        slots=slots,
        speed=speed,
        with_sound=with_sound,
    )


def _show(live: LiveSession, user: str, demo_room: DemoRoom | None, *, startup_only: bool) -> int:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QApplication

    from app.bedside.station import Station
    from app.theme import load_fonts

    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts()
    station = Station(
        live, user or ("R. Example RN" if demo_room is not None else "nurse"), demo_room
    )
    station.resize(1600, 900)
    station.show()
    station.begin()
    signal.signal(signal.SIGINT, lambda *_: station.close())
    if startup_only:
        QTimer.singleShot(0, station.close)
    application.exec()
    return 0
