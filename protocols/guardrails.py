"""Guardrails: what a number may be, what it should be, and a sentence when it is neither.

Two pairs of limits after the drug libraries of infusion pumps: a value outside the *soft* limits
needs a reason; a value outside the *hard* limits is refused whatever the reason (ISMP, Guidelines
for Optimizing Safe Implementation and Use of Smart Infusion Pumps, 2020).
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise

MAX_PLACES = 9
"""Decimals kept when an exact fraction becomes a `Decimal`: of a milligram, a picogram."""


class FindingKind(StrEnum):
    """How much a finding weighs."""

    SOFT = "soft"
    """Allowed, with a reason that is recorded."""
    HARD = "hard"
    """Refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One limit that a value does not keep.

    Attributes:
        field: name of the number judged, as an override reason must repeat it.
        value: the number, in the field's unit; None when it is missing.
        limit: the limit it does not keep, in the same unit; None where no number is the limit.
        kind: soft or hard.
        message: a sentence with value, unit, limit and what to do.
    """

    field: str
    value: Decimal | None
    limit: Decimal | None
    kind: FindingKind
    message: str


def as_decimal(value: Decimal | Fraction | int, places: int = MAX_PLACES) -> Decimal:
    """`value` as a plain decimal without trailing zeros, rounded half-even to `places` decimals.

    Exact whenever the decimal expansion ends within `places`. Meant for records and screens:
    nothing is computed on from the result.
    """
    exact = Fraction(value)
    scaled = round(exact * 10**places)
    rounded = Decimal(scaled).scaleb(-places)
    if rounded == rounded.to_integral_value():
        return rounded.quantize(Decimal(1))
    return rounded.normalize()


def plain_text(value: Decimal | Fraction | int, places: int = MAX_PLACES) -> str:
    """`value` for people: leading zero, no trailing zeros, no exponent, a decimal point."""
    return f"{as_decimal(value, places):f}"


def amount_text(value: Decimal | Fraction | int) -> str:
    """`value` of a weight, dose, volume or rate for people: at least one decimal, at most two."""
    text = plain_text(value, places=2)
    return text if "." in text else f"{text}.0"


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardrail:
    """The limits of one number; every limit itself is still allowed.

    Attributes:
        field: name of the number, for example ``dose_mg_per_kg``.
        unit: unit for people, for example ``mg/kg``; all limits are in it.
        hard_low, hard_high: a value beyond is refused; None where there is no such limit.
        soft_low, soft_high: a value beyond needs a reason.
        label: what people call it.

    Raises:
        ValueError: the soft limits do not lie inside the hard ones, or are in the wrong order.
    """

    field: str
    unit: str
    hard_low: Decimal | None
    soft_low: Decimal
    soft_high: Decimal
    hard_high: Decimal | None
    label: str = ""

    def __post_init__(self) -> None:
        ladder = [
            (name, limit)
            for name, limit in (
                ("hard_low", self.hard_low),
                ("soft_low", self.soft_low),
                ("soft_high", self.soft_high),
                ("hard_high", self.hard_high),
            )
            if limit is not None
        ]
        for (low_name, low), (high_name, high) in pairwise(ladder):
            if low > high:
                raise ValueError(
                    f"{self.field}: {low_name} {plain_text(low)} is above "
                    f"{high_name} {plain_text(high)} {self.unit}"
                )

    def judge(self, value: Decimal | Fraction | int) -> list[Finding]:
        """The limit that `value` does not keep, as a list of none or one finding: hard first."""
        exact = Fraction(value)
        if self.hard_low is not None and exact < Fraction(self.hard_low):
            return [self._finding(exact, self.hard_low, FindingKind.HARD, "below")]
        if self.hard_high is not None and exact > Fraction(self.hard_high):
            return [self._finding(exact, self.hard_high, FindingKind.HARD, "above")]
        if exact < Fraction(self.soft_low):
            return [self._finding(exact, self.soft_low, FindingKind.SOFT, "below")]
        if exact > Fraction(self.soft_high):
            return [self._finding(exact, self.soft_high, FindingKind.SOFT, "above")]
        return []

    def _finding(self, value: Fraction, limit: Decimal, kind: FindingKind, side: str) -> Finding:
        name = self.label or self.field.replace("_", " ")
        bound = "minimum" if side == "below" else "maximum"
        number = f"{name} {_distinct_text(value, limit)} {self.unit} is {side}"
        if kind is FindingKind.HARD:
            message = (
                f"{number} the hard {bound} of {plain_text(limit)} {self.unit}: "
                "it cannot be used. Correct it."
            )
        else:
            message = (
                f"{number} the usual {bound} of {plain_text(limit)} {self.unit}: "
                "give a reason or change it."
            )
        return Finding(
            field=self.field, value=as_decimal(value), limit=limit, kind=kind, message=message
        )


def _distinct_text(value: Fraction, limit: Decimal) -> str:
    """`value` with two decimals, or as many more as it takes not to read like `limit`."""
    shown = (plain_text(value, places) for places in range(2, MAX_PLACES + 1))
    return next((text for text in shown if Decimal(text) != limit), plain_text(value))


def is_refused(findings: tuple[Finding, ...] | list[Finding]) -> bool:
    """Whether any finding is hard."""
    return any(finding.kind is FindingKind.HARD for finding in findings)
