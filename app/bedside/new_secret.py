"""A new password or PIN, typed twice, with its strength in words."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bedside.fields import labelled, show_text, small_label
from app.bedside.secret_field import SecretField
from app.theme import GRID_PX, style

LONGER = 4
"""So many characters above the least make a password good, twice as many strong."""


def strength_words(length: int, least: int) -> str:
    """How strong a password of `length` characters is where `least` are asked: by length only."""
    if not length:
        return f"At least {least} characters. Several words are strong and easy to remember."
    if length < least:
        missing = least - length
        return f"Too short: {missing} more {'character' if missing == 1 else 'characters'}."
    if length < least + LONGER:
        return "Long enough. Longer is stronger."
    return "Good." if length < least + 2 * LONGER else "Strong."


class NewSecret(QWidget):
    """A new password or PIN, typed twice; a password's strength is said in words."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name` is what is set: ``new password``."""
        super().__init__(parent)
        style(self, clear=True)
        self._name = name
        self._least, self._digits_only = 1, False
        self.first = SecretField(name)
        self.again = SecretField(f"{name} again")
        self.strength = small_label(name=f"strength of the {name}")
        self.first.textChanged.connect(self._say)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(GRID_PX)
        column.addWidget(labelled(f"{name[:1].upper()}{name[1:]}", self.first))
        column.addWidget(labelled("The same again", self.again))
        column.addWidget(self.strength)
        self._say()

    def ask(self, least: int, *, digits_only: bool) -> None:
        """Ask for at least `least` characters, or digits."""
        self._least, self._digits_only = least, digits_only
        hints = self.first.inputMethodHints()
        for field in (self.first, self.again):
            field.setInputMethodHints(
                hints | Qt.InputMethodHint.ImhDigitsOnly
                if digits_only
                else hints & ~Qt.InputMethodHint.ImhDigitsOnly
            )
        self.forget()
        self._say()

    def _say(self) -> None:
        if self._digits_only:
            show_text(self.strength, f"At least {self._least} digits; not a date of birth.")
        else:
            show_text(self.strength, strength_words(len(self.first.text()), self._least))

    def problem(self) -> str:
        """What is wrong with what is typed, in a sentence; empty when nothing is."""
        text = self.first.text()
        if not text:
            return f"Type the {self._name}."
        if self._digits_only and not (text.isascii() and text.isdigit()):
            return "A PIN is of digits only."
        if len(text) < self._least:
            unit = "digits" if self._digits_only else "characters"
            return f"Too short: at least {self._least} {unit}."
        if text != self.again.text():
            return "The two are not the same. Type both again."
        return ""

    def take(self) -> str:
        """What was typed; both fields are empty afterwards."""
        self.again.forget()
        return self.first.take()

    def forget(self) -> None:
        """Empty both fields."""
        self.first.forget()
        self.again.forget()
