"""Small random profiles: some of the standard rules with other numbers, and made rules."""

from __future__ import annotations

import random
from dataclasses import replace

from app.places import read_limits
from protocols.alarm_rules import (
    AlarmRule,
    Companion,
    Confirmation,
    Limit,
    LimitsProfile,
    Symptoms,
)
from protocols.events import Phase, Severity
from protocols.limits import parse_limits
from protocols.rule_kinds import Comparison, RuleKind, Tier
from protocols.vitals import VITALS, Vital

STANDARD = parse_limits(*read_limits("standard"))
LEVEL = {
    Vital.HR: 100.0,
    Vital.PR: 100.0,
    Vital.SPO2: 92.0,
    Vital.ETCO2: 50.0,
    Vital.SBP: 150.0,
    Vital.DBP: 95.0,
    Vital.MAP: 110.0,
    Vital.RR: 10.0,
    Vital.TEMP: 38.0,
    Vital.MOAAS: 3.0,
    Vital.DISTRESS: 7.0,
}
"""A number near which limits and values of each vital lie."""
BASELINE = {Vital.HR: 80.0, Vital.PR: 75.0, Vital.SBP: 120.0, Vital.DBP: 80.0, Vital.MAP: 95.0}
TERMS = ("headache", "dizzy", "vomiting", "chest-pain")
JUDGED = (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL, RuleKind.RATE, RuleKind.SYMPTOM)
UNJUDGED = (RuleKind.PUMP_VOLUME,)
"""Kinds that the oracle does not judge: its sentence does not say what counting in step is."""


def limit(value: float) -> Limit:
    """A number without guardrails worth naming."""
    return Limit(value=value, absolute=(value, value), recommended=(value, value))


def small_profile(dice: random.Random) -> LimitsProfile:
    """Some rules, at most nine; often several of one group."""
    rules: list[AlarmRule] = []
    for number in range(dice.choice((1, 2, 3, 4, 6))):
        if dice.random() < 0.4:
            rule = dice.choice(STANDARD.rules)
            if rule.kind in UNJUDGED or any(one.id == rule.id for one in rules):
                continue
            rules.append(_changed(dice, rule))
        else:
            rules += _made(dice, number)
    if not rules:
        rules = _made(dice, 0)
    policy = replace(
        STANDARD.policy,
        audio_pause_max_s=dice.choice((10.0, 60.0, 120.0)),
        typed_validity_s=dice.choice((0.0, 30.0, 300.0)),
        score_validity_s=dice.choice((60.0, 1800.0)),
        bp_validity_s=dice.choice((60.0, 900.0)),
        pulse_pair_s=dice.choice((5.0, 30.0)),
        cuff_hold_cap_s=dice.choice((0.0, 30.0, 90.0, 90.0)),
        cuff_hold_settle_s=dice.choice((0.0, 15.0)),
        pause_yields=dice.random() < 0.7,
    )
    return replace(STANDARD, rules=tuple(rules[:9]), policy=policy)


def _changed(dice: random.Random, rule: AlarmRule) -> AlarmRule:
    return replace(
        rule,
        delay_s=dice.choice((rule.delay_s, rule.delay_s, 0.0, 5.0, 15.0)),
        realarm_s=dice.choice((rule.realarm_s, None, 30.0)),
        ends_pause=dice.random() < 0.1 or rule.ends_pause,
        group=dice.choice((rule.group, rule.group, "one")),
    )


def _made(dice: random.Random, number: int) -> list[AlarmRule]:
    """One made rule, or the same condition in two or three severities of one group."""
    kind = dice.choice((*JUDGED, *JUDGED, *(k for k in RuleKind if k not in UNJUDGED)))
    pattern = dice.choice([rule for rule in STANDARD.rules if rule.kind is kind])
    tier = dice.choice(tuple(Tier))
    rule = replace(
        pattern,
        id=f"made-{number}",
        group=dice.choice((f"made-{number}", "one")),
        tier=tier,
        delay_s=dice.choice((0.0, 0.0, 0.0, 5.0, 10.0, 30.0)),
        latch=kind in JUDGED and dice.random() < 0.5,
        realarm_s=dice.choice((None, 30.0, 120.0)),
        ends_pause=dice.random() < 0.1,
        phases=dice.choice((pattern.phases, pattern.phases, frozenset((Phase.INFUSING,)))),
    )
    rule = _of_patient(dice, rule) if kind in JUDGED else _of_equipment(dice, rule)
    if rule.kind is not RuleKind.LIMIT or dice.random() < 0.6 or rule.limit is None:
        return [rule]
    step = 10.0 if rule.upward else -5.0
    worse = replace(
        rule, id=f"{rule.id}-worse", tier=Tier.CRITICAL, limit=limit(rule.limit.value + step)
    )
    return [replace(rule, tier=Tier.ADVISORY), worse]


def _of_equipment(dice: random.Random, rule: AlarmRule) -> AlarmRule:
    if rule.kind in (RuleKind.NO_DATA, RuleKind.SENSOR_OFF, RuleKind.LOW_SIGNAL):
        vital = dice.choice((Vital.HR, Vital.PR, Vital.SPO2, Vital.ETCO2))
        return replace(rule, vital=vital, once_given=dice.random() < 0.4)
    if rule.kind is RuleKind.STALE:
        return replace(rule, vital=dice.choice((Vital.RR, Vital.TEMP, Vital.SBP)))
    if rule.kind is RuleKind.BP_OVERDUE:
        return replace(rule, limit=dice.choice((None, limit(2.0), limit(3.0))))
    if rule.kind is RuleKind.OBSERVATION_OVERDUE:
        return replace(rule, limit=dice.choice((None, limit(60.0), limit(600.0))))
    return rule


def _of_patient(dice: random.Random, rule: AlarmRule) -> AlarmRule:
    if rule.kind is RuleKind.SYMPTOM:
        return replace(rule, symptoms=_symptoms(dice))
    changes = rule.kind in (RuleKind.RISE, RuleKind.FALL)
    vital = dice.choice(tuple(BASELINE if changes else LEVEL))
    rule = replace(
        rule,
        vital=vital,
        hysteresis=dice.choice((0.0, 1.0, 5.0)),
        companion=None,
        confirmation=None,
        symptoms=None,
    )
    if rule.kind is RuleKind.LIMIT:
        rule = replace(rule, comparison=dice.choice(tuple(Comparison)), limit=limit(LEVEL[vital]))
    elif rule.kind is RuleKind.RATE:
        rule = replace(
            rule,
            comparison=dice.choice((Comparison.AT_LEAST, Comparison.AT_MOST)),
            change=limit(dice.choice((4.0, 10.0, 30.0))),
            window_s=dice.choice((5.0, 60.0, 900.0)),
            hysteresis=min(rule.hysteresis, 2.0),
        )
        return rule
    else:
        by = dice.choice((None, limit(20.0), limit(10.0)))
        percent = limit(dice.choice((10.0, 15.0, 20.0)))
        keep = None if by is not None and dice.random() < 0.5 else percent
        rule = replace(rule, change=by, change_percent=keep)
    if VITALS[vital].quiet_limit_s is None and dice.random() < 0.3:
        rule = replace(
            rule,
            confirmation=Confirmation(
                readings=dice.choice((2, 2, 3)),
                within_s=dice.choice((60.0, 300.0)),
                in_a_row=dice.random() < 0.5,
            ),
        )
    if dice.random() < 0.2:
        other = dice.choice((vital, *LEVEL))
        companion = Companion(
            vital=other,
            comparison=dice.choice(tuple(Comparison)),
            limit=limit(LEVEL[other]),
            hysteresis=dice.choice((0.0, 5.0)),
        )
        rule = replace(rule, companion=companion)
    return replace(rule, symptoms=_symptoms(dice) if dice.random() < 0.15 else None)


def _symptoms(dice: random.Random) -> Symptoms:
    return Symptoms(
        terms=frozenset(dice.sample(TERMS, dice.choice((1, 2)))),
        score_from=dice.choice((0, 0, 7)),
        effect_from=dice.choice(tuple(Severity)),
        count=dice.choice((1, 1, 2)),
        holds_s=dice.choice((60.0, 300.0)),
    )
