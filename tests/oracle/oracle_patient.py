"""What the sentences of the rules about the patient say at a moment: true, false, or unknown.

Numbers are compared as fractions, so that a limit reached exactly is reached.
"""

from __future__ import annotations

from fractions import Fraction

from oracle_past import Past, exact, ns, number

from protocols.alarm_rules import AlarmRule, Symptoms
from protocols.events import EffectChanged, ObservationRecorded, Reading, Severity
from protocols.rule_kinds import Comparison, RuleKind
from protocols.vitals import VITALS, Vital

Verdict = bool | None
"""True, false, or None where nobody can know."""

RANK = {Severity.MILD: 0, Severity.MODERATE: 1, Severity.SEVERE: 2}


def all_of(*parts: Verdict) -> Verdict:
    """Every part must be true; one that is surely false decides."""
    if any(part is False for part in parts):
        return False
    return None if any(part is None for part in parts) else True


def stands(value: Fraction, comparison: Comparison, limit: float, ease: float) -> bool:
    """Whether `value` stands so to `limit`, or would even `ease` further on the bad side."""
    if comparison is Comparison.AT_LEAST:
        return value + exact(ease) >= exact(limit)
    if comparison is Comparison.ABOVE:
        return value + exact(ease) > exact(limit)
    if comparison is Comparison.AT_MOST:
        return value - exact(ease) <= exact(limit)
    return value - exact(ease) < exact(limit)


def patient_verdict(rule: AlarmRule, past: Past, t_ns: int, eased: bool) -> Verdict:
    """What the sentence of `rule` says at `t_ns`; `eased` while its alarm is in force."""
    if rule.kind is RuleKind.SYMPTOM:
        assert rule.symptoms is not None
        return recorded(rule.symptoms, past, t_ns)
    assert rule.vital is not None
    reading = past.judged(rule.vital, t_ns)
    if reading is None:
        own: Verdict = None
    elif rule.kind is RuleKind.RATE:
        own = moves(rule, past, reading, eased)
    else:
        own = meets(rule, past, reading, eased)
        if own and rule.confirmation is not None and not eased:
            own = is_confirmed(rule, past, reading)
    if own is None:
        return None  # a second condition is asked for only beside the first
    parts: list[Verdict] = [own]
    if rule.companion is not None:
        parts.append(companion_holds(rule, past, t_ns, eased))
    if rule.symptoms is not None:
        parts.append(recorded(rule.symptoms, past, t_ns))
    return all_of(*parts)


def meets(rule: AlarmRule, past: Past, reading: Reading, eased: bool) -> Verdict:
    """Whether one reading meets the limit, or the change from the baseline."""
    found = number(reading)
    assert found is not None
    assert rule.vital is not None
    value = exact(found)
    ease = rule.hysteresis if eased else 0.0
    if rule.kind is RuleKind.LIMIT:
        assert rule.limit is not None
        assert rule.comparison is not None
        return stands(value, rule.comparison, rule.limit.value, ease)
    baseline = past.baseline(rule.vital)
    if baseline is None:
        return None
    change = value - baseline if rule.kind is RuleKind.RISE else baseline - value
    change += exact(ease)
    sizes = []
    if rule.change is not None:
        sizes.append(exact(rule.change.value))
    if rule.change_percent is not None:
        sizes.append(baseline * exact(rule.change_percent.value) / 100)
    return any(change >= size for size in sizes)


def is_confirmed(rule: AlarmRule, past: Past, reading: Reading) -> bool:
    """Whether enough readings before `reading` meet the condition as well."""
    assert rule.confirmation is not None
    within_ns = ns(rule.confirmation.within_s)
    before = [
        one
        for one in past.determinations(reading.vital)[-32:]
        if reading.measured_ns - within_ns <= one.measured_ns < reading.measured_ns
    ]
    count = 1
    for one in reversed(before):
        if meets(rule, past, one, eased=False):
            count += 1
        elif rule.confirmation.in_a_row:
            break
    return count >= rule.confirmation.readings


def companion_holds(rule: AlarmRule, past: Past, t_ns: int, eased: bool) -> Verdict:
    """Whether the second condition holds."""
    companion = rule.companion
    assert companion is not None
    reading = past.judged(companion.vital, t_ns)
    found = None if reading is None else number(reading)
    if found is None:
        return None
    ease = companion.hysteresis if eased else 0.0
    return stands(exact(found), companion.comparison, companion.limit.value, ease)


def moves(rule: AlarmRule, past: Past, reading: Reading, eased: bool) -> Verdict:
    """Whether `reading` lies far from its own values of a short time before."""
    if reading.manual and VITALS[reading.vital].quiet_limit_s is not None:
        return None  # typed for a monitor
    assert rule.change is not None
    since_ns = reading.measured_ns - ns(rule.window_s)
    values = [
        exact(value)
        for one in past.determinations(reading.vital)
        if since_ns <= one.measured_ns < reading.measured_ns and (value := number(one)) is not None
    ]
    found = number(reading)
    if not values or found is None:
        return False
    change = exact(found) - min(values) if rule.upward else max(values) - exact(found)
    return change + exact(rule.hysteresis if eased else 0.0) >= exact(rule.change.value)


def recorded(symptoms: Symptoms, past: Past, t_ns: int) -> bool:
    """Whether enough was recorded of the patient that still stands."""
    holds_ns = ns(symptoms.holds_s)
    count = 0
    for fact in past.facts:
        if isinstance(fact, ObservationRecorded) and fact.kind == "event":
            severe = (fact.severity or 0) >= symptoms.score_from
            standing = t_ns < fact.t_ns + holds_ns
            count += fact.label in symptoms.terms and severe and standing
    effects: dict[str, EffectChanged] = {}
    for fact in past.facts:
        if isinstance(fact, EffectChanged):
            effects[fact.effect] = fact
    for effect in effects.values():
        standing = effect.ended_ns is None
        if symptoms.count > 1:
            standing = standing or t_ns < effect.onset_ns + holds_ns
        severe = RANK[effect.severity] >= RANK[symptoms.effect_from]
        count += effect.term in symptoms.terms and severe and standing
    return count >= symptoms.count


def patient_moments(rule: AlarmRule, past: Past) -> set[int]:
    """Every time at which age may change what `patient_verdict` says."""
    found: set[int] = set()
    vitals: set[Vital] = set()
    if rule.vital is not None:
        vitals.add(rule.vital)
    if rule.companion is not None:
        vitals.add(rule.companion.vital)
    if Vital.HR in vitals:
        vitals.add(Vital.PR)
    for vital in vitals:
        for reading in past.readings.get(vital, ()):
            found.add(reading.measured_ns + ns(past.valid_s(reading)))
            if reading.manual:
                found.add(reading.measured_ns + ns(past.policy.typed_validity_s))
    if rule.symptoms is not None:
        for fact in past.facts:
            if isinstance(fact, ObservationRecorded):
                found.add(fact.t_ns + ns(rule.symptoms.holds_s))
            elif isinstance(fact, EffectChanged):
                found.add(fact.onset_ns + ns(rule.symptoms.holds_s))
    return found
