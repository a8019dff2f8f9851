"""A simulated DINAMAP: requests in, replies out, with a cuff that works and an oximeter.

The replies follow NOTES.md. How long a determination takes and how fast the unit answers are
chosen; how it refuses a command is not known, a line of one question mark stands for that.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from devices.driver import PatientBody
from devices.ge_dinamap import wire
from protocols.vitals import NS_PER_S, Vital

_MS = 1_000_000
_ANSWER_NS = 30 * _MS
_BYTE_NS = 1_041_667
_REFUSAL = b"?\r"
_BASE_NS = 14 * NS_PER_S
_NS_PER_MMHG = NS_PER_S // 12
_LEAK_NS = 20 * NS_PER_S
_SPOILT_NS = 50 * NS_PER_S
_SETTLE_NS = 6 * NS_PER_S
_AVERAGING_NS = 6 * NS_PER_S
_LONGEST_SINCE_S = 5400
_LONGEST_REQUEST = 16
_ARTIFACT = 3
_NO_FILL = 4
_NO_DATA = 3
_SIGNAL = b"612"


@dataclass(frozen=True, slots=True, kw_only=True)
class DinamapFaults:
    """What may be wrong with the simulated unit.

    Attributes:
        leak: the cuff never fills.
        refuses: a start or cancel is refused.
        silent: nothing is answered.
        error: status in which every determination ends; 0 for none.
        no_oximeter: the saturation is refused, and the rate is that of the cuff.
        no_rate_request: only the request ``RC`` for the rate is known.
        corrupt_every: every n-th reply has one damaged bit; 0 damages none.
    """

    leak: bool = False
    refuses: bool = False
    silent: bool = False
    error: int = 0
    no_oximeter: bool = False
    no_rate_request: bool = False
    corrupt_every: int = 0


class DinamapSimulator:
    """One unit. Set `faults` at any time; it holds from then on."""

    def __init__(
        self, body: PatientBody, seed: int, *, faults: DinamapFaults | None = None
    ) -> None:
        self.faults = faults or DinamapFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._heard = b""
        self._answers: list[tuple[int, bytes]] = []
        self._answered = 0
        self._status = self._status_before = wire.NIBP_DONE
        self._ends_ns: int | None = None
        self._ended_ns: int | None = None
        self._error = 0
        self._found = (0, 0, 0, 0)
        self._averages: tuple[float, float] | None = None
        self._averaged_ns = 0
        self._on_since_ns: int | None = -_SETTLE_NS

    def advance(self, t_ns: int) -> bytes:
        """Every reply sent up to and including `t_ns`."""
        self._run(t_ns)
        due = [answer for answer in self._answers if answer[0] <= t_ns]
        self._answers = [answer for answer in self._answers if answer[0] > t_ns]
        return b"".join(data for _, data in due)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Requests reached the unit at `t_ns`; each is answered after the one before."""
        self._run(t_ns)
        *requests, self._heard = (self._heard + data).split(wire.LINE_END)
        self._heard = self._heard[-_LONGEST_REQUEST:]
        for request in requests:
            if request.strip(b"\n") and not self.faults.silent:
                reply = self._damaged(self._reply(t_ns, request.strip(b"\n") + wire.LINE_END))
                free_ns = max([t_ns, *(at for at, _ in self._answers)])
                self._answers.append((free_ns + _ANSWER_NS + len(reply) * _BYTE_NS, reply))

    @property
    def next_deadline_ns(self) -> int | None:
        """When the unit next sends or its determination ends, or None while it only waits."""
        times = [at for at, _ in self._answers]
        if self._ends_ns is not None:
            times.append(self._ends_ns)
        return min(times, default=None)

    def _reply(self, t_ns: int, request: bytes) -> bytes:
        faults = self.faults
        if request == wire.READ_NIBP:
            return self._nibp(t_ns)
        if request == wire.READ_SATURATION and not faults.no_oximeter:
            return self._saturation(t_ns)
        if request == wire.READ_RATE and not faults.no_rate_request:
            return self._rate(t_ns, b" RA")
        if request == wire.READ_RATE_PRO:
            return self._rate(t_ns, b" RC")
        if request == wire.START_DETERMINATION and not faults.refuses and self._ends_ns is None:
            self._begin(t_ns)
            return wire.message(b" NC")
        if request == wire.CANCEL_DETERMINATION and not faults.refuses:
            self._stop(t_ns)
            return wire.message(b" ND")
        return _REFUSAL

    def _nibp(self, t_ns: int) -> bytes:
        systolic, diastolic, mean, _ = self._found
        since_s = wire.NO_RECENT_S
        if self._ended_ns is not None:
            passed_s = (t_ns - self._ended_ns) // NS_PER_S
            since_s = passed_s if passed_s <= _LONGEST_SINCE_S else wire.NO_RECENT_S
        return _nibp_reply(self._status, since_s, (systolic, diastolic, mean))

    def _saturation(self, t_ns: int) -> bytes:
        averages = self._averaged(t_ns)
        if not self._body.probe_on(t_ns):
            return _saturation_reply(wire.SATURATION_OFF, 0)
        if averages is None:
            return _saturation_reply(_NO_DATA, 0)
        return _saturation_reply(wire.SATURATION_OK, round(averages[1]))

    def _rate(self, t_ns: int, command: bytes) -> bytes:
        averages = None if self.faults.no_oximeter else self._averaged(t_ns)
        if averages is not None:
            return _rate_reply(command, wire.RATE_OF_OXIMETER, round(averages[0]))
        return _rate_reply(command, wire.RATE_OF_CUFF, self._found[3])

    def _averaged(self, t_ns: int) -> tuple[float, float] | None:
        """Rate and saturation as the oximeter has them; None with the probe off or settling."""
        if not self._body.probe_on(t_ns):
            self._averages = self._on_since_ns = None
            return None
        if self._on_since_ns is None:
            self._on_since_ns = t_ns
        if t_ns - self._on_since_ns < _SETTLE_NS:
            return None
        now = (self._body.pulse_rate_bpm(t_ns), min(100.0, self._body.spo2_percent(t_ns)))
        if self._averages is None:
            self._averages = now
        else:
            share = 1 - exp(-(t_ns - self._averaged_ns) / _AVERAGING_NS)
            rate, saturation = self._averages
            self._averages = (
                rate + (now[0] - rate) * share,
                saturation + (now[1] - saturation) * share,
            )
        self._averaged_ns = t_ns
        return self._averages

    def _begin(self, t_ns: int) -> None:
        systolic, _, _ = self._body.blood_pressure_mmhg(t_ns)
        self._status_before = self._status
        self._status, self._error = wire.NIBP_BUSY, self.faults.error
        takes_ns = _BASE_NS + round(systolic) * _NS_PER_MMHG + self._chance.randrange(3 * NS_PER_S)
        if self.faults.leak:
            self._error, takes_ns = self._error or _NO_FILL, _LEAK_NS
        elif self._body.cuff_disturbed(t_ns):
            self._error, takes_ns = self._error or _ARTIFACT, _SPOILT_NS
        self._ends_ns = t_ns + takes_ns

    def _stop(self, t_ns: int) -> None:
        """A cancelled determination leaves the one before it, if there was any."""
        if self._ends_ns is not None:
            self._ends_ns, self._status = None, self._status_before

    def _run(self, t_ns: int) -> None:
        if self._ends_ns is None or self._ends_ns > t_ns:
            return
        at_ns, self._ends_ns = self._ends_ns, None
        self._status = self._error or wire.NIBP_DONE
        self._ended_ns = at_ns
        self._found = (0, 0, 0, 0)
        if not self._error:
            systolic, diastolic, mean = self._body.blood_pressure_mmhg(at_ns)
            rate = self._body.pulse_rate_bpm(at_ns)
            self._found = (round(systolic), round(diastolic), round(mean), round(rate))

    def _damaged(self, reply: bytes) -> bytes:
        self._answered += 1
        every = self.faults.corrupt_every
        if not every or self._answered % every:
            return reply
        damaged = bytearray(reply)
        damaged[self._chance.randrange(len(reply))] ^= 1 << self._chance.randrange(8)
        return bytes(damaged)


def make_simulator(body: PatientBody, seed: int) -> DinamapSimulator:
    """A unit with an oximeter, at rest, that made no determination yet."""
    return DinamapSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """The replies of one round that say exactly `record`: saturation, rate, blood pressure.

    A systolic pressure in `record` is a determination that ended just now: the unit says busy, then
    done. Without one it says that it holds no recent determination.
    """
    saturation, rate = _whole(record.get(Vital.SPO2)), _whole(record.get(Vital.PR))
    sent = _saturation_reply(wire.SATURATION_OK if saturation else _NO_DATA, saturation)
    sent += _rate_reply(b" RA", wire.RATE_OF_OXIMETER, rate)
    if record.get(Vital.SBP) is None:
        return sent + _nibp_reply(wire.NIBP_DONE, wire.NO_RECENT_S, (0, 0, 0))
    pressures = (
        _whole(record.get(Vital.SBP)),
        _whole(record.get(Vital.DBP)),
        _whole(record.get(Vital.MAP)),
    )
    sent += _nibp_reply(wire.NIBP_BUSY, wire.NO_RECENT_S, (0, 0, 0))
    return sent + _nibp_reply(wire.NIBP_DONE, 0, pressures)


def _whole(value: float | None) -> int:
    """The field's number; 0 stands for missing."""
    return 0 if value is None else min(max(round(value), 0), 999)


def _nibp_reply(status: int, since_s: int, pressures: tuple[int, int, int]) -> bytes:
    fields = "".join(f"{value:03d}" for value in pressures)
    return wire.message(f" NA{status}10{since_s:04d}{fields}".encode("ascii"))


def _saturation_reply(status: int, saturation: int) -> bytes:
    return wire.message(f" OA{status}{saturation:03d}".encode("ascii") + _SIGNAL)


def _rate_reply(command: bytes, source: int, rate: int) -> bytes:
    return wire.message(command + f"{source}{rate:03d}".encode("ascii"))
