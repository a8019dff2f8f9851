"""A field for a password or PIN: it shows dots, gives its text once, and keeps nothing."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QHideEvent
from PySide6.QtWidgets import QLineEdit, QWidget


class SecretField(QLineEdit):
    """Neither copied, nor suggested, nor kept: a hidden field is empty."""

    def __init__(self, name: str, parent: QWidget | None = None) -> None:
        """`name` is said by screen readers."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setEchoMode(QLineEdit.EchoMode.Password)
        self.setMaxLength(200)
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self.setInputMethodHints(
            Qt.InputMethodHint.ImhHiddenText
            | Qt.InputMethodHint.ImhSensitiveData
            | Qt.InputMethodHint.ImhNoPredictiveText
            | Qt.InputMethodHint.ImhNoAutoUppercase
        )

    def take(self) -> str:
        """The text; the field is empty afterwards, with nothing to undo."""
        text = self.text()
        self.forget()
        return text

    def forget(self) -> None:
        """Empty the field, with nothing to undo."""
        self.setText("")

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden field remembers nothing."""
        self.forget()
        super().hideEvent(event)
