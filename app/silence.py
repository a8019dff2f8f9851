"""How long a part of the program gave no sign of life, as far as the one who listens could know.

Pure. A machine that sleeps, or a listener that was itself stopped, wakes to clocks that moved on
while nobody ran: whoever judges by the clock alone then raises an alarm about everything at once.
So only time counts in which the listener itself ran.
"""

from __future__ import annotations

MOST_A_LOOK_S = 0.5
"""Most that one look adds to a silence, seconds: twice the usual time between two looks. A listener
that is itself slow still comes to its limit, after as many looks as that takes."""


class Silence:
    """How long one part has been silent, counted at each look of a listener."""

    def __init__(self) -> None:
        """Nothing has been silent yet; the first look begins to count."""
        self._looked_s: float | None = None
        self._silent_s = 0.0

    def look(self, now_s: float, since_sign_s: float) -> float:
        """Seconds of silence that count at `now_s`, a monotonic time in seconds.

        `since_sign_s` is how long ago, by the clock, the part gave its last sign. What counts is
        never more than that.
        """
        passed_s = 0.0 if self._looked_s is None else max(0.0, now_s - self._looked_s)
        self._looked_s = now_s
        self._silent_s = min(max(0.0, since_sign_s), self._silent_s + min(passed_s, MOST_A_LOOK_S))
        return self._silent_s
