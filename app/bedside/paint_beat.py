"""A sign of life that only a real paint gives."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QWidget


class PaintBeat(QWidget):
    """One clear pixel in a corner of a window, painted with everything else of it.

    A window that is hidden, minimised or not composed any more is asked to paint and never does.

    Signals:
        painted: the window is being painted.
    """

    painted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setGeometry(0, 0, 1, 1)

    def ask(self) -> None:
        """Have the window painted; `painted` follows if it is."""
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Nothing is drawn."""
        self.painted.emit()
