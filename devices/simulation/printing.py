"""What simulated oximeters that print lines have in common: timetable, averages, damage. Pure."""

from __future__ import annotations

import random
from abc import ABC, abstractmethod
from math import exp

from devices.driver import PatientBody
from protocols.vitals import NS_PER_S


class PrintingUnit(ABC):
    """A unit that prints a line each `interval_ns` after `start_ns`, for ever, and hears nothing.

    Averages of rate (/min) and saturation (%) move exponentially; a rate of None is none so far.
    """

    def __init__(self, body: PatientBody, seed: int, *, interval_ns: int, start_ns: int) -> None:
        """Measure `body`; `seed` decides where lines are damaged."""
        self._body = body
        self._chance = random.Random(seed)
        self._interval_ns = interval_ns
        self._start_ns = start_ns
        self._lines = 0
        self._rate_bpm: float | None = None
        self._saturation_percent = 0.0

    def advance(self, t_ns: int) -> bytes:
        """Everything printed up to and including `t_ns`."""
        sent = bytearray()
        while (line_ns := self.next_deadline_ns) <= t_ns:
            block = self._print(line_ns)
            self._lines += 1
            if not self._is_silent:
                sent += block
        return bytes(sent)

    def receive(self, t_ns: int, data: bytes) -> None:
        """Ignore `data`: the unit takes no command."""
        del t_ns, data

    @property
    def next_deadline_ns(self) -> int:
        """When the next line is printed."""
        return self._start_ns + (self._lines + 1) * self._interval_ns

    @property
    @abstractmethod
    def _is_silent(self) -> bool:
        """Whether nothing that is printed leaves the unit."""

    @abstractmethod
    def _print(self, t_ns: int) -> bytes:
        """The line of `t_ns`, with what stands before it."""

    def _measure(self, t_ns: int, mean_s: float) -> tuple[int, int]:
        """Rate and saturation as shown at `t_ns`, averaged with the time constant `mean_s`."""
        rate, saturation = self._body.pulse_rate_bpm(t_ns), self._body.spo2_percent(t_ns)
        if self._rate_bpm is None:
            self._rate_bpm, self._saturation_percent = rate, saturation
        share = 1 - exp(-self._interval_ns / NS_PER_S / mean_s)
        self._rate_bpm += (rate - self._rate_bpm) * share
        self._saturation_percent += (saturation - self._saturation_percent) * share
        return round(self._rate_bpm), min(100, round(self._saturation_percent))

    def _damaged(self, line: bytes, every: int) -> bytes:
        """`line`, with one byte lost or doubled when it is an `every`-th (0: never)."""
        if not every or (self._lines + 1) % every:
            return line
        at = self._chance.randrange(len(line) - 2)
        doubled = self._chance.random() < 0.5
        return line[:at] + line[at : at + 1] * 2 * doubled + line[at + 1 :]
