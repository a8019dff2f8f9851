"""The rules of the warning tier whose limits are drawn, printed and forecast, and their values.

A rule that needs a second condition is left out: it has no limit of its own.
"""

from __future__ import annotations

from collections.abc import Mapping

from protocols.alarm_rules import AlarmRule, LimitsProfile, RuleKind, Tier
from protocols.events.terms import Phase
from protocols.vitals import Vital


def warning_rules(limits: LimitsProfile, vital: Vital, phase: Phase) -> tuple[AlarmRule, ...]:
    """The warning rules of `vital` in `phase`, those switched off included, in file order."""
    return tuple(
        rule
        for rule in limits.rules
        if rule.vital is vital
        and rule.tier is Tier.WARNING
        and rule.kind in (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL)
        and rule.companion is None
        and phase in rule.phases
    )


def limit_values(rule: AlarmRule, baseline: Mapping[Vital, float]) -> list[float]:
    """The limits of `rule` in its vital's unit; none of a change while there is no baseline."""
    if rule.kind is RuleKind.LIMIT:
        return [] if rule.limit is None else [rule.limit.value]
    base = None if rule.vital is None else baseline.get(rule.vital)
    if base is None and rule.vital is Vital.HR:
        base = baseline.get(Vital.PR)
    if base is None:
        return []
    sign = 1.0 if rule.kind is RuleKind.RISE else -1.0
    found = [] if rule.change is None else [base + sign * rule.change.value]
    if rule.change_percent is not None:
        found.append(base * (1.0 + sign * rule.change_percent.value / 100.0))
    return found
