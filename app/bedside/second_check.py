"""The second person's blind check of weight and dose."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import DecimalField, labelled, show_text, wrapped_label
from app.bedside.proof_box import PersonField
from app.theme import style
from protocols.events import CheckDose


class SecondCheck(QFrame):
    """The fields of a second person, who sees neither the sum nor the weight as recorded."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.name = PersonField("name of the second person", who="You")
        self.weight_kg = DecimalField("weight that you read, kilograms")
        self.dose_mg = DecimalField("dose that you worked out, milligrams", decimals=2)
        self.done_button = QPushButton("Compare")
        style(self.done_button, kind="primary")
        self.cancel_button = QPushButton("Cancel")
        self.problem = wrapped_label(name="what is missing in the check")
        style(self.problem, tone="attention", strong=True)
        self.problem.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 16, 16, 16)
        column.setSpacing(12)
        column.addWidget(
            wrapped_label(
                "For a second person: read the weight from its source and work the dose out "
                "yourself, with the order above. The sum is hidden until you are done."
            )
        )
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(labelled("Your name", self.name), 2)
        row.addWidget(labelled("Weight you read, kg", self.weight_kg), 1)
        row.addWidget(labelled("Dose you worked out, mg", self.dose_mg), 1)
        buttons = QHBoxLayout()
        column.addLayout(buttons)
        buttons.setSpacing(16)
        buttons.addWidget(self.done_button)
        buttons.addWidget(self.cancel_button)
        buttons.addStretch(1)
        column.addWidget(self.problem)

    def first_field(self) -> QWidget:
        """The name where it is typed, else the weight."""
        return self.weight_kg if self.name.proves else self.name

    def command(self) -> CheckDose | None:
        """The check as typed; None, and a sentence, while something is missing."""
        weight, dose = self.weight_kg.value(), self.dose_mg.value()
        missing = [
            text
            for text, there in (
                ("your name", bool(self.name.words())),
                ("the weight", weight is not None),
                ("the dose", dose is not None),
            )
            if not there
        ]
        show_text(self.problem, f"Missing: {', '.join(missing)}." if missing else "")
        if missing or weight is None or dose is None:
            return None
        return CheckDose(t_ns=0, by=self.name.words(), weight_kg=weight, dose_mg=dose)

    def empty(self) -> None:
        """Forget what was typed, so that nobody reads it off."""
        for field in (self.name, self.weight_kg, self.dose_mg):
            field.clear()
            field.settle()
        show_text(self.problem, "")
