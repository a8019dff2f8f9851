"""The tightest warning limits of a vital that are in force: what a forecast is about.

Those of the warning tier, fixed or counted from the baseline, that apply in the phase. A rule that
needs a second condition or is switched off is left out, as the tiles leave it out of the limits
that they print.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import ceil, floor

from protocols.alarm_rules import AlarmRule, Comparison, LimitsProfile, RuleKind, Tier
from protocols.events.terms import Phase
from protocols.vitals import Vital

_FROM_BASELINE = (RuleKind.RISE, RuleKind.FALL)


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
        for rule in limits.rules
        if rule.comparison is not None and _applies(rule, vital, phase)
        for value in _values(rule, _baseline_of(vital, baseline))
    ]
    return (
        min((one for one in found if one.upward), key=lambda one: one.value, default=None),
        max((one for one in found if not one.upward), key=lambda one: one.value, default=None),
    )


def _applies(rule: AlarmRule, vital: Vital, phase: Phase) -> bool:
    return (
        rule.vital is vital
        and rule.tier is Tier.WARNING
        and (rule.kind is RuleKind.LIMIT or rule.kind in _FROM_BASELINE)
        and rule.companion is None
        and not rule.off
        and phase in rule.phases
    )


def _baseline_of(vital: Vital, baseline: Mapping[Vital, float]) -> float | None:
    value = baseline.get(vital)
    return baseline.get(Vital.PR) if value is None and vital is Vital.HR else value


def _values(rule: AlarmRule, baseline: float | None) -> list[float]:
    if rule.kind is RuleKind.LIMIT:
        return [] if rule.limit is None else [rule.limit.value]
    if baseline is None:
        return []
    sign = 1.0 if rule.kind is RuleKind.RISE else -1.0
    found = [] if rule.change is None else [baseline + sign * rule.change.value]
    if rule.change_percent is not None:
        found.append(baseline * (1.0 + sign * rule.change_percent.value / 100.0))
    return found
