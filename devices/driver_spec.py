"""What is true of a driver wherever it is used: its name, line, vitals, limits and certainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from importlib import import_module
from typing import Protocol, cast

from devices.driver import Driver, MonitorSimulator, Parser, PatientBody, PortSettings, PumpStatus
from protocols.vitals import Vital

PUMP_SLOT = "pump"
"""The slot of a session in which an infusion pump stands."""


class DeviceKind(StrEnum):
    """What a driver reads: a monitor gives vitals of the patient, a pump facts of itself."""

    MONITOR = "monitor"
    PUMP = "pump"


class SimulatorModule(Protocol):
    """What the `simulator` module of every driver's folder gives."""

    def make_simulator(self, body: PatientBody, seed: int) -> MonitorSimulator:
        """A new simulated monitor on `body`, with its own averaging, noise and timetable."""
        ...

    def encode_vitals(self, record: Mapping[Vital, float | None], t_ns: int) -> bytes:
        """What the unit sends to say exactly `record` at `t_ns`: one refresh of its output.

        Values are rounded to the format's resolution; None is sent as missing; a vital that is not
        in `record` is sent as missing too, where the format has a place for it. A record with a
        systolic pressure is a new determination, taken at `t_ns`. Calls with ascending `t_ns`,
        joined, are a stream that the parser accepts.
        """
        ...


class PumpSimulatorModule(Protocol):
    """What the `simulator` module of a pump's folder gives."""

    def make_simulator(self, body: PatientBody, seed: int) -> MonitorSimulator:
        """A new simulated pump with a drive of its own; a pump measures nothing on `body`."""
        ...

    def encode_status(self, status: PumpStatus, t_ns: int) -> bytes:
        """What the unit sends to say exactly `status` at `t_ns`: one refresh of its output.

        Numbers are rounded to the format's resolution; None is sent as missing. Calls with
        ascending `t_ns`, joined, are a stream that the parser accepts.
        """
        ...


def never_sends(data: bytes) -> bool:
    """False: nothing may be sent to a monitor that only talks."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class DriverSpec:
    """What is true of a driver wherever it is used.

    Attributes:
        name: the name that commands and files use.
        folder: its folder in `devices/`, with NOTES.md.
        title: for people.
        maker: maker of the monitors.
        models: models it is meant for.
        kind: what it reads.
        vitals: vitals it gives; none for a pump.
        resolution: smallest step of each vital in the wire format, in the vital's unit.
        quiet_limit_s: seconds without a decoded item after which the link counts as silent; None
            where the monitor answers only when a blood pressure is taken.
        interval_s: seconds between two words of a monitor that speaks so rarely that its values
            must stand longer than the limits of their vitals; else 0.
        settings: line settings.
        other_settings: line settings that units of the family are also found with.
        certainty: what its decoding was proven on.
        unsure: what the sources leave open, and what the driver therefore does not show.
        look_alikes: drivers whose bytes cannot be told from this one's.
        speaks_unasked: the monitor talks by itself, so that listening can find it.
        has_checksum: every frame with a value carries a checksum.
        frames_lost_per_byte: most frames that one lost or doubled byte may cost.
        can_start_bp: whether it starts and aborts blood-pressure determinations.
        stream_bytes_per_s: nominal byte rate of a monitor that streams, else None.
        may_send: whether a frame is one of those that the driver may ever send.
        make_driver: a new driver.
        make_parser: a new parser.
    """

    name: str
    folder: str
    title: str
    maker: str
    models: tuple[str, ...]
    kind: DeviceKind = DeviceKind.MONITOR
    vitals: tuple[Vital, ...]
    resolution: Mapping[Vital, float]
    quiet_limit_s: float | None
    interval_s: float = 0.0
    settings: PortSettings
    other_settings: tuple[PortSettings, ...] = ()
    certainty: str
    unsure: tuple[str, ...] = ()
    look_alikes: tuple[str, ...] = ()
    speaks_unasked: bool
    has_checksum: bool
    frames_lost_per_byte: int
    can_start_bp: bool = False
    stream_bytes_per_s: float | None = None
    may_send: Callable[[bytes], bool] = field(default=never_sends)
    make_driver: Callable[[], Driver]
    make_parser: Callable[[], Parser]

    @property
    def slots(self) -> tuple[str, ...]:
        """The slots of a session in which it is of use, by what it measures."""
        if self.kind is DeviceKind.PUMP:
            return (PUMP_SLOT,)
        slots = []
        if Vital.SPO2 in self.vitals:
            slots.append("oximeter")
        if Vital.SBP in self.vitals:
            slots.append("bp")
        return (*slots, "monitor") if len(slots) > 1 else tuple(slots)

    @property
    def simulator(self) -> SimulatorModule:
        """The folder's simulator module, loaded only here.

        A room with real monitors never loads a simulated one.
        """
        return cast(SimulatorModule, import_module(f"devices.{self.folder}.simulator"))

    @property
    def pump_simulator(self) -> PumpSimulatorModule:
        """The same module of a pump's folder."""
        return cast(PumpSimulatorModule, import_module(f"devices.{self.folder}.simulator"))

    def make_simulator(self, body: PatientBody, seed: int) -> MonitorSimulator:
        """A new simulated monitor on `body`."""
        return self.simulator.make_simulator(body, seed)
