"""Simulated Nonin units: a patient's pulse in, frames of data format 1, 2, 7, 8 or 13 out.

The wire order, the missing values, the status bits and the display values held for 10 s after the
finger is gone follow NOTES.md.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Literal

from devices.driver import PatientBody
from devices.nonin_oem import frames, wire
from devices.nonin_oem.sensor import NoninFaults, SimulatedSensor
from protocols.vitals import NS_PER_S, Vital

__all__ = [
    "GROUP_NS",
    "NoninFaults",
    "NoninSecondSimulator",
    "NoninSimulator",
    "NoninSpotCheckSimulator",
    "encode_vitals",
    "frames_of",
    "make_simulator",
]

_MS = 1_000_000
GROUP_FRAMES = 3
GROUP_NS = 40 * _MS
"""Frames leave in threes, every 40 ms: 75 a second."""

_PACKET_S = wire.FRAMES_PER_PACKET / wire.FRAMES_PER_S
_PULSE_FRAMES = 12
_FIRMWARE = 0x94
_SPOT_CHECK_NS = 8 * NS_PER_S


class NoninSimulator:
    """A module that sends format 2 or 7 from `start_ns` on. `faults` may be set at any time."""

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        *,
        data_format: Literal[2, 7] = 2,
        start_ns: int = 0,
        faults: NoninFaults | None = None,
    ) -> None:
        self.faults = faults or NoninFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._format: Literal[2, 7] = data_format
        self._start_ns = start_ns
        self._frames = 0
        self._beat = 0.0
        self._pulse_left = 0
        self._sensor = SimulatedSensor(body, _PACKET_S)
        self._values = bytes(wire.FRAMES_PER_PACKET)

    def advance(self, t_ns: int) -> bytes:
        """Every group of frames sent up to and including `t_ns`."""
        due = (t_ns - self._start_ns) // GROUP_NS * GROUP_FRAMES
        if due <= self._frames:
            return b""
        times = [self._frame_ns(i) for i in range(self._frames, due)]
        wave = self._body.pleth(times)
        sent = b"".join(self._frame(t, v) for t, v in zip(times, wave, strict=True))
        return b"" if self.faults.silent else sent

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: these modules take no command in this use."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next group leaves."""
        return self._start_ns + (self._frames // GROUP_FRAMES + 1) * GROUP_NS

    def _frame_ns(self, number: int) -> int:
        return self._start_ns + number * GROUP_NS // GROUP_FRAMES

    def _frame(self, t_ns: int, level: float) -> bytes:
        place = self._frames % wire.FRAMES_PER_PACKET
        self._frames += 1
        if place == 0:
            packet = self._frames // wire.FRAMES_PER_PACKET
            self._sensor.refresh(t_ns, self.faults)
            self._values = self._value_bytes(packet)
        status = self._sensor.status | (wire.SYNC if place == 0 else 0) | self._pulse_bits()
        if self.faults.artifact:
            level += self._chance.gauss(0, 0.2)
        level = min(max(level, 0.0), 1.0)
        count = int(2000 + 60000 * level) if self._format == 7 else int(10 + 230 * level)
        frame = frames.packet_frame(self._format, status, count, self._values[place])
        every = self.faults.corrupt_every
        return _damage(frame, self._chance) if every and self._frames % every == 0 else frame

    def _pulse_bits(self) -> int:
        """Perfusion and artifact bits, which are sent only for 12 frames from each pulse on."""
        rate = self._sensor.rates[0] if self._sensor.rates else 0.0
        self._beat += rate / 60 / wire.FRAMES_PER_S
        if self._beat >= 1:
            self._beat %= 1
            self._pulse_left = _PULSE_FRAMES
        if self._pulse_left == 0 or self._sensor.status & wire.UNUSABLE:
            return 0
        self._pulse_left -= 1
        return self._sensor.colour | (wire.ARTIFACT if self.faults.artifact else 0)

    def _value_bytes(self, packet: int) -> bytes:
        fast, saturation, slow, slow_saturation = self._sensor.numbers
        shown_rate, shown_saturation = self._sensor.display
        values = bytearray(wire.FRAMES_PER_PACKET)
        for place, rate in (
            (wire.RATE_MSB, fast),
            (wire.SLOW_RATE_MSB, slow),
            (wire.RATE_DISPLAY_MSB, shown_rate),
            (wire.SLOW_RATE_DISPLAY_MSB, shown_rate),
        ):
            values[place] = rate >> 7 & 3
            values[place + 1] = rate & 0x7F
        for place in (wire.SPO2, wire.SPO2_FAST, wire.SPO2_BEAT):
            values[place] = saturation
        values[wire.SLOW_SPO2] = slow_saturation
        values[wire.SPO2_DISPLAY] = values[wire.SLOW_SPO2_DISPLAY] = shown_saturation
        values[wire.FIRMWARE] = _FIRMWARE
        values[wire.TIMER_MSB] = packet >> 7 & 0x7F
        values[wire.TIMER_LSB] = packet & 0x7F
        values[wire.STAT2] = wire.LOW_BATTERY if self.faults.low_battery else 0
        return bytes(values)


class NoninSecondSimulator:
    """A unit that sends format 1 or 8, one frame a second. `faults` may be set at any time.

    Format 8 sends what the display shows: held for 10 s after the finger is gone, with the bits
    that say so.
    """

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        *,
        data_format: Literal[1, 8] = 8,
        faults: NoninFaults | None = None,
    ) -> None:
        self.faults = faults or NoninFaults()
        self._chance = random.Random(seed)
        self._format = data_format
        self._sensor = SimulatedSensor(body, 1.0)
        self._frames = 0

    def advance(self, t_ns: int) -> bytes:
        """Every frame sent up to and including `t_ns`."""
        sent = bytearray()
        while (self._frames + 1) * NS_PER_S <= t_ns:
            self._frames += 1
            sent += self._frame(self._frames * NS_PER_S)
        return b"" if self.faults.silent else bytes(sent)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: no command is taken in this use."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next frame leaves."""
        return (self._frames + 1) * NS_PER_S

    def _frame(self, t_ns: int) -> bytes:
        faults, sensor = self.faults, self._sensor
        sensor.refresh(t_ns, faults)
        pairs = [
            (sensor.status & wire.SENSOR_DISCONNECTED, wire.SECOND_DISCONNECTED),
            (sensor.status & wire.OUT_OF_TRACK, wire.SECOND_OUT_OF_TRACK),
        ]
        if not sensor.status & wire.UNUSABLE:
            pairs += [
                (sensor.colour == wire.RED, wire.SECOND_LOW_PERFUSION),
                (sensor.colour == wire.YELLOW, wire.SECOND_MARGINAL_PERFUSION),
                (faults.artifact, wire.SECOND_ARTIFACT),
            ]
        status = sum(bit for is_set, bit in pairs if is_set)
        if self._format == 8:
            flags = sensor.status & wire.SENSOR_ALARM
            flags |= wire.LOW_BATTERY if faults.low_battery else 0
            frame = frames.second_frame(status, *sensor.display, flags)
        else:
            frame = frames.second_frame(status, *sensor.numbers[:2])
        every = faults.corrupt_every
        return _damage(frame, self._chance) if every and self._frames % every == 0 else frame


class NoninSpotCheckSimulator:
    """A unit that sends format 13: one frame 8 s after a finger comes, none until it went again."""

    def __init__(self, body: PatientBody, seed: int, *, faults: NoninFaults | None = None) -> None:
        self.faults = faults or NoninFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._sensor = SimulatedSensor(body, 1.0)
        self._looks = 0
        self._sent = 0
        self._since_ns: int | None = None
        self._is_done = False

    def advance(self, t_ns: int) -> bytes:
        """Every frame sent up to and including `t_ns`."""
        sent = bytearray()
        while (self._looks + 1) * NS_PER_S <= t_ns:
            self._looks += 1
            sent += self._look(self._looks * NS_PER_S)
        return b"" if self.faults.silent else bytes(sent)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: the unit waits for no acknowledgement."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When the unit next looks whether there is something to send."""
        return (self._looks + 1) * NS_PER_S

    def _look(self, t_ns: int) -> bytes:
        self._sensor.refresh(t_ns, self.faults)
        if self._sensor.status & (wire.SENSOR_ALARM | wire.SENSOR_DISCONNECTED):
            self._since_ns, self._is_done = None, False
            return b""
        if self._since_ns is None:
            self._since_ns = t_ns
        if self._is_done or t_ns - self._since_ns < _SPOT_CHECK_NS:
            return b""
        self._is_done = True
        self._sent += 1
        doubtful = self.faults.artifact or self._sensor.colour == wire.RED
        rate, saturation = self._sensor.numbers[:2]
        no_pulse = not self._sensor.rates
        frame = frames.spot_check_frame(
            t_ns,
            rate,
            saturation,
            high=(0 if doubtful or no_pulse else wire.SPOT_SMARTPOINT)
            | (wire.SPOT_NO_MEASUREMENT if no_pulse else 0),
            low=wire.LOW_BATTERY if self.faults.low_battery else 0,
        )
        every = self.faults.corrupt_every
        return _damage(frame, self._chance) if every and self._sent % every == 0 else frame


def make_simulator(body: PatientBody, seed: int) -> NoninSimulator:
    """A module that sends format 2 from time 0 on."""
    return NoninSimulator(body, seed)


def encode_vitals(
    record: Mapping[Vital, float | None],
    t_ns: int,
    *,
    data_format: Literal[1, 2, 7, 8, 13] = 2,
) -> bytes:
    """What the unit sends to say exactly `record` at `t_ns`: one packet, or one frame.

    Pulse rate and saturation are rounded to whole numbers; what no person has is sent as missing.
    In formats 2 and 7 every sample of the packet is the count of the pulse wave, 0 if there is
    none. Formats 1 and 8 lock only where the records of successive seconds agree.
    """
    rate = frames.wire_number(record, Vital.PR, wire.RATE_MISSING)
    saturation = frames.wire_number(record, Vital.SPO2, wire.SPO2_MISSING)
    if data_format == 13:
        return frames.spot_check_frame(t_ns, rate, saturation, high=wire.SPOT_SMARTPOINT)
    if data_format in (1, 8):
        return frames.second_frame(0, rate, saturation, 0 if data_format == 8 else None)
    full_scale = wire.FULL_SCALE[data_format]
    count = min(max(0, round(record.get(Vital.PLETH) or 0)), full_scale)
    ticks = t_ns * 3 // NS_PER_S
    values = {
        wire.RATE_MSB: rate >> 7,
        wire.RATE_LSB: rate & 0x7F,
        wire.SPO2: saturation,
        wire.FIRMWARE: _FIRMWARE,
        wire.TIMER_MSB: ticks >> 7 & 0x7F,
        wire.TIMER_LSB: ticks & 0x7F,
    }
    number: Literal[2, 7] = 7 if data_format == 7 else 2
    return b"".join(
        frames.packet_frame(
            number,
            wire.ALWAYS | (wire.SYNC if place == 0 else 0),
            count,
            values.get(place, 0),
        )
        for place in range(wire.FRAMES_PER_PACKET)
    )


def frames_of(
    samples: Sequence[int], rate_bpm: int, spo2_percent: int, *, status: int = 0
) -> bytes:
    """Format-2 frames that carry recorded `samples` (0-255) with one fixed rate and saturation.

    `status` bits are set in every frame. 511 and 127 send missing values.
    """
    values = {
        wire.RATE_MSB: rate_bpm >> 7,
        wire.RATE_LSB: rate_bpm & 0x7F,
        wire.SPO2: spo2_percent,
    }
    sent = bytearray()
    for number, sample in enumerate(samples):
        place = number % wire.FRAMES_PER_PACKET
        bits = wire.ALWAYS | status | (wire.SYNC if place == 0 else 0)
        sent += frames.packet_frame(2, bits, sample, values.get(place, 0))
    return bytes(sent)


def _damage(frame: bytes, chance: random.Random) -> bytes:
    damaged = bytearray(frame)
    damaged[chance.randrange(len(frame))] ^= 1 << chance.randrange(8)
    return bytes(damaged)
