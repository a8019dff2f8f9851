"""Measured times of alarms: taken in the runtime, kept in the record, ignored by the rules."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import given, settings
from hypothesis import strategies as st

from app.pipeline import Pipeline
from app.timing import AlarmTimer
from app.verification import compare
from protocols.events import (
    AlarmChanged,
    AlarmPresented,
    AlarmState,
    AlarmTimed,
    Event,
    Input,
    Presentation,
    Priority,
)
from tests.unit.app.recorded_sessions import visit


def change(t_ns: int, state: AlarmState = AlarmState.SOUNDING) -> AlarmChanged:
    return AlarmChanged(
        t_ns=t_ns,
        alarm="hr-high",
        state=state,
        priority=Priority.HIGH,
        technical=False,
        vital=None,
        value=None,
        limit=None,
        baseline=None,
        since_ns=0,
        sentence="",
    )


def measured(t_ns: int) -> list[Input]:
    return [
        AlarmTimed(
            t_ns=t_ns,
            alarm="hr-high",
            raised_ns=t_ns,
            received_ns=t_ns,
            decoded_ns=None,
            decided_ns=t_ns + 17,
        ),
        AlarmPresented(
            t_ns=t_ns, alarm="hr-high", raised_ns=t_ns, where=Presentation.SOUND, at_ns=t_ns + 3
        ),
    ]


@settings(max_examples=3)
@given(places=st.sets(st.integers(0, 400), max_size=40))
def test_the_rules_make_the_same_of_a_session_with_and_without_measured_times(
    places: set[int],
) -> None:
    record: list[Event] = []
    pipeline = Pipeline()
    inputs = [event for event in visit() if isinstance(event, Input)]
    for number, event in enumerate(inputs):
        outputs = [] if not record else pipeline.advance(event.t_ns)
        record += [*outputs, event, *pipeline.step(event)]
        for extra in measured(event.t_ns) if number in places else ():
            assert pipeline.step(extra) == []
            record.append(extra)
    kept = [e for e in record if not isinstance(e, AlarmTimed | AlarmPresented)]
    assert tuple(kept) == visit()
    assert compare(record, closed=True).identical


def ticking(*times: int) -> Callable[[], int]:
    left = iter(times)
    return lambda: next(left)


def test_an_alarm_raised_by_an_input_has_its_arrival_and_one_of_a_deadline_has_none() -> None:
    timer = AlarmTimer(ticking(110, 120, 130, 240))
    timer.begin(100)
    timer.note_decoded()
    (timed,) = timer.time([change(1)], 1)
    assert (timed.received_ns, timed.decoded_ns, timed.decided_ns) == (100, 120, 130)
    timer.end()
    assert timer.time([change(2, AlarmState.OFF)], 2) == []
    (timed,) = timer.time([change(3)], 3)
    assert (timed.received_ns, timed.decoded_ns, timed.decided_ns) == (None, None, 240)
    assert (timed.raised_ns, timed.t_ns) == (3, 3)


def test_only_the_change_that_raises_an_alarm_is_timed() -> None:
    timer = AlarmTimer(ticking(*range(20)))
    assert len(timer.time([change(1)], 1)) == 1
    assert timer.time([change(2, AlarmState.ACKED), change(3)], 3) == []


def test_an_alarm_that_was_on_before_the_session_was_resumed_is_not_raised_again() -> None:
    timer = AlarmTimer(ticking(*range(20)))
    timer.recall([change(1)])
    assert timer.time([change(2, AlarmState.LATCHED), change(3)], 3) == []
