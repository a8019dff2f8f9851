"""A drug that staff gave: name, dose, route, when; in their words, nothing filled in."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import DecimalField, TextField, labelled, show_text, wrapped_label
from app.theme import style
from protocols.events import RecordDrug


class DrugForm(QWidget):
    """Fields of one drug given; the dose is always typed.

    Signals:
        given: a `RecordDrug`.
    """

    given = Signal(object)

    def __init__(self, purpose: str, button_text: str, parent: QWidget | None = None) -> None:
        """`purpose` as the record names it."""
        super().__init__(parent)
        style(self, clear=True)
        self._purpose = purpose
        self._recorded = 0
        self._sent_after = -1
        name = purpose or "drug"
        self.drug = TextField(f"{name}: drug", "name as on the label")
        self.dose = TextField(f"{name}: dose", "amount with unit")
        self.route = TextField(f"{name}: route", "IV, by mouth, nasal ...")
        self.age = DecimalField(f"{name}: given how many minutes ago", decimals=0)
        self.age.setPlaceholderText("empty: now")
        self.missing = wrapped_label(name=f"{name}: what is missing")
        style(self.missing, tone="attention", role="small")
        self.missing.hide()
        self.record_button = QPushButton(button_text)
        self.record_button.clicked.connect(self._send)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(6)
        for text, field in (
            ("Drug", self.drug),
            ("Dose with unit", self.dose),
            ("Route", self.route),
            ("Given, minutes ago", self.age),
        ):
            self.column.addWidget(labelled(text, field))
        self.column.addWidget(self.missing)
        self.column.addWidget(self.record_button)

    def choose(self, drug: str) -> None:
        """Put the name of a drug in; dose and route stay to be typed."""
        self.drug.setText(drug)
        self.dose.setFocus()

    def show_recorded(self, count: int) -> None:
        """`count` drugs stand in the record; the fields empty once a sent one is among them."""
        if 0 <= self._sent_after < count:
            self._sent_after = -1
            for field in (self.drug, self.dose, self.route, self.age):
                field.clear()
        self._recorded = count

    @Slot()
    def _send(self) -> None:
        for field, what in ((self.drug, "the drug"), (self.dose, "the dose with its unit")):
            if not field.words():
                show_text(self.missing, f"Type {what}.")
                field.setFocus()
                return
        show_text(self.missing, "")
        self._sent_after = self._recorded
        self.given.emit(
            RecordDrug(
                t_ns=0,
                by="",
                drug=self.drug.words(),
                dose=self.dose.words(),
                route=self.route.words(),
                purpose=self._purpose,
                age_s=60 * float(self.age.value() or 0),
            )
        )
