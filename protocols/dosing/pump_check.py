"""What an infusion pump says of itself, held against what the timer counts.

The timer's volume is exact: the share of the dose that was delivered, of the volume that holds the
dose. The pump's is the difference of its own counter since the start. They are compared at the
times of the pump's reports, so that no clock runs between the two. A counter that falls back was
cleared, and another unit counts from elsewhere: the comparison then begins anew. What a pump does
not say, or said too long ago, is unknown; unknown ends no alarm and begins none.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from fractions import Fraction

from protocols.events.giving import LineMarked, PumpReported
from protocols.events.outputs import DeliveryChanged, DosePlanned
from protocols.events.terms import Giving, LineMark

NS_PER_MIN = 60_000_000_000

FALLS_BY_ML = 0.05
"""A counter that falls by more than its own rounding was cleared."""

EASED = Fraction(4, 5)
"""Share of a limit below which a difference must fall to end its alarm."""

PumpFact = PumpReported | DosePlanned | DeliveryChanged | LineMarked
"""Everything that the comparison follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PumpFinding:
    """One judgement of the pump.

    Attributes:
        wrong: whether something is wrong; None where nobody can say.
        detail: what is wrong, in plain words.
        size: how far apart the two are, mL or mL/h, where they are compared.
    """

    wrong: bool | None
    detail: str = ""
    size: float | None = None


UNKNOWN = PumpFinding(wrong=None)
RIGHT = PumpFinding(wrong=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class VolumePair:
    """Volumes since the same moment, mL.

    `anew` when that moment was not the start of the infusion.
    """

    pump_ml: Fraction
    timer_ml: Fraction
    anew: bool

    @property
    def difference_ml(self) -> Fraction:
        """How far they lie apart, mL."""
        return abs(self.pump_ml - self.timer_ml)


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonBase:
    """Where a comparison began: the pump's counter and the timer's volume then."""

    counter_ml: Fraction
    timer_ml: Fraction
    unit: str
    at_start: bool


@dataclass(slots=True, kw_only=True)
class PumpWatch:
    """Follows one pump and the delivery; its values are those of the last facts.

    Attributes:
        validity_ns: how long a report is fresh.
        plan: the order, or None.
        delivery: the last change of the timer, or None before the start.
        report: the pump's last report, or None.
        base: where the comparison began, or None before that.
        counter_ml: the pump's counter when it last gave it, or None.
        pair: the volumes compared last, none of a flush, or None.
        flushing: a flush has begun.
    """

    validity_ns: int
    plan: DosePlanned | None = None
    delivery: DeliveryChanged | None = None
    report: PumpReported | None = None
    base: ComparisonBase | None = None
    counter_ml: Fraction | None = None
    pair: VolumePair | None = None
    flushing: bool = False

    def after(self, fact: PumpFact) -> PumpWatch:
        """A watch that has taken in `fact` too; this one stays as it is."""
        following = replace(self)
        following.note(fact)
        return following

    # -- what came in ---------------------------------------------------------------------------

    def note(self, fact: PumpFact) -> None:
        """Take in a fact, in the order of time."""
        if isinstance(fact, PumpReported):
            self._note_report(fact)
        elif isinstance(fact, DeliveryChanged):
            self._note_delivery(fact)
        elif isinstance(fact, DosePlanned):
            self.plan = fact
        elif fact.mark is LineMark.FLUSH_STARTED:
            self.flushing = True

    def _note_delivery(self, change: DeliveryChanged) -> None:
        begins = self.delivery is None
        self.delivery = change
        report = self.fresh(change.t_ns)
        if begins and report is not None and report.volume_ml is not None:
            self._begin(report, at_start=True)

    def _note_report(self, report: PumpReported) -> None:
        if self.report is not None and report.device != self.report.device:
            return  # one pump is compared: the first that spoke
        self.report = report
        if report.volume_ml is None:
            return
        counter_ml, before_ml = _exact(report.volume_ml), self.counter_ml
        self.counter_ml = counter_ml
        if self.delivery is None:
            return
        fell = before_ml is not None and before_ml - counter_ml > _exact(FALLS_BY_ML)
        if self.base is None or fell or report.unit != self.base.unit:
            self._begin(report, at_start=False)
        self._compare(report.t_ns, counter_ml)

    def _begin(self, report: PumpReported, *, at_start: bool) -> None:
        timer_ml = self.timer_ml(report.t_ns)
        if timer_ml is None or report.volume_ml is None:
            return
        self.base = ComparisonBase(
            counter_ml=_exact(report.volume_ml),
            timer_ml=Fraction(0) if at_start else timer_ml,
            unit=report.unit,
            at_start=at_start,
        )

    def _compare(self, t_ns: int, counter_ml: Fraction) -> None:
        base, timer_ml = self.base, self.timer_ml(t_ns)
        if base is None or timer_ml is None or self.flushing:
            return
        self.pair = VolumePair(
            pump_ml=counter_ml - base.counter_ml,
            timer_ml=timer_ml - base.timer_ml,
            anew=not base.at_start,
        )

    # -- what is known --------------------------------------------------------------------------

    def fresh(self, t_ns: int) -> PumpReported | None:
        """The last report, if it is fresh at `t_ns`."""
        report = self.report
        return report if report is not None and t_ns - report.t_ns < self.validity_ns else None

    def timer_ml(self, t_ns: int) -> Fraction | None:
        """Volume that left the pump by `t_ns` as the timer counts it, exact; None before a start.

        Only of an infusion.
        """
        plan, delivery = self.plan, self._infusion
        if plan is None or delivery is None:
            return None
        dose_mg = Fraction(plan.dose_mg)
        span_ns = max(0, t_ns - delivery.t_ns)
        given_mg = Fraction(delivery.delivered_mg)
        given_mg += Fraction(delivery.rate_mg_per_min) * span_ns / NS_PER_MIN
        return Fraction(plan.volume_ml) * min(given_mg, dose_mg) / dose_mg

    def volume_pair(self, t_ns: int) -> VolumePair | None:
        """Both volumes at the last report, while that is fresh at `t_ns`; none once flushed."""
        report = self.fresh(t_ns)
        known = report is not None and report.volume_ml is not None and not self.flushing
        return self.pair if known else None

    @property
    def _timer_runs(self) -> bool:
        delivery = self._infusion
        return delivery is not None and not delivery.finished and delivery.rate_mg_per_min > 0

    @property
    def _infusion(self) -> DeliveryChanged | None:
        """The last change of delivery of an infusion; what is given at once has no pump."""
        is_infusion = self.plan is not None and self.plan.giving is Giving.INFUSION
        return self.delivery if is_infusion else None

    # -- what is judged -------------------------------------------------------------------------

    def judge_volume(
        self, t_ns: int, by_ml: float, by_percent: float, *, in_force: bool
    ) -> PumpFinding:
        """Whether the volumes differ by more than both limits; unknown before `by_ml` was pumped.

        A flush through the pump is no drug: from its start the volumes are not compared.
        """
        if self.flushing:
            return RIGHT
        pair = self.volume_pair(t_ns)
        if pair is None:
            return UNKNOWN
        size = pair.difference_ml
        if _beyond(size, pair.timer_ml, by_ml, by_percent, in_force):
            return PumpFinding(wrong=True, detail=volume_words(pair), size=float(size))
        if max(pair.pump_ml, pair.timer_ml) < _exact(by_ml):
            return UNKNOWN
        return RIGHT

    def judge_rate(
        self, t_ns: int, by_ml_per_h: float, by_percent: float, *, in_force: bool
    ) -> PumpFinding:
        """Whether the running pump's rate differs from the present one of the order."""
        report, plan, delivery = self.fresh(t_ns), self.plan, self._infusion
        if report is None or report.rate_ml_per_h is None or report.running is not True:
            return UNKNOWN
        if plan is None or delivery is None or not self._timer_runs:
            return UNKNOWN
        wanted = Fraction(plan.rate_ml_per_h) * delivery.percent / 100
        size = abs(_exact(report.rate_ml_per_h) - wanted)
        if not _beyond(size, wanted, by_ml_per_h, by_percent, in_force):
            return RIGHT
        words = f"pump {report.rate_ml_per_h:.1f} mL/h, ordered {float(wanted):.1f} mL/h"
        return PumpFinding(wrong=True, detail=words, size=float(size))

    def judge_standstill(self, t_ns: int) -> PumpFinding:
        """Whether the pump stands still while the timer runs."""
        if self._infusion is None:
            return UNKNOWN
        if not self._timer_runs:
            return RIGHT
        report = self.fresh(t_ns)
        if report is None or report.running is None:
            return UNKNOWN
        detail = "the timer runs, the pump says that it stands still"
        return RIGHT if report.running else PumpFinding(wrong=True, detail=detail)

    def judge_running(self, t_ns: int) -> PumpFinding:
        """Whether the pump runs while the infusion is paused, or was stopped before its end."""
        delivery = self._infusion
        if delivery is None:
            return UNKNOWN
        if self._timer_runs or delivery.finished or self.flushing:
            return RIGHT
        report = self.fresh(t_ns)
        if report is None or report.running is None:
            return UNKNOWN
        if not report.running:
            return RIGHT
        rate = report.rate_ml_per_h
        at_rate = "" if rate is None else f" at {rate:.1f} mL/h"
        return PumpFinding(
            wrong=True, detail=f"the timer stands still, the pump says that it runs{at_rate}"
        )

    def judge_alarm(self, t_ns: int) -> PumpFinding:
        """Whether the pump says that it has an alarm."""
        report = self.fresh(t_ns)
        if report is None:
            return UNKNOWN
        if report.alarm:
            return PumpFinding(wrong=True, detail=report.alarm)
        says_something = (report.running, report.volume_ml, report.rate_ml_per_h) != (None,) * 3
        return RIGHT if says_something else UNKNOWN


def _exact(number: float) -> Fraction:
    """The number as a pump shows it, at most three decimals, exact."""
    return Fraction(round(number * 1000), 1000)


def _beyond(size: Fraction, of: Fraction, by: float, by_percent: float, in_force: bool) -> bool:
    """Whether `size` is above `by` and above `by_percent` of `of`; eased while in force."""
    share = EASED if in_force else Fraction(1)
    return size > _exact(by) * share and size * 100 > _exact(by_percent) * share * of


def volume_words(pair: VolumePair) -> str:
    """``pump 31.5 mL, timer 35.0 mL: 3.5 mL (10 %) less``, and since when if not the start."""
    way = "more" if pair.pump_ml > pair.timer_ml else "less"
    words = f"pump {float(pair.pump_ml):.1f} mL, timer {float(pair.timer_ml):.1f} mL"
    since = ", counted since the pump's counter began anew" if pair.anew else ""
    if pair.difference_ml < _exact(FALLS_BY_ML):
        return f"{words}: no difference{since}"
    apart = f"{float(pair.difference_ml):.1f} mL"
    if pair.timer_ml > 0:
        apart += f" ({float(pair.difference_ml / pair.timer_ml * 100):.0f} %)"
    return f"{words}: {apart} {way}{since}"
