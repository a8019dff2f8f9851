"""A whole session for the benches, made without ports: simulated monitors, pipeline, nurse.

The bytes are those of the simulated monitors in pieces of 40 ms (three frames of the oximeter), as
a port hands them over, stamped with jitter of whole milliseconds. Everything from there on is the
program's own; the same arguments give the same events.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal

from app.anchors import AnchorKeeper
from app.clock import iso_utc
from app.opening import open_session
from app.pipeline import Pipeline
from app.places import read_limits, read_protocol
from app.scripted_nurse import ScriptedNurse
from app.state import ViewState, fold
from devices.driver import MonitorSimulator
from devices.registry import find_driver
from devices.simulation.patient import SimulatedPatient
from protocols.definition import parse_protocol
from protocols.events import (
    BytesSent,
    ChunkReceived,
    CloseSession,
    DeliveryChanged,
    DeviceSlot,
    Event,
    Input,
    LinkReported,
    LinkState,
    SessionOpened,
)
from protocols.vitals import NS_PER_S

MS = 1_000_000
PIECE_NS = 40 * MS
NURSE_EVERY_NS = NS_PER_S
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
    """Every event of a session of `hours`, closed at its end with a reason if still running."""
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
                yield from maker.step(command)
        if maker.state.closed is not None:
            return
    yield from maker.step(CloseSession(t_ns=end_ns, by="bench", reason="end of the bench"))
