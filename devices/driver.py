"""What a driver is: a pure conversation with one monitor, without port, clock or thread.

A *parser* turns bytes into items and accounts for every byte. A *driver* wraps a parser and adds
what the host must say: read requests and, on a person's action, starting or aborting a
blood-pressure determination. Time reaches a driver as an argument; its own deadlines (polls,
time-outs) are asked for by `next_deadline_ns` and fire at exactly that time, so that a replay
repeats them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol

from protocols.events import BpState
from protocols.vitals import Quality, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurement:
    """One decoded value.

    Attributes:
        vital: what was measured.
        value: in the vital's unit; None exactly when `quality` carries no value.
        quality: how far to believe it, or why it is missing.
        note: the device's own words, for people.
        spot: one determination, not part of a stream (pulse rate from a cuff).
        age_ns: how long before its bytes arrived it was determined, by the monitor's own clock.
        end_byte: where in the stream the frame ends that says it: bytes fed to the parser up to
            there. It places a reading in its capture and is no part of what the reading says.
    """

    vital: Vital
    value: float | None
    quality: Quality
    note: str = ""
    spot: bool = False
    age_ns: int = 0
    end_byte: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Samples:
    """Consecutive raw samples of a waveform, oldest first, `interval_ns` apart.

    `values` are counts from 0 to `full_scale`; `usable` is False while the monitor says that the
    signal is not a pulse. `end_byte` is where in the stream the frame of the last sample ends.
    """

    vital: Vital
    interval_ns: int
    full_scale: int
    values: tuple[int, ...]
    usable: bool = True
    end_byte: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpStatus:
    """What an infusion pump says of itself at one moment. It is only read, never set.

    Attributes:
        rate_ml_per_h: rate it is set to or, where it tells only that, delivers; None where unknown.
        volume_ml: volume infused since its own counter was cleared, or None.
        running: whether it pumps, or None where it does not say.
        alarm: its own alarm in its own words, or empty.
        drug: what it says it infuses, or empty.
        unit: its serial number or address, where it says which pump it is.
        note: why something is missing, or what else it does, for people.
        end_byte: where in the stream the frame ends that says it; no part of what it says.
    """

    rate_ml_per_h: float | None
    volume_ml: float | None
    running: bool | None
    alarm: str = ""
    drug: str = ""
    unit: str = ""
    note: str = ""
    end_byte: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejected:
    """Bytes that made no frame, and why."""

    reason: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class BpProgress:
    """What the blood-pressure monitor says of its determination, in plain words."""

    state: BpState
    text: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Send:
    """Bytes that the driver wants written to its port, and what for."""

    data: bytes
    purpose: str


ParserItem = Measurement | PumpStatus | Samples | Rejected | BpProgress
"""What a parser gives."""

DriverItem = Measurement | PumpStatus | Samples | Rejected | BpProgress | Send
"""What a driver gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """Where every byte fed to a parser went.

    ``fed == frame_bytes + rejected_bytes + skipped_bytes + pending_bytes`` at any time.

    Attributes:
        frames: frames accepted.
        rejected: frames refused (bad checksum, bad length, out of sequence).
        frame_bytes: bytes in accepted frames.
        rejected_bytes: bytes reported in `Rejected` items.
        skipped_bytes: bytes passed over while looking for a frame's start.
        pending_bytes: bytes kept for the next call.
    """

    frames: int = 0
    rejected: int = 0
    frame_bytes: int = 0
    rejected_bytes: int = 0
    skipped_bytes: int = 0
    pending_bytes: int = 0


class Parser(Protocol):
    """Bytes in, items out. Pure: the same bytes, however cut, give the same items."""

    def feed(self, data: bytes) -> list[ParserItem]:
        """Decode `data` (any length) together with what was kept. Never raises.

        Long runs are the fast way: hours of a capture may come in one call.
        """
        ...

    def finish(self) -> list[ParserItem]:
        """The capture ends here: decide what waits for more, and pass over what stays undecided.

        A capture too short for the trust that a live stream must earn (`NOTES.md` of each driver)
        is believed if it is whole frames from its first byte to its last.
        """
        ...

    def forget(self) -> None:
        """The connection was lost: pass over what was kept; nothing is joined across the gap."""
        ...

    @property
    def counts(self) -> Counts:
        """Where every byte fed so far went."""
        ...


class DeviceCommand(StrEnum):
    """The only two things that a person may make a monitor do."""

    START_BP = "start-bp"
    ABORT_BP = "abort-bp"


class Driver(Protocol):
    """The conversation with one monitor."""

    def connect(self, t_ns: int) -> list[DriverItem]:
        """The port was opened at `t_ns`: forget half frames and any conversation in progress."""
        ...

    def receive(self, t_ns: int, data: bytes) -> list[DriverItem]:
        """Bytes arrived at `t_ns`."""
        ...

    def command(self, t_ns: int, command: DeviceCommand) -> list[DriverItem]:
        """A person or the armed schedule asks for `command`; drivers that cannot give nothing."""
        ...

    def advance(self, t_ns: int) -> list[DriverItem]:
        """The driver's own deadline `t_ns` was reached."""
        ...

    @property
    def next_deadline_ns(self) -> int | None:
        """When `advance` must be called next, or None."""
        ...

    @property
    def counts(self) -> Counts:
        """Where every byte received so far went."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class PortSettings:
    """Line settings of a serial port.

    `dtr` and `rts` are the levels held from opening to closing: isolated converters take their
    power from them, some boards restart when DTR changes.
    """

    baud: int = 9600
    data_bits: int = 8
    parity: str = "N"
    stop_bits: float = 1
    dtr: bool = True
    rts: bool = True

    @property
    def line(self) -> str:
        """Data bits, parity and stop bits as people write them, for example ``8N1``."""
        return f"{self.data_bits}{self.parity}{self.stop_bits:g}"

    @property
    def bytes_per_s(self) -> float:
        """What the line can carry at most."""
        return self.baud / (1 + self.data_bits + (self.parity != "N") + self.stop_bits)

    def __str__(self) -> str:
        return f"{self.baud} {self.line}"


class MonitorSimulator(Protocol):
    """A simulated monitor: patient state in, wire bytes out, on the monitor's own timetable.

    Pure: `advance` gives the bytes that the real unit would have sent since the last call.
    """

    def advance(self, t_ns: int) -> bytes:
        """Everything the unit sends up to and including `t_ns`."""
        ...

    def receive(self, t_ns: int, data: bytes) -> None:
        """Bytes from the host reached the unit at `t_ns`; answers come from later `advance`."""
        ...

    @property
    def next_deadline_ns(self) -> int | None:
        """When the unit will send next, or None while it only waits."""
        ...


class PatientBody(Protocol):
    """What a simulated monitor can measure on a simulated patient, at any time not before the last.

    Rates are per minute, pressures in mmHg, saturation in percent; a monitor adds its own noise and
    averaging.
    """

    def pulse_rate_bpm(self, t_ns: int) -> float:
        """Pulse rate, /min."""
        ...

    def spo2_percent(self, t_ns: int) -> float:
        """Arterial oxygen saturation, %."""
        ...

    def perfusion_percent(self, t_ns: int) -> float:
        """Perfusion index, %; below 0.3 a real oximeter calls perfusion low."""
        ...

    def respiratory_rate_per_min(self, t_ns: int) -> float:
        """Breaths per minute."""
        ...

    def pleth(self, t_ns: Sequence[int]) -> list[float]:
        """The pulse wave at each time, 0 to 1, in step with the pulse rate."""
        ...

    def probe_on(self, t_ns: int) -> bool:
        """Whether the oximeter's probe is on the finger."""
        ...

    def blood_pressure_mmhg(self, t_ns: int) -> tuple[float, float, float]:
        """Systolic, diastolic and mean arterial pressure as a cuff would find them now."""
        ...

    def cuff_disturbed(self, t_ns: int) -> bool:
        """Whether movement or talking would spoil a determination now (artefact or failure)."""
        ...
