"""What the tile of a monitor says: port opens, monitor speaks, is silent, is lost, comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.links import NOT_UNDERSTOOD_TEXT, WAITING_TEXT
from app.pipeline import NO_BP_MONITOR_TEXT
from devices.ge_dinamap.wire import message as dinamap_message
from protocols.events import (
    AbortBp,
    AlarmState,
    ArmBpSchedule,
    BpState,
    BpStateChanged,
    BytesSent,
    ConfirmMonitor,
    LinkChanged,
    LinkReported,
    LinkState,
    Reading,
    TakeBp,
    WaveReceived,
)
from protocols.vitals import NS_PER_S, Quality, Vital
from tests.unit.app.session_scenes import SLOTS, Scene, oximeter_packet


def states(scene: Scene, device: str = "oximeter") -> list[LinkState]:
    return [change.state for change in scene.all(LinkChanged) if change.device == device]


def test_a_monitor_that_stops_speaking_is_silent_and_comes_back_by_itself() -> None:
    scene = Scene()
    scene.oximeter(5)
    assert states(scene) == [LinkState.WAITING, LinkState.LIVE]
    made = scene.wait(10)
    [silent] = [event for event in made if isinstance(event, LinkChanged)]
    assert (silent.state, silent.detail) == (LinkState.SILENT, WAITING_TEXT)
    assert silent.t_ns == 7_000_000_000
    scene.oximeter(1)
    assert states(scene)[-1] is LinkState.LIVE


def test_bytes_of_another_format_are_named_as_such() -> None:
    scene = Scene()
    for _ in range(60):
        scene.now_s += 0.1
        scene.bytes("oximeter", b"N=097 P=070\r\n")
    assert states(scene) == [LinkState.WAITING, LinkState.WRONG_DEVICE]
    assert scene.all(LinkChanged)[-1].detail == NOT_UNDERSTOOD_TEXT


def test_noise_after_readings_is_named_as_such() -> None:
    scene = Scene()
    scene.oximeter(3)
    for _ in range(30):
        scene.now_s += 0.1
        scene.bytes("oximeter", b"\x55\xaa" * 4)
    assert scene.all(LinkChanged)[-1].detail == NOT_UNDERSTOOD_TEXT


def test_a_lost_port_is_a_technical_alarm_until_it_speaks_again() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(5)
    scene.link("oximeter", LinkState.NOT_CONNECTED, "/dev/oximeter is gone.")
    scene.wait(20)
    [lost] = scene.raised("device-lost/oximeter")
    assert lost.technical
    assert "/dev/oximeter is gone." in lost.sentence
    scene.link("oximeter", LinkState.WAITING)
    scene.oximeter(3)
    assert scene.state.links["oximeter"].state is LinkState.LIVE
    assert "device-lost/oximeter" not in scene.state.alarms


def test_a_half_frame_of_a_lost_connection_is_not_joined_to_the_next() -> None:
    scene = Scene()
    packet = oximeter_packet(88, 91)
    scene.bytes("oximeter", packet[:-3])
    scene.link("oximeter", LinkState.NOT_CONNECTED, "gone")
    scene.now_s = 60
    scene.link("oximeter", LinkState.WAITING)
    scene.bytes("oximeter", packet[-3:])
    assert scene.state.readings == {}


@pytest.mark.parametrize("connected", [False, True], ids=["no monitor bound", "port not open"])
def test_taking_a_pressure_without_a_monitor_says_so(connected: bool) -> None:
    scene = Scene(SLOTS if connected else SLOTS[:1], links=False)
    made = scene.do(TakeBp)
    [failed] = [event for event in made if isinstance(event, BpStateChanged)]
    assert (failed.state, failed.text) == (BpState.FAILED, NO_BP_MONITOR_TEXT)
    assert not scene.all(BytesSent)


def test_an_abort_goes_out_at_once_whatever_the_monitor_does() -> None:
    scene = Scene()
    aborts = 0
    for settle_s in (0.0, 0.05, 5.0, 60.0):
        scene.do(TakeBp)
        scene.wait(settle_s)
        made = scene.do(AbortBp)
        sent = [event for event in made if isinstance(event, BytesSent)]
        assert [event.data.hex() for event in sent] == ["3a7901004c"]
        aborts += 1
    assert aborts == 4


def test_nothing_is_sent_to_a_monitor_that_nobody_asked_anything() -> None:
    scene = Scene().to_infusing()
    scene.wait(3600)
    assert not scene.all(BytesSent)
    scene.do(ArmBpSchedule, armed=True)
    scene.wait(1200)
    assert scene.all(BytesSent)


def test_a_silent_oximeter_leaves_no_number_that_counts() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(10, pr=72, spo2=97)
    scene.wait(30)
    raised = {alarm.alarm: alarm for alarm in scene.state.active_alarms}
    assert raised["spo2-no-data"].state is AlarmState.SOUNDING
    assert raised["spo2-no-data"].technical


def test_a_request_that_nobody_answers_does_not_make_a_monitor_live() -> None:
    scene = Scene()
    scene.link("bp", LinkState.WAITING)
    scene.do(TakeBp)
    assert scene.state.links["bp"].state is LinkState.READY
    scene.wait(10)
    assert scene.state.bp_state is BpState.FAILED
    assert scene.state.links["bp"].state is LinkState.READY


FOREIGN = (replace(SLOTS[0], last_room="Room 5"), replace(SLOTS[1], last_room="Room 5"))


def test_the_numbers_of_a_monitor_from_another_room_do_not_count_until_it_is_confirmed() -> None:
    scene = Scene(FOREIGN)
    scene.oximeter(3, pr=72, spo2=97)
    assert scene.state.links["oximeter"].state is LinkState.UNCONFIRMED
    reading = scene.state.readings[Vital.SPO2]
    assert (reading.value, reading.quality) == (None, Quality.UNCONFIRMED)
    assert scene.state.last_values == {}
    assert not any(wave.usable for wave in scene.all(WaveReceived))
    scene.do(ConfirmMonitor, device="oximeter")
    assert scene.state.links["oximeter"].state is LinkState.LIVE
    scene.oximeter(1, pr=72, spo2=97)
    assert scene.state.readings[Vital.SPO2].value == 97


def test_a_monitor_to_be_confirmed_is_not_told_to_take_a_pressure_but_may_be_stopped() -> None:
    scene = Scene(FOREIGN)
    made = scene.do(TakeBp)
    [failed] = [event for event in made if isinstance(event, BpStateChanged)]
    assert failed.state is BpState.FAILED
    assert "last used in Room 5" in failed.text
    assert not scene.all(BytesSent)
    scene.do(AbortBp)
    assert [event.data.hex() for event in scene.all(BytesSent)] == ["3a7901004c"]
    scene.do(ConfirmMonitor, device="bp")
    assert scene.state.links["bp"].state is LinkState.READY
    scene.wait(5)
    scene.do(TakeBp)
    assert scene.all(BytesSent)[-1].data.hex() != "3a7901004c"


def test_confirming_what_needs_no_confirmation_is_refused() -> None:
    scene = Scene()
    scene.oximeter(1)
    assert "No monitor waits" in scene.refusal(ConfirmMonitor, device="oximeter")


def test_another_unit_on_the_port_of_a_running_session_must_be_confirmed() -> None:
    scene = Scene((replace(SLOTS[0], identity="USB 0403:6001 A"), SLOTS[1]), links=False)
    for identity, state in (
        ("USB 0403:6001 A", LinkState.LIVE),
        ("USB 0403:6001 B", LinkState.UNCONFIRMED),
    ):
        scene.feed(
            LinkReported(
                t_ns=scene.now_ns, device="oximeter", state=LinkState.WAITING, identity=identity
            )
        )
        scene.oximeter(2)
        assert scene.state.links["oximeter"].state is state


def test_a_probe_off_the_finger_is_a_state_of_the_link_and_comes_back() -> None:
    scene = Scene()
    scene.oximeter(3)
    scene.bytes("oximeter", oximeter_packet(status=0x08))
    assert scene.state.links["oximeter"].state is LinkState.PROBE_OFF
    scene.oximeter(1)
    assert scene.state.links["oximeter"].state is LinkState.LIVE


def test_of_two_oximeters_one_is_the_stream_and_the_other_is_kept_beside() -> None:
    second = replace(SLOTS[0], device="monitor", port="/dev/monitor")
    scene = Scene((second, SLOTS[0]))
    scene.oximeter(2, pr=72, spo2=97)
    waves = len(scene.all(WaveReceived))
    scene.link("monitor", LinkState.WAITING)
    scene.bytes("monitor", oximeter_packet(90, 88) * 3)
    assert scene.state.readings[Vital.SPO2].value == 97
    beside = [r for r in scene.all(Reading) if r.source == "monitor"]
    assert {r.value for r in beside if r.vital is Vital.SPO2} == {88}
    assert all(r.spot for r in beside)
    assert len(scene.all(WaveReceived)) == waves


def test_a_monitor_that_answers_with_nothing_to_show_is_live_all_the_same() -> None:
    slot = replace(SLOTS[1], driver="dinamap")
    scene = Scene((slot,))
    for _ in range(10):
        scene.wait(1)
        scene.bytes("bp", dinamap_message(b" NA0000000000000000"))
    assert scene.all(Reading) == []
    assert states(scene, "bp")[-1] is LinkState.LIVE


def test_the_values_of_a_monitor_that_speaks_each_five_seconds_stand_until_the_next() -> None:
    slow = Scene((replace(SLOTS[0], interval_s=5.0),))
    usual = Scene(SLOTS[:1])
    for scene in (slow, usual):
        scene.bytes("oximeter", oximeter_packet(72, 97))
        reading = scene.state.readings[Vital.SPO2]
        stands_ns = scene.state.fresh_for_ns(reading)
        assert stands_ns == (6 if scene is slow else 5) * NS_PER_S
        situation = scene.pipeline.session.visit.situation
        assert situation.fresh(Vital.SPO2, stands_ns - 1) is not None
        assert situation.fresh(Vital.SPO2, stands_ns) is None


def test_the_alarm_about_a_link_says_what_is_wrong_now() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(3)
    before = len(scene.raised("monitor-silent/oximeter"))
    scene.wait(6)
    assert WAITING_TEXT in scene.state.alarms["monitor-silent/oximeter"].sentence
    for _ in range(30):
        scene.now_s += 0.1
        scene.bytes("oximeter", b"\x55\xaa" * 4)
    assert NOT_UNDERSTOOD_TEXT in scene.state.alarms["monitor-silent/oximeter"].sentence
    told = scene.raised("monitor-silent/oximeter")[before:]
    assert len(told) == 2
    assert len({alarm.since_ns for alarm in told}) == 1
