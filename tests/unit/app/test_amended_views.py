"""What is shown of a corrected session: in the review, in a replay, in courses and forms."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from app.history import History
from app.records.archive import Archive
from app.records.courses import make_fact
from app.replay.track import Track
from protocols.events import (
    CloseSession,
    CorrectEntry,
    EnterBp,
    EnterValue,
    EntryCorrected,
    Reading,
    RecordScale,
    SessionOpened,
    StopInfusion,
    TypedValue,
)
from protocols.forms import SessionRecord
from protocols.forms.reading_facts import reading
from protocols.forms.said import Fact
from protocols.vitals import NS_PER_S, Vital
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app.session_scenes import NURSE, Scene
from tests.unit.protocols.amended_scene import correct, last_number, typed_pressure, values

NOW = datetime(2026, 3, 3, 9, tzinfo=UTC)


@pytest.fixture
def scene() -> Scene:
    """An infusion with a pressure typed wrong, an artefact of the oximeter, both corrected."""
    made = Scene().to_infusing()
    made.oximeter(20)
    made.oximeter(1, spo2=71)
    artefact = last_number(made, Reading, vital=Vital.SPO2)
    made.oximeter(20)
    wrong = typed_pressure(made, 182, 92)
    made.oximeter(40)
    correct(made, wrong, values=values(sbp=128, dbp=82), reason="digits swapped")
    correct(made, artefact, withdrawn=True, reason="artefact")
    made.oximeter(40)
    return made


def opened_in_review(scene: Scene, folder: Path) -> History:
    first = scene.inputs[0]
    assert isinstance(first, SessionOpened)
    with open_database(folder / "record.db") as database:
        journal = Journal(database)
        journal.append(first.session, scene.record)
        journal.pack(first.session, everything=True)
        return Archive(database).open_session(first.session).history


def test_review_and_bedside_show_the_same_values_and_the_same_struck_ones(
    scene: Scene, tmp_path: Path
) -> None:
    live = History()
    for event in scene.record:
        live.add(event)
    review = opened_in_review(scene, tmp_path)
    for history in (live, review):
        assert [p.sbp_mmhg for p in history.blood_pressures][-1] == 128
        assert [p.sbp_mmhg for p in history.struck_pressures] == [182]
        spo2 = history.trends[Vital.SPO2].values
        assert 71 not in spo2
        assert [(one.vital, one.value) for one in history.struck] == [("spo2", 71)]
    assert np.array_equal(
        live.trends[Vital.SPO2].values, review.trends[Vital.SPO2].values, equal_nan=True
    )
    assert review.entries.count == live.entries.count
    assert review.numbers == live.numbers
    assert review.amended.corrections == live.amended.corrections


def test_a_replay_shows_a_value_as_entered_until_it_was_corrected(scene: Scene) -> None:
    track = Track(scene.record)
    corrected = next(event for event in scene.record if isinstance(event, EntryCorrected))
    before = track.at(corrected.t_ns - 30 * NS_PER_S)
    assert before.history.blood_pressures[-1].sbp_mmhg == 182
    assert not before.history.struck_pressures
    assert before.state.last_blood_pressure is not None
    assert before.state.last_blood_pressure.sbp_mmhg == 182
    assert 71 in before.history.trends[Vital.SPO2].values
    for later_s in (0, 35):
        after = track.at(corrected.t_ns + later_s * NS_PER_S)
        assert after.history.blood_pressures[-1].sbp_mmhg == 128
        assert [p.sbp_mmhg for p in after.history.struck_pressures] == [182]
        assert after.state.last_blood_pressure is not None
        assert after.state.last_blood_pressure.sbp_mmhg == 128
        assert 71 not in after.history.trends[Vital.SPO2].values
        assert after.history.amended.of(corrected.target_seq) == corrected
    again = track.at(corrected.t_ns - 30 * NS_PER_S)
    assert again.history.blood_pressures[-1].sbp_mmhg == 182


def test_a_replay_numbers_events_as_the_record_does(scene: Scene, tmp_path: Path) -> None:
    opened_in_review(scene, tmp_path)
    first = scene.inputs[0]
    assert isinstance(first, SessionOpened)
    with open_database(tmp_path / "record.db", read_only=True) as database:
        recorded = Archive(database).read_session(first.session)
    assert len(recorded.events) < len(scene.record)
    assert all(
        scene.record[number - 1] == event
        for number, event in zip(recorded.numbers, recorded.events, strict=True)
    )


def test_a_form_says_from_what_a_value_was_corrected(scene: Scene) -> None:
    record = SessionRecord.of(scene.record)
    fact = reading(record, "vital.sbp.at_1_min", ("sbp", "1"), 5)
    assert isinstance(fact, Fact)
    assert fact.value == "128"
    assert fact.evidence.endswith("; corrected from BP 182/92 mmHg by N. Okafor: digits swapped")


def test_a_withdrawn_pressure_fills_no_field_of_a_form() -> None:
    made = Scene().to_infusing()
    made.wait(30)
    wrong = typed_pressure(made, 182, 92)
    correct(made, wrong, withdrawn=True)
    made.enter(EnterValue, vital=Vital.RR, value=14)
    correct(made, last_number(made, Reading, vital=Vital.RR), withdrawn=True)
    record = SessionRecord.of(made.record)
    assert 182 not in [one.sbp_mmhg for one in record.pressures]
    assert not record.points[Vital.RR].between(30 * NS_PER_S, 2**62)


def test_a_courses_peak_is_that_of_the_values_that_stand() -> None:
    made = Scene().to_infusing()
    made.wait(30)
    made.enter(EnterBp, sbp_mmhg=140, dbp_mmhg=84)
    made.wait(30)
    wrong = typed_pressure(made, 212, 110)
    assert _peak(made) == 212
    correct(made, wrong, values=values(sbp=121, dbp=80))
    assert _peak(made) == 140
    high = last_number(made, Reading, vital=Vital.SBP, value=140.0)
    correct(made, high, withdrawn=True)
    assert _peak(made) == 121


def _peak(scene: Scene) -> float | None:
    fact = make_fact("s1", NOW, "iv-0.5-40", scene.record, NOW)
    return fact.peak_sbp_mmhg


def test_a_withdrawn_scale_counts_no_more() -> None:
    made = Scene().to_baseline()
    scales = made.all(RecordScale)
    assert scales
    entries = list(made.pipeline.session.visit.entries.all())
    filled = next(entry for entry in entries if entry.subject == scales[0].scale)
    recorded = len(made.state.scales.recorded)
    correct(made, filled.seq, withdrawn=True, reason="another patient")
    assert len(made.state.scales.recorded) == recorded - 1
    assert not made.pipeline.session.visit.scales[scales[0].scale]


def test_after_the_close_what_is_corrected_is_shown_and_the_end_stays() -> None:
    made = Scene().to_infusing()
    made.wait(30)
    wrong = typed_pressure(made, 182, 92)
    made.do(StopInfusion, reason="test")
    assert not made.refusal(CloseSession, reason="test")
    end_ns = made.state.t_ns
    made.do(
        CorrectEntry,
        target_seq=wrong,
        original="BP 182/92 mmHg",
        reason="digits swapped",
        values=(TypedValue(vital=Vital.SBP, value=128), TypedValue(vital=Vital.DBP, value=82)),
        at_utc="2026-03-04T08:00:00.000Z",
    )
    assert made.state.t_ns == end_ns
    assert made.state.last_blood_pressure is not None
    assert made.state.last_blood_pressure.sbp_mmhg == 128
    assert made.state.last_blood_pressure.source == NURSE
