"""What the screen adds to an alarm: where it ends, and that a pressure is not confirmed yet."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from app.bedside.alarm_words import (
    alarm_sentence,
    confirmation_words,
    doubt_words,
    ending_words,
    value_words,
)
from app.state import ViewState
from app.state_pressures import BloodPressure
from protocols.events import AlarmChanged, AlarmState, Phase, Priority, Reading
from protocols.limits import parse_limits
from protocols.vitals import NS_PER_S, Quality, Vital

STANDARD = Path(__file__).resolve().parents[3] / "resources" / "limits" / "standard.toml"
LIMITS = parse_limits(STANDARD.read_text(encoding="utf-8"), "standard.toml")
NOW_NS = 1000 * NS_PER_S


def room(sbp: float | None, dbp: float | None, age_s: int = 10) -> ViewState:
    """The infusion with a determination `age_s` seconds old."""
    pressure = BloodPressure(
        measured_ns=NOW_NS - age_s * NS_PER_S,
        source="bp",
        manual=False,
        sbp_mmhg=sbp,
        dbp_mmhg=dbp,
    )
    known = pressure if sbp is not None else None
    return ViewState(
        phase=Phase.INFUSING, limits=LIMITS, blood_pressure=pressure, last_blood_pressure=known
    )


def streamed(vital: Vital, value: float | None, age_s: int = 1) -> ViewState:
    """The infusion with one streamed value."""
    reading = Reading(
        t_ns=NOW_NS,
        vital=vital,
        value=value,
        quality=Quality.GOOD if value is not None else Quality.SENSOR_OFF,
        source="oximeter",
        measured_ns=NOW_NS - age_s * NS_PER_S,
    )
    return ViewState(phase=Phase.INFUSING, limits=LIMITS, readings={vital: reading})


def alarm(rule: str, limit: float, state: AlarmState = AlarmState.SOUNDING) -> AlarmChanged:
    """The alarm of `rule` as it was told."""
    return AlarmChanged(
        t_ns=0,
        alarm=rule,
        state=state,
        priority=Priority.MEDIUM,
        technical=False,
        vital=LIMITS.rule(rule).vital,
        value=None,
        limit=limit,
        baseline=None,
        since_ns=0,
        sentence="the sentence",
    )


@pytest.mark.parametrize(
    ("state", "rule", "limit", "words"),
    [
        (room(120.0, 92.0), "dbp-high-advisory", 95, "ends below 90"),
        (room(120.0, 95.0), "dbp-high-advisory", 95, ""),
        (room(163.0, 80.0), "sbp-high-warning", 165, "ends below 160"),
        (room(92.0, 60.0), "sbp-low-warning", 90, "ends at 95 or above"),
        (room(171.0, 80.0), "sbp-rise-warning", 171.25, "ends below 166.2"),
        (streamed(Vital.SPO2, 92.0), "spo2-low-warning", 92, "ends at 93 or above"),
        (streamed(Vital.SPO2, 91.0), "spo2-low-warning", 92, ""),
        (streamed(Vital.PR, 52.0), "hr-low-warning", 50, "ends at 55 or above"),
    ],
)
def test_where_an_alarm_ends_is_said_inside_its_limit(state, rule, limit, words) -> None:
    assert ending_words(state, alarm(rule, limit), NOW_NS) == words
    sentence = f"the sentence, {words}" if words else "the sentence"
    assert alarm_sentence(state, alarm(rule, limit), NOW_NS) == sentence


@pytest.mark.parametrize("rule", ["sbp-rise-warning", "dbp-rise-warning", "map-rise-warning"])
def test_every_pressure_of_a_determination_is_known(rule: str) -> None:
    state = room(170.0, 95.0)
    known = replace(state, blood_pressure=replace(state.blood_pressure, map_mmhg=120.0))
    told = replace(alarm(rule, 100), value=110.0)
    assert doubt_words(known, told, NOW_NS) == ""
    assert value_words(known, told, NOW_NS).endswith(" mmHg")


@pytest.mark.parametrize(
    "state", [room(None, None), streamed(Vital.SPO2, 93.0), ViewState(limits=LIMITS)]
)
def test_an_unknown_pressure_is_not_inside_its_limit(state: ViewState) -> None:
    assert ending_words(state, alarm("dbp-high-advisory", 95), NOW_NS) == ""


def test_an_old_streamed_value_is_not_inside_its_limit() -> None:
    state = streamed(Vital.SPO2, 92.0, age_s=60)
    assert ending_words(state, alarm("spo2-low-warning", 92), NOW_NS) == ""


def test_a_latched_alarm_does_not_end_by_itself() -> None:
    latched = alarm("sbp-high-critical", 180, AlarmState.LATCHED)
    assert ending_words(room(178.0, 90.0), latched, NOW_NS) == ""


@pytest.mark.parametrize(
    ("sbp", "dbp", "age_s", "words"),
    [
        (182.0, 100.0, 10, "reading 1 of 2: repeat now to confirm"),
        (180.0, 100.0, 10, "reading 1 of 2: repeat now to confirm"),
        (179.0, 109.0, 10, ""),
        (150.0, 111.0, 10, "reading 1 of 2: repeat now to confirm"),
        (182.0, 100.0, 301, "not confirmed within 5:00: repeat now"),
        (None, None, 10, ""),
    ],
)
def test_a_critical_pressure_asks_to_be_confirmed(sbp, dbp, age_s, words) -> None:
    assert confirmation_words(room(sbp, dbp, age_s), NOW_NS) == words


@pytest.mark.parametrize("rule", ["sbp-high-critical", "sbp-high-once"])
def test_nothing_is_asked_once_a_critical_alarm_of_it_is_there(rule: str) -> None:
    state = replace(room(205.0, 100.0), alarms={rule: alarm(rule, 180)})
    assert confirmation_words(state, NOW_NS) == ""


def test_a_warning_does_not_take_the_request_away() -> None:
    state = replace(room(182.0, 100.0), alarms={"sbp-high-warning": alarm("sbp-high-warning", 165)})
    assert confirmation_words(state, NOW_NS) != ""


def test_nothing_is_asked_where_the_rule_is_not_judged() -> None:
    assert confirmation_words(replace(room(182.0, 100.0), phase=Phase.GATE), NOW_NS) == ""
