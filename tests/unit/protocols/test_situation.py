"""What is known, for how long, and when that changes by age alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.alarm_rules import vitals_read
from protocols.conditions import judge
from protocols.events import (
    BaselineFrozen,
    BaselineValue,
    BpState,
    BpStateChanged,
    LinkState,
    Phase,
    Reading,
    Service,
)
from protocols.limits import parse_limits
from protocols.situation import Situation
from protocols.vitals import NS_PER_S, VITALS, Quality, Vital

STANDARD = Path(__file__).resolve().parents[3] / "resources" / "limits" / "standard.toml"
PROFILE = parse_limits(STANDARD.read_text(encoding="utf-8"), "standard.toml")
S = NS_PER_S


def value(
    vital: Vital, number: float | None, at_ns: int, *, spot: bool = False, source: str = "m"
) -> Reading:
    quality = Quality.GOOD if number is not None else Quality.SEARCHING
    return Reading(
        t_ns=at_ns,
        vital=vital,
        value=number,
        quality=quality,
        source=source,
        measured_ns=at_ns,
        spot=spot,
    )


@pytest.fixture
def situation() -> Situation:
    return Situation(PROFILE)


def test_a_streaming_value_is_fresh_for_less_than_its_quiet_limit(situation: Situation) -> None:
    reading = value(Vital.SPO2, 97, 10 * S)
    situation.note_reading(reading)
    assert situation.fresh(Vital.SPO2, 10 * S) == reading
    assert situation.fresh(Vital.SPO2, 15 * S - 1) == reading
    assert situation.fresh(Vital.SPO2, 15 * S) is None
    assert situation.last_value(Vital.SPO2) == reading


def test_a_missing_reading_makes_a_vital_unknown_at_once(situation: Situation) -> None:
    situation.note_reading(value(Vital.SPO2, 97, 0))
    situation.note_reading(value(Vital.SPO2, None, 1 * S))
    assert situation.fresh(Vital.SPO2, 1 * S) is None
    last = situation.last_value(Vital.SPO2)
    assert last is not None
    assert last.value == 97


@pytest.mark.parametrize(
    ("interval_s", "valid_s"), [(None, 900), (300, 450), (600, 900), (900, 1350)]
)
def test_a_pressure_is_valid_one_and_a_half_intervals(
    situation: Situation, interval_s: float | None, valid_s: int
) -> None:
    situation.set_bp_interval(interval_s)
    situation.note_reading(value(Vital.SBP, 130, 0))
    assert situation.fresh(Vital.SBP, valid_s * S - 1) is not None
    assert situation.fresh(Vital.SBP, valid_s * S) is None


def test_a_typed_score_is_valid_for_the_time_of_the_policy(situation: Situation) -> None:
    situation.note_reading(value(Vital.MOAAS, 5, 0))
    assert situation.fresh(Vital.MOAAS, 1800 * S - 1) is not None
    assert situation.fresh(Vital.MOAAS, 1800 * S) is None


def test_the_reading_measured_later_counts_whatever_the_order_of_arrival(
    situation: Situation,
) -> None:
    situation.note_reading(value(Vital.SBP, 150, 600 * S))
    situation.note_reading(value(Vital.SBP, 190, 300 * S))
    fresh = situation.fresh(Vital.SBP, 600 * S)
    assert fresh is not None
    assert fresh.value == 150
    assert [r.value for r in situation.determinations(Vital.SBP)] == [190, 150]


def test_of_two_readings_measured_at_once_the_one_known_later_counts(situation: Situation) -> None:
    situation.note_reading(value(Vital.SPO2, 88, 0))
    situation.note_reading(value(Vital.SPO2, 96, 0))
    fresh = situation.fresh(Vital.SPO2, 0)
    assert fresh is not None
    assert fresh.value == 96


def test_a_corrected_determination_replaces_the_one_of_the_same_time(situation: Situation) -> None:
    situation.note_reading(value(Vital.SBP, 210, 60 * S))
    situation.note_reading(value(Vital.SBP, 120, 60 * S))
    assert [r.value for r in situation.determinations(Vital.SBP)] == [120]


def test_pulse_rate_stands_in_for_a_missing_heart_rate(situation: Situation) -> None:
    situation.note_reading(value(Vital.PR, 71, 0))
    judged = situation.judged(Vital.HR, 1 * S)
    assert judged is not None
    assert (judged.vital, judged.value) == (Vital.PR, 71)
    situation.note_reading(value(Vital.HR, 74, 1 * S))
    judged = situation.judged(Vital.HR, 1 * S)
    assert judged is not None
    assert (judged.vital, judged.value) == (Vital.HR, 74)
    situation.note_reading(value(Vital.HR, None, 2 * S))
    judged = situation.judged(Vital.HR, 2 * S)
    assert judged is not None
    assert judged.vital is Vital.PR


def test_a_pulse_from_the_cuff_never_makes_the_heart_rate_look_live(situation: Situation) -> None:
    situation.note_reading(value(Vital.PR, 71, 0))
    situation.note_reading(value(Vital.PR, 88, 6 * S, spot=True))
    assert situation.judged(Vital.HR, 6 * S) is None
    assert situation.quiet_since_ns(Vital.HR) == 0
    last = situation.last_value(Vital.PR)
    assert last is not None
    assert last.value == 71


def test_silence_counts_from_the_last_value_or_the_last_named_cause(situation: Situation) -> None:
    assert situation.quiet_since_ns(Vital.SPO2) is None
    situation.note_reading(value(Vital.SPO2, 97, 0))
    off = Reading(
        t_ns=30 * S,
        vital=Vital.SPO2,
        value=None,
        quality=Quality.SENSOR_OFF,
        source="m",
        measured_ns=30 * S,
    )
    situation.note_reading(off)
    situation.note_reading(value(Vital.SPO2, None, 31 * S))
    assert situation.quiet_since_ns(Vital.SPO2) == 30 * S


def test_without_any_reading_silence_counts_from_the_start_of_the_infusion(
    situation: Situation,
) -> None:
    situation.set_phase(Phase.BASELINE, 10 * S)
    assert situation.quiet_since_ns(Vital.SPO2) is None
    assert situation.bp_awaited_since_ns() is None
    situation.set_phase(Phase.INFUSING, 60 * S)
    situation.set_phase(Phase.RECOVERY, 2400 * S)
    assert situation.quiet_since_ns(Vital.SPO2) == 60 * S
    assert situation.bp_awaited_since_ns() == 60 * S


def test_a_pressure_before_the_infusion_is_not_overdue_at_its_start(situation: Situation) -> None:
    situation.note_reading(value(Vital.SBP, 120, 0))
    situation.set_phase(Phase.INFUSING, 480 * S)
    assert situation.bp_awaited_since_ns() == 480 * S


def test_baseline_of_the_pulse_serves_the_heart_rate(situation: Situation) -> None:
    frozen = BaselineFrozen(
        t_ns=0,
        by="n",
        values=(
            BaselineValue(vital=Vital.PR, value=70, readings=30),
            BaselineValue(vital=Vital.SBP, value=137, readings=1),
            BaselineValue(vital=Vital.DBP, value=84, readings=2),
        ),
        low_confidence=False,
    )
    situation.freeze(frozen)
    baseline = situation.baseline(Vital.HR)
    assert baseline is not None
    assert baseline.value == 70
    assert situation.baseline_low_confidence(Vital.SBP)
    assert not situation.baseline_low_confidence(Vital.DBP)
    assert not situation.baseline_low_confidence(Vital.HR)


def test_a_link_that_was_open_stays_known_as_such(situation: Situation) -> None:
    situation.note_link("bp", LinkState.OPENING, 0)
    status = situation.link("bp")
    assert status is not None
    assert not status.was_open
    situation.note_link("bp", LinkState.LIVE, 1 * S)
    situation.note_link("bp", LinkState.NOT_CONNECTED, 2 * S, "unplugged")
    status = situation.link("bp")
    assert status is not None
    assert status.was_open
    assert status.detail == "unplugged"
    assert situation.devices == ("bp",)


def test_services_are_unknown_until_a_watchdog_reports(situation: Situation) -> None:
    assert situation.service(Service.RECORDER) is None
    situation.note_service(Service.RECORDER, False, 1 * S, "disk full")
    status = situation.service(Service.RECORDER)
    assert status is not None
    assert (status.working, status.detail) == (False, "disk full")


@pytest.mark.parametrize(
    ("states", "failed"),
    [
        ([], None),
        ([BpState.MEASURING], None),
        ([BpState.FAILED], True),
        ([BpState.FAILED, BpState.REQUESTED, BpState.MEASURING], True),
        ([BpState.FAILED, BpState.ABORTED], True),
        ([BpState.FAILED, BpState.DONE], False),
    ],
)
def test_only_the_end_of_a_determination_says_whether_it_failed(
    situation: Situation, states: list[BpState], failed: bool | None
) -> None:
    for n, state in enumerate(states):
        situation.note_bp_state(BpStateChanged(t_ns=n, device="bp", state=state, text="air leak"))
    assert situation.bp_failed is failed


def test_a_typed_pressure_ends_a_failure(situation: Situation) -> None:
    situation.note_bp_state(BpStateChanged(t_ns=0, device="bp", state=BpState.FAILED))
    situation.note_reading(value(Vital.SBP, 130, 5 * S, source="nurse"))
    assert situation.bp_failed is False


def test_next_staleness_names_the_first_boundary_ahead(situation: Situation) -> None:
    assert situation.next_staleness_ns(0) is None
    situation.note_reading(value(Vital.SPO2, 97, 1 * S))
    assert situation.next_staleness_ns(1 * S) == 6 * S  # quiet limit 5 s
    assert situation.next_staleness_ns(6 * S) == 11 * S  # no data for 10 s
    assert situation.next_staleness_ns(11 * S) == 31 * S  # the longer limit of recovery
    assert situation.next_staleness_ns(31 * S) is None
    situation.note_reading(value(Vital.SPO2, 97, 40 * S))
    assert situation.next_staleness_ns(40 * S) == 45 * S


def test_data_that_never_came_have_deadlines_too(situation: Situation) -> None:
    situation.set_phase(Phase.INFUSING, 60 * S)
    assert situation.next_staleness_ns(60 * S) == 70 * S
    assert situation.next_staleness_ns(70 * S) == 90 * S
    assert situation.next_staleness_ns(90 * S) == 960 * S
    assert situation.next_staleness_ns(960 * S) == 1860 * S  # long overdue
    assert situation.next_staleness_ns(1860 * S) is None


WATCHED = sorted({vital for rule in PROFILE.rules for vital in vitals_read(rule)})
QUALITIES = st.sampled_from([Quality.GOOD, Quality.LOW, Quality.SENSOR_OFF, Quality.SEARCHING])


@st.composite
def readings(draw: st.DrawFn) -> Reading:
    vital = draw(st.sampled_from(WATCHED))
    quality = draw(QUALITIES)
    low, high = VITALS[vital].plausible
    known_ns = draw(st.integers(0, 1200)) * S
    return Reading(
        t_ns=known_ns,
        vital=vital,
        value=float(draw(st.integers(int(low), int(high)))) if quality.has_value else None,
        quality=quality,
        source="m",
        measured_ns=max(0, known_ns - draw(st.integers(0, 300)) * S),
        spot=draw(st.booleans()),
    )


@settings(max_examples=60)
@given(
    st.lists(readings(), max_size=12),
    st.sampled_from([Phase.BASELINE, Phase.INFUSING, Phase.RECOVERY]),
    st.integers(0, 1200),
    st.sampled_from([None, 300.0, 600.0]),
    st.booleans(),
)
def test_between_two_boundaries_no_verdict_changes(
    known: list[Reading], phase: Phase, phase_s: int, interval_s: float | None, before: bool
) -> None:
    situation = Situation(PROFILE)
    situation.set_phase(phase, phase_s * S)
    situation.set_bp_interval(interval_s)
    for reading in known:
        situation.note_reading(reading)
    t_ns = 1200 * S
    for _ in range(6):
        boundary = situation.next_staleness_ns(t_ns)
        last = boundary - 1 if boundary is not None else t_ns + 7200 * S
        for rule in PROFILE.rules:
            first_word = judge(rule, situation, t_ns, before)
            assert judge(rule, situation, (t_ns + last) // 2, before) == first_word
            assert judge(rule, situation, last, before) == first_word
        if boundary is None:
            return
        t_ns = boundary


@pytest.mark.parametrize(
    ("vital", "number", "stands_s"), [(Vital.RR, 14, 15), (Vital.TEMP, 36.6, 60)]
)
def test_what_a_monitor_counts_stands_shorter_than_what_a_person_counted(
    situation: Situation, vital: Vital, number: float, stands_s: int
) -> None:
    counted = value(vital, number, 0)
    situation.note_reading(counted)
    assert situation.fresh(vital, stands_s * S - 1) is counted
    assert situation.fresh(vital, stands_s * S) is None
    typed = replace(counted, manual=True, source="N. Okafor")
    situation.note_reading(typed)
    assert situation.fresh(vital, stands_s * S) is typed


def test_a_monitor_that_measures_nothing_takes_no_counted_breaths_away(
    situation: Situation,
) -> None:
    typed = replace(value(Vital.RR, 14, 0), manual=True, source="N. Okafor")
    situation.note_reading(typed)
    situation.note_reading(value(Vital.RR, None, 5 * S))
    assert situation.fresh(Vital.RR, 6 * S) is typed
