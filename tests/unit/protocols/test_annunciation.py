"""Who is told of an alarm and where it sounds: stories of a quiet room and of a usual one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from protocols.annunciation import Annunciator
from protocols.events import (
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    CloseSession,
    Priority,
    ReminderGiven,
    RestoreLimit,
    Service,
    ServiceReported,
    SessionResumed,
    StaffCall,
    SwitchRuleOff,
)
from protocols.signals import RoomSound
from protocols.vitals import Vital
from tests.unit.protocols.signal_rooms import (
    COLLEAGUE,
    LIMITS,
    NURSE,
    PRESCRIBER,
    SHIPPED_SIGNALS,
    SIGNALS_TEXTS,
    STATION,
    S,
    policy_of,
    read,
)
from tests.unit.protocols.signalled_room import (
    ACCEPTED,
    ADVISORY,
    CALLED,
    CRITICAL,
    NONE,
    RECEIVED,
    UNREACHED,
    WARNING,
    Room,
    raised,
    refused,
)

# -- where it sounds, and when staff are not reached


def test_without_a_policy_nothing_is_said_of_signals() -> None:
    room = raised("none")
    room.at(2000)
    room.ack(2001, WARNING)
    assert not room.of(AlarmSignalled)
    assert not room.of(ReminderGiven)
    assert "not called" in refused(room.accept(2002, WARNING, 10))


def test_in_a_quiet_room_staff_are_called_and_the_bedside_is_silent() -> None:
    room = raised()
    assert room.signals() == [(10, False, CALLED, 0)]
    [first] = [one for one in room.of(AlarmSignalled) if one.alarm == WARNING]
    assert first.raised_ns == 10 * S
    assert first.reason == "Staff are called first, the bedside stays silent."


def test_without_a_station_the_bedside_sounds_at_once() -> None:
    assert raised(staffed=False).signals() == [(10, True, UNREACHED, 0)]


def test_in_a_usual_room_the_bedside_sounds_while_staff_are_called() -> None:
    assert raised("bedside").signals() == [(10, True, CALLED, 0)]


def test_a_row_without_staff_calls_nobody() -> None:
    room = raised("bedside", sbp=155)
    assert room.signals(ADVISORY) == [(10, True, NONE, 0)]
    assert "not called" in refused(room.accept(11, ADVISORY, 10))
    room.ack(12, ADVISORY)
    assert len(room.signals(ADVISORY)) == 1


def test_a_call_that_no_station_confirms_sounds_at_the_bedside() -> None:
    room = raised()
    room.at(15)
    assert room.signals()[-1] == (15, True, UNREACHED, 0)
    assert "confirmed the call within 5 s" in room.of(AlarmSignalled)[-1].reason


def test_a_call_that_nobody_accepts_sounds_at_the_bedside() -> None:
    room = raised()
    room.receipt(11, WARNING, 10)
    room.at(60)
    assert room.signals()[1:] == [(11, False, RECEIVED, 0), (40, True, UNREACHED, 0)]


def test_an_accepted_call_that_brings_nobody_sounds_at_the_bedside() -> None:
    room = raised()
    room.receipt(11, WARNING, 10)
    room.accept(20, WARNING, 10)
    room.at(129)
    assert room.signals()[1:] == [(11, False, RECEIVED, 0), (20, False, ACCEPTED, 0)]
    assert room.of(AlarmSignalled)[-1].by == COLLEAGUE
    room.at(130)
    assert room.signals()[-1][:2] == (130, True)
    assert room.of(AlarmSignalled)[-1].by == ""


def test_an_acknowledgement_at_the_bedside_ends_the_call() -> None:
    room = raised()
    room.receipt(11, WARNING, 10)
    room.accept(20, WARNING, 10)
    room.ack(60, WARNING)
    room.at(300)
    assert room.signals()[-1] == (60, True, NONE, 0)


@pytest.mark.parametrize("stage", [CALLED, RECEIVED, ACCEPTED])
def test_a_lost_station_makes_the_bedside_sound_at_once(stage: StaffCall) -> None:
    room = raised()
    if stage is not CALLED:
        room.receipt(11, WARNING, 10)
    if stage is ACCEPTED:
        room.accept(12, WARNING, 10)
    room.station(13, working=False)
    assert room.signals()[-1] == (13, True, UNREACHED, 0)
    assert room.state("staff-lost") is AlarmState.SOUNDING


def test_a_program_that_was_started_again_knows_no_station() -> None:
    room = raised()
    room.say(SessionResumed(t_ns=13 * S, gap_start_ns=12 * S, utc="", by=NURSE, reason="cut"))
    assert room.signals()[-1] == (13, True, UNREACHED, 0)


def test_a_station_that_comes_later_is_called_and_the_bedside_sounds_on() -> None:
    room = raised(staffed=False)
    room.station(20, working=True)
    room.receipt(21, WARNING, 10)
    assert room.signals()[1:] == [(20, True, CALLED, 0), (21, True, RECEIVED, 0)]


def test_a_station_that_comes_later_is_not_called_about_what_was_acknowledged() -> None:
    room = raised(staffed=False)
    room.ack(11, WARNING)
    before = room.signals()
    room.station(20, working=True)
    assert room.signals() == before


def test_only_who_accepts_silences_a_bedside_that_sounds_already() -> None:
    room = raised(staffed=False)
    room.station(20, working=True)
    room.accept(24, WARNING, 10)
    room.at(130)
    assert room.signals()[2] == (24, False, ACCEPTED, 0)
    assert room.signals()[3][:2] == (130, True)


def test_who_accepts_after_the_time_to_attend_silences_nothing() -> None:
    room = Room()
    room.pressure(10, 155)
    room.at(311)
    room.accept(312, ADVISORY, 10)
    assert room.signals(ADVISORY)[-1] == (312, True, ACCEPTED, 0)
    room.at(1000)
    assert room.signals(ADVISORY)[-1] == (552, True, UNREACHED, 0)


def test_who_cannot_come_makes_the_bedside_sound_at_once() -> None:
    room = raised()
    room.receipt(11, WARNING, 10)
    room.reject(14, WARNING, 10)
    assert room.signals()[-1] == (14, True, UNREACHED, 0)
    assert room.of(AlarmSignalled)[-1].reason == (
        f"{COLLEAGUE} at {STATION} cannot come: with another patient."
    )


def test_another_may_accept_what_one_rejected() -> None:
    room = raised()
    room.reject(11, WARNING, 10)
    room.accept(12, WARNING, 10, "T. Lie RN")
    assert room.signals()[-1] == (12, False, ACCEPTED, 0)
    assert "goes to that alarm already" in refused(room.reject(13, WARNING, 10))
    assert "goes to that alarm already" in refused(room.accept(13, WARNING, 10, COLLEAGUE))


def test_who_accepted_may_say_that_they_cannot_come_after_all() -> None:
    room = raised()
    room.accept(12, WARNING, 10)
    room.reject(13, WARNING, 10)
    assert room.signals()[-1] == (13, True, UNREACHED, 0)


# -- high priority, and more urgent


@pytest.mark.parametrize("policy", list(SIGNALS_TEXTS))
@pytest.mark.parametrize("staffed", [True, False])
def test_high_priority_always_sounds_at_the_bedside(policy: str, staffed: bool) -> None:
    room = raised(policy, staffed=staffed, sbp=190)
    room.receipt(11, CRITICAL, 10)
    room.accept(12, CRITICAL, 10)
    room.at(3000)
    told = room.signals(CRITICAL)
    assert len(told) > 2
    assert all(sound for _, sound, _, _ in told)


def test_high_priority_sounds_at_once_even_where_a_policy_says_otherwise() -> None:
    quiet = policy_of("quiet-room")
    rows = tuple(replace(row, room_sound=RoomSound.UNLESS_STAFF) for row in quiet.rows)
    annunciator = Annunciator(replace(quiet, rows=rows), LIMITS)
    annunciator.follow(ServiceReported(t_ns=0, service=Service.STAFF, working=True))
    [change] = [one for one in raised(sbp=190).of(AlarmChanged) if one.alarm == CRITICAL]
    [signal] = annunciator.follow(change)
    assert isinstance(signal, AlarmSignalled)
    assert (signal.room_sound, signal.staff) == (True, CALLED)


def test_an_urgent_alarm_calls_staff_even_where_its_row_calls_nobody() -> None:
    text = SIGNALS_TEXTS["bedside"] + "unattended_s = 60\n"
    room = Room(staffed=True, text=text)
    room.pressure(10, 155)
    room.at(70)
    assert room.signals(ADVISORY) == [(10, True, NONE, 0), (70, True, CALLED, 1)]


def test_what_came_due_is_told_at_its_own_time_before_what_follows() -> None:
    annunciator = Annunciator(policy_of("quiet-room"), LIMITS)
    annunciator.follow(ServiceReported(t_ns=0, service=Service.STAFF, working=True))
    [change] = [one for one in raised().of(AlarmChanged) if one.alarm == WARNING]
    annunciator.follow(change)
    lost = ServiceReported(t_ns=60 * S, service=Service.STAFF, working=False)
    told = [(one.t_ns // S, type(one)) for one in annunciator.follow(lost)]
    assert told == [(15, AlarmSignalled)]


def test_who_accepts_an_urgent_alarm_does_not_silence_it() -> None:
    room = raised("brisk")
    room.at(61)
    assert room.signals()[-1] == (60, True, CALLED, 1)
    room.accept(62, WARNING, 10)
    assert room.signals()[-1] == (62, True, ACCEPTED, 1)


def test_an_alarm_that_nobody_acknowledges_becomes_more_urgent_twice_and_calls_anew() -> None:
    room = raised(sbp=190)
    room.receipt(11, CRITICAL, 10)
    room.accept(12, CRITICAL, 10)
    room.at(39)
    assert room.signals(CRITICAL)[-1][3] == 0
    room.at(4000)
    grown = [one for one in room.signals(CRITICAL) if one[2] is CALLED]
    assert grown == [(10, True, CALLED, 0), (40, True, CALLED, 1), (70, True, CALLED, 2)]
    assert room.signals(CRITICAL)[-1] == (75, True, UNREACHED, 2)


def test_a_more_urgent_alarm_sounds_even_in_a_quiet_room() -> None:
    room = raised()
    room.receipt(11, WARNING, 10)
    room.accept(12, WARNING, 10)
    room.at(130)
    assert room.signals()[-1] == (130, True, CALLED, 1)
    room.accept(131, WARNING, 10)
    assert room.signals()[-1] == (131, True, ACCEPTED, 1)
    room.at(250)
    assert room.signals()[-1] == (250, True, CALLED, 2)


def test_an_alarm_grows_more_urgent_through_a_pause_of_sound_and_after_its_condition() -> None:
    room = raised(sbp=190)
    room.pause(12)
    room.pressure(20, 100)
    assert room.state(CRITICAL) is AlarmState.LATCHED_PAUSED
    room.at(70)
    assert [one[3] for one in room.signals(CRITICAL)][-1] == 2


def test_without_a_station_urgency_grows_all_the_same() -> None:
    room = raised(staffed=False)
    room.at(1000)
    assert room.signals() == [
        (10, True, UNREACHED, 0),
        (130, True, UNREACHED, 1),
        (250, True, UNREACHED, 2),
    ]


def test_an_alarm_that_sounds_again_after_its_acknowledgement_begins_anew() -> None:
    room = raised()
    room.at(250)
    room.ack(260, WARNING)
    assert room.signals()[-1] == (260, True, NONE, 0)
    room.at(560)
    assert room.state(WARNING) is AlarmState.SOUNDING
    assert room.signals()[-1] == (560, False, CALLED, 0)
    assert room.of(AlarmSignalled)[-1].raised_ns == 10 * S
    room.at(565)
    assert room.signals()[-1] == (565, True, UNREACHED, 0)
    room.at(680)
    assert room.signals()[-1][3] == 1


def test_each_occurrence_is_called_for_itself() -> None:
    room = raised()
    room.pressure(12, 100)
    room.pressure(14, 170)
    assert room.signals() == [(10, False, CALLED, 0), (14, False, CALLED, 0)]
    raised_ns = [one.raised_ns for one in room.of(AlarmSignalled) if one.alarm == WARNING]
    assert raised_ns == [10 * S, 14 * S]


def test_an_alarm_raised_in_a_pause_is_signalled_and_counted_too() -> None:
    room = Room()
    room.pressure(5, 170)
    room.pause(6)
    room.say(read(10 * S, Vital.HR, 130))
    room.at(19.9)
    assert not room.signals("hr-warning")
    room.at(20)
    assert room.state("hr-warning") is AlarmState.PAUSED
    assert room.signals("hr-warning") == [(20, False, CALLED, 0)]


# -- reminders, and the end


def test_while_a_rule_is_switched_off_a_reminder_comes_again_and_again() -> None:
    room = Room()
    off = SwitchRuleOff(t_ns=10 * S, by=NURSE, rule=WARNING, reason="known", prescriber=PRESCRIBER)
    room.say(off)
    room.at(600)
    reminders = room.of(ReminderGiven)
    assert [one.t_ns // S for one in reminders] == [190, 370, 550]
    assert reminders[0].text == "Switched off for this patient: sbp warning."
    room.say(RestoreLimit(t_ns=601 * S, by=NURSE, rule=WARNING))
    room.at(2000)
    assert len(room.of(ReminderGiven)) == 3


def test_a_sound_that_does_not_work_is_reminded_of() -> None:
    room = Room()
    report = ServiceReported(t_ns=0, service=Service.SOUND, working=False, detail="Muted.")
    room.say(replace(report, t_ns=20 * S))
    room.at(200)
    assert [one.text for one in room.of(ReminderGiven)] == ["Alarm sound not working. Muted."]
    room.say(replace(report, t_ns=210 * S, working=True))
    room.at(1000)
    assert len(room.of(ReminderGiven)) == 1


def test_nothing_is_signalled_in_a_session_that_is_closed() -> None:
    room = raised()
    room.say(CloseSession(t_ns=11 * S, by=NURSE, reason="a test"))
    before = len(room.said)
    room.at(5000)
    assert room.pipeline.next_deadline_ns is None
    assert len(room.said) == before


def test_every_change_has_a_reason_in_a_sentence() -> None:
    room = raised()
    room.receipt(11, WARNING, 10)
    room.accept(12, WARNING, 10)
    room.reject(13, WARNING, 10)
    room.at(200)
    room.ack(201, WARNING)
    room.at(900)
    room.station(901, working=False)
    assert any(one.staff is RECEIVED for one in room.of(AlarmSignalled))
    for one in room.of(AlarmSignalled):
        assert one.reason[0].isupper()
        assert one.reason.endswith(".")


def test_shipped_policies_let_high_priority_sound_at_once() -> None:
    for name in SHIPPED_SIGNALS:
        row = policy_of(name).row(Priority.HIGH)
        assert row.room_sound == "at-once"
        assert row.unattended_s is not None


def test_what_is_told_first_of_an_alarm_is_that_it_was_raised() -> None:
    room = raised()
    kinds = [type(one) for one in room.said if getattr(one, "alarm", "") == WARNING]
    assert kinds[:2] == [AlarmChanged, AlarmSignalled]
