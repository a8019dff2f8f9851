"""What is added late: readings that were written on paper, with their time, or a note."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QGridLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.fields import DecimalField, TextField, labelled, show_text, wrapped_label
from app.late_times import happened_utc
from app.state import ViewState
from protocols.events import AddAddendum, TypedValue
from protocols.vitals import VITALS, Vital

FIELDS = (Vital.SBP, Vital.DBP, Vital.PR, Vital.SPO2, Vital.RR, Vital.TEMP)
"""The vitals that a late entry may have, three in a row."""

_COLUMNS, _DIGITS = 3, 3

NO_TIME = "Type the time like 14:05, or with the date: 2026-11-26 14:05."
NO_TEXT = "Type a value or a text."
NO_REASON = "Say why it comes late."


class LateForm(QWidget):
    """Values and a text, when it happened, and why it comes late.

    Signals:
        intended: an `AddAddendum` without who gives it.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.setAccessibleName("late entry")
        self._state = ViewState()
        self._now_ns = 0
        self.fields: dict[Vital, DecimalField] = {}
        column = QVBoxLayout(self)
        grid = QGridLayout()
        column.addLayout(grid)
        grid.setSpacing(8)
        for number, vital in enumerate(FIELDS):
            spec = VITALS[vital]
            name = f"late {spec.name} {spec.unit_text}"
            field = DecimalField(name, digits=_DIGITS, decimals=spec.decimals)
            self.fields[vital] = field
            shown = labelled(f"{spec.label} {spec.unit_text}", field)
            grid.addWidget(shown, number // _COLUMNS, number % _COLUMNS)
        self.when = TextField("when it happened", "14:05")
        self.text = TextField("what is added", "text; may stay empty beside values")
        self.reason = TextField("why it comes late", "for example written on paper")
        self.problem = wrapped_label(name="what is missing for the late entry")
        theme.style(self.problem, tone="attention", strong=True)
        self.add_button = QPushButton("Add late entry")
        self.add_button.clicked.connect(self._add)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        column.addWidget(labelled("When it happened (values need it)", self.when))
        column.addWidget(labelled("Text", self.text))
        column.addWidget(labelled("Why late", self.reason))
        column.addWidget(self.problem)
        column.addWidget(self.add_button)
        for line in (self.when, self.text, self.reason, *self.fields.values()):
            line.returnPressed.connect(self._add)
        show_text(self.problem, "")

    def show_state(self, state: ViewState, now_ns: int) -> None:
        """Know the clock of the session."""
        self._state, self._now_ns = state, now_ns

    def clear(self) -> None:
        """Empty the fields."""
        for field in (self.when, self.text, self.reason, *self.fields.values()):
            field.clear()
        show_text(self.problem, "")

    @Slot()
    def _add(self) -> None:
        typed = ((vital, field.value()) for vital, field in self.fields.items())
        values = tuple(
            TypedValue(vital=vital, value=float(value))
            for vital, value in typed
            if value is not None
        )
        when, text, reason = self.when.words(), self.text.words(), self.reason.words()
        happened = happened_utc(when, self._state.wall_clock, self._now_ns) if when else ""
        missing = ""
        if not values and not text:
            missing = NO_TEXT
        elif happened is None or (values and not happened):
            missing = NO_TIME
        elif not reason:
            missing = NO_REASON
        show_text(self.problem, missing)
        if not missing:
            self.intended.emit(
                AddAddendum(
                    t_ns=0,
                    by="",
                    text=text,
                    reason=reason,
                    values=values,
                    happened_utc=happened or "",
                )
            )
