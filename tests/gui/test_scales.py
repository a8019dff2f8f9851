"""Filling in scales: one item at a time, no default, a total only when whole, flags that stay."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from app.bedside.discharge import DischargePanel
from app.bedside.fields import ChoiceRow
from app.bedside.flag_bar import FlagBar
from app.bedside.preparation import PreparationPage
from app.bedside.run_page import RunPage
from app.bedside.scale_panel import ScalePanel
from app.bedside.summary import SummaryPage
from app.theme import active_sizes
from protocols.events import (
    AnswerScaleFlag,
    EnterPatient,
    ItemAnswer,
    RecordScale,
    ScaleRecorded,
    StopInfusion,
)
from protocols.vitals import NS_PER_S
from tests.gui.prepared_room import NURSE, PreparedRoom
from tests.unit.protocols.shipped_scales import protocol_with

ENDED_S = 480
PROTOCOL = protocol_with("phq-9", "asq", "c-ssrs", "madrs", "bprs", "aldrete", "padss").replace(
    "rest_enforced = true", "rest_enforced = false"
)
PATIENT = EnterPatient(
    t_ns=0,
    by=NURSE,
    given_name="Jane",
    family_name="Doe",
    mrn="004711",
    birth_date="1985-03-02",
    sex="female",
)


def make(qtbot, view):
    room = PreparedRoom(qtbot, view, protocol_text=PROTOCOL)
    room.happen(PATIENT)
    return room


@pytest.fixture
def room(qtbot):
    """The panel of scales before the drug."""
    return make(qtbot, ScalePanel())


@pytest.fixture
def recovering(qtbot):
    """The panel of scales an hour after a stopped infusion, with present readings."""
    room = make(qtbot, ScalePanel())
    room.reach_infusion()
    room.now_s = ENDED_S
    room.happen(StopInfusion(t_ns=ENDED_S * NS_PER_S, by=NURSE, reason="asked to stop"))
    room.pass_time(ENDED_S + 3600)
    room.read("bp", sbp=150.0, dbp=90.0, map=110.0)
    room.read(pr=72.0, spo2=97.0)
    return room


def answer(room, score):
    room.press(room.view.form.item.choices.button(str(score)))


def open_(room, scale):
    room.press(room.view.list.rows[scale].button)
    room.render()


def fill_phq(room, item_nine=0):
    open_(room, "phq-9")
    for _ in range(8):
        answer(room, 0)
    answer(room, item_nine)
    if item_nine:
        answer(room, 0)


def test_the_list_says_what_is_due_and_required(room):
    rows = room.view.list.rows
    assert rows["phq-9"].words.text() == "due now, required"
    assert rows["madrs"].words.text() == "due now, may be left out"
    assert rows["phq-9"].name.text() == "○ PHQ-9"


def test_one_item_is_asked_after_the_other_and_nothing_is_chosen_at_first(room):
    open_(room, "phq-9")
    form = room.view.form
    assert form.item.text.text() == "Little interest or pleasure in doing things"
    assert form.step.text() == "Question 1 of 9"
    assert form.item.choices.value() is None
    assert not room.sees(form.record_button)
    assert not room.sees(form.result)
    answer(room, 2)
    assert form.item.text.text() == "Feeling down, depressed, or hopeless"
    assert form.item.choices.value() is None
    assert form.step.text() == "Question 2 of 10", "the difficulty question follows a problem"


def test_the_answers_of_the_item_before_are_gone(room):
    open_(room, "phq-9")
    answer(room, 0)
    rows = [row for row in room.view.form.item.findChildren(ChoiceRow) if room.sees(row)]
    assert rows == [room.view.form.item.choices]


def test_the_total_is_shown_only_when_every_item_is_answered(room):
    open_(room, "phq-9")
    form = room.view.form
    for score in (1, 1, 1, 1, 1, 0, 0, 0, 0):
        answer(room, score)
        assert "of 27" not in form.result.text() or not room.sees(form.result)
    answer(room, 1)
    assert form.result.text() == "5 of 27: mild"
    assert "Interest: Several days (1)" in form.summary.text()
    room.press(form.record_button)
    [recorded] = room.state.scales.recorded
    assert (recorded.total, recorded.band, recorded.by) == (5, "mild", NURSE)
    assert room.sees(room.view.list)
    assert "5 of 27: mild" in room.view.list.rows["phq-9"].words.text()


def test_going_back_keeps_what_was_answered(room):
    open_(room, "phq-9")
    answer(room, 3)
    room.press(room.view.form.back_button)
    assert room.view.form.item.choices.value() == "3"
    room.press(room.view.form.list_button)
    open_(room, "madrs")
    room.press(room.view.form.list_button)
    open_(room, "phq-9")
    assert room.view.form.item.choices.value() == "3"


def test_every_answer_is_large_enough_to_touch_and_has_a_name(room):
    for scale in ("phq-9", "asq", "bprs", "c-ssrs"):
        open_(room, scale)
        form = room.view.form
        row = form.item.choices if form.item.choices is not None else form.results
        if scale == "c-ssrs":
            row = form.results
        for button in row.findChildren(QPushButton):
            assert button.height() >= active_sizes().touch
            assert button.accessibleName()
        room.press(form.list_button)


def test_digits_answer_and_backspace_goes_back(room):
    open_(room, "phq-9")
    form = room.view.form
    QTest.keyClick(form, Qt.Key.Key_2)
    room.render()
    assert form.step.text() == "Question 2 of 10"
    QTest.keyClick(form, Qt.Key.Key_9)
    room.render()
    assert form.step.text() == "Question 2 of 10", "there is no answer of that score"
    QTest.keyClick(form, Qt.Key.Key_Backspace)
    room.render()
    assert form.item.choices.value() == "2"


def test_a_scale_without_wording_is_entered_as_its_total_within_its_range(room):
    open_(room, "madrs")
    form = room.view.form
    assert not form.record_button.isEnabled()
    room.write(form.total, "61")
    assert form.result.text() == "61: allowed is 0 to 60."
    assert not form.record_button.isEnabled()
    room.write(form.total, "34")
    assert form.result.text() == "34 of 60: moderate"
    room.press(form.record_button)
    assert room.state.scales.last("madrs").total == 34


def test_a_named_result_is_chosen_and_then_recorded(room):
    open_(room, "c-ssrs")
    form = room.view.form
    assert form.results.value() is None
    assert not form.record_button.isEnabled()
    room.press(form.results.button("low"))
    room.press(form.record_button)
    assert room.state.scales.last("c-ssrs").band == "low"
    assert room.state.scales.flags


def test_a_scale_is_skipped_only_with_a_reason_and_only_where_it_may_be(room):
    open_(room, "asq")
    assert not room.sees(room.view.form.skip_button)
    room.press(room.view.form.list_button)
    open_(room, "phq-9")
    form = room.view.form
    room.press(form.skip_button)
    room.press(form.skip_record)
    assert not [c for c in room.commands if isinstance(c, RecordScale)]
    room.write(form.reason, "too tired")
    room.press(form.skip_record)
    assert room.state.scales.last("phq-9").skipped == "too tired"
    assert "no total: too tired" in room.view.list.rows["phq-9"].words.text()


def test_a_refused_record_keeps_the_answers_and_says_why(qtbot):
    room = PreparedRoom(qtbot, ScalePanel(), protocol_text=PROTOCOL)
    open_(room, "madrs")
    room.write(room.view.form.total, "3")
    room.press(room.view.form.record_button)
    assert "Enter the patient first." in room.view.refusals.text()
    assert room.view.form.total.text() == "3"


def test_readings_score_what_they_can_and_the_person_confirms_the_air(recovering):
    room = recovering
    open_(room, "aldrete")
    form = room.view.form
    answer(room, 2)
    answer(room, 2)
    assert form.item.choices is None
    assert form.item.evidence.text() == (
        "By the readings 1: 20 to 49 % away\nSBP 150 mmHg, +25 % from baseline 120"
    )
    room.press(form.item.next_button)
    answer(room, 2)
    assert form.item.evidence.text() == "SpO2 97 %: is that on room air?"
    room.press(form.item.choices.button("yes"))
    assert form.result.text() == "9 of 10: pass"
    room.press(form.record_button)
    command = next(c for c in reversed(room.commands) if isinstance(c, RecordScale))
    assert command.confirmed == ("oxygen",)
    assert [a.item for a in command.answers] == ["activity", "respiration", "consciousness"]
    assert room.state.scales.last("aldrete").total == 9


def test_without_a_reading_a_person_answers_and_must_say_from_where(recovering):
    room = recovering
    room.pass_time(ENDED_S + 3600 + 25 * 60)
    room.read(pr=72.0, spo2=97.0)
    open_(room, "aldrete")
    form = room.view.form
    answer(room, 2)
    answer(room, 2)
    assert "no present value" in form.item.evidence.text()
    answer(room, 2)
    assert not form.item.next_button.isEnabled()
    room.write(form.item.source, "pulse strong, cuff out of order")
    room.press(form.item.next_button)
    answer(room, 2)
    room.press(form.item.choices.button("no"))
    answer(room, 1)
    room.write(form.item.source, "2 L/min by nasal cannula")
    room.press(form.item.next_button)
    assert form.result.text() == "9 of 10: pass"
    room.press(form.record_button)
    answers = room.state.scales.last("aldrete").answers
    assert ItemAnswer(item="oxygen", score=1, source="2 L/min by nasal cannula") in answers


def test_a_positive_item_stays_on_the_screen_until_somebody_wrote_what_was_done(qtbot):
    room = make(qtbot, PreparationPage())
    bar = room.view.flag_bar
    assert not room.sees(bar)
    record = RecordScale(
        t_ns=0,
        by=NURSE,
        scale="phq-9",
        answers=(
            *(ItemAnswer(item=str(n), score=int(n == 9)) for n in range(1, 10)),
            ItemAnswer(item="difficulty", score=0),
        ),
    )
    room.happen(record)
    assert room.sees(bar)
    assert "Item 9: “Several days”" in bar.sentence.text()
    assert room.view.scales.standing == "held"
    qtbot.keyClick(room.view, Qt.Key.Key_Escape)
    room.press(bar.button)
    assert not [c for c in room.commands if isinstance(c, AnswerScaleFlag)]
    assert room.sees(bar)
    room.write(bar.action, "Dr. Reyes called, stays with patient")
    room.press(bar.button)
    assert not room.sees(bar)
    assert room.state.scales.answered[0].action == "Dr. Reyes called, stays with patient"


def test_several_flags_are_answered_one_by_one(qtbot):
    room = make(qtbot, FlagBar())
    given = [ItemAnswer(item=str(n), score=1) for n in range(1, 6)]
    room.happen(RecordScale(t_ns=0, by=NURSE, scale="asq", answers=tuple(given)))
    for left in (4, 3, 2, 1, 0):
        assert (f"({left} more after it)" in room.view.sentence.text()) is bool(left)
        room.write(room.view.action, f"done {left}")
        room.press(room.view.button)
    assert not room.sees(room.view)


def test_preparation_opens_a_scale_beside_the_page_and_waits_for_it(qtbot):
    room = make(qtbot, PreparationPage())
    assert room.view.scales.because == "Not filled in yet: PHQ-9, ASQ, C-SSRS screener."
    room.press(room.view.scales.list.rows["asq"].button)
    assert room.view.side.name == "scales"
    form = room.view.side.pages["scales"].form
    assert "wished you were dead" in form.item.text.text()
    for _ in range(4):
        room.press(form.item.choices.button("0"))
    assert form.result.text() == "negative"
    room.press(form.record_button)
    assert room.view.scales.because == "Not filled in yet: PHQ-9, C-SSRS screener."


def test_discharge_opens_the_score_it_rests_on_and_shows_what_met_it(qtbot):
    room = make(qtbot, RunPage())
    room.reach_infusion()
    room.now_s = ENDED_S
    room.happen(StopInfusion(t_ns=ENDED_S * NS_PER_S, by=NURSE, reason="asked to stop"))
    room.pass_time(ENDED_S + 3600)
    room.read("bp", sbp=122.0, dbp=80.0, map=94.0)
    room.read(pr=72.0, spo2=97.0)
    room.view.open_panel("discharge")
    panel = room.view.side.pages["discharge"]
    assert isinstance(panel, DischargePanel)
    row = panel.rows["padss"]
    assert "not filled in" in row.detail.text()
    row.fill_button.click()
    room.render()
    assert room.view.side.name == "scales"
    form = room.view.side.pages["scales"].form
    assert "SBP 122 mmHg, +2 % from baseline 120" in form.item.evidence.text()
    assert "HR 72 /min, +0 % from baseline 72" in form.item.evidence.text()
    room.press(form.item.next_button)
    for _ in range(3):
        room.press(form.item.choices.button("2"))
    room.press(form.record_button)
    assert room.state.discharge["padss"].met is True
    assert "8 of 8" in room.state.discharge["padss"].detail


def test_a_key_opens_the_scales_while_the_drug_runs(qtbot):
    room = make(qtbot, RunPage())
    room.reach_infusion()
    qtbot.keyClick(room.view, Qt.Key.Key_S, Qt.KeyboardModifier.ControlModifier)
    assert room.view.side.name == "scales"
    room.view.open_panel("score")
    room.press(room.view.side.pages["score"].scales_button)
    assert room.view.side.name == "scales"


def test_the_summary_tells_each_scale_and_what_was_done(qtbot):
    room = make(qtbot, SummaryPage())
    room.happen(RecordScale(t_ns=0, by=NURSE, scale="c-ssrs", result="high"))
    assert "C-SSRS screener\thigh" in room.view.scales.text()
    assert "NOT ANSWERED" in room.view.scales.text()
    room.write(room.view.flag_bar.action, "sent to the emergency department")
    room.press(room.view.flag_bar.button)
    assert "Done: sent to the emergency department" in room.view.scales.text()
    assert isinstance(room.state.scales.recorded[0], ScaleRecorded)
