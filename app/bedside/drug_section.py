"""The drug before it is given: the vials with lot and expiry, and the dose drawn from them."""

from __future__ import annotations

from PySide6.QtCore import Qt, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.account_panel import NO_ACCOUNT
from app.bedside.correction_form import CorrectionForm
from app.bedside.draw_form import DrawForm
from app.bedside.fields import show_text, small_label, wrapped_label
from app.bedside.ledger_form import LedgerForm
from app.bedside.ledger_words import (
    account_line,
    entry_line,
    vial_line,
)
from app.bedside.section import Section, Standing
from app.bedside.vial_form import VialForm
from app.history import History
from app.state import ViewState
from app.state_ledger import is_controlled, keeps_account, today_of
from app.theme import GRID_PX, style
from protocols.events import AddVial, CorrectLedger, DrawDrug

HIDDEN = "What was drawn is hidden during the second person's check."

COLUMNS = 4
"""Fields side by side in a form."""


class DrugSection(Section):
    """Vials, draws and the account in words; corrections behind a button."""

    title = "Drug"
    refusable = (AddVial, DrawDrug, CorrectLedger)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.vials_label = wrapped_label(name="vials")
        self.line = wrapped_label(name="account of the drug")
        style(self.line, role="title")
        self.vial_form = VialForm(columns=COLUMNS)
        self.draw_form = DrawForm(columns=COLUMNS)
        self.correction_form = CorrectionForm(columns=COLUMNS)
        self.correct_button = QPushButton("Correct an entry")
        style(self.correct_button, kind="quiet")
        self.correct_button.setCheckable(True)
        self.correct_button.toggled.connect(self._show_correction)
        self.entries = small_label(name="entries of the account")
        self.forms_box = QWidget()
        style(self.forms_box, clear=True)
        column = QVBoxLayout(self.forms_box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2 * GRID_PX)
        column.addWidget(self.vial_form)
        column.addWidget(self.draw_form)
        column.addWidget(self.correct_button, 0, Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.correction_form)
        for widget in (self.line, self.vials_label, self.forms_box, self.refusals, self.entries):
            self.body.addWidget(widget)
        for form in self._forms():
            form.entered.connect(self.send)
        self.correction_form.hide()
        self._blind = False

    def _forms(self) -> tuple[LedgerForm, ...]:
        return (self.vial_form, self.draw_form, self.correction_form)

    def hide_amounts(self, hidden: bool) -> None:
        """Hide what was drawn while a second person works the dose out."""
        self._blind = hidden

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show vials, sums and entries as recorded."""
        kept = keeps_account(state)
        account = state.ledger
        line = HIDDEN if self._blind else account_line(state, now_ns)
        show_text(self.line, line if kept else NO_ACCOUNT)
        vials = [] if self._blind else [vial_line(vial) for vial in account.vials()]
        show_text(self.vials_label, "\n".join(vials))
        lines = [] if self._blind else [entry_line(state, entry) for entry in account.entries]
        show_text(self.entries, "\n".join(lines))
        self.forms_box.setVisible(kept and not self._blind)
        self.draw_form.setVisible(bool(account.vials()))
        self.correct_button.setVisible(bool(account.entries))
        for form in self._forms():
            form.show_state(state, now_ns)

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Done once the dose is drawn from vials that may be used, where that is asked."""
        rule = None if state.definition is None else state.definition.ledger
        today = today_of(state, now_ns)
        if rule is None or not is_controlled(state) or today is None:
            return Standing.DONE, ""
        dose_mg = None if state.dose is None else state.dose.dose_mg
        problem = state.ledger.start_problem(rule, dose_mg, today)
        if problem and self._blind:
            problem = HIDDEN
        return (Standing.OPEN, problem) if problem else (Standing.DONE, "")

    @Slot(bool)
    def _show_correction(self, shown: bool) -> None:
        self.correction_form.setVisible(shown)
        if shown:
            self.correction_form.first_field().setFocus()
