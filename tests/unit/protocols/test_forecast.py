"""The forecast: what makes it go up and down, and when there is none."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

import forecast_cases as cases
from forecast_cases import MODEL, at, lower, moment, pressures, rates, upper

from protocols.dosing.pharmacokinetics import Lump, RateSegment
from protocols.events import Phase
from protocols.forecast.forecast import (
    Facts,
    HeartMinute,
    Limits,
    NoForecast,
    effects_at,
    forecast,
)
from protocols.forecast.model import FORECAST_VITALS
from protocols.vitals import Vital

BP = (Vital.SBP, Vital.DBP)
whole_mmhg = st.integers(90, 160).map(float)


def high(facts: Facts, vital: Vital = Vital.SBP) -> float:
    found = forecast(MODEL, facts)[vital].chance(upward=True)
    assert found is not None
    return found


def reason(facts: Facts, vital: Vital = Vital.SBP) -> NoForecast | None:
    found = forecast(MODEL, facts)[vital]
    assert (found.reason is None) == bool(found.chances)
    return found.reason


def limited(facts: Facts, vital: Vital, limits: Limits) -> Facts:
    return replace(facts, limits={**facts.limits, vital: limits})


# ---- what is always so


@given(
    values=st.lists(st.tuples(whole_mmhg, st.integers(45, 95).map(float)), min_size=2, max_size=9),
    bpm=st.integers(51, 109).map(float),
    share=st.floats(0, 3),
)
@settings(deadline=None, max_examples=60)
def test_every_probability_lies_between_0_and_1(
    values: list[tuple[float, float]], bpm: float, share: float
) -> None:
    facts = replace(
        moment(bpm=bpm, segments=rates((20, share), (60, 0))),
        pressures=pressures(
            *((40 - 3 * n, sbp, dbp) for n, (sbp, dbp) in reversed(list(enumerate(values, 1))))
        ),
    )
    chances = [c for one in forecast(MODEL, facts).values() for c in one.chances]
    assert all(0 <= one.probability <= 1 for one in chances)
    assert Vital.HR in {v for v, one in forecast(MODEL, facts).items() if one.chances}


@given(values=st.lists(st.floats(150, 240), min_size=2, max_size=6), vital=st.sampled_from(BP))
@settings(deadline=None, max_examples=40)
def test_a_higher_upper_limit_is_never_more_probable(values: list[float], vital: Vital) -> None:
    chances = [
        high(limited(moment(), vital, Limits(high=upper(one), low=None)), vital)
        for one in sorted(values)
    ]
    assert chances == sorted(chances, reverse=True)


@given(values=st.lists(st.floats(30, 70), min_size=2, max_size=6))
@settings(deadline=None, max_examples=30)
def test_a_lower_lower_limit_is_never_more_probable(values: list[float]) -> None:
    chances = []
    for one in sorted(values):
        facts = limited(moment(), Vital.HR, Limits(high=None, low=lower(one, 10)))
        found = forecast(MODEL, facts)[Vital.HR].chance(upward=False)
        assert found is not None
        chances.append(found)
    assert chances == sorted(chances)


@given(
    less=st.floats(0, 2),
    more=st.floats(0, 2),
    sbp=st.integers(100, 160).map(float),
    vital=st.sampled_from(FORECAST_VITALS),
)
@settings(deadline=None, max_examples=60)
def test_more_drug_from_now_on_is_never_less_probable(
    less: float, more: float, sbp: float, vital: Vital
) -> None:
    low, high_rate = sorted((less, more))
    chances = [
        high(moment(sbp=sbp, segments=rates((20, 1.0), (40, share), (60, 0))), vital)
        for share in (low, high_rate)
    ]
    assert chances[0] <= chances[1] + 1e-12


@pytest.mark.parametrize("vital", FORECAST_VITALS)
def test_pause_slow_and_stop_lower_it_at_once(vital: Vital) -> None:
    goes_on = high(risen(), vital)
    slowed = high(risen(rates((20, 1.0), (40, 0.5), (80, 0.0))), vital)
    paused = high(risen(rates((20, 1.0), (40, 0.0))), vital)
    assert paused < slowed < goes_on


def risen(segments: tuple[RateSegment, ...] = cases.WHOLE) -> Facts:
    """A heart rate that rose with the drug to near its limit."""
    effects = effects_at(MODEL, 70.0, cases.WHOLE, (), [one.end_ns for one in moment().heart])
    minutes = tuple(
        replace(one, mean_bpm=78 + 20 * effect)
        for one, effect in zip(moment().heart, effects, strict=True)
    )
    facts = replace(moment(segments=segments), heart=minutes, heart_bpm=minutes[-1].mean_bpm)
    return limited(facts, Vital.HR, Limits(high=upper(102, 10), low=None))


def test_a_dose_at_once_raises_it() -> None:
    dose = Lump(t_ns=at(39), amount_mg=15.0)
    assert high(replace(moment(), lumps=(dose,))) > high(moment())


def test_what_was_given_long_ago_has_waned() -> None:
    effects = effects_at(MODEL, 70.0, cases.WHOLE, (), [at(m) for m in (20, 30, 60, 120)])
    assert effects[0] == 0
    assert 0 < effects[1] < effects[2] == pytest.approx(1.0)
    assert effects[3] < 0.35


@given(sbp=st.integers(125, 145).map(float), above=st.integers(12, 19).map(float))
@settings(deadline=None, max_examples=40)
def test_a_reading_far_above_raises_it(sbp: float, above: float) -> None:
    facts = moment(sbp=sbp)
    later = replace(facts, pressures=(*facts.pressures, *pressures((39.5, sbp + above, 88.0))))
    as_before = replace(facts, pressures=(*facts.pressures, *pressures((39.5, sbp, 88.0))))
    assert high(later) > high(as_before)


def test_a_heart_rate_that_rose_raises_it() -> None:
    calm = limited(moment(), Vital.HR, Limits(high=upper(96, 10), low=None))
    minutes = (*calm.heart[:-3], *(replace(one, mean_bpm=88.0) for one in calm.heart[-3:]))
    assert high(replace(calm, heart=minutes, heart_bpm=88.0), Vital.HR) > high(calm, Vital.HR)


@given(order=st.permutations(range(4)))
@settings(deadline=None, max_examples=24)
def test_the_order_of_doses_and_readings_of_one_time_does_not_matter(order: list[int]) -> None:
    lumps = tuple(Lump(t_ns=at(38), amount_mg=one) for one in (1.0, 2.0, 3.0, 4.0))
    same = pressures((30, 140, 84), (30, 141, 85), (30, 142, 86), (30, 143, 87))
    facts = moment()
    found = [
        forecast(
            MODEL,
            replace(
                facts,
                lumps=tuple(lumps[n] for n in places),
                pressures=(*facts.pressures[:2], *(same[n] for n in places)),
            ),
        )
        for places in (range(4), order)
    ]
    for vital in FORECAST_VITALS:
        first, second = (one[vital].chance(upward=True) for one in found)
        assert first == pytest.approx(second, abs=1e-9)


def test_the_same_facts_give_the_same_forecast() -> None:
    assert forecast(MODEL, moment()) == forecast(MODEL, moment())


def test_the_more_probable_limit_comes_first() -> None:
    calm = forecast(MODEL, moment())[Vital.SBP].chances
    assert [one.limit.upward for one in calm] == [True, False]
    weak = replace(moment(), pressures=pressures((30, 96, 60), (35, 94, 60)))
    assert not forecast(MODEL, weak)[Vital.SBP].chances[0].limit.upward


def test_more_readings_to_come_are_never_less_probable() -> None:
    one = replace(moment(), planned_ns=(at(45),))
    assert high(one) < high(moment())


# ---- when there is none


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"protocol": "another"}, NoForecast.MODEL),
        ({"age_years": None}, NoForecast.PATIENT),
        ({"age_years": 17}, NoForecast.PATIENT),
        ({"age_years": 76}, NoForecast.PATIENT),
        ({"weight_kg": None}, NoForecast.PATIENT),
        ({"phase": Phase.BASELINE}, NoForecast.PHASE),
        ({"phase": Phase.DISCHARGED}, NoForecast.PHASE),
        ({"doubtful": True}, NoForecast.DOUBT),
    ],
)
def test_outside_of_what_the_model_is_for_nothing_is_forecast(
    changes: dict[str, object], why: NoForecast
) -> None:
    facts = replace(moment(), **changes)  # type: ignore[arg-type]
    assert {reason(facts, vital) for vital in FORECAST_VITALS} == {why}


def test_without_a_model_nothing_is_forecast() -> None:
    found = forecast(None, moment())
    assert {one.reason for one in found.values()} == {NoForecast.MODEL}
    assert not any(one.chances for one in found.values())


def test_one_pressure_is_not_enough() -> None:
    facts = replace(moment(), pressures=moment().pressures[-1:])
    assert reason(facts, Vital.SBP) is reason(facts, Vital.DBP) is NoForecast.FEW
    assert reason(facts, Vital.HR) is None


def test_an_old_pressure_is_none() -> None:
    age = MODEL.needs.pressure_age_min
    last = moment().pressures[-1].t_ns
    soon = (last + at(age) + at(5),)
    fresh = replace(moment(), now_ns=last + at(age), planned_ns=soon)
    assert reason(fresh) is None
    assert reason(replace(fresh, now_ns=fresh.now_ns + 1)) is NoForecast.OLD


@pytest.mark.parametrize("value", [165.0, 188.0])
def test_beyond_the_limit_now_there_is_nothing_to_forecast(value: float) -> None:
    assert reason(moment(sbp=value)) is NoForecast.BEYOND
    assert reason(moment(sbp=value), Vital.DBP) is None
    assert reason(moment(sbp=164.0)) is None


def test_a_heart_rate_beyond_its_limit_has_none() -> None:
    assert reason(replace(moment(), heart_bpm=110.0), Vital.HR) is NoForecast.BEYOND
    assert reason(replace(moment(), heart_bpm=49.0), Vital.HR) is NoForecast.BEYOND


def test_without_a_limit_there_is_none() -> None:
    facts = limited(moment(), Vital.DBP, Limits(high=None, low=None))
    assert reason(facts, Vital.DBP) is NoForecast.LIMIT


@pytest.mark.parametrize("planned", [(), (9.75,), (12.0,)])
def test_where_no_determination_is_due_in_time_there_is_none(planned: tuple[float, ...]) -> None:
    facts = replace(moment(), planned_ns=tuple(at(40 + one) for one in planned))
    assert reason(facts) is NoForecast.NONE_DUE
    assert reason(facts, Vital.HR) is None


def test_a_heart_rate_that_is_missing_now_has_none() -> None:
    assert reason(replace(moment(), heart_bpm=None), Vital.HR) is NoForecast.OLD
    assert reason(replace(moment(), heart_bpm=None, heart=()), Vital.HR) is NoForecast.FEW


def test_few_minutes_of_heart_rate_are_not_enough() -> None:
    least = MODEL.needs.heart_minutes
    minutes = tuple(HeartMinute(end_ns=at(40 - n), mean_bpm=78.0) for n in range(least))[::-1]
    assert reason(replace(moment(), heart=minutes), Vital.HR) is None
    assert reason(replace(moment(), heart=minutes[1:]), Vital.HR) is NoForecast.FEW
    ended = tuple(replace(one, end_ns=one.end_ns - at(3)) for one in minutes)
    assert reason(replace(moment(), heart=ended), Vital.HR) is NoForecast.OLD


@given(count=st.integers(0, 1), bpm=st.none())
def test_what_is_unknown_has_no_probability_at_all(count: int, bpm: None) -> None:
    facts = replace(moment(), pressures=moment().pressures[:count], heart_bpm=bpm)
    for one in forecast(MODEL, facts).values():
        assert one.chance(upward=True) is None
        assert one.reason in (NoForecast.FEW, NoForecast.OLD)
