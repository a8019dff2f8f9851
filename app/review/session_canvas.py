"""The canvas of a session's plots: all lanes over one span of time, drawn once for each change."""

from __future__ import annotations

from collections.abc import Mapping, Set

from PySide6.QtCore import QLineF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.time_window import TimeWindow, window_of
from app.records.catalogue import OpenedSession
from app.review.lanes.all_lanes import make_lanes
from app.review.lanes.backdrop import (
    Backdrop,
    backdrop_of,
    paint_backdrop,
    paint_record_gaps,
)
from app.review.lanes.lane import Lane, Picked, Stage
from app.review.lanes.wave_lane import WaveLane

_APART_PX = 3.0


class SessionCanvas(QWidget):
    """Draws the lanes into a picture that is kept until the span, the size or the look changes.

    Signals:
        drawn: the picture was painted anew.
        resized: its size changed.
    """

    drawn = Signal()
    resized = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("plots of the session")
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.lanes: tuple[Lane, ...] = ()
        self.window_shown: TimeWindow = window_of(0)
        self._behind = Backdrop()
        self._hidden: Set[str] = frozenset()
        self._areas: dict[str, QRectF] = {}
        self._picture = QPixmap()
        self._stale = True

    @property
    def stage(self) -> Stage:
        """The time in view and its columns."""
        return Stage(window=self.window_shown, width=self.width())

    @property
    def areas(self) -> Mapping[str, QRectF]:
        """Where each lane that is shown stands, by its key."""
        return self._areas

    @property
    def wave(self) -> WaveLane | None:
        """The lane of the pulse wave."""
        return next((lane for lane in self.lanes if isinstance(lane, WaveLane)), None)

    def show_session(self, opened: OpenedSession) -> None:
        """Show the whole of `opened`."""
        self.lanes = make_lanes(opened)
        self._behind = backdrop_of(opened)
        self.window_shown = window_of(opened.end_ns)
        self.fit()

    def show_window(self, window: TimeWindow) -> None:
        """Show another span."""
        if window != self.window_shown:
            self.window_shown = window
            self.refresh()

    def show_lanes(self, hidden: Set[str]) -> None:
        """Leave out the lanes whose keys are `hidden`."""
        self._hidden = hidden
        self.fit()

    def refresh(self) -> None:
        """Draw anew, as something that is shown changed."""
        self._stale = True
        self.update()

    def fit(self) -> None:
        """Take the sizes and colours in force, and place the lanes anew."""
        self._place()
        self.refresh()

    def _shown(self) -> list[Lane]:
        return [lane for lane in self.lanes if lane.key not in self._hidden]

    def _place(self) -> None:
        """Give each lane its least height, and what is left by weight."""
        shown = self._shown()
        least = sum(lane.least_px + _APART_PX for lane in shown)
        self.setMinimumHeight(int(least) + 1)
        left = max(0.0, self.height() - least)
        whole = sum(lane.weight for lane in shown) or 1.0
        top = 0.0
        self._areas = {}
        for lane in shown:
            height = lane.least_px + left * lane.weight / whole
            corner = QRectF(AXIS_WIDTH_PX, top, max(1, self.width() - AXIS_WIDTH_PX), height)
            self._areas[lane.key] = corner
            top += height + _APART_PX

    def pick(self, x: float, y: float) -> Picked | None:
        """What stands at (`x`, `y`), or None."""
        for lane in self._shown():
            area = self._areas[lane.key]
            if area.top() <= y < area.bottom() + _APART_PX:
                return lane.pick(self.stage, area, x, y)
        return None

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Place the lanes in the new size."""
        super().resizeEvent(event)
        self._place()
        self._stale = True
        self.resized.emit()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The picture, made anew where it is stale."""
        if self._stale:
            self._draw()
        painter = QPainter(self)
        ratio = self._picture.devicePixelRatio()
        area = QRectF(event.rect())
        source = QRectF(area.topLeft() * ratio, QSizeF(area.size()) * ratio)
        painter.drawPixmap(area, self._picture, source)
        painter.end()

    def _draw(self) -> None:
        look = theme.active_theme()
        ratio = self.devicePixelRatioF()
        size = self.size() * ratio
        if self._picture.size() != size:
            self._picture = QPixmap(size)
            self._picture.setDevicePixelRatio(ratio)
        self._picture.fill(look.colour("panel"))
        painter = QPainter(self._picture)
        stage = self.stage
        for lane in self._shown():
            area = self._areas[lane.key]
            paint_backdrop(painter, stage, area, self._behind)
            lane.paint(painter, stage, area)
            paint_record_gaps(painter, stage, area, self._behind)
            painter.setPen(QPen(look.colour("line")))
            painter.drawLine(QLineF(0, area.bottom() + 1.5, area.right(), area.bottom() + 1.5))
        painter.end()
        self._stale = False
        self.drawn.emit()
