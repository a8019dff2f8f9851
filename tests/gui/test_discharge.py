"""Discharge: what met each criterion, what holds it, and leaving early."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.bedside.discharge import DischargePanel
from app.rehearsal.plain_scales import plain_entry
from protocols.events import AdvancePhase, AnswerDischarge, Phase, StopInfusion
from protocols.vitals import NS_PER_S
from tests.gui.prepared_room import NURSE, PreparedRoom

ENDED_S = 480


@pytest.fixture
def room(qtbot):
    made = PreparedRoom(qtbot, DischargePanel())
    made.reach_infusion()
    made.now_s = ENDED_S
    made.happen(StopInfusion(t_ns=ENDED_S * NS_PER_S, by=NURSE, reason="asked to stop"))
    assert made.state.phase is Phase.RECOVERY
    return made


def recover(room):
    """An hour of recovery at baseline, and every question answered."""
    for minute in (45, 59):
        room.pass_time(ENDED_S + minute * 60)
        room.read("bp", sbp=122.0, dbp=80.0, map=94.0)
    room.read(NURSE, moaas=5.0, nausea=0.0, distress=0.0)
    room.read(pr=70.0, spo2=98.0)
    for row in room.view.rows.values():
        if row.answers is not None:
            room.press(row.answers.button(row.criterion.passes[0]))
        elif row.criterion.scale:
            scale = room.state.definition.scale(row.criterion.scale)
            room.happen(replace(plain_entry(scale), t_ns=round(room.now_s * NS_PER_S), by=NURSE))


def test_every_criterion_of_the_protocol_has_a_row(room):
    assert tuple(room.view.rows) == tuple(one.id for one in room.state.definition.discharge)
    assert "open: Oriented" in room.view.rows["oriented"].label.text()


def test_an_answer_is_sent_and_shown_with_the_name_when_it_comes_back(room):
    room.press(room.view.rows["oriented"].answers.button("yes"))
    assert room.commands == [AnswerDischarge(t_ns=0, by="", item="oriented", answer="yes")]
    row = room.view.rows["oriented"]
    assert row.label.text().startswith("✓ met")
    assert row.answers.value() == "yes"
    assert NURSE in row.detail.text()


def test_an_answer_that_does_not_pass_is_not_met(room):
    room.press(room.view.rows["gait"].answers.button("no"))
    assert room.view.rows["gait"].label.text().startswith("■ not met")


def test_the_readings_that_met_a_criterion_are_shown(room):
    recover(room)
    assert "122" in room.view.rows["bp"].detail.text()
    assert room.view.rows["bp"].label.text().startswith("✓ met")


def test_the_time_to_stay_counts_down_and_holds(room):
    room.pass_time(ENDED_S + 28 * 60 + 20)
    assert room.view.stay_label.text() == "Observed 28:20 of 60:00; 31:40 left."
    assert "31:40 of observation left" in room.view.holds_label.text()
    assert not room.view.discharge_button.isEnabled()


def test_met_criteria_do_not_shorten_the_stay(room):
    recover(room)
    assert room.view.holds_label.text() == "Discharge is held: 1:00 of observation left."


def test_discharge_opens_when_nothing_holds_it(room):
    recover(room)
    room.pass_time(ENDED_S + 3600)
    assert room.view.holds_label.text() == "All criteria are met."
    room.press(room.view.discharge_button)
    assert room.commands[-1] == AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED)
    assert room.state.phase is Phase.DISCHARGED
    assert room.view.stay_label.text() == "The patient is discharged."


def test_leaving_early_takes_a_reason_and_says_against_advice(room):
    room.pass_time(ENDED_S + 1200)
    room.press(room.view.early_button)
    room.press(room.view.leave_button)
    assert room.commands == [], "without a reason nothing is sent"
    room.write(room.view.reason, "wants to catch the train, Dr A. Lind informed")
    room.press(room.view.leave_button)
    sent = room.commands[-1]
    assert sent.phase is Phase.DISCHARGED
    assert sent.reason.startswith("left against advice: wants to catch")
    assert room.state.phase is Phase.DISCHARGED


@pytest.mark.parametrize(
    ("minute", "button", "record"),
    [
        (29, "Leaves early, against advice", "left against advice"),
        (30, "Leaves before the minimum", "left before the minimum"),
        (59, "Leaves before the minimum", "left before the minimum"),
        (60, "Leaves with criteria not met", "left with criteria not met"),
    ],
)
def test_leaving_is_called_by_how_long_the_patient_stayed(room, minute, button, record):
    room.pass_time(ENDED_S + minute * 60)
    assert room.view.early_button.text() == button
    room.press(room.view.early_button)
    assert room.view.leave_button.text() == f"Record: {record}"
    room.write(room.view.reason, "child care")
    room.press(room.view.leave_button)
    assert room.commands[-1].reason == f"{record}: child care"
    assert room.state.phase is Phase.DISCHARGED


def test_before_recovery_nothing_can_be_discharged(qtbot):
    room = PreparedRoom(qtbot, DischargePanel())
    assert "judged in recovery" in room.view.holds_label.text()
    assert not room.view.discharge_button.isEnabled()
    assert not room.sees(room.view.early_button)


def test_a_refusal_stands_in_the_panel(room):
    room.view.intended.emit(AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED))
    assert room.state.phase is Phase.RECOVERY
    assert room.refused.reason in room.view.refusals.text()
