"""The watcher's window: small, above everything, plain. Needs no widgets, only a painter."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QGuiApplication,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QRasterWindow,
)

from app.deadman.words import Page, Tone

GROUNDS = {
    Tone.URGENT: QColor(150, 0, 20),
    Tone.ATTENTION: QColor(92, 66, 0),
    Tone.CALM: QColor(40, 44, 52),
}
"""Colour behind the words; each with white type above 7:1."""

UNSEEN = ("offscreen", "minimal")
"""Platforms of Qt on which nobody sees a window."""

FAMILY = "IBM Plex Sans"

WIDTH_SHARE, HEIGHT_SHARE = 0.62, 0.26
"""Part of the screen that it takes."""


class TroubleWindow(QRasterWindow):
    """Shows one `Page`; a touch on its button, or anywhere on it, calls `pressed`."""

    def __init__(self, pressed: Callable[[], None]) -> None:
        """Hidden until `show_page`."""
        super().__init__()
        flags = (
            Qt.WindowType.Tool
            | Qt.WindowType.FramelessWindowHint
            | Qt.WindowType.WindowStaysOnTopHint
            | Qt.WindowType.WindowDoesNotAcceptFocus
        )
        if QGuiApplication.platformName() == "xcb":
            # a window manager keeps a full-screen window above all that stay on top
            flags |= Qt.WindowType.BypassWindowManagerHint
        self.setFlags(flags)
        self.setTitle("Infusion Room: watch")
        self._pressed = pressed
        self.page: Page | None = None

    def show_page(self, page: Page | None) -> None:
        """Show `page`; None hides the window."""
        if page is None:
            self.page = None
            self.hide()
            return
        changed = page != self.page
        self.page = page
        if not self.isVisible():
            self._place()
            self.show()
        if changed:  # in trouble once a second, as the seconds count
            self.update()
            if QGuiApplication.platformName() not in UNSEEN:
                self.raise_()

    def _place(self) -> None:
        screen = QGuiApplication.primaryScreen().availableGeometry()
        width = round(screen.width() * WIDTH_SHARE)
        height = round(screen.height() * HEIGHT_SHARE)
        left = screen.left() + (screen.width() - width) // 2
        self.setGeometry(left, screen.top() + screen.height() // 6, width, height)

    @property
    def button(self) -> QRect:
        """Where the button is, in pixels of the window."""
        unit = self.height() // 12
        width = self.width() // 4
        return QRect(self.width() - width - unit, self.height() - 3 * unit, width, 2 * unit)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Headline, lines, button."""
        page = self.page
        if page is None:
            return
        painter = QPainter(self)
        painter.fillRect(QRect(0, 0, self.width(), self.height()), GROUNDS[page.tone])
        painter.setPen(QColor(255, 255, 255))
        unit = self.height() // 12
        area = QRect(unit, unit, self.width() - 2 * unit, self.height() - 2 * unit)
        wrap = Qt.TextFlag.TextWordWrap
        painter.setFont(_font(unit * 7 // 4, strong=True))
        used = painter.boundingRect(area, wrap, page.headline)
        painter.drawText(area, wrap, page.headline)
        painter.setFont(_font(unit * 5 // 4, strong=False))
        below = area.adjusted(0, used.height() + unit // 2, 0, 0)
        painter.drawText(below, wrap, "\n".join(page.lines))
        if page.button:
            painter.drawRect(self.button)
            painter.drawText(self.button, Qt.AlignmentFlag.AlignCenter, page.button)
        painter.end()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A press anywhere: gloves miss small buttons."""
        self._pressed()


def _font(pixels: int, *, strong: bool) -> QFont:
    font = QFont(FAMILY)
    font.setPixelSize(max(12, pixels))
    font.setWeight(QFont.Weight.DemiBold if strong else QFont.Weight.Normal)
    return font
