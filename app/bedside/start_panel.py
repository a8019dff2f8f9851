"""The end of the preparation: the pump's own rate read back and Start, or the first dose."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout, QWidget

from app.bedside.fields import (
    DecimalField,
    bare_row,
    keep_place,
    labelled,
    show_text,
    wrapped_label,
)
from app.bedside.give_form import GiveForm
from app.bedside.hold_button import HoldButton
from app.bedside.section import Refusals
from app.state import ViewState
from app.theme import style
from protocols.dosing.dose import rate_matches
from protocols.events import GiveDose, Giving, Phase, StartInfusion
from protocols.guardrails import amount_text, plain_text
from protocols.vitals import Vital

NO_SPO2 = "No present SpO2: check the oximeter and its probe."
"""What holds the start without an oximeter, in the words with which the rules would refuse it."""


def has_present_spo2(state: ViewState, now_ns: int) -> bool:
    """Whether the oximeter gives a value that the rules take for the present one at `now_ns`."""
    reading = state.readings.get(Vital.SPO2)
    if reading is None or reading.value is None:
        return False
    limit_ns = state.fresh_for_ns(reading)
    return limit_ns is None or now_ns - reading.measured_ns < limit_ns


class StartPanel(QFrame):
    """The end of the page: the pump's own rate read back and Start, or the first dose.

    Signals:
        intended: `StartInfusion`, or the first `GiveDose`.
    """

    intended = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self.setAccessibleName("Start")
        self._state = ViewState()
        heading = QLabel("Start")
        style(heading, role="title")
        self.holds_label = wrapped_label(name="what holds the start")
        self.rate_label = wrapped_label(name="rate to set on the pump")
        style(self.rate_label, role="title")
        self.rate = DecimalField("rate on the pump's display, mL/h", digits=4, decimals=2)
        self.rate.setMaximumWidth(200)
        self.rate.textChanged.connect(self._compare)
        self.compare_label = keep_place(wrapped_label(name="pump rate compared"))
        self.start_button = HoldButton("Start infusion (hold 1 s)")
        style(self.start_button, kind="primary")
        self.start_button.held.connect(self._start)
        self.refusals = Refusals(StartInfusion, GiveDose)
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 16, 24, 16)
        column.setSpacing(12)
        column.addWidget(heading)
        column.addWidget(self.rate_label)
        self.pump_row = bare_row(
            labelled(
                "Rate as the pump's own display shows it, mL/h", self.rate, self.compare_label
            ),
            self.start_button,
        )
        self.give = GiveForm()
        self.give.intended.connect(self._give)
        column.addWidget(self.pump_row)
        column.addWidget(self.give)
        column.addWidget(self.holds_label)
        column.addWidget(self.refusals)

    def render(self, state: ViewState, holds: Sequence[str], caution: str) -> None:
        """Show what holds the start, in sentences; without any, Start may be held down.

        `caution` is said beside but does not hold the start.
        """
        self._state = state
        dose = state.dose
        at_once = dose is not None and dose.giving is not Giving.INFUSION
        for widget in (self.rate_label, self.pump_row):
            widget.setVisible(not at_once)
        self.give.setVisible(at_once)
        if at_once:
            self._render_giving(state, holds, caution)
            return
        if dose is None:
            rate = "No dose is ordered."
        elif not state.dose_checked_by:
            rate = "The rate stands here once a second person has checked the dose."
        else:
            rate = f"Set the pump to {amount_text(dose.rate_ml_per_h)} mL/h"
        show_text(self.rate_label, rate)
        self._compare()
        reasons = list(holds)
        if not reasons and not self.rate.value():
            reasons = ["Type the rate the pump shows."]
        elif not reasons and not self._agrees():
            reasons = ["The pump shows another rate than the dose needs."]
        self.start_button.setEnabled(not reasons and state.phase is Phase.BASELINE)
        if reasons:
            text = "Start is held.  " + "  ".join(reasons)
        else:
            text = "Ready. Start the pump and hold the button at the same moment."
        show_text(self.holds_label, f"{text}  {caution}".strip())
        style(self.holds_label, tone="attention" if reasons or caution else "text")
        self.refusals.watch(state)

    def _render_giving(self, state: ViewState, holds: Sequence[str], caution: str) -> None:
        """The first dose of an order that is not infused."""
        ready = state.phase is Phase.BASELINE and not holds
        self.give.show_dose(state, 0, () if ready else holds or ("not yet",))
        text = (
            "Start is held.  " + "  ".join(holds)
            if holds
            else "Ready. Hold the button at the moment the dose is given."
        )
        show_text(self.holds_label, f"{text}  {caution}".strip())
        style(self.holds_label, tone="attention" if holds or caution else "text")
        self.refusals.watch(state)

    def first_field(self) -> QWidget:
        """Where the hand goes when everything else is done."""
        at_once = self.pump_row.isHidden()
        return self.give.lot if at_once else self.rate

    @Slot(object)
    def _give(self, command: GiveDose) -> None:
        self.refusals.forget()
        self.intended.emit(command)

    def _tolerance_text(self) -> str:
        definition = self._state.definition
        share = definition.dose.rate_tolerance if definition is not None else None
        return "" if share is None else f"{plain_text(share * 100)} %"

    def _agrees(self) -> bool:
        rate, dose, definition = self.rate.value(), self._state.dose, self._state.definition
        if rate is None or dose is None or definition is None:
            return False
        return rate_matches(dose.rate_ml_per_h, rate, definition.dose.rate_tolerance)

    @Slot()
    def _compare(self) -> None:
        rate, dose, definition = self.rate.value(), self._state.dose, self._state.definition
        known = dose is not None and self._state.dose_checked_by
        if rate is None or not known or dose is None or definition is None:
            show_text(self.compare_label, "")
            return
        agrees = self._agrees()
        tolerance = self._tolerance_text()
        words = (
            f"✓ agrees within {tolerance}"
            if agrees
            else f"■ differs by more than {tolerance}: set the pump to "
            f"{amount_text(dose.rate_ml_per_h)} mL/h"
        )
        show_text(self.compare_label, words)
        style(self.compare_label, tone="text" if agrees else "attention")

    @Slot()
    def _start(self) -> None:
        rate = self.rate.value()
        if rate is not None:
            self.refusals.forget()
            self.intended.emit(StartInfusion(t_ns=0, by="", pump_rate_ml_per_h=rate))
