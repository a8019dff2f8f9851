"""What a person types: bounds, the time of measurement, confirmation, and what comes of it."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.by_hand import TYPED
from protocols.events import (
    AlarmState,
    BaselineFrozen,
    ClockAnchored,
    CommandRefused,
    EnterBp,
    EnterValue,
    EnterVitals,
    FreezeBaseline,
    Reading,
    TypedValue,
)
from protocols.limits import parse_limits
from protocols.vitals import SCORES, VITALS, Vital
from tests.unit.app.session_scenes import LIMITS_TEXT, NURSE, Scene, oximeter_packet

S = 1_000_000_000
PROFILE = parse_limits(LIMITS_TEXT, "standard.toml")


def values(**given: float) -> tuple[TypedValue, ...]:
    return tuple(TypedValue(vital=Vital(name), value=value) for name, value in given.items())


def at(minutes: float) -> Scene:
    """A session begun at 10:00 local time, `minutes` later."""
    scene = Scene()
    scene.feed(ClockAnchored(t_ns=0, utc="2026-03-02T09:00:00.000Z", utc_offset_min=60))
    scene.wait(60 * minutes)
    return scene


def readings(scene: Scene) -> dict[Vital, Reading]:
    return {r.vital: r for r in scene.all(Reading) if r.manual}


# -- what is recorded -----------------------------------------------------------------------------


def test_values_measured_together_become_readings_of_one_time_and_one_person() -> None:
    scene = at(10)
    entered = values(sbp=128, dbp=82, map=97, pr=72, hr=71, spo2=97, rr=14, temp=36.8, moaas=5)
    scene.do(EnterVitals, values=entered, age_s=60)
    made = readings(scene)
    assert {vital: reading.value for vital, reading in made.items()} == {
        one.vital: one.value for one in entered
    }
    assert {(r.source, r.measured_ns, r.t_ns) for r in made.values()} == {
        (NURSE, 9 * 60 * S, 10 * 60 * S)
    }
    assert scene.state.last_blood_pressure is not None
    assert scene.state.last_blood_pressure.map_mmhg == 97


def test_one_value_that_cannot_be_keeps_the_whole_entry_out() -> None:
    scene = at(10)
    reason = scene.refusal(EnterVitals, values=values(sbp=128, dbp=82, spo2=0))
    assert reason == "SpO2 0 % cannot be: allowed is 1 to 100 %."
    assert not readings(scene)


@pytest.mark.parametrize(
    ("entered", "words"),
    [
        ({}, "Nothing was entered."),
        ({"sbp": 82, "dbp": 128}, "82/128 mmHg cannot be: systolic is above diastolic."),
        ({"sbp": 120}, "needs systolic and diastolic"),
        ({"map": 90}, "needs systolic and diastolic"),
        ({"sbp": 120, "dbp": 80, "map": 125}, "it lies between 80 and 120"),
        ({"hr": 400}, "HR 400 /min cannot be: allowed is 18 to 321 /min."),
        ({"moaas": 4.5}, "a score is a whole number"),
        ({"pleth": 100}, "Plethysmogram is not entered by hand."),
        ({"cuff": 100}, "Cuff pressure is not entered by hand."),
    ],
)
def test_what_cannot_be_is_refused_with_the_value_and_what_is_allowed(
    entered: dict[str, float], words: str
) -> None:
    scene = at(10)
    refused = scene.do(EnterVitals, values=values(**entered), confirmed=True)[-1]
    assert isinstance(refused, CommandRefused)
    assert words in refused.reason
    assert not refused.confirmable
    assert not readings(scene)


def test_a_vital_entered_twice_is_refused() -> None:
    twice = (*values(rr=14), *values(rr=15))
    assert "twice" in at(10).refusal(EnterVitals, values=twice)


@given(
    vital=st.sampled_from([v for v in TYPED if v not in (Vital.SBP, Vital.DBP, Vital.MAP)]),
    value=st.floats(-1000, 1000),
)
@settings(max_examples=80)
def test_only_plausible_values_are_ever_recorded(vital: Vital, value: float) -> None:
    scene = at(10)
    entered = (TypedValue(vital=vital, value=value),)
    scene.do(EnterVitals, values=entered)
    scene.do(EnterVitals, values=entered, confirmed=True)
    whole = vital not in SCORES or value == round(value)
    assert (vital in readings(scene)) is (VITALS[vital].is_plausible(value) and whole)


# -- when it was measured -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("clock", "measured_s"), [("10:08", 480), ("1010", 600), ("9.59", None), ("10:00", 0)]
)
def test_a_typed_time_of_day_is_that_minute_of_the_session(
    clock: str, measured_s: float | None
) -> None:
    scene = at(10.5)
    scene.do(EnterVitals, values=values(rr=14), clock=clock)
    made = readings(scene).get(Vital.RR)
    assert (None if made is None else made.measured_ns / S) == measured_s


@pytest.mark.parametrize(
    ("minutes", "clock", "words"),
    [
        (10, "10:11", "10:11 is in the future: it is 10:10."),
        (10, "09:58", "09:58 is before this session began at 10:00"),
        (90, "10:29", "10:29 is more than an hour ago: write a note."),
        (10, "25:00", "25:00 is no time of day: type it like 14:05."),
        (10, "soon", "soon is no time of day"),
    ],
)
def test_a_time_that_cannot_be_is_refused_with_the_reason(
    minutes: float, clock: str, words: str
) -> None:
    scene = at(minutes)
    assert words in scene.refusal(EnterVitals, values=values(rr=14), clock=clock)
    assert not readings(scene)


def test_a_time_before_midnight_typed_after_it_is_yesterdays() -> None:
    scene = Scene()
    scene.feed(ClockAnchored(t_ns=0, utc="2026-03-02T22:50:00.000Z", utc_offset_min=60))
    scene.wait(15 * 60)
    scene.do(EnterVitals, values=values(rr=14), clock="23:58")
    assert readings(scene)[Vital.RR].measured_ns == 8 * 60 * S


def test_a_clock_that_jumped_counts_from_its_new_time() -> None:
    scene = at(10)
    scene.feed(
        ClockAnchored(
            t_ns=scene.now_ns, utc="2026-03-02T10:10:00.000Z", utc_offset_min=60, jump_ms=3_600_000
        )
    )
    scene.wait(60)
    assert "in the future" not in scene.refusal(EnterVitals, values=values(rr=14), clock="11:11")
    assert readings(scene)[Vital.RR].measured_ns == 11 * 60 * S


# -- what must be confirmed -----------------------------------------------------------------------


def test_an_unusual_value_is_asked_about_and_recorded_when_confirmed() -> None:
    scene = at(10)
    entered = values(spo2=62)
    [_, asked] = scene.do(EnterVitals, values=entered)
    assert isinstance(asked, CommandRefused)
    assert asked.confirmable
    assert asked.reason == (
        "SpO2 62 % is unusual: usual is 85 to 100. Record it again to confirm, or correct it."
    )
    assert not readings(scene)
    scene.do(EnterVitals, values=entered, confirmed=True)
    assert readings(scene)[Vital.SPO2].value == 62
    assert "confirmed" in readings(scene)[Vital.SPO2].note


def test_a_confirmation_is_of_the_entry_that_was_asked_about() -> None:
    scene = at(10)
    scene.do(EnterVitals, values=values(spo2=62))
    [_, asked] = scene.do(EnterVitals, values=values(spo2=26), confirmed=True)
    assert isinstance(asked, CommandRefused)
    assert asked.confirmable
    assert "26 %" in asked.reason
    assert not readings(scene)


def test_confirming_what_is_not_unusual_records_it() -> None:
    scene = at(10)
    scene.do(EnterVitals, values=values(spo2=97), confirmed=True)
    assert readings(scene)[Vital.SPO2].note == ""


def test_only_the_unusual_value_of_an_entry_is_marked() -> None:
    scene = at(10)
    scene.enter(EnterVitals, values=values(sbp=210, dbp=105, rr=14))
    notes = {vital: bool(r.note) for vital, r in readings(scene).items()}
    assert notes == {Vital.SBP: True, Vital.DBP: False, Vital.RR: False}


@pytest.mark.parametrize(
    ("first", "then", "words"),
    [
        ({"sbp": 120, "dbp": 80}, {"sbp": 178, "dbp": 82}, ""),
        ({"sbp": 115, "dbp": 80}, {"sbp": 178, "dbp": 82}, "the reading before was 115"),
        ({"hr": 79}, {"hr": 97}, ""),
        ({"temp": 36.8}, {"temp": 38.6}, "are two digits swapped?"),
        ({"spo2": 97}, {"spo2": 79}, "are two digits swapped?"),
        ({"spo2": 97}, {"spo2": 9}, "is a digit missing?"),
        ({"hr": 62}, {"hr": 26}, "are two digits swapped?"),
        ({"sbp": 142, "dbp": 80}, {"sbp": 124, "dbp": 80}, ""),
        ({"sbp": 116, "dbp": 80}, {"sbp": 161, "dbp": 80}, "are two digits swapped?"),
        ({"moaas": 5}, {"moaas": 1}, "usual is 2 to 5"),
    ],
)
def test_a_value_far_from_the_one_before_is_asked_about(
    first: dict[str, float], then: dict[str, float], words: str
) -> None:
    scene = at(10)
    scene.enter(EnterVitals, values=values(**first))
    scene.wait(120)
    reason = scene.refusal(EnterVitals, values=values(**then))
    assert (words in reason) if words else reason == ""


def test_a_reading_before_of_more_than_an_hour_is_not_compared_with() -> None:
    scene = at(10)
    scene.do(EnterVitals, values=values(sbp=115, dbp=80))
    scene.wait(3601)
    assert not scene.refusal(EnterVitals, values=values(sbp=178, dbp=82))


def test_a_typed_value_is_compared_with_the_monitors() -> None:
    scene = at(10)
    scene.oximeter(5, pr=70, spo2=98)
    assert "the reading before was 98" in scene.refusal(EnterVitals, values=values(spo2=87))
    assert "the reading before was 70" in scene.refusal(EnterValue, vital=Vital.HR, value=125)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (EnterValue, {"vital": Vital.MOAAS, "value": 1.0}),
        (EnterBp, {"sbp_mmhg": 210, "dbp_mmhg": 100}),
    ],
)
def test_every_kind_of_entry_is_asked_about(kind: type, fields: dict[str, object]) -> None:
    scene = at(10)
    assert "Record it again" in scene.refusal(kind, **fields)
    assert not scene.refusal(kind, confirmed=True, **fields)
    assert readings(scene)


def test_limits_that_say_nothing_of_what_is_usual_ask_about_nothing() -> None:
    begin = LIMITS_TEXT.index("[usual]")
    end = LIMITS_TEXT.index("# Systolic pressure")
    older = LIMITS_TEXT[:begin] + LIMITS_TEXT[end:]
    older = "\n".join(line for line in older.splitlines() if "typed_validity_s" not in line)
    profile = parse_limits(older, "older.toml")
    assert profile.usual == {}
    assert profile.policy.typed_validity_s == 0
    assert {rule.id for rule in profile.rules} == {rule.id for rule in PROFILE.rules}


def test_what_is_usual_lies_within_what_can_be() -> None:
    for vital, usual in PROFILE.usual.items():
        low, high = VITALS[vital].plausible
        assert low <= usual.range[0] < usual.range[1] <= high
        assert vital in TYPED


# -- beside a monitor -----------------------------------------------------------------------------


def test_a_typed_saturation_never_takes_the_place_of_a_live_one() -> None:
    scene = at(10)
    scene.to_infusing()
    scene.oximeter(5, spo2=98)
    scene.enter(EnterVitals, values=values(spo2=84))
    scene.oximeter(2, spo2=98)
    scene.wait(1)
    assert scene.state.readings[Vital.SPO2].value == 98
    assert not scene.raised("spo2-low-critical")


def test_a_typed_saturation_is_judged_while_no_monitor_gives_one() -> None:
    scene = Scene().to_infusing()
    scene.wait(20)
    assert scene.raised("spo2-no-data")
    scene.enter(EnterVitals, values=values(spo2=84))
    scene.wait(20)
    [low] = scene.raised("spo2-low-critical")
    assert low.sentence.startswith("SpO2 84 % (by hand)")


def test_a_typed_saturation_older_than_the_monitors_last_ends_no_alarm() -> None:
    """When the monitor falls silent nothing older may stand for what it said."""
    scene = Scene().to_infusing()
    scene.do(EnterVitals, values=values(spo2=97))
    scene.oximeter(40, spo2=84)
    assert scene.raised("spo2-low-critical")
    scene.wait(10)
    scene.do(EnterVitals, values=values(spo2=98), age_s=30)
    situation = scene.pipeline.session.visit.situation
    assert situation.judged(Vital.SPO2, scene.now_ns) is None
    assert scene.state.alarms["spo2-low-critical"].state is AlarmState.SOUNDING


def test_a_typed_saturation_ends_no_technical_alarm() -> None:
    scene = Scene().to_infusing()
    for _ in range(8):
        scene.now_s += 1
        scene.bytes("oximeter", oximeter_packet(511, 127, status=0x08))
    before = dict(scene.state.alarms)
    assert "spo2-sensor-off" in before
    scene.do(EnterVitals, values=values(spo2=97, hr=70))
    scene.wait(30)
    assert before.keys() <= scene.state.alarms.keys()
    assert "spo2-no-data" in scene.state.alarms


def test_a_typed_value_is_unknown_from_the_end_of_its_validity() -> None:
    scene = Scene().to_infusing()
    situation = scene.pipeline.session.visit.situation
    scene.wait(120)
    scene.do(EnterVitals, values=values(hr=71), age_s=60)
    valid_until_ns = scene.now_ns + 240 * S
    assert situation.fresh(Vital.HR, scene.now_ns) is None
    assert situation.judged(Vital.HR, valid_until_ns - 1) is not None
    assert situation.judged(Vital.HR, valid_until_ns) is None


def test_of_two_typed_values_the_one_measured_later_counts() -> None:
    scene = at(10)
    situation = scene.pipeline.session.visit.situation
    scene.do(EnterVitals, values=values(hr=71))
    scene.do(EnterVitals, values=values(hr=85), age_s=120)
    judged = situation.judged(Vital.HR, scene.now_ns)
    assert judged is not None
    assert judged.value == 71


def test_typed_pulse_and_saturation_make_a_baseline_where_no_monitor_gives_them() -> None:
    scene = Scene().to_baseline()
    scene.type_scores()
    for _ in range(2):
        scene.do(EnterVitals, values=values(sbp=120, dbp=78, hr=72, spo2=97))
        scene.wait(90)
    assert not scene.refusal(FreezeBaseline)
    [frozen] = scene.all(BaselineFrozen)
    known = {value.vital: (value.value, value.readings) for value in frozen.values}
    assert known[Vital.HR] == (72, 1)
    assert known[Vital.SPO2] == (97, 1)


def test_an_entry_from_before_there_were_confirmations_reads_as_unconfirmed() -> None:
    for kind in (EnterValue, EnterBp, EnterVitals, CommandRefused):
        defaults = {f.name: f.default for f in dataclasses.fields(kind)}
        assert not defaults.get("confirmed", False)
        assert not defaults.get("confirmable", False)
