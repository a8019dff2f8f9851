"""A live session with every driver on a real port at once, and what it did about each fault.

The pieces are those of the bedside program: readers, core, rules and recorder, in real time. Only
the monitors are simulated, on pseudo-terminals and on TCP.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.live import LiveSession
from app.rules_files import Rules
from devices.driver import MonitorSimulator
from devices.driver_spec import DriverSpec
from devices.ports import PortFinder
from devices.registry import DRIVERS
from devices.simulation.room import PortKind, RoomMonitor, SimulatedRoom
from protocols.events import (
    AlarmChanged,
    AlarmState,
    ChunkReceived,
    DeviceSlot,
    Event,
    Input,
    LinkChanged,
    LinkState,
    Reading,
)
from protocols.vitals import Vital
from tests.e2e.link_faults.disturbed import DisturbedMonitor
from tests.unit.app.session_scenes import LIMITS_TEXT, PROTOCOL_TEXT
from tests.unit.devices.steady_body import SteadyBody

STEADY_S = 0.4
"""What happened just before may not be known yet: a link counts as well once it stays so."""

BODY = SteadyBody(rate_bpm=83, saturation_percent=94, pressures_mmhg=(127.0, 81.0, 96.0))
TRUE_VALUES: Mapping[Vital, tuple[float, float]] = {
    Vital.HR: (81, 85),
    Vital.PR: (81, 85),
    Vital.SPO2: (93, 95),
    Vital.PI: (1, 6),
    Vital.SBP: (117, 137),
    Vital.DBP: (71, 91),
    Vital.MAP: (86, 106),
    Vital.RR: (13, 15),
    Vital.TEMP: (36, 38),
    Vital.CUFF: (-20, 320),
}
"""What a monitor of `BODY` may say; anything else is a wrong value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stand:
    """One monitor of the hall: its slot, its port, and the disturber between the two."""

    device: str
    spec: DriverSpec
    kind: PortKind
    room: SimulatedRoom
    unit: DisturbedMonitor
    port: str
    by_id: Path

    @property
    def quiet_s(self) -> float:
        """The driver's quiet limit; 0 where it has none."""
        return self.spec.quiet_limit_s or 0.0


class Watch:
    """What the core said of each device, folded in the core's thread."""

    def __init__(self) -> None:
        self.links: dict[str, LinkState] = {}
        self.link_changes: dict[str, list[LinkChanged]] = defaultdict(list)
        self.alarms: dict[str, list[AlarmChanged]] = defaultdict(list)
        self.chunks: dict[str, list[tuple[int, int]]] = defaultdict(list)
        self.wrong: list[Reading] = []
        self.read = 0

    def take(self, events: Sequence[Event]) -> None:
        for event in events:
            if isinstance(event, LinkChanged):
                self.links[event.device] = event.state
                self.link_changes[event.device].append(event)
            elif isinstance(event, AlarmChanged) and event.state is AlarmState.SOUNDING:
                rule, _, device = event.alarm.partition("/")
                if rule in ("device-lost", "monitor-silent"):
                    self.alarms[device].append(event)
            elif isinstance(event, ChunkReceived):
                self.chunks[event.device].append((event.t_ns, len(event.data)))
            elif isinstance(event, Reading) and event.value is not None:
                self._check(event)

    def _check(self, reading: Reading) -> None:
        self.read += 1
        low, high = TRUE_VALUES.get(reading.vital, (float("inf"), float("-inf")))
        if not low <= reading.value <= high:
            self.wrong.append(reading)


class Hall:
    """The session under way."""

    def __init__(self, live: LiveSession, stands: Mapping[str, Stand], watch: Watch) -> None:
        self.live = live
        self.stands = stands
        self.watch = watch
        self.delivered: dict[str, bytearray] = defaultdict(bytearray)
        self._deliver = live.runtime.deliver
        live.runtime.deliver = self._keep_and_deliver  # type: ignore[method-assign]

    def now_ns(self) -> int:
        return self.live.clock.now_ns()

    def _keep_and_deliver(self, event: Input) -> None:
        """What readers hand over is kept, to be compared with the record."""
        if isinstance(event, ChunkReceived):
            self.delivered[event.device] += event.data
        self._deliver(event)

    def is_well(self, device: str) -> bool:
        return self.watch.links.get(device) in (LinkState.LIVE, LinkState.READY)

    def wait_well(self, device: str, patience_s: float) -> bool:
        """Wait until `device` is well and stays so for `STEADY_S`; whether it came to that."""
        ends_s = time.monotonic() + patience_s
        well_s = time.monotonic()
        while time.monotonic() - well_s < STEADY_S:
            if time.monotonic() > ends_s:
                return False
            time.sleep(0.02)
            if not self.is_well(device):
                well_s = time.monotonic()
        return True


@contextmanager
def open_hall(
    folder: Path,
    *,
    names: Sequence[str] = (),
    copies: Mapping[str, int] | None = None,
    before_start: Callable[[LiveSession], None] | None = None,
) -> Iterator[Hall]:
    """Every driver of `names` (all by default) on a pseudo-terminal and on TCP.

    `copies` says of a driver how many such pairs there are; one by default. `before_start` is
    called with the session before it begins, for who wants to listen to it.
    """
    by_id = folder / "by-id"
    by_id.mkdir(parents=True, exist_ok=True)
    watch = Watch()
    devices = {
        f"{name}-{copy}": name
        for name in names or DRIVERS
        for copy in range((copies or {}).get(name, 1))
    }
    stands = [stand for kind in PortKind for stand in _set_up(kind, devices, by_id)]
    live = LiveSession.begin(
        database=str(folder / "hall.db"),
        room="Hall",
        rules=Rules.from_texts(PROTOCOL_TEXT, LIMITS_TEXT),
        slots=[_slot(stand) for stand in stands],
        with_sound=False,
    )
    hall = Hall(live, {stand.device: stand for stand in stands}, watch)
    live.runtime.listen(watch.take)
    if before_start is not None:
        before_start(live)
    rooms = {id(stand.room): stand.room for stand in stands}.values()
    try:
        for room in rooms:
            room.start(live.clock.now_ns)
        live.start(finder=PortFinder(list, by_id))
        yield hall
    finally:
        live.stop()
        for room in rooms:
            room.close()


def _set_up(kind: PortKind, devices: Mapping[str, str], by_id: Path) -> Iterator[Stand]:
    """A room with a disturbed monitor of every driver on ports of one kind."""
    units = {
        f"{device}-{kind}": (name, DisturbedMonitor(_unit(name, number), number))
        for number, (device, name) in enumerate(devices.items())
    }
    room = SimulatedRoom(
        [
            RoomMonitor(device=device, driver=name, simulator=unit)
            for device, (name, unit) in units.items()
        ],
        ports=kind,
    )
    for slot in room.slots:
        name, unit = units[slot.device]
        place = by_id / f"unit-{slot.device}"
        if kind is PortKind.PTY:
            place.symlink_to(slot.port)
        yield Stand(
            device=slot.device,
            spec=DRIVERS[name],
            kind=kind,
            room=room,
            unit=unit,
            port=slot.port,
            by_id=place,
        )


def _slot(stand: Stand) -> DeviceSlot:
    is_pty = stand.kind is PortKind.PTY
    return DeviceSlot(
        device=stand.device,
        driver=stand.spec.name,
        port=stand.port,
        identity=stand.by_id.name if is_pty else stand.port.removeprefix("socket://"),
        simulated=True,
    )


def _unit(name: str, copy: int) -> MonitorSimulator:
    return DRIVERS[name].make_simulator(BODY, copy)
