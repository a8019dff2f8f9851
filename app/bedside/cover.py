"""What lies over a screen that must not be believed, or that shows the past."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QShowEvent
from PySide6.QtWidgets import QLabel, QWidget

from app import theme

STOPPED_TEXT = "MONITOR STOPPED: look at the bedside monitor"
VEILED_TEXT = "Hidden while locked. What was typed is kept."


class StoppedCover(QLabel):
    """Hides every number while the program behind them does not run."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(STOPPED_TEXT, parent)
        self.setAccessibleName(STOPPED_TEXT)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAutoFillBackground(True)
        theme.style(self, role="large", alarm="high")
        self.hide()

    def show_core(self, *, alive: bool, below: QWidget) -> None:
        """Lie over everything from the top of `below` on while the core gives no life sign."""
        if self.isHidden() is not alive:
            self.place(below)
            self.setVisible(not alive)
            self.raise_()

    def place(self, below: QWidget) -> None:
        """Reach from the top of `below` to the end of the page."""
        page, top = self.parentWidget(), below.geometry().top()
        if page is not None:
            self.setGeometry(0, top, page.width(), page.height() - top)


class Veil(QLabel):
    """Lies over a part that names the patient while nobody is signed in; what is under it stays."""

    def __init__(self, part: QWidget) -> None:
        """Cover `part` while this is shown; it is not at first."""
        super().__init__(VEILED_TEXT, part)
        self.setAccessibleName(VEILED_TEXT)
        self.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.setWordWrap(True)
        self.setAutoFillBackground(True)
        theme.style(self, tone="dim", veil=True)
        part.installEventFilter(self)
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Stay as large as what is covered."""
        if event.type() is QEvent.Type.Resize:
            self._fit()
        return super().eventFilter(watched, event)

    def showEvent(self, event: QShowEvent) -> None:
        """Lie over everything that was added since."""
        super().showEvent(event)
        self._fit()
        self.raise_()

    def _fit(self) -> None:
        part = self.parentWidget()
        if part is not None:
            self.setGeometry(part.rect())


class Watermark(QWidget):
    """A word across the screen that lets everything under it be read and touched."""

    def __init__(self, text: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setStyleSheet("background: transparent;")
        self._text = text
        self.setAccessibleName(text)
        self.hide()

    @property
    def text(self) -> str:
        """The word."""
        return self._text

    def paintEvent(self, event: QPaintEvent) -> None:
        """The word, large and faint, in the middle."""
        painter = QPainter(self)
        colour = theme.active_theme().colour("text")
        colour.setAlphaF(0.14)
        painter.setPen(colour)
        font = theme.font("giant", strong=True)
        font.setPixelSize(2 * font.pixelSize())
        painter.setFont(font)
        painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._text)
        painter.end()
