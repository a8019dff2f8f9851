"""Patient, simulated monitors, real ports and the real drivers together, in lockstep."""

from __future__ import annotations

import sys
import time

import pytest

from devices.driver import DeviceCommand, Driver, DriverItem, Measurement, Rejected, Samples, Send
from devices.registry import find_driver
from devices.simulation.patient import SimulatedPatient
from devices.simulation.room import PortKind, SimulatedRoom
from devices.transport import Transport, make_transport
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.vitals import NS_PER_S, Quality, Vital

KINDS = [
    pytest.param(
        PortKind.PTY,
        marks=pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals"),
    ),
    PortKind.TCP,
]
PATIENCE_S = 5.0


class Host:
    """The reading side: drivers on opened ports, moved by the room's own deadlines."""

    def __init__(self, room: SimulatedRoom) -> None:
        self.room = room
        self.items: list[tuple[int, str, DriverItem]] = []
        self._sides: dict[str, tuple[Transport, Driver]] = {}
        for slot in room.slots:
            spec = find_driver(slot.driver)
            transport = make_transport(slot.port, spec.settings)
            transport.open()
            self._sides[slot.device] = (transport, spec.make_driver())
        for device, (_, driver) in self._sides.items():
            self._take(device, 0, driver.connect(0))

    def run_until(self, end_ns: int) -> None:
        while (t_ns := self._next_ns()) is not None and t_ns <= end_ns:
            for device, count in self.room.advance(t_ns).items():
                self._receive(device, count, t_ns)
            for device, (_, driver) in self._sides.items():
                if driver.next_deadline_ns is not None and driver.next_deadline_ns <= t_ns:
                    self._take(device, t_ns, driver.advance(driver.next_deadline_ns))

    def command(self, device: str, t_ns: int, command: DeviceCommand) -> None:
        self._take(device, t_ns, self._sides[device][1].command(t_ns, command))

    def values(self, vital: Vital, after_ns: int = 0) -> list[float]:
        return [
            item.value
            for t_ns, _, item in self.items
            if isinstance(item, Measurement)
            and item.vital is vital
            and item.value is not None
            and t_ns >= after_ns
        ]

    def close(self) -> None:
        for transport, _ in self._sides.values():
            transport.close()

    def _next_ns(self) -> int | None:
        own = [driver.next_deadline_ns for _, driver in self._sides.values()]
        deadlines = [d for d in (self.room.next_deadline_ns, *own) if d is not None]
        return min(deadlines, default=None)

    def _receive(self, device: str, count: int, t_ns: int) -> None:
        transport, driver = self._sides[device]
        give_up = time.monotonic() + PATIENCE_S
        data = b""
        while len(data) < count:
            data += transport.read()
            assert time.monotonic() < give_up, f"{device}: {len(data)} of {count} bytes arrived"
        if data:
            self._take(device, t_ns, driver.receive(t_ns, data))

    def _take(self, device: str, t_ns: int, items: list[DriverItem]) -> None:
        for item in items:
            self.items.append((t_ns, device, item))
            if isinstance(item, Send):
                self._sides[device][0].write(item.data)
                self.room.collect(device, len(item.data), t_ns)


@pytest.mark.parametrize("kind", KINDS)
def test_drivers_read_from_the_ports_what_the_body_is(kind: PortKind) -> None:
    patient = SimulatedPatient("hypertensive", seed=1)
    with SimulatedRoom.of_patient(patient, 1, ports=kind) as room:
        host = Host(room)
        try:
            host.run_until(20 * NS_PER_S)
            host.command("bp", 20 * NS_PER_S, DeviceCommand.START_BP)
            host.run_until(120 * NS_PER_S)
        finally:
            host.close()
    assert not [item for _, _, item in host.items if isinstance(item, Rejected)]
    assert host.values(Vital.SPO2)[-1] == pytest.approx(97, abs=1.5)
    assert host.values(Vital.SBP) == [pytest.approx(136, abs=15)]
    assert host.values(Vital.DBP) == [pytest.approx(86, abs=12)]
    samples = [item for _, _, item in host.items if isinstance(item, Samples)]
    counts = [value for item in samples for value in item.values]
    assert max(counts) - min(counts) > 0.4 * samples[0].full_scale
    assert room.counts("oximeter").lost == 0


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_items(kind: PortKind) -> None:
    def run() -> list[tuple[int, str, DriverItem]]:
        patient = SimulatedPatient("probe-off", seed=3)
        patient.set_rate(0, 0.875)
        with SimulatedRoom.of_patient(patient, 3, ports=kind) as room:
            host = Host(room)
            try:
                host.run_until(5 * NS_PER_S)
                host.command("bp", 5 * NS_PER_S, DeviceCommand.START_BP)
                host.run_until(60 * NS_PER_S)
            finally:
                host.close()
        return host.items

    assert run() == run()


def test_a_probe_off_the_finger_is_read_as_such() -> None:
    patient = SimulatedPatient("probe-off", seed=2)
    patient.set_rate(-11 * NS_PER_MIN - 30 * NS_PER_S, 0.875)
    with SimulatedRoom.of_patient(patient, 2, monitors={"oximeter": "nonin"}) as room:
        host = Host(room)
        try:
            host.run_until(60 * NS_PER_S)
        finally:
            host.close()
    last = [
        item
        for _, _, item in host.items
        if isinstance(item, Measurement) and item.vital is Vital.SPO2
    ][-1]
    assert last.value is None
    assert last.quality in (Quality.SENSOR_OFF, Quality.SEARCHING, Quality.HELD)


def test_the_scripted_artefact_reaches_the_host_once() -> None:
    patient = SimulatedPatient("cuff-artefact", seed=1)
    patient.set_rate(-22 * NS_PER_MIN, 0.875)
    with SimulatedRoom.of_patient(patient, 1, monitors={"bp": "suntech"}) as room:
        host = Host(room)
        try:
            for minute in (1, 3):
                host.command("bp", minute * NS_PER_MIN, DeviceCommand.START_BP)
                host.run_until((minute + 2) * NS_PER_MIN)
        finally:
            host.close()
    first, second = host.values(Vital.SBP)
    assert first == 210
    assert second < 160
