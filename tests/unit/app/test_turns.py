"""Whose turn it is to sound: priority, urgency, newest; turns; full bursts; silence by a person."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.sounding.icons import Icon
from app.sounding.pointers import CLOSEST_S, interval_s
from app.sounding.turns import (
    AFTER_HIGHER_S,
    AFTER_HUSH_S,
    CHIME_WAIT_S,
    OWED_S,
    Burst,
    Chime,
    Hush,
    Order,
    Turns,
)
from protocols.events import (
    AlarmSignalled,
    AlarmState,
    LimitChanged,
    Priority,
    ReminderGiven,
    SessionClosed,
    SoundCheckStarted,
    StaffCall,
)
from tests.unit.app.alarm_changes import alarm

ICONS = {
    "sbp": Icon.CARDIAC,
    "hr": Icon.CARDIAC,
    "spo2": Icon.OXYGENATION,
    "rr": Icon.VENTILATION,
    "link": Icon.EQUIPMENT,
}
HIGH, MEDIUM, LOW = Priority.HIGH, Priority.MEDIUM, Priority.LOW
SOUNDING, ACKED, OFF = AlarmState.SOUNDING, AlarmState.ACKED, AlarmState.OFF


class Room:
    """A session's sound in a room whose clock a test moves."""

    def __init__(self, reminder_s: float | None = None) -> None:
        self.turns = Turns(
            icon_of=lambda alarm: ICONS.get(alarm.partition("/")[0], ""), reminder_s=reminder_s
        )
        self.now_s = 100.0
        self.played: list[tuple[float, Order]] = []

    def alarm(self, name: str, priority: Priority, state: AlarmState = SOUNDING) -> None:
        changed = alarm(name, priority, state, int(self.now_s * 1e9))
        self.turns.follow(changed, self.now_s)

    def signal(
        self, name: str, *, urgency: int = 0, room: bool = True, raised_s: float | None = None
    ) -> None:
        raised_ns = int((self.now_s if raised_s is None else raised_s) * 1e9)
        signalled = AlarmSignalled(
            t_ns=int(self.now_s * 1e9),
            alarm=name,
            raised_ns=raised_ns,
            room_sound=room,
            staff=StaffCall.NONE,
            urgency=urgency,
            reason="",
        )
        self.turns.follow(signalled, self.now_s)

    def switch_off(self, rule: str) -> None:
        changed = LimitChanged(
            t_ns=0,
            rule=rule,
            part=None,
            before=None,
            value=None,
            off=True,
            restored=False,
            by="",
            prescriber="",
            reason="",
        )
        self.turns.follow(changed, self.now_s)

    def check(self) -> None:
        self.turns.follow(SoundCheckStarted(t_ns=0, by="N. Okafor RN"), self.now_s)

    def remind(self) -> None:
        self.turns.follow(ReminderGiven(t_ns=0, text=""), self.now_s)

    def look(self) -> Order | None:
        order = self.turns.next_order(self.now_s)
        if order is not None:
            self.played.append((self.now_s, order))
        return order

    def wait(self, seconds: float) -> list[tuple[float, Order]]:
        """What is ordered within the next seconds, each with how long after now."""
        begun_s, before = self.now_s, len(self.played)
        for step in range(1, round(seconds * 10) + 1):
            self.now_s = begun_s + step / 10
            self.look()
        return [(at_s - begun_s, order) for at_s, order in self.played[before:]]


def sounds(order: Order | None) -> tuple[Priority, Icon, int]:
    assert isinstance(order, Burst)
    return order.priority, order.icon, order.urgency


def bursts(orders: list[tuple[float, Order]]) -> list[Icon]:
    return [order.icon for _, order in orders if isinstance(order, Burst)]


def test_the_highest_priority_sounds_and_nothing_below_it() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.alarm("spo2", HIGH)
    room.alarm("link", LOW)
    assert sounds(room.look()) == (HIGH, Icon.OXYGENATION, 0)
    assert set(bursts(room.wait(60))) == {Icon.OXYGENATION}


def test_a_new_alarm_of_higher_priority_breaks_in_and_what_it_broke_off_is_owed_again() -> None:
    room = Room()
    room.alarm("link", LOW)
    assert sounds(room.look()) == (LOW, Icon.EQUIPMENT, 0)
    room.now_s += 0.1
    room.alarm("spo2", HIGH)
    assert sounds(room.look()) == (HIGH, Icon.OXYGENATION, 0)
    room.alarm("spo2", HIGH, ACKED)
    assert isinstance(room.look(), Hush)
    [(after_s, again)] = room.wait(30)
    assert sounds(again) == (LOW, Icon.EQUIPMENT, 0)
    assert after_s == pytest.approx(max(AFTER_HIGHER_S, CLOSEST_S), abs=0.11)


@pytest.mark.parametrize("priority", [HIGH, MEDIUM])
@pytest.mark.parametrize("urgency", [0, 1, 2])
def test_bursts_repeat_at_the_interval_of_priority_and_urgency(
    priority: Priority, urgency: int
) -> None:
    room = Room()
    room.alarm("sbp", priority)
    room.signal("sbp", urgency=urgency)
    first = room.look()
    assert isinstance(first, Burst)
    assert first.urgency == urgency
    after_s, _again = room.wait(40)[0]
    expected_s = interval_s(priority, urgency)
    assert expected_s is not None
    assert after_s == pytest.approx(first.seconds + expected_s, abs=0.11)


def test_an_alarm_that_becomes_more_urgent_sounds_sooner_than_it_would_have() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    raised_s = room.now_s
    first = room.look()
    assert isinstance(first, Burst)
    room.wait(5)
    room.signal("sbp", urgency=2, raised_s=raised_s)
    after_s, again = room.wait(30)[0]
    assert sounds(again) == (MEDIUM, Icon.CARDIAC, 2)
    assert after_s <= first.seconds + 5.0 - 5 + 0.11


def test_a_low_alarm_sounds_once_and_again_only_as_reminder_or_when_unattended() -> None:
    once, reminded, unattended = Room(), Room(reminder_s=60), Room()
    for room in (once, reminded, unattended):
        room.alarm("link", LOW)
    unattended.signal("link", urgency=1)
    for room in (once, reminded, unattended):
        room.look()
    assert once.wait(120) == []
    assert [round(after_s) for after_s, _ in reminded.wait(120)] == [62]
    assert len(unattended.wait(120)) == 3


def test_categories_of_the_same_priority_take_turns_the_newest_first() -> None:
    room = Room()
    for name in ("sbp", "spo2", "rr"):
        room.alarm(name, MEDIUM)
    assert sounds(room.look())[1] is Icon.VENTILATION
    heard = bursts(room.wait(90))
    assert heard[:2] == [Icon.OXYGENATION, Icon.CARDIAC]
    assert heard[2:5] == [Icon.VENTILATION, Icon.OXYGENATION, Icon.CARDIAC]


def test_the_more_urgent_of_two_new_ones_sounds_first() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.signal("sbp", urgency=1)
    room.alarm("spo2", MEDIUM)
    assert sounds(room.look()) == (MEDIUM, Icon.CARDIAC, 1)


def test_a_new_alarm_of_the_same_priority_follows_soon_after_the_burst_is_complete() -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    first = room.look()
    assert isinstance(first, Burst)
    room.wait(1)
    room.alarm("spo2", HIGH)
    assert room.look() is None
    after_s, second = room.wait(20)[0]
    assert sounds(second)[1] is Icon.OXYGENATION
    assert after_s == pytest.approx(first.seconds - 1 + CLOSEST_S, abs=0.11)


def test_a_new_alarm_sounds_soon_after_a_person_silenced_another_of_its_priority() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.look()
    room.now_s += 0.5
    room.alarm("sbp", MEDIUM, ACKED)
    assert isinstance(room.look(), Hush)
    room.alarm("spo2", MEDIUM)
    after_s, burst = room.wait(10)[0]
    assert sounds(burst) == (MEDIUM, Icon.OXYGENATION, 0)
    assert after_s == pytest.approx(AFTER_HUSH_S, abs=0.11)


def test_one_burst_stands_for_all_alarms_of_its_priority_and_category() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.alarm("hr", MEDIUM)
    first = room.look()
    assert isinstance(first, Burst)
    assert {voice.alarm for voice in first.first_of} == {"sbp", "hr"}
    room.alarm("hr", MEDIUM, ACKED)
    assert room.look() is None
    room.alarm("sbp", MEDIUM, ACKED)
    assert isinstance(room.look(), Hush)


def test_a_burst_is_completed_although_its_condition_ends() -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    room.look()
    room.now_s += 0.5
    room.alarm("sbp", HIGH, OFF)
    assert room.wait(60) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (SOUNDING, ACKED),
        (SOUNDING, AlarmState.PAUSED),
        (AlarmState.LATCHED, OFF),
        (AlarmState.LATCHED, AlarmState.LATCHED_PAUSED),
    ],
)
def test_a_person_silences_within_the_burst(before: AlarmState, after: AlarmState) -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    room.alarm("sbp", HIGH, before)
    room.look()
    room.now_s += 0.5
    room.alarm("sbp", HIGH, after)
    assert isinstance(room.look(), Hush)
    assert room.wait(60) == []


@pytest.mark.parametrize("told_first", [True, False])
def test_switching_the_rule_off_silences_within_the_burst(told_first: bool) -> None:
    room = Room()
    room.alarm("link/oximeter", MEDIUM)
    room.look()
    room.now_s += 0.3
    if told_first:
        room.switch_off("link")
    room.alarm("link/oximeter", MEDIUM, OFF)
    if not told_first:
        room.switch_off("link")
    assert isinstance(room.look(), Hush)
    assert room.wait(60) == []


def test_switching_a_rule_off_leaves_other_alarms_of_its_category_sounding() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.alarm("hr", MEDIUM)
    room.look()
    room.switch_off("sbp")
    room.alarm("sbp", MEDIUM, OFF)
    assert room.look() is None
    assert bursts(room.wait(30)) == [Icon.CARDIAC]


def test_an_alarm_that_ended_before_its_turn_is_still_given_one_burst() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.look()
    room.now_s += 0.5
    room.alarm("spo2", MEDIUM)
    room.alarm("spo2", MEDIUM, OFF)
    assert bursts(room.wait(60))[:3] == [Icon.OXYGENATION, Icon.CARDIAC, Icon.CARDIAC]


def test_a_claim_of_an_alarm_that_ended_runs_out_behind_a_higher_priority() -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    room.alarm("link", LOW)
    room.look()
    room.alarm("link", LOW, OFF)
    room.wait(OWED_S + 1)
    room.alarm("sbp", HIGH, ACKED)
    assert Icon.EQUIPMENT not in bursts(room.wait(60))


def test_an_alarm_that_staff_are_told_of_is_silent_until_they_are_not_reached() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.signal("sbp", room=False)
    raised_s = room.now_s
    assert room.look() is None
    assert room.wait(20) == []
    room.signal("sbp", room=True, raised_s=raised_s)
    assert sounds(room.look()) == (MEDIUM, Icon.CARDIAC, 0)
    room.now_s += 0.2
    room.signal("sbp", room=False, raised_s=raised_s)
    assert isinstance(room.look(), Hush)


def test_an_alarm_that_comes_back_to_the_room_is_given_a_burst_at_once() -> None:
    room = Room()
    room.alarm("link", LOW)
    raised_s = room.now_s
    room.look()
    room.wait(5)
    room.signal("link", room=False, raised_s=raised_s)
    room.wait(30)
    room.signal("link", room=True, raised_s=raised_s)
    assert sounds(room.look()) == (LOW, Icon.EQUIPMENT, 0)


def test_a_word_on_an_earlier_occurrence_silences_nothing() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.signal("sbp", room=False, raised_s=3.0)
    assert sounds(room.look()) == (MEDIUM, Icon.CARDIAC, 0)


def test_an_alarm_that_sounds_again_after_a_pause_is_given_a_burst_at_once() -> None:
    room = Room()
    room.alarm("link", LOW)
    room.look()
    room.wait(30)
    room.alarm("link", LOW, AlarmState.PAUSED)
    room.wait(120)
    room.alarm("link", LOW)
    assert sounds(room.look()) == (LOW, Icon.EQUIPMENT, 0)


def test_a_new_output_sounds_what_is_heard_from_anew() -> None:
    room = Room()
    room.alarm("link", LOW)
    room.alarm("sbp", HIGH)
    room.look()
    room.turns.restart()
    assert sounds(room.look()) == (HIGH, Icon.CARDIAC, 0)


def test_a_closed_session_is_silent() -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    room.look()
    room.check()
    closed = SessionClosed(t_ns=1, by="", reason="", delivered_mg=Decimal(0))
    room.turns.follow(closed, room.now_s)
    assert isinstance(room.look(), Hush)
    assert room.wait(60) == []


def test_the_sound_check_is_played_when_nothing_alarms_and_yields_to_any_new_alarm() -> None:
    room = Room()
    room.check()
    assert room.look() == Chime(check=True)
    room.now_s += 1
    room.alarm("link", LOW)
    assert sounds(room.look()) == (LOW, Icon.EQUIPMENT, 0)


def test_the_sound_check_is_played_between_bursts_and_repetitions_wait_for_its_end() -> None:
    room = Room()
    room.alarm("sbp", MEDIUM)
    room.signal("sbp", urgency=2)
    first = room.look()
    assert isinstance(first, Burst)
    due_s = interval_s(MEDIUM, 2)
    assert due_s is not None
    assert due_s < Chime(check=True).seconds
    room.check()
    orders = room.wait(60)
    assert orders[0][1] == Chime(check=True)
    assert orders[0][0] == pytest.approx(first.seconds, abs=0.11)
    assert orders[1][0] >= orders[0][0] + Chime(check=True).seconds


def test_the_sound_check_yields_to_the_next_burst_of_high_priority() -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    first = room.look()
    assert isinstance(first, Burst)
    room.check()
    chime, burst = room.wait(20)[:2]
    assert chime[1] == Chime(check=True)
    due_s = interval_s(HIGH, 0)
    assert due_s is not None
    assert burst[0] == pytest.approx(first.seconds + due_s, abs=0.11)


def test_the_reminding_tone_waits_for_a_burst_to_end_and_is_dropped_where_that_takes_long() -> None:
    room = Room()
    room.alarm("sbp", HIGH)
    room.look()
    room.remind()
    assert room.wait(10)[0][1] == Chime(check=False)
    silent = Room()
    silent.remind()
    silent.now_s += CHIME_WAIT_S + 0.1
    assert silent.look() is None
    silent.remind()
    assert silent.look() == Chime(check=False)


STATES = st.sampled_from(list(AlarmState))
STEPS = st.lists(
    st.tuples(st.sampled_from(list(ICONS)), STATES, st.floats(0.05, 12.0)), min_size=1, max_size=25
)
PRIORITIES = dict(zip(ICONS, (HIGH, MEDIUM, HIGH, MEDIUM, LOW), strict=True))


@settings(max_examples=60, deadline=None)
@given(STEPS)
def test_whatever_happens_what_is_heard_sounds_soon_and_never_out_of_turn(
    steps: list[tuple[str, AlarmState, float]],
) -> None:
    room = Room(reminder_s=60)
    heard: dict[str, Priority] = {}
    for name, state, pause_s in steps:
        room.alarm(name, PRIORITIES[name], state)
        if state.is_heard:
            heard[name] = PRIORITIES[name]
        else:
            heard.pop(name, None)
        room.look()
        room.wait(pause_s)
    # enough for one burst of every category that may be owed, and then for every turn
    orders = room.wait(OWED_S + 120)
    late = [order for after_s, order in orders if after_s > OWED_S + 20]
    if not heard:
        assert late == []
        return
    top = max(heard.values(), key=lambda priority: priority.rank)
    assert {order.priority for order in late if isinstance(order, Burst)} == {top}
    expected = {ICONS[name] for name, priority in heard.items() if priority is top}
    assert {order.icon for order in late if isinstance(order, Burst)} == expected
