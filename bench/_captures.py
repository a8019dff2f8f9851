"""Captures for the benches: what each monitor's wire carries in a conversation with its driver.

The simulated monitors of the registry measure a simulated patient and talk with the program's own
drivers in steps of 40 ms, without ports; a monitor whose cuff the driver can start is asked for a
blood pressure every five minutes. The same arguments give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from devices.contec_cms50.simulator import ContecSimulator
from devices.driver import (
    DeviceCommand,
    Driver,
    DriverItem,
    MonitorSimulator,
    PatientBody,
    Send,
)
from devices.nonin_oem.simulator import NoninSecondSimulator, NoninSimulator
from devices.registry import DRIVERS, find_driver
from devices.simulation.patient import SimulatedPatient
from protocols.vitals import NS_PER_S

PIECE_NS = 40_000_000
CUFF_EVERY_NS = 300 * NS_PER_S
PATIENT = "typical"

MakeSimulator = Callable[[PatientBody, int], MonitorSimulator]

OTHER_FORMATS: dict[str, tuple[str, MakeSimulator]] = {
    "nonin, format 7": ("nonin", lambda body, seed: NoninSimulator(body, seed, data_format=7)),
    "nonin, format 8": ("nonin", lambda body, seed: NoninSecondSimulator(body, seed)),
    "contec-cms50, old": (
        "contec-cms50",
        lambda body, seed: ContecSimulator(body, seed, variant="old"),
    ),
}
"""Streams that a registered driver reads beside the one that its simulated monitor sends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Capture:
    """What one monitor sent, in pieces of at most 40 ms, each with the time of its arrival."""

    label: str
    driver: str
    seconds: int
    pieces: tuple[tuple[int, bytes], ...]

    @property
    def data(self) -> bytes:
        """All bytes."""
        return b"".join(piece for _, piece in self.pieces)


def labels() -> list[str]:
    """Every registered driver, and the other streams that some of them read."""
    return [*DRIVERS, *OTHER_FORMATS]


def record_capture(label: str, seconds: int, seed: int = 1) -> Capture:
    """What the monitor `label` sends in `seconds`."""
    if label in OTHER_FORMATS:
        driver, make = OTHER_FORMATS[label]
    else:
        driver, make = label, find_driver(label).make_simulator
    spec = find_driver(driver)
    body = SimulatedPatient(PATIENT, seed=seed, weight_kg=70.0)
    talk = _Conversation(spec.make_driver(), make(body, seed))
    pieces = []
    for t_ns in range(PIECE_NS, seconds * NS_PER_S + 1, PIECE_NS):
        if spec.can_start_bp and t_ns % CUFF_EVERY_NS == 0:
            talk.ask(t_ns)
        if data := talk.step(t_ns):
            pieces.append((t_ns, data))
    return Capture(label=label, driver=driver, seconds=seconds, pieces=tuple(pieces))


class _Conversation:
    def __init__(self, driver: Driver, monitor: MonitorSimulator) -> None:
        self._driver = driver
        self._monitor = monitor
        self._send(0, driver.connect(0))

    def ask(self, t_ns: int) -> None:
        self._send(t_ns, self._driver.command(t_ns, DeviceCommand.START_BP))

    def step(self, t_ns: int) -> bytes:
        while (due_ns := self._driver.next_deadline_ns) is not None and due_ns <= t_ns:
            self._send(due_ns, self._driver.advance(due_ns))
        data = self._monitor.advance(t_ns)
        if data:
            self._send(t_ns, self._driver.receive(t_ns, data))
        return data

    def _send(self, t_ns: int, items: Sequence[DriverItem]) -> None:
        for item in items:
            if isinstance(item, Send):
                self._monitor.receive(t_ns, item.data)
