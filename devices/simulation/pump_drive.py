"""The drive of a simulated infusion pump: what it was told to run, and what it has pumped. Pure.

The electronics of a simulated pump (in each pump's folder) read it; only a rehearsal sets it, in
the place of the nurse's hand at the pump.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

NS_PER_H = 3600 * 1_000_000_000

SLOW_SHARE = 0.9
"""What a slow pump pumps of the rate that it shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DriveFaults:
    """What may be wrong with a drive.

    Attributes:
        slow: it pumps 90 % of the rate that it shows.
        stalled: it says that it runs and pumps nothing.
    """

    slow: bool = False
    stalled: bool = False

    @property
    def share(self) -> float:
        """What is pumped of the rate shown, 0 to 1."""
        if self.stalled:
            return 0.0
        return SLOW_SHARE if self.slow else 1.0


class PumpDrive:
    """Rate and volume of one pump. Set `alarm` and `drug` at any time; they hold from then on."""

    def __init__(self, *, faults: DriveFaults | None = None) -> None:
        """Stand still with a counter at 0."""
        self._faults = faults or DriveFaults()
        self.alarm = ""
        self.drug = ""
        self._rate_ml_per_h = 0.0
        self._since_ns = self._asked_ns = 0
        self._counted_ml = 0.0

    @property
    def faults(self) -> DriveFaults:
        """What is wrong with it."""
        return self._faults

    def fail(self, t_ns: int, faults: DriveFaults) -> None:
        """Have `faults` from `t_ns` on."""
        self._settle(t_ns)
        self._faults = faults

    def run(self, t_ns: int, rate_ml_per_h: float) -> None:
        """Run at this rate from `t_ns` on; 0 stands still. A time already passed counts as now."""
        self._settle(t_ns)
        self._rate_ml_per_h = rate_ml_per_h

    def clear_volume(self, t_ns: int) -> None:
        """Set the counter to 0, as a person does at the pump."""
        self._settle(t_ns)
        self._counted_ml = 0.0

    @property
    def rate_ml_per_h(self) -> float:
        """The rate that it shows; 0 while it stands still."""
        return self._rate_ml_per_h

    @property
    def running(self) -> bool:
        """Whether it says that it pumps."""
        return self._rate_ml_per_h > 0

    def volume_ml(self, t_ns: int) -> float:
        """Volume pumped until `t_ns` since the counter was cleared, mL."""
        self._asked_ns = max(self._asked_ns, t_ns)
        return self._counted_ml + self._pumped_ml(t_ns)

    def _settle(self, t_ns: int) -> None:
        """Keep what was pumped so far; what was already told is not taken back."""
        until_ns = max(t_ns, self._asked_ns, self._since_ns)
        self._counted_ml += self._pumped_ml(until_ns)
        self._since_ns = until_ns

    def _pumped_ml(self, until_ns: int) -> float:
        span_ns = max(0, until_ns - self._since_ns)
        return self._rate_ml_per_h * self._faults.share * span_ns / NS_PER_H


@runtime_checkable
class PumpUnit(Protocol):
    """A simulated pump: its drive can be run."""

    drive: PumpDrive
