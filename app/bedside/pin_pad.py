"""A pad of twelve keys for a PIN: for gloves, dim light, and the digits of a keyboard."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtGui import QFocusEvent, QHideEvent, QKeyEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.theme import GRID_PX, style

LONGEST = 12
"""More digits than this are not taken."""

_BACK, _ENTER = "⌫", "OK"
_KEYS = ("1", "2", "3", "4", "5", "6", "7", "8", "9", _BACK, "0", _ENTER)
_NAMES = {_BACK: "take back the last digit", _ENTER: "enter the PIN"}


class PinPad(QFrame):
    """Digits are shown as dots and forgotten once handed over, taken back or hidden.

    Keys: digits, Backspace, Enter. The pad is one stop of the focus, marked by its border.

    Signals:
        entered: the digits.
        typed: a digit came or went.
    """

    entered = Signal(str)
    typed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("pin-pad")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setAccessibleName("PIN: type the digits, then Enter")
        style(self, pad=True)
        self._digits = ""
        self.dots = QLabel()
        self.dots.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.dots.setAccessibleName("digits typed")
        style(self.dots, role="title")
        column = QVBoxLayout(self)
        column.setContentsMargins(GRID_PX, 4, GRID_PX, GRID_PX)
        column.setSpacing(4)
        column.addWidget(self.dots)
        grid = QGridLayout()
        column.addLayout(grid)
        grid.setSpacing(GRID_PX)
        self.keys: dict[str, QPushButton] = {}
        for number, key in enumerate(_KEYS):
            button = QPushButton(key)
            button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
            button.setAccessibleName(_NAMES.get(key, key))
            button.setProperty("digit", key)
            style(button, role="title", kind="primary" if key == _ENTER else "")
            button.clicked.connect(self._press)
            grid.addWidget(button, number // 3, number % 3)
            self.keys[key] = button
        self._show()

    @property
    def back(self) -> QPushButton:
        """The key that takes the last digit back."""
        return self.keys[_BACK]

    @property
    def enter(self) -> QPushButton:
        """The key that hands the digits over."""
        return self.keys[_ENTER]

    def forget(self) -> None:
        """Forget the digits."""
        self._digits = ""
        self._show()

    @property
    def count(self) -> int:
        """How many digits were typed."""
        return len(self._digits)

    @Slot()
    def _press(self) -> None:
        self._take(str(self.sender().property("digit")))

    def _take(self, key: str) -> None:
        if key == _ENTER:
            self._hand_over()
            return
        self._digits = self._digits[:-1] if key == _BACK else (self._digits + key)[:LONGEST]
        self._show()
        self.typed.emit()

    def _hand_over(self) -> None:
        if self._digits:
            digits, self._digits = self._digits, ""
            self._show()
            self.entered.emit(digits)

    def _show(self) -> None:
        self.dots.setText("●" * len(self._digits) or "PIN")
        style(self.dots, tone="text" if self._digits else "dim")
        self.enter.setEnabled(bool(self._digits) and self.isEnabled())
        self.back.setEnabled(bool(self._digits))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Digits, Backspace and Enter; anything else goes on."""
        text = event.text()
        if len(text) == 1 and text in "0123456789":
            self._take(text)
        elif event.key() == Qt.Key.Key_Backspace:
            self._take(_BACK)
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self._hand_over()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show the focus."""
        style(self, focused=True)
        super().focusInEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it left."""
        style(self, focused=False)
        super().focusOutEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:
        """A hidden pad remembers nothing."""
        self.forget()
        super().hideEvent(event)
