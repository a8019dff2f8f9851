"""The span of a session that is in view: zoom and pan within its ends, and where ticks stand. Pure.

Times are session time in ns. A window never leaves the session and never shrinks below
`LEAST_NS`, so that no gesture can lose the record from sight.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from protocols.vitals import NS_PER_S

LEAST_NS = 2 * NS_PER_S
"""The shortest span that can be shown: about 150 samples of a pulse wave."""

STEPS_S = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 1200, 1800, 3600, 7200)
"""Distances of ticks, s."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeWindow:
    """From `start_ns` to `end_ns` of a session that lasts from 0 to `whole_ns`."""

    start_ns: int
    end_ns: int
    whole_ns: int

    @property
    def span_ns(self) -> int:
        """How long it is."""
        return self.end_ns - self.start_ns

    @property
    def is_whole(self) -> bool:
        """Whether all of the session is in view."""
        return self.start_ns <= 0 and self.end_ns >= self.whole_ns

    def holds(self, t_ns: int) -> bool:
        """Whether the moment `t_ns` is in view."""
        return self.start_ns <= t_ns <= self.end_ns

    def share_of(self, t_ns: float) -> float:
        """Where `t_ns` stands, 0 at the start and 1 at the end."""
        return (t_ns - self.start_ns) / self.span_ns

    def at_share(self, share: float) -> int:
        """The moment at `share` of the way from start to end."""
        return self.start_ns + round(share * self.span_ns)

    def spanning(self, start_ns: int, end_ns: int) -> TimeWindow:
        """From `start_ns` to `end_ns` in either order, as far as the session allows."""
        first, last = min(start_ns, end_ns), max(start_ns, end_ns)
        span = min(max(last - first, LEAST_NS), self.whole_ns)
        middle = (first + last) // 2
        start = min(max(0, middle - span // 2), self.whole_ns - span)
        return TimeWindow(start_ns=start, end_ns=start + span, whole_ns=self.whole_ns)

    def zoomed(self, factor: float, about_ns: int) -> TimeWindow:
        """`factor` times as long (below 1: closer), with `about_ns` staying where it is."""
        span = min(max(round(self.span_ns * factor), LEAST_NS), self.whole_ns)
        start = about_ns - round(self.share_of(about_ns) * span)
        start = min(max(0, start), self.whole_ns - span)
        return TimeWindow(start_ns=start, end_ns=start + span, whole_ns=self.whole_ns)

    def panned(self, by_ns: int) -> TimeWindow:
        """Later by `by_ns` (negative: earlier), stopping at the session's ends."""
        start = min(max(0, self.start_ns + by_ns), self.whole_ns - self.span_ns)
        return TimeWindow(start_ns=start, end_ns=start + self.span_ns, whole_ns=self.whole_ns)

    def whole(self) -> TimeWindow:
        """All of the session."""
        return TimeWindow(start_ns=0, end_ns=self.whole_ns, whole_ns=self.whole_ns)

    def showing(self, t_ns: int) -> TimeWindow:
        """Itself where `t_ns` is in view, else moved so that it stands in the middle."""
        if self.holds(t_ns):
            return self
        return self.panned(t_ns - (self.start_ns + self.end_ns) // 2)


def window_of(whole_ns: int) -> TimeWindow:
    """The whole of a session that lasts `whole_ns`; a session of no length shows a little."""
    end = max(whole_ns, LEAST_NS)
    return TimeWindow(start_ns=0, end_ns=end, whole_ns=end)


def tick_step_s(span_ns: int, pixels: float, room: float) -> int:
    """The least distance of ticks, s, that leaves each `room` pixels of `pixels`."""
    per_s = pixels * NS_PER_S / span_ns
    return next((step for step in STEPS_S if step * per_s >= room), STEPS_S[-1])


def ticks(window: TimeWindow, zero_ns: int, step_s: int) -> Sequence[int]:
    """The moments in view that are whole steps away from `zero_ns`."""
    step = step_s * NS_PER_S
    first = -((zero_ns - window.start_ns) // step)
    last = (window.end_ns - zero_ns) // step
    return range(zero_ns + first * step, zero_ns + last * step + 1, step)
