"""The account of the drug: how it stands, its entries, and what may be entered now."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bedside.correction_form import CorrectionForm
from app.bedside.draw_form import DrawForm
from app.bedside.entry_panel import EntryPanel, tighten
from app.bedside.fields import ChoiceRow, show_text, small_label, wrapped_label
from app.bedside.ledger_form import LedgerForm
from app.bedside.ledger_words import (
    account_line,
    entry_line,
    standing_words,
    vial_line,
)
from app.bedside.reconcile_form import ReconcileForm
from app.bedside.residual_form import ResidualForm
from app.bedside.vial_form import VialForm
from app.bedside.waste_form import WasteForm
from app.history import History
from app.state import ViewState
from app.state_ledger import keeps_account
from app.theme import style
from protocols.events import (
    AddVial,
    CorrectLedger,
    DrawDrug,
    KeepResidual,
    ReconcileDrug,
    WasteDrug,
)

NO_ACCOUNT = "This protocol keeps no account of the drug."

ACTS = (
    ("waste", "Waste"),
    ("residual", "Residual"),
    ("reconcile", "Reconcile"),
    ("draw", "Draw"),
    ("vial", "Vial"),
    ("correct", "Correct"),
)
"""What may be entered: name and words, in the order of the buttons."""


class AccountPanel(EntryPanel):
    """The sums in words, how the account stands, every entry, and one form at a time.

    Attributes:
        forms: the forms by the names of `ACTS`.
    """

    title = "Drug account"
    refusable = (AddVial, DrawDrug, KeepResidual, WasteDrug, CorrectLedger, ReconcileDrug)

    def __init__(self, parent: QWidget | None = None, *, columns: int = 1) -> None:
        """`columns` fields of a form stand side by side."""
        super().__init__(parent)
        self.line = wrapped_label(name="account of the drug")
        style(self.line, strong=True)
        self.standing = wrapped_label(name="how the account stands")
        self.vials = small_label(name="vials")
        self.acts = ChoiceRow("what to enter", ACTS, columns=3 if columns == 1 else len(ACTS))
        tighten(self.acts)
        self.acts.chosen.connect(self._turn)
        self.forms: dict[str, LedgerForm] = {
            "waste": WasteForm(columns=columns),
            "residual": ResidualForm(columns=columns),
            "reconcile": ReconcileForm(columns=columns),
            "draw": DrawForm(columns=columns),
            "vial": VialForm(columns=columns),
            "correct": CorrectionForm(columns=columns),
        }
        self.entries = small_label(name="entries of the account")
        for widget in (self.line, self.standing, self.vials, self.acts):
            self.body.addWidget(widget)
        places = QVBoxLayout()
        self.body.addLayout(places)
        for form in self.forms.values():
            form.entered.connect(self.send)
            form.hide()
            places.addWidget(form)
        below = self.layout()
        if isinstance(below, QVBoxLayout):
            below.insertWidget(below.count() - 1, self.entries)

    def first_field(self) -> QWidget | None:
        """The first thing that may be entered."""
        return self.acts.button(ACTS[0][0])

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show sums, vials and entries as recorded."""
        kept = keeps_account(state)
        enterable = kept and state.closed is None
        show_text(self.line, account_line(state, now_ns) if kept else NO_ACCOUNT)
        words = standing_words(state, now_ns)
        show_text(self.standing, words)
        settled = state.reconciled is not None and state.reconciled.balanced
        style(self.standing, tone="text" if settled else "attention", strong=not settled)
        account = state.ledger
        show_text(self.vials, "\n".join(vial_line(vial) for vial in account.vials()))
        lines = [entry_line(state, entry) for entry in account.entries]
        show_text(self.entries, "Entries:\n" + "\n".join(lines) if lines else "")
        self.acts.setVisible(enterable)
        chosen = self.acts.value()
        for name, form in self.forms.items():
            form.setVisible(enterable and name == chosen)
            form.show_state(state, now_ns)

    @Slot(str)
    def _turn(self, name: str) -> None:
        self.refusals.forget()
        for other, form in self.forms.items():
            form.setVisible(other == name)
        self.forms[name].first_field().setFocus()
