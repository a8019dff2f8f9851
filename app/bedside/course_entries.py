"""What can be entered into a course between the sessions: one kind at a time, in a row."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QGridLayout,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    bare_row,
    keep_place,
    labelled,
    show_text,
    wrapped_label,
)
from app.clock import iso_utc
from app.theme import style
from protocols.courses.course import CourseView
from protocols.courses.entries import (
    CheckAnswered,
    Choice,
    CourseClosed,
    DecisionTaken,
    Entry,
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
from protocols.courses.reminders import CheckReminder

Make = Callable[[str], Entry]
"""Makes the entry, given who enters it."""

BY_NEED = "by need"

COLUMNS = 2
"""Fields beside each other."""


class _NotWholeError(Exception):
    """A field is empty or cannot be read; the text says which."""


def _words(field: TextField, name: str) -> str:
    if not field.words():
        field.setFocus()
        raise _NotWholeError(f"Missing: {name}.")
    return field.words()


def _whole(field: DecimalField, name: str) -> int:
    return int(_words(field, name))


def _moment(field: TextField) -> str:
    text = _words(field, "date and time")
    try:
        return iso_utc(datetime.fromisoformat(text).astimezone())
    except ValueError:
        raise _NotWholeError(f"{text}: write date and time as 2026-11-05 09:00.") from None


def _chosen(row: ChoiceRow, name: str) -> str:
    value = row.value()
    if value is None:
        raise _NotWholeError(f"Choose: {name}.")
    return value


def _picked(box: QComboBox, name: str) -> str:
    value = box.currentData()
    if not value:
        box.setFocus()
        raise _NotWholeError(f"Choose: {name}.")
    return str(value)


class CourseEntries(QFrame):
    """The row of fields of the chosen kind of entry.

    Signals:
        wanted: a `Make`; the page adds who enters it.
    """

    wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self._checks: dict[str, CheckReminder] = {}
        self.kind = QComboBox()
        self.kind.setAccessibleName("what is entered")
        self.kind.addItem("Choose what to enter")
        self.pages = QStackedWidget()
        self.pages.addWidget(QWidget())
        style(self.pages, clear=True)
        self.problem = keep_place(wrapped_label(name="why it was not entered"))
        style(self.problem, tone="attention", strong=True)
        self.enter_button = QPushButton("Enter")
        style(self.enter_button, kind="primary")
        self.enter_button.clicked.connect(self._send)
        self._makers: list[Callable[[CourseEntries], Make]] = []
        self._fields: list[TextField] = []
        self._choices: list[ChoiceRow] = []
        self._make_pages()
        self.kind.currentIndexChanged.connect(self._turn)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(labelled("Enter into this course", self.kind))
        column.addWidget(self.pages)
        column.addWidget(bare_row(self.enter_button, self.problem, stretch=self.problem))
        self._turn(0)

    # The kinds -----------------------------------------------------------------------------------

    def _make_pages(self) -> None:
        self.position = self._number("number of the visit")
        self.when = self._text("date and time of the appointment", "2026-11-05 09:00")
        self.why = self._text("reason", "needed to move an appointment")
        self._page("Book or move a visit", CourseEntries._book, self.position, self.when, self.why)
        self.missed_position = self._number("number of the missed visit")
        self.missed_why = self._text("why it was missed")
        self._page("A visit was missed", CourseEntries._miss, self.missed_position, self.missed_why)
        self.decision = _box("open decision")
        self.choice = self._choice(
            "decision taken", tuple((str(c), str(c).capitalize()) for c in Choice)
        )
        self.decider = self._text("prescriber who decides", "name and profession")
        self.decision_why = self._text("reason of the decision")
        self._page(
            "A prescriber decided",
            CourseEntries._decide,
            self.decision,
            self.choice,
            self.decider,
            self.decision_why,
        )
        self._make_follow_up_pages()
        self.treatment = self._text("earlier treatment", "drug or therapy")
        self.max_dose = self._text("highest dose of it")
        self.weeks = self._number("weeks of it")
        self.trial_outcome = self._choice(
            "what it came to", tuple((str(o), str(o)) for o in TrialOutcome)
        )
        self._page(
            "An earlier treatment",
            CourseEntries._trial,
            self.treatment,
            self.max_dose,
            self.weeks,
            self.trial_outcome,
        )
        self.signs = self._text("early warning signs")
        self.people = self._text("people who support")
        self.criteria = self._text("criteria for maintenance")
        self._page(
            "Plan against relapse", CourseEntries._plan, self.signs, self.people, self.criteria
        )
        self.close_why = self._text("why the course is closed")
        self._page("Close the course", CourseEntries._close, self.close_why)

    def _make_follow_up_pages(self) -> None:
        self.scale = self._text("scale", "for example phq-9")
        self.total = self._number("total")
        self.taken = self._text("date and time of the rating", "2026-11-05 09:00")
        self.positive = self._choice(
            "item on death or self-harm",
            (("yes", "Positive"), ("no", "Negative"), ("", "Not known")),
        )
        self._page(
            "A rating between the visits",
            CourseEntries._score,
            self.scale,
            self.total,
            self.taken,
            self.positive,
        )
        self.after = self._number("integration after visit")
        self.done_on = self._text("date of the integration session", "2026-11-05")
        self.minutes = self._number("minutes")
        self.with_whom = self._text("with whom")
        self._page(
            "Integration session done",
            CourseEntries._integrate,
            self.after,
            self.done_on,
            self.minutes,
            self.with_whom,
        )
        self.interval = _box("interval of maintenance")
        self.interval_by = self._text("prescriber of the interval", "name and profession")
        self.interval_why = self._text("reason of the interval")
        self._page(
            "Interval of maintenance",
            CourseEntries._keep,
            self.interval,
            self.interval_by,
            self.interval_why,
        )
        self.check = _box("recurring question")
        self.check.currentIndexChanged.connect(self._offer_answers)
        self.answer = _box("answer")
        self.check_on = self._text("date of the answer", "2026-11-05")
        self._page(
            "A recurring question", CourseEntries._ask, self.check, self.answer, self.check_on
        )
        self.sleep = self._text("sleep")
        self.exercise = self._text("exercise")
        self.nutrition = self._text("nutrition")
        self.support = self._text("support")
        self._page(
            "Sleep, exercise, nutrition, support (optional)",
            CourseEntries._note_lifestyle,
            self.sleep,
            self.exercise,
            self.nutrition,
            self.support,
        )

    def _page(self, title: str, maker: Callable[[CourseEntries], Make], *fields: QWidget) -> None:
        self.kind.addItem(title)
        self._makers.append(maker)
        page = QWidget()
        style(page, clear=True)
        grid = QGridLayout(page)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(16)
        for index, field in enumerate(fields):
            name = field.accessibleName()
            box = labelled(f"{name[:1].upper()}{name[1:]}", field)
            grid.addWidget(box, index // COLUMNS, index % COLUMNS, Qt.AlignmentFlag.AlignTop)
        for column in range(COLUMNS):
            grid.setColumnStretch(column, 1)
        self.pages.addWidget(page)

    def _text(self, name: str, placeholder: str = "") -> TextField:
        field = TextField(name, placeholder)
        self._fields.append(field)
        return field

    def _number(self, name: str) -> DecimalField:
        field = DecimalField(name, digits=3, decimals=0)
        self._fields.append(field)
        return field

    def _choice(self, name: str, options: tuple[tuple[str, str], ...]) -> ChoiceRow:
        row = ChoiceRow(name, options)
        self._choices.append(row)
        return row

    # Their entries -------------------------------------------------------------------------------

    def _book(self) -> Make:
        return partial(
            _stamped,
            VisitBooked,
            position=_whole(self.position, "number of the visit"),
            planned_utc=_moment(self.when),
            reason=self.why.words(),
        )

    def _miss(self) -> Make:
        return partial(
            _stamped,
            VisitMissed,
            position=_whole(self.missed_position, "number of the visit"),
            reason=_words(self.missed_why, "why it was missed"),
        )

    def _decide(self) -> Make:
        return partial(
            _stamped,
            DecisionTaken,
            decision=_picked(self.decision, "the decision"),
            choice=Choice(_chosen(self.choice, "what was decided")),
            prescriber=_words(self.decider, "prescriber"),
            reason=_words(self.decision_why, "reason"),
        )

    def _score(self) -> Make:
        answer = _chosen(self.positive, "whether an item on death or self-harm was positive")
        return partial(
            _stamped,
            ScoreTaken,
            scale=_words(self.scale, "scale").lower(),
            total=_whole(self.total, "total"),
            taken_utc=_moment(self.taken),
            positive={"yes": True, "no": False}.get(answer),
        )

    def _integrate(self) -> Make:
        return partial(
            _stamped,
            IntegrationDone,
            position=_whole(self.after, "number of the visit"),
            on=_words(self.done_on, "date"),
            minutes=_whole(self.minutes, "minutes") if self.minutes.words() else None,
            with_whom=self.with_whom.words(),
        )

    def _keep(self) -> Make:
        chosen = _picked(self.interval, "interval")
        return partial(
            _stamped,
            MaintenanceSet,
            interval_d=None if chosen == BY_NEED else int(chosen),
            prescriber=_words(self.interval_by, "prescriber"),
            reason=_words(self.interval_why, "reason"),
        )

    def _ask(self) -> Make:
        return partial(
            _stamped,
            CheckAnswered,
            check=_picked(self.check, "the question"),
            answer=_picked(self.answer, "the answer"),
            on=_words(self.check_on, "date"),
        )

    def _note_lifestyle(self) -> Make:
        told = {
            "sleep": self.sleep.words(),
            "exercise": self.exercise.words(),
            "nutrition": self.nutrition.words(),
            "support": self.support.words(),
        }
        if not any(told.values()):
            raise _NotWholeError("Nothing is filled in.")
        return partial(_stamped, LifestyleNoted, **told)

    def _trial(self) -> Make:
        return partial(
            _stamped,
            TrialRecorded,
            treatment=_words(self.treatment, "treatment"),
            max_dose=self.max_dose.words(),
            weeks=_whole(self.weeks, "weeks") if self.weeks.words() else None,
            outcome=TrialOutcome(_chosen(self.trial_outcome, "what it came to")),
        )

    def _plan(self) -> Make:
        return partial(
            _stamped,
            RelapsePlanWritten,
            warning_signs=_words(self.signs, "early warning signs"),
            support_people=_words(self.people, "people who support"),
            criteria=_words(self.criteria, "criteria for maintenance"),
        )

    def _close(self) -> Make:
        return partial(_stamped, CourseClosed, reason=_words(self.close_why, "reason"))

    # Showing -------------------------------------------------------------------------------------

    def show_view(self, view: CourseView) -> None:
        """Offer what `view` has open; what was typed is kept."""
        self._offer(self.decision, [(d.id, d.sentence) for d in view.decisions], "No open decision")
        plan = view.template.maintenance
        days = [] if plan is None else [(str(d), f"{d} days") for d in plan.choices_d]
        if plan is not None and plan.by_need:
            days.append((BY_NEED, "By need"))
        self._offer(self.interval, days, "This course has no maintenance")
        self._checks = {check.check: check for check in view.checks}
        asked = [(check.check, check.question) for check in view.checks]
        self._offer(self.check, asked, "Nothing is asked before the first dose")
        if not self.scale.words():
            self.scale.setText(view.opened.scale)

    def _offer(self, box: QComboBox, items: list[tuple[str, str]], none: str) -> None:
        before = box.currentData()
        box.clear()
        box.addItem("Choose" if items else none, "")
        for value, text in items:
            box.addItem(text, value)
        box.setCurrentIndex(max(0, box.findData(before)))
        box.setEnabled(bool(items))

    @Slot()
    def _offer_answers(self) -> None:
        check = self._checks.get(self.check.currentData() or "")
        answers = () if check is None else check.answers
        self._offer(self.answer, [(a, a) for a in answers], "Choose the question first")

    @Slot(int)
    def _turn(self, index: int) -> None:
        self.pages.setCurrentIndex(index)
        self.pages.setVisible(index > 0)
        self.enter_button.setVisible(index > 0)
        self.say("")

    def say(self, sentence: str) -> None:
        """Why nothing was entered."""
        show_text(self.problem, sentence)

    def settle(self) -> None:
        """What was typed is in the record: empty the fields."""
        for field in self._fields:
            field.clear()
        for row in self._choices:
            row.show_value(None)
        self.kind.setCurrentIndex(0)

    @Slot()
    def _send(self) -> None:
        try:
            make = self._makers[self.kind.currentIndex() - 1](self)
        except _NotWholeError as error:
            self.say(str(error))
            return
        self.say("")
        self.wanted.emit(make)


def _stamped(kind: type[Entry], by: str, **fields: object) -> Entry:
    """An entry by `by`; the record dates it."""
    return kind(by=by, at_utc="", **fields)


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box
