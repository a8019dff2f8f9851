"""The desk of courses: the list of them with a search, and the one that is open. Read only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import Protocol

from PySide6.QtCore import QSignalBlocker, Qt, Slot
from PySide6.QtWidgets import (
    QCheckBox,
    QHBoxLayout,
    QLabel,
    QListWidget,
    QListWidgetItem,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.bedside.fields import TextField, show_text, wrapped_label
from app.printing.offered import Documents
from app.records.catalogue import CatalogueError, Progress
from app.records.course_book import CourseError, CoursePicture
from app.review.course_report_row import CourseReportRow
from app.review.course_rows import Visit
from app.review.course_view import CoursePage
from app.review.desks import OpenSession
from app.review.work import Work
from app.reviewing.visit_pictures import VisitPicture
from app.theme import Theme
from protocols.courses.standing import course_line, due_items

NO_COURSES = "No course is recorded here. Open one at the bedside, or with: main.py courses open."
NO_MATCH = "No course matches. Change the search."
LIST_STOPPED = "Stopped: the courses are not listed. F5 lists them."
NOTHING_OPEN = "Choose a course on the left to see its visits and ratings."


class CoursesToRead(Protocol):
    """The courses of a record, to look at."""

    def list_courses(self, go_on: Progress) -> Sequence[CoursePicture] | None:
        """Every course as it stands now; None when `go_on` stopped it; CourseError."""
        ...

    def course(self, name: str) -> CoursePicture:
        """One course; CourseError where there is none."""
        ...

    def courses_of(self, mrn: str) -> Sequence[CoursePicture]:
        """Every course of one record number; CourseError."""
        ...


class VisitsToRead(Protocol):
    """Opens recorded visits."""

    def visit(self, session: str) -> VisitPicture:
        """The picture of one session; CatalogueError."""
        ...


def course_words(picture: CoursePicture) -> str:
    """Three lines of the list: who, where the course stands, what came of it and what is open."""
    opened, view = picture.opened, picture.view
    simulated = " · SIMULATED" if opened.simulated else ""
    first = f"{opened.patient or 'no patient'} · {opened.mrn}{simulated}"
    if view is None:
        return f"{first}\n{picture.course}\ncannot be shown"
    due = due_items(view)
    late = sum(1 for item in due if item.overdue)
    what = f"{len(due)} open" + (f", {late} overdue" if late else "") if due else "nothing open"
    return f"{first}\n{course_line(view)}\n{view.outcome.kind} · {what}"


class CoursesDesk(QWidget):
    """The list on the left, the course on the right."""

    def __init__(
        self,
        book: CoursesToRead | None,
        visits: VisitsToRead | None,
        open_session: OpenSession,
        documents: Documents | None = None,
    ) -> None:
        """Courses of `book`; `open_session` shows a session at the desk of sessions.

        Without `documents` no report of a course can be written.
        """
        super().__init__()
        self._book, self._visits, self._open_session = book, visits, open_session
        self._pictures: tuple[CoursePicture, ...] = ()
        self._shown: tuple[CoursePicture, ...] = ()
        self._opened: CoursePicture | None = None
        self._read: tuple[Visit, ...] = ()
        self.search = TextField("search of courses", "Patient, MRN or template")
        self.search.textChanged.connect(self._filter)
        self.simulated = QCheckBox("Simulated courses")
        self.simulated.toggled.connect(self._filter)
        self.list = QListWidget()
        self.list.setAccessibleName("courses")
        self.list.setSpacing(2)
        self.list.setWordWrap(True)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.currentRowChanged.connect(self._choose)
        self.count = QLabel()
        theme.style(self.count, role="small", tone="dim")
        self.empty = wrapped_label(name="no courses")
        self.message = wrapped_label(NOTHING_OPEN, name="message")
        theme.style(self.message, role="title")
        self.page = CoursePage()
        self.page.session_wanted.connect(self._go)
        self.report = CourseReportRow(documents)
        self.bar = QProgressBar()
        self.bar.setAccessibleName("reading the visits")
        self.bar.setFormat("Reading the visits: %p %")
        self.stop = QPushButton("Stop")
        self.listing = Work(self)
        self.list_bar = QProgressBar()
        self.list_bar.setAccessibleName("reading the courses")
        self.list_stop = QPushButton("Stop")
        self.list_stop.setAccessibleName("stop reading the courses")
        self.list_stop.clicked.connect(self.listing.stop)
        self.listing.progressed.connect(self._list_progress)
        self.listing.done.connect(self._show_list)
        self.listing.failed.connect(self._say_no_list)
        self.work = Work(self)
        self.stop.clicked.connect(self.work.stop)
        self.work.progressed.connect(self._progress)
        self.work.done.connect(self._done)
        self.work.failed.connect(self._fail)
        self._lay_out()
        self.look_again()

    def _lay_out(self) -> None:
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        self._left = QWidget()
        left = QVBoxLayout(self._left)
        left.setContentsMargins(0, 0, 0, 0)
        for widget in (self.search, self.simulated, self.count):
            left.addWidget(widget)
        reading = QHBoxLayout()
        left.addLayout(reading)
        reading.addWidget(self.list_bar, 1)
        reading.addWidget(self.list_stop)
        left.addWidget(self.empty)
        left.addWidget(self.list, 1)
        left.addStretch()  # without a list, what is said stands together at the top
        row.addWidget(self._left)
        right = QVBoxLayout()
        row.addLayout(right, 1)
        working = QHBoxLayout()
        right.addLayout(working)
        working.addWidget(self.bar, 1)
        working.addWidget(self.stop)
        right.addWidget(self.report)
        self.stack = QStackedWidget()
        right.addWidget(self.stack, 1)
        self.message.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for part in (self.message, self.page):
            self.stack.addWidget(part)
        self._show_working(working=False)
        self._show_listing(listing=False)

    def _show_listing(self, *, listing: bool) -> None:
        self.list_bar.setVisible(listing)
        self.list_stop.setVisible(listing)

    @Slot(float, float)
    def _list_progress(self, share: float, _left_s: float) -> None:
        self.list_bar.setValue(round(100 * share))

    def _show_working(self, *, working: bool) -> None:
        self.bar.setVisible(working)
        self.stop.setVisible(working)

    @Slot()
    def look_again(self) -> None:
        """List the courses anew and open the one that was open."""
        if self._book is None:
            self._say_no_list("No record of courses is opened here.")
            return
        self.listing.abandon()
        theme.set_text(self.count, "Reading the courses")
        show_text(self.empty, "")
        self.list_bar.setValue(0)
        self._show_listing(listing=True)
        self.listing.start(partial(_list_courses, self._book))

    @Slot(object)
    def _show_list(self, found: tuple[CoursePicture, ...] | None) -> None:
        self._show_listing(listing=False)
        if found is None:
            self._say_no_list(LIST_STOPPED)
            return
        self._pictures = found
        real = any(not one.opened.simulated for one in self._pictures)
        if self._pictures and not real and not self.simulated.isChecked():
            with QSignalBlocker(self.simulated):
                self.simulated.setChecked(True)  # there are none but these
        self._filter()

    @Slot(str)
    def _say_no_list(self, words: str) -> None:
        self._show_listing(listing=False)
        self._pictures = ()
        self._filter()
        theme.set_text(self.count, "")
        show_text(self.empty, words)

    @Slot()
    def _filter(self) -> None:
        words = self.search.words().casefold()
        simulated = self.simulated.isChecked()
        self._shown = tuple(
            one
            for one in self._pictures
            if one.opened.simulated is simulated and words in _searched(one)
        )
        before = "" if self._opened is None else self._opened.course
        with QSignalBlocker(self.list):
            self.list.clear()
            for one in self._shown:
                item = QListWidgetItem(course_words(one))
                item.setToolTip(one.course)
                self.list.addItem(item)
        names = [one.course for one in self._shown]
        kind = "simulated" if simulated else "real"
        mine = [one for one in self._pictures if one.opened.simulated is simulated]
        theme.set_text(self.count, f"{len(names)} of {len(mine)} {kind} courses")
        show_text(self.empty, "" if names else NO_MATCH if mine else NO_COURSES)
        self.list.setVisible(bool(names))
        if names:
            place = names.index(before) if before in names else 0
            with QSignalBlocker(self.list):
                self.list.setCurrentRow(place)
            self._choose(place)
        else:
            self._show_nothing()

    def _show_nothing(self) -> None:
        self.work.abandon()
        self._opened = None
        self.report.show_course("")
        self.stack.setCurrentWidget(self.message)
        self._show_working(working=False)
        self.message.setText(NOTHING_OPEN)

    @Slot(int)
    def _choose(self, row: int) -> None:
        if not 0 <= row < len(self._shown) or self._book is None:
            return
        self.work.abandon()
        try:
            picture = self._book.course(self._shown[row].course)
        except CourseError as error:
            self._show_nothing()
            self.message.setText(str(error))
            return
        self._opened = picture
        self._read = _visits_of(picture)
        self.report.show_course(picture.course)
        self.page.show_course(picture, self._read)
        self.stack.setCurrentWidget(self.page)
        if self._read and self._visits is not None:
            self._show_working(working=True)
            self.bar.setValue(0)
            self.work.start(partial(_read_visits, self._visits, self._read))

    @Slot(float, float)
    def _progress(self, share: float, _left_s: float) -> None:
        self.bar.setValue(round(100 * share))

    @Slot(object)
    def _done(self, visits: tuple[Visit, ...] | None) -> None:
        self._show_working(working=False)
        if visits is None:
            visits = tuple(replace(one, problem="not read: stopped") for one in self._read)
        if self._opened is not None:
            self._read = visits
            self.page.show_course(self._opened, visits)

    @Slot(str)
    def _fail(self, words: str) -> None:
        self._show_working(working=False)
        show_text(self.page.problem, words)

    @Slot(str)
    def _go(self, session: str) -> None:
        self._open_session(session)

    def dress(self, look: Theme) -> None:
        """Take the colours and sizes in force."""
        self._left.setFixedWidth(round(theme.active_sizes().body * 20))
        self.page.fit()

    def finish(self) -> None:
        """Stop what still works."""
        self.listing.finish()
        self.work.finish()
        self.report.finish()


def _searched(picture: CoursePicture) -> str:
    opened, view = picture.opened, picture.view
    template = "" if view is None else f"{view.template.id} {view.template.title}"
    return f"{opened.patient} {opened.mrn} {picture.course} {template}".casefold()


def _visits_of(picture: CoursePicture) -> tuple[Visit, ...]:
    if picture.view is None:
        return ()
    return tuple(
        Visit(line=line, session=line.fact.session)
        for line in picture.view.visits
        if line.fact is not None
    )


def _list_courses(book: CoursesToRead, progress: Progress) -> tuple[CoursePicture, ...] | None:
    try:
        found = book.list_courses(progress)
        return None if found is None else tuple(found)
    except CourseError as error:
        raise CatalogueError(str(error)) from error


def _read_visits(
    reader: VisitsToRead, visits: Sequence[Visit], progress: Progress
) -> tuple[Visit, ...] | None:
    """Each visit with its picture; one that cannot be read says why. None when stopped."""
    found = []
    for number, visit in enumerate(visits):
        if not progress(number / len(visits)):
            return None
        try:
            found.append(replace(visit, picture=reader.visit(visit.session)))
        except CatalogueError as error:
            found.append(replace(visit, problem=f"not read: {error}"))
    return tuple(found)
