"""Corrections, late entries and signatures at the bedside, in front of the real rules."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from app.bedside.amend_form import BY_MONITOR, MISSING_REASON
from app.bedside.amend_panel import AmendPanel
from app.bedside.hand_over_card import hand_over_card
from app.bedside.more_panel import MORE
from app.bedside.preparation import PreparationPage
from app.bedside.run_page import RunPage
from app.bedside.sign_box import NO_MEANING, NO_NAME, UNSIGNED
from app.bedside.summary import SummaryPage
from app.bedside.summary_rows import observation_rows
from app.session_numbers import rises
from app.signing import APPROVE_IN_REVIEW, RecordEnd
from protocols.events import (
    AddendumAdded,
    CommandRefused,
    EnterBp,
    EnterValue,
    EntryCorrected,
    RecordDrug,
    RecordSigned,
    SignRecord,
    WriteNote,
)
from protocols.events.terms import Meaning, Proof
from protocols.vitals import Vital
from tests.gui.prepared_room import NURSE, PreparedRoom

END = RecordEnd(seq=12, chain="ab12" * 16)


@pytest.fixture
def make(qtbot):
    return lambda view: PreparedRoom(qtbot, view)


@pytest.fixture
def room(make):
    made = make(AmendPanel())
    made.now_s = 60
    made.happen(EnterBp(t_ns=60 * 10**9, by=NURSE, sbp_mmhg=182, dbp_mmhg=92))
    made.happen(EnterBp(t_ns=60 * 10**9, by=NURSE, sbp_mmhg=182, dbp_mmhg=92, confirmed=True))
    return made


def rows(view) -> list[str]:
    """The words of every label of the list, struck out ones marked."""
    found = view.list.findChildren(QLabel)
    return [("~" if label.font().strikeOut() else "") + label.text() for label in found]


def begin(room, words: str) -> None:
    button = next(
        b for b in room.view.list.buttons.values() if b.accessibleName() == f"correct {words}"
    )
    room.press(button)


def kinds(room, kind) -> list:
    found = [*room.feed.history.amended.corrections, *room.feed.history.amended.addenda]
    return [event for _, event in found if isinstance(event, kind)]


def test_the_page_is_two_touches_and_one_key_away(make):
    room = make(RunPage())
    page = room.view
    page.open_panel("more")
    more = page.side.pages["more"]
    room.press(more.buttons["correct"])
    assert page.side.name == "correct"
    page.side.close_page()
    QTest.keyClick(page, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert page.side.name == "correct"
    assert MORE["correct"][1] == "Ctrl+D"


def test_it_opens_in_the_preparation_too(make):
    room = make(PreparationPage())
    QTest.keyClick(room.view, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    assert room.view.side.name == "correct"
    room.press(room.view.correct_button)
    assert room.view.side.name == ""


def test_a_corrected_pressure_stays_struck_out_with_who_and_why(room):
    begin(room, "BP 182/92 mmHg")
    form = room.view.form
    room.write(form.fields[Vital.SBP], "128")
    room.write(form.fields[Vital.DBP], "82")
    room.press(form.correct_button)
    assert form.problem.text() == MISSING_REASON
    room.write(form.reason, "digits swapped")
    room.press(form.correct_button)
    assert form.isHidden()
    (correction,) = kinds(room, EntryCorrected)
    assert (correction.by, correction.reason) == (NURSE, "digits swapped")
    said = rows(room.view)
    assert "~BP 182/92 mmHg" in said
    assert "→ right is SBP 128 mmHg, DBP 82 mmHg (N. Okafor: digits swapped)" in said
    assert room.state.last_blood_pressure.sbp_mmhg == 128


def test_a_correction_is_typed_from_the_first_value_to_the_reason_with_tab_alone(room):
    begin(room, "BP 182/92 mmHg")
    form = room.view.form
    room.qtbot.waitUntil(form.fields[Vital.SBP].hasFocus)
    for field, words in zip(
        (*form.fields.values(), form.reason), ("128", "82", "digits swapped"), strict=True
    ):
        assert field.hasFocus()
        QTest.keyClicks(field, words)
        QTest.keyClick(field, Qt.Key.Key_Tab)
    QTest.keyClick(form.reason, Qt.Key.Key_Return)
    assert kinds(room, EntryCorrected)[0].reason == "digits swapped"


def test_the_long_name_of_a_file_pushes_no_button_out_of_sight(make):
    room = make(AmendPanel())
    room.view.resize(420, 700)
    name = "sessions.db.damaged-20261126T171524259442Z.and-a-tail-that-goes-on"
    room.submit(WriteNote(t_ns=0, by=NURSE, text=f"the file is kept as {name}"))
    (button,) = room.view.list.buttons.values()
    assert button.mapTo(room.view, button.rect().topRight()).x() < room.view.width()
    assert button.width() >= button.sizeHint().width()


def test_an_unusual_right_value_is_asked_about_and_keeps_what_was_typed(room):
    begin(room, "BP 182/92 mmHg")
    form = room.view.form
    room.write(form.fields[Vital.SBP], "251")
    room.write(form.fields[Vital.DBP], "92")
    room.write(form.reason, "read again")
    room.press(form.correct_button)
    assert not kinds(room, EntryCorrected)
    assert "is unusual" in room.view.refusals.text()
    assert form.fields[Vital.SBP].text() == "251"
    room.press(form.correct_button)
    assert kinds(room, EntryCorrected)[0].values[0].value == 251


def test_a_withdrawn_entry_offers_no_second_correction(room):
    begin(room, "BP 182/92 mmHg")
    room.write(room.view.form.reason, "another patient")
    room.press(room.view.form.withdraw_button)
    assert "→ withdrawn (N. Okafor: another patient)" in rows(room.view)
    assert room.view.list.buttons == {}


def test_a_monitors_value_is_only_marked_as_artefact(make):
    room = make(AmendPanel())
    room.read("bp", sbp=205, dbp=120)
    begin(room, "BP 205/120 mmHg")
    form = room.view.form
    assert form.correct_button.isHidden()
    assert form.withdraw_button.text() == "Artefact"
    assert form.hint.text() == BY_MONITOR
    room.write(form.reason, "moved")
    room.press(form.withdraw_button)
    assert kinds(room, EntryCorrected)[0].withdrawn


def test_a_note_is_corrected_in_words_by_keyboard_alone(make):
    room = make(AmendPanel())
    room.happen(WriteNote(t_ns=0, by=NURSE, text="asleep"))
    button = room.view.first_field()
    button.setFocus()
    QTest.keyClick(button, Qt.Key.Key_Space)
    form = room.view.form
    QTest.keyClicks(form.text, "awake")
    QTest.keyClicks(form.reason, "looked again")
    QTest.keyClick(form.reason, Qt.Key.Key_Return)
    assert kinds(room, EntryCorrected)[0].text == "awake"


def test_a_late_reading_is_added_with_its_time(make):
    room = make(AmendPanel())
    room.now_s = 3600
    room.view.late_button.setChecked(True)
    late = room.view.late
    room.write(late.fields[Vital.RR], "14")
    room.write(late.reason, "on paper")
    room.press(late.add_button)
    assert "Type the time" in late.problem.text()
    room.write(late.when, "14:20")
    room.press(late.add_button)
    (added,) = kinds(room, AddendumAdded)
    assert added.happened_utc == "2026-11-21T13:20:00.000Z"
    assert room.state.readings[Vital.RR].measured_ns == 20 * 60 * 10**9
    assert late.isHidden()
    assert late.fields[Vital.RR].text() == ""


def test_a_refused_late_entry_keeps_what_was_typed(make):
    room = make(AmendPanel())
    room.now_s = 600
    room.view.late_button.setChecked(True)
    late = room.view.late
    room.write(late.text, "called the family")
    room.write(late.when, "2031-01-01 10:00")
    room.write(late.reason, "later")
    room.press(late.add_button)
    assert isinstance(room.refused, CommandRefused)
    assert "in the future" in room.view.refusals.text()
    assert late.text.text() == "called the family"


def test_what_was_corrected_is_told_at_the_hand_over_and_on_the_summary(make):
    room = make(AmendPanel())
    room.happen(RecordDrug(t_ns=0, by=NURSE, drug="ondansetron", dose="4 mg", route="IV"))
    begin(room, "ondansetron: 4 mg IV")
    room.write(room.view.form.text, "ondansetron 8 mg IV")
    room.write(room.view.form.reason, "ampoule read again")
    room.press(room.view.form.correct_button)
    card = hand_over_card(room.state, room.feed.history, 0)
    drugs = next(line.text for line in card if line.label == "Drugs given")
    assert "CORRECTED “ondansetron 4 mg IV”: right is ondansetron 8 mg IV" in drugs
    assert any(line.label == "Corrected" for line in card)
    told = observation_rows(room.state, room.feed.history)
    assert type(told[0][-1]).__name__ == "Struck"
    assert told[1][-1].startswith("→ right is ondansetron 8 mg IV (N. Okafor")


def test_a_withdrawn_value_is_no_peak(make):
    room = make(AmendPanel())
    room.reach_infusion()
    room.now_s += 60
    room.read(NURSE, sbp=210, dbp=118)
    assert rises(room.state, room.feed.history)[0].peak == 210
    begin(room, "BP 210/118 mmHg")
    room.write(room.view.form.reason, "another patient")
    room.press(room.view.form.withdraw_button)
    assert rises(room.state, room.feed.history)[0].peak != 210
    assert [p.sbp_mmhg for p in room.feed.history.struck_pressures] == [210]


# -- signatures on the summary --------------------------------------------------------------------


@pytest.fixture
def summary(make):
    room = make(SummaryPage())
    room.view.signing.use_end(lambda: END)
    room.happen(EnterValue(t_ns=0, by=NURSE, vital=Vital.RR, value=14))
    for _ in range(END.seq):
        room.happen(WriteNote(t_ns=0, by=NURSE, text="note"))
    return room


def test_what_is_still_to_be_signed_is_said(summary):
    box = summary.view.signing.box
    assert box.signed_label.text() == UNSIGNED
    assert box.open_label.text() == "Still to be signed: performed."


def test_the_sentence_is_shown_before_it_is_signed_word_for_word(summary):
    box = summary.view.signing.box
    assert box.sign_button.isHidden()
    summary.press(box.show_button)
    assert box.problem.text() == NO_MEANING
    summary.press(box.meaning.button("performed"))
    summary.press(box.show_button)
    assert box.problem.text() == NO_NAME
    summary.write(box.name, "N. Okafor RN")
    summary.press(box.show_button)
    shown = box.statement.text()
    assert shown.endswith("It covers events 1 to 12, hash ab12ab12ab12ab12…")
    summary.press(box.sign_button)
    command = summary.commands[-1]
    assert isinstance(command, SignRecord)
    assert (command.statement, command.signed_seq, command.by) == (shown, 12, "N. Okafor RN")
    (signed,) = [one for _, one in summary.feed.history.amended.signatures]
    assert isinstance(signed, RecordSigned)
    assert (signed.meaning, signed.proof) == (Meaning.PERFORMED, Proof.NONE)
    assert "name typed, not proven" in box.signed_label.text()
    assert box.open_label.text() == ""
    assert box.name.text() == ""


def test_another_name_needs_the_sentence_again(summary):
    box = summary.view.signing.box
    summary.press(box.meaning.button("performed"))
    summary.write(box.name, "N. Okafor")
    summary.press(box.show_button)
    assert not box.sign_button.isHidden()
    summary.write(box.name, " RN")
    assert box.sign_button.isHidden()
    assert box.statement.text() == ""


def test_a_record_that_cannot_be_read_is_not_signed(summary):
    def fail() -> RecordEnd:
        raise ValueError("The record is not written to the end yet: sign in a moment.")

    summary.view.signing.use_end(fail)
    box = summary.view.signing.box
    summary.press(box.meaning.button("performed"))
    summary.write(box.name, "N. Okafor")
    summary.press(box.show_button)
    assert box.problem.text() == "The record is not written to the end yet: sign in a moment."
    assert box.sign_button.isHidden()


def test_a_correction_after_a_signature_is_named_as_not_covered(summary):
    box = summary.view.signing.box
    summary.press(box.meaning.button("performed"))
    summary.write(box.name, "N. Okafor")
    summary.press(box.show_button)
    summary.press(box.sign_button)
    panel = summary.view.amend.panel
    summary.press(next(iter(panel.list.buttons.values())))
    summary.write(panel.form.text, "another note")
    summary.write(panel.form.reason, "read again")
    summary.press(panel.form.correct_button)
    seq = summary.feed.history.amended.corrections[0][0]
    assert f"not covered: event {seq}" in box.signed_label.text()


def test_approving_is_sent_to_the_review_and_performed_stays_free(summary):
    frame = summary.view.signing
    box = frame.box
    box.meaning.button(Meaning.APPROVED).click()
    assert box.problem.text() == APPROVE_IN_REVIEW
    assert not box.show_button.isEnabled()
    assert box.statement.text() == ""
    box.meaning.button(Meaning.PERFORMED).click()
    assert box.problem.text() == ""
    assert box.show_button.isEnabled()
