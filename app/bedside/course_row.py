"""The course that a visit belongs to: chosen from the open ones, or opened here."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import labelled, show_text, wrapped_label
from app.bedside.new_course_form import NewCourseForm, named
from app.records.course_book import CourseBook, CourseError, CourseOffer, NewCourse
from app.state import ViewState
from app.theme import style
from protocols.course_holds import spacing_verdict
from protocols.courses.spacing import SpacingKind
from protocols.events import CourseStanding, LastDose


def _unreadable(why: str) -> CourseOffer:
    """What holds where the courses of a patient cannot be read: a prescriber decides."""
    sentence = f"The courses and earlier doses of this patient cannot be read: {why}"
    return CourseOffer(
        standing=CourseStanding(course="", template="", decision=sentence), line=sentence
    )


class CourseRow(QWidget):
    """Shows what the record says of a patient's courses, and which one the visit belongs to.

    Signals:
        chosen: another course was chosen, or what is known of them changed.
    """

    chosen = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._book: CourseBook | None = None
        self._by = ""
        self._mrn = ""
        self._patient = ""
        self._state = ViewState()
        self._offers: tuple[CourseOffer, ...] = ()
        self.box = QComboBox()
        self.box.setAccessibleName("course of this visit")
        shrinks = QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        self.box.setSizeAdjustPolicy(shrinks)
        self.box.activated.connect(self._choose)
        self.new_button = QPushButton("Open a new course")
        self.new_button.clicked.connect(self._show_form)
        self.line = wrapped_label(name="course")
        style(self.line, strong=True)
        self.spacing = wrapped_label(name="time since the last dose")
        self.problem = wrapped_label(name="what is to be seen to in the course")
        style(self.problem, tone="attention")
        self.form = NewCourseForm()
        self.form.wanted.connect(self._open)
        self.form.cancelled.connect(self._hide_form)
        self.form.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(labelled("Course of this visit", self.box, self.new_button))
        for widget in (self.line, self.spacing, self.problem, self.form):
            column.addWidget(widget)
        self._show()

    def set_book(self, book: CourseBook) -> None:
        """Look courses up in `book`."""
        self._book = book

    def look_up(self, mrn: str, patient: str, by: str) -> None:
        """Show the courses of the patient with that record number, unless they are shown."""
        self._by, self._patient = by, patient
        if mrn != self._mrn:
            self._mrn = mrn
            self._read()

    def _read(self, wanted: str = "") -> None:
        """Read the offers anew; the course `wanted`, else the only open one, is chosen."""
        opened = self._state.opened
        self._offers = ()
        if self._mrn and self._book is not None and opened is not None:
            try:
                self._offers = tuple(
                    self._book.offers(
                        self._mrn, simulated=self._state.simulated, but=opened.session
                    )
                )
            except CourseError as error:
                self._offers = (_unreadable(str(error)),)
        self._fill_box(wanted)
        self._show()
        self.chosen.emit()

    def _fill_box(self, wanted: str) -> None:
        self.box.clear()
        courses = [offer for offer in self._offers if offer.standing.course]
        self.box.addItem("Choose the course" if courses else "No open course", None)
        for index, offer in enumerate(self._offers):
            text = offer.line if offer.standing.course else "Outside any course"
            self.box.addItem(text, index)
        names = [offer.standing.course for offer in self._offers]
        if wanted in names and wanted:
            self.box.setCurrentIndex(1 + names.index(wanted))
        elif len(courses) <= 1 and self._offers:
            self.box.setCurrentIndex(1)

    def offer(self) -> CourseOffer | None:
        """What is chosen; None while nothing is known or nothing was chosen."""
        index = self.box.currentData()
        return None if index is None else self._offers[index]

    @property
    def standing(self) -> CourseStanding | None:
        """What goes into the session."""
        offer = self.offer()
        return None if offer is None else offer.standing

    @property
    def last_dose(self) -> LastDose | None:
        """The dose of the patient's last visit, where the record has one."""
        return next((offer.last_dose for offer in self._offers if offer.last_dose), None)

    def missing(self) -> str:
        """Why the patient cannot be saved yet, or an empty text."""
        if self._offers and self.offer() is None:
            return "Not saved: choose the course of this visit."
        return ""

    def render(self, state: ViewState, now_ns: int) -> None:
        """Keep the sentences in step with the time."""
        self._state = state
        self._show_spacing(now_ns)

    def _show(self) -> None:
        offer = self.offer()
        show_text(self.line, "" if offer is None else _words(offer))
        allowed = () if offer is None else offer.protocols
        definition = self._state.definition
        wrong = ""
        if allowed and definition is not None and definition.id not in allowed:
            wrong = (
                f"This session runs {definition.id}; the course allows {', '.join(allowed)}. Ask "
                "the prescriber."
            )
        show_text(self.problem, wrong)
        self.box.setEnabled(bool(self._offers))
        self.new_button.setEnabled(bool(self._mrn) and self._book is not None)

    def _show_spacing(self, now_ns: int) -> None:
        standing = self.standing
        if standing is None or not standing.last_dose_utc:
            show_text(self.spacing, "")
            return
        verdict = spacing_verdict(standing, self._state.wall_clock, now_ns)
        clear = verdict.kind is SpacingKind.CLEAR
        words = verdict.sentence or "The last dose is long enough ago."
        show_text(self.spacing, words)
        style(self.spacing, tone="dim" if clear else "attention", strong=not clear)

    @Slot()
    def _choose(self) -> None:
        self._show()
        self.chosen.emit()

    @Slot()
    def _show_form(self) -> None:
        if self._book is None:
            return
        try:
            templates = list(self._book.templates())
        except CourseError as error:
            show_text(self.problem, str(error))
            return
        definition = self._state.definition
        name = "" if definition is None else definition.id
        templates.sort(key=lambda template: name not in template.protocols)
        self.form.fill(templates)
        self.form.show()
        self.form.template.setFocus()

    @Slot()
    def _hide_form(self) -> None:
        self.form.hide()

    @Slot(object)
    def _open(self, wanted: NewCourse) -> None:
        if self._book is None:
            return
        try:
            name = self._book.open_course(
                named(wanted, self._mrn, self._patient, simulated=self._state.simulated),
                self._by,
            )
        except CourseError as error:
            self.form.say(f"Not opened: {error}")
            return
        self.form.hide()
        self._read(name)


def _words(offer: CourseOffer) -> str:
    dose = f"; planned dose {offer.dose}" if offer.dose else ""
    return f"{offer.line[:1].upper()}{offer.line[1:]}{dose}"
