"""How far a vital moved within some seconds, of what was measured and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.conditions import judge, may_be_violated
from protocols.events import Reading
from protocols.recent_values import RecentValues
from protocols.vitals import VITALS, Quality, Vital
from tests.unit.protocols.judged_situations import (
    CLEARED,
    PROFILE,
    UNKNOWN,
    VIOLATED,
    S,
    infusing,
    note,
)

FALLS, RISES = PROFILE.rule("spo2-falling-fast"), PROFILE.rule("hr-rising-fast")
PRESSURE = PROFILE.rule("sbp-rising-fast")


def reading(vital: Vital, value: float, at_s: float) -> Reading:
    at_ns = round(at_s * S)
    return Reading(
        t_ns=at_ns,
        vital=vital,
        value=value,
        quality=Quality.GOOD,
        source="m",
        measured_ns=at_ns,
    )


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([(0, 98), (60, 94)], VIOLATED),
        ([(0, 98), (60, 95)], CLEARED),
        ([(0, 98), (61, 94)], CLEARED),
        ([(0, 94), (60, 98)], CLEARED),
        ([(0, 98), (20, 99), (40, 97), (60, 95)], VIOLATED),
        ([(60, 90)], CLEARED),
    ],
)
def test_a_fall_is_counted_from_the_highest_value_of_its_span(
    values: list[tuple[float, float]], wanted: str
) -> None:
    situation = infusing()
    for at_s, value in values:
        note(situation, Vital.SPO2, value, round(at_s * S))
    assert judge(FALLS, situation, round(values[-1][0] * S), False).verdict is wanted


def test_the_sentence_says_how_far_within_what_time() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 98, 0)
    note(situation, Vital.SPO2, 92, 30 * S)
    judgement = judge(FALLS, situation, 30 * S, False)
    assert judgement.sentence == "SpO2 92 %, fallen 6 % within 60 s, limit 4"
    assert judgement.limit == 94


def test_once_in_force_the_hysteresis_counts() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 98, 0)
    note(situation, Vital.SPO2, 95, 30 * S)
    assert judge(FALLS, situation, 30 * S, True).verdict is VIOLATED
    note(situation, Vital.SPO2, 96, 31 * S)
    assert judge(FALLS, situation, 31 * S, True).verdict is CLEARED


def test_a_missing_or_stale_value_neither_raises_nor_ends_it() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 98, 0)
    note(situation, Vital.SPO2, 90, 30 * S)
    assert judge(FALLS, situation, 35 * S, True).verdict is UNKNOWN
    note(situation, Vital.SPO2, None, 31 * S)
    assert judge(FALLS, situation, 31 * S, True).verdict is UNKNOWN


def test_a_gap_is_not_filled_and_what_was_before_it_still_counts_in_the_span() -> None:
    situation = infusing()
    note(situation, Vital.SPO2, 98, 0)
    note(situation, Vital.SPO2, None, 10 * S, Quality.SENSOR_OFF)
    note(situation, Vital.SPO2, 93, 50 * S)
    assert judge(FALLS, situation, 50 * S, False).verdict is VIOLATED
    note(situation, Vital.SPO2, 93, 61 * S)
    assert judge(FALLS, situation, 61 * S, False).verdict is CLEARED


def test_a_typed_heart_rate_is_no_trend() -> None:
    situation = infusing()
    note(situation, Vital.HR, 70, 0)
    typed = replace(reading(Vital.HR, 120, 30), manual=True, spot=True)
    situation.note_reading(typed)
    assert judge(PROFILE.rule("hr-high-warning"), situation, 30 * S, False).verdict is VIOLATED
    assert judge(RISES, situation, 30 * S, False).verdict is UNKNOWN


def test_the_pulse_of_an_oximeter_is_compared_with_itself() -> None:
    situation = infusing()
    note(situation, Vital.PR, 70, 0)
    note(situation, Vital.PR, 100, 30 * S)
    assert judge(RISES, situation, 30 * S, False).verdict is VIOLATED
    note(situation, Vital.HR, 99, 30 * S)
    assert judge(RISES, situation, 30 * S, False).verdict is CLEARED


def test_determinations_count_by_when_they_were_measured() -> None:
    situation = infusing()
    note(situation, Vital.SBP, 150, 900 * S)
    assert judge(PRESSURE, situation, 900 * S, False).verdict is CLEARED
    late = replace(reading(Vital.SBP, 120, 0), t_ns=901 * S)
    situation.note_reading(late)
    assert judge(PRESSURE, situation, 901 * S, False).verdict is VIOLATED


_TIMES = st.lists(st.integers(0, 200), min_size=1, max_size=30)


@given(st.data(), _TIMES, st.booleans(), st.sampled_from([Vital.SPO2, Vital.SBP]))
def test_the_extreme_is_that_of_every_value_in_the_span(
    data: st.DataObject, times: list[int], upward: bool, vital: Vital
) -> None:
    base = RISES if upward else FALLS
    rule = replace(base, vital=vital, window_s=float(data.draw(st.integers(5, 120))))
    watch = RecentValues([rule])
    known: list[Reading] = []
    streams = VITALS[vital].quiet_limit_s is not None
    for at_s in sorted(times) if streams else dict.fromkeys(times):
        one = reading(vital, float(data.draw(st.integers(80, 100))), at_s)
        watch.note(one)
        known = [other for other in known if other.measured_ns != one.measured_ns]
        known.append(one)
        ordered = tuple(sorted(known, key=lambda other: other.measured_ns))
        span_ns = rule.window_s * S
        inside = [
            other.value
            for other in known
            if other.value is not None and 0 <= one.measured_ns - other.measured_ns <= span_ns
        ]
        wanted = min(inside) if upward else max(inside)
        assert watch.extreme(rule, one, ordered) == wanted


@given(
    st.lists(st.tuples(st.integers(0, 120), st.integers(80, 100)), min_size=1, max_size=20),
    st.integers(0, 10),
)
def test_the_quick_look_hides_no_fall(values: list[tuple[int, int]], later_s: int) -> None:
    situation = infusing()
    for at_s, value in values:
        note(situation, Vital.SPO2, value, at_s * S)
    t_ns = (max(at_s for at_s, _ in values) + later_s) * S
    if judge(FALLS, situation, t_ns, False).verdict is VIOLATED:
        assert may_be_violated(FALLS, situation, t_ns)
