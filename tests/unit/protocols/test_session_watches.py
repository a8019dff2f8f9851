"""Within a session: symptoms by their label, overdue observations with nobody there, the clock."""

from __future__ import annotations

from app.pipeline import Pipeline
from protocols.events import (
    AlarmChanged,
    AlarmState,
    ChangeEffect,
    ClockAnchored,
    DrugAction,
    EnterBp,
    EnterValue,
    RecordEvent,
    ReportEffect,
    Severity,
    SkipTask,
    TaskChanged,
    TaskState,
)
from protocols.vitals import Vital
from tests.unit.app.session_scenes import Scene, record_of

MIN = 60
NS = 1_000_000_000


def infusing() -> Scene:
    scene = Scene().to_infusing(120, 78)
    scene.oximeter(3)
    return scene


def last_state(scene: Scene, alarm: str) -> AlarmState:
    told = [change for change in scene.all(AlarmChanged) if change.alarm == alarm]
    return told[-1].state if told else AlarmState.OFF


def test_a_touch_raises_the_alarm_of_its_symptom_at_once() -> None:
    scene = infusing()
    scene.do(RecordEvent, term="chest-pain")
    [raised] = scene.raised("chest-pain")
    assert raised.t_ns == scene.now_ns
    assert raised.sentence == "Chest pain: Chest pain"
    assert not raised.technical
    scene.wait(5 * MIN)
    assert last_state(scene, "chest-pain") is AlarmState.LATCHED


def test_a_side_effect_ends_its_alarm_when_it_ends() -> None:
    scene = infusing()
    scene.do(ReportEffect, term="palpitations", severity=Severity.MODERATE, action=DrugAction.NONE)
    assert scene.raised("palpitations")
    scene.wait(60 * MIN)
    assert last_state(scene, "palpitations") is AlarmState.SOUNDING
    scene.do(
        ChangeEffect,
        effect="effect-1",
        severity=Severity.MODERATE,
        action=DrugAction.NONE,
        ended=True,
    )
    assert last_state(scene, "palpitations") is AlarmState.OFF


def test_a_low_pressure_grows_critical_when_a_symptom_is_recorded_after_it() -> None:
    scene = infusing()
    scene.enter(EnterBp, sbp_mmhg=88, dbp_mmhg=55)
    assert not scene.raised("sbp-low-symptoms")
    scene.do(RecordEvent, term="dizzy")
    [raised] = scene.raised("sbp-low-symptoms")
    assert raised.sentence.endswith("with Dizzy")


def test_an_observation_grows_overdue_with_nobody_touching_anything() -> None:
    scene = infusing()
    scene.wait(45 * MIN)
    due_ns = next(
        task.due_ns for task in scene.all(TaskChanged) if task.task == "infusing/moaas/10"
    )
    for alarm, after_min in (
        ("observation-late/moaas", 2),
        ("observation-overdue/moaas", 10),
        ("alertness-overdue/moaas", 20),
    ):
        raised = scene.raised(alarm)[0]
        assert raised.t_ns == due_ns + after_min * MIN * NS
        assert raised.technical
        assert "Alertness (MOAA/S) not recorded" in raised.sentence


def test_it_ends_when_the_observation_is_made_and_not_for_another_item() -> None:
    scene = infusing()
    scene.wait(25 * MIN)
    assert last_state(scene, "observation-overdue/moaas") is AlarmState.SOUNDING
    scene.do(EnterValue, vital=Vital.MOAAS, value=5)
    assert last_state(scene, "observation-overdue/moaas") is AlarmState.OFF
    assert last_state(scene, "observation-overdue/rr") is AlarmState.SOUNDING


def test_it_ends_when_the_task_is_skipped_with_a_reason() -> None:
    scene = infusing()
    scene.wait(25 * MIN)
    task = next(
        task.task
        for task in scene.state.tasks.values()
        if task.item == "moaas" and task.state in (TaskState.DUE, TaskState.LATE)
    )
    scene.do(SkipTask, task=task, reason="asleep, breathing well")
    assert last_state(scene, "observation-overdue/moaas") is AlarmState.OFF


def test_a_pressure_that_stays_overdue_grows_critical() -> None:
    scene = infusing()
    scene.wait(40 * MIN)
    assert scene.raised("bp-overdue")
    assert scene.raised("bp-overdue-long")
    assert scene.raised("bp-overdue")[0].t_ns < scene.raised("bp-overdue-long")[0].t_ns


def test_a_jump_of_the_clock_is_told_of_for_five_minutes() -> None:
    scene = infusing()
    scene.feed(
        ClockAnchored(
            t_ns=scene.now_ns,
            utc="2026-03-02T10:00:00.000Z",
            utc_offset_min=0,
            jump_ms=-3_600_000,
        )
    )
    [raised] = scene.raised("clock-jumped")
    assert raised.sentence == "Clock changed: 3600 s back"
    scene.wait(5 * MIN)
    assert last_state(scene, "clock-jumped") is AlarmState.OFF


def test_what_was_recorded_replays_as_it_was() -> None:
    scene = infusing()
    scene.do(RecordEvent, term="vomiting")
    scene.do(RecordEvent, term="headache", severity=8)
    scene.oximeter(20, spo2=93)
    scene.wait(30 * MIN)
    scene.do(EnterValue, vital=Vital.MOAAS, value=4)
    scene.do(RecordEvent, term="vomiting")
    scene.wait(10 * MIN)
    assert scene.raised("vomiting-again")
    assert scene.raised("headache-severe")
    assert scene.raised("spo2-falling-fast")
    again = Pipeline()
    assert [*record_of(scene.inputs, again), *again.advance(scene.now_ns)] == scene.record
