"""The border around the whole window: for an alarm that nobody attends, or that nobody may hear.

It shares the rhythm of the banner's sign, so that two flashing places never add up to a faster one.
"""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QRegion, QResizeEvent
from PySide6.QtWidgets import QWidget

from app import theme
from protocols.events import Priority

BORDER_PX, TOP_PX = theme.GRID_PX, theme.GRID_PX // 2
"""No wider than the margins of a page, of which that at the top is narrower: it covers nothing."""


class AlarmFrame(QWidget):
    """A border over the edge of its parent that can be touched through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        theme.style(self, clear="true")
        self.setStyleSheet("background: transparent;")
        self.setAccessibleName("alarm: look at the screen")
        self._priority: Priority | None = None
        self._lit = False
        self.hide()

    @property
    def lit(self) -> bool:
        """Whether the border is lit at the moment."""
        return self._lit

    def show_alarm(self, priority: Priority | None, *, lit: bool) -> None:
        """Be there for an alarm of `priority`, or go (None)."""
        if priority is None:
            self.hide()
            return
        if (priority, lit) != (self._priority, self._lit):
            self._priority, self._lit = priority, lit
            self.update()
        if self.isHidden():
            self.show()
            self.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep to the edge: what lies within is not touched by it and not painted again."""
        super().resizeEvent(event)
        inner = self.rect().adjusted(BORDER_PX, TOP_PX, -BORDER_PX, -BORDER_PX)
        self.setMask(QRegion(self.rect()).subtracted(QRegion(inner)))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The border in the colour of the alarm, or dark."""
        if self._priority is None:
            return
        look = theme.active_theme()
        colour = QColor(look.alarm(self._priority)[0]) if self._lit else look.colour("ground")
        painter = QPainter(self)
        painter.fillRect(self.rect(), colour)
        painter.end()
