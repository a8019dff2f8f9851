"""What a person measured: pressures, pulse, saturation, breathing, temperature, alertness."""

from __future__ import annotations

from PySide6.QtCore import QRegularExpression, Slot
from PySide6.QtGui import QRegularExpressionValidator
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QWidget

from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import (
    ChoiceRow,
    DecimalField,
    TextField,
    labelled,
    show_text,
    small_label,
)
from app.bedside.times import time_of_day
from app.history import History
from app.state import ViewState
from protocols.events import EnterVitals, Reading, TypedValue
from protocols.vitals import VITALS, Vital

AGES = [("0", "now"), ("60", "1 min"), ("120", "2 min"), ("300", "5 min")]

FIELDS: tuple[tuple[Vital, str, int], ...] = (
    (Vital.SBP, "Sys", 3),
    (Vital.DBP, "Dia", 3),
    (Vital.MAP, "Mean", 3),
    (Vital.PR, "Pulse", 3),
    (Vital.HR, "HR", 3),
    (Vital.SPO2, "SpO2", 3),
    (Vital.RR, "RR", 2),
    (Vital.TEMP, "Temp", 2),
)
"""Vital, its label and the most digits before the point; four stand in a row."""

_COLUMNS = 4
_RECENT = 5


class ByHandPanel(EntryPanel):
    """Any of the vital signs that a person can measure, and when they were measured.

    What is left empty is not recorded. The fields empty themselves once the record holds what they
    said. What the rules ask about is sent again as confirmed when it is recorded again unchanged.
    """

    title = "By hand"
    refusable = (EnterVitals,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._make_fields()
        self._make_time()
        self.record = QPushButton("Record")
        self.record.clicked.connect(self._send)
        self.body.addWidget(self.record)
        self._recorded_before: int | None = None

    def _make_fields(self) -> None:
        grid = QGridLayout()
        self.body.addLayout(grid)
        grid.setSpacing(8)
        self.fields: dict[Vital, DecimalField] = {}
        for number, (vital, label, digits) in enumerate(FIELDS):
            spec = VITALS[vital]
            name = f"{spec.name} {spec.unit_text}"
            field = DecimalField(name, digits=digits, decimals=spec.decimals)
            field.returnPressed.connect(self._send)
            field.setMinimumWidth(0)
            self.fields[vital] = field
            shown = labelled(f"{label} {spec.unit_text}", field)
            grid.addWidget(shown, number // _COLUMNS, number % _COLUMNS)
        spec = VITALS[Vital.MOAAS]
        steps = [(str(step), str(step)) for step in range(int(spec.plausible[1]), -1, -1)]
        self.alertness = ChoiceRow(spec.name, steps)
        tighten(self.alertness)
        self.body.addWidget(small_label("MOAA/S (5 answers readily, 0 no answer)"))
        self.body.addWidget(self.alertness)

    def _make_time(self) -> None:
        self.age = ChoiceRow("measured", AGES)
        tighten(self.age)
        self.age.chosen.connect(self._forget_clock)
        self.clock = TextField("time of measurement, hours and minutes", "hh:mm")
        pattern = QRegularExpression(r"\d{0,2}[:.]?\d{0,2}")
        self.clock.setValidator(QRegularExpressionValidator(pattern, self))
        self.clock.textEdited.connect(self._forget_age)
        self.clock.returnPressed.connect(self._send)
        self.body.addWidget(small_label("Measured: now (if not said), minutes ago, or time of day"))
        row = QHBoxLayout()
        self.body.addLayout(row)
        row.setSpacing(8)
        row.addWidget(self.age, 4)
        row.addWidget(self.clock, 1)

    def first_field(self) -> QWidget | None:
        """The systolic pressure."""
        return self.fields[Vital.SBP]

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Empty the fields once the record holds what was sent; list what was typed last."""
        before = self._recorded_before
        if before is not None and state.typed_count > before:
            self._recorded_before = None
            self._clear()
        elif before is not None and self.refusals.shown is not None:
            self._recorded_before = None
        lines = _recent_words(state)
        show_text(self.recent, "Recorded:\n" + "\n".join(lines) if lines else "")

    def _clear(self) -> None:
        for field in self.fields.values():
            field.clear()
        self.clock.clear()
        self.age.show_value(None)
        self.alertness.show_value(None)

    @Slot()
    def _forget_clock(self) -> None:
        self.clock.clear()

    @Slot()
    def _forget_age(self) -> None:
        self.age.show_value(None)

    def values(self) -> tuple[TypedValue, ...]:
        """What the fields say, in the order in which they stand."""
        found = []
        for vital, field in self.fields.items():
            value = field.value()
            if value is not None:
                found.append(TypedValue(vital=vital, value=float(value)))
        step = self.alertness.value()
        if step is not None:
            found.append(TypedValue(vital=Vital.MOAAS, value=float(step)))
        return tuple(found)

    @Slot()
    def _send(self) -> None:
        values = self.values()
        if not values:
            return
        clock = self.clock.words()
        age_s = 0.0 if clock else float(self.age.value() or 0)
        self._recorded_before = self.state.typed_count
        self.send(EnterVitals(t_ns=0, by="", values=values, age_s=age_s, clock=clock))


def _recent_words(state: ViewState) -> list[str]:
    """The values typed last, a line each, those measured last first."""
    found = [
        (reading.measured_ns, _value_words(reading), reading.source)
        for reading in (*state.typed.values(), *state.last_values.values())
        if reading.manual
    ]
    pressure = state.last_blood_pressure
    if pressure is not None and pressure.manual:
        words = f"BP {pressure.sbp_mmhg:.0f}/{pressure.dbp_mmhg:.0f} mmHg"
        found.append((pressure.measured_ns, words, pressure.source))
    found.sort(key=lambda entry: -entry[0])
    return [f"{time_of_day(state, at)}  {words} ({by})" for at, words, by in found[:_RECENT]]


def _value_words(reading: Reading) -> str:
    spec = VITALS[reading.vital]
    return f"{spec.label} {spec.format(reading.value)} {spec.unit_text}"
