"""The track of a recorded session: any moment is what playing up to it would have shown."""

from __future__ import annotations

import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.history import History
from app.replay.steps import StepKind
from app.replay.track import Track
from app.state import ViewState, fold
from protocols.events import AlarmState, Event, TaskState, WaveReceived
from protocols.vitals import NS_PER_S, Vital


@cache
def track() -> Track:
    return Track(recorded.visit())


def played(events: tuple[Event, ...], t_ns: int) -> tuple[ViewState, History]:
    state, history = ViewState(), History()
    for event in events:
        if event.t_ns <= t_ns:
            state = fold(state, event)
            history.add(event)
    return state, history


@settings(max_examples=25)
@given(st.integers(-1, recorded.visit()[-1].t_ns + 10**9))
def test_a_moment_is_what_playing_up_to_it_shows(t_ns: int) -> None:
    moment = track().at(t_ns)
    state, history = played(recorded.visit(), t_ns)
    assert moment.state == state
    assert moment.history.listed == history.listed
    assert moment.history.phases == history.phases
    assert moment.history.gaps_s == history.gaps_s
    assert moment.history.trends.keys() == history.trends.keys()
    for vital, series in history.trends.items():
        found = moment.history.trends[vital]
        assert np.array_equal(found.t_s, series.t_s), vital
        assert np.array_equal(found.values, series.values, equal_nan=True), vital
    points = [(p.t_s, p.manual) for p in moment.history.blood_pressures]
    assert points == [(p.t_s, p.manual) for p in history.blood_pressures]
    assert moment.taken == sum(event.t_ns <= t_ns for event in recorded.visit())


@settings(max_examples=15)
@given(st.integers(0, recorded.visit()[-1].t_ns))
def test_the_sweep_after_a_jump_shows_the_newest_samples(t_ns: int) -> None:
    ring = track().at(t_ns).history.waves.get(Vital.PLETH)
    recent = [
        e
        for e in recorded.visit()
        if isinstance(e, WaveReceived) and t_ns - 30 * NS_PER_S <= e.t_ns <= t_ns
    ]
    if not recent:
        assert ring is None or ring.last_t_ns < t_ns - 25 * NS_PER_S
        return
    assert ring is not None
    assert ring.last_t_ns == recent[-1].t_ns
    last = np.asarray(recent[-1].values) / recent[-1].full_scale
    shown = ring.counts[(np.arange(-len(last), 0) + ring.position) % ring.size]
    assert shown == pytest.approx(last)


def test_two_moments_share_no_series_that_grows() -> None:
    start_ns = recorded.visit()[-1].t_ns - 120 * NS_PER_S
    first, second = track().at(start_ns), track().at(start_ns)
    before = len(second.history.trends[Vital.SPO2])
    for event in track().between(first.taken, track().end_ns):
        first.history.add(event)
    assert len(first.history.trends[Vital.SPO2]) > before
    assert len(second.history.trends[Vital.SPO2]) == before
    assert first.history.version != second.history.version


def test_steps_name_what_the_record_holds() -> None:
    texts = {kind: [s.text for s in track().steps if s.kind is kind] for kind in StepKind}
    assert "infusing" in texts[StepKind.EVENT]
    assert any("172" in text for text in texts[StepKind.ALARM])
    assert track().steps == tuple(sorted(track().steps, key=lambda step: step.t_ns))
    sounded = [
        e.alarm
        for e in played(recorded.visit(), 10**15)[1].listed
        if getattr(e, "state", None) is AlarmState.SOUNDING
    ]
    alarms = [s.alarm.alarm for s in track().steps if s.alarm is not None]
    assert set(alarms) == set(sounded)


def test_steps_go_forward_and_back_and_end() -> None:
    found: list[int] = []
    t_ns = -1
    while (step := track().next_step(t_ns, StepKind.EVENT)) is not None:
        assert step.t_ns > t_ns
        t_ns = step.t_ns
        found.append(t_ns)
    assert found == sorted({step.t_ns for step in track().steps})
    back: list[int] = []
    t_ns = track().end_ns + 1
    while (step := track().previous_step(t_ns, StepKind.EVENT)) is not None:
        t_ns = step.t_ns
        back.append(t_ns)
    assert back == found[::-1]


def test_a_step_to_a_missed_check_goes_to_one() -> None:
    missed = [e.t_ns for e in recorded.visit() if getattr(e, "state", None) is TaskState.MISSED]
    if not missed:
        pytest.fail("the session of the test should miss a check")
    step = track().next_step(-1, StepKind.MISSED)
    assert step is not None
    assert step.t_ns == missed[0]
    assert step.text.endswith("missed")


def test_a_record_without_events_has_one_empty_moment() -> None:
    empty = Track(())
    assert empty.end_ns == 0
    assert empty.at(5).state == ViewState()
    assert empty.next_step(0, StepKind.EVENT) is None
