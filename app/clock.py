"""The one place that reads clocks: session time for stamps, wall time for anchors.

Session time is a monotonic clock that also runs while the machine sleeps where the system has one
(CLOCK_BOOTTIME), so that a suspended machine wakes with its dose clock right. In a demo it may run
faster than real time.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime

MS = 1_000_000
"""Nanoseconds in a millisecond: session time is kept to whole milliseconds."""


def monotonic_ns() -> int:
    """A clock that is never set, in ns; it counts the machine's sleep where the system tells it."""
    boottime = getattr(time, "CLOCK_BOOTTIME", None)
    if boottime is not None:
        return time.clock_gettime_ns(boottime)
    return time.perf_counter_ns()


LEAD_NS = 500 * MS
"""How far an accelerated session may be ahead of what its core has settled."""


class SessionClock:
    """Session time that runs `speed` times as fast as real time from `start_ns`."""

    def __init__(
        self,
        *,
        start_ns: int = 0,
        speed: float = 1.0,
        monotonic_ns: Callable[[], int] = monotonic_ns,
    ) -> None:
        """Start at once. `monotonic_ns` is the real clock underneath."""
        self._monotonic_ns = monotonic_ns
        # one tuple, replaced whole: readers in other threads never see half a change of speed
        self._base = (monotonic_ns(), start_ns, speed)
        self._settled_ns: Callable[[], int] | None = None
        self._holding = threading.Lock()

    def hold_to(self, settled_ns: Callable[[], int]) -> None:
        """While faster than real time, never run further ahead than `LEAD_NS` of `settled_ns`.

        A demonstration on a busy machine then slows down, where a monitor would otherwise seem
        silent because a thread had to wait a few milliseconds.
        """
        self._settled_ns = settled_ns

    def now_ns(self) -> int:
        """Session time in ns, a whole number of milliseconds."""
        return self.exact_ns() // MS * MS

    def exact_ns(self) -> int:
        """Session time in ns, not rounded: for measuring, never for stamping what is judged."""
        if self._settled_ns is not None and self._base[2] > 1.0:
            with self._holding:
                return self._held_ns(self._settled_ns() + LEAD_NS)
        real, start, speed = self._base
        return start + int((self._monotonic_ns() - real) * speed)

    def _held_ns(self, latest_ns: int) -> int:
        real, start, speed = self._base
        present = self._monotonic_ns()
        now_ns = start + int((present - real) * speed)
        if now_ns > latest_ns:
            now_ns = max(start, latest_ns)
            self._base = (present, now_ns, speed)
        return now_ns

    @property
    def speed(self) -> float:
        """How many times faster than real time the session runs."""
        return self._base[2]

    def set_speed(self, speed: float) -> None:
        """Run at `speed` from now on; session time does not jump."""
        self._base = (self._monotonic_ns(), self.now_ns(), speed)


class LockstepClock:
    """Session time that stands still until it is moved: for runs at full speed."""

    speed = float("inf")

    def __init__(self, start_ns: int = 0) -> None:
        """Stand at `start_ns`."""
        self._now_ns = start_ns

    def now_ns(self) -> int:
        """Session time in ns."""
        return self._now_ns

    def move_to(self, t_ns: int) -> None:
        """Let session time be `t_ns`, never backwards."""
        self._now_ns = max(self._now_ns, t_ns)


def utc_now() -> datetime:
    """The wall clock in UTC."""
    return datetime.now(UTC)


def iso_utc(moment: datetime) -> str:
    """`moment` as ISO 8601 in UTC with milliseconds, for example 2026-01-31T09:00:00.000Z."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
    )


def utc_offset_min(moment: datetime) -> int:
    """Local time minus UTC at `moment`, in minutes."""
    offset = moment.astimezone().utcoffset()
    return 0 if offset is None else round(offset.total_seconds() / 60)
