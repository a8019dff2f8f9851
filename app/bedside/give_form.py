"""One dose given at once: which of how many, its lot and site, and the moment it was given."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from app.bedside.fields import TextField, labelled, show_text, wrapped_label
from app.bedside.hold_button import HoldButton
from app.bedside.times import minutes_text
from app.state import ViewState
from app.state_giving import doses_planned, time_to_next_dose_ns
from app.theme import style
from protocols.events import GiveDose, Giving
from protocols.guardrails import amount_text, plain_text


class GiveForm(QWidget):
    """The next dose of an order that is not infused.

    Signals:
        intended: `GiveDose`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._state = ViewState()
        self._given = 0
        self.next_label = wrapped_label(name="the next dose")
        style(self.next_label, role="title")
        self.wait_label = wrapped_label(name="time to the next dose")
        style(self.wait_label, tone="attention", strong=True)
        self.lot = TextField("lot", "as printed")
        self.site = TextField("site", "where it is given")
        self.reason = TextField("reason for giving it early", "only if it was given already")
        self.reason_box = labelled("Reason for giving it before its time", self.reason)
        self.give_button = HoldButton("Given now (hold 1 s)")
        style(self.give_button, kind="primary")
        self.give_button.held.connect(self._give)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.next_label)
        column.addWidget(self.wait_label)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(16)
        row.addWidget(labelled("Lot", self.lot), 1)
        row.addWidget(labelled("Site", self.site), 1)
        column.addWidget(self.reason_box)
        column.addWidget(self.give_button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_dose(self, state: ViewState, now_ns: int, holds: Sequence[str] = ()) -> None:
        """Show the next dose at `now_ns`; `holds` keep it from being given."""
        self._state = state
        given, planned = len(state.giving.doses), doses_planned(state.dose)
        if given != self._given:
            self._given = given
            for field in (self.lot, self.site, self.reason):
                field.clear()
                field.settle()
        left = given < planned and state.infusion_ended_ns is None
        show_text(self.next_label, next_dose_words(state) if left else "Every dose is given.")
        early_ns = time_to_next_dose_ns(state.giving, state.definition, now_ns) if left else 0
        waiting = f"Next one in {minutes_text(early_ns)}: wait." if early_ns else ""
        show_text(self.wait_label, waiting)
        self.reason_box.setVisible(bool(early_ns))
        early_allowed = not early_ns or bool(self.reason.words())
        self.give_button.setEnabled(left and not holds and early_allowed)

    @Slot()
    def _give(self) -> None:
        dose = self._state.dose
        if dose is None:
            return
        units = dose.giving is Giving.UNITS
        self.intended.emit(
            GiveDose(
                t_ns=0,
                by="",
                amount_mg=dose.unit_mg if units else dose.dose_mg,
                lot=self.lot.words(),
                site=self.site.words(),
                reason=self.reason.words(),
            )
        )


def next_dose_words(state: ViewState) -> str:
    """The next dose in words: ``Device 2 of 3: 28.0 mg``."""
    dose, definition = state.dose, state.definition
    if dose is None or definition is None:
        return "No dose is ordered."
    if dose.giving is Giving.UNITS:
        name = (definition.dose.unit_name or "dose").capitalize()
        number = len(state.giving.doses) + 1
        return f"{name} {number} of {dose.units}: {amount_text(dose.unit_mg)} mg"
    return f"{amount_text(dose.dose_mg)} mg in {plain_text(dose.volume_ml, 2)} mL, at once"
