"""A simulated SunTech Advantage module: commands in, a walked cuff determination and replies out.

The replies follow NOTES.md. The walk (inflation to 40 mmHg above systolic, then steps of two beats
down past diastolic) is that of any oscillometric monitor; its times are chosen, not documented.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from devices.driver import PatientBody
from devices.suntech_advantage import wire
from devices.suntech_advantage.wire import Status
from protocols.vitals import Vital

_MS = 1_000_000
_NS_PER_S = 1_000_000_000
_REPLY_NS = 15 * _MS
_BYTE_NS = 1_041_667
_VALVES_NS = 800 * _MS
_VENTED_NS = 300 * _MS
_INFLATE_MMHG_PER_S = 28.0
_VENT_MMHG_PER_S = 60.0
_ABOVE_SYSTOLIC_MMHG = 40.0
_BELOW_DIASTOLIC_MMHG = 10.0
_STEP_MMHG = 8.0
_LEAK_MMHG = 55.0
_LEAK_GIVES_UP_NS = 20 * _NS_PER_S
_SPOILT_STEPS = 6
_ARTIFACT = 0x02
_LEAK = 0x57
_HARDWARE_ERRORS = 0x50
"""From here on the module says 'error', below it 'done' with an error code in the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuntechFaults:
    """What may be wrong with the simulated unit.

    Attributes:
        leak: the cuff never fills.
        busy: every start is answered with busy.
        silent: nothing is answered, and nothing reported.
        error: error code in which every determination ends; 0 for none.
        corrupt_results: results are sent with a bad checksum.
    """

    leak: bool = False
    busy: bool = False
    silent: bool = False
    error: int = 0
    corrupt_results: bool = False


class _Phase(StrEnum):
    IDLE = "idle"
    INFLATING = "inflating"
    DEFLATING = "deflating"


class SuntechSimulator:
    """One module. Set `faults` at any time; it holds from then on."""

    def __init__(
        self, body: PatientBody, seed: int, *, faults: SuntechFaults | None = None
    ) -> None:
        self.faults = faults or SuntechFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._heard = b""
        self._answers: list[tuple[int, bytes]] = []
        self._phase = _Phase.IDLE
        self._event_ns: int | None = None
        self._since_ns = 0
        self._level_mmhg = 0.0
        self._spoilt = 0
        self._found: tuple[float, float, float, float] | None = None
        self._result = wire.reply(bytes(wire.RESULT_SIZE - 3))

    def advance(self, t_ns: int) -> bytes:
        """Every reply sent up to and including `t_ns`."""
        self._run(t_ns)
        due = [answer for answer in self._answers if answer[0] <= t_ns]
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        return b"".join(data for _, data in sorted(due, key=lambda answer: answer[0]))

    def receive(self, t_ns: int, data: bytes) -> None:
        """Commands reached the module at `t_ns`."""
        self._run(t_ns)
        self._heard += data
        while command := self._next_command():
            self._obey(t_ns, command)

    @property
    def next_deadline_ns(self) -> int | None:
        """When the module next sends or moves, or None while it only waits."""
        times = [at for at, _ in self._answers]
        if self._event_ns is not None:
            times.append(self._event_ns)
        return min(times, default=None)

    def pressure_mmhg(self, t_ns: int) -> float:
        """Pressure in the cuff at `t_ns`, mmHg."""
        seconds = max(0, t_ns - self._since_ns) / _NS_PER_S
        if self._phase is _Phase.INFLATING:
            pumped = max(0.0, seconds - _VALVES_NS / _NS_PER_S) * _INFLATE_MMHG_PER_S
            return min(pumped, _LEAK_MMHG if self.faults.leak else self._level_mmhg)
        if self._phase is _Phase.DEFLATING:
            return self._level_mmhg
        return max(0.0, self._level_mmhg - seconds * _VENT_MMHG_PER_S)

    def _next_command(self) -> bytes | None:
        start = self._heard.find(0x3A)
        self._heard = self._heard[start:] if start >= 0 else b""
        if len(self._heard) < 2:
            return None
        size = 5 if self._heard[1] == 0x79 else 3
        if len(self._heard) < size:
            return None
        command, self._heard = self._heard[:size], self._heard[size:]
        return command

    def _obey(self, t_ns: int, command: bytes) -> None:
        answers: dict[bytes, Callable[[int], bytes]] = {
            wire.START_ADULT: self._start,
            wire.ABORT: self._abort,
            wire.GET_RESULT: self._give_result,
            wire.GET_PRESSURE: self._give_pressure,
            wire.GET_VERSION: _give_version,
        }
        answer = answers.get(command)
        self._say(t_ns, answer(t_ns) if answer else _status(Status.NOT_RECOGNISED))

    def _say(self, t_ns: int, data: bytes) -> None:
        if not self.faults.silent:
            self._answers.append((t_ns + _REPLY_NS + len(data) * _BYTE_NS, data))

    def _start(self, t_ns: int) -> bytes:
        if self.faults.busy or self._phase is not _Phase.IDLE:
            return _status(Status.BUSY)
        systolic, _, _ = self._body.blood_pressure_mmhg(t_ns)
        self._level_mmhg = systolic + _ABOVE_SYSTOLIC_MMHG
        self._phase, self._since_ns = _Phase.INFLATING, t_ns
        self._spoilt, self._found = 0, None
        inflate_ns = _VALVES_NS + round(self._level_mmhg / _INFLATE_MMHG_PER_S * _NS_PER_S)
        self._event_ns = t_ns + (_LEAK_GIVES_UP_NS if self.faults.leak else inflate_ns)
        return _status(Status.RECEIVED)

    def _abort(self, t_ns: int) -> bytes:
        if self._phase is not _Phase.IDLE:
            self._say(t_ns + _VENTED_NS, _status(Status.DONE))
        self._vent(t_ns)
        return _status(Status.ABORTED)

    def _give_result(self, t_ns: int) -> bytes:
        if not self.faults.corrupt_results:
            return self._result
        return self._result[:-1] + bytes((self._result[-1] ^ 0x10,))

    def _give_pressure(self, t_ns: int) -> bytes:
        return wire.reply(round(self.pressure_mmhg(t_ns)).to_bytes(2, "little", signed=True))

    def _run(self, t_ns: int) -> None:
        while self._event_ns is not None and self._event_ns <= t_ns:
            at_ns = self._event_ns
            if self._phase is _Phase.INFLATING and self.faults.leak:
                self._finish(at_ns, _LEAK)
            else:
                self._step_down(at_ns)

    def _step_down(self, t_ns: int) -> None:
        """One pressure step: two beats, then lower; a disturbed step is repeated."""
        self._phase = _Phase.DEFLATING
        self._event_ns = t_ns + 250 * _MS + round(2 * 60 / self._rate(t_ns) * _NS_PER_S)
        if self._body.cuff_disturbed(t_ns):
            self._spoilt += 1
            if self._spoilt >= _SPOILT_STEPS:
                self._finish(t_ns, _ARTIFACT)
            return
        self._level_mmhg -= _STEP_MMHG
        if self._found is None:
            systolic, diastolic, mean = self._body.blood_pressure_mmhg(t_ns)
            if self._level_mmhg < mean:
                self._found = (systolic, diastolic, mean, self._rate(t_ns))
        if self._found and self._level_mmhg < self._found[1] - _BELOW_DIASTOLIC_MMHG:
            self._finish(t_ns, 0)

    def _rate(self, t_ns: int) -> float:
        return max(30.0, self._body.pulse_rate_bpm(t_ns))

    def _finish(self, t_ns: int, error: int) -> None:
        error = self.faults.error or error
        found = (0.0, 0.0, 0.0, 0.0) if error or self._found is None else self._found
        systolic, diastolic, mean, rate = (round(value) for value in found)
        beats = 0 if error else self._chance.randint(24, 34)
        self._result = _result((systolic, diastolic, mean), rate, beats=beats, error=error)
        self._vent(t_ns)
        self._say(t_ns, _status(Status.ERROR if error >= _HARDWARE_ERRORS else Status.DONE))

    def _vent(self, t_ns: int) -> None:
        self._level_mmhg = self.pressure_mmhg(t_ns)
        self._phase, self._since_ns, self._event_ns = _Phase.IDLE, t_ns, None


def make_simulator(body: PatientBody, seed: int) -> SuntechSimulator:
    """A module at rest."""
    return SuntechSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """The replies that say exactly `record`: the cuff pressure and, with a systolic one, a result.

    A result comes as the module gives it: complete, then fetched. The format holds pulse rates up
    to 255 /min, a higher one is sent as missing; its missing cuff pressure is -1 mmHg.
    """
    pressure = record.get(Vital.CUFF)
    count = wire.PRESSURE_INVALID if pressure is None else round(pressure)
    sent = wire.reply(count.to_bytes(2, "little", signed=True))
    if record.get(Vital.SBP) is None:
        return sent
    systolic, diastolic, mean, rate = (
        round(record.get(vital) or 0) for vital in (Vital.SBP, Vital.DBP, Vital.MAP, Vital.PR)
    )
    return sent + _status(Status.DONE) + _result((systolic, diastolic, mean), rate)


def _result(
    pressures_mmhg: tuple[int, int, int], rate_bpm: int, *, beats: int = 28, error: int = 0
) -> bytes:
    systolic, diastolic, mean = (max(value, 0) for value in pressures_mmhg)
    return wire.reply(
        systolic.to_bytes(2, "little")
        + diastolic.to_bytes(2, "little")
        + bytes((beats, 0))
        + bytes(8)
        + bytes((rate_bpm if 0 < rate_bpm < 256 else 0, 0))
        + mean.to_bytes(2, "little")
        + bytes((error, 0, 0))
    )


def _status(status: Status) -> bytes:
    return wire.reply(bytes((status,)))


def _give_version(t_ns: int) -> bytes:
    return wire.reply(b"LX SIMULATED".ljust(wire.VERSION_SIZE - 3, b"\0"))
