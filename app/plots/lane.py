"""The lane of events under the trends, and the minutes that all of them share."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.timeline import Timeline


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """One event of the lane: at `minute`, in words, with the `tint` of its colour."""

    minute: float
    text: str
    tint: str = "text"


class EventLane(QWidget):
    """Marks with their words in two rows where they fit; those without stand on the axis."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("events")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._line = Timeline()
        self._marks: tuple[Mark, ...] = ()
        self._row_px = 0
        self._fit()

    @property
    def marks(self) -> tuple[Mark, ...]:
        """The marks shown."""
        return self._marks

    def show_marks(self, marks: tuple[Mark, ...], line: Timeline) -> None:
        """Show `marks` over `line`."""
        self._fit()
        if (marks, line) != (self._marks, self._line):
            self._marks, self._line = marks, line
            self.update()

    def _fit(self) -> None:
        row_px = QFontMetrics(theme.font("small")).height()
        if row_px != self._row_px:
            self._row_px = row_px
            self.setFixedHeight(3 * row_px + 12)

    def x_of(self, minute: float) -> float:
        """Pixel column of `minute`: the same as in the trends above."""
        span = self._line.end_min - self._line.start_min
        share = (minute - self._line.start_min) / span
        return AXIS_WIDTH_PX + share * (self.width() - AXIS_WIDTH_PX)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Marks in two rows, minutes below."""
        look = theme.active_theme()
        painter = QPainter(self)
        painter.fillRect(event.rect(), look.colour("panel"))
        painter.setFont(theme.font("small"))
        self._paint_minutes(painter)
        metrics = QFontMetrics(painter.font())
        free_from = [float(AXIS_WIDTH_PX), float(AXIS_WIDTH_PX)]
        for mark in self._marks:
            x = self.x_of(mark.minute)
            if not AXIS_WIDTH_PX <= x <= self.width():
                continue
            width = metrics.horizontalAdvance(mark.text) + 18
            row = next((n for n in (0, 1) if free_from[n] <= x - 5), None)
            if not mark.text:
                row = None
            painter.setPen(look.colour(mark.tint))
            y = 4.0 + self._row_px * (1.6 if row is None else row)
            painter.setBrush(look.colour(mark.tint))
            painter.drawEllipse(QRectF(x - 3, y + self._row_px / 2 - 3, 6, 6))
            if row is None:
                continue
            right = self.width() - 4.0
            if x + width > right:
                area = QRectF(max(x - width, free_from[row]), y, 0, self._row_px)
                area.setRight(x - 7)
                flags = Qt.AlignmentFlag.AlignRight
            else:
                area = QRectF(x + 7, y, width, self._row_px)
                flags = Qt.AlignmentFlag.AlignLeft
            painter.drawText(area, flags | Qt.AlignmentFlag.AlignVCenter, mark.text)
            free_from[row] = x + width
        painter.end()

    def _paint_minutes(self, painter: QPainter) -> None:
        look, line = theme.active_theme(), self._line
        top = 8.0 + 2 * self._row_px
        painter.setPen(look.colour("line"))
        painter.drawLine(AXIS_WIDTH_PX, int(top), self.width(), int(top))
        painter.setPen(look.colour("dim"))
        step = 10.0 if line.end_min - line.start_min <= 120 else 20.0
        minute = -(-line.start_min // step) * step
        while minute < line.end_min:
            x = self.x_of(minute)
            area = QRectF(x - 40, top + 2, 80, self._row_px)
            if area.left() >= 0:
                painter.drawText(
                    area, Qt.AlignmentFlag.AlignHCenter, f"{round(minute)}".replace("-", "−")
                )
            minute += step
        since = "min" if line.from_drug else "min of session"
        painter.drawText(QRectF(4, top + 2, AXIS_WIDTH_PX, self._row_px), 0, since)
