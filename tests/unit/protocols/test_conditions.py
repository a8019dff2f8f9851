"""Judgements: three verdicts, hysteresis, confirmation, baseline, companions, equipment."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.conditions import Verdict, alarm_devices, judge, may_be_violated
from protocols.events import (
    LinkState,
    Phase,
)
from protocols.limits import AlarmRule, RuleKind, parse_limits
from protocols.situation import Situation
from protocols.vitals import VITALS, Quality, Vital
from tests.unit.protocols.judged_situations import (
    BASELINES,
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

OF_ONE_VALUE = [
    rule
    for rule in PROFILE.rules
    if rule.kind in (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL) and rule.symptoms is None
]


def verdict(rule: str, situation: Situation, t_ns: int = 0, before: bool = False) -> Verdict:
    return judge(PROFILE.rule(rule), situation, t_ns, before).verdict


# -- limits, hysteresis, unknown


@pytest.mark.parametrize(
    ("rule", "vital", "value", "before", "wanted"),
    [
        ("sbp-high-warning", Vital.SBP, 164, False, CLEARED),
        ("sbp-high-warning", Vital.SBP, 165, False, VIOLATED),
        ("sbp-high-warning", Vital.SBP, 160, True, VIOLATED),
        ("sbp-high-warning", Vital.SBP, 159, True, CLEARED),
        ("sbp-low-warning", Vital.SBP, 90, False, CLEARED),
        ("sbp-low-warning", Vital.SBP, 89, False, VIOLATED),
        ("sbp-low-warning", Vital.SBP, 94, True, VIOLATED),
        ("sbp-low-warning", Vital.SBP, 95, True, CLEARED),
        ("hr-high-warning", Vital.HR, 105, True, VIOLATED),
        ("hr-high-warning", Vital.HR, 104, True, CLEARED),
        ("spo2-low-warning", Vital.SPO2, 92, False, CLEARED),
        ("spo2-low-warning", Vital.SPO2, 91, False, VIOLATED),
        ("spo2-low-warning", Vital.SPO2, 92, True, VIOLATED),
        ("spo2-low-warning", Vital.SPO2, 93, True, CLEARED),
        ("rr-high-advisory", Vital.RR, 24, False, CLEARED),
        ("rr-high-advisory", Vital.RR, 25, False, VIOLATED),
        ("moaas-warning", Vital.MOAAS, 3, False, VIOLATED),
        ("moaas-warning", Vital.MOAAS, 4, True, CLEARED),
        ("sbp-rise-warning", Vital.SBP, 166, False, CLEARED),
        ("sbp-rise-warning", Vital.SBP, 167, False, VIOLATED),
        ("sbp-rise-warning", Vital.SBP, 162, True, VIOLATED),
        ("sbp-rise-warning", Vital.SBP, 161, True, CLEARED),
        ("sbp-rise-advisory", Vital.SBP, 157, False, VIOLATED),
        ("sbp-fall-advisory", Vital.SBP, 117, False, CLEARED),
        ("sbp-fall-advisory", Vital.SBP, 116, False, VIOLATED),
        ("hr-rise-advisory", Vital.HR, 89, False, CLEARED),
        ("hr-rise-advisory", Vital.HR, 90, False, VIOLATED),
    ],
)
def test_limits_and_hysteresis(
    rule: str, vital: Vital, value: float, before: bool, wanted: Verdict
) -> None:
    situation = infusing(BASELINES)
    note(situation, vital, value)
    assert verdict(rule, situation, before=before) is wanted


@given(
    st.sampled_from(OF_ONE_VALUE),
    st.integers(0, 300),
)
def test_hysteresis_only_makes_clearing_harder(rule: AlarmRule, value: int) -> None:
    situation = infusing(BASELINES)
    assert rule.vital is not None
    if VITALS[rule.vital].is_plausible(value):
        note(situation, rule.vital, value)
        if judge(rule, situation, 0, False).verdict is VIOLATED:
            assert judge(rule, situation, 0, True).verdict is VIOLATED


@given(
    st.sampled_from(OF_ONE_VALUE),
    st.integers(0, 300),
    st.booleans(),
)
def test_the_quick_look_never_hides_a_violation(rule: AlarmRule, value: int, before: bool) -> None:
    situation = infusing(BASELINES if before else None)
    assert rule.vital is not None
    if VITALS[rule.vital].is_plausible(value):
        note(situation, rule.vital, value)
    if judge(rule, situation, 0, False).verdict is VIOLATED:
        assert may_be_violated(rule, situation, 0)


@given(
    st.sampled_from(OF_ONE_VALUE),
    st.integers(0, 300),
    st.booleans(),
)
def test_missing_data_never_clear(rule: AlarmRule, value: int, before: bool) -> None:
    situation = infusing(BASELINES)
    assert rule.vital is not None
    if VITALS[rule.vital].is_plausible(value):
        note(situation, rule.vital, value)
    note(situation, rule.vital, None, 1 * S)
    assert judge(rule, situation, 1 * S, before).verdict is UNKNOWN


def test_an_old_value_is_unknown_from_the_boundary_on() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 97)
    assert verdict("spo2-low-warning", situation, 5 * S - 1) is CLEARED
    assert verdict("spo2-low-warning", situation, 5 * S) is UNKNOWN


@pytest.mark.parametrize(("value", "wanted"), [(137, CLEARED), (138, VIOLATED)])
def test_a_rise_of_exactly_the_share_of_the_baseline_counts(value: int, wanted: Verdict) -> None:
    situation = infusing({Vital.SBP: 120})
    note(situation, Vital.SBP, value)
    assert verdict("sbp-rise-advisory", situation) is wanted


def test_a_rise_needs_a_frozen_baseline() -> None:
    situation = infusing()
    note(situation, Vital.SBP, 220)
    judgement = judge(PROFILE.rule("sbp-rise-warning"), situation, 0, False)
    assert judgement.verdict is UNKNOWN
    assert judgement.sentence == "SBP change unknown: no frozen baseline"


# -- confirmation


@pytest.mark.parametrize(
    ("readings", "wanted", "unconfirmed"),
    [
        ([(0, 182)], CLEARED, True),
        ([(0, 182), (3, 184)], VIOLATED, False),
        ([(0, 182), (5, 184)], VIOLATED, False),
        ([(0, 182), (6, 184)], CLEARED, True),
        ([(0, 182), (3, 176)], CLEARED, False),
        ([(0, 182), (2, 150), (4, 183)], VIOLATED, False),
        ([(0, 182), (2, 184), (4, 150)], CLEARED, False),
    ],
)
def test_two_readings_within_five_minutes_confirm(
    readings: list[tuple[int, float]], wanted: Verdict, unconfirmed: bool
) -> None:
    situation = infusing()
    for minute, value in readings:
        note(situation, Vital.SBP, value, minute * MIN)
    last_ns = readings[-1][0] * MIN
    judgement = judge(PROFILE.rule("sbp-high-critical"), situation, last_ns, False)
    assert (judgement.verdict, judgement.unconfirmed) == (wanted, unconfirmed)


def test_the_same_determination_told_twice_does_not_confirm_itself() -> None:
    situation = infusing()
    note(situation, Vital.SBP, 182, 60 * S)
    note(situation, Vital.SBP, 182, 60 * S)
    assert verdict("sbp-high-critical", situation, 60 * S) is CLEARED


def test_a_raised_alarm_needs_no_second_confirmation_to_stay() -> None:
    situation = infusing()
    note(situation, Vital.SBP, 176, 0)
    assert verdict("sbp-high-critical", situation, before=True) is VIOLATED


def test_an_unconfirmed_value_asks_for_a_recheck() -> None:
    situation = infusing(BASELINES)
    note(situation, Vital.SBP, 182)
    sentence = judge(PROFILE.rule("sbp-high-critical"), situation, 0, False).sentence
    assert sentence == (
        "SBP 182 mmHg, limit 180, +45 from baseline 137, "
        "reading 1 of 2: repeat within 5 min to confirm"
    )


# -- companions


@pytest.mark.parametrize(
    ("baseline", "value", "wanted"),
    [
        (110, 150, CLEARED),  # +40 but below 160
        (110, 160, VIOLATED),
        (137, 176, CLEARED),  # +39, +28 %
        (137, 177, VIOLATED),
    ],
)
def test_a_critical_rise_needs_the_absolute_value_too(
    baseline: float, value: float, wanted: Verdict
) -> None:
    situation = infusing({Vital.SBP: baseline})
    note(situation, Vital.SBP, value, 0)
    note(situation, Vital.SBP, value, 2 * MIN)
    assert verdict("sbp-rise-critical", situation, 2 * MIN) is wanted


def test_a_missing_companion_makes_the_condition_unknown_not_clear() -> None:
    text = STANDARD.read_text(encoding="utf-8").replace(
        'companion = { vital = "dbp", comparison = ">=", limit = { value = 100,',
        'companion = { vital = "map", comparison = ">=", limit = { value = 100,',
    )
    rule = parse_limits(text, "site.toml").rule("dbp-rise-critical")
    situation = infusing(BASELINES)
    note(situation, Vital.DBP, 115, 0)
    note(situation, Vital.DBP, 115, 1 * MIN)
    judgement = judge(rule, situation, 1 * MIN, False)
    assert judgement.verdict is UNKNOWN
    note(situation, Vital.DBP, 80, 2 * MIN)
    assert judge(rule, situation, 2 * MIN, False).verdict is CLEARED


# -- sentences


@pytest.mark.parametrize(
    ("rule", "vital", "value", "readings", "sentence"),
    [
        (
            "sbp-high-warning",
            Vital.SBP,
            168,
            2,
            "SBP 168 mmHg, limit 165, +31 from baseline 137",
        ),
        (
            "sbp-high-warning",
            Vital.SBP,
            168,
            1,
            "SBP 168 mmHg, limit 165, +31 from baseline 137 (low confidence: single reading)",
        ),
        (
            "sbp-rise-warning",
            Vital.SBP,
            168,
            2,
            "SBP 168 mmHg, +31 from baseline 137, limit +30 or +25 %",
        ),
        (
            "hr-high-warning",
            Vital.PR,
            112,
            9,
            "HR 112 /min (pulse), limit 110, +42 from baseline 70",
        ),
        ("spo2-low-critical", Vital.SPO2, 88, 2, "SpO2 88 %, limit 90"),
        ("moaas-critical", Vital.MOAAS, 2, 2, "MOAA/S 2/5, limit 2"),
        ("distress-warning", Vital.DISTRESS, 8, 2, "distress 8/10, limit 7"),
    ],
)
def test_sentences(rule: str, vital: Vital, value: float, readings: int, sentence: str) -> None:
    situation = infusing(BASELINES, readings)
    note(situation, vital, value)
    assert judge(PROFILE.rule(rule), situation, 0, False).sentence == sentence


def test_the_limit_of_a_rise_is_the_value_at_which_it_becomes_true() -> None:
    situation = infusing({Vital.SBP: 100, Vital.DBP: 84})
    note(situation, Vital.SBP, 130)
    judgement = judge(PROFILE.rule("sbp-rise-warning"), situation, 0, False)
    assert (judgement.value, judgement.limit, judgement.baseline) == (130, 125, 100)


def test_a_value_of_low_confidence_is_judged_and_says_so() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 88, 0, Quality.LOW)
    judgement = judge(PROFILE.rule("spo2-low-critical"), situation, 0, False)
    assert judgement.verdict is VIOLATED
    assert "low-confidence reading" in judgement.sentence


# -- equipment


@pytest.mark.parametrize(
    ("rule", "states", "phase", "wanted"),
    [
        ("device-lost", [LinkState.NOT_CONNECTED], Phase.SETUP, UNKNOWN),
        ("device-lost", [LinkState.NOT_CONNECTED], Phase.INFUSING, VIOLATED),
        ("device-lost", [LinkState.WAITING, LinkState.NOT_CONNECTED], Phase.SETUP, VIOLATED),
        ("device-lost", [LinkState.LIVE, LinkState.OPENING], Phase.INFUSING, UNKNOWN),
        ("device-lost", [LinkState.NOT_CONNECTED, LinkState.WAITING], Phase.INFUSING, UNKNOWN),
        ("device-lost", [LinkState.LIVE, LinkState.PROBE_OFF], Phase.INFUSING, CLEARED),
        ("device-lost", [LinkState.LIVE, LinkState.WRONG_DEVICE], Phase.INFUSING, CLEARED),
        ("monitor-silent", [LinkState.LIVE, LinkState.WRONG_DEVICE], Phase.INFUSING, VIOLATED),
        ("monitor-silent", [LinkState.SILENT, LinkState.UNCONFIRMED], Phase.INFUSING, CLEARED),
        ("device-lost", [LinkState.LIVE, LinkState.SILENT], Phase.INFUSING, CLEARED),
        ("monitor-silent", [LinkState.LIVE, LinkState.SILENT], Phase.INFUSING, VIOLATED),
        ("monitor-silent", [LinkState.SILENT, LinkState.WAITING], Phase.INFUSING, UNKNOWN),
        ("monitor-silent", [LinkState.SILENT, LinkState.NOT_CONNECTED], Phase.INFUSING, CLEARED),
        ("device-lost", [LinkState.LIVE, LinkState.NOT_CONNECTED], Phase.DISCHARGED, CLEARED),
    ],
)
def test_links(rule: str, states: list[LinkState], phase: Phase, wanted: Verdict) -> None:
    situation = Situation(PROFILE)
    situation.set_phase(phase, 0)
    for state in states:
        situation.note_link("bp", state, 0, "cable pulled")
    judgement = judge(PROFILE.rule(rule), situation, 0, False, "bp")
    assert judgement.verdict is wanted
    if wanted is VIOLATED:
        assert judgement.sentence.endswith(": bp: cable pulled")


def test_a_link_rule_is_judged_for_every_monitor_by_itself() -> None:
    situation = infusing()
    situation.note_link("oximeter", LinkState.LIVE, 0)
    situation.note_link("bp", LinkState.NOT_CONNECTED, 0)
    rule = PROFILE.rule("device-lost")
    verdicts = {
        device: judge(rule, situation, 0, False, device).verdict
        for device in alarm_devices(rule, situation)
    }
    assert verdicts == {"oximeter": CLEARED, "bp": VIOLATED}


def test_a_named_cause_speaks_instead_of_no_data_and_searching_moves_nothing() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 97)
    for second in range(1, 60):
        note(situation, Vital.SPO2, None, second * S, Quality.SENSOR_OFF)
    assert verdict("spo2-no-data", situation, 59 * S) is CLEARED
    assert verdict("spo2-sensor-off", situation, 59 * S) is VIOLATED
    note(situation, Vital.SPO2, None, 60 * S, Quality.SEARCHING)
    assert verdict("spo2-sensor-off", situation, 60 * S) is UNKNOWN
    assert verdict("spo2-no-data", situation, 69 * S - 1) is CLEARED
    assert verdict("spo2-no-data", situation, 69 * S) is VIOLATED


@pytest.mark.parametrize(("interval_s", "due_s"), [(None, 900), (300, 450), (600, 900)])
def test_a_pressure_is_overdue_after_one_and_a_half_intervals(
    interval_s: float | None, due_s: int
) -> None:
    situation = infusing()
    situation.set_bp_interval(interval_s)
    note(situation, Vital.SBP, 130, 0)
    assert verdict("bp-overdue", situation, due_s * S - 1) is CLEARED
    assert verdict("bp-overdue", situation, due_s * S) is VIOLATED


def test_a_failed_reading_does_not_count_as_a_reading() -> None:
    situation = infusing()
    situation.set_bp_interval(300)
    note(situation, Vital.SBP, 130, 0)
    note(situation, Vital.SBP, None, 440 * S, Quality.FAILED)
    assert verdict("bp-overdue", situation, 450 * S) is VIOLATED


def test_outside_its_phases_a_rule_is_cleared() -> None:
    situation = infusing()
    note(situation, Vital.SBP, 220)
    situation.set_phase(Phase.DISCHARGED, 0)
    assert verdict("sbp-high-once", situation) is CLEARED
