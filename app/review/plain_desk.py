"""A desk that only says why there is nothing at it."""

from __future__ import annotations

from PySide6.QtCore import Slot
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.bedside.fields import wrapped_label
from app.theme import Theme


class PlainDesk(QWidget):
    """Shows a sentence."""

    def __init__(self, words: str) -> None:
        """Say `words`."""
        super().__init__()
        column = QVBoxLayout(self)
        self.message = wrapped_label(words, name="message")
        theme.style(self.message, role="title")
        column.addWidget(self.message)
        column.addStretch(1)

    @Slot()
    def look_again(self) -> None:
        """Nothing is read here."""

    def dress(self, look: Theme) -> None:
        """Nothing is painted here."""

    def finish(self) -> None:
        """Nothing works here."""
