"""Automatic blood pressures: started by the armed schedule, retried once, tightened by alarms."""

from __future__ import annotations

import pytest

from devices.suntech_advantage import wire
from devices.suntech_advantage.wire import Status
from protocols.events import (
    AbortBp,
    ArmBpSchedule,
    BpCommanded,
    BpScheduleArmed,
    BpState,
    BpStateChanged,
    BytesSent,
    EnterBp,
    EnterValue,
    LinkState,
    Phase,
    PhaseChanged,
    SkipTask,
    TakeBp,
    TaskChanged,
    TaskState,
)
from protocols.vitals import Vital
from tests.unit.app.session_scenes import Scene, bp_status

S = 1_000_000_000


def infusing(*, armed: bool = True) -> Scene:
    scene = Scene().to_infusing()
    if armed:
        scene.do(ArmBpSchedule, armed=True)
    return scene


def began_ns(scene: Scene) -> int:
    return next(c.t_ns for c in scene.all(PhaseChanged) if c.after is Phase.INFUSING)


def until(scene: Scene, minute: float) -> None:
    """Wait until `minute` of the infusion."""
    scene.wait(began_ns(scene) / S + 60 * minute - scene.now_s)


def starts(scene: Scene) -> list[tuple[float, str]]:
    """Minute of the infusion and who asked, of every start."""
    return [
        (round((c.t_ns - began_ns(scene)) / S / 60, 3), c.by)
        for c in scene.all(BpCommanded)
        if not c.abort
    ]


def due_minutes(scene: Scene, item: str = "bp") -> list[float]:
    return [
        round((t.due_ns - began_ns(scene)) / S / 60, 2)
        for t in scene.all(TaskChanged)
        if t.item == item and t.state is TaskState.DUE
    ]


def test_an_armed_schedule_starts_each_pressure_at_its_slot() -> None:
    scene = infusing()
    for minute in (5, 10, 15, 25, 35, 40):
        until(scene, minute)
        scene.cuff(122, 79, 93)
    assert starts(scene) == [(m, "schedule") for m in (5, 10, 15, 25, 35, 40)]
    assert sorted(set(due_minutes(scene))) == [5, 10, 15, 25, 35, 40]
    done = [t for t in scene.all(TaskChanged) if t.item == "bp" and t.state is TaskState.DONE]
    assert len(done) == 6


def test_a_schedule_that_is_not_armed_only_asks() -> None:
    scene = infusing(armed=False)
    until(scene, 39)
    assert starts(scene) == []
    assert due_minutes(scene) == [5, 10, 15, 25, 35]
    missed = [t for t in scene.all(TaskChanged) if t.item == "bp" and t.state is TaskState.MISSED]
    assert len(missed) == 4


def test_disarming_stops_the_next_start() -> None:
    scene = infusing()
    until(scene, 5)
    scene.cuff(122, 79, 93)
    scene.do(ArmBpSchedule, armed=False)
    until(scene, 39)
    assert len(starts(scene)) == 1
    assert [a.armed for a in scene.all(BpScheduleArmed)] == [True, False]


def test_a_failed_automatic_pressure_is_tried_once_more_after_a_minute() -> None:
    scene = infusing()
    until(scene, 5)
    scene.cuff(0, 0, 0, error=2, seconds=20)
    failed_s = scene.now_s
    assert scene.state.bp_state is BpState.FAILED
    scene.wait(59.9)
    assert len(starts(scene)) == 1
    scene.wait(0.2)
    assert len(starts(scene)) == 2
    assert scene.all(BpCommanded)[-1].t_ns == round((failed_s + 60) * 1000) * 1_000_000
    assert scene.all(BpCommanded)[-1].automatic
    scene.cuff(0, 0, 0, error=2, seconds=20)
    scene.wait(150)
    assert len(starts(scene)) == 2


def test_a_failed_pressure_that_a_person_took_is_not_repeated_by_itself() -> None:
    scene = infusing()
    until(scene, 2)
    scene.do(TakeBp)
    scene.cuff(0, 0, 0, error=2, seconds=20)
    scene.wait(120)
    assert len(starts(scene)) == 1


@pytest.mark.parametrize("deed", ["abort", "disarm", "take"])
def test_the_second_try_is_dropped_when_a_person_steps_in(deed: str) -> None:
    scene = infusing()
    until(scene, 5)
    scene.cuff(0, 0, 0, error=2, seconds=20)
    scene.wait(30)
    if deed == "abort":
        scene.do(AbortBp)
        scene.bytes("bp", bp_status(Status.ABORTED))
    elif deed == "disarm":
        scene.do(ArmBpSchedule, armed=False)
    else:
        scene.do(TakeBp)
        scene.cuff(121, 80, 94, seconds=20)
    before = len(starts(scene))
    scene.wait(60)
    assert len(starts(scene)) == before


def test_an_aborted_automatic_pressure_is_not_retried() -> None:
    scene = infusing()
    until(scene, 5)
    scene.now_s += 0.2
    scene.bytes("bp", bp_status(Status.RECEIVED))
    scene.wait(3)
    scene.do(AbortBp)
    scene.now_s += 0.2
    scene.bytes("bp", bp_status(Status.ABORTED))
    assert scene.state.bp_state is BpState.ABORTED
    scene.wait(200)
    assert len(starts(scene)) == 1


def test_a_second_press_does_not_start_a_second_determination() -> None:
    scene = infusing()
    scene.do(TakeBp)
    assert "being taken" in scene.refusal(TakeBp)
    sent = [b for b in scene.all(BytesSent) if b.data == wire.START_ADULT]
    assert len(sent) == 1


def test_a_slot_during_a_determination_starts_no_other() -> None:
    scene = infusing()
    until(scene, 4.9)
    scene.do(TakeBp)
    scene.cuff(122, 79, 93)
    assert starts(scene) == [(4.9, "N. Okafor")]
    done = [t for t in scene.all(TaskChanged) if t.item == "bp" and t.state is TaskState.DONE]
    assert [t.task for t in done] == ["infusing/bp/5"]


def test_an_armed_schedule_without_a_monitor_says_so_each_time() -> None:
    scene = Scene(links=False)
    scene.link("oximeter", LinkState.WAITING)
    scene.to_infusing()
    scene.do(ArmBpSchedule, armed=True)
    until(scene, 5)
    failed = [c for c in scene.all(BpStateChanged) if c.state is BpState.FAILED]
    assert failed
    assert "by hand" in failed[-1].text
    assert scene.raised("bp-failed")


def test_a_pressure_by_hand_makes_the_observation_too() -> None:
    scene = infusing(armed=False)
    until(scene, 5.5)
    scene.do(EnterBp, sbp_mmhg=123, dbp_mmhg=80)
    done = [t for t in scene.all(TaskChanged) if t.item == "bp" and t.state is TaskState.DONE]
    assert [t.task for t in done] == ["infusing/bp/5"]


def test_a_task_is_skipped_with_a_reason_only() -> None:
    scene = infusing(armed=False)
    until(scene, 5.5)
    assert "Say why" in scene.refusal(SkipTask, task="infusing/bp/5", reason=" ")
    assert scene.refusal(SkipTask, task="infusing/bp/35", reason="asleep")
    assert not scene.refusal(SkipTask, task="infusing/bp/5", reason="patient vomits")
    missed = [t for t in scene.all(TaskChanged) if t.state is TaskState.MISSED]
    assert [(t.task, t.detail) for t in missed] == [("infusing/bp/5", "patient vomits")]


# -- after an alarm --------------------------------------------------------------------------------


def test_a_rise_is_rechecked_every_three_minutes_and_relaxed_after_two_in_range() -> None:
    scene = infusing()
    until(scene, 5)
    scene.cuff(152, 82, 105)
    assert scene.raised("sbp-rise-warning")
    raised_min = (scene.raised("sbp-rise-warning")[0].t_ns - began_ns(scene)) / S / 60
    for number, sbp in enumerate((151, 124, 122), start=1):
        until(scene, raised_min + 3 * number)
        assert starts(scene)[-1][0] == pytest.approx(raised_min + 3 * number, abs=0.01)
        scene.cuff(sbp, 80, 95)
    relaxed_min = (scene.now_ns - began_ns(scene)) / S / 60
    until(scene, relaxed_min + 4.9)
    assert len(starts(scene)) == 4
    until(scene, relaxed_min + 5.5)
    assert len(starts(scene)) == 5


def test_one_reading_out_of_range_begins_the_count_anew() -> None:
    scene = infusing()
    until(scene, 5)
    scene.cuff(152, 82, 105)
    raised_min = (scene.raised("sbp-rise-warning")[0].t_ns - began_ns(scene)) / S / 60
    for number, sbp in enumerate((124, 155, 123), start=1):
        until(scene, raised_min + 3 * number)
        scene.cuff(sbp, 80, 95)
    before = len(starts(scene))
    scene.wait(3.5 * 60)
    assert len(starts(scene)) == before + 1


def test_low_alertness_is_asked_again_sooner() -> None:
    scene = infusing(armed=False)
    until(scene, 10.2)
    scene.do(EnterValue, vital=Vital.MOAAS, value=2)
    raised_min = (scene.now_ns - began_ns(scene)) / S / 60
    until(scene, raised_min + 5.1)
    assert due_minutes(scene, "moaas")[-1] == pytest.approx(raised_min + 5, abs=0.01)


def test_the_slot_at_the_end_of_the_drug_is_kept_in_tightened_times() -> None:
    scene = infusing()
    until(scene, 36)
    scene.wait(0.5)
    scene.do(EnterBp, sbp_mmhg=152, dbp_mmhg=80)
    until(scene, 40.1)
    assert 40.0 in due_minutes(scene)
