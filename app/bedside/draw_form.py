"""An amount drawn from a vial."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from app.bedside.fields import DecimalField, TextField, bare_row, show_text
from app.bedside.ledger_form import Choices, LedgerForm, first_missing
from app.bedside.ledger_words import mg_text
from app.bedside.proof_box import MaybePersonField, asks_proof
from app.state import ViewState
from protocols.events import DrawDrug, LedgerEntered, LedgerStep
from protocols.guardrails import plain_text


class DrawForm(LedgerForm):
    """The vial, the amount, and who checked; the volume is worked out from the vial's strength."""

    button_text = "Record draw"

    def build(self) -> None:
        """Vial, amount, who checked."""
        self._proves = False
        self.vials = Choices("vial to draw from", 2)
        self.amount_mg = DecimalField("amount drawn, milligrams", digits=5, decimals=2)
        self.checked_by = TextField("who checked", "name, may stay empty")
        self.second = MaybePersonField("A second person checked")
        self.second.hide()
        self.place("From vial", self.vials)
        self.place("Drawn, mg", self.amount_mg)
        self.place("Checked by", bare_row(self.checked_by, self.second))
        self.vials.chosen.connect(self._weigh)
        self.amount_mg.textChanged.connect(self._weigh)

    def first_field(self) -> QWidget:
        """The amount."""
        return self.amount_mg

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Offer the vials that still hold something."""
        self._proves = asks_proof(state)
        self.checked_by.setVisible(not self._proves)
        self.second.setVisible(self._proves)
        vials = [vial for vial in state.ledger.vials() if vial.left_mg]
        self.vials.offer([(v.name, f"{v.name}, {mg_text(v.left_mg)} left") for v in vials])
        self.record.setEnabled(bool(vials))
        if not vials:
            show_text(self.hint, "Take out a vial first.")
        else:
            self._weigh()

    def _weigh(self) -> None:
        """Say the volume of what is typed."""
        vial = self.state.ledger.vial(self.vials.value() or "")
        amount = self.amount_mg.value()
        strength = None if vial is None else vial.strength_mg_per_ml
        show_text(self.hint, volume_words(amount, strength))

    def missing(self) -> str:
        """The vial or the amount."""
        return first_missing(
            ("which vial", self.vials.value() is not None),
            ("the amount in mg", self.amount_mg.value() is not None),
        )

    def command(self) -> DrawDrug:
        """The draw."""
        return DrawDrug(
            t_ns=0,
            by="",
            vial=self.vials.value() or "",
            amount_mg=self.amount_mg.value() or Decimal(0),
            checked_by=self.second.words() if self._proves else self.checked_by.words(),
        )

    def is_answer(self, entry: LedgerEntered) -> bool:
        """A draw that is no correction."""
        return entry.step is LedgerStep.DRAWN and not entry.corrects

    def clear(self) -> None:
        """Empty the fields."""
        self.vials.clear()
        self.amount_mg.clear()
        self.checked_by.clear()
        self.second.setChecked(False)


def volume_words(amount_mg: Decimal | None, strength: Decimal | None) -> str:
    """``35 mg are 0.7 mL at 50 mg/mL.``; empty where something is not known."""
    if not amount_mg or not strength:
        return ""
    volume = plain_text(amount_mg / strength, 2)
    return f"{plain_text(amount_mg)} mg are {volume} mL at {plain_text(strength)} mg/mL."
