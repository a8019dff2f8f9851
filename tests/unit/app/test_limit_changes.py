"""Limits of one patient, through the real rules: what may be set, by whom, and what it does."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.pipeline import Pipeline
from protocols.events import (
    AlarmChanged,
    AlarmState,
    ChangeLimit,
    CommandRefused,
    EnterBp,
    LimitChanged,
    LimitPart,
    RestoreLimit,
    StartInfusion,
    SwitchRuleOff,
)
from protocols.limit_changes import with_changes
from protocols.limits import parse_limits
from tests.unit.app.session_scenes import LIMITS_TEXT, NURSE, PRESCRIBER, Scene, record_of


@pytest.fixture
def scene():
    running = Scene()
    running.to_frozen()
    return running


def change(rule="sbp-high-warning", value=175.0, **other):
    given = {
        "t_ns": 0,
        "by": NURSE,
        "rule": rule,
        "part": LimitPart.LIMIT,
        "value": value,
        "reason": "known high pressure",
        "prescriber": PRESCRIBER,
    }
    return ChangeLimit(**{**given, **other})


def send(scene, command):
    scene.now_s += 0.5
    return scene.feed(replace(command, t_ns=scene.now_ns))


def start(scene):
    assert not scene.refusal(StartInfusion, pump_rate_ml_per_h=Decimal("52.5"))


def refusals(events):
    return [event.reason for event in events if isinstance(event, CommandRefused)]


def changes(events):
    return [event for event in events if isinstance(event, LimitChanged)]


def in_force(scene, rule):
    return scene.state.limits.rule(rule)


def test_a_wider_limit_of_a_prescriber_is_an_event_and_in_force(scene):
    made = changes(send(scene, change()))
    assert [(c.before, c.value, c.prescriber, c.by) for c in made] == [
        (165.0, 175.0, PRESCRIBER, NURSE)
    ]
    assert in_force(scene, "sbp-high-warning").limit.value == 175
    assert scene.pipeline.session.visit.limits.rule("sbp-high-warning").limit.value == 175
    assert scene.pipeline.session.visit.file_limits.rule("sbp-high-warning").limit.value == 165


@pytest.mark.parametrize(
    ("command", "because"),
    [
        (change(reason=" "), "give the reason"),
        (change(prescriber=""), "needs an order. Name the prescriber"),
        (change(value=191.0), "191 mmHg is not allowed: 145 to 190 mmHg"),
        (change(value=144.0), "144 mmHg is not allowed: 145 to 190 mmHg"),
        (change(value=float("nan")), "is not allowed"),
        (change(value=165.0), "is 165 mmHg already"),
        (change(value=149.0), "beyond the milder limit 150"),
        (change(value=185.0), "beyond the more severe limit 180"),
        (change(rule="no-such-rule"), "cannot be set for a patient"),
        (change(rule="spo2-no-data", value=20.0), "cannot be set for a patient"),
        (change(part=LimitPart.BY), "cannot be set for a patient"),
        (change(rule="hr-low-advisory", value=48.0), "beyond the more severe limit 50"),
    ],
)
def test_what_cannot_be_set_is_refused_with_the_reason_and_changes_nothing(scene, command, because):
    before = scene.state.limits
    events = send(scene, command)
    assert not changes(events)
    assert because in refusals(events)[0]
    assert scene.state.limits == before


def test_a_tighter_limit_needs_a_reason_but_no_order(scene):
    assert changes(send(scene, change(value=160.0, prescriber="")))


def test_a_number_outside_the_recommended_range_is_asked_about_and_set_only_when_confirmed(scene):
    asked = send(scene, change(value=178.0))
    assert "outside the recommended 155 to 175" in refusals(asked)[0]
    assert not changes(asked)
    other = send(scene, change(value=177.0, confirmed=True))
    assert not changes(other), "a confirmation of another number confirms nothing"
    send(scene, change(value=178.0))
    assert changes(send(scene, change(value=178.0, confirmed=True)))


def test_an_alarm_beyond_the_old_limit_ends_when_the_wider_limit_clears_it(scene):
    start(scene)
    assert not scene.refusal(EnterBp, sbp_mmhg=168, dbp_mmhg=92)
    assert scene.pipeline.session.visit.board.in_force("sbp-high-warning")
    events = send(scene, change(value=175.0))
    ended = [e for e in events if isinstance(e, AlarmChanged) and e.alarm == "sbp-high-warning"]
    assert [e.state for e in ended] == [AlarmState.OFF]


def test_a_tighter_limit_alarms_at_once_on_the_reading_that_is_there(scene):
    start(scene)
    assert not scene.refusal(EnterBp, sbp_mmhg=160, dbp_mmhg=90)
    assert not scene.pipeline.session.visit.board.in_force("sbp-high-warning")
    events = send(scene, change(value=158.0, prescriber=""))
    raised = [e for e in events if isinstance(e, AlarmChanged) and e.alarm == "sbp-high-warning"]
    assert [(e.state, e.limit) for e in raised] == [(AlarmState.SOUNDING, 158.0)]


def off(rule="hr-high-advisory", **other):
    given = {"t_ns": 0, "by": NURSE, "rule": rule, "reason": "athlete", "prescriber": PRESCRIBER}
    return SwitchRuleOff(**{**given, **other})


@pytest.mark.parametrize(
    ("command", "because"),
    [
        (off("sbp-high-critical"), "never switched off"),
        (off("not-recording"), "ends with its cause"),
        (off("device-lost"), "ends with its cause"),
        (off(reason=""), "give the reason"),
        (off(prescriber=""), "name the prescriber"),
        (off("nothing"), "no alarm rule"),
    ],
)
def test_what_cannot_be_switched_off_is_refused(scene, command, because):
    events = send(scene, command)
    assert not changes(events)
    assert because in refusals(events)[0]


def test_a_rule_that_is_off_is_not_judged_and_comes_back_when_restored(scene):
    start(scene)
    assert changes(send(scene, off()))[0].off
    assert in_force(scene, "hr-high-advisory").off
    scene.oximeter(60, pr=104)
    board = scene.pipeline.session.visit.board
    assert not board.state_of("hr-high-advisory").is_seen
    assert "off already" in refusals(send(scene, off()))[0]
    restored = RestoreLimit(t_ns=0, by=NURSE, rule="hr-high-advisory")
    assert changes(send(scene, restored))[0].restored
    scene.oximeter(60, pr=104)
    assert board.state_of("hr-high-advisory").is_seen
    assert "already" in refusals(send(scene, restored))[0]


def test_the_record_of_changes_replays_and_gives_the_same_limits(scene):
    send(scene, change())
    send(scene, off())
    send(scene, change(rule="dbp-high-warning", value=102.0))
    assert record_of(scene.inputs, Pipeline()) == scene.record
    told = tuple(changes(scene.record))
    in_file = parse_limits(LIMITS_TEXT, "limits")
    assert with_changes(in_file, told) == scene.state.limits
    assert with_changes(in_file, told) == scene.pipeline.session.visit.limits
    assert parse_limits(LIMITS_TEXT, "limits").rule("sbp-high-warning").limit.value == 165
