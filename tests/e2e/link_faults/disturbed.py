"""A simulated monitor whose bytes are disturbed on their way: lost, flipped, drowned, chopped."""

from __future__ import annotations

import random
from enum import StrEnum

from devices.driver import MonitorSimulator

NS_PER_S = 1_000_000_000
GARBAGE_BYTES_PER_S = 400
HALF = 0.5
BIT_ERROR_RATE = 0.001


class Disturbance(StrEnum):
    """What happens to the bytes."""

    NONE = "none"
    SILENT = "silent"
    GARBAGE = "garbage"
    HALF_FRAMES = "half frames"
    BIT_ERRORS = "bit errors"
    DRIBBLE = "dribble"


class DisturbedMonitor:
    """Stands between a simulator and its wire. Set `disturbance` at any time.

    `boot` makes the unit start anew: a second of silence after a line of start-up noise.
    """

    def __init__(self, unit: MonitorSimulator, seed: int) -> None:
        self.disturbance = Disturbance.NONE
        self._unit = unit
        self._chance = random.Random(seed)
        self._t_ns = 0
        self._kept = b""
        self._booted_ns = 0
        self._boot_noise = b""

    def boot(self) -> None:
        self._booted_ns = self._t_ns + NS_PER_S
        self._boot_noise = b"\x00\xffBOOT v1.2 \x07\r\n" + self._chance.randbytes(20)

    def advance(self, t_ns: int) -> bytes:
        elapsed_ns, self._t_ns = max(0, t_ns - self._t_ns), max(self._t_ns, t_ns)
        data = self._unit.advance(t_ns)
        if t_ns < self._booted_ns:
            noise, self._boot_noise = self._boot_noise, b""
            return noise
        disturb = {
            Disturbance.SILENT: lambda: b"",
            Disturbance.GARBAGE: lambda: self._garbage(elapsed_ns),
            Disturbance.HALF_FRAMES: lambda: self._halves(data),
            Disturbance.BIT_ERRORS: lambda: self._flipped(data),
            Disturbance.DRIBBLE: lambda: self._dribbled(data),
        }.get(self.disturbance)
        if disturb is not None:
            return disturb()
        kept, self._kept = self._kept, b""
        return kept + data

    def receive(self, t_ns: int, data: bytes) -> None:
        if self.disturbance is not Disturbance.SILENT and t_ns >= self._booted_ns:
            self._unit.receive(t_ns, data)

    @property
    def next_deadline_ns(self) -> int | None:
        soon = self._t_ns + NS_PER_S // 20
        due = self._unit.next_deadline_ns
        busy = self.disturbance in (Disturbance.GARBAGE, Disturbance.DRIBBLE)
        if self._kept or busy or self._t_ns < self._booted_ns:
            return soon if due is None else min(due, soon)
        return due

    def _garbage(self, elapsed_ns: int) -> bytes:
        return self._chance.randbytes(elapsed_ns * GARBAGE_BYTES_PER_S // NS_PER_S)

    def _halves(self, data: bytes) -> bytes:
        """Every stretch loses its end: what a cable with a bad contact does."""
        return data[: int(len(data) * HALF)]

    def _flipped(self, data: bytes) -> bytes:
        damaged = bytearray(data)
        for i in range(len(damaged)):
            if self._chance.random() < 8 * BIT_ERROR_RATE:
                damaged[i] ^= 1 << self._chance.randrange(8)
        return bytes(damaged)

    def _dribbled(self, data: bytes) -> bytes:
        """A few bytes at a time, so that frames arrive in many pieces."""
        self._kept += data
        given, self._kept = self._kept[:7], self._kept[7:]
        return given
