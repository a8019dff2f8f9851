"""Passing a hold: the prescriber's name, the reason, and where it is hard a second question."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QVBoxLayout, QWidget

from app.bedside.fields import TextField, bare_row, labelled, wrapped_label
from app.bedside.proof_box import PersonField
from app.theme import style


class HoldBox(QWidget):
    """Asks who passes a hold and why; nothing is sent before both are there.

    A hard hold is asked for twice: the second question names the prescriber and what is passed.

    Signals:
        passed: prescriber, reason, and whether the order was asked for twice.
    """

    passed = Signal(str, str, bool)

    def __init__(self, name: str, button_text: str, parent: QWidget | None = None) -> None:
        """`name` says what is passed, for screen readers."""
        super().__init__(parent)
        style(self, clear=True)
        self._hard = False
        self._what = ""
        self.prescriber = PersonField(
            f"{name} name of the prescriber", "name and profession", "The prescriber"
        )
        self.reason = TextField(f"{name} reason of the prescriber")
        self.record_button = QPushButton(button_text)
        self.record_button.clicked.connect(self._ask)
        self.question = wrapped_label(name=f"{name} second question")
        style(self.question, strong=True, tone="attention")
        self.yes_button = QPushButton("Yes, the prescriber orders it")
        self.yes_button.clicked.connect(self._confirm)
        self.no_button = QPushButton("No, the hold stands")
        self.no_button.clicked.connect(self.forget)
        column = QVBoxLayout(self)
        row = QHBoxLayout()
        column.addLayout(row)
        row.setSpacing(16)
        row.addWidget(labelled("Prescriber who decides", self.prescriber), 1)
        row.addWidget(labelled("Reason", self.reason, self.record_button), 2)
        self.second = bare_row(
            self.question, self.yes_button, self.no_button, stretch=self.question
        )
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.second)
        self.second.hide()
        for field in (self.prescriber, self.reason):
            field.textEdited.connect(self.forget)

    def ask_about(self, what: str, *, hard: bool) -> None:
        """What is passed, in words; `hard` where it is asked for twice."""
        self._what, self._hard = what, hard

    @Slot()
    def forget(self) -> None:
        """Put the second question away: it was answered with no, or what it named has changed."""
        self.second.hide()

    @Slot()
    def _ask(self) -> None:
        for field in (self.prescriber, self.reason):
            if not field.words():
                field.setFocus()
                return
        if not self._hard:
            self.passed.emit(self.prescriber.words(), self.reason.words(), False)
            return
        who = "the prescriber" if self.prescriber.proves else self.prescriber.words()
        self.question.setText(f"HARD HOLD. {self._what} Does {who} order to go on all the same?")
        self.second.show()
        self.no_button.setFocus()

    @Slot()
    def _confirm(self) -> None:
        self.second.hide()
        if self.prescriber.words() and self.reason.words():
            self.passed.emit(self.prescriber.words(), self.reason.words(), True)
