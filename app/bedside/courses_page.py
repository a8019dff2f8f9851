"""The page of courses: what is due, every course, and one of them with its form."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QAbstractItemView,
    QCheckBox,
    QHeaderView,
    QLabel,
    QPushButton,
    QTableWidget,
    QTableWidgetItem,
    QWidget,
)

from app.bedside.course_entries import CourseEntries
from app.bedside.course_words import course_sentences, score_row, visit_row
from app.bedside.fields import bare_row, show_text, wrapped_label
from app.bedside.new_course_form import NewCourseForm, named
from app.bedside.scrolling_page import ScrollingPage
from app.records.course_book import CourseBook, CourseError, CoursePicture, NewCourse
from app.theme import active_sizes, style
from protocols.courses.course import CourseView
from protocols.courses.entries import Entry
from protocols.courses.standing import course_line, due_items

MOST_ROWS = 8
"""Rows of a table that are shown without scrolling inside it."""


def make_table(name: str, headings: Sequence[str]) -> QTableWidget:
    """A table to read, with a name for screen readers; the last column takes what is left."""
    table = QTableWidget(0, len(headings))
    table.setAccessibleName(name)
    table.setHorizontalHeaderLabels(list(headings))
    table.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
    table.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setWordWrap(True)
    table.verticalHeader().hide()
    header = table.horizontalHeader()
    header.setHighlightSections(False)
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(len(headings) - 1, QHeaderView.ResizeMode.Stretch)
    return table


def fill_table(table: QTableWidget, rows: Sequence[Sequence[str]]) -> None:
    """Show `rows`, as high as they need up to `MOST_ROWS`."""
    table.setRowCount(len(rows))
    for index, row in enumerate(rows):
        for column, text in enumerate(row):
            table.setItem(index, column, QTableWidgetItem(text))
    line = active_sizes().touch
    table.verticalHeader().setDefaultSectionSize(line)
    shown = max(1, min(MOST_ROWS, len(rows)))
    table.setFixedHeight(table.horizontalHeader().sizeHint().height() + shown * line + 4)


class CoursesPage(ScrollingPage):
    """Due list, courses, and the chosen course.

    Attributes:
        user: who is at the screen, or empty: then nothing can be entered.

    Signals:
        back_wanted: to the first page.
    """

    back_wanted = Signal()

    def __init__(self, book: CourseBook, parent: QWidget | None = None) -> None:
        """Courses of `book`."""
        super().__init__("Courses", parent)
        self._book = book
        self.user = ""
        self._pictures: tuple[CoursePicture, ...] = ()
        self._due: tuple[CoursePicture, ...] = ()
        self._course = ""
        self.simulated = QCheckBox("Simulated patients instead of real ones")
        self.simulated.toggled.connect(self.look)
        self.problem = wrapped_label(name="what is wrong with the courses")
        style(self.problem, tone="attention", strong=True)
        self.rate = wrapped_label(name="the clinic's own response rate")
        style(self.rate, tone="dim")
        self.due_table = make_table("what is due", ("", "Due", "Patient", "What"))
        self.due_table.cellClicked.connect(self._choose_due)
        self.table = make_table("courses", ("Patient", "MRN", "Template", "Outcome", "Stands"))
        self.table.itemSelectionChanged.connect(self._choose)
        self.new_button = QPushButton("Open a new course")
        self.new_button.clicked.connect(self._show_form)
        self.back_button = QPushButton("Back to the first page")
        style(self.back_button, kind="quiet")
        self.back_button.clicked.connect(self.back_wanted)
        self.form = NewCourseForm(asks_patient=True)
        self.form.wanted.connect(self._open)
        self.form.cancelled.connect(self._hide_form)
        self.form.hide()
        self.entries = CourseEntries()
        self.entries.wanted.connect(self._enter)
        self._lay_out()

    def _lay_out(self) -> None:
        filler = QWidget()
        style(filler, clear=True)
        column = self.column
        column.addWidget(bare_row(self.simulated, self.new_button, filler, self.back_button))
        column.addWidget(self.problem)
        column.addWidget(self.form)
        for title, table in (("Due", self.due_table), ("Courses", self.table)):
            column.addWidget(_heading(title))
            column.addWidget(table)
        column.addWidget(self.rate)
        self.detail = QLabel()
        style(self.detail, role="title")
        self.detail.setTextFormat(Qt.TextFormat.PlainText)
        self.summary = wrapped_label(name="the course in sentences")
        self.visits = make_table(
            "visits of the course",
            ("Visit", "Stands", "Date", "Given", "Peak BP", "Planned dose and notes"),
        )
        self.scores = make_table("ratings of the course", ("Taken", "Scale", "Total", "Meaning"))
        self.definition = wrapped_label(name="definitions of the outcome")
        style(self.definition, role="small", tone="dim")
        parts: tuple[QWidget, ...] = (
            self.detail,
            self.summary,
            self.visits,
            self.entries,
            self.scores,
            self.definition,
        )
        for part in parts:
            column.addWidget(part)
        column.addStretch(1)
        self._show_course()

    @Slot()
    def look(self) -> None:
        """Read the courses as they stand now."""
        try:
            found = tuple(self._book.courses())
            problem = ""
        except CourseError as error:
            found, problem = (), str(error)
        simulated = self.simulated.isChecked()
        self._pictures = tuple(p for p in found if p.opened.simulated is simulated)
        damaged = [f"{p.course}: {p.problem}" for p in self._pictures if p.problem]
        show_text(self.problem, " ".join([problem, *damaged]).strip())
        rate = self._book.response_rate(self._pictures)
        show_text(self.rate, f"This clinic: {rate.sentence}")
        self._show_due()
        self._show_list()
        self._show_course()

    def _show_due(self) -> None:
        items = [
            (picture, item)
            for picture in self._pictures
            if picture.view is not None
            for item in due_items(picture.view)
        ]
        items.sort(key=lambda pair: not pair[1].overdue)
        self._due = tuple(picture for picture, _ in items)
        rows = [
            (
                "■ overdue" if item.overdue else "○ due",
                "now" if item.due is None else f"{item.due:%Y-%m-%d %H:%M}",
                picture.opened.patient,
                item.sentence,
            )
            for picture, item in items
        ]
        fill_table(self.due_table, rows or [("", "", "", "Nothing is due.")])

    def _show_list(self) -> None:
        rows = [
            (
                picture.opened.patient,
                picture.opened.mrn,
                "" if picture.view is None else picture.view.template.id,
                "unknown" if picture.view is None else str(picture.view.outcome.kind),
                "cannot be shown" if picture.view is None else course_line(picture.view),
            )
            for picture in self._pictures
        ]
        self.table.blockSignals(True)
        fill_table(self.table, rows)
        names = [picture.course for picture in self._pictures]
        if self._course in names:
            self.table.selectRow(names.index(self._course))
        else:
            self._course = ""
            self.table.clearSelection()
        self.table.blockSignals(False)

    def _view(self) -> CourseView | None:
        found = [p.view for p in self._pictures if p.course == self._course]
        return found[0] if found else None

    @Slot()
    def _choose(self) -> None:
        chosen = self.table.selectionModel().selectedRows()
        self._course = self._pictures[chosen[0].row()].course if chosen else ""
        self._show_course()

    @Slot(int, int)
    def _choose_due(self, row: int, _column: int) -> None:
        if row < len(self._due):
            self.table.selectRow(self._pictures.index(self._due[row]))

    def _show_course(self) -> None:
        view = self._view()
        for widget in (self.visits, self.scores, self.entries, self.definition):
            widget.setVisible(view is not None)
        self.detail.setText(
            "Choose a course to see its visits and ratings."
            if view is None
            else f"{view.opened.patient}, MRN {view.opened.mrn}: {view.template.title}"
        )
        show_text(self.summary, "" if view is None else "\n".join(course_sentences(view)))
        if view is None:
            return
        fill_table(self.visits, [visit_row(line) for line in view.visits])
        ratings = [score_row(score) for score in reversed(view.scores)]
        fill_table(self.scores, ratings or [("", "", "", "No rating yet.")])
        bounds = "; ".join(f"{name}: {words}" for name, words in view.outcome.bounds)
        self.definition.setText(f"{view.outcome.definition} In numbers: {bounds}.")
        self.entries.show_view(view)

    @Slot()
    def _show_form(self) -> None:
        try:
            self.form.fill(self._book.templates())
        except CourseError as error:
            show_text(self.problem, str(error))
            return
        self.form.show()
        self.form.mrn.setFocus()

    @Slot()
    def _hide_form(self) -> None:
        self.form.hide()

    @Slot(object)
    def _open(self, wanted: NewCourse) -> None:
        course = named(wanted, wanted.mrn, wanted.patient, simulated=self.simulated.isChecked())
        try:
            self._course = self._book.open_course(course, self.user)
        except CourseError as error:
            self.form.say(f"Not opened: {error}")
            return
        self.form.hide()
        self.look()

    @Slot(object)
    def _enter(self, make: Callable[[str], Entry]) -> None:
        """Add what the form made; the page shows it once the record has it."""
        by = self.user
        if not by:
            self.entries.say("Say who is here first: choose or type the name below.")
            return
        try:
            self._book.add(self._course, make(by))
        except CourseError as error:
            self.entries.say(f"Not entered: {error}")
            return
        self.entries.settle()
        self.look()


def _heading(text: str) -> QLabel:
    heading = QLabel(text)
    style(heading, role="title")
    return heading
