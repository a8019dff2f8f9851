"""What is added late, signed, and added to a closed session."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.pipeline import Pipeline
from app.state import ViewState
from app.verification import compare
from protocols.events import (
    AddAddendum,
    AddendumAdded,
    ClockAnchored,
    CloseSession,
    CommandRefused,
    CorrectEntry,
    EnterVitals,
    Event,
    ObservationRecorded,
    PersonIdentified,
    Reading,
    RecordSigned,
    SignRecord,
    StopInfusion,
    WriteNote,
)
from protocols.events.terms import Meaning, Proof, Role
from protocols.vitals import NS_PER_S, Vital
from tests.unit.app.session_scenes import NURSE, PRESCRIBER, RESOURCES, Scene, opening
from tests.unit.protocols.amended_scene import (
    correct,
    last_number,
    typed_pressure,
    values,
)

CHAIN = "ab" * 32


# -- addenda --------------------------------------------------------------------------------------


def clocked() -> Scene:
    """An infusion under way in a session that began at 10:00 local time."""
    scene = Scene()
    scene.feed(ClockAnchored(t_ns=0, utc="2026-03-02T09:00:00.000Z", utc_offset_min=60))
    return scene.to_infusing()


def test_late_readings_stand_at_the_time_they_were_taken() -> None:
    scene = clocked()
    typed_pressure(scene, 124, 80)
    scene.wait(600)
    made = scene.do(
        AddAddendum,
        text="on paper",
        reason="the screen was busy",
        values=values(sbp=140, dbp=88),
        happened_utc="2026-03-02T09:00:30.000Z",
    )
    added = next(event for event in made if isinstance(event, AddendumAdded))
    assert added.values == values(sbp=140, dbp=88)
    late = [event for event in made if isinstance(event, Reading)]
    assert {one.measured_ns for one in late} == {30 * NS_PER_S}
    assert all(one.manual and one.note == "late entry" for one in late)
    assert scene.state.last_blood_pressure is not None
    assert scene.state.last_blood_pressure.sbp_mmhg == 124


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"text": "", "reason": "x"}, "The addendum is empty"),
        ({"text": "x", "reason": " "}, "Give the reason"),
        ({"text": "", "values": values(rr=14), "reason": "x"}, "Say when"),
        ({"text": "x", "reason": "x", "happened_utc": "yesterday"}, "is no date and time"),
        ({"text": "x", "reason": "x", "happened_utc": "2031-01-01T00:00:00Z"}, "in the future"),
        (
            {
                "text": "",
                "reason": "x",
                "values": values(sbp=80),
                "happened_utc": "2026-03-02T09:00:30Z",
            },
            "needs systolic and diastolic",
        ),
    ],
)
def test_an_addendum_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    assert words in clocked().refusal(AddAddendum, **fields)


def test_what_happened_before_the_session_makes_no_reading() -> None:
    scene = clocked()
    made = scene.do(
        AddAddendum,
        text="",
        reason="on paper",
        values=values(rr=14),
        happened_utc="2026-03-02T07:00:00Z",
    )
    assert [event for event in made if isinstance(event, AddendumAdded)]
    assert not [event for event in made if isinstance(event, Reading)]


# -- signatures -----------------------------------------------------------------------------------


def test_without_accounts_a_signature_says_that_the_name_was_typed() -> None:
    scene = Scene().to_infusing()
    made = scene.do(
        SignRecord,
        by=PRESCRIBER,
        meaning=Meaning.APPROVED,
        signed_seq=len(scene.record),
        signed_chain=CHAIN,
        statement="I approve.",
    )
    signed = next(event for event in made if isinstance(event, RecordSigned))
    assert (signed.by, signed.user, signed.roles, signed.proof) == (PRESCRIBER, "", (), Proof.NONE)


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"by": "  "}, "Type your name"),
        ({"signed_seq": 0}, "are not there to be signed"),
        ({"signed_seq": 10**9}, "are not there to be signed"),
        ({"signed_chain": "xyz"}, "value of the chain"),
        ({"statement": " "}, "the sentence that is signed"),
    ],
)
def test_a_signature_that_binds_nothing_is_refused(fields: dict[str, object], words: str) -> None:
    whole = {
        "by": NURSE,
        "meaning": Meaning.PERFORMED,
        "signed_seq": 1,
        "signed_chain": CHAIN,
        "statement": "I performed this session.",
    }
    assert words in Scene().refusal(SignRecord, **{**whole, **fields})


# -- after the close ------------------------------------------------------------------------------


def closed() -> Scene:
    scene = clocked()
    typed_pressure(scene, 182, 92)
    scene.do(StopInfusion, reason="test")
    assert not scene.refusal(CloseSession, reason="test")
    assert scene.state.closed is not None
    return scene


def test_a_closed_session_takes_amendments_and_nothing_else() -> None:
    scene = closed()
    seq = last_number(scene, Reading, vital=Vital.SBP)
    end = len(scene.record)
    assert scene.do(WriteNote, text="late")[1:] == []
    made = correct(scene, seq, values=values(sbp=128, dbp=82), at_utc="2026-03-03T08:00:00.000Z")
    assert made.at_utc == "2026-03-03T08:00:00.000Z"
    assert [e.value for e in scene.record[end:] if isinstance(e, Reading)] == [128, 82]
    assert not [e for e in scene.record[end:] if type(e).__name__ == "AlarmChanged"]
    scene.do(
        SignRecord,
        meaning=Meaning.PERFORMED,
        signed_seq=len(scene.record),
        signed_chain=CHAIN,
        statement="done",
        at_utc="2026-03-03T08:01:00.000Z",
    )
    assert scene.all(RecordSigned)
    assert compare(scene.record, closed=True).identical


def test_a_late_reading_after_the_close_may_lie_after_it() -> None:
    scene = closed()
    made = scene.do(
        AddAddendum,
        text="rang the patient: well",
        reason="follow-up call",
        happened_utc="2026-03-03T07:30:00Z",
        at_utc="2026-03-03T08:00:00.000Z",
    )
    assert [event for event in made if isinstance(event, AddendumAdded)]


def test_a_session_with_corrections_replays_identically() -> None:
    scene = Scene().to_infusing(130, 84)
    scene.oximeter(3)
    seq = typed_pressure(scene, 182, 92)
    correct(scene, seq, values=values(sbp=128, dbp=82))
    scene.do(EnterVitals, values=values(rr=14, spo2=97), age_s=60)
    correct(scene, last_number(scene, Reading, vital=Vital.RR), withdrawn=True)
    scene.oximeter(3, spo2=84)
    correct(scene, last_number(scene, Reading, vital=Vital.SPO2), withdrawn=True)
    scene.wait(30)
    assert compare(scene.record, closed=False).identical


def test_words_of_an_entry_name_what_was_entered() -> None:
    scene = Scene()
    scene.enter_patient()
    scene.enter_weight("70.5")
    said = [entry.words for entry in scene.pipeline.session.visit.entries.all()]
    assert said == ["EXAMPLE, Ana, MRN MRN-7, 1980-02-03", "weight 70.5 kg"]


# -- where people have accounts -------------------------------------------------------------------


def accounted() -> Scene:
    """A session whose record has accounts, with a nurse signed in."""
    rights = (RESOURCES / "people" / "standard.toml").read_text(encoding="utf-8")
    scene = Scene.__new__(Scene)
    scene.pipeline, scene.inputs, scene.record = Pipeline(), [], []
    scene.state, scene.now_s = ViewState(), 0.0
    scene.feed(replace(opening(), people_text=rights))
    scene.feed(identified(NURSE, Role.NURSE))
    return scene


def identified(name: str, role: Role, purpose: str = "", t_ns: int = 0) -> PersonIdentified:
    return PersonIdentified(
        t_ns=t_ns,
        user=name.split()[-1].lower(),
        name=name,
        roles=(role,),
        proof=Proof.PASSWORD,
        purpose=purpose,
    )


def signed(scene: Scene, by: str, meaning: Meaning) -> list[Event]:
    return scene.do(
        SignRecord,
        by=by,
        meaning=meaning,
        signed_seq=len(scene.record),
        signed_chain=CHAIN,
        statement="I sign.",
    )


def test_a_signature_needs_its_own_proof_and_the_role_of_its_meaning() -> None:
    scene = accounted()
    refused = next(
        e for e in signed(scene, NURSE, Meaning.PERFORMED) if isinstance(e, CommandRefused)
    )
    assert NURSE in refused.reason
    scene.feed(identified(NURSE, Role.NURSE, "sign_record"))
    made = signed(scene, NURSE, Meaning.APPROVED)
    assert [event for event in made if isinstance(event, CommandRefused)]
    made = signed(scene, NURSE, Meaning.PERFORMED)
    (stands,) = [event for event in made if isinstance(event, RecordSigned)]
    assert (stands.user, stands.roles, stands.proof) == ("okafor", (Role.NURSE,), Proof.PASSWORD)
    made = signed(scene, NURSE, Meaning.PERFORMED)
    assert [event for event in made if isinstance(event, CommandRefused)]  # it served once


def test_after_the_close_each_amendment_is_proven_for_itself() -> None:
    scene = accounted()
    scene.do(WriteNote, text="asleep")
    note = last_number(scene, ObservationRecorded, kind="note")
    scene.do(CloseSession, reason="test")
    assert scene.state.closed is not None
    fields = {"target_seq": note, "original": "", "reason": "x", "text": "awake"}
    assert scene.refusal(CorrectEntry, **fields)
    scene.feed(identified("C. Novak", Role.CLINICIAN, "correct_entry", scene.now_ns))
    assert not scene.refusal(CorrectEntry, by="C. Novak", **fields)
    assert compare(scene.record, closed=True).identical
