"""The account closed: drawn = given + wasted + residual, or a discrepancy with its reason."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bedside.fields import TextField, show_text
from app.bedside.ledger_form import LedgerForm
from app.bedside.ledger_words import mg_text
from app.state import ViewState
from app.state_ledger import to_account_mg
from protocols.events import LedgerEntered, Phase, ReconcileDrug


class ReconcileForm(LedgerForm):
    """What is left to account for, and a reason where it is more than the tolerance."""

    button_text = "Reconcile"

    def build(self) -> None:
        """The reason."""
        self.reason = TextField("reason of a difference", "needed beyond the tolerance")
        self.place("Reason, where a difference stays", self.reason)
        self._closed_ns: int | None = None

    def first_field(self) -> QWidget:
        """The button: mostly there is no reason to give."""
        return self.record

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Say what is left to account for against the tolerance."""
        closed_ns = None if state.reconciled is None else state.reconciled.t_ns
        if closed_ns is not None and closed_ns != self._closed_ns:
            self.clear()
        self._closed_ns = closed_ns
        running = state.phase in (Phase.INFUSING, Phase.PAUSED)
        self.record.setEnabled(not running)
        rule = None if state.definition is None else state.definition.ledger
        if running or rule is None:
            show_text(self.hint, "Reconcile after the end of the drug.")
            return
        left = to_account_mg(state, now_ns)
        tolerance = rule.tolerance_of(state.ledger.drawn_mg)
        beyond = "within" if abs(left) <= tolerance else "BEYOND"
        show_text(self.hint, f"{mg_text(left)} left, {beyond} the tolerance {mg_text(tolerance)}.")

    def missing(self) -> str:
        """Nothing: the rules say whether a reason is needed."""
        return ""

    def command(self) -> ReconcileDrug:
        """The reconciliation."""
        return ReconcileDrug(t_ns=0, by="", reason=self.reason.words())

    def is_answer(self, entry: LedgerEntered) -> bool:
        """Never: a reconciliation is no entry."""
        return False

    def clear(self) -> None:
        """Empty the reason."""
        self.reason.clear()
