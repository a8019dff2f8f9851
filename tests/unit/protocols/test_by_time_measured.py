"""What became known late counts by when it was measured, and is judged at once."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.places import read_limits
from protocols.alarm_facts import AlarmFacts
from protocols.alarm_rules import LimitsProfile
from protocols.conditions import Verdict, judge
from protocols.events import Phase, Reading, TaskChanged, TaskState
from protocols.limits import parse_limits
from protocols.situation import Situation
from protocols.vitals import NS_PER_S, Quality, Vital

LIMITS = parse_limits(*read_limits("standard"))
EARLIER = replace(LIMITS, policy=replace(LIMITS.policy, by_time_measured=False))
NEXT = TaskChanged(
    t_ns=0, task="bp", item="bp", label="", state=TaskState.UPCOMING, due_ns=0, closes_ns=0
)


def word(vital: Vital, at_s: float, value: float | None, quality: Quality) -> Reading:
    """A word of a monitor, measured `at_s` seconds after the infusion began."""
    at_ns = round(at_s * NS_PER_S)
    return Reading(
        t_ns=at_ns, vital=vital, value=value, quality=quality, source="monitor", measured_ns=at_ns
    )


def value(vital: Vital, at_s: float, number: float) -> Reading:
    """A good value."""
    return word(vital, at_s, number, Quality.GOOD)


def verdict(rule: str, at_s: float, *readings: Reading, profile: LimitsProfile = LIMITS) -> Verdict:
    """What `rule` says `at_s` after the infusion began, once `readings` became known in order."""
    situation = Situation(profile)
    situation.set_phase(Phase.INFUSING, 0)
    for reading in readings:
        situation.note_reading(reading)
    return judge(profile.rule(rule), situation, round(at_s * NS_PER_S), False).verdict


@pytest.mark.parametrize("first", [0, 1])
def test_a_value_that_became_known_late_is_among_those_a_change_is_counted_from(first: int) -> None:
    known = [value(Vital.SPO2, 10, 97), value(Vital.SPO2, 12, 91)]
    found = verdict("spo2-falling-fast", 13, known[first], known[1 - first])
    assert found is Verdict.VIOLATED


def test_of_two_values_of_one_time_only_the_later_is_counted_from() -> None:
    known = (value(Vital.SPO2, 12, 97), value(Vital.SPO2, 12, 91))
    assert verdict("spo2-falling-fast", 13, *known) is Verdict.CLEARED


@pytest.mark.parametrize(
    ("profile", "found"), [(LIMITS, Verdict.CLEARED), (EARLIER, Verdict.VIOLATED)]
)
def test_a_sensor_named_off_late_counts_from_its_time(
    profile: LimitsProfile, found: Verdict
) -> None:
    off = word(Vital.SPO2, 15, None, Quality.SENSOR_OFF)
    searching = word(Vital.SPO2, 16, None, Quality.SEARCHING)
    words = (value(Vital.SPO2, 10, 97), searching, off)
    assert verdict("spo2-no-data", 20, *words, profile=profile) is found


def test_a_pulse_rate_is_enough_for_a_rule_on_a_heart_rate_once_given() -> None:
    rule = replace(LIMITS.rule("hr-no-data"), once_given=True)
    profile = replace(LIMITS, rules=(rule,))
    pulse = value(Vital.PR, 10, 70)
    assert verdict("hr-no-data", 19.999, pulse, profile=profile) is Verdict.CLEARED
    assert verdict("hr-no-data", 20, pulse, profile=profile) is Verdict.VIOLATED
    assert verdict("hr-no-data", 20, profile=profile) is Verdict.UNKNOWN


def test_its_time_is_a_deadline() -> None:
    rule = replace(LIMITS.rule("hr-no-data"), once_given=True)
    situation = Situation(replace(LIMITS, rules=(rule,)))
    situation.note_reading(value(Vital.PR, 10, 70))
    assert situation.next_staleness_ns(16 * NS_PER_S) == 20 * NS_PER_S


def test_an_interval_that_grows_lets_pressures_be_judged_at_once() -> None:
    concerned = {rule.id for rule in AlarmFacts(LIMITS).note(Situation(LIMITS), NEXT)}
    assert {"sbp-low-symptoms", "dbp-high-critical", "bp-overdue"} <= concerned
    assert "hr-high-critical" not in concerned
    before = {rule.id for rule in AlarmFacts(EARLIER).note(Situation(EARLIER), NEXT)}
    assert "sbp-low-symptoms" not in before
    assert "bp-overdue" in before
