"""Weak signals, values too old, monitors to be confirmed, clocks that jump, carbon dioxide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.alarms import AlarmBoard
from protocols.conditions import judge
from protocols.events import (
    AlarmState,
    BpState,
    BpStateChanged,
    ClockAnchored,
    LinkState,
    Phase,
    Reading,
    SameArmChanged,
)
from protocols.situation import Situation
from protocols.vitals import VITALS, Quality, Vital
from tests.unit.protocols.judged_situations import (
    CLEARED,
    MIN,
    PROFILE,
    UNKNOWN,
    VIOLATED,
    S,
    infusing,
    note,
)


def verdict(rule: str, situation: Situation, t_ns: int = 0, device: str = "") -> str:
    return judge(PROFILE.rule(rule), situation, t_ns, False, device).verdict


# -- weak signal


@pytest.mark.parametrize(
    ("quality", "wanted"),
    [
        (Quality.LOW, VIOLATED),
        (Quality.GOOD, CLEARED),
        (Quality.SEARCHING, UNKNOWN),
        (Quality.SENSOR_OFF, UNKNOWN),
        (Quality.IMPLAUSIBLE, UNKNOWN),
    ],
)
def test_only_a_value_of_low_confidence_is_a_weak_signal(quality: Quality, wanted: str) -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 97 if quality.has_value else None, 0, quality)
    assert verdict("spo2-low-signal", situation) is wanted
    assert verdict("spo2-low-signal", situation, 5 * S) is UNKNOWN


def test_a_weak_signal_must_last_and_a_good_value_begins_it_anew() -> None:
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), infusing()
    rule = [PROFILE.rule("spo2-low-signal")]
    state = AlarmState.OFF
    for second in range(62):
        quality = Quality.GOOD if second == 29 else Quality.LOW
        note(situation, Vital.SPO2, 97, second * S, quality)
        board.assess(second * S, situation, rule)
        state = board.state_of("spo2-low-signal")
        assert (state is AlarmState.SOUNDING) == (second >= 60), second
    assert state is AlarmState.SOUNDING


def test_a_cuff_on_the_same_arm_holds_the_weak_signal() -> None:
    board, situation = AlarmBoard(PROFILE.rules, PROFILE.policy), infusing()
    situation.note_same_arm(SameArmChanged(t_ns=0, same=True, by="n").same)
    for second in range(41):
        note(situation, Vital.SPO2, 97, second * S, Quality.LOW)
        if second == 5:
            situation.note_bp_state(
                BpStateChanged(t_ns=5 * S, device="bp", state=BpState.MEASURING)
            )
        board.assess(second * S, situation)
    assert board.state_of("spo2-low-signal") is AlarmState.HELD


# -- values too old


def test_a_respiratory_rate_that_a_monitor_gave_and_gives_no_longer_is_told_of() -> None:
    situation = infusing()
    note(situation, Vital.RR, 14, 0)
    assert verdict("rr-stale", situation, 15 * S - 1) is CLEARED
    judgement = judge(PROFILE.rule("rr-stale"), situation, 15 * S, False)
    assert judgement.verdict is VIOLATED
    assert judgement.sentence == "No respiratory rate: last 14, valid for 15 s"


def test_what_a_person_counts_ends_it_for_as_long_as_that_is_valid() -> None:
    situation = infusing()
    note(situation, Vital.RR, 14, 0)
    situation.note_reading(
        Reading(
            t_ns=60 * S,
            vital=Vital.RR,
            value=15,
            quality=Quality.GOOD,
            source="n",
            measured_ns=60 * S,
            manual=True,
        )
    )
    assert verdict("rr-stale", situation, 60 * S) is CLEARED
    assert verdict("rr-stale", situation, 31 * MIN - 1) is CLEARED
    assert verdict("rr-stale", situation, 31 * MIN) is VIOLATED


def test_a_rate_that_only_people_count_is_left_to_the_schedule() -> None:
    situation = infusing()
    situation.note_reading(
        Reading(
            t_ns=0,
            vital=Vital.RR,
            value=15,
            quality=Quality.GOOD,
            source="n",
            measured_ns=0,
            manual=True,
        )
    )
    assert verdict("rr-stale", situation, 60 * MIN) is UNKNOWN


@pytest.mark.parametrize(
    ("interval_s", "warning_s", "critical_s"),
    [(300, 450, 900), (600, 900, 1800), (None, 900, 1800)],
)
def test_a_pressure_overdue_grows_to_critical(
    interval_s: float | None, warning_s: int, critical_s: int
) -> None:
    situation = infusing()
    situation.set_bp_interval(interval_s)
    note(situation, Vital.SBP, 120, 0)
    for rule, at_s in (("bp-overdue", warning_s), ("bp-overdue-long", critical_s)):
        assert verdict(rule, situation, at_s * S - 1) is CLEARED
        assert verdict(rule, situation, at_s * S) is VIOLATED
    boundaries, t_ns = [], 0
    while (at_ns := situation.next_staleness_ns(t_ns)) is not None:
        boundaries.append(at_ns // S)
        t_ns = at_ns
    assert {warning_s, critical_s} <= set(boundaries)


# -- monitors


@pytest.mark.parametrize(
    ("state", "wanted"),
    [
        (LinkState.UNCONFIRMED, VIOLATED),
        (LinkState.LIVE, CLEARED),
        (LinkState.READY, CLEARED),
        (LinkState.PROBE_OFF, CLEARED),
        (LinkState.SILENT, UNKNOWN),
        (LinkState.WRONG_DEVICE, UNKNOWN),
        (LinkState.NOT_CONNECTED, UNKNOWN),
        (LinkState.OPENING, UNKNOWN),
        (LinkState.WAITING, UNKNOWN),
    ],
)
def test_a_monitor_stays_unconfirmed_until_it_is_confirmed(state: LinkState, wanted: str) -> None:
    situation = infusing()
    situation.note_link("oximeter", LinkState.UNCONFIRMED, 0, "another unit")
    situation.note_link("oximeter", state, 0, "another unit")
    judgement = judge(PROFILE.rule("monitor-unconfirmed"), situation, 0, True, "oximeter")
    assert judgement.verdict is wanted
    if wanted is VIOLATED:
        assert judgement.sentence == "Monitor not confirmed: oximeter: another unit"


# -- the clock


@pytest.mark.parametrize(
    ("jump_ms", "wanted"),
    [(0, CLEARED), (1999, CLEARED), (2000, VIOLATED), (-2000, VIOLATED), (-1999, CLEARED)],
)
def test_a_jump_of_the_clock_is_told_of_in_both_directions(jump_ms: int, wanted: str) -> None:
    situation = infusing()
    assert verdict("clock-jumped", situation) is UNKNOWN
    situation.note_anchor(anchor(0, jump_ms))
    assert verdict("clock-jumped", situation) is wanted


def anchor(t_s: int, jump_ms: int) -> ClockAnchored:
    return ClockAnchored(
        t_ns=t_s * S, utc="2026-01-01T00:00:00.000Z", utc_offset_min=0, jump_ms=jump_ms
    )


def test_a_clock_that_stands_again_does_not_hide_that_it_jumped() -> None:
    situation = infusing()
    situation.note_anchor(anchor(0, -90_000))
    situation.note_anchor(anchor(60, 0))
    judgement = judge(PROFILE.rule("clock-jumped"), situation, 5 * MIN - 1, False)
    assert judgement.verdict is VIOLATED
    assert judgement.sentence == "Clock changed: 90 s back"
    assert situation.next_staleness_ns(4 * MIN) == 5 * MIN
    assert verdict("clock-jumped", situation, 5 * MIN) is CLEARED


@given(st.lists(st.tuples(st.integers(0, 600), st.integers(-5000, 5000)), max_size=10))
def test_the_clock_has_jumped_while_any_jump_is_that_young(jumps: list[tuple[int, int]]) -> None:
    situation = infusing()
    for t_s, jump_ms in sorted(jumps):
        situation.note_anchor(anchor(t_s, jump_ms))
    for now_s in range(0, 900, 60):
        known = [(t_s, jump) for t_s, jump in jumps if t_s <= now_s]
        if len(known) != len(jumps) or not jumps:
            continue
        young = any(now_s - t_s < 300 and abs(jump) >= 2000 for t_s, jump in known)
        assert verdict("clock-jumped", situation, now_s * S) is (VIOLATED if young else CLEARED)


# -- carbon dioxide


@pytest.mark.parametrize(
    ("value", "tiers"),
    [
        (29, {"warning"}),
        (30, set()),
        (50, set()),
        (51, {"advisory"}),
        (56, {"advisory", "warning"}),
        (60, {"advisory", "warning"}),
        (61, {"advisory", "warning", "critical"}),
    ],
)
def test_carbon_dioxide_has_the_limits_of_the_clinical_table(value: int, tiers: set[str]) -> None:
    situation = infusing()
    note(situation, Vital.ETCO2, value)
    found = {
        str(rule.tier)
        for rule in PROFILE.rules
        if rule.vital is Vital.ETCO2 and judge(rule, situation, 0, False).verdict is VIOLATED
    }
    assert found == tiers


def test_no_carbon_dioxide_is_critical_only_where_a_monitor_gave_it() -> None:
    situation = infusing()
    assert verdict("etco2-no-data", situation, 60 * MIN) is UNKNOWN
    note(situation, Vital.ETCO2, 38, 0)
    assert verdict("etco2-no-data", situation, 20 * S - 1) is CLEARED
    assert verdict("etco2-no-data", situation, 20 * S) is VIOLATED
    situation.set_phase(Phase.RECOVERY, 21 * S)
    assert verdict("etco2-no-data", situation, 21 * S) is CLEARED
    assert verdict("etco2-no-data-recovery", situation, 30 * S) is VIOLATED


def test_carbon_dioxide_has_its_codes_and_streams() -> None:
    spec = VITALS[Vital.ETCO2]
    assert (spec.loinc, spec.mdc, spec.unit) == ("19889-5", 151708, "mm[Hg]")
    assert spec.quiet_limit_s == 5


# -- mean pressure


@pytest.mark.parametrize(
    ("mean", "tiers"),
    [
        (114, set()),
        (115, {"advisory"}),
        (120, {"advisory", "warning"}),
        (130, {"advisory", "warning", "critical"}),
    ],
)
def test_a_mean_pressure_rises_by_15_20_and_30_percent(mean: float, tiers: set[str]) -> None:
    situation = infusing({Vital.MAP: 100.0})
    note(situation, Vital.MAP, mean, 0)
    note(situation, Vital.MAP, mean, 60 * S)
    found = {
        str(rule.tier)
        for rule in PROFILE.rules
        if rule.vital is Vital.MAP and judge(rule, situation, 60 * S, False).verdict is VIOLATED
    }
    assert found == tiers


def test_one_mean_pressure_alone_is_never_critical() -> None:
    situation = infusing({Vital.MAP: 100.0})
    note(situation, Vital.MAP, 150)
    judgement = judge(PROFILE.rule("map-rise-critical"), situation, 0, False)
    assert judgement.verdict is CLEARED
    assert judgement.unconfirmed


def test_a_rule_switched_off_says_so_in_its_sentence() -> None:
    rule = replace(PROFILE.rule("map-rise-advisory"), off=True)
    assert rule.sentence().endswith("switched off for this patient, so not judged.")
