"""Whatever is corrected, withdrawn, added and signed, in whatever order: nothing before changes."""

from __future__ import annotations

from collections.abc import Sequence

from hypothesis import given, settings
from hypothesis import strategies as st

from app.history import History
from app.state import ViewState, fold
from app.verification import compare
from protocols.events import (
    AddAddendum,
    CloseSession,
    CommandRefused,
    CorrectEntry,
    EnterBp,
    EnterValue,
    EntryCorrected,
    Event,
    Reading,
    RecordEvent,
    RecordSigned,
    SignRecord,
    StopInfusion,
    TypedValue,
    WriteNote,
)
from protocols.events.terms import Meaning
from protocols.vitals import VITALS, Quality, Vital
from storage.canonical import canonical, chain_next, chain_start
from tests.unit.app.session_scenes import NURSE, Scene

Step = tuple[str, int, int]
"""What is done, to which of the entries, and a number for a value or a wait."""

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ("bp", "rr", "spo2", "event", "note", "oximeter", "correct", "withdraw", "late", "sign")
        ),
        st.integers(0, 30),
        st.integers(0, 60),
    ),
    min_size=4,
    max_size=16,
)


def chain_of(record: Sequence[Event]) -> list[bytes]:
    """The value of the hash chain after each event."""
    values = []
    value = chain_start("s1")
    for event in record:
        value = chain_next(value, canonical(event))
        values.append(value)
    return values


def corrected(scene: Scene, which: int, number: int, *, withdrawn: bool) -> CorrectEntry | None:
    """A correction of one of the entries, by the number of any of its events."""
    entries = list(scene.pipeline.session.visit.entries.all())
    if not entries:
        return None
    entry = entries[which % len(entries)]
    seqs = (entry.seq, *entry.also, *((entry.correction_seq,) if entry.correction else ()))
    values = tuple(
        TypedValue(vital=one.vital, value=one.value - 1 if one.value and one.value > 1 else 2)
        for one in entry.readings
    )
    return CorrectEntry(
        t_ns=scene.now_ns,
        by=NURSE,
        target_seq=seqs[number % len(seqs)],
        original=entry.words,
        reason="found later",
        values=() if withdrawn else values,
        text="" if withdrawn or isinstance(entry.event, Reading) else f"better words {number}",
        withdrawn=withdrawn,
        confirmed=True,
    )


def play(scene: Scene, steps: Sequence[Step]) -> None:
    """Do `steps`; every amendment must leave all before it as it was."""
    terms = [one.id for one in scene.definition.quick_events]
    for what, which, number in steps:
        before, chain = list(scene.record), chain_of(scene.record)
        if what == "bp":
            scene.do(EnterBp, sbp_mmhg=100 + number, dbp_mmhg=60 + number // 3, confirmed=True)
        elif what == "rr":
            scene.do(EnterValue, vital=Vital.RR, value=10 + number % 15)
        elif what == "spo2":
            scene.do(EnterValue, vital=Vital.SPO2, value=90 + number % 10)
        elif what == "event":
            scene.do(RecordEvent, term=terms[which % len(terms)], severity=number % 11)
        elif what == "note":
            scene.do(WriteNote, text=f"note {number}")
        elif what == "oximeter":
            scene.oximeter(1 + number % 4, spo2=88 + number % 12)
        elif what in ("correct", "withdraw"):
            command = corrected(scene, which, number, withdrawn=what == "withdraw")
            if command is not None:
                scene.feed(command)
        elif what == "late":
            scene.do(AddAddendum, text=f"late {number}", reason="paper")
        else:
            scene.do(
                SignRecord,
                meaning=Meaning.REVIEWED,
                signed_seq=len(scene.record),
                signed_chain=chain[-1].hex(),
                statement="I reviewed this record.",
            )
        if scene.state.closed is None:
            scene.wait(number)
        assert scene.record[: len(before)] == before
        assert chain_of(scene.record)[: len(chain)] == chain


def check(scene: Scene) -> None:
    entries = scene.pipeline.session.visit.entries
    assert entries.count == len(scene.record)
    shown, state = History(), ViewState()
    for event in scene.record:
        shown.add(event)
        state = fold(state, event)
    assert state == scene.state
    values = chain_of(scene.record)
    for number, event in enumerate(scene.record, 1):
        if isinstance(event, EntryCorrected):
            original = scene.record[event.target_seq - 1]
            entry = entries.find(number)
            assert entry is not None
            assert (entry.seq, entry.words) == (event.target_seq, event.original)
            assert not isinstance(original, EntryCorrected)
            standing = shown.amended.of(event.target_seq)
            assert standing is not None
            assert standing.target_seq == event.target_seq
        elif isinstance(event, RecordSigned):
            assert values[event.signed_seq - 1].hex() == event.signed_chain
    withdrawn = {
        (one.vital, one.measured_ns, one.source)
        for one in scene.record
        if isinstance(one, Reading) and one.quality is Quality.WITHDRAWN
    }
    standing = {
        (one.vital, one.measured_ns, one.source)
        for entry in entries.all()
        for one in entry.standing
    }
    gone = withdrawn - standing
    situation = scene.pipeline.session.visit.situation
    for vital in Vital:
        known = None if scene.state.closed else situation.last_value(vital)  # judged no more
        if known is not None and VITALS[vital].quiet_limit_s is None:
            assert (known.vital, known.measured_ns, known.source) not in gone
    assert compare(scene.record, closed=scene.state.closed is not None).identical


@settings(max_examples=15)
@given(STEPS)
def test_amendments_in_a_running_session_change_nothing_before_them(steps: list[Step]) -> None:
    scene = Scene().to_infusing()
    play(scene, steps)
    check(scene)


@settings(max_examples=10)
@given(STEPS, STEPS)
def test_amendments_after_the_close_share_the_chain(during: list[Step], after: list[Step]) -> None:
    scene = Scene().to_infusing()
    play(scene, during)
    scene.do(StopInfusion, reason="test")
    assert not scene.refusal(CloseSession, reason="test")
    closed = len(scene.record)
    play(scene, [step for step in after if step[0] in ("correct", "withdraw", "late", "sign")])
    assert not [
        event
        for event in scene.record[closed:]
        if not isinstance(
            event,
            CorrectEntry
            | EntryCorrected
            | AddAddendum
            | Reading
            | SignRecord
            | RecordSigned
            | CommandRefused,
        )
        and type(event).__name__ != "AddendumAdded"
    ]
    check(scene)
