"""A vial, or a pack of units, taken out for this patient: all that its label says."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app.bedside.fields import DecimalField, TextField, show_text
from app.bedside.ledger_form import LedgerForm, first_missing
from app.state import ViewState
from app.state_ledger import today_of
from protocols.dosing.account import last_day
from protocols.events import AddVial, LedgerEntered, LedgerStep
from protocols.guardrails import plain_text


class VialForm(LedgerForm):
    """Name, lot, expiry, content and strength; an expiry that has passed is told at once."""

    button_text = "Take out this vial"

    def build(self) -> None:
        """Seven fields, three of which may stay empty."""
        self.vial = TextField("vial, name or number", "as labelled here")
        self.lot = TextField("lot", "as printed")
        self.expiry = TextField("expiry", "2028-08-31 or 2028-08")
        self.content_mg = DecimalField("content of the vial, milligrams", digits=5, decimals=2)
        self.strength = DecimalField("strength, milligrams per millilitre", digits=4, decimals=2)
        self.product = TextField("product code", "NDC, may stay empty")
        self.punctured_on = TextField("day of the first puncture", "empty for a whole vial")
        self.place("Vial", self.vial)
        self.place("Lot", self.lot)
        self.place("Expiry", self.expiry)
        self.place("Holds, mg", self.content_mg)
        self.place("Strength, mg/mL (none for units)", self.strength)
        self.place("Product code", self.product)
        self.place("Opened before on", self.punctured_on)
        self._now_ns = 0
        for field in (self.expiry, self.content_mg, self.strength):
            field.textChanged.connect(self._weigh)

    def first_field(self) -> QWidget:
        """The vial."""
        return self.vial

    def follow(self, state: ViewState, now_ns: int) -> None:
        """Keep the date for the check of the expiry."""
        self._now_ns = now_ns

    def missing(self) -> str:
        """What the label says and is not entered, or an expiry that does not let it be used."""
        lacking = first_missing(
            ("vial", bool(self.vial.words())),
            ("lot", bool(self.lot.words())),
            ("expiry", bool(self.expiry.words())),
            ("what it holds in mg", self.content_mg.value() is not None),
        )
        return lacking or self._expiry_problem()

    def _expiry_problem(self) -> str:
        words = self.expiry.words()
        last = last_day(words)
        if last is None:
            return f"Expiry {words}: write it as YYYY-MM-DD or YYYY-MM."
        today = today_of(self.state, self._now_ns)
        if today is not None and today > last:
            return f"Expired on {last.isoformat()}: take another vial."
        return ""

    def _weigh(self) -> None:
        """Say at once what the label amounts to, and an expiry that has passed."""
        content, strength = self.content_mg.value(), self.strength.value()
        words = ""
        if content and strength:
            volume = plain_text(content / strength, 2)
            words = f"{plain_text(content)} mg at {plain_text(strength)} mg/mL are {volume} mL."
        show_text(self.hint, words)
        whole = len(self.expiry.words()) >= len("2028-08")
        problem = self._expiry_problem() if whole and last_day(self.expiry.words()) else ""
        show_text(self.problem, problem)

    def command(self) -> AddVial:
        """The vial as its label says."""
        content = self.content_mg.value()
        if content is None:
            raise ValueError("asked for a vial without its content")
        return AddVial(
            t_ns=0,
            by="",
            vial=self.vial.words(),
            lot=self.lot.words(),
            expiry=self.expiry.words(),
            content_mg=content,
            strength_mg_per_ml=self.strength.value(),
            product=self.product.words(),
            punctured_on=self.punctured_on.words(),
        )

    def is_answer(self, entry: LedgerEntered) -> bool:
        """A vial that is no correction."""
        return entry.step is LedgerStep.VIAL and not entry.corrects

    def clear(self) -> None:
        """Empty every field."""
        for field in self.findChildren(TextField):
            field.clear()
            field.settle()
