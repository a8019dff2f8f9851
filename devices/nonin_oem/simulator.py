"""A simulated Nonin module: a patient's pulse in, frames of data format 2 or 7 out.

The wire order, the missing values, the status bits and the display values held for 10 s after the
finger is gone follow NOTES.md. Averaging is approximated by exponential means over 4 and 8 beats.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from math import exp
from typing import Literal

from devices.driver import PatientBody
from devices.nonin_oem import wire

_MS = 1_000_000
GROUP_FRAMES = 3
GROUP_NS = 40 * _MS
"""Frames leave in threes, every 40 ms: 75 a second."""

_PACKET_S = wire.FRAMES_PER_PACKET / wire.FRAMES_PER_S
_PULSE_FRAMES = 12
_SEARCH_PACKETS = 12
_HELD_PACKETS = 30
_LOW_PERFUSION_PERCENT = 0.3
_MARGINAL_PERFUSION_PERCENT = 0.6
_FIRMWARE = 0x94


@dataclass(frozen=True, slots=True, kw_only=True)
class NoninFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    `corrupt_every` damages one bit in every n-th frame; 0 damages none.
    """

    sensor_disconnected: bool = False
    probe_off: bool = False
    out_of_track: bool = False
    low_perfusion: bool = False
    artifact: bool = False
    low_battery: bool = False
    silent: bool = False
    corrupt_every: int = 0


class NoninSimulator:
    """A module that sends from `start_ns` on. `faults` may be set at any time."""

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
        self._wide = data_format == 7
        self._start_ns = start_ns
        self._frames = 0
        self._beat = 0.0
        self._pulse_left = 0
        self._status = wire.ALWAYS
        self._colour = 0
        self._values = bytes(wire.FRAMES_PER_PACKET)
        self._rates: list[float] = []
        self._saturations: list[float] = []
        self._display = (wire.RATE_MISSING, wire.SPO2_MISSING)
        self._held = 0
        self._searching = 0

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
            self._begin_packet(t_ns)
        status = self._status | (wire.SYNC if place == 0 else 0) | self._pulse_bits()
        value = self._values[place]
        if self.faults.artifact:
            level += self._chance.gauss(0, 0.2)
        level = min(max(level, 0.0), 1.0)
        if self._wide:
            count = int(2000 + 60000 * level)
            head = (status, count >> 8, count & 0xFF, value)
        else:
            head = (wire.START, status, int(10 + 230 * level), value)
        frame = bytes((*head, sum(head) & 0xFF))
        every = self.faults.corrupt_every
        return self._damage(frame) if every and self._frames % every == 0 else frame

    def _pulse_bits(self) -> int:
        """Perfusion and artifact bits, which are sent only for 12 frames from each pulse on."""
        rate = self._rates[0] if self._rates else 0.0
        self._beat += rate / 60 / wire.FRAMES_PER_S
        if self._beat >= 1:
            self._beat %= 1
            self._pulse_left = _PULSE_FRAMES
        if self._pulse_left == 0 or self._status & wire.UNUSABLE:
            return 0
        self._pulse_left -= 1
        return self._colour | (wire.ARTIFACT if self.faults.artifact else 0)

    def _begin_packet(self, t_ns: int) -> None:
        packet = self._frames // wire.FRAMES_PER_PACKET
        faults = self.faults
        self._status = wire.ALWAYS
        if faults.sensor_disconnected:
            self._status |= wire.SENSOR_DISCONNECTED | wire.SENSOR_ALARM
        elif faults.probe_off or not self._body.probe_on(t_ns):
            self._status |= wire.SENSOR_ALARM | wire.OUT_OF_TRACK
        if self._status & wire.UNUSABLE:
            self._searching = _SEARCH_PACKETS
        elif self._searching:
            self._searching -= 1
            self._status |= wire.OUT_OF_TRACK
        if faults.out_of_track:
            self._status |= wire.OUT_OF_TRACK
        if self._status & wire.UNUSABLE:
            self._lose()
        else:
            self._measure(t_ns)
        self._values = self._value_bytes(packet)

    def _lose(self) -> None:
        self._rates.clear()
        self._saturations.clear()
        self._held = max(0, self._held - 1)
        if self._held == 0:
            self._display = (wire.RATE_MISSING, wire.SPO2_MISSING)

    def _measure(self, t_ns: int) -> None:
        rate = self._body.pulse_rate_bpm(t_ns)
        _average(self._rates, rate, rate)
        _average(self._saturations, self._body.spo2_percent(t_ns), rate)
        self._display = (round(self._rates[0]), round(self._saturations[0]))
        self._held = _HELD_PACKETS
        perfusion = self._body.perfusion_percent(t_ns)
        if self.faults.low_perfusion or perfusion < _LOW_PERFUSION_PERCENT:
            self._colour = wire.RED
        else:
            marginal = perfusion < _MARGINAL_PERFUSION_PERCENT
            self._colour = wire.YELLOW if marginal else wire.GREEN

    def _value_bytes(self, packet: int) -> bytes:
        if self._rates:
            fast, slow = (round(rate) for rate in self._rates)
            saturation, slow_saturation = (min(100, round(s)) for s in self._saturations)
        else:
            fast = slow = wire.RATE_MISSING
            saturation = slow_saturation = wire.SPO2_MISSING
        shown_rate, shown_saturation = self._display
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
        values[wire.SPO2_DISPLAY] = values[wire.SLOW_SPO2_DISPLAY] = min(127, shown_saturation)
        values[wire.FIRMWARE] = _FIRMWARE
        values[wire.TIMER_MSB] = packet >> 7 & 0x7F
        values[wire.TIMER_LSB] = packet & 0x7F
        values[wire.STAT2] = wire.LOW_BATTERY if self.faults.low_battery else 0
        return bytes(values)

    def _damage(self, frame: bytes) -> bytes:
        damaged = bytearray(frame)
        damaged[self._chance.randrange(len(frame))] ^= 1 << self._chance.randrange(8)
        return bytes(damaged)


def make_simulator(body: PatientBody, seed: int) -> NoninSimulator:
    """A module that sends format 2 from time 0 on."""
    return NoninSimulator(body, seed)


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
        head = (wire.START, bits, sample, values.get(place, 0))
        sent += bytes((*head, sum(head) & 0xFF))
    return bytes(sent)


def _average(means: list[float], value: float, rate_bpm: float) -> None:
    """Move the means over 4 and 8 beats towards `value`, by one packet."""
    if not means:
        means[:] = [value, value]
        return
    for i, beats in enumerate((4, 8)):
        time_constant_s = beats * 60 / max(rate_bpm, 20) / 2
        means[i] += (value - means[i]) * (1 - exp(-_PACKET_S / time_constant_s))
