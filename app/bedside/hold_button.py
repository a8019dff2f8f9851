"""A button for what must not happen by a brush of the sleeve: it acts after being held."""

from __future__ import annotations

from PySide6.QtCore import QRect, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QFocusEvent, QKeyEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QPushButton, QWidget

from app.theme import active_theme

HOLD_MS = 1000
"""How long the button must be held."""

_STEP_MS = 50
_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)


class HoldButton(QPushButton):
    """Held down with pointer, Space or Enter for a second, it says so once; a bar shows how far.

    Signals:
        held: the button was held long enough.
    """

    held = Signal()

    def __init__(self, text: str, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self.setAccessibleDescription("Hold for one second.")
        self._done_ms = 0
        self._timer = QTimer(self)
        self._timer.setInterval(_STEP_MS)
        self._timer.timeout.connect(self._step)
        self.pressed.connect(self._begin)
        self.released.connect(self._end)

    @Slot()
    def _begin(self) -> None:
        self._done_ms = 0
        self._timer.start()

    @Slot()
    def _end(self) -> None:
        self._timer.stop()
        self._done_ms = 0
        self.update()

    @Slot()
    def _step(self) -> None:
        self._done_ms += _STEP_MS
        self.update()
        if self._done_ms >= HOLD_MS:
            self._timer.stop()
            self.held.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Space and Enter hold as the pointer does; their repeats count as one hold."""
        if event.key() in _KEYS:
            if not event.isAutoRepeat() and not self.isDown():
                self.setDown(True)
                self.pressed.emit()
            return
        super().keyPressEvent(event)

    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        """Letting go ends the hold."""
        if event.key() in _KEYS:
            if not event.isAutoRepeat() and self.isDown():
                self.setDown(False)
                self.released.emit()
            return
        super().keyReleaseEvent(event)

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Losing the focus ends a hold."""
        if self.isDown():
            self.setDown(False)
        self._end()
        super().focusOutEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The button, and under its text how far the hold has come."""
        super().paintEvent(event)
        if not self._done_ms:
            return
        painter = QPainter(self)
        width = round((self.width() - 12) * min(1.0, self._done_ms / HOLD_MS))
        bar = QRect(6, self.height() - 10, width, 4)
        painter.fillRect(bar, active_theme().colour("text"))
        painter.end()
