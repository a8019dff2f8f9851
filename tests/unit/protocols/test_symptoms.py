"""Symptoms that staff record raise alarms, for as long as each of them counts."""

from __future__ import annotations

import tomllib
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.alarm_rules import AlarmRule, Symptoms
from protocols.alarms import AlarmBoard
from protocols.conditions import judge, may_be_violated
from protocols.events import AlarmState, EffectChanged, ObservationRecorded, Severity
from protocols.limits import RuleKind, parse_limits
from protocols.situation import Situation
from protocols.symptoms import SymptomWatch
from protocols.vitals import Vital
from tests.unit.protocols.judged_situations import (
    CLEARED,
    MIN,
    PROFILE,
    STANDARD,
    UNKNOWN,
    VIOLATED,
    S,
    infusing,
    note,
)
from tests.unit.protocols.recorded_cases import effect, event
from tests.unit.protocols.shipped import NAMES, shipped

SYMPTOM_RULES = [rule for rule in PROFILE.rules if rule.symptoms is not None]
PARTS = STANDARD.parents[1] / "protocols" / "parts"


def terms_in(part: str, table: str) -> set[str]:
    text = (PARTS / part).read_text(encoding="utf-8")
    return {one["id"] for one in tomllib.loads(text)[table]}


# -- the row of the clinical table


@pytest.mark.parametrize(
    ("term", "tiers"),
    [
        ("headache", {"advisory"}),
        ("dizzy", {"advisory"}),
        ("palpitations", {"warning"}),
        ("vomiting", set()),
        ("chest-pain", {"critical"}),
        ("breathless", {"critical"}),
        ("neurological", {"critical"}),
        ("apnoea", {"critical"}),
        ("asks-to-stop", {"critical"}),
        ("unsafe", {"critical"}),
        ("calm", set()),
        ("asleep", set()),
    ],
)
def test_one_touch_raises_what_the_clinical_table_says(term: str, tiers: set[str]) -> None:
    situation = infusing()
    situation.note_observation(event(term))
    found = {
        str(rule.tier)
        for rule in PROFILE.rules
        if rule.kind is RuleKind.SYMPTOM and judge(rule, situation, 0, False).verdict is VIOLATED
    }
    assert found == tiers


@pytest.mark.parametrize("term", ["seizure", "laryngospasm", "apnoea", "chest-pain", "breathless"])
def test_a_side_effect_is_critical_until_it_has_ended(term: str) -> None:
    situation = infusing()
    rule = PROFILE.rule(term)
    situation.note_effect(effect(term))
    assert judge(rule, situation, 600 * MIN, False).verdict is VIOLATED
    situation.note_effect(effect(term, t_ns=601 * MIN, ended_ns=601 * MIN))
    assert judge(rule, situation, 601 * MIN, True).verdict is CLEARED


@pytest.mark.parametrize("rule", SYMPTOM_RULES, ids=lambda rule: rule.id)
def test_every_term_of_a_rule_can_be_typed_in_every_protocol(rule: AlarmRule) -> None:
    assert rule.symptoms is not None
    quick = terms_in("quick-events/general.toml", "quick_event")
    effects = terms_in("care/effects.toml", "effect")
    assert rule.symptoms.terms <= quick | effects
    for name in NAMES:
        definition = shipped(name)
        known = {one.id for one in definition.quick_events}
        known |= {one.id for one in definition.care.effects}
        assert rule.symptoms.terms <= known, name


def test_nothing_recorded_is_unknown_and_another_symptom_stays_unknown() -> None:
    situation = infusing()
    rule = PROFILE.rule("chest-pain")
    assert judge(rule, situation, 0, False).verdict is UNKNOWN
    situation.note_observation(event("headache"))
    assert judge(rule, situation, 0, False).verdict is UNKNOWN
    assert not may_be_violated(rule, situation, 0)


# -- severity, count, companions


@pytest.mark.parametrize(
    ("severity", "wanted"), [(None, CLEARED), (6, CLEARED), (7, VIOLATED), (10, VIOLATED)]
)
def test_a_headache_is_critical_from_its_severity_on(severity: int | None, wanted: str) -> None:
    situation = infusing()
    situation.note_observation(event("headache", severity=severity))
    judgement = judge(PROFILE.rule("headache-severe"), situation, 0, False)
    assert judgement.verdict is wanted


def test_an_ended_symptom_ends_an_alarm_whose_other_condition_is_unknown() -> None:
    other = PROFILE.rule("dbp-rise-critical").companion
    rule = replace(PROFILE.rule("sbp-low-symptoms"), companion=other)
    situation = infusing()
    situation.note_observation(event("dizzy"))
    note(situation, Vital.SBP, 80, 0)
    assert judge(rule, situation, 14 * MIN, True).verdict is UNKNOWN
    note(situation, Vital.SBP, 80, 15 * MIN)
    assert judge(rule, situation, 15 * MIN, True).verdict is CLEARED


def test_a_side_effect_that_grew_worse_counts_as_it_is_now() -> None:
    situation = infusing()
    rule = PROFILE.rule("headache-severe")
    situation.note_effect(effect("headache", Severity.MODERATE))
    assert judge(rule, situation, 0, False).verdict is CLEARED
    situation.note_effect(effect("headache", Severity.SEVERE))
    judgement = judge(rule, situation, 0, False)
    assert judgement.verdict is VIOLATED
    assert judgement.sentence == "Severe headache: headache, severe"
    situation.note_effect(effect("headache", Severity.MILD))
    assert judge(rule, situation, 0, True).verdict is CLEARED


def test_vomiting_twice_within_the_hour_is_a_warning_and_once_is_not() -> None:
    situation = infusing()
    rule = PROFILE.rule("vomiting-again")
    situation.note_observation(event("vomiting", 0))
    assert judge(rule, situation, 0, False).verdict is CLEARED
    situation.note_effect(effect("vomiting", onset_ns=59 * MIN, ended_ns=59 * MIN))
    assert judge(rule, situation, 60 * MIN - 1, False).verdict is VIOLATED
    assert judge(rule, situation, 60 * MIN, True).verdict is CLEARED


def test_the_same_side_effect_changed_twice_is_one() -> None:
    situation = infusing()
    for t_s in (0, 30):
        situation.note_effect(effect("vomiting", t_ns=t_s * S))
    assert judge(PROFILE.rule("vomiting-again"), situation, MIN, False).verdict is CLEARED


@pytest.mark.parametrize(
    ("rule", "vital", "low", "fine"),
    [("sbp-low-symptoms", Vital.SBP, 89, 90), ("hr-low-symptoms", Vital.HR, 49, 50)],
)
def test_a_low_value_is_critical_only_with_symptoms(
    rule: str, vital: Vital, low: float, fine: float
) -> None:
    for value, ill, wanted in (
        (low, True, VIOLATED),
        (low, False, CLEARED),
        (fine, True, CLEARED),
        (None, True, UNKNOWN),
    ):
        situation = infusing()
        note(situation, vital, value)
        if ill:
            situation.note_observation(event("dizzy"))
        judgement = judge(PROFILE.rule(rule), situation, 0, False)
        assert judgement.verdict is wanted
        if judgement.verdict is VIOLATED:
            assert judgement.sentence.endswith("with dizzy")


def test_a_critical_symptom_stays_until_acknowledged_when_its_time_has_passed() -> None:
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), infusing()
    situation.note_observation(event("chest-pain"))
    board.assess(0, situation)
    assert board.state_of("chest-pain") is AlarmState.SOUNDING
    gone_ns = situation.next_staleness_ns(0)
    while gone_ns is not None and gone_ns < 5 * MIN:
        gone_ns = situation.next_staleness_ns(gone_ns)
    assert gone_ns == 5 * MIN
    board.assess(gone_ns, situation)
    assert board.state_of("chest-pain") is AlarmState.LATCHED


def test_the_record_has_the_label_and_the_protocol_names_the_term() -> None:
    watch = SymptomWatch(SYMPTOM_RULES, [("chest-pain", "Chest pain"), ("calm", "Calm")])
    symptoms = PROFILE.rule("chest-pain").symptoms
    assert symptoms is not None
    watch.note_event(event("Calm"))
    assert watch.present(symptoms, 0) == ()
    watch.note_event(event("Chest pain", severity=4))
    assert watch.present(symptoms, 0) == ("Chest pain 4/10",)


def test_a_drug_or_note_with_the_name_of_a_symptom_is_none() -> None:
    situation = infusing()
    situation.note_observation(
        ObservationRecorded(t_ns=0, kind="note", label="chest-pain", by="n", text="denies it")
    )
    assert judge(PROFILE.rule("chest-pain"), situation, 0, False).verdict is UNKNOWN


# -- against a slow reading of the same words

_TERMS = ("a", "b", "c")
_EVENTS = st.builds(
    event,
    st.sampled_from(_TERMS),
    st.integers(0, 100).map(lambda t: t * S),
    st.none() | st.integers(0, 10),
)


@st.composite
def effects(draw: st.DrawFn) -> EffectChanged:
    at_s = draw(st.integers(0, 100))
    onset_s = draw(st.integers(0, at_s))
    ended = draw(st.booleans())
    return effect(
        draw(st.sampled_from(_TERMS)),
        draw(st.sampled_from(list(Severity))),
        t_ns=at_s * S,
        onset_ns=onset_s * S,
        ended_ns=draw(st.integers(onset_s, at_s)) * S if ended else None,
        name=f"effect-{draw(st.integers(1, 3))}",
    )


_ASKED = st.builds(
    Symptoms,
    terms=st.frozensets(st.sampled_from(_TERMS), min_size=1),
    score_from=st.integers(0, 10),
    effect_from=st.sampled_from(list(Severity)),
    count=st.integers(1, 3),
    holds_s=st.sampled_from([1.0, 10.0, 60.0]),
)


@given(st.lists(_EVENTS | effects(), max_size=12), _ASKED, st.integers(0, 200))
def test_what_counts_is_what_the_words_say(
    facts: list[ObservationRecorded | EffectChanged], asked: Symptoms, later_s: int
) -> None:
    facts = sorted(facts, key=lambda fact: fact.t_ns)
    t_ns = (max((fact.t_ns for fact in facts), default=0)) + later_s * S
    rule = _rule_of(asked)
    watch = SymptomWatch([rule])
    now: dict[str, EffectChanged] = {}
    for fact in facts:
        if isinstance(fact, EffectChanged):
            watch.note_effect(fact)
            now[fact.effect] = fact
        else:
            watch.note_event(fact)
    order = list(Severity)
    counted = 0
    for fact in facts:
        if isinstance(fact, ObservationRecorded):
            young = t_ns - fact.t_ns < asked.holds_s * S
            bad = (fact.severity or 0) >= asked.score_from
            counted += fact.label in asked.terms and young and bad
    # a side effect is what was said of it last, if that term is asked about
    last_asked: dict[str, EffectChanged] = {}
    for fact in facts:
        if isinstance(fact, EffectChanged) and fact.term in asked.terms:
            last_asked[fact.effect] = fact
    for one in last_asked.values():
        bad = order.index(one.severity) >= order.index(asked.effect_from)
        young = asked.count > 1 and t_ns - one.onset_ns < asked.holds_s * S
        counted += bad and (one.ended_ns is None or young)
    assert bool(watch.present(asked, t_ns)) == (counted >= asked.count)


def _rule_of(asked: Symptoms) -> AlarmRule:
    base = PROFILE.rule("chest-pain")
    return AlarmRule(
        id=base.id,
        kind=base.kind,
        tier=base.tier,
        title=base.title,
        next_step=base.next_step,
        icon=base.icon,
        group=base.group,
        symptoms=asked,
    )


@given(st.lists(_EVENTS | effects(), max_size=8), st.integers(0, 300))
def test_between_two_boundaries_nothing_stops_counting(
    facts: list[ObservationRecorded | EffectChanged], at_s: int
) -> None:
    text = STANDARD.read_text(encoding="utf-8")
    for old, new in (('"chest-pain"', '"a"'), ('"vomiting"', '"b"'), ('"breathless"', '"c"')):
        text = text.replace(f"terms = [{old}]", f"terms = [{new}]")
    profile = parse_limits(text, str(Path("standard.toml")))
    situation = Situation(profile)
    rules = [rule for rule in profile.rules if rule.symptoms is not None]
    for fact in sorted(facts, key=lambda fact: fact.t_ns):
        if isinstance(fact, EffectChanged):
            situation.note_effect(fact)
        else:
            situation.note_observation(fact)
    t_ns = 100 * S + at_s * S
    boundary = situation.next_staleness_ns(t_ns)
    last = t_ns + 7200 * S if boundary is None else boundary - 1
    for rule in rules:
        assert rule.symptoms is not None
        first = situation.symptoms.present(rule.symptoms, t_ns)
        assert situation.symptoms.present(rule.symptoms, last) == first
