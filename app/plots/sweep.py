"""A waveform that sweeps from left to right behind an erase bar, as bedside monitors draw it."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.history import WaveRing
from protocols.vitals import NS_PER_S

SPAN_S = 10.0
"""Time from the left edge to the right."""

ERASE_S = 0.35
"""Width of the bar that erases the last sweep ahead of the newest sample."""

DELAY_S = 0.35
"""Samples are drawn this much after they came, so that a packet's do not jump in at once."""

SILENT_S = 2.0
"""After this long without samples the strip is cleared: an old wave must not look new."""


class SweepStrip(QWidget):
    """One sweep of a `WaveRing`. Only what is new is drawn, into a pixmap kept between frames."""

    def __init__(self, tint: str, title: str, parent: QWidget | None = None) -> None:
        """A strip in the colour `tint` of the theme, named `title`."""
        super().__init__(parent)
        self._tint = tint
        self._title = title
        self._reason = "no signal yet"
        self._trace = QPixmap()
        self._ring: WaveRing | None = None
        self._drawn = 0
        self._erased_to_x = 0
        self._last_point: QPointF | None = None
        self.setAccessibleName(title)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(48)

    @property
    def reason(self) -> str:
        """Why nothing is drawn, or empty while the wave is live."""
        return self._reason

    def show_wave(self, ring: WaveRing | None, now_ns: int, reason: str = "") -> None:
        """Draw what came since the last call; without fresh samples clear and say `reason`."""
        silent = ring is None or now_ns - ring.last_t_ns > SILENT_S * NS_PER_S
        if ring is None or silent:
            self._say(reason or "no signal")
            return
        if ring is not self._ring or self._trace.isNull() or self._reason:
            self._say("")
            self._restart(ring)
        total = self._visible_total(ring, now_ns)
        if total > self._drawn:
            self._draw(ring, total)

    def _visible_total(self, ring: WaveRing, now_ns: int) -> int:
        lag = (DELAY_S * NS_PER_S - (now_ns - ring.last_t_ns)) / ring.interval_ns
        return max(self._drawn, ring.total - max(0, round(lag)))

    def _say(self, reason: str) -> None:
        if reason != self._reason:
            self._reason = reason
            self._ring = None
            self.update()

    def _restart(self, ring: WaveRing) -> None:
        self._ring = ring
        ratio = self.devicePixelRatioF()
        self._trace = QPixmap(self.size() * ratio)
        self._trace.setDevicePixelRatio(ratio)
        self._trace.fill(theme.active_theme().colour("panel"))
        self._drawn = max(0, ring.total - min(ring.size, self._count(ring) // 2))
        self._last_point = None
        self.update()

    def _count(self, ring: WaveRing) -> int:
        return max(2, round(SPAN_S * NS_PER_S / ring.interval_ns))

    def _draw(self, ring: WaveRing, total: int) -> None:
        count = self._count(ring)
        first = max(self._drawn, total - count + 1, total - ring.size)
        indexes = np.arange(first, total)
        values = ring.counts[(ring.position - (ring.total - indexes)) % ring.size]
        columns = (indexes % count) * (self.width() / count)
        top, foot = theme.active_sizes().small * 1.2, 0.06 * self.height()
        rows = self.height() - foot - values * (self.height() - top - foot)
        self._erase(columns[0], columns[-1])
        self._paint_points(columns, rows)
        self._drawn = total

    def _erase(self, first_x: float, last_x: float) -> None:
        bar = self.width() * ERASE_S / SPAN_S
        spans = [(first_x, last_x + bar)]
        if last_x < first_x:
            spans = [(first_x, float(self.width())), (-2.0, last_x + bar)]
        elif last_x + bar > self.width():
            spans.append((-2.0, last_x + bar - self.width()))
        painter = QPainter(self._trace)
        ground = theme.active_theme().colour("panel")
        for begin, end in spans:
            area = QRect(int(begin) + 2, 0, max(1, int(end - begin)), self.height())
            painter.fillRect(area, ground)
            self.update(area.adjusted(-4, 0, 4, 0))
        painter.end()

    def _paint_points(self, columns: np.ndarray, rows: np.ndarray) -> None:
        painter = QPainter(self._trace)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(getattr(theme.active_theme(), self._tint)), 2))
        run: list[QPointF] = [] if self._last_point is None else [self._last_point]
        for x, y in zip(columns.tolist(), rows.tolist(), strict=True):
            broken = y != y or (run and x < run[-1].x())
            if broken:
                painter.drawPolyline(QPolygonF(run))
                run = []
            if y == y:
                run.append(QPointF(x, y))
        painter.drawPolyline(QPolygonF(run))
        painter.end()
        self._last_point = run[-1] if run else None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Begin a new sweep at the new size."""
        super().resizeEvent(event)
        self._ring = None
        self._trace = QPixmap()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Copy the part of the trace that changed; say why there is none."""
        painter = QPainter(self)
        look = theme.active_theme()
        if self._reason or self._trace.isNull():
            painter.fillRect(event.rect(), look.colour("panel"))
            painter.setPen(look.colour("dim"))
            painter.setFont(theme.font("body"))
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter, self._reason)
        else:
            area = event.rect()
            ratio = self._trace.devicePixelRatio()
            source = QRect(
                round(area.x() * ratio),
                round(area.y() * ratio),
                round(area.width() * ratio),
                round(area.height() * ratio),
            )
            painter.drawPixmap(area, self._trace, source)
        painter.setPen(QColor(getattr(look, self._tint)))
        painter.setFont(theme.font("small"))
        painter.drawText(theme.GRID_PX, theme.active_sizes().small + 4, self._title)
        painter.end()
