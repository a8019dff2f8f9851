"""The tightest warning limits of a vital that are in force: what a forecast is about.

Those of the warning tier, fixed or counted from the baseline, that apply in the phase. A rule that
needs a second condition or is switched off is left out, as the tiles leave it out of the limits
that they print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

from protocols.alarm_rules import Comparison, LimitsProfile
from protocols.events.terms import Phase
from protocols.vitals import Vital
from protocols.warning_rules import limit_values, warning_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class WarningLimit:
    """One limit.

    Attributes:
        value: in the vital's unit.
        comparison: how a value stands to it when it is met.
        delay_s: for how long, before the rule is met.
    """

    value: float
    comparison: Comparison
    delay_s: float

    @property
    def upward(self) -> bool:
        """Whether it is an upper limit."""
        return self.comparison.upward

    def is_met(self, value: float) -> bool:
        """Whether `value` meets it."""
        return self.comparison.holds(value, self.value)

    @property
    def edge(self) -> float:
        """The value without rounding from which on the nearest whole number meets it."""
        if self.comparison in (Comparison.AT_LEAST, Comparison.BELOW):
            return ceil(self.value) - 0.5
        return floor(self.value) + 0.5

    @property
    def shown(self) -> int:
        """The first whole number that meets it."""
        return round(self.edge + (0.5 if self.upward else -0.5))


def warning_limits(
    limits: LimitsProfile, vital: Vital, phase: Phase, baseline: Mapping[Vital, float]
) -> tuple[WarningLimit | None, WarningLimit | None]:
    """The tightest upper and lower warning limit of `vital`; None where there is none."""
    found = [
        WarningLimit(value=value, comparison=rule.comparison, delay_s=rule.delay_s)
        for rule in warning_rules(limits, vital, phase)
        if rule.comparison is not None and not rule.off
        for value in limit_values(rule, baseline)
    ]
    return (
        min((one for one in found if one.upward), key=lambda one: one.value, default=None),
        max((one for one in found if not one.upward), key=lambda one: one.value, default=None),
    )
