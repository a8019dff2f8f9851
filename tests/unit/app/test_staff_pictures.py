"""What a bedside tells of its alarms, and what a station makes of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.opening import open_session
from app.places import read_signals
from app.staff.messages import (
    MAX_ALARMS,
    AlarmTold,
    Message,
    SessionTold,
    decode_at_station,
    encode,
)
from app.staff.room_link import LinkTold, RoomLink
from app.staff.room_picture import RoomPicture
from app.staff.rooms_shown import RoomShown, Wanted
from app.staff.station import BURST_S, StationSound
from protocols.events import (
    AlarmChanged,
    AlarmSignalled,
    AlarmState,
    CommandRefused,
    Event,
    Priority,
    SessionClosed,
    StaffCall,
)
from protocols.signals import signal_table
from protocols.signals_file import parse_signals
from protocols.vitals import NS_PER_S
from tests.e2e.staff_ward import Ear
from tests.unit.app.session_scenes import LIMITS_TEXT, PROTOCOL_TEXT, SLOTS

S = NS_PER_S


def opening(signals_text: str = "") -> Event:
    return open_session(
        utc=datetime(2026, 3, 2, 9, tzinfo=UTC),
        room="Room 2",
        protocol_text=PROTOCOL_TEXT,
        limits_text=LIMITS_TEXT,
        devices=SLOTS,
        session="20260302-090000-room2-0001",
        signals_text=signals_text,
    )


def changed(
    t_ns: int,
    alarm: str = "sound-failed",
    state: AlarmState = AlarmState.SOUNDING,
    priority: Priority = Priority.MEDIUM,
    by: str = "",
) -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_ns,
        alarm=alarm,
        state=state,
        priority=priority,
        technical=True,
        vital=None,
        value=None,
        limit=None,
        baseline=None,
        since_ns=t_ns,
        sentence=f"{alarm} is on",
        next_step="Do something.",
        by=by,
    )


def signalled(
    t_ns: int,
    raised_ns: int,
    staff: StaffCall,
    alarm: str = "sound-failed",
    urgency: int = 0,
    room_sound: bool = False,
    by: str = "",
) -> AlarmSignalled:
    return AlarmSignalled(
        t_ns=t_ns,
        alarm=alarm,
        raised_ns=raised_ns,
        room_sound=room_sound,
        staff=staff,
        urgency=urgency,
        reason="",
        by=by,
    )


def quiet_picture() -> RoomPicture:
    picture = RoomPicture()
    picture.take([opening(read_signals("quiet-room")[0])], 0)
    return picture


def alarms(messages: Sequence[Message]) -> list[AlarmTold]:
    return [message for message in messages if isinstance(message, AlarmTold)]


def shown_by(messages: Sequence[Message], room: RoomShown | None = None) -> RoomShown:
    """A room as a station shows it, every message carried over the wire."""
    shown = room or RoomShown(number=0, name="Room 2")
    if room is None:
        shown.take(LinkTold(link=RoomLink.LIVE, room="Room 2"), 0.0)
    for message in messages:
        shown.take(decode_at_station(encode(message)), 0.0)
    return shown


@pytest.mark.parametrize(
    ("staff", "at_s", "left_s"),
    [(StaffCall.CALLED, 1, 4), (StaffCall.RECEIVED, 6, 24), (StaffCall.ACCEPTED, 20, 100)],
)
def test_the_countdown_is_that_of_the_policy(staff: StaffCall, at_s: int, left_s: int) -> None:
    picture = quiet_picture()
    raised = 10 * S
    called = [changed(raised), signalled(raised, raised, StaffCall.CALLED)]
    told = alarms(picture.take(called, raised))
    assert told[-1].sounds_in_s == 5
    now = raised + at_s * S
    told = alarms(picture.take([changed(now), signalled(now, raised, staff)], now))
    assert told[-1].sounds_in_s == left_s
    assert told[-1].raised_ns == raised


def test_an_alarm_that_sounds_at_the_bedside_has_no_countdown() -> None:
    picture = quiet_picture()
    events = [changed(S), signalled(S, S, StaffCall.UNREACHED, room_sound=True)]
    told = alarms(picture.take(events, S))[-1]
    assert told.sounds_in_s is None
    assert told.room_sound


def test_without_a_policy_alarms_are_told_and_call_nobody() -> None:
    picture = RoomPicture()
    picture.take([opening()], 0)
    told = alarms(picture.take([changed(S)], S))[-1]
    assert told.staff is StaffCall.NONE
    assert told.room_sound
    assert told.icon == "equipment"


def test_each_call_has_a_number_of_its_own() -> None:
    picture = quiet_picture()
    steps = [
        (StaffCall.CALLED, 0, 1),
        (StaffCall.RECEIVED, 0, 1),
        (StaffCall.CALLED, 1, 2),
        (StaffCall.UNREACHED, 1, 2),
        (StaffCall.CALLED, 1, 3),
        (StaffCall.CALLED, 2, 4),
    ]
    picture.take([changed(S)], S)
    for at_s, (staff, urgency, call) in enumerate(steps, start=2):
        told = alarms(picture.take([signalled(at_s * S, S, staff, urgency=urgency)], at_s * S))
        assert told[-1].call == call
        assert picture.has(("sound-failed", S), call)
        assert not picture.has(("sound-failed", S), call - 1)


def test_who_acknowledged_is_told_and_an_earlier_accepting_is_not() -> None:
    picture = quiet_picture()
    picture.take([changed(S), signalled(S, S, StaffCall.ACCEPTED, by="A. Lund RN")], S)
    events = [changed(2 * S, state=AlarmState.ACKED, by="N. Okafor")]
    told = alarms(picture.take([*events, signalled(2 * S, S, StaffCall.NONE)], 2 * S))[-1]
    assert (told.acknowledged_by, told.accepted_by) == ("N. Okafor", "")


def test_a_refused_answer_is_told_and_no_other_refusal() -> None:
    picture = quiet_picture()
    refusals = [
        CommandRefused(t_ns=S, command=command, by="A. Lund RN", reason=f"No {command}.")
        for command in ("accept_alarm", "reject_alarm", "enter_patient")
    ]
    told = picture.take(refusals, S)
    assert [getattr(note, "text", "") for note in told] == ["No accept_alarm.", "No reject_alarm."]


def test_a_closed_session_has_no_alarms() -> None:
    picture = quiet_picture()
    picture.take([changed(S)], S)
    closed = SessionClosed(t_ns=2 * S, by="N. Okafor", reason="", delivered_mg=None)  # type: ignore[arg-type]
    told = picture.take([closed], 2 * S)
    assert isinstance(told[0], SessionTold)
    assert not told[0].running
    assert alarms(told) == []


names = st.sampled_from(["sound-failed", "device-lost/oximeter", "not-recording", "unknown"])
steps = st.lists(
    st.one_of(
        st.builds(
            lambda alarm, state, priority: ("state", alarm, state, priority),
            names,
            st.sampled_from(AlarmState),
            st.sampled_from(Priority),
        ),
        st.builds(
            lambda alarm, staff, urgency: ("signal", alarm, staff, urgency),
            names,
            st.sampled_from(StaffCall),
            st.integers(0, 2),
        ),
    ),
    max_size=30,
)


@given(steps, st.integers(1, 4))
def test_changes_lead_to_what_the_whole_says(
    script: list[tuple[str, str, object, object]], batch: int
) -> None:
    """A station that was there all the time shows what one that has just connected shows."""
    picture = quiet_picture()
    there = shown_by(picture.whole(0))
    raised: dict[str, int] = {}
    waiting: list[Event] = []
    for number, (kind, alarm, what, more) in enumerate(script, start=1):
        t_ns = number * S
        if kind == "state":
            assert isinstance(what, AlarmState)
            assert isinstance(more, Priority)
            waiting.append(changed(t_ns, alarm, what, more))
            if not what.is_seen:
                raised.pop(alarm, None)
            else:
                raised.setdefault(alarm, t_ns)
        elif alarm in raised:
            assert isinstance(what, StaffCall)
            assert isinstance(more, int)
            waiting.append(signalled(t_ns, raised[alarm], what, alarm, more))
        if number % batch == 0 or number == len(script):
            shown_by(picture.take(waiting, len(script) * S), there)
            waiting = []
    fresh = shown_by(picture.whole(len(script) * S))
    assert [a.told for a in there.alarms] == [a.told for a in fresh.alarms]
    assert {a.told.alarm: a.told.raised_ns for a in there.alarms} == raised


def test_of_too_many_alarms_the_most_urgent_are_told() -> None:
    picture = quiet_picture()
    low = [changed(n * S, f"low-{n}", priority=Priority.LOW) for n in range(1, MAX_ALARMS + 1)]
    there = shown_by([*picture.whole(0), *picture.take(low, 100 * S)])
    assert len(there.alarms) == MAX_ALARMS
    high = changed(200 * S, "not-recording", priority=Priority.HIGH)
    shown_by(picture.take([high], 200 * S), there)
    assert len(there.alarms) == MAX_ALARMS
    assert there.alarms[0].told.alarm == "not-recording"
    shown_by(picture.take([changed(201 * S, "not-recording", AlarmState.OFF)], 201 * S), there)
    assert len(there.alarms) == MAX_ALARMS
    assert there.alarms[-1].told.alarm == f"low-{MAX_ALARMS}"


# Sound -------------------------------------------------------------------------------------------


def wanted(name: str, priority: Priority, urgency: int = 0) -> Wanted:
    return Wanted(key=(0, name, 1, 1), priority=priority, icon="drug", urgency=urgency)


LOW, HIGH = wanted("a", Priority.LOW), wanted("b", Priority.HIGH)


def test_the_most_urgent_sound_is_played_and_repeated() -> None:
    ear = Ear()
    sound = StationSound(ear)
    sound.tick([LOW, HIGH], 0.0)
    assert ear.played == [("high", "drug", 0)]
    assert sound.has_started(LOW.key)
    for tenth in range(1, 300):
        sound.tick([LOW, HIGH], tenth / 10)
    assert set(ear.played) == {("high", "drug", 0)}
    assert len(ear.played) >= 3


def test_a_higher_sound_does_not_wait_and_a_lower_one_does() -> None:
    ear = Ear()
    sound = StationSound(ear)
    sound.tick([LOW], 0.0)
    sound.tick([LOW, HIGH], 0.1)
    assert [priority for priority, _, _ in ear.played] == ["low", "high"]
    other = wanted("c", Priority.MEDIUM)
    sound.tick([LOW, HIGH, other], 0.2)
    assert not sound.has_started(other.key)
    sound.tick([LOW, HIGH, other], 0.2 + BURST_S)
    assert sound.has_started(other.key)


def test_an_output_that_fails_is_tried_again_and_nothing_counts_as_sounded() -> None:
    ear = Ear(working=False)
    sound = StationSound(ear)
    sound.tick([HIGH], 0.0)
    assert not sound.has_started(HIGH.key)
    ear.working = True
    sound.tick([HIGH], 1.5)
    assert sound.has_started(HIGH.key)


def test_a_sound_that_is_wanted_no_longer_has_not_started() -> None:
    sound = StationSound(Ear())
    sound.tick([HIGH], 0.0)
    sound.tick([], 1.0)
    assert not sound.has_started(HIGH.key)


def test_the_table_of_a_policy_says_what_it_does() -> None:
    table = signal_table(parse_signals(*read_signals("quiet-room"))).splitlines()
    assert table[0] == (
        "Quiet room: staff elsewhere are called first (quiet-room 1, not signed by the site)"
    )
    assert table[1].startswith("High: sounds at the bedside at once. Staff: confirmed within 5 s")
    assert table[2].startswith("Medium: silent at the bedside while staff are called")
    assert table[3].endswith("acknowledged at the bedside within 300 s.")
