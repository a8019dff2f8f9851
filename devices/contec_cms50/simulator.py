"""A simulated Contec CMS50: a patient's pulse in, the old or the new stream out, at 60/s.

The new unit takes commands: it stops, starts, and answers what it does not know. Some real units
stop when the keep-alive is missing for about 30 s; `keep_alive_s` makes this one do so.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from devices import five_byte_frames as frames
from devices.contec_cms50 import wire
from devices.driver import PatientBody
from devices.simulation.fingertip import (
    FingerState,
    FingertipFaults,
    FingertipFrame,
    FingertipStream,
)
from protocols.vitals import NS_PER_S, Vital

ANSWER_NS = 20_000_000
WAVE_LARGEST = 127
_COMMAND = 0x7D
_UNSUPPORTED = 5


class ContecSimulator:
    """A unit of one variant; a new one streams from time 0 on only if `is_streaming`."""

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        *,
        variant: Literal["old", "new"] = "new",
        is_streaming: bool = True,
        keep_alive_s: float | None = None,
        faults: FingertipFaults | None = None,
    ) -> None:
        """A unit that stops `keep_alive_s` after the last keep-alive; never if None."""
        self._is_old = variant == "old"
        self._stream = FingertipStream(
            body,
            seed,
            _encode_old if self._is_old else _encode_new,
            frames_per_s=wire.FRAMES_PER_S,
            faults=faults,
        )
        self._is_streaming = is_streaming or self._is_old
        self._keep_alive_ns = None if keep_alive_s is None else int(keep_alive_s * NS_PER_S)
        self._alive_ns = 0
        self._heard = b""
        self._answers: list[tuple[int, bytes]] = []

    @property
    def faults(self) -> FingertipFaults:
        """What is wrong with the unit at present."""
        return self._stream.faults

    @faults.setter
    def faults(self, faults: FingertipFaults) -> None:
        self._stream.faults = faults

    def advance(self, t_ns: int) -> bytes:
        """Everything the unit sends up to and including `t_ns`: answers, then frames."""
        sent = b"".join(answer for due_ns, answer in self._answers if due_ns <= t_ns)
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        if self.faults.silent:
            sent = b""
        if self._is_streaming:
            limit_ns = t_ns
            if self._keep_alive_ns is not None and not self._is_old:
                limit_ns = min(t_ns, self._alive_ns + self._keep_alive_ns)
                self._is_streaming = limit_ns == t_ns
            sent += self._stream.advance(limit_ns)
        return sent

    def receive(self, t_ns: int, data: bytes) -> None:
        """Obey the commands in `data`; an old unit takes none."""
        if self._is_old or self.faults.silent:
            return
        self._heard += data
        while (start := self._heard.find(_COMMAND)) >= 0:
            if len(self._heard) < start + wire.FRAME_SIZE:
                break
            package = self._heard[start : start + wire.FRAME_SIZE]
            self._heard = self._heard[start + wire.FRAME_SIZE :]
            self._obey(t_ns, package)
        self._heard = self._heard[-wire.FRAME_SIZE :]

    @property
    def next_deadline_ns(self) -> int | None:
        """When the unit will send next, or None while it only waits."""
        due = [due_ns for due_ns, _ in self._answers]
        if self._is_streaming:
            due.append(self._stream.next_deadline_ns)
        return min(due, default=None)

    def _obey(self, t_ns: int, package: bytes) -> None:
        if package == wire.KEEP_ALIVE:
            self._alive_ns = t_ns
        elif package == wire.START_LIVE:
            self._alive_ns = t_ns
            if not self._is_streaming:
                self._is_streaming = True
                self._stream.start(t_ns)
        elif package in (wire.STOP_LIVE, wire.STOP_STORED):
            self._is_streaming = self._is_streaming and package != wire.STOP_LIVE
            self._answers.append((t_ns + ANSWER_NS, wire.FREE))
        else:
            refusal = wire.pack(0x0B, bytes((package[2], _UNSUPPORTED)))
            self._answers.append((t_ns + ANSWER_NS, refusal))


def make_simulator(body: PatientBody, seed: int) -> ContecSimulator:
    """A new unit that another program has left streaming."""
    return ContecSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """One second of new frames that say `record`: 60, for values are refreshed once a second.

    A rate above 254, a saturation above 100 and a number of 0 have no place in the format: missing.
    """
    rate, spo2 = record.get(Vital.PR), record.get(Vital.SPO2)
    said = FingertipFrame(
        state=FingerState.PULSE,
        strength=0.75,
        rate_bpm=None if rate is None else round(rate),
        spo2_percent=None if spo2 is None else round(spo2),
        perfusion_percent=record.get(Vital.PI),
    )
    period = wire.FRAMES_PER_S
    start = t_ns * period // NS_PER_S
    head, tail = _encode_new(said)[:3], _encode_new(said)[4:]
    waves = (abs(2 * ((start + i) % period) / period - 1) for i in range(period))
    return b"".join(head + bytes((0x80 | round(wave * WAVE_LARGEST),)) + tail for wave in waves)


def _encode_old(said: FingertipFrame) -> bytes:
    first, third = {
        FingerState.PULSE: (0, 0),
        FingerState.SEARCHING: (0, wire.OLD_SEARCHING),
        FingerState.NO_FINGER: (wire.OLD_SEARCHING_LONG, wire.OLD_PROBE_ERROR),
        FingerState.PROBE_FAULT: (0, wire.OLD_PROBE_ERROR),
    }[said.state]
    wave = round(said.wave * WAVE_LARGEST)
    return frames.encode_frame(
        first=first | (frames.BEEP if said.is_beep else 0) | round(said.strength * 8),
        wave=wave,
        third=third | wave * 15 // WAVE_LARGEST,
        rate_bpm=frames.rate_on_wire(said.rate_bpm),
        spo2_percent=frames.spo2_on_wire(said.spo2_percent),
    )


def _encode_new(said: FingertipFrame) -> bytes:
    first = round(said.strength * 8) | (wire.DATA_BEEP if said.is_beep else 0)
    wave = round(said.wave * WAVE_LARGEST)
    third = wave * 15 // WAVE_LARGEST
    if said.state is FingerState.SEARCHING:
        wave |= 0x80
    elif said.state is not FingerState.PULSE:
        first |= 0x80
        wave = wire.WAVE_WITHOUT_FINGER
    perfusion = said.perfusion_percent
    raw = 0 if perfusion is None else round(perfusion * wire.PI_SCALE)
    if not 0 < raw < wire.PIS_MISSING[-1]:
        raw = wire.PIS_MISSING[-1]
        third |= wire.DATA_NO_PI
    numbers = (
        frames.rate_on_wire(said.rate_bpm),
        frames.spo2_on_wire(said.spo2_percent),
        raw & 0xFF,
        raw >> 8,
    )
    return wire.pack(wire.LIVE, bytes((first, wave, third, *numbers)))
