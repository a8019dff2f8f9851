"""An amount destroyed before the eyes of a witness."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from app.bedside.draw_form import volume_words
from app.bedside.fields import DecimalField, TextField, show_text
from app.bedside.ledger_form import Choices, LedgerForm, first_missing
from app.bedside.ledger_words import mg_text
from app.bedside.proof_box import PersonField, asks_proof
from app.state import ViewState
from protocols.events import LedgerEntered, LedgerStep, WasteDrug

DRAWN = "drawn"
"""Value of the choice for what was drawn before; vials have `VIAL` before their name."""
VIAL = "vial "


class WasteForm(LedgerForm):
    """From where, how much, how, and who saw it; mg and mL are both shown."""

    button_text = "Record waste"

    def build(self) -> None:
        """Source, amount, method, witness."""
        self.source = Choices("what is wasted", 1)
        self.amount_mg = DecimalField("amount wasted, milligrams", digits=5, decimals=2)
        self.method = TextField("how it was destroyed", "for example drug disposal container")
        self.witness = PersonField("witness", "name of who saw it, not the giver")
        self.place("What is wasted", self.source)
        self.place("Wasted, mg", self.amount_mg)
        self.place("How", self.method)
        self.place("Witness", self.witness)
        self.source.chosen.connect(self._weigh)
        self.amount_mg.textChanged.connect(self._weigh)

    def first_field(self) -> QWidget:
        """The amount."""
        return self.amount_mg

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Offer what was drawn, and the vials that still hold something."""
        self.witness.ask_proof(proves=asks_proof(state))
        offered = [(DRAWN, "From syringe, bag or line")] if state.ledger.drawn_up_mg else []
        offered += [
            (VIAL + vial.name, f"Rest of vial {vial.name}, {mg_text(vial.left_mg)}")
            for vial in state.ledger.vials()
            if vial.left_mg
        ]
        self.source.offer(offered)
        self.record.setEnabled(bool(offered))
        if not offered:
            show_text(self.hint, "Nothing was drawn yet.")
        else:
            self._weigh()

    def _weigh(self) -> None:
        """Say the volume of what is typed, at the concentration of its source."""
        strength: Decimal | None = None
        source = self.source.value()
        if source == DRAWN and self.state.dose is not None:
            strength = self.state.dose.concentration_mg_per_ml
        elif source is not None:
            vial = self.state.ledger.vial(source.removeprefix(VIAL))
            strength = None if vial is None else vial.strength_mg_per_ml
        show_text(self.hint, volume_words(self.amount_mg.value(), strength))

    def missing(self) -> str:
        """Any of the four."""
        return first_missing(
            ("what is wasted", self.source.value() is not None),
            ("the amount in mg", self.amount_mg.value() is not None),
            ("how it was destroyed", bool(self.method.words())),
            ("the witness", bool(self.witness.words())),
        )

    def command(self) -> WasteDrug:
        """The waste."""
        source = self.source.value() or ""
        return WasteDrug(
            t_ns=0,
            by="",
            amount_mg=self.amount_mg.value() or Decimal(0),
            method=self.method.words(),
            witness=self.witness.words(),
            vial=source.removeprefix(VIAL) if source.startswith(VIAL) else "",
        )

    def is_answer(self, entry: LedgerEntered) -> bool:
        """A waste that is no correction."""
        return entry.step is LedgerStep.WASTED and not entry.corrects

    def clear(self) -> None:
        """Empty the fields."""
        self.source.clear()
        for field in (self.amount_mg, self.method, self.witness):
            field.clear()
