"""Answers of stations and people that are late, double, or of something else."""

from __future__ import annotations

import pytest

from protocols.events import (
    AlarmPresented,
    AlarmState,
    AlarmTimed,
    Presentation,
)
from protocols.vitals import Vital
from tests.unit.protocols.signal_rooms import (
    S,
    read,
)
from tests.unit.protocols.signalled_room import (
    ACCEPTED,
    ADVISORY,
    CALLED,
    RECEIVED,
    UNREACHED,
    WARNING,
    Room,
    raised,
    refused,
)


def test_a_receipt_of_another_occurrence_or_alarm_counts_for_nothing() -> None:
    room = raised()
    room.receipt(11, WARNING, 9)
    room.receipt(12, "hr-warning", 10)
    room.receipt(13, "no-such-alarm", 10)
    room.at(15)
    assert room.signals()[1:] == [(15, True, UNREACHED, 0)]


def test_a_second_receipt_says_nothing_new() -> None:
    room = raised()
    assert room.receipt(11, WARNING, 10)
    assert not room.receipt(11, WARNING, 10)
    assert not room.receipt(12, WARNING, 10)


def test_a_late_receipt_is_told_and_silences_nothing() -> None:
    room = raised()
    room.at(16)
    room.receipt(17, WARNING, 10)
    assert room.signals()[-1] == (17, True, RECEIVED, 0)
    room.at(40)
    assert room.signals()[-1] == (40, True, UNREACHED, 0)
    assert not room.receipt(41, WARNING, 10)


def test_a_receipt_while_the_station_is_lost_counts_for_nothing() -> None:
    room = raised()
    room.station(11, working=False)
    assert not room.receipt(12, WARNING, 10)
    assert room.signals()[-1] == (11, True, UNREACHED, 0)


def test_who_accepts_while_the_station_is_lost_is_named_and_silences_nothing() -> None:
    room = raised()
    room.station(11, working=False)
    room.accept(12, WARNING, 10)
    assert room.signals()[-1] == (12, True, ACCEPTED, 0)


def test_a_second_click_on_accept_changes_nothing() -> None:
    room = raised()
    assert room.accept(11, WARNING, 10)
    assert room.accept(11, WARNING, 10) == []


def test_accepting_again_and_again_does_not_put_off_the_end_of_the_wait() -> None:
    room = Room()
    room.pressure(10, 155)
    for at_s in range(312, 552, 40):
        room.accept(at_s, ADVISORY, 10)
    room.at(552)
    assert room.signals(ADVISORY)[-1] == (552, True, UNREACHED, 0)


def test_a_receipt_of_a_second_station_takes_nothing_from_who_accepted() -> None:
    room = raised()
    room.accept(11, WARNING, 10)
    assert room.receipt(12, WARNING, 10) == []
    room.at(60)
    assert room.signals()[-1] == (11, False, ACCEPTED, 0)


def test_a_receipt_after_the_acknowledgement_counts_for_nothing() -> None:
    room = raised()
    room.ack(11, WARNING)
    assert room.receipt(12, WARNING, 10) == []


@pytest.mark.parametrize("answer", ["accept", "reject"])
def test_answers_to_what_is_no_longer_so_are_refused(answer: str) -> None:
    room = raised()
    say = room.accept if answer == "accept" else room.reject
    assert "no longer there" in refused(say(11, WARNING, 9))
    assert "no longer there" in refused(say(11, "hr-warning", 10))
    assert "name" in refused(say(11, WARNING, 10, " "))
    room.ack(12, WARNING)
    assert "acknowledged at the bedside already" in refused(say(13, WARNING, 10))
    room.pressure(14, 100)
    assert "no longer there" in refused(say(15, WARNING, 10))


def test_a_report_that_says_the_same_again_calls_nobody_again() -> None:
    room = raised()
    for _ in range(50):
        room.station(11, working=True)
    assert room.signals() == [(10, False, CALLED, 0)]
    room.at(16)
    room.station(17, working=True)
    assert room.signals()[1:] == [(15, True, UNREACHED, 0)]


def test_measured_times_change_nothing() -> None:
    room = raised()
    timed = AlarmTimed(
        t_ns=11 * S, alarm=WARNING, raised_ns=10 * S, received_ns=1, decoded_ns=2, decided_ns=3
    )
    shown = AlarmPresented(
        t_ns=11 * S, alarm=WARNING, raised_ns=10 * S, where=Presentation.STAFF, at_ns=4
    )
    assert room.say(timed) == []
    assert room.say(shown) == []


def test_an_alarm_that_starts_acknowledged_calls_nobody_until_it_sounds_again() -> None:
    room = Room()
    room.say(read(10 * S, Vital.HR, 160))
    room.at(15)
    room.ack(17, "hr-critical")
    room.at(20)
    assert room.state("hr-warning") is AlarmState.ACKED
    room.at(319)
    assert not room.signals("hr-warning")
    room.at(320)
    assert room.state("hr-warning") is AlarmState.SOUNDING
    assert room.signals("hr-warning") == [(320, False, CALLED, 0)]


def test_who_goes_for_an_alarm_goes_for_the_lesser_severities_of_its_trouble() -> None:
    room = raised()
    for alarm in (WARNING, ADVISORY):
        room.receipt(11, alarm, 10)
    room.accept(15, WARNING, 10)
    assert room.signals(ADVISORY)[-1] == (15, False, ACCEPTED, 0)
    room.at(100)
    assert room.signals(ADVISORY)[-1] == (15, False, ACCEPTED, 0)


def test_going_for_the_lesser_severity_leaves_the_higher_open() -> None:
    room = raised()
    for alarm in (WARNING, ADVISORY):
        room.receipt(11, alarm, 10)
    room.accept(15, ADVISORY, 10)
    assert room.signals()[-1] == (11, False, RECEIVED, 0)


def test_who_cannot_come_after_all_takes_back_the_whole_trouble() -> None:
    room = raised()
    for alarm in (WARNING, ADVISORY):
        room.receipt(11, alarm, 10)
    room.accept(15, WARNING, 10)
    room.reject(20, WARNING, 10)
    assert room.signals()[-1] == (20, True, UNREACHED, 0)
    assert room.signals(ADVISORY)[-1] == (20, True, UNREACHED, 0)
