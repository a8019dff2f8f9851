"""A whole session for the benches, made without ports: simulated monitors, pipeline, nurse.

The bytes are those of the simulated monitors in pieces of 40 ms (three frames of the oximeter), as
a port hands them over, stamped with jitter of whole milliseconds. Everything from there on is the
program's own; the same arguments give the same events.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

from app.anchors import AnchorKeeper
from app.clock import iso_utc
from app.opening import open_session
from app.pipeline import Pipeline
from app.places import read_limits, read_protocol
from app.rehearsal.scripted_nurse import NURSE, ScriptedNurse
from app.state import ViewState, fold
from devices.driver import MonitorSimulator
from devices.registry import find_driver
from devices.simulation.patient import SimulatedPatient
from protocols.definition import parse_protocol
from protocols.events import (
    AdvancePhase,
    BytesSent,
    ChunkReceived,
    CloseSession,
    Command,
    DeliveryChanged,
    DeviceSlot,
    EnterBp,
    Event,
    FreezeBaseline,
    Input,
    LinkReported,
    LinkState,
    Phase,
    SessionOpened,
    TakeBp,
)
from protocols.vitals import NS_PER_S
from storage.database import open_database
from storage.journal import MOST_IN_ROW, Journal

MS = 1_000_000
PIECE_NS = 40 * MS
NURSE_EVERY_NS = NS_PER_S
COMMIT_NS = 200 * MS
MONITORS = {"oximeter": "nonin", "bp": "suntech"}
START = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
JITTER_MS = (0, 0, 1, 1, 2, 2, 3, 4, 7)


def opening(room: str = "Bench", protocol: str = "iv-0.5-40") -> SessionOpened:
    """The first event of a session with both monitors of the demonstration room."""
    protocol_text, path = read_protocol(protocol)
    limits_text, _ = read_limits(parse_protocol(protocol_text, path).limits_profile)
    slots = tuple(
        DeviceSlot(device=device, driver=driver, port="bench", identity="", simulated=True)
        for device, driver in MONITORS.items()
    )
    return open_session(
        utc=START, room=room, protocol_text=protocol_text, limits_text=limits_text, devices=slots
    )


class _Maker:
    def __init__(self, patient: str, seed: int) -> None:
        self.body = SimulatedPatient(patient, seed=seed, weight_kg=70.0)
        self.nurse = ScriptedNurse(self.body, Decimal(70))
        self.monitors: dict[str, MonitorSimulator] = {
            device: find_driver(driver).make_simulator(self.body, seed * 1_000 + index)
            for index, (device, driver) in enumerate(MONITORS.items())
        }
        self.pipeline = Pipeline()
        self.state = ViewState()

    def step(self, event: Input) -> Iterator[Event]:
        """The event with all that comes before and of it."""
        if self.state.opened is not None:
            yield from self.take(self.pipeline.advance(event.t_ns))
        yield from self.take([event, *self.pipeline.step(event)])

    def take(self, events: list[Event]) -> Iterator[Event]:
        for event in events:
            self.state = fold(self.state, event)
            if isinstance(event, BytesSent):
                self.monitors[event.device].receive(event.t_ns, event.data)
            elif isinstance(event, DeliveryChanged):
                self.body.set_rate(event.t_ns, float(event.rate_mg_per_min))
            yield event


def make_session(*, hours: float = 2.0, patient: str = "strong", seed: int = 1) -> Iterator[Event]:
    """Every event of a session of `hours`, closed at its end with a reason.

    The patient stays: the nurse's word that the patient may leave is not passed on.
    """
    maker = _Maker(patient, seed)
    jitter = random.Random(seed)
    anchors = AnchorKeeper(0, START)
    yield from maker.step(opening())
    for device in MONITORS:
        for state in (LinkState.OPENING, LinkState.WAITING):
            yield from maker.step(LinkReported(t_ns=0, device=device, state=state))
    end_ns = round(hours * 3600) * NS_PER_S
    nurse_ns = 0
    for at_ns in range(PIECE_NS, end_ns, PIECE_NS):
        t_ns = at_ns + jitter.choice(JITTER_MS) * MS
        for device, monitor in maker.monitors.items():
            data = monitor.advance(at_ns)
            if data:
                yield from maker.step(ChunkReceived(t_ns=t_ns, device=device, data=data))
        anchor = anchors.check(t_ns, anchors.expected_utc(t_ns), 60, iso_utc(START))
        if anchor is not None:
            yield from maker.step(anchor)
        if t_ns >= nurse_ns:
            nurse_ns += NURSE_EVERY_NS
            for command in maker.nurse.act(maker.state, t_ns):
                if not (isinstance(command, AdvancePhase) and command.phase is Phase.DISCHARGED):
                    yield from maker.step(command)
    yield from maker.step(CloseSession(t_ns=end_ns, by="bench", reason="end of the bench"))


class Preparation:
    """Brings a live session to its infusion in seconds, by what a person could do.

    The pressures of the baseline are typed, so no cuff is waited for.
    """

    def __init__(self) -> None:
        self._nurse = ScriptedNurse(SimulatedPatient("normotensive", seed=1), Decimal(70))
        self._now_ns = 0
        self._typed = False

    def act(self, state: ViewState) -> list[Command]:
        """What is done next; to be called some times a second."""
        if state.phase is Phase.INFUSING:
            return []
        self._now_ns += 5 * NS_PER_S
        wanted = self._nurse.act(state, self._now_ns)
        if state.phase is not Phase.BASELINE:
            return wanted
        typed = not self._typed
        self._typed = True
        own: list[Command] = []
        if typed:
            own.append(EnterBp(t_ns=0, by=NURSE, sbp_mmhg=118, dbp_mmhg=76))
        elif not state.baseline:
            own.append(FreezeBaseline(t_ns=0, by=NURSE, reason="bench: one pressure is enough"))
        kept = [one for one in wanted if not isinstance(one, TakeBp | FreezeBaseline)]
        return [*kept, *own]


def record_session(place: Path, events: Iterable[Event]) -> str:
    """Write `events` to a new database at `place` in commits of 200 ms, and close; its name."""
    name = ""
    with open_database(place) as database:
        journal = Journal(database)
        waiting: list[Event] = []
        for event in events:
            if isinstance(event, SessionOpened):
                name = event.session
            if waiting and event.t_ns - waiting[0].t_ns >= COMMIT_NS:
                journal.append(name, waiting)
                waiting = []
                if journal.waiting(name) >= MOST_IN_ROW:
                    journal.pack(name)
            waiting.append(event)
        journal.append(name, waiting)
        journal.seal(name)
    return name


def print_times(what: str, times_ms: Sequence[float], target: str) -> None:
    """One line: median, 99th percentile and worst."""
    ordered = sorted(times_ms)
    p50, p99 = (ordered[min(len(ordered) - 1, int(len(ordered) * q))] for q in (0.5, 0.99))
    print(
        f"  {what:34} p50 {p50:7.1f} ms   p99 {p99:7.1f} ms   worst {ordered[-1]:7.1f} ms"
        f"   n {len(ordered)}   target p99 {target}"
    )
