"""The course in the preparation: looked up for known and typed patients, and what it holds."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.bedside.gate_section import GateSection
from app.bedside.patient_section import KnownPatient, PatientSection
from app.bedside.section import Standing
from app.records.course_book import CourseOffer
from app.review.events_table import course_words
from protocols.courses.course import SPACING_ITEM
from protocols.events import AnswerGate, CourseStanding, EnterPatient, LastDose
from tests.gui.front_desk import FakeCourses
from tests.gui.prepared_room import NURSE, PreparedRoom

LAST = LastDose(amount_mg=Decimal(35), drug="x", route="IV")
STANDING = CourseStanding(
    course="c1",
    template="twice-weekly-3wk 1",
    last_dose_utc="2026-11-19T13:00:00.000Z",
    spacing_hard_h=Decimal(20),
    spacing_soft_h=Decimal(44),
    doses_before=2,
    total_before_mg=Decimal(105),
)
OFFER = CourseOffer(
    standing=STANDING,
    line="visit 3 of 6 of twice-weekly-3wk; last dose 2 days ago; 105.0 mg in 2 doses",
    visit=3,
    visits_planned=6,
    protocols=("iv-0.5-40",),
    last_dose=LAST,
)
ALONE = CourseOffer(
    standing=replace(STANDING, course="", template=""),
    line="no course; last dose 2 days ago; 105.0 mg in 2 doses",
    last_dose=LAST,
)
KNOWN = KnownPatient(
    given_name="Jane",
    family_name="Doe",
    mrn="004711",
    birth_date="1985-03-02",
    sex="female",
    visit=9,
)


@pytest.fixture
def book():
    made = FakeCourses()
    made.offered = (OFFER, ALONE)
    return made


@pytest.fixture
def room(qtbot, book):
    view = PatientSection()
    view.course.set_book(book)
    return PreparedRoom(qtbot, view)


def choose_known(room):
    room.view.set_known_patients([KNOWN])
    room.view.known_box.setCurrentIndex(1)
    room.view.known_box.activated.emit(1)
    room.render()


def sent(room) -> EnterPatient:
    [command] = [c for c in room.commands if isinstance(c, EnterPatient)]
    return command


def test_a_known_patients_course_says_which_visit_it_is(room):
    choose_known(room)
    view = room.view
    assert view.course.line.text().startswith("Visit 3 of 6 of twice-weekly-3wk; last dose")
    assert (view.visit.text(), view.visits_planned.text()) == ("3", "6")
    assert view.course.spacing.text() == "The last dose is long enough ago."
    room.press(view.save_patient_button)
    command = sent(room)
    assert (command.visit, command.visits_planned) == (3, 6)
    assert (command.standing, command.last_dose) == (STANDING, LAST)


def test_a_typed_number_is_looked_up_too(room):
    view = room.view
    for field, text in (
        (view.family_name, "Doe"),
        (view.given_name, "Jane"),
        (view.mrn, "004711"),
        (view.birth_date, "1985-03-02"),
    ):
        room.write(field, text)
    room.press(view.sex.button("female"))
    room.press(view.save_patient_button)
    assert sent(room).standing == STANDING


def test_of_two_open_courses_one_must_be_chosen(room, book):
    book.offered = (OFFER, replace(OFFER, standing=replace(STANDING, course="c2")), ALONE)
    choose_known(room)
    room.press(room.view.save_patient_button)
    assert room.commands == []
    assert room.view.problem.text() == "Not saved: choose the course of this visit."
    room.view.course.box.setCurrentIndex(2)
    room.view.course.box.activated.emit(2)
    room.press(room.view.save_patient_button)
    assert sent(room).standing.course == "c2"


def test_outside_any_course_the_spacing_still_holds(room, book):
    book.offered = (ALONE,)
    choose_known(room)
    assert room.view.course.line.text().startswith("No course; last dose")
    assert room.view.visit.text() == "9"
    room.press(room.view.save_patient_button)
    assert sent(room).standing == ALONE.standing


def test_a_record_that_cannot_be_read_holds_until_a_prescriber_decides(room, book):
    book.refuse = "The file is locked."
    choose_known(room)
    room.press(room.view.save_patient_button)
    assert "The file is locked." in sent(room).standing.decision


def test_another_protocol_than_the_courses_is_said(room, book):
    book.offered = (replace(OFFER, protocols=("spravato-84",)), ALONE)
    choose_known(room)
    assert "This session runs iv-0.5-40; the course allows spravato-84" in (
        room.view.course.problem.text()
    )


def test_too_soon_is_said_before_anything_is_saved(room, book):
    soon = replace(STANDING, last_dose_utc="2026-11-20T21:00:00.000Z")
    book.offered = (replace(OFFER, standing=soon), ALONE)
    choose_known(room)
    assert "none is given before 20 h" in room.view.course.spacing.text()


def test_a_new_course_is_opened_for_the_typed_patient(room, book):
    book.offered = (ALONE,)
    choose_known(room)
    row = room.view.course
    room.press(row.new_button)
    form = row.form
    assert form.template.itemData(1) in ("twice-weekly-3wk", "2-vs-3-weekly", "maintenance")
    form.template.setCurrentIndex(form.template.findData("twice-weekly-3wk"))
    form.template.activated.emit(form.template.currentIndex())
    form.scale.setCurrentIndex(form.scale.findData("phq-9"))
    form.first_date.setText("2026-11-21")
    form.prescriber.setText("P. Example MD")
    form.bipolar.button("no").click()
    opened = replace(OFFER, standing=replace(STANDING, course="c-new"), visit=1)
    book.offered = (opened, ALONE)
    room.press(form.open_button)
    [(wanted, _by)] = book.opened
    assert (wanted.mrn, wanted.patient, wanted.simulated) == ("004711", "Doe, Jane", True)
    assert row.standing == opened.standing
    assert room.view.visit.text() == "1"


def test_the_review_says_which_visit_of_which_course_it_was():
    entry = EnterPatient(
        t_ns=0,
        by=NURSE,
        given_name="Jane",
        family_name="Doe",
        mrn="004711",
        birth_date="1985-03-02",
        sex="female",
        visit=3,
        visits_planned=6,
        standing=STANDING,
    )
    assert course_words(entry) == (
        ", visit 3 of 6 of twice-weekly-3wk 1, 105.0 mg in 2 doses before"
    )
    assert course_words(replace(entry, standing=ALONE.standing)) == ", 105.0 mg in 2 doses before"
    assert course_words(replace(entry, standing=None)) == ""


# -- what holds in the gate ------------------------------------------------------------------------


def enter(room, standing):
    room.happen(
        EnterPatient(
            t_ns=0,
            by=NURSE,
            given_name="Jane",
            family_name="Doe",
            mrn="004711",
            birth_date="1985-03-02",
            sex="female",
            standing=standing,
        )
    )


@pytest.fixture
def gate(qtbot):
    return PreparedRoom(qtbot, GateSection())


def test_no_course_shows_nothing_in_the_gate(gate):
    enter(gate, None)
    assert not gate.sees(gate.view.course)
    enter(gate, STANDING)
    assert gate.view.course.holding() == ""


def test_a_soft_hold_is_passed_by_a_named_prescriber_with_a_reason(gate):
    enter(gate, replace(STANDING, last_dose_utc="2026-11-20T07:00:00.000Z"))
    row = gate.view.course.rows[SPACING_ITEM]
    assert gate.sees(row)
    assert "before 44 h a prescriber decides" in row.detail.text()
    gate.press(row.hold.record_button)
    assert gate.commands == []
    gate.write(row.hold.prescriber, "P. Example MD")
    gate.write(row.hold.reason, "travels tomorrow")
    gate.press(row.hold.record_button)
    [command] = gate.commands
    assert isinstance(command, AnswerGate)
    assert (command.item, command.prescriber) == (SPACING_ITEM, "P. Example MD")
    assert "Passed by P. Example MD: travels tomorrow" in row.detail.text()
    assert gate.view.course.holding() == ""


def test_a_hard_hold_offers_no_way_round(gate):
    enter(gate, replace(STANDING, last_dose_utc="2026-11-20T21:00:00.000Z"))
    row = gate.view.course.rows[SPACING_ITEM]
    assert "hard hold" in row.state_label.text()
    assert not gate.sees(row.hold)
    assert gate.view.course.holding()


def test_an_open_decision_holds_the_section_once_the_questions_are_answered(gate):
    enter(gate, replace(STANDING, decision="Did the trial help?"))
    for item in gate.state.definition.gate:
        reason = "asked" if item.passes[0] in item.needs_reason else ""
        gate.happen(
            AnswerGate(t_ns=0, by=NURSE, item=item.id, answer=item.passes[0], reason=reason)
        )
    assert gate.view.standing is Standing.HELD
    assert gate.view.because == "Did the trial help?"
