"""The whole session in a narrow bar, with a frame around what is in view: it scrolls the plots."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPixmap,
    QResizeEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.decimate import decimate
from app.plots.segments import draw_path
from app.plots.time_window import TimeWindow, window_of
from app.records.catalogue import OpenedSession
from app.review.lanes.backdrop import backdrop_of, paint_backdrop, paint_record_gaps
from app.review.lanes.lane import Ints, Stage
from app.review.lanes.wave_lane import paint_gaps
from app.session_numbers import alarm_episodes
from app.theme import PRIORITY_SIGNS
from protocols.vitals import NS_PER_S


class OverviewBar(QWidget):
    """Heart rate, phases, alarms and gaps of the whole session; the frame is what is in view.

    Pressing or dragging moves the frame; left and right move it by a quarter of its length.

    Signals:
        window_wanted: the `TimeWindow` to show.
    """

    window_wanted = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("whole session")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._opened: OpenedSession | None = None
        self._window = window_of(0)
        self._gaps: Ints = np.empty((0, 2), dtype=np.int64)
        self._picture = QPixmap()
        self._stale = True

    @property
    def _stage(self) -> Stage:
        return Stage(window=self._window.whole(), width=self.width())

    def show_session(self, opened: OpenedSession) -> None:
        """Show the whole of `opened`."""
        self._opened = opened
        self._gaps = np.empty((0, 2), dtype=np.int64)
        self.refresh()

    def show_wave_gaps(self, gaps: Ints) -> None:
        """Hatch where there is no waveform."""
        self._gaps = gaps
        self.refresh()

    def show_window(self, window: TimeWindow) -> None:
        """Frame `window`."""
        self._window = window
        self.update()

    def refresh(self) -> None:
        """Draw anew."""
        self._stale = True
        self.update()

    def fit(self) -> None:
        """Take the sizes and colours in force."""
        self.setFixedHeight(round(2 * theme.active_sizes().small))
        self.refresh()

    def frame(self) -> QRectF:
        """Where what is in view is framed."""
        stage = self._stage
        left, right = stage.x_of(self._window.start_ns), stage.x_of(self._window.end_ns)
        return QRectF(left, 0.5, max(4.0, right - left - 1), self.height() - 1)

    def _move_to(self, x: float) -> None:
        window = self._window
        middle = (window.start_ns + window.end_ns) // 2
        self.window_wanted.emit(window.panned(self._stage.t_ns_at(x) - middle))

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Move the frame there."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._move_to(event.position().x())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Let the frame follow the pressed pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._move_to(event.position().x())

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows move the frame."""
        quarter = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(Qt.Key(event.key()))
        if quarter is None:
            super().keyPressEvent(event)
        else:
            self.window_wanted.emit(self._window.panned(quarter * self._window.span_ns // 4))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw in the new size."""
        super().resizeEvent(event)
        self._stale = True

    def paintEvent(self, event: QPaintEvent) -> None:
        """The session, and what is not in view veiled."""
        if self._stale:
            self._draw()
        look = theme.active_theme()
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._picture)
        frame, stage = self.frame(), self._stage
        if not self._window.is_whole:
            veil = look.colour("ground")
            veil.setAlphaF(0.65)
            painter.fillRect(QRectF(stage.left, 0, frame.left() - stage.left, self.height()), veil)
            painter.fillRect(
                QRectF(frame.right(), 0, self.width() - frame.right(), self.height()), veil
            )
        painter.setPen(QPen(look.colour("focus" if self.hasFocus() else "accent"), 2))
        painter.drawRect(frame.adjusted(1, 1, -1, -1))
        painter.end()

    def _draw(self) -> None:
        look = theme.active_theme()
        ratio = self.devicePixelRatioF()
        self._picture = QPixmap(self.size() * ratio)
        self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(look.colour("panel"))
        self._stale = False
        if self._opened is None:
            return
        painter = QPainter(self._picture)
        stage, height = self._stage, float(self.height())
        area = QRectF(stage.left, 0, stage.pixels, height)
        behind = backdrop_of(self._opened)
        paint_backdrop(painter, stage, area, behind)
        paint_gaps(painter, stage, area.adjusted(0, 0.7 * height, 0, 0), self._gaps)
        self._draw_heart(painter, stage, height)
        for episode in alarm_episodes(self._opened.history):
            end_ns = self._opened.end_ns if episode.ended_ns is None else episode.ended_ns
            left = stage.x_of(episode.since_ns)
            colour = look.alarm(episode.priority)[0]
            wide = max(2.0, stage.x_of(end_ns) - left)
            tall = 3 * len(PRIORITY_SIGNS[episode.priority].mark)
            painter.fillRect(QRectF(left, 1, wide, tall), QColor(colour))
        paint_record_gaps(painter, stage, area, behind)
        painter.setPen(QPen(look.colour("dim")))
        painter.setFont(theme.font("small"))
        painter.drawText(
            QRectF(2, 0, stage.left - 8, height), Qt.AlignmentFlag.AlignVCenter, "whole"
        )
        painter.end()

    def _draw_heart(self, painter: QPainter, stage: Stage, height: float) -> None:
        series = None if self._opened is None else self._opened.history.heart_rate()
        if series is None or not len(series):
            return
        t_s, values = decimate(series.t_s, series.values, stage.pixels)
        seen = values[np.isfinite(values)]
        if not len(seen):
            return
        low, high = float(seen.min()), max(float(seen.max()), float(seen.min()) + 1)
        painter.setPen(QPen(theme.active_theme().colour("hr"), 1))
        y = height - 3 - (values - low) / (high - low) * (height - 14)
        draw_path(painter, stage.xs_of(t_s * NS_PER_S), y)
