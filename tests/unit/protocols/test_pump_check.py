"""The pump against the timer: volumes, rate, standing, its own alarm; what is unknown stays so."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.dosing.pump_check import (
    RIGHT,
    UNKNOWN,
    PumpFact,
    PumpFinding,
    PumpWatch,
    volume_words,
)
from protocols.events import Giving, LineMark, LineMarked
from protocols.vitals import NS_PER_S
from tests.unit.protocols.pump_facts import PLAN, due_ml, pump, timer

VALID_S = 20


def watch(*facts: PumpFact) -> PumpWatch:
    found = PumpWatch(validity_ns=VALID_S * NS_PER_S)
    found.note(PLAN)
    for fact in facts:
        found.note(fact)
    return found


def volume(found: PumpWatch, t_s: float, *, in_force: bool = False) -> PumpFinding:
    return found.judge_volume(round(t_s * NS_PER_S), 1.0, 5.0, in_force=in_force)


def rate(found: PumpWatch, t_s: float, *, in_force: bool = False) -> PumpFinding:
    return found.judge_rate(round(t_s * NS_PER_S), 0.1, 1.0, in_force=in_force)


# what the timer counts


def test_the_timer_counts_the_share_of_the_dose_in_the_volume_that_holds_it() -> None:
    found = watch(timer(100))
    assert found.timer_ml(100 * NS_PER_S) == 0
    assert found.timer_ml(1300 * NS_PER_S) == Fraction(35, 2)
    assert found.timer_ml(9999 * NS_PER_S) == 35
    found.note(timer(1300, 0, given_mg="17.5"))
    assert found.timer_ml(2000 * NS_PER_S) == Fraction(35, 2)
    found.note(timer(2000, 50, given_mg="17.5"))
    assert found.timer_ml(2600 * NS_PER_S) == Fraction(35, 2) + Fraction(35, 8)


def test_before_a_start_and_for_what_is_given_at_once_there_is_no_volume() -> None:
    assert watch().timer_ml(NS_PER_S) is None
    at_once = PumpWatch(validity_ns=VALID_S * NS_PER_S)
    for fact in (_given_at_once(), timer(1, 0), pump(2)):
        at_once.note(fact)
    assert at_once.timer_ml(2 * NS_PER_S) is None
    assert at_once.judge_running(2 * NS_PER_S) == UNKNOWN
    assert at_once.judge_standstill(2 * NS_PER_S) == UNKNOWN


def _given_at_once() -> PumpFact:
    return replace(PLAN, giving=Giving.INJECTION)


# volumes


@pytest.mark.parametrize(
    ("percent", "wrong"), [(100, False), (95.1, False), (94, True), (90, True), (106, True)]
)
def test_after_half_the_dose_more_than_five_percent_is_too_much(
    percent: float, wrong: bool
) -> None:
    found = watch(pump(95, 500.0, running=False), timer(100))
    found.note(pump(1300, 500 + due_ml(1200, percent)))
    assert volume(found, 1300).wrong is wrong


@pytest.mark.parametrize(("behind_ml", "wrong"), [(0.9, False), (0.99, False), (1.01, True)])
def test_early_a_millilitre_is_allowed_whatever_the_percentage(
    behind_ml: float, wrong: bool
) -> None:
    found = watch(pump(95, 0.0, running=False), timer(100))
    found.note(pump(500, due_ml(400) - behind_ml))
    assert volume(found, 500).wrong is wrong


def test_the_sentence_has_both_volumes_and_the_percentage() -> None:
    found = watch(pump(0, 0.0, running=False), timer(0), pump(1200, due_ml(1200, 90)))
    finding = volume(found, 1200)
    assert finding.detail == "pump 15.8 mL, timer 17.5 mL: 1.8 mL (10 %) less"
    found = watch(pump(0, 0.0), timer(0), timer(1200, 0, given_mg="17.5"), pump(1500, 21.0))
    assert volume(found, 1500).detail == "pump 21.0 mL, timer 17.5 mL: 3.5 mL (20 %) more"


def test_a_millilitre_must_be_pumped_before_anybody_can_say_that_they_agree() -> None:
    found = watch(pump(0, 0.0, running=False), timer(0), pump(60, due_ml(60)))
    assert volume(found, 60) == UNKNOWN
    found.note(pump(72, due_ml(72)))
    assert volume(found, 72) == RIGHT


def test_an_alarm_ends_only_well_inside_its_limits() -> None:
    found = watch(pump(0, 0.0, running=False), timer(0), pump(1200, 17.5 - 0.95))
    assert volume(found, 1200) == RIGHT
    found.note(pump(2400, 35 - 1.6))
    assert volume(found, 2400).wrong is False
    assert volume(found, 2400, in_force=True).wrong is True
    found.note(pump(2401, 35 - 1.3))
    assert volume(found, 2401, in_force=True).wrong is False


def test_old_words_of_the_pump_are_unknown() -> None:
    found = watch(pump(0, 0.0), timer(0), pump(1200, 10.0))
    assert volume(found, 1219.9).wrong is True
    assert volume(found, 1220) == UNKNOWN
    for finding in (
        rate(found, 1220),
        found.judge_standstill(1220 * NS_PER_S),
        found.judge_alarm(1220 * NS_PER_S),
    ):
        assert finding == UNKNOWN


def test_a_pump_without_a_volume_is_unknown() -> None:
    found = watch(pump(0, 0.0), timer(0), pump(1200, 10.0), pump(1201, None))
    assert volume(found, 1201) == UNKNOWN


def test_a_cleared_counter_begins_the_comparison_anew() -> None:
    found = watch(pump(0, 500.0), timer(0), pump(600, 500 + due_ml(600)))
    found.note(pump(610, 0.0))
    assert volume(found, 610) == UNKNOWN
    found.note(pump(1210, due_ml(600)))
    assert volume(found, 1210) == RIGHT
    found.note(pump(1810, due_ml(600)))
    assert volume(found, 1810).detail.endswith("counted since the pump's counter began anew")


def test_a_counter_that_only_rounds_down_goes_on() -> None:
    found = watch(pump(0, 500.0), timer(0), pump(1200, 510.04), pump(1201, 510.0))
    assert volume(found, 1201).wrong is True


def test_another_unit_begins_the_comparison_anew() -> None:
    found = watch(pump(0, 0.0), timer(0), pump(600, due_ml(600)))
    found.note(pump(610, 812.0, unit="8002-2"))
    assert volume(found, 610) == UNKNOWN
    found.note(pump(1210, 812 + due_ml(600), unit="8002-2"))
    assert volume(found, 1210) == RIGHT


def test_a_pump_that_comes_late_is_compared_from_then_on() -> None:
    found = watch(timer(0), pump(600, 3.0), pump(1200, 3 + due_ml(600)))
    assert volume(found, 1200) == RIGHT


def test_a_second_pump_does_not_disturb_the_first() -> None:
    found = watch(pump(0, 0.0), timer(0), pump(600, due_ml(600)))
    found.note(pump(601, 99.0, device="other", unit="x"))
    assert volume(found, 601) == RIGHT


def test_a_flush_is_no_drug() -> None:
    found = watch(pump(0, 0.0), timer(0), timer(2400, ended=True, given_mg="35"), pump(2500, 45.0))
    assert volume(found, 2500).wrong is True
    found.note(
        LineMarked(
            t_ns=2501 * NS_PER_S,
            mark=LineMark.FLUSH_STARTED,
            by="n",
            left_pump_mg=PLAN.dose_mg,
            in_line_mg=PLAN.dose_mg,
        )
    )
    assert volume(found, 2501) == RIGHT
    found.note(pump(2502, 60.0))
    assert found.volume_pair(2502 * NS_PER_S) is None
    assert found.pair is not None
    assert volume_words(found.pair) == "pump 45.0 mL, timer 35.0 mL: 10.0 mL (29 %) more"


def test_volumes_that_agree_are_told_as_such() -> None:
    found = watch(pump(0, 0.0), timer(0), pump(600, due_ml(600)))
    assert found.pair is not None
    assert volume_words(found.pair) == "pump 8.8 mL, timer 8.8 mL: no difference"


def test_a_watch_that_goes_on_leaves_the_one_before_as_it_was() -> None:
    before = watch(pump(0, 0.0), timer(0))
    after = before.after(pump(600, 8.0))
    assert before.pair is None
    assert after.pair is not None


@given(
    steps=st.lists(
        st.tuples(st.sampled_from((0, 25, 50, 100)), st.integers(1, 600)), min_size=1, max_size=6
    ),
    counter_ml=st.integers(0, 900).map(float),
)
def test_a_true_pump_never_disagrees_however_it_is_slowed_and_paused(
    steps: list[tuple[int, int]], counter_ml: float
) -> None:
    found = watch(pump(0, counter_ml, running=False))
    t_s, given = 0, Fraction(0)
    for percent, span_s in steps:
        found.note(timer(t_s, percent, given_mg=str(float(given))))
        t_s += span_s
        given = min(Fraction(35), given + Fraction("52.5") * percent * span_s / 100 / 3600)
        found.note(pump(t_s, counter_ml + round(float(given), 3)))
        assert volume(found, t_s).wrong is not True


# rate, standing, alarm


@pytest.mark.parametrize(
    ("shown", "percent", "wrong"),
    [
        (52.5, 100, False),
        (53.0, 100, False),
        (53.1, 100, True),
        (52.5, 50, True),
        (26.3, 50, False),
    ],
)
def test_the_rate_is_that_of_the_order_at_its_present_share(
    shown: float, percent: int, wrong: bool
) -> None:
    found = watch(timer(0, percent), pump(5, 0.0, rate_ml_per_h=shown))
    assert rate(found, 5).wrong is wrong


def test_the_rate_of_a_pump_that_stands_still_or_says_none_is_not_judged() -> None:
    for said in (pump(5, running=False), pump(5, running=None), pump(5, rate_ml_per_h=None)):
        assert rate(watch(timer(0), said), 5) == UNKNOWN
    assert rate(watch(timer(0, 0), pump(5, rate_ml_per_h=10.0)), 5) == UNKNOWN


def test_a_rate_is_told_with_the_one_ordered() -> None:
    found = watch(timer(0, 50), pump(5, 0.0))
    assert rate(found, 5).detail == "pump 52.5 mL/h, ordered 26.2 mL/h"


@pytest.mark.parametrize(
    ("running", "stands", "runs"),
    [(True, RIGHT, None), (False, None, RIGHT), (None, UNKNOWN, UNKNOWN)],
)
def test_pump_and_timer_run_and_stand_together(
    running: bool | None, stands: PumpFinding | None, runs: PumpFinding | None
) -> None:
    at_ns = 5 * NS_PER_S
    with_timer = watch(timer(0), pump(5, running=running))
    assert with_timer.judge_running(at_ns) == RIGHT
    found = with_timer.judge_standstill(at_ns)
    assert found == stands if stands is not None else found.wrong is True
    paused = watch(timer(0), timer(4, 0, given_mg="1"), pump(5, running=running))
    assert paused.judge_standstill(at_ns) == RIGHT
    found = paused.judge_running(at_ns)
    assert found == runs if runs is not None else found.wrong is True


def test_after_the_whole_dose_a_pump_may_run_on() -> None:
    found = watch(timer(0), timer(2400, ended=True, given_mg="35"), pump(2401, 35.0))
    assert found.judge_running(2401 * NS_PER_S) == RIGHT


def test_the_alarm_of_the_pump_is_told_in_its_own_words() -> None:
    assert watch(pump(5, alarm="occlusion (AL_OCCLU)")).judge_alarm(6 * NS_PER_S) == PumpFinding(
        wrong=True, detail="occlusion (AL_OCCLU)"
    )
    assert watch(pump(5)).judge_alarm(6 * NS_PER_S) == RIGHT
    silent = pump(5, None, rate_ml_per_h=None, running=None, note="confirm it")
    assert watch(silent).judge_alarm(6 * NS_PER_S) == UNKNOWN


@given(
    st.lists(
        st.one_of(
            st.builds(timer, st.just(0.0), st.sampled_from((0, 50, 100))),
            st.builds(
                pump,
                st.just(0.0),
                st.none() | st.floats(0, 900),
                rate_ml_per_h=st.none() | st.floats(0, 1200),
                running=st.none() | st.booleans(),
            ),
        ),
        max_size=12,
    )
)
def test_no_story_breaks_a_judgement(facts: list[PumpFact]) -> None:
    found = watch(*facts)
    for in_force in (False, True):
        for finding in (volume(found, 1, in_force=in_force), rate(found, 1, in_force=in_force)):
            assert (finding.wrong is True) == bool(finding.detail)
