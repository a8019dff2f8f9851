"""The baseline: two spaced pressures, never a missing, an absurd or a repeated one."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.suntech_advantage.wire import Status
from protocols.baseline import collect
from protocols.events import (
    AdvancePhase,
    BaselineFrozen,
    EnterBp,
    EnterValue,
    FreezeBaseline,
    Phase,
    Reading,
    TakeBp,
)
from protocols.limits import parse_limits
from protocols.session import Session
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, Quality, Vital
from tests.unit.app.session_scenes import (
    LIMITS_TEXT,
    PROTOCOL_TEXT,
    Scene,
    bp_result,
    bp_status,
    definition,
    oximeter_packet,
)


def ready() -> Scene:
    """In the baseline phase, scores asked, oximeter speaking."""
    scene = Scene().to_baseline()
    scene.type_scores()
    scene.oximeter(5)
    return scene


def frozen(scene: Scene, reason: str = "") -> dict[Vital, tuple[float, int]]:
    assert not scene.refusal(FreezeBaseline, reason=reason)
    [event] = scene.all(BaselineFrozen)
    return {value.vital: (value.value, value.readings) for value in event.values}


def pressure(scene: Scene, sbp: int, dbp: int, after_s: float = 0) -> None:
    if after_s:
        scene.wait(after_s - 2)
        scene.oximeter(2)
    assert not scene.refusal(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)


def test_the_baseline_is_the_mean_of_two_pressures() -> None:
    scene = ready()
    pressure(scene, 120, 80)
    pressure(scene, 127, 83, after_s=90)
    values = frozen(scene)
    assert values[Vital.SBP] == (123.5, 2)
    assert values[Vital.DBP] == (81.5, 2)
    assert not scene.all(BaselineFrozen)[0].low_confidence


def test_two_pressures_of_the_monitor_make_a_baseline_with_its_mean_pressure() -> None:
    scene = ready()
    for sbp, dbp, mean in ((118, 76, 90), (124, 80, 95)):
        scene.do(TakeBp)
        scene.cuff(sbp, dbp, mean)
        scene.oximeter(60)
    values = frozen(scene)
    assert values[Vital.SBP] == (121, 2)
    assert values[Vital.DBP] == (78, 2)
    assert values[Vital.MAP] == (92.5, 2)


@pytest.mark.parametrize(("apart_s", "counted"), [(59, 1), (60, 2), (120, 2), (600, 2)])
def test_pressures_closer_than_the_spacing_count_once(apart_s: int, counted: int) -> None:
    scene = ready()
    pressure(scene, 120, 80)
    pressure(scene, 126, 84, after_s=apart_s)
    refused = scene.refusal(FreezeBaseline)
    assert bool(refused) is (counted == 1)
    if counted == 1:
        assert "1 of 2" in refused
        assert frozen(scene, "restless")[Vital.SBP] == (126, 1)
    else:
        [event] = scene.all(BaselineFrozen)
        assert {v.vital: v.value for v in event.values}[Vital.SBP] == 123


def test_a_single_pressure_needs_a_reason_and_is_marked() -> None:
    scene = ready()
    pressure(scene, 120, 80)
    assert "1 of 2" in scene.refusal(FreezeBaseline, reason="  ")
    assert frozen(scene, "patient restless")[Vital.SBP] == (120, 1)
    [event] = scene.all(BaselineFrozen)
    assert event.low_confidence
    assert event.reason == "patient restless"


def test_without_any_pressure_there_is_no_baseline() -> None:
    scene = ready()
    assert "No blood pressure" in scene.refusal(FreezeBaseline, reason="in a hurry")


@pytest.mark.parametrize(
    ("sbp", "dbp", "mean", "error"),
    [
        (0, 0, 0, 0x57),
        (120, 80, 95, 2),
        (300, 80, 95, 0),
        (30, 8, 15, 0),
        (80, 120, 95, 0),
        (0, 0, 0, 0),
    ],
    ids=["leak", "artefact", "too high", "too low", "crossed", "zeros"],
)
def test_a_failed_or_absurd_determination_never_enters_it(
    sbp: int, dbp: int, mean: int, error: int
) -> None:
    scene = ready()
    pressure(scene, 120, 80)
    scene.wait(90)
    scene.do(TakeBp)
    scene.cuff(sbp, dbp, mean, error=error)
    scene.oximeter(2)
    assert "1 of 2" in scene.refusal(FreezeBaseline)
    assert frozen(scene, "cuff fails")[Vital.SBP] == (120, 1)


def test_the_same_result_sent_twice_is_one_determination() -> None:
    scene = ready()
    scene.do(TakeBp)
    scene.cuff(120, 80, 95)
    scene.oximeter(90)
    scene.bytes("bp", bp_status(Status.DONE) + bp_result(120, 80, 95))
    scene.bytes("bp", bp_result(120, 80, 95))
    assert "1 of 2" in scene.refusal(FreezeBaseline)


def test_a_result_of_before_the_determination_is_not_taken_for_it() -> None:
    scene = ready()
    scene.do(TakeBp)
    scene.cuff(120, 80, 95)
    scene.oximeter(90)
    scene.do(TakeBp)
    scene.now_s += 0.2
    scene.bytes("bp", bp_status(Status.RECEIVED))
    scene.now_s += 1
    scene.bytes("bp", bp_status(Status.DONE))
    scene.now_s += 0.2
    scene.bytes("bp", bp_result(120, 80, 95))
    scene.oximeter(2)
    assert "1 of 2" in scene.refusal(FreezeBaseline)


@pytest.mark.parametrize("vital", [Vital.RR, Vital.MOAAS, Vital.PAIN, Vital.NAUSEA, Vital.ANXIETY])
def test_a_required_score_that_nobody_asked_holds_the_baseline(vital: Vital) -> None:
    scene = Scene().to_baseline()
    for one, value in ((Vital.RR, 15), (Vital.MOAAS, 5), (Vital.PAIN, 0)):
        if one is not vital:
            scene.do(EnterValue, vital=one, value=value)
    for one in (Vital.NAUSEA, Vital.ANXIETY):
        if one is not vital:
            scene.do(EnterValue, vital=one, value=1)
    scene.oximeter(5)
    pressure(scene, 120, 80)
    pressure(scene, 120, 80, after_s=90)
    said = scene.refusal(FreezeBaseline, reason="no time")
    assert said.startswith("No present value of ")
    assert "," not in said


def test_a_stale_or_missing_stream_holds_the_baseline() -> None:
    scene = ready()
    pressure(scene, 120, 80)
    pressure(scene, 120, 80, after_s=90)
    scene.wait(10)
    assert "oxygen saturation" in scene.refusal(FreezeBaseline)
    scene.now_s += 1
    scene.bytes("oximeter", oximeter_packet(511, 127, status=0x08))
    said = scene.refusal(FreezeBaseline)
    assert "oxygen saturation" in said
    assert "heart rate" in said
    scene.oximeter(1)
    assert not scene.refusal(FreezeBaseline)


def test_the_pulse_rate_enters_as_its_mean_of_half_a_minute() -> None:
    scene = ready()
    pressure(scene, 120, 80)
    scene.wait(60)
    scene.oximeter(20, pr=90)
    scene.oximeter(15, pr=60)
    scene.oximeter(15, pr=70)
    pressure(scene, 120, 80)
    values = frozen(scene)
    assert values[Vital.PR][0] == pytest.approx(65, abs=1)
    assert values[Vital.PR][1] in (30, 31)


def test_the_pulse_of_the_cuff_does_not_enter_the_mean_of_the_oximeter() -> None:
    scene = ready()
    for _ in range(2):
        scene.do(TakeBp)
        scene.cuff(120, 80, 95, pr=88)
        scene.oximeter(60, pr=88)
    assert frozen(scene)[Vital.PR][0] == 88


def test_later_readings_do_not_move_a_frozen_baseline() -> None:
    scene = ready()
    pressure(scene, 120, 80)
    pressure(scene, 120, 80, after_s=90)
    frozen(scene)
    pressure(scene, 160, 95, after_s=90)
    assert "needs a reason" in scene.refusal(FreezeBaseline)
    assert scene.state.baseline[Vital.SBP] == 120


def test_a_baseline_taken_again_has_a_reason_and_counts_new_readings_only() -> None:
    scene = ready()
    pressure(scene, 150, 90)
    pressure(scene, 150, 90, after_s=90)
    frozen(scene)
    assert "No blood pressure yet" in scene.refusal(FreezeBaseline, reason="repeat after rest")
    pressure(scene, 124, 82, after_s=300)
    pressure(scene, 126, 80, after_s=90)
    assert not scene.refusal(FreezeBaseline, reason="repeat after rest")
    assert scene.state.baseline[Vital.SBP] == 125
    assert scene.all(BaselineFrozen)[-1].reason == "repeat after rest"


def test_it_is_frozen_in_its_own_phase_only() -> None:
    assert "baseline phase" in Scene().to_gate().refusal(FreezeBaseline)
    assert "baseline phase" in Scene().to_infusing().refusal(FreezeBaseline)


def test_a_pressure_typed_for_an_earlier_time_keeps_that_time() -> None:
    """Two pressures typed together count as two only if they were taken apart."""
    scene = ready()
    scene.wait(120)
    scene.oximeter(2)
    scene.do(EnterBp, sbp_mmhg=118, dbp_mmhg=78, age_s=90)
    scene.do(EnterBp, sbp_mmhg=122, dbp_mmhg=80)
    assert frozen(scene)[Vital.SBP] == (120, 2)


# -- rest, and what never enters -------------------------------------------------------------------

RESTED = PROTOCOL_TEXT.replace("rest_enforced = false", "rest_enforced = true")


def seated() -> Scene:
    """In the baseline phase of a protocol that enforces the rest of 5 min, scores asked."""
    scene = Scene(protocol_text=RESTED).to_baseline()
    scene.type_scores()
    scene.oximeter(5)
    return scene


def test_pressures_before_the_end_of_the_rest_do_not_count() -> None:
    scene = seated()
    pressure(scene, 120, 80)
    pressure(scene, 124, 82, after_s=90)
    said = scene.refusal(FreezeBaseline, reason="only one")
    assert "0 of 2 blood pressures count" in said
    assert "It ends in 3:25 min" in said
    scene.wait(210)
    pressure(scene, 126, 84)
    assert "1 of 2 blood pressures count" in scene.refusal(FreezeBaseline)
    pressure(scene, 128, 84, after_s=90)
    scene.type_scores()
    assert frozen(scene)[Vital.SBP] == (127, 2)


def test_pressures_before_the_end_of_the_rest_count_with_a_reason() -> None:
    scene = seated()
    pressure(scene, 120, 80)
    pressure(scene, 124, 82, after_s=90)
    assert scene.refusal(FreezeBaseline, rest_reason="  ")
    assert not scene.refusal(FreezeBaseline, rest_reason="seated for 20 min before")
    (event,) = scene.all(BaselineFrozen)
    assert event.rest_reason == "seated for 20 min before"
    assert {value.vital: value.value for value in event.values}[Vital.SBP] == 122


def test_going_back_to_the_gate_does_not_begin_the_rest_again() -> None:
    scene = seated()
    scene.wait(300)
    scene.oximeter(2)
    assert not scene.refusal(AdvancePhase, phase=Phase.GATE)
    assert not scene.refusal(AdvancePhase, phase=Phase.BASELINE)
    pressure(scene, 120, 80)
    assert "1 of 2 blood pressures at least" in scene.refusal(FreezeBaseline)


SENTINELS = (0.0, -1.0, -99.9, -100.0, -999.0, 127.0, 511.0, 32767.0, 8388607.0, math.inf, math.nan)
"""What monitors and feeds are known to send in place of a value."""


def offered(
    vital: Vital, value: float | None, at_s: int, quality: Quality = Quality.GOOD
) -> Reading:
    return Reading(
        t_ns=at_s * NS_PER_S,
        vital=vital,
        value=value,
        quality=quality,
        source="bp" if vital in PRESSURES else "oximeter",
        measured_ns=at_s * NS_PER_S,
    )


@given(
    sbp=st.sampled_from(SENTINELS) | st.floats(allow_nan=True, allow_infinity=True),
    dbp=st.sampled_from(SENTINELS) | st.floats(allow_nan=True, allow_infinity=True),
)
def test_no_pressure_enters_that_is_none(sbp: float, dbp: float) -> None:
    session = Session(definition(), parse_limits(LIMITS_TEXT, "standard"))
    for vital, value in ((Vital.SBP, sbp), (Vital.DBP, dbp)):
        reading = offered(vital, value, 1)
        session.visit.situation.note_reading(reading)
        collect(session.visit, reading)
    possible = VITALS[Vital.SBP].is_plausible(sbp) and VITALS[Vital.DBP].is_plausible(dbp)
    kept = session.visit.pressures
    assert len(kept) == int(possible and sbp > dbp)


@pytest.mark.parametrize("vital", [Vital.HR, Vital.PR, Vital.SPO2])
@pytest.mark.parametrize("value", [v for v in SENTINELS if v not in (127.0,)])
def test_no_streamed_value_enters_that_is_none(vital: Vital, value: float) -> None:
    session = Session(definition(), parse_limits(LIMITS_TEXT, "standard"))
    collect(session.visit, offered(vital, value, 1))
    assert not session.visit.recent.get(vital)


def test_a_repeated_determination_counts_once() -> None:
    session = Session(definition(), parse_limits(LIMITS_TEXT, "standard"))
    for _ in range(3):
        for vital, value in ((Vital.SBP, 120.0), (Vital.DBP, 80.0)):
            reading = offered(vital, value, 7)
            session.visit.situation.note_reading(reading)
            collect(session.visit, reading)
    assert len(session.visit.pressures) == 1
