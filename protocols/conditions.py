"""Conditions: pure judgements of one rule over what is known now.

Hysteresis only makes clearing harder: once an alarm is in force, a value is judged as if it were
that much worse. What a verdict means is said in `protocols.judgements`.
"""

from __future__ import annotations

from protocols.alarm_rules import AlarmRule, Confirmation, RuleKind
from protocols.events.outputs import Reading
from protocols.judgements import Judgement, Verdict
from protocols.situation import Situation, to_ns
from protocols.technical_conditions import judge_technical, may_be_technical
from protocols.vitals import VITALS
from protocols.words import duration_text

__all__ = ["Judgement", "Verdict", "alarm_devices", "judge", "may_be_violated"]


def alarm_devices(rule: AlarmRule, situation: Situation) -> tuple[str, ...]:
    """What `rule` is judged for, each by itself: monitors or observations; else one empty name."""
    if rule.kind is RuleKind.OBSERVATION_OVERDUE:
        return rule.items
    return situation.devices if rule.kind.per_device else ("",)


def judge(
    rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool, device: str = ""
) -> Judgement:
    """Judge `rule` on what is known at `t_ns`.

    Args:
        rule: the rule.
        situation: what is known.
        t_ns: the time of judging.
        violated_before: whether the rule's alarm is in force, so that hysteresis applies.
        device: the monitor or observation, for a rule judged for each (see `alarm_devices`).
    """
    if situation.phase not in rule.phases:
        detail = f"{rule.title}: not judged in this phase"
        return Judgement(rule=rule, verdict=Verdict.CLEARED, device=device, detail=detail)
    if rule.technical:
        return judge_technical(rule, situation, t_ns, violated_before, device)
    if rule.kind is RuleKind.SYMPTOM:
        return _judge_symptoms(rule, situation, t_ns)
    if rule.kind is RuleKind.RATE:
        return _judge_rate(rule, situation, t_ns, violated_before)
    return _judge_vital(rule, situation, t_ns, violated_before)


def may_be_violated(rule: AlarmRule, situation: Situation, t_ns: int) -> bool:
    """Whether `judge` could answer VIOLATED for an alarm not in force; False only if it cannot.

    A quick look at the value alone, for the many readings that are far from every limit.
    """
    if rule.technical:
        return may_be_technical(rule, situation)
    if rule.vital is None:
        symptoms = rule.symptoms
        return symptoms is None or situation.symptoms.was_recorded(symptoms)
    if rule.kind is RuleKind.RATE:
        moved = _moved(rule, situation, t_ns)
        return moved is not None and rule.change is not None and moved[1] >= rule.change.value
    reading = situation.judged(rule.vital, t_ns)
    return reading is not None and _beyond(rule, situation, reading, False)


# -- the patient ----------------------------------------------------------------------------------


def _judge_vital(
    rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool
) -> Judgement:
    vital = rule.vital
    if vital is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    reading = situation.judged(vital, t_ns)
    baseline = situation.baseline(vital)
    base = None if baseline is None else baseline.value
    label = VITALS[vital].label
    if reading is None or reading.value is None:
        detail = f"{label} unknown: no valid reading"
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN, baseline=base, detail=detail)
    limit = _threshold(rule, base)
    if limit is None:
        detail = f"{label} change unknown: no frozen baseline"
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN, detail=detail)
    verdict, unconfirmed, detail = _verdict(rule, situation, t_ns, reading, violated_before)
    return Judgement(
        rule=rule,
        verdict=verdict,
        reading=reading,
        limit=limit,
        baseline=base,
        low_confidence=situation.baseline_low_confidence(vital),
        unconfirmed=unconfirmed,
        detail=detail,
    )


def _verdict(
    rule: AlarmRule, situation: Situation, t_ns: int, reading: Reading, violated_before: bool
) -> tuple[Verdict, bool, str]:
    """Verdict on a reading that is there: whether it awaits confirmation, and what to add."""
    if not _beyond(rule, situation, reading, violated_before):
        return Verdict.CLEARED, False, ""
    found: tuple[str, ...] = ()
    if rule.symptoms is not None:
        found = situation.symptoms.present(rule.symptoms, t_ns)
        if not found:
            return Verdict.CLEARED, False, ""
    companion = _companion(rule, situation, t_ns, violated_before)
    if companion is Verdict.UNKNOWN and rule.companion is not None:
        missing = VITALS[rule.companion.vital].label
        return Verdict.UNKNOWN, False, f"{missing} unknown: no valid reading"
    if companion is Verdict.CLEARED:
        return Verdict.CLEARED, False, ""
    confirmation = rule.confirmation
    if confirmation is None or violated_before:
        return Verdict.VIOLATED, False, f"with {'; '.join(found)}" if found else ""
    beyond = _confirming(rule, situation, reading, confirmation)
    if beyond >= confirmation.readings:
        return Verdict.VIOLATED, False, ""
    minutes = f"{confirmation.within_s / 60:g} min"
    detail = f"reading {beyond} of {confirmation.readings}: repeat within {minutes} to confirm"
    return Verdict.CLEARED, True, detail


def _confirming(
    rule: AlarmRule, situation: Situation, reading: Reading, asked: Confirmation
) -> int:
    """How many determinations up to `reading` meet the rule, within its seconds."""
    opens_ns = reading.measured_ns - to_ns(asked.within_s)
    met = [
        _beyond(rule, situation, other, False)
        for other in reversed(situation.determinations(reading.vital))
        if opens_ns <= other.measured_ns <= reading.measured_ns
    ]
    if asked.in_a_row:
        return met.index(False) if False in met else len(met)
    return sum(met)


def _threshold(rule: AlarmRule, baseline: float | None) -> float | None:
    """The absolute value at which the rule becomes true; None for a change without a baseline."""
    if rule.kind is RuleKind.LIMIT:
        return None if rule.limit is None else rule.limit.value
    if baseline is None:
        return None
    sizes = []
    if rule.change is not None:
        sizes.append(rule.change.value)
    if rule.change_percent is not None:
        sizes.append(rule.change_percent.value * baseline / 100)
    if not sizes:
        return None
    return baseline + min(sizes) if rule.upward else baseline - min(sizes)


def _beyond(rule: AlarmRule, situation: Situation, reading: Reading, violated_before: bool) -> bool:
    """Whether the value of `reading` meets the rule's own comparison."""
    value = reading.value
    if value is None or rule.comparison is None or rule.vital is None:
        return False
    if violated_before:
        value += rule.hysteresis if rule.upward else -rule.hysteresis
    if rule.kind is RuleKind.LIMIT:
        return rule.limit is not None and rule.comparison.holds(value, rule.limit.value)
    baseline = situation.baseline(rule.vital)
    if baseline is None:
        return False
    change = value - baseline.value if rule.upward else baseline.value - value
    if rule.change is not None and change >= rule.change.value:
        return True
    share = rule.change_percent
    return share is not None and change * 100 >= share.value * baseline.value


def _companion(rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool) -> Verdict:
    """Verdict on the second condition; VIOLATED where there is none."""
    companion = rule.companion
    if companion is None:
        return Verdict.VIOLATED
    reading = situation.judged(companion.vital, t_ns)
    if reading is None or reading.value is None:
        return Verdict.UNKNOWN
    value = reading.value
    if violated_before:
        value += companion.hysteresis if companion.comparison.upward else -companion.hysteresis
    true = companion.comparison.holds(value, companion.limit.value)
    return Verdict.VIOLATED if true else Verdict.CLEARED


def _judge_symptoms(rule: AlarmRule, situation: Situation, t_ns: int) -> Judgement:
    """What staff recorded; unknown until one of the rule's terms was recorded."""
    symptoms = rule.symptoms
    if symptoms is None or not situation.symptoms.was_recorded(symptoms):
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    found = situation.symptoms.present(symptoms, t_ns)
    verdict = Verdict.VIOLATED if found else Verdict.CLEARED
    return Judgement(rule=rule, verdict=verdict, detail="; ".join(found))


def _moved(rule: AlarmRule, situation: Situation, t_ns: int) -> tuple[Reading, float] | None:
    """The fresh measured value and how far it lies beyond the extreme of its span, or None."""
    reading = None if rule.vital is None else situation.measured(rule.vital, t_ns)
    if reading is None or reading.value is None:
        return None
    extreme = situation.recent.extreme(rule, reading, situation.determinations(reading.vital))
    if extreme is None:
        return None
    return reading, reading.value - extreme if rule.upward else extreme - reading.value


def _judge_rate(
    rule: AlarmRule, situation: Situation, t_ns: int, violated_before: bool
) -> Judgement:
    """A value against the extreme of its span; what is typed for a monitor is no trend."""
    vital, by, moved = rule.vital, rule.change, _moved(rule, situation, t_ns)
    if vital is None or by is None or moved is None or moved[0].value is None:
        return Judgement(rule=rule, verdict=Verdict.UNKNOWN)
    reading, change = moved
    beyond = change + rule.hysteresis if violated_before else change
    spec, sign = VITALS[vital], 1.0 if rule.upward else -1.0
    words = f"{'risen' if rule.upward else 'fallen'} {spec.format(change)} {spec.unit_text}"
    return Judgement(
        rule=rule,
        verdict=Verdict.VIOLATED if beyond >= by.value else Verdict.CLEARED,
        reading=reading,
        limit=(reading.value or 0.0) + sign * (by.value - change),
        detail=f"{words} within {duration_text(rule.window_s)}, limit {by.value:g}",
    )
