"""The gate: answers, what holds, and what passes a hold."""

from __future__ import annotations

import pytest

from app.bedside.gate_section import GateSection
from app.bedside.section import Standing
from protocols.events import AnswerGate, BaselineFrozen, BaselineValue
from protocols.vitals import Vital
from tests.gui.prepared_room import PreparedRoom


@pytest.fixture
def room(qtbot):
    return PreparedRoom(qtbot, GateSection())


def answer(room, item, value):
    room.press(room.view.rows[item].answers.button(value))


def test_no_question_has_an_answer_at_first(room):
    assert all(row.answers.value() is None for row in room.view.rows.values())
    assert room.view.because == "19 of 19 questions have no answer."


def test_an_answer_is_sent_and_shown_when_it_comes_back(room):
    answer(room, "consent", "yes")
    assert room.commands == [AnswerGate(t_ns=0, by="", item="consent", answer="yes")]
    row = room.view.rows["consent"]
    assert row.answers.value() == "yes"
    assert row.state_label.text() == "✓ done"


def test_the_mark_moves_only_when_the_record_says_so(qtbot):
    view = GateSection()
    room = PreparedRoom(qtbot, view)
    view.intended.disconnect(room.submit)
    answer(room, "consent", "yes")
    assert view.rows["consent"].answers.value() is None
    assert not view.rows["consent"].answers.button("yes").isChecked()


def test_a_soft_hold_passes_with_prescriber_and_reason(room):
    answer(room, "heart", "yes")
    row = room.view.rows["heart"]
    assert row.state_label.text() == "■ held"
    assert "a prescriber must give a reason" in row.detail.text()
    assert room.view.standing is Standing.HELD
    room.write(row.reason, "stable for two years")
    room.press(row.record_button)
    assert len(room.commands) == 1, "a prescriber's name is needed"
    room.write(row.prescriber, "Dr A. Lind")
    room.press(row.record_button)
    sent = room.commands[-1]
    assert (sent.by, sent.answer, sent.reason) == ("Dr A. Lind", "yes", "stable for two years")
    assert row.state_label.text() == "✓ overridden"
    assert "stable for two years (Dr A. Lind)" in row.detail.text()


def test_a_hard_hold_takes_no_reason(room):
    answer(room, "consent", "no")
    row = room.view.rows["consent"]
    assert "the infusion cannot be started" in row.detail.text()
    assert not room.sees(row.reason)


def test_a_passing_answer_that_needs_a_reason_asks_the_nurse_for_it(room):
    answer(room, "pregnancy", "not applicable")
    row = room.view.rows["pregnancy"]
    assert room.sees(row.reason)
    assert not room.sees(row.prescriber)
    room.write(row.reason, "hysterectomy")
    room.press(row.record_button)
    assert room.commands[-1].by == ""
    assert row.state_label.text() == "✓ done"


def test_an_answer_can_be_corrected(room):
    answer(room, "consent", "no")
    answer(room, "consent", "yes")
    assert room.view.rows["consent"].state_label.text() == "✓ done"
    assert not room.sees(room.view.rows["consent"].detail)


def test_limits_are_judged_from_readings_and_missing_ones_stay_open(room):
    room.read("bp", sbp=150.0, dbp=80.0)
    room.read(pr=72.0, spo2=97.0)
    rows = room.view.limits.rows
    assert rows[Vital.SBP].state_label.text() == "■ soft hold"
    assert rows[Vital.DBP].state_label.text() == "✓ within"
    assert rows[Vital.HR].state_label.text() == "✓ within"
    assert rows[Vital.RR].state_label.text() == "○ no value"
    assert not room.sees(rows[Vital.SBP].override_box)


def test_the_frozen_baseline_is_what_holds(room):
    for row in room.view.rows.values():
        answer(room, row.item.id, row.item.passes[0])
    assert room.view.standing is Standing.DONE
    room.happen(
        BaselineFrozen(
            t_ns=0,
            by="N. Okafor",
            values=(BaselineValue(vital=Vital.SBP, value=170.0, readings=2),),
            low_confidence=False,
        )
    )
    assert room.view.standing is Standing.HELD
    assert room.view.limits.rows[Vital.SBP].state_label.text() == "■ hard hold"
    assert room.sees(room.view.limits.rows[Vital.SBP].override_box)
