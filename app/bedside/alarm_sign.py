"""The sign of the most urgent alarm: seen from 4 m, in the same place on every page.

Marks 20 mm high, the shape that tells patient from equipment, and the priority in a word. While
nobody answered, the ground under it flashes; its marks and words stay.
"""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.signs import draw_check, draw_condition, marks_path
from protocols.events import Priority

PAD_PX = 6
BORDER_PX = 4
_CHECK_PX = 28


def beacon_cap_px() -> int:
    """Height of the marks in logical pixels at the sizes in force, rounded up."""
    return -int(-theme.active_sizes().beacon * theme.CAP_HEIGHT_EM // 1)


class AlarmSign(QWidget):
    """The mark, shape and word of one alarm; as large whatever it shows."""

    def __init__(self, parent: QWidget | None = None, *, compact: bool = False) -> None:
        """With `compact` marks alone, and the check of an answered alarm."""
        super().__init__(parent)
        self._compact = compact
        theme.style(self, clear="true")
        self.setAccessibleName("most urgent alarm")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._priority: Priority | None = None
        self._technical = False
        self._answered = False
        self._lit = False

    @property
    def lit(self) -> bool:
        """Whether the ground is lit at the moment."""
        return self._lit

    @property
    def mark(self) -> str:
        """The marks shown, or empty."""
        return "" if self._priority is None else theme.PRIORITY_SIGNS[self._priority].mark

    def sizeHint(self) -> QSize:
        """Room for three marks, the shape and the longest word; compact for marks and check."""
        marks = marks_path("!!!", beacon_cap_px()).boundingRect().width()
        if self._compact:
            return QSize(round(marks) + _CHECK_PX + 4 * PAD_PX, beacon_cap_px() + 2 * PAD_PX)
        words = QFontMetrics(theme.font("small", strong=True)).horizontalAdvance("equipment")
        width = round(marks) + words + 6 * PAD_PX
        return QSize(width, beacon_cap_px() + 2 * PAD_PX)

    def show_alarm(self, priority: Priority, *, technical: bool, answered: bool) -> None:
        """Show an alarm; `answered`: somebody acknowledged it."""
        shown = (priority, technical, answered)
        if shown != (self._priority, self._technical, self._answered):
            self._priority, self._technical, self._answered = shown
            kind = "equipment" if technical else "patient"
            said = ", acknowledged" if answered else ""
            word = theme.PRIORITY_SIGNS[priority].word
            self.setAccessibleDescription(f"{word} priority, {kind}{said}")
            self.update()

    def light(self, *, lit: bool) -> None:
        """Light the ground, or leave it dark."""
        if lit is not self._lit:
            self._lit = lit
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Ground and border, the marks, and beside them shape and words."""
        if self._priority is None:
            return
        look, priority = theme.active_theme(), self._priority
        ground, on_ground = (QColor(name) for name in look.alarm(priority))
        ink = on_ground if self._lit else look.colour("text")
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        edge = BORDER_PX / 2
        frame = QRectF(self.rect()).adjusted(edge, edge, -edge, -edge)
        painter.setPen(QPen(ground, BORDER_PX))
        painter.setBrush(ground if self._lit else look.colour("ground"))
        painter.drawRoundedRect(frame, theme.RADIUS_PX, theme.RADIUS_PX)
        full = marks_path("!!!", beacon_cap_px()).boundingRect().width()
        marks = marks_path(self.mark, beacon_cap_px())
        left = 2 * PAD_PX + (full - marks.boundingRect().width()) / 2
        painter.fillPath(marks.translated(left, (self.height() - beacon_cap_px()) / 2), ink)
        beside = 2 * PAD_PX + full + PAD_PX
        if not self._compact:
            self._paint_words(painter, ink, beside)
        elif self._answered:
            top = (self.height() - _CHECK_PX) / 2
            draw_check(painter, QRectF(beside, top, _CHECK_PX, _CHECK_PX), ink)
        painter.end()

    def _paint_words(self, painter: QPainter, ink: QColor, left: float) -> None:
        priority = self._priority
        if priority is None:
            return
        font = theme.font("small", strong=True)
        line = QFontMetrics(font).height() - 2
        width = self.width() - left - PAD_PX
        top = (self.height() - beacon_cap_px()) / 2
        side = min(beacon_cap_px() - 2.0 * line, 0.6 * width)
        area = QRectF(left + (width - side) / 2, top - 2, side, side)
        if self._answered:
            area.translate(-side / 2, 0)
            draw_check(painter, area.translated(side, 0), ink)
        draw_condition(painter, area, priority, ink, technical=self._technical)
        painter.setFont(font)
        painter.setPen(ink)
        kind = "equipment" if self._technical else "patient"
        for row, word in enumerate((theme.PRIORITY_SIGNS[priority].word.upper(), kind)):
            place = QRectF(left, self.height() - top - (2 - row) * line + 2, width, line)
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, word)
