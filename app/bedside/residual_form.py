"""An amount that stayed in line, bag or syringe."""

from __future__ import annotations

from decimal import Decimal

from PySide6.QtWidgets import QWidget

from app.bedside.draw_form import volume_words
from app.bedside.fields import DecimalField, show_text, small_label
from app.bedside.ledger_form import LedgerForm, first_missing
from app.state import ViewState
from protocols.events import KeepResidual, LedgerEntered, LedgerStep


class ResidualForm(LedgerForm):
    """How much stayed; it counts neither as given nor as wasted."""

    button_text = "Record residual"

    def build(self) -> None:
        """The amount."""
        self.amount_mg = DecimalField("residual, milligrams", digits=5, decimals=2)
        self.place("Stayed in line, bag or syringe, mg", self.amount_mg)
        self.body.addWidget(small_label("Not what was given, and not what was wasted."))
        self.amount_mg.textChanged.connect(self._weigh)

    def first_field(self) -> QWidget:
        """The amount."""
        return self.amount_mg

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Say the volume of what is typed."""
        self._weigh()

    def _weigh(self) -> None:
        dose = self.state.dose
        strength = None if dose is None else dose.concentration_mg_per_ml
        show_text(self.hint, volume_words(self.amount_mg.value(), strength))

    def missing(self) -> str:
        """The amount."""
        return first_missing(("the amount in mg", self.amount_mg.value() is not None))

    def command(self) -> KeepResidual:
        """The residual."""
        return KeepResidual(t_ns=0, by="", amount_mg=self.amount_mg.value() or Decimal(0))

    def is_answer(self, entry: LedgerEntered) -> bool:
        """A residual that is no correction."""
        return entry.step is LedgerStep.RESIDUAL and not entry.corrects

    def clear(self) -> None:
        """Empty the amount."""
        self.amount_mg.clear()
