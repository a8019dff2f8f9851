"""What an infusion pump did, as rate segments, and what left it: exact at any moment."""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

from protocols.dosing.dose import Number

NS_PER_MIN = 60_000_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryPlan:
    """A dose and the time it takes at the full rate.

    Attributes:
        dose_mg: the whole dose, exact.
        duration_ns: time at 100 % of the ordered rate.
    """

    dose_mg: Fraction
    duration_ns: int

    def __post_init__(self) -> None:
        if self.dose_mg <= 0 or self.duration_ns <= 0:
            raise ValueError("a delivery plan needs a dose and a duration above 0")

    @classmethod
    def of(cls, dose_mg: Number, duration_min: Number) -> Self:
        """The plan for a dose in mg over minutes (which may have up to six decimals)."""
        duration_ns = Fraction(duration_min) * NS_PER_MIN
        if duration_ns.denominator != 1:
            raise ValueError("the duration is no whole number of nanoseconds")
        return cls(dose_mg=Fraction(dose_mg), duration_ns=int(duration_ns))

    @property
    def rate_mg_per_min(self) -> Fraction:
        """The full rate, exact."""
        return self.dose_mg * NS_PER_MIN / self.duration_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSegment:
    """From `start_ns` on the pump ran at `percent` of the ordered rate; 0 means it stood still."""

    start_ns: int
    percent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What the pump did, as rate segments; every action gives a new record.

    The delivered amount is the integral over the segments, exact, and never above the dose. Line
    dead space is not modelled: it is the amount that left the pump. An action that cannot change
    anything (a pause while paused, anything after the stop or after the whole dose) gives the same
    record. Times must not go backwards.

    Attributes:
        plan: dose and full rate.
        segments: rate segments in order of time, the first at the start.
        running_percent: rate in percent while running; while paused, the rate that resume restores.
        stopped: stopped for good.
    """

    plan: DeliveryPlan
    segments: tuple[RateSegment, ...]
    running_percent: int = 100
    stopped: bool = False

    @classmethod
    def start(cls, t_ns: int, plan: DeliveryPlan) -> Self:
        """The pump starts at the full rate."""
        return cls(plan=plan, segments=(RateSegment(start_ns=t_ns, percent=100),))

    def pause(self, t_ns: int) -> Self:
        """The pump stands still until resumed."""
        return self._at_percent(t_ns, 0)

    def resume(self, t_ns: int) -> Self:
        """The pump runs again at the rate it had, or was set to while paused."""
        return self._at_percent(t_ns, self.running_percent)

    def slow(self, t_ns: int, percent: int) -> Self:
        """The rate becomes `percent` (1 to 100) of the ordered rate; while paused, upon resume.

        Raises:
            ValueError: percent is outside 1 to 100, or the time goes backwards.
        """
        if not 1 <= percent <= 100:
            raise ValueError(f"percent must be 1 to 100, got {percent}")
        self._check_time(t_ns)
        if self.stopped or self.is_finished(t_ns):
            return self
        rated = self if self.is_paused else self._at_percent(t_ns, percent)
        return replace(rated, running_percent=percent)

    def stop(self, t_ns: int) -> Self:
        """The pump stops for good."""
        self._check_time(t_ns)
        if self.stopped or self.is_finished(t_ns):
            return self
        return replace(self._at_percent(t_ns, 0), stopped=True)

    @property
    def started_ns(self) -> int:
        """When the drug started."""
        return self.segments[0].start_ns

    @property
    def percent(self) -> int:
        """Present rate in percent of the ordered one; 0 while paused and once stopped."""
        return self.segments[-1].percent

    @property
    def is_paused(self) -> bool:
        """Whether the pump stands still and may be resumed."""
        return self.percent == 0 and not self.stopped

    @property
    def rate_mg_per_min(self) -> Fraction:
        """Present rate; 0 while paused and once stopped. It does not know that a dose is over."""
        return self.plan.rate_mg_per_min * self.percent / 100

    def delivered_mg(self, t_ns: int) -> Fraction:
        """Amount in mg that left the pump until `t_ns`, exact."""
        return self.plan.dose_mg * self._work(t_ns) / self._whole_work

    def is_finished(self, t_ns: int) -> bool:
        """Whether the whole dose is in at `t_ns`."""
        return self._work(t_ns) == self._whole_work

    def finishes_at_ns(self) -> int | None:
        """The first nanosecond at which the whole dose is in at the present rate.

        None while it stands still with some of the dose left.
        """
        done = 0
        ends = [segment.start_ns for segment in self.segments[1:]]
        for segment, end_ns in zip(self.segments, [*ends, None], strict=True):
            left = self._whole_work - done
            if segment.percent > 0:
                finish_ns = segment.start_ns - (-left // segment.percent)
                if end_ns is None or finish_ns <= end_ns:
                    return finish_ns
            if end_ns is not None:
                done += segment.percent * (end_ns - segment.start_ns)
        return None

    def elapsed_running_ns(self, t_ns: int) -> int:
        """Time until `t_ns` in which the pump ran, whatever its rate, up to the end of the dose."""
        finish_ns = self.finishes_at_ns()
        until_ns = t_ns if finish_ns is None else min(t_ns, finish_ns)
        return sum(
            end_ns - start_ns for start_ns, end_ns, percent in self._spans(until_ns) if percent > 0
        )

    def remaining_ns(self, t_ns: int) -> int | None:
        """Running time left from `t_ns` at the present rate, or at that which resume restores.

        None once stopped with some of the dose left; 0 once the whole dose is in.
        """
        left = self._whole_work - self._work(t_ns)
        if left == 0:
            return 0
        return None if self.stopped else -(-left // self.running_percent)

    @property
    def _whole_work(self) -> int:
        """The dose in percent-nanoseconds, the integer unit in which segments add up exactly."""
        return 100 * self.plan.duration_ns

    def _work(self, t_ns: int) -> int:
        done = sum(percent * (end_ns - start_ns) for start_ns, end_ns, percent in self._spans(t_ns))
        return min(done, self._whole_work)

    def _spans(self, t_ns: int) -> list[tuple[int, int, int]]:
        """Start, end and percent of each segment, cut at `t_ns`; none before the start."""
        ends = [*(segment.start_ns for segment in self.segments[1:]), t_ns]
        return [
            (segment.start_ns, min(end_ns, t_ns), segment.percent)
            for segment, end_ns in zip(self.segments, ends, strict=True)
            if segment.start_ns < t_ns
        ]

    def _at_percent(self, t_ns: int, percent: int) -> Self:
        self._check_time(t_ns)
        if self.stopped or percent == self.percent or self.is_finished(t_ns):
            return self
        return replace(self, segments=(*self.segments, RateSegment(start_ns=t_ns, percent=percent)))

    def _check_time(self, t_ns: int) -> None:
        last_ns = self.segments[-1].start_ns
        if t_ns < last_ns:
            raise ValueError(f"time goes backwards: {t_ns} ns is before {last_ns} ns")
