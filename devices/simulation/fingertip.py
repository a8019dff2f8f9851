"""What simulated fingertip oximeters have in common: frames by the clock, averages, the finger.

Values are refreshed once a second. A finger that is in at the start has been found already; after
one is put in, the unit looks for a pulse for 4 s.
Averaging is approximated by an exponential mean over 8 beats.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from math import exp

from devices.driver import PatientBody
from protocols.vitals import NS_PER_S

GROUP_FRAMES = 3
"""Frames that leave together, as a USB converter passes them on."""

SEARCH_S = 4
_BEEP_S = 0.1
_AVERAGE_BEATS = 8


class FingerState(StrEnum):
    """What the unit has at its probe."""

    PULSE = "pulse"
    SEARCHING = "searching"
    NO_FINGER = "no finger"
    PROBE_FAULT = "probe fault"


@dataclass(frozen=True, slots=True, kw_only=True)
class FingertipFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    `corrupt_every` damages one bit in every n-th frame; 0 damages none.
    """

    probe_fault: bool = False
    probe_off: bool = False
    searching: bool = False
    silent: bool = False
    corrupt_every: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FingertipFrame:
    """What one frame is to say. `wave` and `strength` are 0 to 1; numbers are of the display."""

    state: FingerState
    wave: float = 0.0
    is_beep: bool = False
    strength: float = 0.0
    rate_bpm: int | None = None
    spo2_percent: int | None = None
    perfusion_percent: float | None = None


class FingertipStream:
    """The frames of one unit from `start_ns` on. `faults` may be set at any time."""

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        encode: Callable[[FingertipFrame], bytes],
        *,
        frames_per_s: int,
        start_ns: int = 0,
        faults: FingertipFaults | None = None,
    ) -> None:
        """Measure `body` and write each frame with `encode`."""
        self.faults = faults or FingertipFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._encode = encode
        self._frames_per_s = frames_per_s
        self._start_ns = start_ns
        self._frames = 0
        self._beat = 0.0
        self._state = FingerState.SEARCHING
        self._search_left = 0
        self._rate = 0.0
        self._spo2 = 0.0
        self._perfusion = 0.0

    def start(self, t_ns: int) -> None:
        """Stream from `t_ns` on, with the averages reached."""
        self._start_ns = t_ns
        self._frames = 0

    def advance(self, t_ns: int) -> bytes:
        """Every group of frames sent up to and including `t_ns`."""
        due = (t_ns - self._start_ns) * self._frames_per_s // (GROUP_FRAMES * NS_PER_S)
        due *= GROUP_FRAMES
        if due <= self._frames:
            return b""
        times = [self._frame_ns(number) for number in range(self._frames, due)]
        waves = self._body.pleth(times)
        sent = b"".join(
            self._frame(frame_ns, wave) for frame_ns, wave in zip(times, waves, strict=True)
        )
        return b"" if self.faults.silent else sent

    @property
    def next_deadline_ns(self) -> int:
        """When the next group leaves."""
        groups = self._frames // GROUP_FRAMES + 1
        return self._start_ns - -groups * GROUP_FRAMES * NS_PER_S // self._frames_per_s

    def _frame_ns(self, number: int) -> int:
        return self._start_ns + number * NS_PER_S // self._frames_per_s

    def _frame(self, t_ns: int, wave: float) -> bytes:
        if self._frames % self._frames_per_s == 0:
            self._refresh(t_ns)
        self._frames += 1
        if self._state is FingerState.PULSE:
            self._beat = (self._beat + self._rate / 60 / self._frames_per_s) % 1
            said = FingertipFrame(
                state=self._state,
                wave=min(max(wave, 0.0), 1.0),
                is_beep=self._beat * 60 < _BEEP_S * self._rate,
                strength=min(self._perfusion / 4, 1.0),
                rate_bpm=round(self._rate),
                spo2_percent=min(100, round(self._spo2)),
                perfusion_percent=self._perfusion,
            )
        else:
            said = FingertipFrame(state=self._state)
        frame = self._encode(said)
        every = self.faults.corrupt_every
        return self._damage(frame) if every and self._frames % every == 0 else frame

    def _refresh(self, t_ns: int) -> None:
        """Once a second: look at the finger, then at the averages."""
        body, faults = self._body, self.faults
        if faults.probe_fault:
            self._state = FingerState.PROBE_FAULT
        elif faults.probe_off or not body.probe_on(t_ns):
            self._state = FingerState.NO_FINGER
        elif self._state in (FingerState.NO_FINGER, FingerState.PROBE_FAULT):
            self._state = FingerState.SEARCHING
            self._search_left = SEARCH_S
        if self._state is FingerState.PULSE and faults.searching:
            self._state = FingerState.SEARCHING
        if self._state is FingerState.SEARCHING:
            self._search_left -= 1
            if self._search_left < 0 and not faults.searching:
                self._state = FingerState.PULSE
                self._rate = 0.0
        if self._state is FingerState.PULSE:
            self._average(t_ns)

    def _average(self, t_ns: int) -> None:
        rate, spo2 = self._body.pulse_rate_bpm(t_ns), self._body.spo2_percent(t_ns)
        self._perfusion = self._body.perfusion_percent(t_ns)
        if not self._rate:
            self._rate, self._spo2 = rate, spo2
            return
        share = 1 - exp(-2 * max(rate, 20) / 60 / _AVERAGE_BEATS)
        self._rate += (rate - self._rate) * share
        self._spo2 += (spo2 - self._spo2) * share

    def _damage(self, frame: bytes) -> bytes:
        damaged = bytearray(frame)
        damaged[self._chance.randrange(len(frame))] ^= 1 << self._chance.randrange(8)
        return bytes(damaged)
