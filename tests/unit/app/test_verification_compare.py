"""The comparison of record and replay: whatever was changed in a record is found, and where."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

from hypothesis import given
from hypothesis import strategies as st

from app.differences import FieldDifference
from app.verification import Rerun, compare
from protocols.events import (
    CloseSession,
    Event,
    Input,
    Output,
    Reading,
    SessionClosed,
    StopInfusion,
    TakeBp,
    WriteNote,
)
from tests.unit.app.session_scenes import NURSE, Scene


@cache
def record() -> tuple[Event, ...]:
    """A closed session with deadlines between its inputs."""
    scene = Scene().to_infusing()
    scene.oximeter(20, spo2=88)
    scene.do(TakeBp)
    scene.cuff(152, 82, 105)
    scene.wait(400)
    scene.do(StopInfusion)
    scene.wait(1200)
    assert not scene.refusal(CloseSession, reason="to the ward")
    return tuple(scene.record)


OUTPUTS = st.deferred(
    lambda: st.sampled_from([n for n, e in enumerate(record()) if isinstance(e, Output)])
)


def test_an_untouched_record_is_identical() -> None:
    comparison = compare(record(), closed=True)
    assert comparison.identical
    assert comparison.inputs == sum(isinstance(e, Input) for e in record())
    assert comparison.outputs == sum(isinstance(e, Output) for e in record())


@given(place=OUTPUTS)
def test_a_missing_output_is_found(place: int) -> None:
    damaged = [*record()[:place], *record()[place + 1 :]]
    difference = compare(damaged, closed=True).difference
    assert difference is not None
    assert difference.position > place


@given(place=OUTPUTS)
def test_an_output_too_many_is_found(place: int) -> None:
    damaged = [*record()[: place + 1], record()[place], *record()[place + 1 :]]
    assert not compare(damaged, closed=True).identical


@given(place=OUTPUTS, by_ns=st.sampled_from([-1, 1, 1_000_000]))
def test_an_output_at_another_time_is_found_where_it_stands(place: int, by_ns: int) -> None:
    changed = replace(record()[place], t_ns=record()[place].t_ns + by_ns)
    damaged = [*record()[:place], changed, *record()[place + 1 :]]
    difference = compare(damaged, closed=True).difference
    assert difference is not None
    assert difference.position == place + 1


def test_a_changed_value_is_told_with_both_sides() -> None:
    place = next(
        n for n, e in enumerate(record()) if isinstance(e, Reading) and e.value is not None
    )
    original = record()[place]
    assert isinstance(original, Reading)
    damaged = [*record()[:place], replace(original, value=60.0), *record()[place + 1 :]]
    difference = compare(damaged, closed=True).difference
    assert difference is not None
    assert (difference.position, difference.t_ns) == (place + 1, original.t_ns)
    assert "value 60.0" in difference.recorded
    assert f"value {original.value}" in difference.replayed
    told = FieldDifference(field="value", recorded="60.0", replayed=str(original.value))
    assert difference.fields == (told,)


def test_an_input_left_out_changes_what_follows() -> None:
    place = next(n for n, e in enumerate(record()) if isinstance(e, StopInfusion))
    damaged = [*record()[:place], *record()[place + 1 :]]
    assert not compare(damaged, closed=True).identical


@given(cut=st.integers(1, 400))
def test_a_record_cut_anywhere_is_no_difference_while_the_session_is_open(cut: int) -> None:
    whole = [e for e in record() if not isinstance(e, SessionClosed | CloseSession)]
    rerun = Rerun()
    for event in whole[:cut]:
        rerun.take(event)
    comparison = rerun.finish(closed=False)
    assert comparison.identical
    assert comparison.unrecorded == len(rerun.unrecorded)
    assert [*whole[:cut], *rerun.unrecorded] == whole[: cut + comparison.unrecorded]


def test_a_closed_session_must_be_whole() -> None:
    assert not compare(record()[:-1], closed=True).identical


def test_what_was_written_after_the_end_of_a_session_gives_nothing() -> None:
    late = WriteNote(t_ns=record()[-1].t_ns + 1, by=NURSE, text="late")
    comparison = compare([*record(), late], closed=True)
    assert comparison.identical
    assert comparison.inputs == sum(isinstance(e, Input) for e in record()) + 1
