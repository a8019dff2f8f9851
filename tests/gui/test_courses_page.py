"""The page of courses: who is due, one course, and what is entered between the sessions."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app.bedside.courses_page import CoursesPage
from app.records.course_book import CoursePicture
from app.theme import DARK, apply, sizes_for
from protocols.courses.entries import (
    CheckAnswered,
    Choice,
    CourseClosed,
    DecisionTaken,
    IntegrationDone,
    LifestyleNoted,
    MaintenanceSet,
    RelapsePlanWritten,
    ScoreTaken,
    TrialOutcome,
    TrialRecorded,
    VisitBooked,
    VisitMissed,
)
from tests.gui.front_desk import FakeCourses
from tests.unit.protocols.course_stories import opening, phq9, seen, session

NURSE = "N. Okafor RN"


def pictures() -> list[CoursePicture]:
    jane = seen(
        200,
        session(1, 0, scores=(phq9(20, -1),), peak_sbp_mmhg=148.0, peak_dbp_mmhg=91.0),
        session(2, 72, scores=(phq9(9, 71),), whole=False),
        name="two-then-four",
    )
    lee = seen(40, session(1, 0), name="maintenance", patient="Lee, Ann", mrn="004712")
    return [
        CoursePicture(course="c1", opened=jane.opened, entries=(), view=jane),
        CoursePicture(course="c2", opened=lee.opened, entries=(), view=lee),
        CoursePicture(
            course="c3",
            opened=opening(patient="Room, Demo", mrn="D1", simulated=True),
            entries=(),
            view=None,
            problem="Course c3, entry 2 is missing.",
        ),
    ]


class Desk:
    def __init__(self, qtbot) -> None:
        self.qtbot = qtbot
        self.book = FakeCourses()
        self.book.pictures = pictures()
        self.window = QWidget()
        self.window.resize(1366, 900)
        qtbot.addWidget(self.window)
        self.page = CoursesPage(self.book, self.window)
        self.page.resize(1366, 900)
        apply(self.window, DARK, sizes_for(1366, 900))
        self.window.show()
        self.page.user = NURSE
        self.page.look()

    @property
    def entries(self):
        return self.page.entries

    def choose(self, row: int) -> None:
        self.page.table.selectRow(row)

    def kind(self, title: str) -> None:
        box = self.entries.kind
        index = box.findText(title)
        assert index > 0, title
        box.setCurrentIndex(index)

    def press(self, button) -> None:
        assert button.isVisibleTo(self.page)
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def enter(self) -> None:
        self.press(self.entries.enter_button)


@pytest.fixture
def desk(qtbot):
    return Desk(qtbot)


def cells(table) -> list[list[str]]:
    return [
        [table.item(row, column).text() for column in range(table.columnCount())]
        for row in range(table.rowCount())
    ]


def test_due_and_courses_are_listed_without_the_simulated(desk):
    [jane, lee] = cells(desk.page.table)
    assert jane[0] == "Doe, Jane"
    assert jane[4].startswith(
        "visit 3 of 6 of two-then-four; last dose 5 days ago; at least 70.0 mg"
    )
    assert lee[:2] == ["Lee, Ann", "004712"]
    due = cells(desk.page.due_table)
    assert any("did they help enough" in row[3] for row in due)
    assert "1 of 1 courses" in desk.page.rate.text()


def test_simulated_courses_are_a_list_of_their_own_and_damage_is_said(desk):
    desk.page.simulated.setChecked(True)
    assert [row[0] for row in cells(desk.page.table)] == ["Room, Demo"]
    assert "entry 2 is missing" in desk.page.problem.text()
    assert cells(desk.page.table)[0][4] == "cannot be shown"


def test_a_chosen_course_shows_visits_ratings_outcome_and_definition(desk):
    assert not desk.page.visits.isVisibleTo(desk.page)
    desk.choose(0)
    visits = cells(desk.page.visits)
    assert visits[0][3:5] == ["35.0 mg", "148/91"]
    assert visits[1][3] == "at least 35.0 mg"
    assert visits[2][1] == "due"
    assert [row[2] for row in cells(desk.page.scores)] == ["9", "20"]
    words = desk.page.summary.text()
    assert "PHQ-9 20" in words
    assert "bipolar: not asked" in words
    assert "0 of 2 needed" in words
    assert "Remission: PHQ-9 below 5" in desk.page.definition.text()


def test_a_due_line_leads_to_its_course(desk):
    desk.page.due_table.cellClicked.emit(0, 3)
    assert "Doe, Jane" in desk.page.detail.text()


def test_nothing_is_entered_while_a_field_is_empty(desk):
    desk.choose(0)
    desk.kind("A rating between the visits")
    desk.enter()
    assert desk.entries.problem.text().startswith("Choose: whether an item on death or self-harm")
    desk.press(desk.entries.positive.button("no"))
    desk.enter()
    assert desk.entries.problem.text() == "Missing: total."
    desk.entries.total.setText("12")
    desk.entries.taken.setText("yesterday")
    desk.enter()
    assert "write date and time as 2026-11-05 09:00" in desk.entries.problem.text()
    assert desk.book.added == []


def fill(desk, title, texts, *, choices=(), boxes=()):
    """Choose the kind `title`, fill its fields, and enter it."""
    desk.kind(title)
    for field, text in texts:
        field.setText(text)
    for row, value in choices:
        row.button(value).click()
    for box, value in boxes:
        box.setCurrentIndex(box.findData(value))
    desk.enter()
    assert desk.entries.problem.text() == ""
    assert desk.entries.kind.currentIndex() == 0


def test_visits_and_decisions_can_be_entered(desk):
    desk.choose(0)
    e = desk.entries
    fill(desk, "Book or move a visit", [(e.position, "3"), (e.when, "2026-11-10 09:00")])
    fill(desk, "A visit was missed", [(e.missed_position, "3"), (e.missed_why, "ill")])
    fill(
        desk,
        "A prescriber decided",
        [(e.decider, "P. Example MD"), (e.decision_why, "it helped")],
        choices=[(e.choice, "continue")],
        boxes=[(e.decision, "trial")],
    )
    [(_, booked), (_, missed), (_, decided)] = desk.book.added
    who = {"by": NURSE, "at_utc": ""}
    assert (type(booked), booked.position) == (VisitBooked, 3)
    assert missed == VisitMissed(**who, position=3, reason="ill")
    assert decided == DecisionTaken(
        **who,
        decision="trial",
        choice=Choice.CONTINUE,
        prescriber="P. Example MD",
        reason="it helped",
    )


def test_what_is_told_between_the_visits_can_be_entered(desk):
    desk.choose(0)
    e = desk.entries
    fill(
        desk,
        "A rating between the visits",
        [(e.total, "12"), (e.taken, "2026-11-06 09:00")],
        choices=[(e.positive, "")],
    )
    fill(desk, "Integration session done", [(e.after, "2"), (e.done_on, "2026-11-06")])
    fill(
        desk,
        "A recurring question",
        [(e.check_on, "2026-11-06")],
        boxes=[(e.check, "bladder"), (e.answer, "no")],
    )
    fill(desk, "Sleep, exercise, nutrition, support (optional)", [(e.sleep, "7 h")])
    fill(
        desk,
        "An earlier treatment",
        [(e.treatment, "a drug"), (e.weeks, "8")],
        choices=[(e.trial_outcome, "no response")],
    )
    fill(desk, "Plan against relapse", [(e.signs, "a"), (e.people, "b"), (e.criteria, "c")])
    fill(desk, "Close the course", [(e.close_why, "done")])
    made = [entry for _, entry in desk.book.added]
    assert [type(entry) for entry in made] == [
        ScoreTaken,
        IntegrationDone,
        CheckAnswered,
        LifestyleNoted,
        TrialRecorded,
        RelapsePlanWritten,
        CourseClosed,
    ]
    assert (made[0].scale, made[0].total, made[0].positive) == ("phq-9", 12, None)
    assert made[4].outcome is TrialOutcome.NO_RESPONSE
    assert {course for course, _ in desk.book.added} == {"c1"}


def test_the_interval_of_maintenance_is_one_of_the_templates(desk):
    desk.choose(0)
    assert not desk.entries.interval.isEnabled()
    desk.choose(1)
    box = desk.entries.interval
    offered = [box.itemData(index) for index in range(box.count())]
    assert offered == ["", "7", "14", "21", "28", "30", "91", "by need"]
    desk.kind("Interval of maintenance")
    box.setCurrentIndex(box.findData("by need"))
    desk.entries.interval_by.setText("P. Example MD")
    desk.entries.interval_why.setText("stable")
    desk.enter()
    [(course, entry)] = desk.book.added
    assert (course, type(entry), entry.interval_d) == ("c2", MaintenanceSet, None)


def test_what_the_record_refuses_is_said_and_nothing_typed_is_lost(desk):
    desk.choose(0)
    desk.kind("Close the course")
    desk.entries.close_why.setText("done")
    desk.book.refuse = "The course is closed."
    desk.enter()
    assert desk.entries.problem.text() == "Not entered: The course is closed."
    assert desk.entries.close_why.text() == "done"


def test_nobody_enters_anything_unnamed(desk):
    desk.page.user = ""
    desk.choose(0)
    desk.kind("Close the course")
    desk.entries.close_why.setText("done")
    desk.enter()
    assert "Say who is here first" in desk.entries.problem.text()
    assert desk.book.added == []


def test_a_new_course_is_opened_only_when_everything_is_answered(desk):
    desk.press(desk.page.new_button)
    form = desk.page.form
    desk.press(form.open_button)
    for name in ("record number", "template", "primary scale", "prescriber", "bipolar"):
        assert name in form.problem.text()
    form.mrn.setText("004713")
    form.patient.setText("Roe, Kim")
    form.template.setCurrentIndex(form.template.findData("2-vs-3-weekly"))
    form.template.activated.emit(form.template.currentIndex())
    assert form.variant.currentData() == ""
    form.variant.setCurrentIndex(form.variant.findData("thrice"))
    form.scale.setCurrentIndex(form.scale.findData("madrs"))
    form.first_date.setText("2026-11-30")
    form.prescriber.setText("P. Example MD")
    form.bipolar.button("").click()
    desk.press(form.open_button)
    [(wanted, by)] = desk.book.opened
    assert (wanted.mrn, wanted.variant, wanted.scale, wanted.bipolar, by) == (
        "004713",
        "thrice",
        "madrs",
        None,
        NURSE,
    )
    assert not form.isVisibleTo(desk.page)


def test_a_record_that_cannot_be_read_is_said(desk):
    desk.book.refuse = "The record is damaged."
    desk.page.look()
    assert "The record is damaged." in desk.page.problem.text()
