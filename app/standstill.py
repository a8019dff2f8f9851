"""Time in which nothing was taken in or recorded, though the session ran: sleep, or a standstill.

Pure. Session time goes on meanwhile (see `app.clock`); who looks at the record must see that nobody
looked at the patient.
"""

from __future__ import annotations

from protocols.events import GapFound

LEAST_S = 5.0
"""A shorter one is not told: monitors that speak each second lose at most a few values."""

SLEPT = "the machine slept"
STOOD_STILL = "the program stood still"


class Standstill:
    """Compares each look at the clocks with the one before."""

    def __init__(self) -> None:
        """The first look begins to count."""
        self._before: tuple[float, float, int] | None = None

    def look(self, real_s: float, awake_s: float, t_ns: int) -> GapFound | None:
        """The gap that ended by now, session time `t_ns`, or None.

        `real_s` is a monotonic clock that counts sleep, `awake_s` one that does not; where a system
        has only one of them, both are that.
        """
        before, self._before = self._before, (real_s, awake_s, t_ns)
        if before is None or real_s - before[0] < LEAST_S:
            return None
        slept = (real_s - before[0]) - (awake_s - before[1]) >= LEAST_S / 2
        return GapFound(t_ns=t_ns, gap_start_ns=before[2], cause=SLEPT if slept else STOOD_STILL)
