"""A correction: another amount counts for an entry, which itself stays as it is."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from app.bedside.fields import DecimalField, TextField, small_label
from app.bedside.ledger_form import Choices, LedgerForm, first_missing
from app.bedside.ledger_words import mg_text, step_words
from app.bedside.proof_box import PersonField, asks_proof
from app.state import ViewState
from protocols.events import CorrectLedger, LedgerEntered, LedgerStep


class CorrectionForm(LedgerForm):
    """Which entry, the amount that counts instead, why, and for a waste the witness."""

    button_text = "Record correction"

    def build(self) -> None:
        """Entry, amount, reason, witness."""
        self.entries = Choices("entry to correct", 1)
        self.amount_mg = DecimalField(
            "amount that counts instead, milligrams", digits=5, decimals=2
        )
        self.reason = TextField("reason of the correction", "for example syringe read again")
        self.witness = PersonField("witness", "name of who saw it, not the giver")
        self.place("Entry", self.entries)
        self.place("Right amount, mg (0: it did not happen)", self.amount_mg)
        self.place("Reason", self.reason)
        self.witness_box = self.place("Witness", self.witness)
        self.witness_box.hide()
        self.body.addWidget(small_label("The entry stays in the account, with this one beside it."))
        self.entries.chosen.connect(self._weigh)

    def first_field(self) -> QWidget:
        """The amount."""
        return self.amount_mg

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Offer every entry that is no correction, with the amount that counts."""
        self.witness.ask_proof(proves=asks_proof(state))
        offered = [
            (str(entry.number), f"{entry.number}: {step_words(entry)} {mg_text(amount)}")
            for entry, amount in state.ledger.standing()
        ]
        self.entries.offer(offered)
        self.record.setEnabled(bool(offered))
        self._weigh()

    def _entry(self) -> LedgerEntered | None:
        chosen = self.entries.value()
        return None if chosen is None else self.state.ledger.original(int(chosen))

    def _needs_witness(self) -> bool:
        entry = self._entry()
        return entry is not None and entry.step is LedgerStep.WASTED

    def _weigh(self) -> None:
        self.witness_box.setVisible(self._needs_witness())

    def missing(self) -> str:
        """Entry, amount and reason; the witness of a waste."""
        return first_missing(
            ("which entry", self.entries.value() is not None),
            ("the right amount in mg", self.amount_mg.value() is not None),
            ("the reason", bool(self.reason.words())),
            ("the witness", bool(self.witness.words()) or not self._needs_witness()),
        )

    def command(self) -> CorrectLedger:
        """The correction."""
        return CorrectLedger(
            t_ns=0,
            by="",
            entry=int(self.entries.value() or 0),
            amount_mg=self.amount_mg.value() or Decimal(0),
            reason=self.reason.words(),
            witness=self.witness.words() if self._needs_witness() else "",
        )

    def is_answer(self, entry: LedgerEntered) -> bool:
        """A correction."""
        return bool(entry.corrects)

    def clear(self) -> None:
        """Empty the fields."""
        self.entries.clear()
        for field in (self.amount_mg, self.reason, self.witness):
            field.clear()
