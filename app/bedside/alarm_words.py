"""What the screen adds to an alarm: where it ends, and that a critical pressure is unconfirmed."""

from __future__ import annotations

from app.bedside.times import minutes_text
from app.state import BloodPressure, ViewState
from protocols.events import AlarmChanged, AlarmState
from protocols.limits import AlarmRule, Comparison, RuleKind, Tier
from protocols.vitals import NS_PER_S, PRESSURES, Vital

_ENDED = frozenset((AlarmState.LATCHED, AlarmState.LATCHED_PAUSED))

_ENDS: dict[Comparison, str] = {
    Comparison.AT_LEAST: "ends below {}",
    Comparison.ABOVE: "ends at {} or below",
    Comparison.AT_MOST: "ends above {}",
    Comparison.BELOW: "ends at {} or above",
}
"""Where an alarm of each comparison ends, with its limit moved by the hysteresis."""


def alarm_sentence(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """The sentence of `alarm`; with where it ends while the value is back inside its limit."""
    ends = ending_words(state, alarm, now_ns)
    return f"{alarm.sentence}, {ends}" if ends else alarm.sentence


def ending_words(state: ViewState, alarm: AlarmChanged, now_ns: int) -> str:
    """``ends below 90`` while `alarm` lasts although the present value is inside its limit.

    Empty where the value is out of limits or not known, where the condition has ended, and for a
    rule with a second condition, which could end it as well.
    """
    rule = _rule_of(state, alarm.alarm)
    if rule is None or rule.comparison is None or rule.companion is not None:
        return ""
    if not rule.hysteresis or alarm.limit is None or alarm.state in _ENDED or rule.vital is None:
        return ""
    value = _present(state, rule.vital, now_ns)
    if value is None or rule.comparison.holds(value, alarm.limit):
        return ""
    edge = alarm.limit - rule.hysteresis if rule.upward else alarm.limit + rule.hysteresis
    return _ENDS[rule.comparison].format(f"{round(edge, 1):g}")


def _rule_of(state: ViewState, alarm: str) -> AlarmRule | None:
    name = alarm.partition("/")[0]
    rules = () if state.limits is None else state.limits.rules
    return next((rule for rule in rules if rule.id == name), None)


def _present(state: ViewState, vital: Vital, now_ns: int) -> float | None:
    """The value of `vital` that stands for the present, or None when it is not known."""
    if vital in PRESSURES:
        return _pressure_of(state.blood_pressure, vital)
    reading = state.heart_rate(now_ns) if vital is Vital.HR else state.readings.get(vital)
    if reading is None:
        return None
    limit_ns = state.fresh_for_ns(reading)
    stale = limit_ns is not None and now_ns - reading.measured_ns >= limit_ns
    return None if stale else reading.value


def _pressure_of(pressure: BloodPressure | None, vital: Vital) -> float | None:
    if pressure is None:
        return None
    return {Vital.SBP: pressure.sbp_mmhg, Vital.DBP: pressure.dbp_mmhg}.get(vital)


def confirmation_words(state: ViewState, now_ns: int) -> str:
    """What to do about a pressure beyond a critical fixed limit that one reading cannot confirm.

    ``reading 1 of 2: repeat now to confirm`` until another reading is there or the alarm is raised;
    once the time of the rule has passed, that it has.
    """
    last = state.last_blood_pressure
    if last is None:
        return ""
    for rule in () if state.limits is None else state.limits.rules:
        confirmation = rule.confirmation
        if confirmation is None or not _unconfirmed(state, rule, last):
            continue
        if now_ns - last.measured_ns > confirmation.within_s * NS_PER_S:
            within = minutes_text(round(confirmation.within_s * NS_PER_S))
            return f"not confirmed within {within}: repeat now"
        if confirmation.readings == 2:
            return "reading 1 of 2: repeat now to confirm"
        return f"{confirmation.readings} readings confirm it: repeat now"
    return ""


def _unconfirmed(state: ViewState, rule: AlarmRule, last: BloodPressure) -> bool:
    """Whether `last` is beyond the fixed critical limit of `rule` and no such alarm is there."""
    fixed = rule.kind is RuleKind.LIMIT and rule.tier is Tier.CRITICAL
    if not fixed or state.phase not in rule.phases:
        return False
    if rule.vital is None or rule.comparison is None or rule.limit is None:
        return False
    value = _pressure_of(last, rule.vital)
    if value is None or not rule.comparison.holds(value, rule.limit.value):
        return False
    return not any(
        other.group == rule.group and other.tier is Tier.CRITICAL
        for alarm in state.alarms
        if (other := _rule_of(state, alarm)) is not None
    )
