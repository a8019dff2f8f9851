"""Alarm limits of one patient: numbers set otherwise for this session, rules switched off.

A change is an event with who, why and, where it makes an alarm come later, who ordered it. It holds
until the session ends; the next session begins with the limits file again. No number leaves the
absolute range of its guardrails, and outside the recommended range it is asked about twice. Only
rules about the patient change; a critical one is never switched off, and technical alarms end with
their cause.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from math import isfinite

from protocols.alarm_rules import AlarmRule, Limit, LimitsProfile, RuleKind, Tier
from protocols.events import (
    ChangeLimit,
    Command,
    LimitChanged,
    LimitPart,
    Output,
    RestoreLimit,
    SwitchRuleOff,
)
from protocols.visit import Visit, ask_again, refuse
from protocols.vitals import VITALS

_FIELDS = {
    LimitPart.LIMIT: "limit",
    LimitPart.BY: "change",
    LimitPart.BY_PERCENT: "change_percent",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjustable:
    """One number of a rule that may be set for a patient, with its unit."""

    rule: AlarmRule
    part: LimitPart
    limit: Limit
    unit: str

    @property
    def text(self) -> str:
        """The number with its unit."""
        return f"{self.limit.value:.10g} {self.unit}".rstrip()

    def is_later(self, value: float) -> bool:
        """Whether `value` makes the alarm come later than the number in force."""
        upward = self.part is not LimitPart.LIMIT or self.rule.upward
        return value > self.limit.value if upward else value < self.limit.value

    def is_recommended(self, value: float) -> bool:
        """Whether `value` lies within the recommended range."""
        low, high = self.limit.recommended
        return low <= value <= high


def is_adjustable(rule: AlarmRule) -> bool:
    """Whether the numbers of `rule` may be set for a patient: rules about the patient only."""
    return not rule.technical and bool(adjustables(rule))


def adjustables(rule: AlarmRule) -> tuple[Adjustable, ...]:
    """The numbers of `rule` that may be set for a patient, in the order of its sentence."""
    if rule.technical or rule.vital is None:
        return ()
    unit = VITALS[rule.vital].unit_text
    found = []
    for part, name in _FIELDS.items():
        limit: Limit | None = getattr(rule, name)
        if limit is not None:
            shown = "%" if part is LimitPart.BY_PERCENT else unit
            found.append(Adjustable(rule=rule, part=part, limit=limit, unit=shown))
    return tuple(found)


def with_changes(profile: LimitsProfile, changes: Iterable[LimitChanged]) -> LimitsProfile:
    """`profile`, as the limits file has it, after all of `changes` of a session, in order."""
    original = {rule.id: rule for rule in profile.rules}
    rules = dict(original)
    for change in changes:
        if change.rule in rules:
            rules[change.rule] = _changed(rules[change.rule], original[change.rule], change)
    return replace(profile, rules=tuple(rules.values()))


def _changed(rule: AlarmRule, original: AlarmRule, change: LimitChanged) -> AlarmRule:
    if change.restored:
        return original
    if change.off:
        return replace(rule, off=True)
    if change.part is None or change.value is None:
        return rule
    limit: Limit = getattr(rule, _FIELDS[change.part])
    number = replace(limit, value=change.value, reason=change.reason)
    if change.part is LimitPart.LIMIT:
        return replace(rule, limit=number)
    if change.part is LimitPart.BY:
        return replace(rule, change=number)
    return replace(rule, change_percent=number)


# -- what people ask for --------------------------------------------------------------------------


def change_limit(visit: Visit, command: ChangeLimit) -> list[Output]:
    """Set one number of a rule for this patient."""
    number = _find(visit.limits.rules, command.rule, command.part)
    if number is None:
        return refuse(command, f"{command.rule}: this limit cannot be set for a patient.")
    problem = _value_problem(visit.limits, number, command)
    if problem:
        return refuse(command, problem)
    low, high = number.limit.recommended
    asked = _bare(command)
    if not number.is_recommended(command.value) and not (
        command.confirmed and visit.asked_limit == asked
    ):
        visit.asked_limit = asked
        question = (
            f"{number.rule.title}: {command.value:g} {number.unit} is outside the "
            f"recommended {low:g} to {high:g}."
        )
        return ask_again(command, question, "Set it again")
    visit.asked_limit = None
    return [
        LimitChanged(
            t_ns=command.t_ns,
            rule=command.rule,
            part=command.part,
            before=number.limit.value,
            value=float(command.value),
            off=False,
            restored=False,
            by=command.by,
            prescriber=command.prescriber.strip(),
            reason=command.reason.strip(),
        )
    ]


def restore_limit(visit: Visit, command: RestoreLimit) -> list[Output]:
    """Let a rule apply again as the limits file has it."""
    rule = _rule(visit.limits.rules, command.rule)
    if rule is None:
        return refuse(command, f"There is no alarm rule {command.rule}.")
    original = _rule(visit.file_limits.rules, command.rule)
    if rule == original:
        return refuse(command, f"{rule.title}: it applies as the limits file has it already.")
    return [_switched(command, command.rule, off=False, prescriber="", reason=command.reason)]


def switch_rule_off(visit: Visit, command: SwitchRuleOff) -> list[Output]:
    """Do not judge a rule for this patient any more."""
    rule = _rule(visit.limits.rules, command.rule)
    if rule is None:
        return refuse(command, f"There is no alarm rule {command.rule}.")
    if rule.technical:
        return refuse(command, f"{rule.title}: a technical alarm ends with its cause.")
    if rule.tier is Tier.CRITICAL:
        return refuse(
            command,
            f"{rule.title}: a critical alarm is never switched off. Set its limit by an order.",
        )
    if rule.off:
        return refuse(command, f"{rule.title}: it is off already.")
    if not command.reason.strip():
        return refuse(command, f"{rule.title}: give the reason for switching it off.")
    if not command.prescriber.strip():
        return refuse(command, f"{rule.title}: name the prescriber who ordered it off.")
    return [
        _switched(command, rule.id, off=True, prescriber=command.prescriber, reason=command.reason)
    ]


def _switched(
    command: Command, rule: str, *, off: bool, prescriber: str, reason: str
) -> LimitChanged:
    return LimitChanged(
        t_ns=command.t_ns,
        rule=rule,
        part=None,
        before=None,
        value=None,
        off=off,
        restored=not off,
        by=command.by,
        prescriber=prescriber.strip(),
        reason=reason.strip(),
    )


# -- what must be so ------------------------------------------------------------------------------


def _value_problem(profile: LimitsProfile, number: Adjustable, command: ChangeLimit) -> str:
    """Why the number cannot be set so, as a sentence, or nothing."""
    title, unit = number.rule.title, number.unit
    low, high = number.limit.absolute
    if number.rule.off:
        return f"{title}: it is switched off. Restore it first."
    if not isfinite(command.value) or not low <= command.value <= high:
        return f"{title}: {command.value:g} {unit} is not allowed: {low:g} to {high:g} {unit}."
    if command.value == number.limit.value:
        return f"{title}: the limit is {number.text} already."
    if not command.reason.strip():
        return f"{title}: give the reason for another limit."
    ordered = bool(command.prescriber.strip())
    if number.is_later(command.value) and not ordered:
        return f"{title}: a wider limit needs an order. Name the prescriber."
    return _order_problem(profile.rules, number, command.value)


def _order_problem(rules: Sequence[AlarmRule], number: Adjustable, value: float) -> str:
    """Why `value` would turn the order of severities, or of low and high limit, upside down."""
    rule = number.rule
    upward = number.part is not LimitPart.LIMIT or rule.upward
    for other in rules:
        if other.id == rule.id or other.off or other.vital is not rule.vital:
            continue
        known: Limit | None = getattr(other, _FIELDS[number.part])
        if known is None:
            continue
        if other.group == rule.group and other.kind is rule.kind and other.tier is not rule.tier:
            rank = rule.priority.rank - other.priority.rank
            beyond = value - known.value if upward else known.value - value
            if rank * beyond < 0:
                side = "milder" if rank > 0 else "more severe"
                return (
                    f"{rule.title}: {value:g} would lie beyond the {side} limit "
                    f"{known.value:g} of {other.title.lower()}. Set that one first."
                )
        both = rule.kind is RuleKind.LIMIT and other.kind is RuleKind.LIMIT
        if both and other.upward is not rule.upward:
            crossed = value <= known.value if rule.upward else value >= known.value
            if crossed:
                return f"{rule.title}: {value:g} would cross the limit {known.value:g}."
    return ""


def _rule(rules: Iterable[AlarmRule], name: str) -> AlarmRule | None:
    return next((rule for rule in rules if rule.id == name), None)


def _find(rules: Iterable[AlarmRule], name: str, part: LimitPart) -> Adjustable | None:
    rule = _rule(rules, name)
    if rule is None:
        return None
    return next((one for one in adjustables(rule) if one.part is part), None)


def _bare(command: ChangeLimit) -> ChangeLimit:
    """`command` without when and by whom it was sent: a confirmation must be of the same change."""
    return replace(command, t_ns=0, by="", confirmed=False)
