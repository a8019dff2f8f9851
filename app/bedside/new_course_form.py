"""A new course: template, variant, primary scale, first visit and prescriber, none by default."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QComboBox, QFrame, QGridLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import (
    ChoiceRow,
    TextField,
    bare_row,
    keep_place,
    labelled,
    show_text,
    wrapped_label,
)
from app.records.course_book import NewCourse
from app.theme import style
from protocols.courses.template import CourseTemplate


class NewCourseForm(QFrame):
    """What a prescriber decides when a course begins.

    Signals:
        wanted: a `NewCourse`; patient and record number are empty where the form does not ask.
        cancelled: nothing is opened.
    """

    wanted = Signal(object)
    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None, *, asks_patient: bool = False) -> None:
        """With `asks_patient` the form asks whose course it is."""
        super().__init__(parent)
        style(self, surface="panel")
        self._templates: tuple[CourseTemplate, ...] = ()
        self._asks_patient = asks_patient
        self.mrn = TextField("record number of the patient")
        self.patient = TextField("name of the patient", "Doe, Jane")
        self.template = _box("course template")
        self.template.activated.connect(self._follow_template)
        self.variant = _box("layout of the visits")
        self.scale = _box("primary scale")
        self.first_date = TextField("date of the first visit, year-month-day", "2026-11-02")
        self.prescriber = TextField("prescriber of the course", "name and profession")
        self.indication = TextField("what is treated", "diagnosis")
        self.bipolar = ChoiceRow(
            "bipolar disorder", (("yes", "Yes"), ("no", "No"), ("", "Not asked"))
        )
        self.problem = keep_place(wrapped_label(name="what is missing in the new course"))
        style(self.problem, tone="attention", strong=True)
        self.open_button = QPushButton("Open the course")
        style(self.open_button, kind="primary")
        self.open_button.clicked.connect(self._send)
        cancel = QPushButton("Cancel")
        style(cancel, kind="quiet")
        cancel.clicked.connect(self.cancelled)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(12)
        self._add_grid(column)
        column.addWidget(bare_row(self.open_button, self.problem, cancel, stretch=self.problem))
        show_text(self.problem, "")

    def _add_grid(self, column: QVBoxLayout) -> None:
        grid = QGridLayout()
        column.addLayout(grid)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        whose = bare_row(
            labelled("Record number (MRN)", self.mrn),
            labelled("Name of the patient", self.patient),
        )
        if not self._asks_patient:
            whose.hide()
        cells: tuple[tuple[QWidget, int, int, int], ...] = (
            (whose, 0, 0, 12),
            (labelled("Template", self.template), 1, 0, 6),
            (labelled("Layout of the visits", self.variant), 1, 6, 6),
            (labelled("Primary scale (outcome is judged on it)", self.scale), 2, 0, 4),
            (labelled("First visit (year-month-day)", self.first_date), 2, 4, 4),
            (labelled("Prescriber", self.prescriber), 2, 8, 4),
            (labelled("What is treated", self.indication), 3, 0, 6),
            (labelled("Bipolar disorder", self.bipolar), 3, 6, 6),
        )
        for widget, row, at, span in cells:
            grid.addWidget(widget, row, at, 1, span)
        for at in range(12):
            grid.setColumnStretch(at, 1)

    def fill(self, templates: Sequence[CourseTemplate]) -> None:
        """Offer `templates`; what was typed before is emptied."""
        self._templates = tuple(templates)
        self.template.clear()
        self.template.addItem("Choose the template", "")
        for template in templates:
            self.template.addItem(f"{template.title} ({template.id})", template.id)
        for field in (
            self.mrn,
            self.patient,
            self.first_date,
            self.prescriber,
            self.indication,
        ):
            field.clear()
        self.bipolar.show_value(None)
        self._follow_template()
        self.say("")

    def say(self, sentence: str) -> None:
        """What is missing, or why the course was not opened."""
        show_text(self.problem, sentence)

    def _chosen(self) -> CourseTemplate | None:
        name = self.template.currentData()
        return next((one for one in self._templates if one.id == name), None)

    @Slot()
    def _follow_template(self) -> None:
        chosen = self._chosen()
        self.variant.clear()
        self.scale.clear()
        variants = () if chosen is None else chosen.variants
        if len(variants) != 1:
            self.variant.addItem("Choose the layout", "")
        for variant in variants:
            self.variant.addItem(f"{variant.title}: {len(variant.visits)} visits", variant.id)
        self.scale.addItem("Choose the scale", "")
        for scale in () if chosen is None else chosen.scales:
            self.scale.addItem(scale.upper(), scale)

    @Slot()
    def _send(self) -> None:
        needed = [
            ("template", self.template.currentData()),
            ("layout of the visits", self.variant.currentData()),
            ("primary scale", self.scale.currentData()),
            ("date of the first visit", self.first_date.words()),
            ("prescriber", self.prescriber.words()),
            ("whether a bipolar disorder is known", self.bipolar.value() is not None),
        ]
        if self._asks_patient:
            needed[:0] = [
                ("record number", self.mrn.words()),
                ("name of the patient", self.patient.words()),
            ]
        missing = [name for name, given in needed if not given]
        self.say(f"Missing: {', '.join(missing)}." if missing else "")
        if missing:
            return
        self.wanted.emit(
            NewCourse(
                mrn=self.mrn.words(),
                patient=self.patient.words(),
                template=self.template.currentData(),
                variant=self.variant.currentData(),
                first_date=self.first_date.words(),
                prescriber=self.prescriber.words(),
                scale=self.scale.currentData(),
                indication=self.indication.words(),
                bipolar={"yes": True, "no": False}.get(self.bipolar.value() or ""),
            )
        )


def named(wanted: NewCourse, mrn: str, patient: str, *, simulated: bool) -> NewCourse:
    """`wanted` as the course of that patient."""
    return replace(wanted, mrn=mrn, patient=patient, simulated=simulated)


def _box(name: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    return box
