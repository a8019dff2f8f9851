"""What a screen shows is what was recorded, and an old number never looks new."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.state import ViewState, fold
from protocols.events import (
    AlarmChanged,
    AlarmState,
    ClockAnchored,
    CommandRefused,
    DeliveryChanged,
    DosePlanned,
    EnterBp,
    EnterValue,
    HandOver,
    PauseInfusion,
    Priority,
    Reading,
    ResumeInfusion,
    Service,
    ServiceReported,
    SlowInfusion,
    StopInfusion,
    TakeBp,
    WeightRecorded,
)
from protocols.vitals import PRESSURES, Quality, Vital
from tests.unit.app.session_scenes import Scene, oximeter_packet

S = 1_000_000_000


def reading(t_s: float, vital: Vital, value: float | None, **fields: object) -> Reading:
    made = Reading(
        t_ns=round(t_s * S),
        vital=vital,
        value=value,
        quality=Quality.MISSING if value is None else Quality.GOOD,
        source="monitor",
        measured_ns=round(t_s * S),
    )
    return replace(made, **fields)


def folded(*events: object) -> ViewState:
    state = ViewState()
    for event in events:
        state = fold(state, event)
    return state


def alarm(name: str, state: AlarmState, priority: Priority, since_s: int = 0) -> AlarmChanged:
    return AlarmChanged(
        t_ns=since_s * S,
        alarm=name,
        state=state,
        priority=priority,
        technical=False,
        vital=Vital.SBP,
        value=170.0,
        limit=165.0,
        baseline=120.0,
        since_ns=since_s * S,
        sentence="SBP 170 mmHg, limit 165",
    )


def test_every_number_shown_is_the_last_one_recorded() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(3, pr=77, spo2=96)
    scene.do(TakeBp)
    scene.cuff(131, 84, 100, pr=79, spo2=95)
    last: dict[Vital, Reading] = {}
    for event in scene.all(Reading):
        if not event.spot:
            last[event.vital] = event
    for vital, event in last.items():
        if vital not in PRESSURES:
            assert scene.state.readings[vital] is event
    pressure = scene.state.blood_pressure
    assert pressure is not None
    assert (pressure.sbp_mmhg, pressure.dbp_mmhg, pressure.map_mmhg) == (131, 84, 100)
    assert pressure.measured_ns == last[Vital.SBP].measured_ns
    assert scene.state.last_blood_pressure == pressure


def test_a_failed_determination_hides_no_earlier_one_and_is_not_taken_for_it() -> None:
    scene = Scene().to_infusing()
    scene.do(TakeBp)
    scene.cuff(131, 84, 100)
    before = scene.state.last_blood_pressure
    scene.wait(60)
    scene.do(TakeBp)
    scene.cuff(0, 0, 0, error=0x57)
    shown = scene.state.blood_pressure
    assert shown is not None
    assert (shown.sbp_mmhg, shown.dbp_mmhg, shown.map_mmhg) == (None, None, None)
    assert shown.note
    assert scene.state.last_blood_pressure == before


def test_pressures_of_two_determinations_are_never_mixed() -> None:
    state = folded(
        reading(10, Vital.SBP, 120.0),
        reading(10, Vital.DBP, 80.0),
        reading(10, Vital.MAP, 93.0),
        reading(60, Vital.SBP, 150.0),
    )
    assert state.blood_pressure is not None
    assert state.blood_pressure.dbp_mmhg is None
    assert state.blood_pressure.map_mmhg is None
    assert state.last_blood_pressure is not None
    assert state.last_blood_pressure.sbp_mmhg == 120
    by_hand = reading(60, Vital.DBP, 70.0, source="N. Okafor", manual=True)
    after = fold(state, by_hand)
    assert after.blood_pressure == state.blood_pressure
    assert after.typed_pressure is not None
    assert after.typed_pressure.sbp_mmhg is None


def test_a_value_typed_late_takes_the_place_of_none_measured_after_it() -> None:
    scene = Scene()
    scene.now_s = 300
    scene.do(EnterBp, sbp_mmhg=118, dbp_mmhg=77)
    scene.do(EnterBp, sbp_mmhg=131, dbp_mmhg=82, age_s=120)
    scene.do(EnterValue, vital=Vital.RR, value=14)
    scene.do(EnterValue, vital=Vital.RR, value=18, age_s=120)
    assert scene.state.last_blood_pressure is not None
    assert scene.state.last_blood_pressure.sbp_mmhg == 118
    assert scene.state.blood_pressure == scene.state.last_blood_pressure
    assert scene.state.readings[Vital.RR].value == 14
    assert scene.state.typed_count == 6


def test_a_typed_saturation_is_kept_apart_from_the_monitors() -> None:
    scene = Scene()
    scene.oximeter(2, pr=70, spo2=97)
    scene.do(EnterValue, vital=Vital.SPO2, value=95)
    assert scene.state.readings[Vital.SPO2].value == 97
    assert scene.state.last_values[Vital.SPO2].value == 97
    typed = scene.state.typed_value(Vital.SPO2)
    assert typed is not None
    assert (typed.value, typed.manual) == (95, True)


def test_a_missing_value_takes_the_place_of_the_old_one_and_keeps_its_age_apart() -> None:
    scene = Scene()
    scene.oximeter(2, pr=70, spo2=97)
    good = scene.state.readings[Vital.SPO2]
    scene.now_s += 1
    scene.bytes("oximeter", oximeter_packet(511, 127, status=0x08))
    assert scene.state.readings[Vital.SPO2].value is None
    assert scene.state.last_values[Vital.SPO2] is good


def test_the_pulse_of_the_cuff_is_not_shown_as_the_stream() -> None:
    scene = Scene()
    scene.do(TakeBp)
    scene.cuff(120, 80, 93, pr=None)
    assert Vital.PR not in scene.state.readings
    assert scene.state.heart_rate(scene.now_ns) is None


@pytest.mark.parametrize(
    ("heart", "pulse", "at_s", "shown"),
    [
        ((10, 80.0), (10, 78.0), 10, 80.0),
        ((10, 80.0), (14, 78.0), 15, 80.0),
        ((10, 80.0), (16, 78.0), 15.001, 78.0),
        ((10, None), (10, 78.0), 10, 78.0),
        ((10, 80.0), (10, None), 20, None),
        (None, (10, 78.0), 10, 78.0),
    ],
)
def test_the_pulse_stands_in_for_a_heart_rate_that_is_missing_or_old(
    heart: tuple[float, float | None] | None,
    pulse: tuple[float, float | None],
    at_s: float,
    shown: float | None,
) -> None:
    events = [reading(pulse[0], Vital.PR, pulse[1])]
    if heart is not None:
        events.insert(0, reading(heart[0], Vital.HR, heart[1]))
    found = folded(*events).heart_rate(round(at_s * S))
    assert found is not None
    assert found.value == shown


def test_a_heart_rate_alone_is_shown_with_its_age_when_it_is_old() -> None:
    found = folded(reading(10, Vital.HR, 80.0)).heart_rate(60 * S)
    assert found is not None
    assert found.measured_ns == 10 * S


def test_what_was_typed_for_an_earlier_time_keeps_that_time() -> None:
    scene = Scene()
    scene.now_s = 300
    scene.do(EnterBp, sbp_mmhg=118, dbp_mmhg=77, age_s=120)
    shown = scene.state.blood_pressure
    assert shown is not None
    assert (shown.measured_ns, shown.manual) == (180 * S, True)


# -- drug ------------------------------------------------------------------------------------------


def test_no_drug_is_shown_before_it_runs() -> None:
    assert ViewState().delivered_mg(10**15) == 0
    assert Scene().to_frozen().state.delivered_mg(10**15) == 0


@given(seconds=st.lists(st.integers(0, 1200), min_size=1, max_size=4))
def test_the_amount_between_two_changes_goes_on_at_the_rate(seconds: list[int]) -> None:
    scene = Scene().to_infusing()
    deeds = [(PauseInfusion, {}), (ResumeInfusion, {}), (SlowInfusion, {"percent": 50})]
    for number, wait_s in enumerate(seconds):
        scene.wait(wait_s)
        kind, fields = deeds[number % 3]
        scene.do(kind, **fields)
        delivery = scene.pipeline.session.visit.delivery
        assert delivery is not None
        for ahead_s in (0, 7, 100):
            t_ns = scene.now_ns + ahead_s * S
            exact = float(delivery.delivered_mg(t_ns))
            assert scene.state.delivered_mg(t_ns) == pytest.approx(exact, abs=1e-9)


def test_the_amount_shown_is_never_above_the_dose_however_late_the_screen_is() -> None:
    scene = Scene().to_infusing()
    assert scene.state.delivered_mg(scene.now_ns + 10**15) == 35
    scene.wait(600)
    scene.do(StopInfusion)
    assert scene.state.delivered_mg(scene.now_ns + 10**15) == 8.75


def test_a_clock_that_lags_behind_the_events_takes_nothing_back() -> None:
    scene = Scene().to_infusing()
    scene.wait(600)
    scene.do(SlowInfusion, percent=50)
    assert scene.state.delivered_mg(scene.now_ns - 5 * S) == 8.75


def test_a_new_weight_takes_dose_and_check_from_the_screen() -> None:
    scene = Scene().to_gate()
    assert scene.state.dose_checked_by
    scene.enter_weight("72")
    assert scene.all(WeightRecorded)
    assert scene.state.dose is None
    assert scene.state.dose_checked_by == ""
    scene.order()
    assert scene.state.dose is scene.all(DosePlanned)[-1]
    assert scene.state.dose_checked_by == ""


def test_the_end_of_the_drug_is_kept_and_not_moved_by_what_follows() -> None:
    scene = Scene().to_infusing()
    began_ns = scene.now_ns
    scene.wait(60)
    scene.do(StopInfusion)
    ended_ns = scene.now_ns
    scene.wait(60)
    assert scene.state.infusion_started_ns == began_ns
    assert scene.state.infusion_ended_ns == ended_ns
    assert scene.all(DeliveryChanged)[-1].rate_mg_per_min == Decimal(0)


# -- alarms and people -----------------------------------------------------------------------------


def test_what_nobody_answered_stands_first_then_by_priority_then_oldest() -> None:
    events = [
        alarm("low-old", AlarmState.SOUNDING, Priority.LOW, 1),
        alarm("medium-acked", AlarmState.ACKED, Priority.MEDIUM, 2),
        alarm("medium-late", AlarmState.SOUNDING, Priority.MEDIUM, 9),
        alarm("medium-early", AlarmState.LATCHED, Priority.MEDIUM, 3),
        alarm("high-acked", AlarmState.ACKED, Priority.HIGH, 4),
        alarm("high", AlarmState.PAUSED, Priority.HIGH, 8),
        alarm("pending", AlarmState.PENDING, Priority.HIGH, 0),
    ]
    assert [a.alarm for a in folded(*events).active_alarms] == [
        "high",
        "medium-early",
        "medium-late",
        "low-old",
        "high-acked",
        "medium-acked",
    ]


@pytest.mark.parametrize("state", list(AlarmState))
def test_an_alarm_is_on_the_screen_exactly_while_its_state_is_seen(state: AlarmState) -> None:
    shown = folded(
        alarm("one", AlarmState.SOUNDING, Priority.HIGH), alarm("one", state, Priority.HIGH, 5)
    )
    assert ("one" in shown.alarms) is state.is_seen


def test_a_failed_part_is_listed_until_it_works_again() -> None:
    down = ServiceReported(t_ns=1, service=Service.RECORDER, working=False, detail="disk full")
    state = folded(down)
    assert state.services == {Service.RECORDER: "disk full"}
    assert fold(state, replace(down, t_ns=2, working=True)).services == {}


def test_the_last_refusals_are_kept_newest_last() -> None:
    events = [CommandRefused(t_ns=n, command="x", by="", reason=str(n)) for n in range(9)]
    assert [r.reason for r in folded(*events).refusals] == ["4", "5", "6", "7", "8"]


def test_the_observer_is_the_one_last_handed_over_to() -> None:
    scene = Scene().to_infusing()
    scene.do(HandOver, to="C. Mori")
    assert scene.state.observer == "C. Mori"


def test_time_of_day_follows_the_last_anchor() -> None:
    state = folded(
        ClockAnchored(t_ns=60 * S, utc="2026-03-02T09:01:00.000Z", utc_offset_min=60),
        ClockAnchored(t_ns=120 * S, utc="2026-03-02T10:02:00.000Z", utc_offset_min=60, jump_ms=1),
    )
    assert state.wall_clock is not None
    assert state.wall_clock.utc == "2026-03-02T10:02:00.000Z"


def test_time_never_goes_back_on_a_screen() -> None:
    state = folded(reading(10, Vital.PR, 70.0), reading(4, Vital.RR, 15.0))
    assert state.t_ns == 10 * S
