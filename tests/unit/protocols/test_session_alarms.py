"""Alarms within a session: what sounds when, in which words, and what missing data does to it."""

from __future__ import annotations

import pytest

from protocols.events import (
    Acknowledge,
    AlarmChanged,
    AlarmState,
    AudioPauseChanged,
    EndAudioPause,
    EnterBp,
    EnterValue,
    LinkState,
    PauseAudio,
    PauseInfusion,
    Priority,
    Service,
    ServiceReported,
    StopInfusion,
)
from protocols.vitals import Vital
from tests.unit.app.session_scenes import NURSE, Scene, oximeter_packet

S = 1_000_000_000


def infusing(sbp: int = 120, dbp: int = 78) -> Scene:
    scene = Scene().to_infusing(sbp, dbp)
    scene.oximeter(3)
    return scene


def pressures(scene: Scene, *values: tuple[int, int], apart_s: float = 120) -> None:
    for number, (sbp, dbp) in enumerate(values):
        if number:
            scene.oximeter(apart_s, every_s=1)
        scene.enter(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)


@pytest.mark.parametrize(
    ("values", "alarm", "priority", "words"),
    [
        ([(150, 80)], "sbp-high-advisory", Priority.LOW, ["150 mmHg", "limit 150", "120"]),
        ([(165, 80)], "sbp-high-warning", Priority.MEDIUM, ["165 mmHg", "limit 165", "120"]),
        ([(182, 80), (181, 80)], "sbp-high-critical", Priority.HIGH, ["181", "limit 180", "120"]),
        ([(200, 80)], "sbp-high-once", Priority.HIGH, ["200 mmHg", "limit 200", "120"]),
        ([(140, 80)], "sbp-rise-advisory", Priority.LOW, ["140", "+20", "baseline 120"]),
        ([(150, 80)], "sbp-rise-warning", Priority.MEDIUM, ["150", "+30", "baseline 120"]),
        ([(162, 80), (161, 80)], "sbp-rise-critical", Priority.HIGH, ["161", "+41", "120"]),
        ([(120, 95)], "dbp-high-advisory", Priority.LOW, ["95 mmHg", "limit 95", "78"]),
        ([(130, 110), (130, 112)], "dbp-high-critical", Priority.HIGH, ["112", "110", "78"]),
        ([(130, 120)], "dbp-high-once", Priority.HIGH, ["120 mmHg", "limit 120", "78"]),
        ([(120, 98)], "dbp-rise-warning", Priority.MEDIUM, ["98", "+20", "baseline 78"]),
        ([(99, 60)], "sbp-low-advisory", Priority.LOW, ["99 mmHg", "limit 100", "120"]),
        ([(79, 50)], "sbp-low-critical", Priority.HIGH, ["79 mmHg", "limit 80", "120"]),
    ],
)
def test_a_pressure_out_of_limits_sounds_in_words_with_value_limit_and_baseline(
    values: list[tuple[int, int]], alarm: str, priority: Priority, words: list[str]
) -> None:
    scene = infusing()
    pressures(scene, *values)
    [raised] = scene.raised(alarm)
    assert raised.priority is priority
    assert not raised.technical
    assert raised.next_step
    for word in words:
        assert word in raised.sentence
    assert raised.t_ns == scene.now_ns


@pytest.mark.parametrize(
    ("values", "alarm"),
    [
        ([(149, 80)], "sbp-high-advisory"),
        ([(182, 80)], "sbp-high-critical"),
        ([(199, 80)], "sbp-high-once"),
        ([(137, 80)], "sbp-rise-advisory"),
        ([(162, 80)], "sbp-rise-critical"),
        ([(100, 60)], "sbp-low-advisory"),
    ],
)
def test_a_pressure_just_inside_or_not_confirmed_stays_quiet(
    values: list[tuple[int, int]], alarm: str
) -> None:
    scene = infusing()
    pressures(scene, *values)
    assert not scene.raised(alarm)


def test_a_single_spike_is_never_confirmed_by_a_calm_second_reading() -> None:
    scene = infusing()
    pressures(scene, (190, 100), (124, 80), (123, 79))
    assert not scene.raised("sbp-high-critical")
    assert not scene.raised("sbp-rise-critical")
    assert scene.raised("sbp-high-warning")


def test_readings_too_far_apart_confirm_nothing() -> None:
    scene = infusing()
    pressures(scene, (182, 80), (181, 80), apart_s=301)
    assert not scene.raised("sbp-high-critical")


@pytest.mark.parametrize(
    ("spo2", "alarm", "after_s"),
    [(94, "spo2-low-advisory", 60), (91, "spo2-low-warning", 30), (89, "spo2-low-critical", 15)],
)
def test_low_saturation_sounds_after_its_delay_and_not_before(
    spo2: int, alarm: str, after_s: int
) -> None:
    scene = infusing()
    scene.oximeter(1, spo2=spo2)
    began_ns = scene.now_ns
    scene.oximeter(after_s - 1, spo2=spo2)
    assert not scene.raised(alarm)
    scene.oximeter(2, spo2=spo2)
    [raised] = scene.raised(alarm)
    assert raised.t_ns == began_ns + after_s * S
    assert f"SpO2 {spo2}" in raised.sentence


def test_a_dip_shorter_than_the_delay_stays_quiet() -> None:
    scene = infusing()
    scene.oximeter(14, spo2=88)
    scene.oximeter(60, spo2=97)
    assert not scene.raised("spo2-low-critical")


def test_a_fast_pulse_stands_in_for_the_heart_rate() -> None:
    scene = infusing()
    scene.oximeter(2, pr=145)
    [raised] = scene.raised("hr-high-once")
    assert "145" in raised.sentence
    assert "pulse" in raised.sentence


# -- missing data ----------------------------------------------------------------------------------


def test_silence_raises_a_technical_alarm_and_leaves_the_old_alarm_standing() -> None:
    scene = infusing()
    scene.oximeter(20, spo2=88)
    assert scene.state.alarms["spo2-low-critical"].state is AlarmState.SOUNDING
    spoke_ns = scene.now_ns
    scene.wait(60)
    [quiet] = scene.raised("spo2-no-data")
    assert quiet.technical
    assert quiet.t_ns == spoke_ns + 10 * S
    assert scene.state.alarms["spo2-low-critical"].state is AlarmState.SOUNDING
    assert not [
        a
        for a in scene.all(AlarmChanged)
        if a.alarm == "spo2-low-critical" and a.state in (AlarmState.OFF, AlarmState.LATCHED)
    ]


def test_a_probe_off_is_not_low_saturation_and_not_normal() -> None:
    scene = infusing()
    for _ in range(90):
        scene.now_s += 1
        scene.bytes("oximeter", oximeter_packet(511, 127, status=0x08))
    clinical = [a for a in scene.all(AlarmChanged) if a.vital is Vital.SPO2 and not a.technical]
    assert clinical == []
    technical = [a.alarm for a in scene.state.active_alarms if a.technical]
    assert any(alarm.startswith("spo2-") for alarm in technical)
    scene.oximeter(2)
    assert not [a for a in scene.state.active_alarms if a.vital is Vital.SPO2]


def test_an_overdue_pressure_speaks_up_and_a_new_one_ends_it() -> None:
    scene = infusing()
    scene.wait(10 * 60)
    assert scene.raised("bp-overdue")
    scene.do(EnterBp, sbp_mmhg=121, dbp_mmhg=79)
    assert "bp-overdue" not in scene.state.alarms


@pytest.mark.parametrize("service", [Service.RECORDER, Service.DISPLAY, Service.SOUND])
def test_a_failing_part_of_the_program_is_a_technical_alarm(service: Service) -> None:
    scene = infusing()
    before = set(scene.state.alarms)
    scene.feed(
        ServiceReported(t_ns=scene.now_ns, service=service, working=False, detail="disk full")
    )
    scene.wait(10)
    new = [a for key, a in scene.state.alarms.items() if key not in before and a.vital is None]
    new = [a for a in new if "disk full" in a.sentence]
    assert len(new) == 1
    assert new[0].technical
    scene.feed(ServiceReported(t_ns=scene.now_ns, service=service, working=True))
    assert new[0].alarm not in scene.state.alarms


def test_before_anybody_sits_down_a_silent_monitor_is_no_alarm_of_missing_vitals() -> None:
    scene = Scene()
    scene.oximeter(5)
    scene.wait(600)
    assert not scene.raised("spo2-no-data")
    assert not scene.raised("bp-overdue")


# -- people ----------------------------------------------------------------------------------------


def test_an_acknowledgement_carries_who_and_what_and_sounds_again_while_it_lasts() -> None:
    scene = infusing()
    pressures(scene, (205, 90))
    assert not scene.refusal(Acknowledge, alarm="sbp-high-once", action="infusion paused")
    acked = scene.state.alarms["sbp-high-once"]
    assert (acked.state, acked.by, acked.action) == (AlarmState.ACKED, NURSE, "infusion paused")
    again_ns = scene.now_ns + 120 * S
    scene.oximeter(119)
    assert len(scene.raised("sbp-high-once")) == 1
    scene.oximeter(2)
    assert [a.t_ns for a in scene.raised("sbp-high-once")][1:] == [again_ns]


def test_an_alarm_that_is_not_there_cannot_be_acknowledged() -> None:
    scene = infusing()
    assert "no longer there" in scene.refusal(Acknowledge, alarm="sbp-high-once", action="seen")
    assert "no longer there" in scene.refusal(Acknowledge, alarm="nothing", action="seen")


def test_a_latched_alarm_stays_until_it_is_acknowledged() -> None:
    scene = infusing()
    pressures(scene, (205, 90), (121, 79))
    latched = scene.state.alarms["sbp-high-once"]
    assert latched.state is AlarmState.LATCHED
    assert not scene.refusal(Acknowledge, alarm="sbp-high-once", action="seen")
    assert "sbp-high-once" not in scene.state.alarms


def test_the_sound_is_paused_for_two_minutes_at_most() -> None:
    scene = infusing()
    assert "No alarm is sounding" in scene.refusal(PauseAudio)
    pressures(scene, (205, 90))
    scene.do(PauseAudio)
    assert scene.state.alarms["sbp-high-once"].state is AlarmState.PAUSED
    ends_ns = scene.now_ns + 120 * S
    assert scene.state.audio_pause_ends_ns == ends_ns
    scene.oximeter(121)
    assert scene.all(AudioPauseChanged)[-1].t_ns == ends_ns
    assert scene.state.alarms["sbp-high-once"].state is AlarmState.SOUNDING


def test_a_pause_can_be_ended_before_its_time() -> None:
    scene = infusing()
    pressures(scene, (205, 90))
    scene.do(PauseAudio)
    scene.do(EndAudioPause)
    assert scene.state.audio_pause_ends_ns is None
    assert scene.state.alarms["sbp-high-once"].state is AlarmState.SOUNDING


def test_pausing_or_stopping_the_drug_silences_no_alarm_of_the_patient() -> None:
    scene = infusing()
    pressures(scene, (205, 90))
    for deed in (PauseInfusion, StopInfusion):
        scene.do(deed)
        assert scene.state.alarms["sbp-high-once"].state is AlarmState.SOUNDING


def test_deep_sedation_typed_by_the_nurse_sounds_at_once() -> None:
    scene = infusing()
    scene.enter(EnterValue, vital=Vital.MOAAS, value=1)
    high = [a for a in scene.state.active_alarms if a.priority is Priority.HIGH]
    assert [a.vital for a in high] == [Vital.MOAAS]


def test_a_lost_monitor_is_told_once_however_often_the_port_is_tried() -> None:
    scene = infusing()
    for _ in range(5):
        scene.now_s += 1
        scene.link("oximeter", LinkState.NOT_CONNECTED, "unplugged")
        scene.link("oximeter", LinkState.OPENING)
    assert len(scene.raised("device-lost/oximeter")) <= 1
