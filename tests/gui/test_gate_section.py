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
    assert room.view.because == "29 of 29 questions have no answer."


def test_an_answer_is_sent_and_shown_when_it_comes_back(room):
    answer(room, "order", "yes")
    assert room.commands == [AnswerGate(t_ns=0, by="", item="order", answer="yes")]
    row = room.view.rows["order"]
    assert row.answers.value() == "yes"
    assert row.state_label.text() == "✓ done"


def test_the_mark_moves_only_when_the_record_says_so(qtbot):
    view = GateSection()
    room = PreparedRoom(qtbot, view)
    view.intended.disconnect(room.submit)
    answer(room, "consent", "yes")
    assert view.rows["consent"].answers.value() is None
    assert not view.rows["consent"].answers.button("yes").isChecked()


def decide(room, hold, prescriber, reason):
    """Type who decides and why, and press the button."""
    room.write(hold.prescriber, prescriber)
    room.write(hold.reason, reason)
    room.press(hold.record_button)


def test_a_soft_hold_passes_with_prescriber_and_reason(room):
    answer(room, "pressure", "yes")
    row = room.view.rows["pressure"]
    assert row.state_label.text() == "■ soft hold"
    assert "a prescriber must give a reason" in row.detail.text()
    assert room.view.standing is Standing.HELD
    decide(room, row.hold, "", "stable for two years")
    assert len(room.commands) == 1, "a prescriber's name is needed"
    decide(room, row.hold, "Dr A. Lind", "stable for two years")
    sent = room.commands[-1]
    assert (sent.by, sent.prescriber, sent.answer) == ("", "Dr A. Lind", "yes")
    assert (sent.reason, sent.confirmed) == ("stable for two years", False)
    assert row.state_label.text() == "✓ overridden"
    assert "stable for two years (Dr A. Lind; entered by N. Okafor)" in row.detail.text()


def test_a_hard_hold_is_asked_for_twice_and_no_leaves_it(room):
    answer(room, "heart", "yes")
    row = room.view.rows["heart"]
    assert row.state_label.text() == "■ hard hold"
    assert not room.sees(row.hold.second)
    decide(room, row.hold, "Dr A. Lind", "stent in 2019")
    assert len(room.commands) == 1
    assert "Does Dr A. Lind order to go on all the same?" in row.hold.question.text()
    room.press(row.hold.no_button)
    assert not room.sees(row.hold.second)
    assert row.state_label.text() == "■ hard hold"
    room.press(row.hold.record_button)
    room.press(row.hold.yes_button)
    assert (room.commands[-1].prescriber, room.commands[-1].confirmed) == ("Dr A. Lind", True)
    assert row.state_label.text() == "✓ overridden"


def test_the_second_question_is_put_away_when_what_it_names_changes(room):
    answer(room, "heart", "yes")
    hold = room.view.rows["heart"].hold
    decide(room, hold, "Dr A. Lind", "stent in 2019")
    room.write(hold.prescriber, "Dr B. Moe")
    assert not room.sees(hold.second)


def test_a_stop_takes_no_reason(room):
    answer(room, "consent", "no")
    row = room.view.rows["consent"]
    assert row.state_label.text() == "■ stop"
    assert "the infusion cannot be started" in row.detail.text()
    assert not room.sees(row.hold)
    assert not room.sees(row.text)


def test_a_passing_answer_that_needs_a_text_asks_the_nurse_for_it(room):
    answer(room, "escort", "yes")
    row = room.view.rows["escort"]
    assert "“Name and telephone of the escort”" in row.detail.text()
    assert room.sees(row.text)
    assert not room.sees(row.hold)
    room.press(row.text_button)
    assert len(room.commands) == 1, "an empty text is not sent"
    room.write(row.text, "Ms Lind, 555 0142")
    room.press(row.text_button)
    assert (room.commands[-1].by, room.commands[-1].prescriber) == ("", "")
    assert row.state_label.text() == "✓ done"
    assert "Ms Lind, 555 0142" in row.detail.text()


def test_an_answer_can_be_corrected(room):
    answer(room, "order", "no")
    answer(room, "order", "yes")
    assert room.view.rows["order"].state_label.text() == "✓ done"
    assert not room.sees(room.view.rows["order"].detail)


def test_limits_are_judged_from_readings_and_missing_ones_stay_open(room):
    room.read("bp", sbp=150.0, dbp=80.0)
    room.read(pr=72.0, spo2=97.0)
    rows = room.view.limits.rows
    assert rows[Vital.SBP].state_label.text() == "■ soft hold"
    assert rows[Vital.DBP].state_label.text() == "✓ within"
    assert rows[Vital.HR].state_label.text() == "✓ within"
    assert rows[Vital.RR].state_label.text() == "○ no value"
    assert not room.sees(rows[Vital.SBP].hold)


def test_the_frozen_baseline_is_what_holds(room):
    for row in room.view.rows.values():
        answer(room, row.item.id, row.item.passes[0])
        if row.item.passes[0] in row.item.needs_reason:
            room.write(row.text, "asked")
            room.press(row.text_button)
    assert room.view.standing is Standing.DONE
    room.happen(
        BaselineFrozen(
            t_ns=0,
            by="N. Okafor",
            values=(BaselineValue(vital=Vital.SBP, value=170.0, readings=2),),
            low_confidence=False,
            attempt=2,
        )
    )
    assert room.view.standing is Standing.HELD
    assert room.view.limits.rows[Vital.SBP].state_label.text() == "■ hard hold"
    assert room.sees(room.view.limits.rows[Vital.SBP].hold)
    assert "Try 2 of 3." in room.view.limits.rows[Vital.SBP].detail.text()
