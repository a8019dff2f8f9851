"""Checklists, side effects, rescue card, staff and hand-over card in front of the real rules."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLineEdit, QPushButton

from app.bedside.care_section import CareSection
from app.bedside.checks_panel import ChecksPanel
from app.bedside.discharge import DischargePanel
from app.bedside.effect_panel import EffectPanel
from app.bedside.follow_up_box import follow_up_holds
from app.bedside.hand_over_card import hand_over_card
from app.bedside.more_panel import MORE
from app.bedside.rescue_panel import RescuePanel
from app.bedside.run_page import RunPage
from app.bedside.section import Standing
from app.bedside.staff_panel import StaffPanel
from app.bedside.summary_care import care_rows
from app.bedside.written_panels import DrugPanel, HandOverPanel
from protocols.definition import HoldKind
from protocols.events import (
    AnswerChecklist,
    AnswerGate,
    ChangeEffect,
    DrugAction,
    HandOver,
    NotePresence,
    PlanIntegration,
    RecordDrug,
    ReportEffect,
    Severity,
)
from protocols.vitals import NS_PER_S
from tests.gui.prepared_room import NURSE, PreparedRoom


@pytest.fixture
def make(qtbot):
    return lambda view: PreparedRoom(qtbot, view)


def nausea(**changes):
    given = {"t_ns": 0, "by": "", "term": "nausea", "severity": Severity.MILD}
    return ReportEffect(**{**given, "action": DrugAction.NONE, **changes})


# -- checklists ------------------------------------------------------------------------------------


def test_no_item_has_an_answer_at_first_and_only_required_lists_hold(make):
    room = make(CareSection())
    boxes = room.view.checklists.boxes
    assert all(row.answers.value() is None for box in boxes.values() for row in box.rows.values())
    assert room.view.standing is Standing.OPEN
    assert room.view.because == "Infusion site: 5 of 5 open."
    for row in boxes["iv-site"].rows.values():
        room.press(row.answers.button(row.item.answers[0]))
        if row.item.answers[0] in row.item.needs_text:
            room.write(row.text, "left forearm")
            room.press(row.text_button)
    assert room.view.standing is Standing.DONE
    assert boxes["setting"].title.text() == "Setting of the room: 10 of 10 open, optional"


def test_an_answer_that_needs_a_text_is_sent_only_with_it(make):
    room = make(ChecksPanel())
    row = room.view.checklists.boxes["setting"].rows["music"]
    assert not row.text.isVisibleTo(row)
    room.press(row.answers.button("playlist"))
    room.press(row.text_button)
    assert room.commands == []
    assert row.answers.value() is None
    room.write(row.text, "slow strings")
    room.press(row.text_button)
    assert room.commands == [
        AnswerChecklist(
            t_ns=0, by="", checklist="setting", item="music", answer="playlist", text="slow strings"
        )
    ]
    assert row.answers.value() == "playlist"
    assert row.detail.text() == f"slow strings ({NURSE})"
    assert not row.text.isVisibleTo(row)


def test_a_pre_medication_is_typed_whole_and_emptied_once_recorded(make):
    room = make(CareSection())
    form = room.view.form
    room.write(form.drug, "Ondansetron")
    room.press(form.record_button)
    assert room.commands == []
    assert form.missing.text() == "Type the dose with its unit."
    room.write(form.dose, "4 mg")
    room.press(form.record_button)
    sent = room.commands[-1]
    assert (sent.drug, sent.dose, sent.purpose, sent.age_s) == (
        "Ondansetron",
        "4 mg",
        "pre-medication",
        0,
    )
    assert f"Ondansetron 4 mg, pre-medication ({NURSE})" in room.view.given_label.text()
    assert form.drug.words() == form.dose.words() == ""


# -- side effects ----------------------------------------------------------------------------------


def test_an_effect_is_recorded_only_with_severity_and_what_was_done(make):
    room = make(EffectPanel())
    form = room.view.form
    assert not room.sees(form)
    room.press(room.view.term_buttons["nausea"])
    assert form.severity.value() is None
    assert form.action.value() is None
    room.press(form.record_button)
    assert room.commands == []
    assert form.missing.text() == "Choose severity and what was done."
    room.press(form.severity.button("moderate"))
    room.press(form.action.button("slowed"))
    room.press(form.record_button)
    assert room.commands == [
        ReportEffect(
            t_ns=0, by="", term="nausea", severity=Severity.MODERATE, action=DrugAction.SLOWED
        )
    ]
    assert not room.sees(form)
    assert "Nausea, moderate; drug slowed" in room.view.known_labels["effect-1"].text()


def test_an_effect_that_lasts_is_changed_and_ended_from_the_same_page(make):
    room = make(EffectPanel())
    room.now_s = 600
    room.submit(nausea())
    room.press(room.view.known_buttons["effect-1"])
    form = room.view.form
    assert form.severity.value() == "mild"
    room.write(form.age, "2")
    room.press(form.end_button)
    sent = room.commands[-1]
    assert isinstance(sent, ChangeEffect)
    assert (sent.effect, sent.ended, sent.age_s) == ("effect-1", True, 120.0)
    assert "before it began" in room.view.refusals.text()
    room.write(form.age, "")
    room.press(form.end_button)
    assert room.view.known_buttons == {}
    assert "Over:" in room.view.ended_label.text()


def test_an_urgent_effect_says_so_and_stays_until_a_prescriber_is_named(make):
    room = make(EffectPanel())
    room.press(room.view.term_buttons["chest-pain"])
    form = room.view.form
    assert "URGENT: call the prescriber." in form.heading.text()
    room.press(form.severity.button("severe"))
    room.press(form.action.button("paused"))
    room.press(form.record_button)
    assert "PRESCRIBER NOT TOLD" in room.view.known_labels["effect-1"].text()
    assert follow_up_holds(room.state) == ["Chest pain: no prescriber named"]
    room.press(room.view.known_buttons["effect-1"])
    room.write(form.prescriber, "P. Reyes MD")
    room.press(form.end_button)
    assert follow_up_holds(room.state) == []


# -- rescue card -----------------------------------------------------------------------------------


def test_the_card_recommends_nothing_and_fills_in_no_dose(make):
    room = make(RescuePanel())
    assert "recommends no drug and no dose" in room.view.notice.text()
    assert "NOT YET APPROVED" in room.view.approval.text()
    assert room.view.steps_label.text().startswith("1.  Recheck")
    assert not room.sees(room.view.form)
    room.press(room.view.given_buttons["labetalol"])
    form = room.view.form
    assert form.drug.words() == "Labetalol"
    assert (form.dose.words(), form.route.words()) == ("", "")
    room.press(form.record_button)
    assert room.commands == []
    room.write(form.dose, "5 mg")
    room.write(form.route, "IV")
    room.write(form.age, "1")
    room.now_s = 120
    room.press(form.record_button)
    assert room.commands == [
        RecordDrug(
            t_ns=0, by="", drug="Labetalol", dose="5 mg", route="IV", purpose="rescue", age_s=60.0
        )
    ]
    assert "Labetalol 5 mg IV, rescue" in room.view.given_label.text()


def test_a_drug_of_the_usual_page_may_name_its_purpose(make):
    room = make(DrugPanel())
    assert room.view.purpose.value() is None
    room.write(room.view.drug, "Oxygen")
    room.write(room.view.dose, "2 L/min")
    room.press(room.view.purpose.button("rescue"))
    room.press(room.view.record)
    assert room.commands[-1].purpose == "rescue"
    assert room.view.purpose.value() is None


# -- people ----------------------------------------------------------------------------------------


def test_a_person_comes_with_a_role_and_leaves_with_one_touch(make):
    room = make(StaffPanel())
    room.write(room.view.name, "T. Berg")
    room.press(room.view.come_button)
    assert room.commands == []
    assert room.view.missing.text() == "Needed: a role."
    room.press(room.view.role.button("therapist"))
    room.press(room.view.come_button)
    assert room.state.care.present == {"T. Berg": "therapist"}
    assert room.view.name.words() == ""
    assert room.view.role.value() is None
    room.press(room.view.leave_buttons["T. Berg"])
    assert room.commands[-1] == NotePresence(
        t_ns=0, by="", person="T. Berg", role="therapist", present=False
    )
    assert room.view.leave_buttons == {}


def test_the_card_stands_before_a_hand_over_which_needs_a_name(make):
    room = make(HandOverPanel())
    room.submit(HandOver(t_ns=0, by="", to=NURSE))
    room.reach_infusion()
    room.submit(nausea())
    room.commands.clear()
    words = room.view.card.words()
    for told in (
        "DOE, Jane, MRN 004711",
        "0.0 of 35.0 mg given",
        "120/80 mmHg, ±0/±0 from baseline 120/80",
        "Nausea, mild",
        f"observer {NURSE}",
    ):
        assert told in words, told
    room.press(room.view.record)
    assert room.commands == []
    room.write(room.view.to, "B. Lind RN")
    room.press(room.view.record)
    assert room.commands == [HandOver(t_ns=0, by="", to="B. Lind RN")]
    assert "observer B. Lind RN" in room.view.card.words()


def test_the_card_says_what_is_not_known_and_what_is_old(make):
    room = make(HandOverPanel())
    lines = {line.label: line for line in hand_over_card(room.state, room.feed.history, 0)}
    for label in ("Patient", "Allergies", "BP", "Vitals", "Present"):
        assert lines[label].calls, label
    room.read(spo2=97.0)
    later = hand_over_card(room.state, room.feed.history, 60 * NS_PER_S)
    vitals = next(line for line in later if line.label == "Vitals")
    assert vitals.text.startswith("OLD SpO2 97")
    assert vitals.calls


# -- the pages -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MORE)
def test_every_other_page_is_two_touches_away(make, name):
    room = make(RunPage())
    room.press(room.view.action_bar.panels["more"])
    room.press(room.view.side.pages["more"].buttons[name])
    assert room.view.side.name == name
    assert room.view.side.heading.text() == room.view.side.pages[name].title


@pytest.mark.parametrize("name", [*MORE, "hand-over", "drug"])
def test_everything_that_is_touched_has_a_name_and_fits_the_panel(make, name):
    room = make(RunPage())
    room.view.open_panel(name)
    page = room.view.side.pages[name]
    room.render()
    for widget in (*page.findChildren(QPushButton), *page.findChildren(QLineEdit)):
        if widget.isVisibleTo(page):
            assert widget.accessibleName() or widget.text()
            assert widget.mapTo(page, widget.rect().topRight()).x() <= page.width()


def test_the_session_that_follows_is_planned_on_the_discharge_page(make):
    room = make(DischargePanel())
    form = room.view.follow_up.integration
    form.plan_button.click()
    assert "a date such as" in form.missing.text()
    assert form.modality.value() is None
    form.day.setText("2026-11-22")
    form.minutes.setText("60")
    form.modality.button("CBT").click()
    room.commands.clear()
    form.plan_button.click()
    room.render()
    assert room.commands == [
        PlanIntegration(t_ns=0, by="", on="2026-11-22", minutes=60, modality="CBT")
    ]
    assert form.planned_label.text() == "✓ 2026-11-22, 60 min, CBT"


def test_the_summary_tells_effects_lists_people_and_holds_that_were_passed(make):
    room = make(StaffPanel())
    passed = next(
        item
        for item in room.state.definition.gate
        if item.hold is HoldKind.SOFT and item.id == "pressure"
    )
    room.submit(
        AnswerGate(
            t_ns=0,
            by="",
            item=passed.id,
            answer="yes",
            reason="home 128/78",
            prescriber="P. Reyes MD",
        )
    )
    room.submit(nausea())
    room.submit(NotePresence(t_ns=0, by="", person="T. Berg", role="therapist", present=True))
    rows = "\n".join("\t".join(row) for row in care_rows(room.state, room.feed.history))
    for told in (
        "passed by P. Reyes MD: home 128/78",
        "Nausea, mild",
        "OPEN",
        "5 of 5 NOT ANSWERED",
        "T. Berg, therapist came",
        "not planned",
    ):
        assert told in rows, told
