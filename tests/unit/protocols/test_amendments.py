"""Corrections during a visit: what stands from then on, what stays, what is refused."""

from __future__ import annotations

import pytest

from app.history import History
from protocols.by_hand import TYPED
from protocols.events import (
    AlarmState,
    ChangeEffect,
    CommandRefused,
    CorrectEntry,
    DrugAction,
    EffectChanged,
    EnterBp,
    EnterValue,
    EntryCorrected,
    FreezeBaseline,
    HandOver,
    ObservationRecorded,
    Reading,
    RecordDrug,
    RecordEvent,
    ReportEffect,
    Severity,
    TakeBp,
    TaskChanged,
    TaskState,
    TypedValue,
    WriteNote,
)
from protocols.vitals import Quality, Vital
from tests.unit.app.session_scenes import NURSE, Scene
from tests.unit.protocols.amended_scene import (
    amending,
    correct,
    last_number,
    number_of,
    refused,
    typed_pressure,
    values,
)

# -- numbers --------------------------------------------------------------------------------------


def test_the_rules_number_events_by_their_place_in_the_record() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(5)
    seq = typed_pressure(scene, 150, 92)
    assert scene.pipeline.session.visit.entries.count == len(scene.record)
    entry = scene.pipeline.session.visit.entries.find(seq)
    assert entry is not None
    assert entry.words == "BP 150/92 mmHg"
    assert scene.pipeline.session.visit.entries.find(seq + 1) == entry  # its diastolic


def test_a_screen_counts_as_the_rules_do() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(3)
    typed_pressure(scene, 150, 92)
    shown = History()
    for event in scene.record:
        shown.add(event)
    rules = scene.pipeline.session.visit.entries
    assert shown.entries.count == rules.count == len(scene.record)
    assert list(shown.entries.all()) == list(rules.all())


# -- a corrected value stands ---------------------------------------------------------------------


def test_a_corrected_pressure_stands_in_its_place_and_the_original_stays() -> None:
    scene = Scene().to_infusing()
    before = list(scene.record)
    seq = typed_pressure(scene, 182, 92)
    measured_ns = scene.now_ns
    scene.wait(60)
    kept = list(scene.record)
    made = correct(scene, seq, values=values(sbp=128, dbp=82))
    assert (made.original, made.target_kind) == ("BP 182/92 mmHg", "reading")
    assert made.also == (seq + 1,)
    assert scene.record[: len(kept)] == kept
    assert scene.record[: len(before)] == before
    shown = scene.state.last_blood_pressure
    assert shown is not None
    assert (shown.sbp_mmhg, shown.dbp_mmhg, shown.measured_ns) == (128, 82, measured_ns)
    known = scene.pipeline.session.visit.situation.latest(Vital.SBP)
    assert known is not None
    assert (known.value, known.measured_ns, known.source) == (128, measured_ns, NURSE)
    assert known.note == f"corrects entry {seq}"


def test_an_alarm_of_the_wrong_value_ends_with_the_correction_and_is_told() -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 212, 110)
    high = [a for a in scene.state.alarms.values() if a.vital is Vital.SBP]
    assert high
    made = correct(scene, seq, values=values(sbp=121, dbp=80))
    assert f"It raised an alarm: {high[0].sentence}" in made.consequence
    left = [a.state for a in scene.state.alarms.values() if a.vital is Vital.SBP]
    assert set(left) <= {AlarmState.LATCHED}  # over; one that latches waits to be seen


def test_a_wrong_value_that_is_right_too_high_raises_the_alarm_when_it_is_corrected() -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 121, 80)
    assert not [a for a in scene.state.alarms.values() if a.vital is Vital.SBP]
    scene.do(CorrectEntry, **amending(seq, values=values(sbp=212, dbp=110), confirmed=True))
    assert [a for a in scene.state.alarms.values() if a.vital is Vital.SBP]


def test_a_correction_is_no_observation() -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 121, 80)
    done = len([t for t in scene.all(TaskChanged) if t.state is TaskState.DONE])
    scene.wait(9 * 60 + 30)  # the next pressure is open by now
    correct(scene, seq, values=values(sbp=131, dbp=80))
    assert len([t for t in scene.all(TaskChanged) if t.state is TaskState.DONE]) == done


def test_an_older_value_never_becomes_the_present_one_by_being_corrected() -> None:
    scene = Scene().to_infusing()
    first = typed_pressure(scene, 131, 81)
    scene.wait(300)
    typed_pressure(scene, 122, 79)
    correct(scene, first, values=values(sbp=133, dbp=83))
    shown = scene.state.last_blood_pressure
    assert shown is not None
    assert shown.sbp_mmhg == 122
    kept = scene.pipeline.session.visit.situation.determinations(Vital.SBP)
    assert [one.value for one in kept][-2:] == [133, 122]


def test_a_correction_of_a_correction_points_at_the_first_and_supersedes_it() -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 182, 92)
    first = correct(scene, seq, values=values(sbp=128, dbp=82))
    again = correct(
        scene, number_of(scene, first), values=values(sbp=129, dbp=82), reason="read again"
    )
    assert (again.target_seq, again.original) == (seq, first.original)
    assert len(scene.all(EntryCorrected)) == 2
    entry = scene.pipeline.session.visit.entries.find(seq)
    assert entry is not None
    assert entry.correction == again
    shown = scene.state.last_blood_pressure
    assert shown is not None
    assert shown.sbp_mmhg == 129


# -- what is withdrawn ----------------------------------------------------------------------------


def test_a_withdrawn_last_value_leaves_its_vital_unknown() -> None:
    scene = Scene().to_infusing()
    typed_pressure(scene, 121, 80)
    scene.wait(120)
    seq = typed_pressure(scene, 150, 92)
    correct(scene, seq, withdrawn=True, reason="another patient")
    situation = scene.pipeline.session.visit.situation
    assert situation.fresh(Vital.SBP, scene.now_ns) is None
    latest = situation.latest(Vital.SBP)
    assert latest is not None
    assert latest.quality is Quality.WITHDRAWN
    assert [one.value for one in situation.determinations(Vital.SBP)][-1] == 121
    assert scene.state.blood_pressure is not None
    assert not scene.state.blood_pressure.is_whole
    assert scene.state.last_blood_pressure is not None
    assert scene.state.last_blood_pressure.sbp_mmhg == 121  # with its own, older age


def test_what_was_withdrawn_before_the_freeze_makes_no_baseline() -> None:
    scene = Scene().to_baseline()
    scene.type_scores()
    typed_pressure(scene, 160, 99)
    wrong = last_number(scene, Reading, vital=Vital.SBP)
    scene.wait(90)
    scene.enter(EnterBp, sbp_mmhg=120, dbp_mmhg=78)
    correct(scene, wrong, withdrawn=True)
    scene.wait(85)
    scene.oximeter(5)
    scene.enter(EnterBp, sbp_mmhg=122, dbp_mmhg=80)
    assert not scene.refusal(FreezeBaseline)
    assert scene.state.baseline[Vital.SBP] == 121


def test_a_pressure_corrected_before_the_freeze_counts_as_it_is_right() -> None:
    scene = Scene().to_baseline()
    scene.type_scores()
    wrong = typed_pressure(scene, 160, 99)
    scene.wait(85)
    scene.oximeter(5)
    scene.enter(EnterBp, sbp_mmhg=120, dbp_mmhg=78)
    correct(scene, wrong, values=values(sbp=116, dbp=76))
    assert not scene.refusal(FreezeBaseline)
    assert scene.state.baseline[Vital.SBP] == 118
    assert scene.state.baseline[Vital.DBP] == 77


def test_a_baseline_frozen_with_the_wrong_value_stays_and_is_told() -> None:
    scene = Scene().to_infusing(130, 84)
    seq = last_number(scene, Reading, vital=Vital.SBP)
    made = correct(scene, seq, values=values(sbp=120, dbp=78))
    assert made.consequence.startswith(
        "The baseline frozen with it stays. The drug was begun on it."
    )
    assert scene.state.baseline[Vital.SBP] == 130


def test_nothing_is_corrected_that_was_withdrawn() -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 150, 92)
    correct(scene, seq, withdrawn=True)
    assert "was withdrawn before" in refused(scene, seq, values=values(sbp=128, dbp=82))
    assert "was withdrawn before" in refused(scene, seq, withdrawn=True)


def test_the_value_of_a_monitor_is_withdrawn_and_never_replaced() -> None:
    scene = Scene()
    scene.oximeter(3, spo2=81)
    seq = last_number(scene, Reading, vital=Vital.SPO2)
    said = refused(scene, seq, values=values(spo2=97))
    assert "SpO2 81 %" in said
    assert "is not replaced" in said
    made = correct(scene, seq, withdrawn=True, reason="artefact")
    assert made.subject == "spo2"
    assert scene.pipeline.session.visit.situation.fresh(Vital.SPO2, scene.now_ns) is None
    scene.oximeter(1, spo2=97)
    fresh = scene.pipeline.session.visit.situation.fresh(Vital.SPO2, scene.now_ns)
    assert fresh is not None
    assert fresh.value == 97


def test_a_withdrawn_sample_of_a_stream_is_not_taken_for_silence() -> None:
    scene = Scene().to_infusing()
    scene.oximeter(20)
    seq = last_number(scene, Reading, vital=Vital.SPO2)
    correct(scene, seq, withdrawn=True, reason="artefact")
    quiet_ns = scene.pipeline.session.visit.situation.quiet_since_ns(Vital.SPO2)
    assert quiet_ns == scene.now_ns


def test_a_cuff_pressure_is_withdrawn_whole() -> None:
    scene = Scene().to_infusing()
    scene.do(TakeBp)
    scene.cuff(205, 120, 150)
    seq = last_number(scene, Reading, vital=Vital.SBP)
    made = correct(scene, seq, withdrawn=True, reason="the patient moved")
    assert made.original == "BP 205/120 (150) mmHg"
    assert len(made.also) == 2
    history = History()
    for event in scene.record:
        history.add(event)
    assert 205 not in [point.sbp_mmhg for point in history.blood_pressures]
    assert [point.sbp_mmhg for point in history.struck_pressures] == [205]


# -- what is no reading ---------------------------------------------------------------------------


def test_an_event_with_its_score_is_one_entry() -> None:
    scene = Scene().to_infusing()
    graded = next(one for one in scene.definition.quick_events if one.vital is not None)
    scene.do(RecordEvent, term=graded.id, severity=7)
    seq = last_number(scene, ObservationRecorded, kind="event")
    vital = graded.vital
    assert vital is not None
    correct(scene, seq, values=(TypedValue(vital=vital, value=3),))
    assert scene.state.readings[vital].value == 3
    scene.do(RecordEvent, term=graded.id, severity=8)
    seq = last_number(scene, ObservationRecorded, kind="event")
    correct(scene, seq, withdrawn=True)
    assert scene.state.readings[vital].value is None


def test_a_note_and_a_drug_are_corrected_in_words() -> None:
    scene = Scene().to_infusing()
    scene.do(WriteNote, text="patient sleepy")
    note = last_number(scene, ObservationRecorded, kind="note")
    assert refused(scene, note) == "Say what is right."
    assert "no value" in refused(scene, note, values=values(rr=12))
    assert correct(scene, note, text="patient awake").text == "patient awake"
    scene.do(RecordDrug, drug="ondansetron", dose="4 mg", route="IV", purpose="rescue")
    drug = last_number(scene, ObservationRecorded, kind="drug")
    made = correct(scene, drug, text="ondansetron 8 mg IV")
    assert made.original == "ondansetron: 4 mg IV (rescue)"


def test_a_withdrawn_side_effect_is_gone_with_all_its_changes() -> None:
    scene = Scene().to_infusing()
    term = scene.definition.care.effects[0]
    scene.do(ReportEffect, term=term.id, severity=Severity.MILD, action=DrugAction.NONE)
    seq = last_number(scene, EffectChanged)
    scene.do(
        ChangeEffect,
        effect="effect-1",
        severity=Severity.SEVERE,
        action=DrugAction.NONE,
    )
    made = correct(scene, seq, withdrawn=True, reason="wrong term")
    assert made.subject == "effect-1"
    assert len(made.also) == 1
    assert not scene.state.care.effects
    assert not scene.pipeline.session.visit.care.effects


def test_a_hand_over_is_not_withdrawn() -> None:
    scene = Scene().to_infusing()
    scene.do(HandOver, to="B. Lind")
    seq = last_number(scene, ObservationRecorded, kind="hand-over")
    assert "not withdrawn" in refused(scene, seq, withdrawn=True)
    assert "stays B. Lind" in correct(scene, seq, text="B. Lindt").consequence


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"reason": "  ", "values": values(sbp=128, dbp=82)}, "Give the reason"),
        ({"values": values(sbp=128)}, "is corrected as a whole"),
        ({"values": values(rr=12)}, "is corrected as a whole"),
        ({"values": values(sbp=80, dbp=128)}, "systolic is above diastolic"),
        ({"values": values(sbp=999, dbp=82)}, "cannot be: allowed is"),
        ({}, "Give the right value, or withdraw"),
        ({"values": values(sbp=150, dbp=92)}, "stands already"),
        ({"withdrawn": True, "text": "x"}, "Withdrawn, or corrected"),
        ({"original": "BP 1/1 mmHg", "values": values(sbp=128, dbp=82)}, "look at the list again"),
    ],
)
def test_a_correction_that_cannot_be_is_refused(fields: dict[str, object], words: str) -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 150, 92)
    assert words in refused(scene, seq, **fields)
    assert not scene.all(EntryCorrected)


def test_only_what_people_enter_is_corrected() -> None:
    scene = Scene().to_infusing()
    assert "There is no event 0" in refused(scene, 0, text="x")
    assert "There is no event" in refused(scene, len(scene.record) + 5, text="x")
    assert "is not corrected here" in refused(scene, 1, text="x")
    account = next(
        at for at, event in enumerate(scene.record, 1) if type(event).__name__ == "LedgerEntered"
    )
    assert "account" in refused(scene, account, text="x")


def test_an_unusual_right_value_is_asked_about_and_never_against_the_wrong_one() -> None:
    scene = Scene().to_infusing()
    seq = typed_pressure(scene, 182, 92)
    usual = scene.do(CorrectEntry, **amending(seq, values=values(sbp=122, dbp=80)))
    assert not [e for e in usual if isinstance(e, CommandRefused)]
    again = scene.do(CorrectEntry, **amending(seq, values=values(sbp=222, dbp=80)))
    asked = next(e for e in again if isinstance(e, CommandRefused))
    assert asked.confirmable
    made = scene.do(CorrectEntry, **amending(seq, values=values(sbp=222, dbp=80), confirmed=True))
    assert [e for e in made if isinstance(e, EntryCorrected)]


def test_every_vital_that_is_typed_can_be_corrected_and_withdrawn() -> None:
    usual = {Vital.SBP: 120, Vital.DBP: 80, Vital.MAP: 92, Vital.TEMP: 36.6, Vital.MOAAS: 4}
    for vital in TYPED:
        if vital in (Vital.SBP, Vital.DBP, Vital.MAP):
            continue
        scene = Scene()
        value = usual.get(vital, 5 if vital not in (Vital.HR, Vital.PR, Vital.SPO2) else 90)
        scene.enter(EnterValue, vital=vital, value=value)
        seq = last_number(scene, Reading, vital=vital)
        scene.do(
            CorrectEntry,
            **amending(seq, values=(TypedValue(vital=vital, value=value - 1),), confirmed=True),
        )
        known = scene.pipeline.session.visit.situation.last_known(vital)
        assert known is not None, vital
        assert known.value == value - 1, vital
        correct(scene, seq, withdrawn=True)
        assert scene.pipeline.session.visit.situation.last_known(vital) is None, vital
        assert scene.pipeline.session.visit.situation.judged(vital, scene.now_ns) is None, vital
