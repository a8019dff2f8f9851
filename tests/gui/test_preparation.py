"""A whole preparation, driven as a nurse does it, in front of the real rules."""

from __future__ import annotations

from decimal import Decimal

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QAbstractButton, QLabel, QLineEdit

from app.bedside.hold_button import HOLD_MS
from app.bedside.preparation import PreparationPage
from app.bedside.section import Standing
from app.bedside.start_panel import NO_SPO2
from protocols.events import Acknowledge, AdvancePhase, LinkState, Phase, StartInfusion
from protocols.vitals import Vital
from tests.gui.prepared_room import NURSE, PreparedRoom


@pytest.fixture
def room(qtbot):
    return PreparedRoom(qtbot, PreparationPage())


def enter_patient(room):
    patient = room.view.patient
    room.write(patient.family_name, "Doe")
    room.write(patient.given_name, "Jane")
    room.write(patient.mrn, "004711")
    room.write(patient.birth_date, "1985-03-02")
    room.press(patient.sex.button("female"))
    room.write(patient.height_cm, "168")
    room.press(patient.save_patient_button)
    room.write(patient.weight_kg, "70")
    room.press(patient.how.button("measured"))
    room.press(patient.save_weight_button)


def order_and_check(room):
    dose = room.view.dose
    room.press(dose.order_button)
    room.press(dose.check_button)
    room.write(dose.check.name, "M. Berg")
    room.write(dose.check.weight_kg, "70.0")
    room.write(dose.check.dose_mg, "35")
    room.press(dose.check.done_button)


def answer_gate(room):
    for row in room.view.gate.rows.values():
        room.press(row.answers.button(row.item.passes[0]))
        if row.item.passes[0] in row.item.needs_reason:
            room.write(row.text, "asked")
            room.press(row.text_button)


def answer_checklists(room):
    """Every item of the required checklists."""
    for box in room.view.care.checklists.boxes.values():
        for row in box.rows.values() if box.listed.required else ():
            room.press(row.answers.button(row.item.answers[0]))
            if row.item.answers[0] in row.item.needs_text:
                room.write(row.text, "seen")
                room.press(row.text_button)


def take_baseline(room, sbp=120.0):
    for device in ("oximeter", "bp"):
        room.link(device, LinkState.LIVE)
    for at_s in (400, 470):
        room.now_s = at_s
        room.read("bp", sbp=sbp, dbp=80.0, map=93.0)
    baseline = room.view.baseline
    for vital, score in ((Vital.MOAAS, "5"), (Vital.PAIN, "0"), (Vital.NAUSEA, "0")):
        room.press(baseline.scores[vital].button(score))
    room.press(baseline.scores[Vital.DISTRESS].button("1"))
    room.press(baseline.scores[Vital.ANXIETY].button("2"))
    room.write(baseline.typed[Vital.RR], "14")
    room.press(baseline.typed_buttons[Vital.RR])
    room.read(pr=72.0, spo2=97.0)
    room.press(baseline.freeze_button)


def prepare(room, sbp=120.0):
    enter_patient(room)
    answer_gate(room)
    answer_checklists(room)
    fill_scales(room)
    order_and_check(room)
    room.press(room.view.continue_button)
    room.press(room.view.continue_button)
    draw_drug(room)
    take_baseline(room, sbp)


def fill_scales(room):
    """Every required scale, as a patient without complaints has it."""
    form = room.view.side.pages["scales"].form
    for row in list(room.view.scales.list.rows.values()):
        if "required" not in row.words.text():
            continue
        room.press(row.button)
        while not room.sees(form.record_button):
            room.press(form.item.choices.button("0"))
        room.press(form.record_button)
    room.press(room.view.side.close_button)


def draw_drug(room):
    drug = room.view.drug
    for field, text in (
        (drug.vial_form.vial, "A-12"),
        (drug.vial_form.lot, "L77"),
        (drug.vial_form.expiry, "2028-08"),
        (drug.vial_form.content_mg, "500"),
        (drug.vial_form.strength, "50"),
    ):
        room.write(field, text)
    room.press(drug.vial_form.record)
    room.press(drug.draw_form.vials.row.button("A-12"))
    room.write(drug.draw_form.amount_mg, "35")
    room.press(drug.draw_form.record)


def test_a_nurse_prepares_a_patient_and_starts(room, qtbot):
    prepare(room)
    assert [s.standing for s in room.view.sections] == [Standing.DONE] * len(room.view.sections)
    room.write(room.view.start.rate, "52.5")
    assert room.view.start.holds_label.text().startswith("Ready.")
    with qtbot.waitSignal(room.view.start.start_button.held, timeout=3 * HOLD_MS):
        qtbot.mousePress(room.view.start.start_button, Qt.MouseButton.LeftButton)
    qtbot.mouseRelease(room.view.start.start_button, Qt.MouseButton.LeftButton)
    assert room.commands[-1] == StartInfusion(t_ns=0, by="", pump_rate_ml_per_h=Decimal("52.5"))
    assert room.state.phase is Phase.INFUSING
    assert not room.state.refusals
    assert {command.by for command in room.commands} == {"", "M. Berg"}


def test_start_says_which_sections_hold_it_and_why(room):
    room.render()
    words = room.view.start.holds_label.text()
    assert "Patient: The patient is not saved." in words
    assert "Gate: 29 of 29 questions have no answer." in words
    assert "Dose: The weight is not saved." in words
    assert "Baseline: The baseline is not frozen." in words
    assert not room.view.start.start_button.isEnabled()


def test_start_waits_for_the_rate_that_the_pump_shows(room):
    prepare(room)
    assert not room.view.start.start_button.isEnabled()
    assert "Type the rate the pump shows." in room.view.start.holds_label.text()
    assert "52.5 mL/h" in room.view.start.rate_label.text()


def test_the_pump_rate_is_compared_within_one_percent(room):
    prepare(room)
    for typed, agrees in (("52.5", True), ("52.0", True), ("53.1", False), ("5.25", False)):
        room.write(room.view.start.rate, typed)
        words = room.view.start.compare_label.text()
        expected = "✓ agrees within 1 %" if agrees else "■ differs by more than 1 %"
        assert words.startswith(expected), typed
        assert room.view.start.start_button.isEnabled() is agrees


def test_a_wrong_rate_is_refused_by_the_rules_and_the_sentence_stands_at_start(room):
    prepare(room)
    room.write(room.view.start.rate, "5.25")
    room.view.start.start_button.held.emit()
    assert room.state.phase is Phase.BASELINE
    assert "5.25 mL/h" in room.view.start.refusals.text()
    assert room.sees(room.view.start.refusals)


def test_a_baseline_outside_the_limits_holds_the_start_until_a_prescriber_passes_it(room):
    prepare(room, sbp=150.0)
    room.write(room.view.start.rate, "52.5")
    assert room.view.gate.standing is Standing.HELD
    assert "SBP 150 mmHg is above 139" in room.view.start.holds_label.text()
    assert not room.view.start.start_button.isEnabled()
    row = room.view.gate.limits.rows[Vital.SBP]
    room.write(row.hold.prescriber, "Dr A. Lind")
    room.write(row.hold.reason, "known white-coat pressure")
    room.press(row.hold.record_button)
    assert (room.commands[-1].by, room.commands[-1].prescriber) == ("", "Dr A. Lind")
    assert room.view.gate.standing is Standing.DONE
    assert room.view.start.start_button.isEnabled()


def test_start_is_held_while_there_is_no_present_oxygen_saturation(room):
    prepare(room)
    room.write(room.view.start.rate, "52.5")
    assert room.view.start.start_button.isEnabled()
    room.now_s += 5
    room.render()
    assert NO_SPO2 in room.view.start.holds_label.text()
    assert not room.view.start.start_button.isEnabled()
    room.view.start.start_button.held.emit()
    assert room.refused is not None
    assert NO_SPO2 in room.refused.reason
    room.read(pr=72.0, spo2=97.0)
    assert room.view.start.start_button.isEnabled()


def test_a_blood_pressure_monitor_that_is_gone_is_a_caution_only(room):
    prepare(room)
    room.link("bp", LinkState.NOT_CONNECTED)
    room.write(room.view.start.rate, "52.5")
    words = room.view.start.holds_label.text()
    assert words.startswith("Ready.")
    assert "Blood pressure: not connected" in words
    assert room.view.start.start_button.isEnabled()


def test_continue_opens_when_its_sections_are_done_and_moves_one_phase(room):
    assert not room.view.continue_button.isEnabled()
    enter_patient(room)
    order_and_check(room)
    assert room.view.continue_button.text() == "Continue to gate"
    room.press(room.view.continue_button)
    assert room.commands[-1] == AdvancePhase(t_ns=0, by="", phase=Phase.GATE)
    assert not room.view.continue_button.isEnabled()
    assert "29 of 29 questions" in room.view.missing_label.text()


def test_sections_are_named_with_mark_and_word_at_the_left(room):
    enter_patient(room)
    texts = [button.text() for button in room.view.navigation.buttons.values()]
    assert texts[:5] == [
        "✓  Patient: done",
        "○  Gate: open",
        "○  Scales: open",
        "○  Checklists: open",
        "○  Dose: open",
    ]


def test_navigation_brings_the_keyboard_to_the_section(room, qtbot):
    button = room.view.navigation.buttons["Dose"]
    qtbot.keyClick(button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: room.view.scroll_area.verticalScrollBar().value() > 0)
    assert room.view.dose.isAncestorOf(room.view.focusWidget())


def test_a_refused_step_says_why(room):
    room.view.intended.emit(AdvancePhase(t_ns=0, by="", phase=Phase.GATE))
    assert room.refused is not None
    assert room.refused.reason in room.view.refusals.text()


def test_everything_that_takes_focus_has_a_name_and_is_large_enough(room):
    prepare(room, sbp=150.0)
    for kind in (QAbstractButton, QLineEdit):
        for widget in room.view.findChildren(kind):
            name = widget.accessibleName() or getattr(widget, "text", str)()
            assert name, f"{widget} has no name"
            if room.sees(widget):
                assert widget.height() >= 44, f"{name} is {widget.height()} px high"


def test_the_page_is_never_wider_than_a_small_screen(room):
    prepare(room, sbp=150.0)
    page = room.view.scroll_area.widget()
    assert page.minimumSizeHint().width() <= room.view.scroll_area.viewport().width()


def test_rendering_again_changes_nothing_and_sends_nothing(room):
    prepare(room)
    sent = len(room.commands)
    before = [button.text() for button in room.view.findChildren(QAbstractButton)]
    for _ in range(3):
        room.render()
    assert len(room.commands) == sent
    assert [button.text() for button in room.view.findChildren(QAbstractButton)] == before
    assert NURSE in room.view.baseline.frozen_by_label.text()


def shown_words(room):
    """Everything that can be read on the page at the moment."""
    labels = [label.text() for label in room.view.findChildren(QLabel) if room.sees(label)]
    fields = [field.text() for field in room.view.findChildren(QLineEdit) if room.sees(field)]
    return labels + fields


def test_a_second_person_sees_neither_weight_nor_dose_nor_rate(room):
    enter_patient(room)
    room.press(room.view.dose.order_button)
    assert any("70.0" in words for words in shown_words(room))
    room.press(room.view.dose.check_button)
    secrets = ("70.0", "154.3", "35.0", "35 mg", "52.5")
    assert [words for words in shown_words(room) if any(one in words for one in secrets)] == []
    room.press(room.view.dose.check.cancel_button)
    assert any("70.0" in words for words in shown_words(room))


def alarm_of_the_session(room):
    """The session's own technical alarm: an oximeter that fell silent in the baseline phase."""
    enter_patient(room)
    answer_gate(room)
    fill_scales(room)
    order_and_check(room)
    room.press(room.view.continue_button)
    room.press(room.view.continue_button)
    room.link("oximeter", LinkState.LIVE)
    room.read(pr=72.0, spo2=97.0)
    room.now_s = 60
    room.link("oximeter", LinkState.SILENT, "Nothing heard for 60 s.")
    room.pass_time(120)
    return room.state.active_alarms[0]


def test_an_alarm_is_seen_and_acknowledged_without_leaving_the_page(room, qtbot):
    alarm = alarm_of_the_session(room)
    assert room.view.banner.sentence.text() == alarm.sentence
    room.view.setFocus()
    qtbot.keyClick(room.view, Qt.Key.Key_F1)
    room.render()
    page = room.view.side.pages["alarms"]
    assert room.sees(page)
    room.press(page.cards[alarm.alarm].answers.button("seen, watching"))
    sent = room.commands[-1]
    assert (type(sent), sent.alarm, sent.action) == (Acknowledge, alarm.alarm, "seen, watching")
    qtbot.keyClick(room.view, Qt.Key.Key_Escape)
    assert not room.sees(room.view.side)
    assert room.sees(room.view.navigation)


def test_beside_the_list_of_alarms_the_page_still_fits(room, qtbot):
    alarm_of_the_session(room)
    qtbot.keyClick(room.view, Qt.Key.Key_F3)
    room.render()
    page = room.view.scroll_area.widget()
    assert page.minimumSizeHint().width() <= room.view.scroll_area.viewport().width()


def test_a_stopped_core_covers_the_numbers(room):
    room.view.show_core(alive=False)
    assert room.sees(room.view.cover)
    assert room.view.cover.geometry().contains(room.view.scroll_area.geometry())
    room.view.show_core(alive=True)
    assert not room.sees(room.view.cover)
