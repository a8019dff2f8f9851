"""Which limit a forecast is about, and when the schedule's readings come."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import shipped
from forecast_cases import at, lower, upper

from app.places import names_of, read_limits
from app.plots.bounds import bounds_of
from protocols.alarm_rules import Comparison
from protocols.events import Phase
from protocols.forecast.model import FORECAST_VITALS
from protocols.forecast.planned import Leg, NextTask, planned_ns
from protocols.forecast.warning_limits import WarningLimit, warning_limits
from protocols.limits import parse_limits
from protocols.vitals import Vital


@pytest.mark.parametrize("profile", names_of("limits"))
def test_the_limits_are_those_that_the_tiles_print(profile: str) -> None:
    limits = parse_limits(*read_limits(profile))
    baselines: list[dict[Vital, float]] = [
        {},
        {Vital.SBP: 118.5, Vital.DBP: 76.0, Vital.PR: 66.0},
        {Vital.SBP: 138.0, Vital.DBP: 88.5, Vital.HR: 92.0},
    ]
    compared = 0
    for phase in Phase:
        for baseline in baselines:
            for vital in FORECAST_VITALS:
                shown = bounds_of(limits, vital, phase, baseline)
                high, low = warning_limits(limits, vital, phase, baseline)
                assert (None if high is None else high.value) == shown.high
                assert (None if low is None else low.value) == shown.low
                compared += high is not None
    assert compared > 20


def test_a_heart_rate_limit_knows_the_delay_of_its_rule() -> None:
    limits = parse_limits(*read_limits("standard"))
    high, low = warning_limits(limits, Vital.HR, Phase.INFUSING, {})
    assert (high, low) == (upper(110, 10), lower(50, 10))


@pytest.mark.parametrize(
    ("limit", "first", "last_inside"),
    [
        (upper(165), 165, 164),
        (upper(147.6), 148, 147),
        (WarningLimit(value=24, comparison=Comparison.ABOVE, delay_s=0), 25, 24),
        (lower(90), 89, 90),
        (lower(96.8), 96, 97),
        (WarningLimit(value=96.8, comparison=Comparison.AT_MOST, delay_s=0), 96, 97),
        (WarningLimit(value=96, comparison=Comparison.AT_MOST, delay_s=0), 96, 97),
    ],
)
def test_the_edge_lies_between_the_whole_numbers_inside_and_outside(
    limit: WarningLimit, first: int, last_inside: int
) -> None:
    assert limit.is_met(first)
    assert not limit.is_met(last_inside)
    assert limit.edge == (first + last_inside) / 2
    assert limit.shown == first


SCHEDULE = shipped.shipped("iv-0.5-40").schedule
LEGS = (
    Leg(phase=Phase.INFUSING, anchor_ns=at(20), until_ns=at(60)),
    Leg(phase=Phase.RECOVERY, anchor_ns=at(60), until_ns=None),
)


def minutes(task: NextTask | None, now: float, until: float) -> list[float]:
    found = planned_ns(SCHEDULE, "bp", LEGS, task, at(now), at(until))
    return [round(one / at(1), 3) for one in found]


def test_the_slots_of_both_phases_come_in_order() -> None:
    assert minutes(NextTask(due_ns=at(45)), 41, 80) == [45, 55, 60, 75]


def test_what_is_due_already_is_expected_now() -> None:
    assert minutes(NextTask(due_ns=at(45)), 46, 56) == [46, 55]


def test_a_recheck_comes_again_at_its_interval() -> None:
    task = NextTask(due_ns=at(43), every_ns=at(3))
    assert minutes(task, 41, 50) == [43, 46, 49]


def test_without_a_task_nothing_is_expected() -> None:
    assert minutes(None, 41, 51) == []


def test_nothing_later_than_asked_is_named() -> None:
    assert minutes(NextTask(due_ns=at(45)), 30, 44) == []


def test_slots_may_count_from_the_first_dose() -> None:
    schedule = shipped.shipped("in-50").schedule
    legs = (Leg(phase=Phase.RECOVERY, anchor_ns=at(23), until_ns=None),)
    found = planned_ns(
        schedule, "bp", legs, NextTask(due_ns=at(40)), at(30), at(70), first_dose_ns=at(20)
    )
    assert [one // at(1) for one in found] == [40, 45, 60]
