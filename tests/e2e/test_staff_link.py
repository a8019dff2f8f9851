"""Staff stations on real sockets beside a real session: reached, answered, lost, come back."""

from __future__ import annotations

import logging
import os
import signal
import socket
import time
from collections.abc import Iterator
from decimal import Decimal
from functools import partial
from pathlib import Path

import pytest

from app.places import read_signals
from app.staff import conversation, link, station_link
from app.staff.address import StaffAddress
from app.staff.conversation import LOST_S
from app.staff.messages import Received, decode_at_station
from app.staff.room_link import RoomLink
from app.staff.wire import MAX_FRAME, FrameReader
from protocols.events import (
    AcceptAlarm,
    Acknowledge,
    AlarmDelivered,
    AlarmPresented,
    AlarmState,
    CloseSession,
    EnterPatient,
    Presentation,
    RejectAlarm,
    StaffCall,
)
from tests.e2e.staff_ward import ALARM, ROOM, Desk, Ear, Ward

NURSE = "A. Lund RN"
SHORT_S = 0.4
"""In place of a patience of 2 s, where what is tried is what follows and not how long it takes."""


@pytest.fixture
def ward(tmp_path: Path) -> Iterator[Ward]:
    made = Ward(tmp_path)
    yield made
    made.close()


@pytest.fixture
def watched(ward: Ward) -> Ward:
    """A session in which a station is connected and known."""
    ward.start()
    ward.desk()
    ward.wait(lambda: ward.staff_there is True, "the session knows that a station is there")
    return ward


def test_an_alarm_is_told_confirmed_and_accepted(watched: Ward) -> None:
    ward, desk = watched, watched.desks[0]
    ward.raise_alarm()
    ward.wait(lambda: ward.signal.staff is StaffCall.RECEIVED, "the receipt is taken")
    assert not ward.signal.room_sound
    ward.wait(lambda: desk.told().told.staff is StaffCall.RECEIVED, "the station knows")
    told = desk.told().told
    assert told.sentence == ward.state.alarms[ALARM].sentence
    assert told.next_step == ward.state.alarms[ALARM].next_step
    assert told.icon == "equipment"
    left_s = desk.told().sounds_in_s(desk.station.now_s())
    assert left_s is not None
    assert 0 < left_s <= 30

    desk.station.accept(0, told.occurrence, NURSE)
    ward.wait(lambda: desk.told().told.accepted_by == NURSE, "the station shows who goes")
    assert ward.signal.staff is StaffCall.ACCEPTED
    assert ward.of(AcceptAlarm)[0].station == "Desk 1"
    assert ward.of(AcceptAlarm)[0].raised_ns == told.raised_ns
    delivered = ward.of(AlarmDelivered)
    assert [(d.alarm, d.raised_ns, d.station) for d in delivered] == [
        (ALARM, told.raised_ns, "Desk 1")
    ]
    shown = [e for e in ward.of(AlarmPresented) if e.where is Presentation.STAFF]
    assert [(e.alarm, e.raised_ns) for e in shown] == [(ALARM, told.raised_ns)]

    ward.live.runtime.submit(
        Acknowledge(t_ns=0, by="N. Okafor", alarm=ALARM, action="patient checked")
    )
    ward.wait(lambda: desk.told().told.acknowledged_by == "N. Okafor", "who acknowledged")


def test_nothing_is_confirmed_that_was_not_painted(tmp_path: Path) -> None:
    policy = tmp_path / "impatient.toml"
    policy.write_text(read_signals("quiet-room")[0].replace("receipt_s = 5", "receipt_s = 1"))
    ward = Ward(tmp_path, signals=str(policy))
    ward.start()
    desk = ward.desk()
    ward.wait(lambda: ward.staff_there is True, "a station is there")
    desk.paints = False
    ward.raise_alarm()
    ward.wait(lambda: ward.signal.staff is StaffCall.UNREACHED, "the bedside waits no longer")
    assert desk.alarm() is not None
    assert ward.signal.room_sound
    assert ward.inputs(AlarmDelivered) == 0
    ward.close()


def test_a_station_whose_sound_does_not_work_confirms_nothing(ward: Ward) -> None:
    ward.start()
    deaf, hears = Ear(working=False), Ear()
    desk = ward.desk(sounds=deaf)
    ward.wait(lambda: ward.staff_there is True, "a station is there")
    ward.raise_alarm()
    ward.wait(lambda: desk.alarm() is not None, "the station has the alarm")
    for _ in range(20):
        desk.step()
    assert "not confirmed" in desk.station.sound_trouble
    assert ward.inputs(AlarmDelivered) == 0
    loud = ward.desk(name="Desk 2", sounds=hears)
    ward.wait(lambda: ward.signal.staff is StaffCall.RECEIVED, "the other station confirms")
    assert hears.played[0] == ("medium", "equipment", 0)
    assert loud.station.sound_trouble == ""


def test_cannot_come_lets_the_bedside_sound_at_once(watched: Ward) -> None:
    desk = watched.desks[0]
    watched.raise_alarm()
    watched.wait(lambda: watched.signal.staff is StaffCall.RECEIVED, "the receipt is taken")
    desk.station.reject(0, desk.told().told.occurrence, NURSE)
    watched.wait(lambda: watched.signal.room_sound, "the bedside sounds")
    assert watched.of(RejectAlarm)[0].by == NURSE
    assert desk.told().refused_by == NURSE
    assert desk.room.wanted() == []


def test_a_second_nurse_may_accept_what_the_first_could_not(watched: Ward) -> None:
    second = watched.desk(name="Desk 2")
    watched.wait(lambda: second.room.link is RoomLink.LIVE, "the second station is connected")
    watched.raise_alarm()
    watched.wait(lambda: second.alarm() is not None, "both stations show it")
    watched.wait(lambda: watched.inputs(AlarmDelivered) == 2, "both stations confirm it")
    first = watched.desks[0]
    first.station.reject(0, first.told().told.occurrence, NURSE)
    watched.wait(lambda: watched.signal.room_sound, "the bedside sounds")
    second.station.accept(0, second.told().told.occurrence, "B. Lind RN")
    watched.wait(lambda: first.told().told.accepted_by == "B. Lind RN", "the first is told")
    assert not watched.signal.room_sound


def test_an_answer_that_the_rules_refuse_is_told_at_the_station(watched: Ward) -> None:
    desk = watched.desks[0]
    watched.raise_alarm()
    watched.wait(lambda: watched.signal.staff is StaffCall.RECEIVED, "the receipt is taken")
    occurrence = desk.told().told.occurrence
    desk.station.accept(0, occurrence, NURSE)
    desk.station.accept(0, occurrence, "B. Lind RN")
    watched.wait(lambda: bool(desk.room.note), "a sentence comes back")
    assert desk.room.note == f"{NURSE} goes to that alarm already."
    assert desk.room.note_by == "B. Lind RN"


def test_a_killed_station_lets_the_bedside_sound(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.start()
    child = ward.child()
    ward.wait(lambda: ward.staff_there is True, "the station is there")
    ward.raise_alarm()
    ward.wait(lambda: ward.signal.staff is StaffCall.RECEIVED, "the receipt is taken")
    monkeypatch.setattr(link, "LOST_S", SHORT_S)
    child.send_signal(signal.SIGKILL)
    ward.wait(lambda: ward.signal.room_sound, "the bedside sounds")
    assert ward.staff_there is False
    assert ward.state.alarms["staff-lost"].state is AlarmState.SOUNDING


@pytest.mark.expects_log_warnings
def test_a_station_that_stands_still_is_lost_though_its_connection_is_open(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    ward.start()
    child = ward.child()
    ward.wait(lambda: ward.staff_there is True, "the station is there")
    ward.raise_alarm()
    ward.wait(lambda: ward.signal.staff is StaffCall.RECEIVED, "the receipt is taken")
    monkeypatch.setattr(conversation, "LOST_S", 1.0)
    monkeypatch.setattr(link, "LOST_S", 60.0)  # who is silent is not waited for a second time
    os.kill(child.pid, signal.SIGSTOP)
    try:
        ward.wait(lambda: ward.staff_there is False, "the station is lost")
        assert ward.signal.room_sound
    finally:
        os.kill(child.pid, signal.SIGCONT)


def test_the_program_itself_shows_confirms_and_leaves_in_order(ward: Ward) -> None:
    ward.start()
    program = ward.program("Desk 7")
    ward.wait(lambda: ward.staff_there is True, "the program is connected")
    ward.raise_alarm()
    ward.wait(lambda: ward.signal.staff is StaffCall.RECEIVED, "it painted the call")
    assert ward.of(AlarmDelivered)[0].station == "Desk 7"
    program.terminate()
    ward.wait(lambda: ward.signal.room_sound, "the bedside sounds")
    assert "Desk 7 was closed" in ward.state.alarms["staff-lost"].sentence
    assert program.wait(10) == 0


def test_a_screen_that_is_not_drawn_is_not_relied_on(
    watched: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = watched.desks[0]
    monkeypatch.setattr(station_link, "DISPLAY_STALL_S", SHORT_S)
    desk.draws = False
    watched.wait(lambda: watched.staff_there is False, "the bedside relies on nobody")
    assert "not being drawn" in watched.state.alarms["staff-lost"].sentence
    desk.draws = True
    watched.wait(lambda: watched.staff_there is True, "it is drawn again")


def test_a_station_that_is_closed_in_order_is_gone_at_once(watched: Ward) -> None:
    watched.desks.pop().station.stop()
    watched.wait(lambda: watched.staff_there is False, "nobody is there")
    assert "Desk 1 was closed" in watched.state.alarms["staff-lost"].sentence


def test_a_session_without_a_station_is_told_so(
    ward: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(link, "LOST_S", SHORT_S)
    ward.start()
    ward.wait(lambda: ward.staff_there is False, "nobody is there")
    ward.raise_alarm()
    assert ward.signal.room_sound


@pytest.mark.expects_log_warnings
def test_a_bedside_that_comes_back_tells_everything_anew(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    ward.start()
    desk = ward.desk()
    ward.wait(lambda: ward.staff_there is True, "the station is there")
    ward.raise_alarm()
    ward.wait(lambda: desk.alarm() is not None, "the station shows the alarm")
    port = ward.address.port
    ward.desks.clear()
    for connection in list(ward.link._connections):
        connection.socket.shutdown(socket.SHUT_RDWR)  # the network goes, not the program
    ward.desks.append(desk)
    ward.wait(lambda: desk.room.link is RoomLink.LOST, "the station knows that its link is lost")
    assert desk.room.alarms == ()
    assert desk.room.wanted() != []
    ward.wait(lambda: desk.alarm() is not None, "it is connected again and knows everything")
    assert desk.room.link is RoomLink.LIVE
    assert desk.told().told.sentence == ward.state.alarms[ALARM].sentence
    assert ward.address.port == port
    ward.close()


def test_a_station_is_told_of_sessions_that_begin_and_end(tmp_path: Path) -> None:
    ward = Ward(tmp_path)
    desk = ward.desk()
    ward.wait(lambda: desk.room.session is not None, "a room without a session is told of")
    session = desk.room.session
    assert session is not None
    assert not session.running
    ward.start()
    ward.wait(lambda: desk.room.session is not None and desk.room.session.running, "it runs")
    ward.live.runtime.submit(CloseSession(t_ns=0, by="N. Okafor", reason="test"))
    ward.wait(lambda: desk.room.session is not None and not desk.room.session.running, "it ended")
    assert desk.room.trouble == ""
    ward.desks.clear()
    ward.close()
    ward.desks.append(desk)
    ward.wait(lambda: desk.room.link is RoomLink.CLOSED, "the bedside took leave")
    assert desk.room.wanted() == []
    desk.station.stop()


def test_a_core_that_does_not_answer_is_trouble_at_the_station(
    watched: Ward, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk = watched.desks[0]
    monkeypatch.setattr(link, "CORE_SILENT_S", SHORT_S)
    silent = [9.0]
    live = watched.live
    watched.link.attach(live.runtime, live.clock, lambda: silent[0], watched.events)
    watched.wait(lambda: "does not answer" in desk.room.trouble, "the station is told")
    assert [sound.priority for sound in desk.room.wanted()] == ["high"]
    silent[0] = 0.0
    watched.wait(lambda: desk.room.trouble == "", "it answers again")


def test_a_session_that_is_left_unfinished_is_trouble_at_the_station(watched: Ward) -> None:
    desk = watched.desks[0]
    watched.live.runtime.stop()
    watched.link.detach()
    watched.wait(lambda: "unfinished" in desk.room.trouble, "the station is told")
    assert [sound.priority for sound in desk.room.wanted()] == ["high"]
    desk.station.understand(0)
    assert desk.room.wanted() == []


@pytest.mark.expects_log_warnings
def test_a_wrong_secret_is_refused_and_said(watched: Ward) -> None:
    stranger = Desk(watched.address, b"not the secret of the ward", "Stranger")
    watched.desks.append(stranger)
    watched.wait(lambda: stranger.room.link is RoomLink.REFUSED, "the station is refused")
    assert "secret" in stranger.room.why
    assert stranger.room.session is None
    assert watched.staff_there is True


@pytest.mark.expects_log_warnings
def test_two_stations_of_one_name_are_not_confused(watched: Ward) -> None:
    second = watched.desk()
    watched.wait(lambda: second.room.link is RoomLink.REFUSED, "the second is refused")
    assert "another name" in second.room.why
    assert watched.desks[0].room.link is RoomLink.LIVE


def test_another_room_than_the_one_named_is_not_shown(watched: Ward) -> None:
    second = watched.desk(name="Desk 2", room="Room 4")
    watched.wait(lambda: second.room.link is RoomLink.FOREIGN, "the room is not the one")
    assert f"{ROOM} answers" in second.room.why
    assert second.room.session is None


def test_garbage_and_floods_end_only_their_own_connection(
    watched: Ward, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    garbage = (b"GET / HTTP/1.1\r\n\r\n", bytes(8), (MAX_FRAME + 1).to_bytes(4, "big"))
    for data in garbage:
        with socket.create_connection((watched.address.host, watched.address.port)) as stranger:
            stranger.sendall(data)
            stranger.setblocking(False)
            watched.wait(partial(_is_closed, stranger), "the stranger is cut off")
    watched.wait(lambda: watched.desks[0].room.link is RoomLink.LIVE, "the station is connected")
    assert watched.staff_there is True
    assert "a frame that is too long" in caplog.text


def _is_closed(connection: socket.socket) -> bool:
    try:
        return connection.recv(100) == b""
    except BlockingIOError:
        return False


@pytest.mark.expects_log_warnings
def test_bytes_of_a_recorded_connection_open_nothing(watched: Ward) -> None:
    """A listener keeps everything that a station said and says it again."""
    recorded: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as between:
        port = between.getsockname()[1]
        desk = Desk(StaffAddress(host="127.0.0.1", port=port), watched.secret, "Desk 5")
        watched.desks.append(desk)
        near, _ = between.accept()
        far = socket.create_connection((watched.address.host, watched.address.port))
        near.setblocking(False)
        far.setblocking(False)

        def carry() -> bool:
            for source, target in ((near, far), (far, near)):
                try:
                    data = source.recv(65_536)
                except BlockingIOError:
                    continue
                if source is near:
                    recorded.append(data)
                target.sendall(data)
            return desk.room.link is RoomLink.LIVE

        watched.wait(carry, "the station is connected through the listener")
        near.close()
        far.close()
    with socket.create_connection((watched.address.host, watched.address.port)) as thief:
        thief.sendall(b"".join(recorded))
        thief.settimeout(LOST_S + 3)
        answered = b""
        while data := thief.recv(4096):
            answered += data
    kinds = [type(decode_at_station(f.body)).__name__ for f in FrameReader().feed(answered)]
    assert kinds == ["Challenge", "Refused"]


def test_no_name_of_a_patient_is_ever_sent(watched: Ward) -> None:
    said: list[bytes] = []
    connection = watched.link._connections[0]
    sent = connection.end.send
    connection.end.send = lambda message, now_s: (  # type: ignore[method-assign]
        said.append(repr(message).encode()),
        sent(message, now_s),
    )[1]
    watched.live.runtime.submit(
        EnterPatient(
            t_ns=0,
            by="N. Okafor",
            given_name="Marzipana",
            family_name="Quillfeather",
            mrn="MRN-77123",
            birth_date="1980-01-01",
            sex="female",
            height_cm=Decimal(170),
            allergies="none known",
        )
    )
    watched.wait(lambda: watched.state.patient is not None, "the patient is entered")
    watched.raise_alarm()
    watched.wait(lambda: watched.signal.staff is StaffCall.RECEIVED, "the alarm is told")
    everything = b"".join(said)
    assert ALARM.encode() in everything
    assert not any(word in everything for word in (b"Marzipana", b"Quillfeather", b"MRN-77123"))


def test_an_old_receipt_confirms_no_new_call(watched: Ward) -> None:
    desk = watched.desks[0]
    desk.paints = False
    watched.raise_alarm()
    watched.wait(lambda: desk.alarm() is not None, "the station has the alarm")
    told = desk.told().told
    desk.station._send(0, Received(alarm=ALARM, raised_ns=told.raised_ns, call=told.call + 1))
    desk.station._send(0, Received(alarm=ALARM, raised_ns=told.raised_ns + 1, call=told.call))
    time.sleep(0.2)
    desk.step()
    assert watched.inputs(AlarmDelivered) == 0
