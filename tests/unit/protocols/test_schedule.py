"""Observations come due at their slot, grow late, are done or missed; never filled in."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import Phase, TaskChanged, TaskState
from protocols.schedule import Interval, Schedule, ScheduledItem
from protocols.vitals import Vital

NS_PER_S = 1_000_000_000
NS_PER_MIN = 60 * NS_PER_S
START_NS = 7 * NS_PER_MIN + 123


def _item(
    phase: Phase,
    item: str,
    every: list[tuple[int, int | None]],
    at_min: tuple[int, ...] = (),
    vitals: tuple[Vital, ...] = (Vital.RR,),
    window_min: int = 2,
) -> ScheduledItem:
    return ScheduledItem(
        phase=phase,
        item=item,
        label=item.upper(),
        vitals=vitals,
        every=tuple(
            Interval(every_s=60 * minutes, until_s=None if until is None else 60 * until)
            for minutes, until in every
        ),
        at_s=tuple(60 * minutes for minutes in at_min),
        window_s=60 * window_min,
    )


BP = (Vital.SBP, Vital.DBP)
ITEMS = (
    _item(Phase.INFUSING, "bp", [(5, 15), (10, None)], (40,), BP),
    _item(Phase.INFUSING, "rr", [(10, None)]),
    _item(Phase.RECOVERY, "bp", [(15, 60), (30, None)], (0,), BP, 5),
    _item(Phase.RECOVERY, "dissociation", [], (0, 40), (Vital.DISSOCIATION,), 5),
)
ONLY_BP = (ITEMS[0], ITEMS[2])


def _at(minutes: float) -> int:
    """`minutes` after the drug started."""
    return START_NS + round(minutes * 60) * NS_PER_S


def _infusing(items: tuple[ScheduledItem, ...] = ONLY_BP) -> Schedule:
    schedule = Schedule(items)
    schedule.enter_phase(START_NS, Phase.INFUSING)
    return schedule


def _brief(changes: list[TaskChanged]) -> list[tuple[float, str, str, str]]:
    """Minute, task, state and detail of each change but the forecasts."""
    return [
        ((c.t_ns - START_NS) / NS_PER_MIN, c.task, str(c.state), c.detail)
        for c in changes
        if c.state is not TaskState.UPCOMING
    ]


def test_slots_follow_the_intervals_and_the_fixed_minutes() -> None:
    slots, after_ns = [], -1
    while (slot_ns := ITEMS[0].next_slot_ns(after_ns)) is not None and len(slots) < 8:
        slots.append(slot_ns // NS_PER_MIN)
        after_ns = slot_ns
    assert slots == [5, 10, 15, 25, 35, 40, 45, 55]
    assert ITEMS[2].next_slot_ns(-1) == 0
    assert ITEMS[2].next_slot_ns(60 * NS_PER_MIN) == 90 * NS_PER_MIN
    assert ITEMS[3].next_slot_ns(40 * NS_PER_MIN) is None


def test_entering_announces_the_first_task_of_each_item() -> None:
    schedule = Schedule(ITEMS)
    changes = schedule.enter_phase(START_NS, Phase.INFUSING)
    assert [(c.task, c.state, c.due_ns, c.closes_ns) for c in changes] == [
        ("infusing/bp/5", TaskState.UPCOMING, _at(5), _at(10)),
        ("infusing/rr/10", TaskState.UPCOMING, _at(10), _at(20)),
    ]
    assert schedule.next_due("bp") == _at(5)
    assert schedule.next_due("nothing") is None
    assert schedule.next_deadline_ns == _at(5)
    assert schedule.open_tasks == ()


def test_an_unobserved_task_grows_late_and_is_missed_at_the_next_slot() -> None:
    schedule = _infusing()
    assert _brief(schedule.advance(_at(15))) == [
        (5, "infusing/bp/5", "due", ""),
        (7, "infusing/bp/5", "late", ""),
        (10, "infusing/bp/5", "missed", "not done"),
        (10, "infusing/bp/10", "due", ""),
        (12, "infusing/bp/10", "late", ""),
        (15, "infusing/bp/10", "missed", "not done"),
        (15, "infusing/bp/15", "due", ""),
    ]
    assert [task.task for task in schedule.open_tasks] == ["infusing/bp/15"]
    assert schedule.next_deadline_ns == _at(17)


@pytest.mark.parametrize(
    ("minute", "done"),
    [(2.5, []), (2.9, []), (3, [(3, "")]), (5, [(5, "")]), (6, [(6, "")]), (9, [(9, "late")])],
)
def test_an_observation_counts_from_the_early_window_to_the_next_slot(
    minute: float, done: list[tuple[float, str]]
) -> None:
    schedule = _infusing()
    changes = _brief(schedule.observe(_at(minute), "bp"))
    assert [(t, detail) for t, task, state, detail in changes if state == "done"] == done
    assert schedule.next_due("bp") == (_at(10) if done else _at(5))


def test_an_item_that_is_not_scheduled_fulfils_nothing() -> None:
    schedule = _infusing()
    assert schedule.observe(_at(4), "temp") == []
    assert schedule.record(_at(4), Vital.TEMP) == []


def test_an_item_of_two_vitals_is_observed_once_both_are_recorded() -> None:
    schedule = _infusing()
    assert schedule.record(_at(4), Vital.SBP) == []
    (done, upcoming) = schedule.record(_at(4), Vital.DBP)
    assert (done.task, done.state) == ("infusing/bp/5", TaskState.DONE)
    assert (upcoming.task, upcoming.state) == ("infusing/bp/10", TaskState.UPCOMING)
    assert schedule.record(_at(9), Vital.DBP) == []
    assert _brief(schedule.record(_at(14), Vital.SBP))[-1][2] == "late"


def test_a_pressure_measured_before_the_observation_opened_is_none_of_it() -> None:
    schedule = _infusing()
    for vital in BP:
        changes = schedule.record(_at(5), vital, _at(2))
        assert TaskState.DONE not in [change.state for change in changes]
    schedule.record(_at(6), Vital.SBP, _at(4))
    (done, _) = schedule.record(_at(6), Vital.DBP, _at(4))
    assert (done.task, done.state) == ("infusing/bp/5", TaskState.DONE)


def test_skipping_records_the_reason_and_goes_on() -> None:
    schedule = _infusing()
    schedule.advance(_at(5))
    assert schedule.skip_refusal("infusing/bp/5", " ") == "Say why the observation is not made."
    assert schedule.skip_refusal("infusing/bp/25", "asleep") is not None
    with pytest.raises(ValueError, match="Say why"):
        schedule.skip(_at(6), "infusing/bp/5", "")
    changes = schedule.skip(_at(6), "infusing/bp/5", "cuff being changed")
    assert _brief(changes) == [(6, "infusing/bp/5", "missed", "cuff being changed")]
    assert schedule.next_due("bp") == _at(10)


def test_a_pause_keeps_the_tasks_of_the_infusion() -> None:
    schedule = _infusing()
    assert schedule.enter_phase(_at(4), Phase.PAUSED) == []
    assert _brief(schedule.enter_phase(_at(6), Phase.INFUSING)) == [(5, "infusing/bp/5", "due", "")]
    assert schedule.next_due("bp") == _at(5)


def test_the_observation_at_the_end_of_the_drug_is_still_asked_for() -> None:
    schedule = _infusing()
    schedule.advance(_at(39))
    changes = schedule.enter_phase(_at(40), Phase.RECOVERY)
    assert _brief(changes) == [
        (40, "infusing/bp/35", "missed", "not done"),
        (40, "infusing/bp/40", "due", ""),
        (40, "infusing/bp/40", "due", ""),
    ]
    assert changes[-1].closes_ns == _at(55)
    assert _brief(schedule.observe(_at(41), "bp")) == [(41, "infusing/bp/40", "done", "")]
    assert schedule.next_due("bp") == _at(55)


def test_a_pressure_just_before_the_end_is_not_asked_for_again() -> None:
    schedule = _infusing()
    schedule.observe(_at(35), "bp")
    assert _brief(schedule.observe(_at(38.5), "bp")) == [(38.5, "infusing/bp/40", "done", "")]
    schedule.enter_phase(_at(40), Phase.RECOVERY)
    assert schedule.next_due("bp") == _at(55)


def test_stopping_early_asks_for_a_pressure_at_once_and_recovery_goes_on_from_there() -> None:
    schedule = _infusing()
    schedule.observe(_at(15), "bp")
    changes = schedule.enter_phase(_at(21), Phase.STOPPED)
    assert _brief(changes) == [(21, "recovery/bp/0", "due", "")]
    assert schedule.enter_phase(_at(22), Phase.RECOVERY) == []
    schedule.observe(_at(22), "bp")
    assert schedule.next_due("bp") == _at(36)


def test_the_end_of_a_phase_misses_what_is_late_and_withdraws_what_is_to_come() -> None:
    schedule = _infusing(ITEMS)
    schedule.advance(_at(12.5))
    changes = schedule.enter_phase(_at(13), Phase.STOPPED)
    assert _brief(changes) == [
        (13, "infusing/bp/10", "missed", "phase ended"),
        (13, "infusing/rr/10", "missed", "phase ended"),
        (13, "recovery/bp/0", "due", ""),
        (13, "recovery/dissociation/0", "due", ""),
    ]
    ended = schedule.enter_phase(_at(14), Phase.DISCHARGED)
    assert {(c.item, c.state, c.detail) for c in ended} == {
        ("bp", TaskState.MISSED, "phase ended"),
        ("dissociation", TaskState.MISSED, "phase ended"),
    }
    assert schedule.tasks == ()
    assert schedule.next_deadline_ns is None


def test_the_last_slot_of_an_item_closes_by_itself() -> None:
    schedule = _infusing(ITEMS)
    schedule.enter_phase(_at(40), Phase.RECOVERY)
    changes = _brief(schedule.advance(_at(200)))
    last = [one for one in changes if one[1] == "recovery/dissociation/40"]
    assert [(minute, state) for minute, _, state, _ in last] == [
        (80, "due"),
        (85, "late"),
        (90, "missed"),
    ]


def test_after_an_alarm_pressure_is_taken_more_often_until_relaxed() -> None:
    schedule = _infusing()
    schedule.observe(_at(15), "bp")
    (upcoming,) = schedule.tighten(_at(16), "bp", 180)
    assert (upcoming.task, upcoming.due_ns) == ("infusing/bp/recheck-1", _at(19))
    assert schedule.is_tightened("bp")
    assert schedule.tighten(_at(17), "bp", 180) == []
    assert _brief(schedule.observe(_at(17), "bp")) == []
    assert _brief(schedule.observe(_at(17.5), "bp")) == [
        (17.5, "infusing/bp/recheck-1", "done", "")
    ]
    assert schedule.next_due("bp") == _at(22)
    schedule.observe(_at(22), "bp")
    schedule.tighten(_at(22), "bp", 300)
    assert schedule.next_due("bp") == _at(27)
    (upcoming,) = schedule.relax(_at(26), "bp")
    assert (upcoming.task, upcoming.due_ns) == ("infusing/bp/35", _at(35))
    assert not schedule.is_tightened("bp")


def test_a_slot_that_comes_sooner_than_the_tightened_one_stays() -> None:
    schedule = _infusing()
    schedule.observe(_at(15), "bp")
    (changed,) = schedule.tighten(_at(23), "bp", 180)
    assert (changed.task, changed.due_ns, changed.closes_ns) == (
        "infusing/bp/25",
        _at(25),
        _at(26),
    )
    schedule.observe(_at(25), "bp")
    assert schedule.next_due("bp") == _at(26)


def test_the_fixed_slot_at_40_min_stays_while_tightened() -> None:
    schedule = _infusing()
    schedule.observe(_at(35), "bp")
    schedule.tighten(_at(36.5), "bp", 300)
    assert schedule.next_due("bp") == _at(40)
    schedule.observe(_at(40), "bp")
    assert schedule.next_due("bp") == _at(41.5)


def test_a_task_that_is_open_when_tightened_closes_at_the_new_next_slot() -> None:
    schedule = _infusing()
    schedule.observe(_at(15), "bp")
    schedule.advance(_at(25))
    (changed,) = schedule.tighten(_at(26), "bp", 180)
    assert (changed.task, changed.state, changed.closes_ns) == (
        "infusing/bp/25",
        TaskState.DUE,
        _at(29),
    )


def test_tightening_survives_the_end_of_the_drug() -> None:
    schedule = _infusing()
    schedule.observe(_at(15), "bp")
    schedule.tighten(_at(18), "bp", 180)
    schedule.observe(_at(20.5), "bp")
    schedule.enter_phase(_at(22), Phase.STOPPED)
    assert schedule.is_tightened("bp")
    assert schedule.next_due("bp") == _at(24)


def test_an_impossible_interval_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        _infusing().tighten(_at(1), "bp", 0)


def test_a_phase_entered_twice_gives_its_tasks_new_names() -> None:
    items = (_item(Phase.BASELINE, "bp", [], (0,), BP),)
    schedule = Schedule(items)
    first = schedule.enter_phase(0, Phase.BASELINE)
    schedule.enter_phase(NS_PER_MIN, Phase.GATE)
    second = schedule.enter_phase(9 * NS_PER_MIN, Phase.BASELINE)
    assert {c.task for c in first} == {"baseline/bp/0"}
    assert {c.task for c in second} == {"baseline-2/bp/0"}


STEPS = st.lists(
    st.tuples(
        st.integers(0, 12 * 60),
        st.sampled_from(
            ["observe-bp", "observe-rr", "record-sbp", "record-dbp", "tighten-3", "tighten-5",
             "relax", "skip", "pause", "resume", "stop", "recover"]
        ),
    ),
    max_size=25,
)  # fmt: skip


def _play(steps: list[tuple[int, str]], extra_s: list[int], end_s: int) -> list[TaskChanged]:
    """All changes of a session, with `advance` called also at the seconds of `extra_s`."""
    schedule = Schedule(ITEMS)
    changes = schedule.enter_phase(0, Phase.INFUSING)
    extras = sorted(extra_s)
    now_s = 0

    def tick_until(limit_s: int) -> None:
        while extras and extras[0] <= limit_s:
            second = extras.pop(0)
            if second >= now_s:
                changes.extend(schedule.advance(second * NS_PER_S))

    infusing = True
    for wait_s, action in steps:
        tick_until(now_s + wait_s)
        now_s += wait_s
        t_ns = now_s * NS_PER_S
        name, _, what = action.partition("-")
        if name == "observe":
            changes += schedule.observe(t_ns, what)
        elif name == "record":
            changes += schedule.record(t_ns, Vital(what))
        elif name == "tighten":
            changes += schedule.tighten(t_ns, "bp", 60 * int(what))
        elif name == "relax":
            changes += schedule.relax(t_ns, "bp")
        elif name == "skip":
            changes += schedule.advance(t_ns)
            for task in schedule.open_tasks[:1]:
                changes += schedule.skip(t_ns, task.task, "asleep")
        elif name in ("pause", "resume") and infusing:
            phase = Phase.PAUSED if name == "pause" else Phase.INFUSING
            changes += schedule.enter_phase(t_ns, phase)
        elif name in ("stop", "recover") and infusing:
            infusing = False
            phase = Phase.STOPPED if name == "stop" else Phase.RECOVERY
            changes += schedule.enter_phase(t_ns, phase)
    tick_until(now_s + end_s)
    return changes + schedule.enter_phase((now_s + end_s) * NS_PER_S, Phase.DISCHARGED)


@given(
    steps=STEPS,
    extra_s=st.lists(st.integers(0, 4 * 3600), max_size=30),
    end_s=st.integers(0, 3600),
)
def test_extra_ticks_change_nothing(
    steps: list[tuple[int, str]], extra_s: list[int], end_s: int
) -> None:
    assert _play(steps, extra_s, end_s) == _play(steps, [], end_s)


@given(steps=STEPS, end_s=st.integers(0, 3600))
def test_every_task_that_came_due_ends_once_as_done_or_missed(
    steps: list[tuple[int, str]], end_s: int
) -> None:
    changes = _play(steps, [], end_s)
    ends = Counter(c.task for c in changes if c.state in (TaskState.DONE, TaskState.MISSED))
    due = {c.task for c in changes if c.state in (TaskState.DUE, TaskState.LATE)}
    assert set(ends.values()) <= {1}
    assert due <= set(ends)
    assert all(c.detail for c in changes if c.state is TaskState.MISSED)
    assert [c.t_ns for c in changes] == sorted(c.t_ns for c in changes)
    order = list(TaskState)
    for task in {c.task for c in changes}:
        states = [order.index(c.state) for c in changes if c.task == task]
        assert states == sorted(states)
        assert changes[[c.task for c in changes].index(task)].state is TaskState.UPCOMING


@given(steps=STEPS, end_s=st.integers(0, 3600))
def test_nothing_is_done_that_was_not_observed(steps: list[tuple[int, str]], end_s: int) -> None:
    silent = [(wait, action) for wait, action in steps if action.split("-")[0] not in
              ("observe", "record")]  # fmt: skip
    assert all(c.state is not TaskState.DONE for c in _play(silent, [], end_s))
