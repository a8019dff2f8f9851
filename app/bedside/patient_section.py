"""Who is treated, and the weight that the dose rests on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.age import age_years
from app.bedside.course_row import CourseRow
from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    bare_row,
    keep_place,
    labelled,
    show_text,
    small_label,
    wrapped_label,
)
from app.bedside.section import Section, Standing
from app.history import History
from app.reception.desk import EarlierPatient
from app.state import ViewState
from app.theme import style
from protocols.dosing.dose import DoseInputError
from protocols.dosing.weight import judge_weight, pounds
from protocols.events import EnterPatient, EnterWeight
from protocols.guardrails import Finding, FindingKind, amount_text, is_refused

ENTER_AGAIN = frozenset(("weight_change", "bmi"))
"""Findings that the same weight, entered once more, makes a matter of a reason."""

SEXES = (("female", "Female"), ("male", "Male"), ("other", "Other"))


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownPatient:
    """A patient of an earlier visit, to choose instead of typing.

    `visit` is the number of the coming visit; `last_weight_kg` the weight of the last one.
    """

    given_name: str
    family_name: str
    mrn: str
    birth_date: str
    sex: str
    height_cm: Decimal | None = None
    last_weight_kg: Decimal | None = None
    allergies: str = ""
    visit: int = 1
    visits_planned: int | None = None


def _text(value: object) -> str:
    return "" if value is None else str(value)


def known_patient(patient: EarlierPatient) -> KnownPatient:
    """`patient` as the section offers them."""
    return KnownPatient(
        given_name=patient.given_name,
        family_name=patient.family_name,
        mrn=patient.mrn,
        birth_date=patient.birth_date,
        sex=patient.sex,
        height_cm=patient.height_cm,
        last_weight_kg=patient.last_weight_kg,
        allergies=patient.allergies,
        visit=patient.visit,
        visits_planned=patient.visits_planned,
    )


class PatientSection(Section):
    """Identity and weight. Each is saved by its own button and shown as recorded."""

    title = "Patient"
    refusable = (EnterPatient, EnterWeight)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._known: tuple[KnownPatient, ...] = ()
        self._last_weight_kg: Decimal | None = None
        self._refused_kg: Decimal | None = None
        self._state = ViewState()
        self._today = ""
        self._shown_patient: EnterPatient | None = None
        self._shown_weight: EnterWeight | None = None
        self._make_identity()
        self._make_weight()

    def _make_identity(self) -> None:
        self.known_box = QComboBox()
        self.known_box.setAccessibleName("known patients")
        self.known_box.activated.connect(self._choose_known)
        self.set_known_patients([])
        self.family_name = TextField("family name")
        self.given_name = TextField("given name")
        self.mrn = TextField("medical record number")
        self.birth_date = TextField("birth date, year-month-day", "1985-03-02")
        self.birth_date.textChanged.connect(self._show_age)
        self.age_label = small_label(name="age")
        self.age_label.setWordWrap(False)
        self.age_label.setMinimumWidth(120)
        self.sex = ChoiceRow("sex", SEXES)
        self.height_cm = DecimalField("height in centimetres")
        self.height_cm.textChanged.connect(self._show_weight_findings)
        self.allergies = TextField("allergies", "which, or: none known")
        self.visit = DecimalField("number of this visit", digits=2, decimals=0)
        self.visits_planned = DecimalField("visits planned", digits=2, decimals=0)
        grid = QGridLayout()
        self.body.addLayout(grid)
        grid.setHorizontalSpacing(16)
        grid.setVerticalSpacing(12)
        cells: tuple[tuple[QWidget, int, int, int], ...] = (
            (labelled("Known patient, or type a new one below", self.known_box), 0, 0, 12),
            (labelled("Family name", self.family_name), 1, 0, 4),
            (labelled("Given name", self.given_name), 1, 4, 4),
            (labelled("Record number (MRN)", self.mrn), 1, 8, 4),
            (labelled("Birth date (year-month-day)", self.birth_date, self.age_label), 2, 0, 4),
            (labelled("Sex", self.sex), 2, 4, 5),
            (labelled("Height, cm", self.height_cm), 2, 9, 3),
            (labelled("Allergies", self.allergies), 3, 0, 6),
            (labelled("Visit", self.visit), 3, 6, 3),
            (labelled("Visits planned", self.visits_planned), 3, 9, 3),
        )
        for widget, row, column, span in cells:
            grid.addWidget(widget, row, column, 1, span)
        for column in range(12):
            grid.setColumnStretch(column, 1)
        self.course = CourseRow()
        self.course.chosen.connect(self._follow_course)
        self.mrn.editingFinished.connect(self._look_up_course)
        self.body.addWidget(self.course)
        self.save_patient_button = QPushButton("Save patient")
        self.save_patient_button.clicked.connect(self._save_patient)
        style(self.save_patient_button, kind="primary")
        self.patient_line = keep_place(wrapped_label(name="patient as recorded"))
        self.body.addWidget(
            bare_row(self.save_patient_button, self.patient_line, stretch=self.patient_line)
        )

    def _make_weight(self) -> None:
        self.weight_kg = DecimalField("weight in kilograms")
        self.weight_kg.textChanged.connect(self._show_weight_findings)
        self.pounds_label = small_label(name="the same in pounds")
        self.pounds_label.setWordWrap(False)
        self.pounds_label.setMinimumWidth(120)
        self.how = ChoiceRow(
            "how the weight is known", (("measured", "Measured now"), ("stated", "Stated"))
        )
        self.how.chosen.connect(self._show_weight_findings)
        self.weight_reason = TextField("reason for this weight", "why this weight may be used")
        self.reason_box = labelled("Reason", self.weight_reason)
        self.weight_findings = wrapped_label(name="what the weight check says")
        style(self.weight_findings, tone="attention")
        self.save_weight_button = QPushButton("Save weight")
        self.save_weight_button.clicked.connect(self._save_weight)
        style(self.save_weight_button, kind="primary")
        self.weight_line = keep_place(wrapped_label(name="weight as recorded"))
        self.weight_box = QWidget()
        style(self.weight_box, clear=True)
        column = QVBoxLayout(self.weight_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        fields = QHBoxLayout()
        column.addLayout(fields)
        fields.setSpacing(16)
        fields.addWidget(labelled("Weight, kg", self.weight_kg, self.pounds_label), 1)
        fields.addWidget(labelled("How it is known", self.how), 1)
        fields.addWidget(self.reason_box, 2)
        column.addWidget(self.weight_findings)
        column.addWidget(
            bare_row(self.save_weight_button, self.weight_line, stretch=self.weight_line)
        )
        self.hidden_label = small_label("The weight is hidden during the second person's check.")
        self.hidden_label.hide()
        self.body.addWidget(self.weight_box)
        self.body.addWidget(self.hidden_label)
        self.problem = wrapped_label(name="what is missing")
        style(self.problem, tone="attention", strong=True)
        self.problem.hide()
        self.body.addWidget(self.problem)
        self.body.addWidget(self.refusals)
        self._show_weight_findings()

    def hide_weight(self, hidden: bool) -> None:
        """Hide the weight from a second person who reads it from its own source."""
        self.weight_box.setVisible(not hidden)
        self.hidden_label.setVisible(hidden)

    def set_known_patients(self, patients: Sequence[KnownPatient]) -> None:
        """Offer `patients` to choose from."""
        self._known = tuple(patients)
        self.known_box.clear()
        self.known_box.addItem("New patient" if patients else "New patient (none known yet)")
        for known in patients:
            self.known_box.addItem(
                f"{known.family_name.upper()}, {known.given_name}  ·  "
                f"MRN {known.mrn}  ·  born {known.birth_date}"
            )
        self.known_box.setEnabled(bool(patients))

    @Slot(int)
    def _choose_known(self, index: int) -> None:
        known = self._known[index - 1] if index > 0 else None
        self._last_weight_kg = known.last_weight_kg if known else None
        for field in self._identity_fields():
            field.settle()
        self._fill_identity(known)
        for field in self._identity_fields():
            field.touch()
        self._look_up_course()
        self._show_weight_findings()

    def _identity_fields(self) -> tuple[TextField, ...]:
        return (
            self.family_name,
            self.given_name,
            self.mrn,
            self.birth_date,
            self.height_cm,
            self.allergies,
            self.visit,
            self.visits_planned,
        )

    def _fill_identity(self, entry: EnterPatient | KnownPatient | None) -> None:
        self.family_name.fill(entry.family_name if entry else "")
        self.given_name.fill(entry.given_name if entry else "")
        self.mrn.fill(entry.mrn if entry else "")
        self.birth_date.fill(entry.birth_date if entry else "")
        self.height_cm.fill(_text(entry.height_cm if entry else None))
        self.allergies.fill(entry.allergies if entry else "")
        self.visit.fill(_text(entry.visit if entry else None))
        self.visits_planned.fill(_text(entry.visits_planned if entry else None))
        self.sex.show_value(entry.sex if entry else None)
        self._show_age()

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show what is recorded; fields that a person changed keep what was typed."""
        self._state = state
        self.course.render(state, now_ns)
        today = state.wall_clock.utc[:10] if state.wall_clock else ""
        if today != self._today:
            self._today = today
            self._show_age()
        if state.patient is not None and state.patient is not self._shown_patient:
            self._shown_patient = state.patient
            if not any(field.typed for field in self._identity_fields()):
                self._fill_identity(state.patient)
            entry = state.patient
            by = f", by {entry.by}" if entry.by else ""
            show_text(
                self.patient_line,
                f"Recorded: {entry.family_name.upper()}, {entry.given_name}, MRN {entry.mrn}{by}",
            )
        if state.weight is not None and state.weight is not self._shown_weight:
            self._shown_weight = state.weight
            self._show_recorded_weight(state.weight)
            self._show_weight_findings()

    def _show_recorded_weight(self, entry: EnterWeight) -> None:
        if not self.weight_kg.typed:
            self.weight_kg.fill(f"{entry.weight_kg:.1f}")
            self.how.show_value("measured" if entry.measured else "stated")
            self.weight_reason.fill(entry.reason)
        how = "measured" if entry.measured else "stated"
        by = f", by {entry.by}" if entry.by else ""
        why = f" ({entry.reason})" if entry.reason else ""
        show_text(self.weight_line, f"Recorded: {entry.weight_kg:.1f} kg {how}{by}{why}")

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Done once both are recorded and nothing typed waits to be saved."""
        if any(field.typed for field in self._identity_fields()):
            return Standing.OPEN, "The patient's details are typed but not saved."
        if state.patient is None:
            return Standing.OPEN, "The patient is not saved."
        if self.weight_kg.typed:
            if is_refused(self._findings()):
                return Standing.HELD, "The weight cannot be used as typed."
            return Standing.OPEN, "The weight is typed but not saved."
        if state.weight is None:
            return Standing.OPEN, "The weight is not saved."
        return Standing.DONE, ""

    @Slot()
    def _show_age(self) -> None:
        text = self.birth_date.words()
        age = age_years(text, self._today) if text and self._today else None
        wrong = "not a date" if len(text) >= 10 and self._today else ""
        self.age_label.setText(f"{age} years" if age is not None else wrong)

    def _findings(self) -> tuple[Finding, ...]:
        """What the protocol's rules say of the weight as it is typed."""
        weight, definition = self.weight_kg.value(), self._state.definition
        if weight is None or definition is None:
            return ()
        patient = self._state.patient
        height = self.height_cm.value() or (patient.height_cm if patient else None)
        try:
            return judge_weight(
                weight,
                definition.weight,
                definition.guardrail("weight_kg"),
                measured=self.how.value() != "stated",
                last_weight_kg=self._last_weight_kg,
                height_cm=height,
                entered_again=weight == self._refused_kg,
            )
        except DoseInputError as error:
            finding = Finding(
                field="weight_kg",
                value=weight,
                limit=None,
                kind=FindingKind.HARD,
                message=str(error),
            )
            return (finding,)

    @Slot()
    def _show_weight_findings(self) -> None:
        weight = self.weight_kg.value()
        self.pounds_label.setText("" if weight is None else f"= {amount_text(pounds(weight))} lb")
        findings = self._findings()
        show_text(self.weight_findings, "\n".join(finding.message for finding in findings))
        self.reason_box.setVisible(bool(findings) and not is_refused(findings))

    def _missing_identity(self) -> str:
        needed = (
            ("Family name", self.family_name.words()),
            ("Given name", self.given_name.words()),
            ("Record number", self.mrn.words()),
            ("Birth date", self.birth_date.words()),
            ("Sex", self.sex.value() or ""),
        )
        missing = [name for name, text in needed if not text]
        if missing:
            return f"Not saved: {', '.join(missing).lower()} missing."
        if age_years(self.birth_date.words(), self._today or date.max.isoformat()) is None:
            return (
                f"Not saved: birth date {self.birth_date.words()} is not a date in the past. "
                "Write it as year-month-day, for example 1985-03-02."
            )
        return ""

    @Slot()
    def _save_patient(self) -> None:
        self._look_up_course()
        problem = self._missing_identity() or self.course.missing()
        show_text(self.problem, problem)
        if problem:
            return
        visits = self.visits_planned.value()
        for field in self._identity_fields():
            field.settle()
        self.send(
            EnterPatient(
                t_ns=0,
                by="",
                given_name=self.given_name.words(),
                family_name=self.family_name.words(),
                mrn=self.mrn.words(),
                birth_date=self.birth_date.words(),
                sex=self.sex.value() or "",
                height_cm=self.height_cm.value(),
                allergies=self.allergies.words(),
                visit=int(self.visit.value() or 1),
                visits_planned=None if visits is None else int(visits),
                standing=self.course.standing,
                last_dose=self.course.last_dose,
            )
        )

    @Slot()
    def _look_up_course(self) -> None:
        name = ", ".join(t for t in (self.family_name.words(), self.given_name.words()) if t)
        self.course.look_up(self.mrn.words(), name, self._state.observer)

    @Slot()
    def _follow_course(self) -> None:
        """The chosen course says which visit this is."""
        offer = self.course.offer()
        if offer is None or not offer.visit:
            return
        planned = offer.visits_planned
        for field, number in ((self.visit, offer.visit), (self.visits_planned, planned)):
            field.settle()
            field.fill(_text(number))
            field.touch()

    def _missing_weight(self, findings: tuple[Finding, ...]) -> str:
        if self.weight_kg.value() is None:
            return "Not saved: weight missing. Enter it in kg."
        if self.how.value() is None:
            return "Not saved: say whether the weight was measured now or stated."
        hard = [finding for finding in findings if finding.kind is FindingKind.HARD]
        if any(finding.field not in ENTER_AGAIN for finding in hard):
            return f"Not saved: {hard[0].message}"
        if findings and not hard and not self.weight_reason.words():
            return "Not saved: this weight needs a reason."
        return ""

    @Slot()
    def _save_weight(self) -> None:
        findings = self._findings()
        problem = self._missing_weight(findings)
        show_text(self.problem, problem)
        weight = self.weight_kg.value()
        if problem or weight is None:
            return
        self.weight_kg.settle()
        self.weight_reason.settle()
        if is_refused(findings):
            self._ask_again(weight, findings[0].message)
        self.send(
            EnterWeight(
                t_ns=0,
                by="",
                weight_kg=weight.quantize(Decimal("0.1")),
                measured=self.how.value() == "measured",
                reason=self.weight_reason.words(),
                last_weight_kg=self._last_weight_kg,
            )
        )

    def _ask_again(self, weight: Decimal, why: str) -> None:
        """Empty the field: the same weight typed once more is believed, with a reason."""
        self._refused_kg = weight
        self.weight_kg.clear()
        self.weight_kg.setFocus()
        show_text(self.problem, why)
