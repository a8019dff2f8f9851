"""A simulated Nonin bedside oximeter: a header when it is switched on, then a line a second.

The lines follow NOTES.md. Averaging is approximated by exponential means over 4 beats; after the
finger comes back there is no data for 4 s. The header's text is a guess: no source has one.
"""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from math import exp

from devices.driver import PatientBody
from devices.nonin_ascii import wire
from protocols.vitals import VITALS, Vital

_SEARCH_LINES = 4
_HEADER = f"NONIN SIMULATED{wire.LINE_END}01/01/24 00:00:00{wire.LINE_END}".encode("ascii")


@dataclass(frozen=True, slots=True, kw_only=True)
class NoninAsciiFaults:
    """What may be wrong with the simulated unit, beside what the patient does.

    `corrupt_every` loses or doubles one character of every n-th line; 0 of none.
    """

    probe_off: bool = False
    event_marked: bool = False
    silent: bool = False
    corrupt_every: int = 0


class NoninAsciiSimulator:
    """A unit switched on at time 0. `faults` may be set at any time.

    `has_time` puts the unit's time before each line, as 8600V and 9847 do; `is_fast` marks each
    line as fast-responding.
    """

    def __init__(
        self,
        body: PatientBody,
        seed: int,
        *,
        has_time: bool = False,
        is_fast: bool = False,
        faults: NoninAsciiFaults | None = None,
    ) -> None:
        self.faults = faults or NoninAsciiFaults()
        self._body = body
        self._chance = random.Random(seed)
        self._has_time = has_time
        self._is_fast = is_fast
        self._lines = 0
        self._rate_bpm = 0.0
        self._saturation_percent = 0.0
        self._searching = 0

    def advance(self, t_ns: int) -> bytes:
        """The header and every line sent up to and including `t_ns`."""
        sent = bytearray()
        while self._lines * wire.LINE_NS <= t_ns:
            sent += self._line(self._lines * wire.LINE_NS) if self._lines else _HEADER
            self._lines += 1
        return b"" if self.faults.silent else bytes(sent)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: these units take no command."""

    @property
    def next_deadline_ns(self) -> int | None:
        """When the next line leaves."""
        return self._lines * wire.LINE_NS

    def _line(self, t_ns: int) -> bytes:
        has_data = self._measure(t_ns)
        line = wire.line(
            f"{round(self._rate_bpm):03d}" if has_data else wire.NO_DATA,
            f"{min(100, round(self._saturation_percent)):03d}" if has_data else wire.NO_DATA,
            time=_clock(t_ns) if self._has_time else "",
            marks=(f" {wire.FAST}" if self._is_fast else "")
            + (wire.EVENT if self.faults.event_marked else ""),
        )
        every = self.faults.corrupt_every
        return self._damage(line) if every and self._lines % every == 0 else line

    def _measure(self, t_ns: int) -> bool:
        """Look at the finger; whether there is data."""
        if self.faults.probe_off or not self._body.probe_on(t_ns):
            self._searching = _SEARCH_LINES
            self._rate_bpm = 0.0
            return False
        if self._searching:
            self._searching -= 1
            return False
        rate, saturation = self._body.pulse_rate_bpm(t_ns), self._body.spo2_percent(t_ns)
        if not self._rate_bpm:
            self._rate_bpm, self._saturation_percent = rate, saturation
        share = 1 - exp(-max(rate, 20) / 60 / 2)
        self._rate_bpm += (rate - self._rate_bpm) * share
        self._saturation_percent += (saturation - self._saturation_percent) * share
        return True

    def _damage(self, line: bytes) -> bytes:
        at = self._chance.randrange(len(line) - len(wire.LINE_END))
        return line[:at] + line[at : at + 1] * self._chance.choice((0, 2)) + line[at + 1 :]


def make_simulator(body: PatientBody, seed: int) -> NoninAsciiSimulator:
    """A unit without time or marks in its lines."""
    return NoninAsciiSimulator(body, seed)


def encode_vitals(record: Mapping[Vital, float | None], t_ns: int) -> bytes:
    """The line that says exactly `record`, in whole numbers; what no person has is sent as ---."""
    return wire.line(_text(record, Vital.PR), _text(record, Vital.SPO2))


def _text(record: Mapping[Vital, float | None], vital: Vital) -> str:
    value = record.get(vital)
    if value is None or not VITALS[vital].is_plausible(round(value)):
        return wire.NO_DATA
    return f"{round(value):03d}"


def _clock(t_ns: int) -> str:
    minutes, seconds = divmod(t_ns // wire.LINE_NS, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02d}:{minutes:02d}:{seconds:02d}"
