"""The dose: amount, volume, rate, the weight it rests on, and what has been delivered.

All arithmetic is exact (`Fraction` of the decimals typed); a `Decimal` leaves only for records and
screens. Formulas are those of every infusion order: dose = dose per kilogram x weight, volume =
dose / concentration, rate = volume / time.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from fractions import Fraction
from typing import Self

from protocols.guardrails import (
    Finding,
    FindingKind,
    Guardrail,
    amount_text,
    as_decimal,
    is_refused,
    plain_text,
)

Number = Decimal | Fraction | int

NS_PER_MIN = 60_000_000_000
RATE_TOLERANCE = Decimal("0.01")
"""How far the pump's displayed rate may be from the derived rate, as a share of the derived one."""
MAX_INPUT = Decimal(100_000)
MAX_INPUT_PLACES = 6

GUARDED_FIELDS: Mapping[str, tuple[str, str]] = {
    "weight_kg": ("Weight", "kg"),
    "height_cm": ("Height", "cm"),
    "dose_mg_per_kg": ("Dose per kilogram", "mg/kg"),
    "dose_mg": ("Total dose", "mg"),
    "duration_min": ("Duration", "min"),
    "concentration_mg_per_ml": ("Concentration", "mg/mL"),
    "rate_mg_per_kg_per_h": ("Rate", "mg/kg/h"),
    "rate_ml_per_h": ("Pump rate", "mL/h"),
}
"""Every number a guardrail can stand on: its label for people and its unit."""


class DoseInputError(ValueError):
    """A number that no dose can be calculated from; the text says which and what is allowed."""


def dose_mg(dose_mg_per_kg: Number, weight_kg: Number) -> Fraction:
    """Total dose in mg: mg/kg x kg."""
    return Fraction(dose_mg_per_kg) * Fraction(weight_kg)


def volume_ml(dose_mg: Number, concentration_mg_per_ml: Number) -> Fraction:
    """Volume in mL that holds the dose at this concentration."""
    return Fraction(dose_mg) / Fraction(concentration_mg_per_ml)


def rate_ml_per_h(volume_ml: Number, duration_min: Number) -> Fraction:
    """Pump rate in mL/h that gives the volume in the time."""
    return Fraction(volume_ml) * 60 / Fraction(duration_min)


def bag_rate_ml_per_h(
    bag_ml: Number, added_ml: Number, duration_min: Number, *, diluent_withdrawn: bool = False
) -> Fraction:
    """Pump rate in mL/h that runs a whole bag in the time.

    The bag holds the added drug volume besides its own, unless the same volume of diluent was
    withdrawn first.
    """
    total_ml = Fraction(bag_ml) if diluent_withdrawn else Fraction(bag_ml) + Fraction(added_ml)
    return rate_ml_per_h(total_ml, duration_min)


def rate_mg_per_min(dose_mg: Number, duration_min: Number) -> Fraction:
    """Drug rate in mg/min."""
    return Fraction(dose_mg) / Fraction(duration_min)


def rate_mg_per_kg_per_h(dose_mg_per_kg: Number, duration_min: Number) -> Fraction:
    """Drug rate in mg/kg/h: 0.5 mg/kg over 40 min is 0.75."""
    return Fraction(dose_mg_per_kg) * 60 / Fraction(duration_min)


def rate_mcg_per_kg_per_min(dose_mg_per_kg: Number, duration_min: Number) -> Fraction:
    """Drug rate in mcg/kg/min: 0.5 mg/kg over 40 min is 12.5."""
    return rate_mg_per_kg_per_h(dose_mg_per_kg, duration_min) * 1000 / 60


def remaining_min(dose_mg: Number, delivered_mg: Number, rate_mg_per_min: Number) -> Fraction:
    """Minutes until the whole dose is in at the present rate (above 0), never below 0."""
    return max(Fraction(0), Fraction(dose_mg) - Fraction(delivered_mg)) / Fraction(rate_mg_per_min)


def waste_mg(drawn_mg: Number, delivered_mg: Number, residual_in_line_mg: Number = 0) -> Fraction:
    """Drug in mg that was drawn but neither delivered nor left in the line."""
    return Fraction(drawn_mg) - Fraction(delivered_mg) - Fraction(residual_in_line_mg)


def rate_matches(
    derived_ml_per_h: Number, displayed_ml_per_h: Number, tolerance: Number = RATE_TOLERANCE
) -> bool:
    """Whether the rate on the pump's own display is the derived one, within `tolerance` of it.

    The comparison guards against a number keyed into the wrong field of the pump. A reading that is
    no possible number matches nothing.
    """
    if not _is_usable(displayed_ml_per_h):
        return False
    derived = Fraction(derived_ml_per_h)
    return abs(Fraction(displayed_ml_per_h) - derived) <= abs(derived) * Fraction(tolerance)


def _is_usable(value: Number) -> bool:
    """Whether exact arithmetic can take `value`: a `Decimal` may be no number, or endless."""
    return not isinstance(value, Decimal) or (value.is_finite() and -12 < value.adjusted() < 12)


def check_input(field: str, value: Decimal) -> Decimal:
    """`value` itself if arithmetic can use it.

    Raises:
        DoseInputError: no number, not above 0, not below 100000, or more than six decimals.
        KeyError: `field` is none of `GUARDED_FIELDS`.
    """
    label, unit = GUARDED_FIELDS[field]
    if not value.is_finite():
        raise DoseInputError(f"{label} is not a number. Enter it in {unit}.")
    if not 0 < value < MAX_INPUT:
        raise DoseInputError(
            f"{label} {value:.6g} {unit} is not possible: it must be above 0 and below {MAX_INPUT}."
        )
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MAX_INPUT_PLACES:
        raise DoseInputError(f"{label} may have at most {MAX_INPUT_PLACES} decimals.")
    return value


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
class DoseCalculation:
    """A dose worked out from weight and order, with every guardrail it met.

    The derived numbers are exact where their decimal expansion ends within nine decimals, else
    rounded half-even to nine; findings are judged on the exact ones.

    Attributes:
        findings: limits not kept, hard and soft, in the order of the guardrails.
    """

    weight_kg: Decimal
    dose_mg_per_kg: Decimal
    duration_min: Decimal
    concentration_mg_per_ml: Decimal
    dose_mg: Decimal
    volume_ml: Decimal
    rate_ml_per_h: Decimal
    rate_mg_per_min: Decimal
    rate_mg_per_kg_per_h: Decimal
    rate_mcg_per_kg_per_min: Decimal
    findings: tuple[Finding, ...]

    @property
    def refused(self) -> bool:
        """Whether a hard limit is not kept."""
        return is_refused(self.findings)

    @property
    def plan(self) -> DeliveryPlan:
        """The exact plan for delivery."""
        return DeliveryPlan.of(dose_mg(self.dose_mg_per_kg, self.weight_kg), self.duration_min)

    @property
    def in_words(self) -> str:
        """The sum in words: dose, weight, volume, pump rate and time."""
        return (
            f"{plain_text(self.dose_mg_per_kg)} mg/kg x {amount_text(self.weight_kg)} kg = "
            f"{amount_text(self.dose_mg)} mg in {amount_text(self.volume_ml)} mL at "
            f"{amount_text(self.rate_ml_per_h)} mL/h over {plain_text(self.duration_min)} min"
        )

    def unanswered(self, reasons: Mapping[str, str]) -> tuple[Finding, ...]:
        """The findings that still stand, given `reasons` by field: hard ones always."""
        return unanswered(self.findings, reasons)


def unanswered(findings: Iterable[Finding], reasons: Mapping[str, str]) -> tuple[Finding, ...]:
    """The findings that still stand: every hard one, and soft ones without a reason by field."""
    return tuple(
        finding
        for finding in findings
        if finding.kind is FindingKind.HARD or not reasons.get(finding.field, "").strip()
    )


def calculate_dose(
    weight_kg: Decimal,
    dose_mg_per_kg: Decimal,
    duration_min: Decimal,
    concentration_mg_per_ml: Decimal,
    guardrails: Iterable[Guardrail],
) -> DoseCalculation:
    """Work out dose, volume and rates and judge them by `guardrails` (in `GUARDED_FIELDS` units).

    Raises:
        DoseInputError: a number that no dose can be calculated from (see `check_input`).
    """
    weight = check_input("weight_kg", weight_kg)
    per_kg = check_input("dose_mg_per_kg", dose_mg_per_kg)
    minutes = check_input("duration_min", duration_min)
    concentration = check_input("concentration_mg_per_ml", concentration_mg_per_ml)
    dose = dose_mg(per_kg, weight)
    volume = volume_ml(dose, concentration)
    exact: dict[str, Fraction] = {
        "weight_kg": Fraction(weight),
        "dose_mg_per_kg": Fraction(per_kg),
        "dose_mg": dose,
        "duration_min": Fraction(minutes),
        "concentration_mg_per_ml": Fraction(concentration),
        "rate_mg_per_kg_per_h": rate_mg_per_kg_per_h(per_kg, minutes),
        "rate_ml_per_h": rate_ml_per_h(volume, minutes),
    }
    findings = [
        finding
        for guardrail in guardrails
        if guardrail.field in exact
        for finding in guardrail.judge(exact[guardrail.field])
    ]
    return DoseCalculation(
        weight_kg=weight,
        dose_mg_per_kg=per_kg,
        duration_min=minutes,
        concentration_mg_per_ml=concentration,
        dose_mg=as_decimal(dose),
        volume_ml=as_decimal(volume),
        rate_ml_per_h=as_decimal(exact["rate_ml_per_h"]),
        rate_mg_per_min=as_decimal(rate_mg_per_min(dose, minutes)),
        rate_mg_per_kg_per_h=as_decimal(exact["rate_mg_per_kg_per_h"]),
        rate_mcg_per_kg_per_min=as_decimal(rate_mcg_per_kg_per_min(per_kg, minutes)),
        findings=tuple(findings),
    )


def doses_agree(calculated_mg: Number, checked_mg: Number) -> bool:
    """Whether a second person's dose is the calculated one, to the two decimals a screen shows."""
    return _is_usable(checked_mg) and as_decimal(calculated_mg, 2) == as_decimal(checked_mg, 2)


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
