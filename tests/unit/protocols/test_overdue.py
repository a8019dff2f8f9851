"""An observation that was due stays overdue until it is made, whatever is due next."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.alarms import AlarmBoard
from protocols.conditions import alarm_devices, judge
from protocols.events import AlarmState, Phase, Reading, TaskChanged, TaskState
from protocols.overdue import OverdueWatch
from protocols.schedule import Interval, Schedule, ScheduledItem
from protocols.situation import Situation
from protocols.vitals import Quality, Vital
from tests.unit.protocols.judged_situations import (
    CLEARED,
    MIN,
    PROFILE,
    UNKNOWN,
    VIOLATED,
    S,
    infusing,
    note,
)
from tests.unit.protocols.recorded_cases import task

LATE, OVERDUE, CRITICAL = (
    PROFILE.rule(name) for name in ("observation-late", "observation-overdue", "alertness-overdue")
)
DUE, MISSED, DONE = TaskState.DUE, TaskState.MISSED, TaskState.DONE


def verdicts(situation: Situation, t_ns: int, item: str = "moaas") -> list[str]:
    return [judge(rule, situation, t_ns, False, item).verdict for rule in (LATE, OVERDUE, CRITICAL)]


def test_each_observation_has_an_alarm_of_its_own() -> None:
    assert alarm_devices(OVERDUE, infusing()) == ("rr", "moaas", "scores")
    assert OVERDUE.alarm_id("moaas") == "observation-overdue/moaas"


def test_before_anything_was_due_nothing_is_known() -> None:
    assert verdicts(infusing(), 60 * MIN) == [UNKNOWN, UNKNOWN, UNKNOWN]
    situation = infusing()
    situation.note_task(task(TaskState.UPCOMING, due_ns=10 * MIN))
    assert verdicts(situation, 60 * MIN) == [UNKNOWN, UNKNOWN, UNKNOWN]


def test_it_escalates_from_the_oldest_due_time_on() -> None:
    situation = infusing()
    situation.note_task(task(DUE))
    assert verdicts(situation, 2 * MIN - 1) == [CLEARED, CLEARED, CLEARED]
    situation.note_task(task(TaskState.LATE, t_ns=2 * MIN))
    assert verdicts(situation, 2 * MIN) == [VIOLATED, CLEARED, CLEARED]
    assert verdicts(situation, 10 * MIN - 1) == [VIOLATED, CLEARED, CLEARED]
    situation.note_task(task(MISSED, t_ns=10 * MIN, detail="not done"))
    situation.note_task(task(DUE, t_ns=10 * MIN, due_ns=10 * MIN))
    assert verdicts(situation, 10 * MIN) == [VIOLATED, VIOLATED, CLEARED]
    situation.note_task(task(MISSED, t_ns=20 * MIN, due_ns=10 * MIN, detail="not done"))
    assert verdicts(situation, 20 * MIN) == [VIOLATED, VIOLATED, VIOLATED]


@pytest.mark.parametrize(
    "end",
    [
        task(DONE, t_ns=21 * MIN, due_ns=20 * MIN),
        task(MISSED, t_ns=21 * MIN, due_ns=20 * MIN, detail="asleep, breathing well"),
        task(MISSED, t_ns=21 * MIN, due_ns=20 * MIN, detail="not done"),
        task(MISSED, t_ns=21 * MIN, due_ns=20 * MIN, detail="phase ended"),
    ],
    ids=["made", "skipped", "skipped in the schedule's own words", "phase ended"],
)
def test_it_ends_when_made_skipped_or_the_phase_ends(end: TaskChanged) -> None:
    situation = infusing()
    for number in range(2):
        situation.note_task(task(DUE, t_ns=10 * number * MIN, due_ns=10 * number * MIN))
        missed_ns = 10 * (number + 1) * MIN
        situation.note_task(
            task(MISSED, t_ns=missed_ns, due_ns=10 * number * MIN, detail="not done")
        )
    assert verdicts(situation, 20 * MIN) == [VIOLATED, VIOLATED, VIOLATED]
    situation.note_task(end)
    assert verdicts(situation, 50 * MIN) == [CLEARED, CLEARED, CLEARED]


@pytest.mark.parametrize("phase", [Phase.STOPPED, Phase.RECOVERY])
def test_another_schedule_asks_for_it_anew(phase: Phase) -> None:
    situation = infusing()
    situation.note_task(task(DUE))
    situation.set_phase(Phase.PAUSED, 1 * MIN)
    assert verdicts(situation, 10 * MIN)[1] is VIOLATED
    situation.set_phase(phase, 11 * MIN)
    assert verdicts(situation, 30 * MIN) == [CLEARED, CLEARED, CLEARED]


# -- with the schedule itself


def item(name: str, *vitals: Vital, every_s: int = 600, window_s: int = 120) -> ScheduledItem:
    return ScheduledItem(
        phase=Phase.INFUSING,
        item=name,
        label=name,
        vitals=vitals,
        every=(Interval(every_s=every_s, until_s=None),),
        at_s=(),
        window_s=window_s,
    )


class Room:
    """A schedule, a situation and the board, as a session puts them together."""

    def __init__(self, *items: ScheduledItem) -> None:
        self.schedule = Schedule(items)
        profile = replace(PROFILE, rules=(LATE, OVERDUE, CRITICAL))
        self.situation = Situation(profile)
        self.situation.observations = OverdueWatch(profile.rules, items)
        self.board = AlarmBoard(profile.rules, profile.policy)
        self.now_ns = 0
        self.situation.set_phase(Phase.INFUSING, 0)
        self._tell(self.schedule.enter_phase(0, Phase.INFUSING))

    def _tell(self, changes: Iterable[TaskChanged]) -> None:
        for change in changes:
            self.situation.note_task(change)
        self.board.assess(self.now_ns, self.situation)

    def wait_until(self, t_ns: int) -> None:
        """Only deadlines happen."""
        while True:
            wakes = (
                self.schedule.next_deadline_ns,
                self.situation.next_staleness_ns(self.now_ns),
                self.board.next_deadline_ns,
            )
            at_ns = min((at for at in wakes if at is not None), default=t_ns + 1)
            if at_ns > t_ns:
                break
            self.now_ns = at_ns
            self._tell(self.schedule.advance(at_ns))
        self.now_ns = t_ns

    def type(self, vital: Vital, value: float) -> None:
        """A person types a value."""
        self.situation.note_reading(
            Reading(
                t_ns=self.now_ns,
                vital=vital,
                value=value,
                quality=Quality.GOOD,
                source="n",
                measured_ns=self.now_ns,
                manual=True,
            )
        )
        self._tell(self.schedule.record(self.now_ns, vital, self.now_ns))

    def state(self, rule: str, name: str = "moaas") -> AlarmState:
        return self.board.state_of(f"{rule}/{name}")


def test_with_nobody_touching_anything_it_grows_from_advisory_to_critical() -> None:
    room = Room(item("moaas", Vital.MOAAS))
    raised_ns: dict[str, int] = {}
    for seconds in range(0, 3600, 30):
        room.wait_until(seconds * S)
        for rule in (LATE, OVERDUE, CRITICAL):
            if room.state(rule.id) is AlarmState.SOUNDING:
                raised_ns.setdefault(rule.id, seconds * S)
    assert raised_ns == {
        "observation-late": 12 * MIN,
        "observation-overdue": 20 * MIN,
        "alertness-overdue": 30 * MIN,
    }


def test_made_between_two_slots_it_ends_though_no_task_was_open() -> None:
    room = Room(item("moaas", Vital.MOAAS))
    room.wait_until(30 * MIN)
    assert room.state("alertness-overdue") is AlarmState.SOUNDING
    room.schedule.skip(room.now_ns, room.schedule.tasks[0].task, "shift")
    room.wait_until(33 * MIN)
    assert room.state("alertness-overdue") is AlarmState.SOUNDING  # the skip was not told of
    room.type(Vital.MOAAS, 5)
    assert room.state("alertness-overdue") is AlarmState.OFF


def test_an_item_of_two_vitals_is_made_by_both() -> None:
    room = Room(item("scores", Vital.DISTRESS, Vital.PAIN))
    room.wait_until(20 * MIN)
    assert room.state("observation-overdue", "scores") is AlarmState.SOUNDING
    room.type(Vital.DISTRESS, 1)
    assert room.state("observation-overdue", "scores") is AlarmState.SOUNDING
    room.type(Vital.PAIN, 1)
    assert room.state("observation-overdue", "scores") is AlarmState.OFF


def test_what_a_monitor_streams_is_no_observation() -> None:
    room = Room(item("rr", Vital.RR))
    room.wait_until(20 * MIN)
    note(room.situation, Vital.RR, 14, room.now_ns)
    room.wait_until(20 * MIN + 1)
    assert room.state("observation-overdue", "rr") is AlarmState.SOUNDING


@settings(max_examples=40)
@given(
    st.lists(st.integers(1, 7200), max_size=8, unique=True).map(sorted),
    st.sampled_from([300, 600, 900]),
    st.sampled_from([60, 120, 300]),
)
def test_it_is_overdue_exactly_when_a_due_one_is_that_old(
    typed_s: list[int], every_s: int, window_s: int
) -> None:
    """An oracle that knows slots and times of typing only."""
    room = Room(item("moaas", Vital.MOAAS, every_s=every_s, window_s=window_s))
    slots = range(every_s, 7201, every_s)
    early_s = min(window_s, every_s // 2)
    fulfilled: set[int] = set()
    for at_s in sorted({*typed_s, *range(450, 7201, 450)}):
        room.wait_until(at_s * S)
        if at_s in typed_s:
            room.type(Vital.MOAAS, 5)
            past = [slot for slot in slots if slot <= at_s]
            if past and past[-1] not in fulfilled:
                fulfilled |= set(past)
            else:
                fulfilled |= {slot for slot in slots if 0 < slot - at_s <= early_s}
        for rule in (OVERDUE, CRITICAL):
            assert rule.limit is not None
            allowed_s = rule.limit.value
            overdue = any(at_s - slot >= allowed_s for slot in slots if slot not in fulfilled)
            sounding = room.state(rule.id) is AlarmState.SOUNDING
            assert sounding == overdue, (at_s, fulfilled)
