"""What holds of the whole pipeline for any session: ticks, cuts, replays, noise, its end."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import app.pipeline
import app.state
from app.history import History
from app.pipeline import NotOpenedError, Pipeline
from app.state import ViewState, fold
from app.verification import Rerun, compare
from protocols.events import (
    AlarmState,
    ChunkReceived,
    Command,
    CommandRefused,
    Event,
    Input,
    LinkReported,
    LinkState,
    Output,
    SessionClosed,
    SessionResumed,
)
from storage.canonical import canonical, parse
from tests.unit.app.session_scenes import (
    NURSE,
    Scene,
    bp_result,
    normalised,
    opening,
    oximeter_packet,
    record_of,
)
from tests.unit.app.session_strategies import (
    COMMANDS,
    MS,
    STEP_MS,
    command_of,
    random_session,
)

EXAMPLES = settings(max_examples=40)


@pytest.fixture(autouse=True, scope="module")
def _rules_parsed_once() -> Iterator[None]:
    """A session parses its rules from text; thousands of the same sessions need that once."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (app.pipeline, app.state):
            for name in ("parse_protocol", "parse_limits"):
                patch.setattr(module, name, cache(getattr(module, name)))
        yield


def is_closed(record: list[Event]) -> bool:
    return any(isinstance(event, SessionClosed) for event in record)


@EXAMPLES
@given(inputs=random_session(), data=st.data())
def test_ticks_anywhere_change_nothing(inputs: list[Input], data: st.DataObject) -> None:
    plain = record_of(inputs)
    end_ns = inputs[-1].t_ns + 3600 * 1000 * MS
    pipeline = Pipeline()
    ticked: list[Event] = []
    for before, event in itertools.pairwise([inputs[0], *inputs]):
        ticks = data.draw(st.lists(st.integers(before.t_ns, event.t_ns), max_size=3))
        for tick in sorted(ticks) if pipeline.t_ns or before is not event else []:
            ticked += pipeline.advance(tick)
        ticked += pipeline.advance(event.t_ns) if event is not inputs[0] else []
        ticked += [event, *pipeline.step(event)]
    quiet = Pipeline()
    whole = record_of(inputs, quiet) + quiet.advance(end_ns)
    step_ns = data.draw(st.sampled_from([MS, 333 * MS, 60_000 * MS])) * 997
    for tick in range(inputs[-1].t_ns, end_ns, step_ns):
        ticked += pipeline.advance(tick)
    ticked += pipeline.advance(end_ns)
    assert whole[: len(plain)] == plain
    assert ticked == whole


@EXAMPLES
@given(inputs=random_session(), data=st.data())
def test_bytes_cut_anywhere_change_nothing(inputs: list[Input], data: st.DataObject) -> None:
    cut: list[Input] = []
    for event in inputs:
        if not isinstance(event, ChunkReceived):
            cut.append(event)
            continue
        places = data.draw(st.lists(st.integers(0, len(event.data)), max_size=3))
        edges = [0, *sorted(places), len(event.data)]
        cut += [
            dataclasses.replace(event, data=event.data[start:end])
            for start, end in itertools.pairwise(edges)
        ]
    assert normalised(record_of(cut)) == normalised(record_of(inputs))


@EXAMPLES
@given(inputs=random_session())
def test_a_replay_of_any_session_is_identical(inputs: list[Input]) -> None:
    record = record_of(inputs)
    comparison = compare(record, closed=is_closed(record))
    assert comparison.difference is None
    assert comparison.unrecorded == 0
    assert comparison.inputs == len(inputs)
    assert comparison.inputs + comparison.outputs == len(record)


@EXAMPLES
@given(inputs=random_session(max_size=12))
def test_a_record_says_the_same_after_it_was_written_down(inputs: list[Input]) -> None:
    record = record_of(inputs)
    restored = [parse(canonical(event)) for event in record]
    assert [canonical(event) for event in restored] == [canonical(event) for event in record]
    assert compare(restored, closed=is_closed(record)).difference is None


@EXAMPLES
@given(
    before=random_session(max_size=10),
    after=random_session(max_size=6),
    data=st.data(),
)
def test_a_session_cut_and_resumed_replays_identically(
    before: list[Input], after: list[Input], data: st.DataObject
) -> None:
    whole = record_of(before)
    cut = data.draw(st.integers(1, len(whole)))
    rerun = Rerun()
    for event in whole[:cut]:
        rerun.take(event)
    assert rerun.difference is None
    record = [*whole[:cut], *rerun.unrecorded]
    t_ns = rerun.pipeline.t_ns + data.draw(STEP_MS) * MS
    gap_ns = rerun.pipeline.t_ns
    resumed = SessionResumed(
        t_ns=t_ns, gap_start_ns=gap_ns, utc="2026-03-02T10:00:00.000Z", by=NURSE, reason="power"
    )
    again: list[Input] = [resumed]
    for event in [e for e in after[1:] if not isinstance(e, SessionResumed)][-6:]:
        t_ns += data.draw(STEP_MS) * MS
        again.append(dataclasses.replace(event, t_ns=t_ns))
    record += record_of(again, rerun.pipeline)
    assert compare(record, closed=is_closed(record)).difference is None


@EXAMPLES
@given(
    chunks=st.lists(
        st.tuples(
            st.sampled_from(["oximeter", "bp"]),
            st.one_of(
                st.binary(max_size=200),
                st.just(oximeter_packet()),
                st.just(bp_result(120, 80, 95)),
                st.lists(
                    st.sampled_from([0x01, 0x80, 0x81, 0x3E, 0x04, 0x4B, 0x4F, 0x18]),
                    max_size=60,
                ).map(bytes),
            ),
        ),
        max_size=30,
    )
)
def test_random_bytes_never_raise_and_every_byte_is_accounted_for(
    chunks: list[tuple[str, bytes]],
) -> None:
    scene = Scene()
    fed = {"oximeter": 0, "bp": 0}
    for device, data in chunks:
        scene.now_s += 0.04
        scene.bytes(device, data)
        fed[device] += len(data)
        for name, port in scene.pipeline._ports.items():
            counts = port.driver.counts
            told = counts.frame_bytes + counts.rejected_bytes + counts.skipped_bytes
            assert told + counts.pending_bytes == fed[name]


@settings(max_examples=40)
@given(inputs=random_session())
def test_nothing_that_is_due_is_left_behind(inputs: list[Input]) -> None:
    pipeline = Pipeline()
    for event in inputs:
        outputs = pipeline.step(event)
        assert all(output.t_ns <= event.t_ns for output in outputs)
        due_ns = pipeline.next_deadline_ns
        assert due_ns is None or due_ns > event.t_ns
    for _ in range(200):
        due_ns = pipeline.next_deadline_ns
        if due_ns is None:
            return
        outputs = pipeline.advance(due_ns)
        assert {output.t_ns for output in outputs} <= {due_ns}
        following_ns = pipeline.next_deadline_ns
        assert following_ns is None or following_ns > due_ns


@EXAMPLES
@given(inputs=random_session())
def test_outputs_never_go_back_in_time(inputs: list[Input]) -> None:
    record = record_of(inputs)
    assert [event.t_ns for event in record] == sorted(event.t_ns for event in record)


@EXAMPLES
@given(inputs=random_session())
def test_screens_can_show_any_session(inputs: list[Input]) -> None:
    state, history = ViewState(), History()
    for event in record_of(inputs):
        state = fold(state, event)
        history.add(event)
        for t_ns in (event.t_ns, event.t_ns + 10_000 * MS):
            given = state.delivered_mg(t_ns)
            assert given >= 0
            assert state.dose is None or given <= float(state.dose.dose_mg)
    open_ranks = [a.priority.rank for a in state.active_alarms if a.state is not AlarmState.ACKED]
    assert open_ranks == sorted(open_ranks, reverse=True)


@EXAMPLES
@given(inputs=random_session(max_size=15))
def test_nothing_follows_the_end_of_a_session(inputs: list[Input]) -> None:
    record = record_of(inputs)
    ends = [number for number, event in enumerate(record) if isinstance(event, SessionClosed)]
    assert len(ends) <= 1
    if ends:
        later = record[ends[0] + 1 :]
        assert not [event for event in later if isinstance(event, Output)]


@pytest.mark.parametrize("kind", COMMANDS, ids=lambda kind: kind.__name__)
def test_every_kind_of_action_is_answered_in_every_phase(kind: type[Command]) -> None:
    """Whatever it says, an action is carried out or refused in a sentence; none is lost."""

    @settings(max_examples=12)
    @given(
        command=command_of(kind),
        stage=st.sampled_from(["to_gate", "to_frozen", "to_infusing", "to_recovery"]),
    )
    def answered(command: Command, stage: str) -> None:
        scene = Scene()
        getattr(scene, stage)()
        scene.now_s += 1
        made = scene.feed(dataclasses.replace(command, t_ns=scene.now_ns))
        refused = [event for event in made if isinstance(event, CommandRefused)]
        assert all(r.reason.endswith((".", "?")) for r in refused), refused
        assert compare(scene.record, closed=scene.state.closed is not None).identical

    answered()


def test_a_session_begins_with_its_opening() -> None:
    pipeline = Pipeline()
    with pytest.raises(NotOpenedError):
        _ = pipeline.session
    assert pipeline.next_deadline_ns is None
    assert pipeline.advance(10) == []
    pipeline = Pipeline()
    assert pipeline.step(opening()) == []
    assert pipeline.session.visit.definition.id == "iv-0.5-40"


def test_bytes_of_a_stranger_change_nothing() -> None:
    scene = Scene()
    assert scene.bytes("stranger", b"\x01\x02") == [scene.inputs[-1]]
    assert scene.feed(LinkReported(t_ns=0, device="stranger", state=LinkState.WAITING)) == [
        scene.inputs[-1]
    ]
