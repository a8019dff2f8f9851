"""The correction of one entry: what is right, or that it should not be there; always why."""

from __future__ import annotations

from itertools import pairwise

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app import theme
from app.bedside.entry_list import source_words
from app.bedside.fields import DecimalField, TextField, labelled, show_text, wrapped_label
from app.bedside.refilled_layout import RefilledLayout
from protocols.events import (
    CorrectEntry,
    EffectChanged,
    ObservationRecorded,
    Reading,
    ScaleRecorded,
    TypedValue,
)
from protocols.record_entries import RecordEntry
from protocols.vitals import VITALS, Vital

BY_MONITOR = (
    "A monitor's value is never replaced. Withdraw it as an artefact; what was measured by hand is "
    "entered under By hand, with its time."
)
MISSING_REASON = "Say why: a correction without a reason is not accepted."
MISSING_VALUE = "Type the right value, or withdraw the entry."
MISSING_TEXT = "Say what is right, or withdraw the entry."
SCALE = "To change answers, withdraw the scale and fill it in again."

_DIGITS = 3


class AmendForm(QWidget):
    """Closed until an entry is chosen.

    Signals:
        intended: a `CorrectEntry` without who gives it.
        closed: the form was put away.
    """

    intended = Signal(object)
    closed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear=True)
        self.setAccessibleName("correction")
        self.entry: RecordEntry | None = None
        self.fields: dict[Vital, DecimalField] = {}
        self.heading = wrapped_label(name="what is corrected")
        theme.style(self.heading, strong=True)
        self.hint = wrapped_label(name="how it is corrected")
        theme.style(self.hint, role="small", tone="dim")
        self._values = RefilledLayout(QHBoxLayout())
        self._values.layout.setSpacing(8)
        self.text = TextField("right wording", "what is right")
        self.text_box = labelled("What is right", self.text)
        self.reason = TextField("reason of the correction", "why, for example digits swapped")
        self.problem = wrapped_label(name="what is missing for the correction")
        theme.style(self.problem, tone="attention", strong=True)
        self.correct_button = QPushButton("Record correction")
        theme.style(self.correct_button, kind="primary")
        self.correct_button.clicked.connect(self._correct)
        self.withdraw_button = QPushButton("Withdraw")
        self.withdraw_button.clicked.connect(self._withdraw)
        self.cancel_button = QPushButton("Cancel")
        theme.style(self.cancel_button, kind="quiet")
        self.cancel_button.clicked.connect(self.close_form)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.GRID_PX)
        column.addWidget(self.heading)
        column.addWidget(self.hint)
        column.addLayout(self._values.layout)
        column.addWidget(self.text_box)
        column.addWidget(labelled("Why", self.reason))
        column.addWidget(self.problem)
        buttons = QHBoxLayout()
        column.addLayout(buttons)
        buttons.setSpacing(8)
        for button in (self.correct_button, self.withdraw_button, self.cancel_button):
            buttons.addWidget(button)
        for field in (self.text, self.reason):
            field.returnPressed.connect(self._correct)
        self.hide()

    def begin(self, entry: RecordEntry) -> None:
        """Ask for the correction of `entry`."""
        self.entry = entry
        self._values.clear()
        self.fields = {}
        for reading in () if entry.by_monitor else entry.readings:
            spec = VITALS[reading.vital]
            field = DecimalField(
                f"right {spec.name} {spec.unit_text}", digits=_DIGITS, decimals=spec.decimals
            )
            field.returnPressed.connect(self._correct)
            self.fields[reading.vital] = field
            self._values.add(labelled(f"{spec.label} {spec.unit_text}", field))
        for before, after in pairwise([*self.fields.values(), self.text]):
            QWidget.setTabOrder(before, after)
        theme.set_text(self.heading, f"Correct “{entry.words}” ({source_words(entry)})")
        show_text(self.hint, _hint(entry))
        worded = not isinstance(entry.event, Reading)
        self.text_box.setVisible(worded)
        self.correct_button.setVisible(not entry.by_monitor)
        self.withdraw_button.setText("Artefact" if entry.by_monitor else "Withdraw")
        self.text.clear()
        self.reason.clear()
        show_text(self.problem, "")
        self.show()
        self.first_field().setFocus()

    def first_field(self) -> QWidget:
        """The first right value, the wording, or the reason."""
        if self.fields:
            return next(iter(self.fields.values()))
        return self.reason if self.text_box.isHidden() else self.text

    @Slot()
    def close_form(self) -> None:
        """Put it away."""
        if self.entry is not None:
            self.entry = None
            self.hide()
            self.closed.emit()

    def values(self) -> tuple[TypedValue, ...]:
        """The right values that were typed."""
        typed = ((vital, field.value()) for vital, field in self.fields.items())
        return tuple(
            TypedValue(vital=vital, value=float(value))
            for vital, value in typed
            if value is not None
        )

    @Slot()
    def _correct(self) -> None:
        entry, values, text = self.entry, self.values(), self.text.words()
        if entry is None or entry.by_monitor:
            return
        if not values and not text:
            show_text(self.problem, MISSING_VALUE if self.fields else MISSING_TEXT)
        elif self._has_reason():
            self._send(entry, values=values, text=text)

    @Slot()
    def _withdraw(self) -> None:
        if self.entry is not None and self._has_reason():
            self._send(self.entry, withdrawn=True)

    def _has_reason(self) -> bool:
        show_text(self.problem, "" if self.reason.words() else MISSING_REASON)
        if not self.reason.words():
            self.reason.setFocus()
        return bool(self.reason.words())

    def _send(
        self,
        entry: RecordEntry,
        *,
        values: tuple[TypedValue, ...] = (),
        text: str = "",
        withdrawn: bool = False,
    ) -> None:
        self.intended.emit(
            CorrectEntry(
                t_ns=0,
                by="",
                target_seq=entry.seq,
                original=entry.words,
                reason=self.reason.words(),
                values=values,
                text=text,
                withdrawn=withdrawn,
            )
        )


def _hint(entry: RecordEntry) -> str:
    if entry.by_monitor:
        return BY_MONITOR
    if isinstance(entry.event, ScaleRecorded):
        return SCALE
    if isinstance(entry.event, EffectChanged):
        return "What changed since is entered under Side effects; here only what was entered wrong."
    if isinstance(entry.event, ObservationRecorded) and entry.readings:
        return "Type the right score, the right wording, or withdraw the event."
    return ""
