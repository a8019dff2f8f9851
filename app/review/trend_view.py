"""The plots of a session: lanes, cursor, time axis, overview, the wave under the cursor."""

from __future__ import annotations

from PySide6.QtCore import QPointF, Qt, Signal, Slot
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QScrollArea, QVBoxLayout, QWidget

from app.plots.time_window import TimeWindow
from app.records.catalogue import OpenedSession
from app.review.cursor_strip import WaveStrip
from app.review.lanes.lane import Picked
from app.review.overview_bar import OverviewBar
from app.review.session_canvas import SessionCanvas
from app.review.span_bar import SpanBar
from app.review.time_axis import TimeAxis
from app.review.trend_cursor import TrendCursor
from app.reviewing.provenance import RejectedFrame
from app.reviewing.wave_track import SessionWaves


class TrendView(QWidget):
    """All lanes over one span, with one cursor; the lanes scroll where there is no room for all.

    Signals:
        window_changed: the `TimeWindow` in view changed.
        picked: a person pointed at something; a `Picked`.
    """

    window_changed = Signal(object)
    picked = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.bar = SpanBar()
        self.canvas = SessionCanvas()
        self.cursor_line = TrendCursor(self.canvas)
        self.axis = TimeAxis()
        self.overview = OverviewBar()
        self.strip = WaveStrip()
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setWidgetResizable(True)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setMinimumHeight(120)
        self._scroll.setWidget(self.canvas)
        self._opened: OpenedSession | None = None
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(2)
        column.addWidget(self.bar)
        column.addWidget(self._scroll, 1)
        self._below = QVBoxLayout()
        column.addLayout(self._below)
        self._below.setSpacing(2)
        for widget in (self.axis, self.overview, self.strip):
            self._below.addWidget(widget)
        self._connect()

    def _connect(self) -> None:
        self.canvas.resized.connect(self._place)
        self.cursor_line.window_wanted.connect(self.show_window)
        self.cursor_line.moved.connect(self.strip.show_moment)
        self.cursor_line.clicked.connect(self._pick)
        self.cursor_line.scroll_wanted.connect(self._scroll_lanes)
        self.overview.window_wanted.connect(self.show_window)
        self.bar.span_wanted.connect(self.show_span)
        self.bar.whole_wanted.connect(self.show_whole)
        self.bar.zoom_wanted.connect(self.cursor_line.zoom_about_cursor)
        self.bar.lanes_wanted.connect(self.canvas.show_lanes)

    @property
    def window_shown(self) -> TimeWindow:
        """The span in view."""
        return self.canvas.window_shown

    def show_session(self, opened: OpenedSession) -> None:
        """Show the whole of `opened` with the cursor at its beginning."""
        self._opened = opened
        self.canvas.show_session(opened)
        self.axis.show_session(opened)
        self.overview.show_session(opened)
        self.bar.show_session(opened, self.canvas.lanes)
        self.canvas.show_lanes(self.bar.hidden())
        self.strip.show_wave(self.canvas.wave, opened.end_ns)
        self._tell_window()
        self.show_moment(0)
        self.draw()

    def show_waves(self, waves: SessionWaves, rejected: tuple[RejectedFrame, ...]) -> None:
        """Show the waveforms, read since the session was opened."""
        if self.canvas.wave is not None:
            self.canvas.wave.show_waves(waves)
            self.canvas.wave.show_rejected(rejected)
            if self.canvas.wave.tracks:
                self.overview.show_wave_gaps(self.canvas.wave.gaps)
        self.canvas.refresh()
        self.strip.update()

    def show_no_waves(self, words: str) -> None:
        """Say why there are no waveforms to see."""
        if self.canvas.wave is not None:
            self.canvas.wave.show_trouble(words)
        self.canvas.refresh()
        self.strip.update()

    @Slot(object)
    def show_window(self, window: TimeWindow) -> None:
        """Show the span `window`."""
        if window != self.canvas.window_shown:
            self.canvas.show_window(window)
            self._tell_window()

    @Slot(object, object)
    def show_span(self, start_ns: int, end_ns: int) -> None:
        """Show from `start_ns` to `end_ns`, session time."""
        self.show_window(self.window_shown.spanning(start_ns, end_ns))

    @Slot()
    def show_whole(self) -> None:
        """Show all of the session."""
        self.show_window(self.window_shown.whole())

    def show_moment(self, t_ns: int) -> None:
        """Put the cursor to `t_ns` and, where that is out of view, the span around it."""
        self.cursor_line.show_moment(t_ns)
        self.strip.show_moment(self.cursor_line.t_ns)
        self.show_window(self.window_shown.showing(self.cursor_line.t_ns))

    def _tell_window(self) -> None:
        window = self.window_shown
        for part in (self.cursor_line, self.axis, self.overview, self.bar):
            part.show_window(window)
        self.window_changed.emit(window)

    @Slot(object)
    def _pick(self, place: QPointF) -> None:
        found = (
            self.canvas.pick(place.x(), place.y()) if place.y() >= 0 else self._first_at_cursor()
        )
        if found is None:
            return
        line = self.cursor_line
        if place.y() >= 0 and abs(found.t_ns - line.t_ns) <= line.stage.near_ns:
            line.go(found.t_ns)
        self.picked.emit(found)

    def _first_at_cursor(self) -> Picked | None:
        """What the first lane that has something at the cursor has there."""
        x = self.cursor_line.x_of(self.cursor_line.t_ns)
        for area in self.canvas.areas.values():
            found = self.canvas.pick(x, area.center().y())
            if found is not None and not found.device:
                return found
        return None

    @Slot(int)
    def _scroll_lanes(self, pages: int) -> None:
        bar = self._scroll.verticalScrollBar()
        bar.setValue(bar.value() + pages * bar.pageStep())

    @Slot()
    def draw(self) -> None:
        """Draw in the size and the colours in force."""
        self.axis.fit()
        self.overview.fit()
        self.strip.fit()
        self.canvas.fit()
        self._place()

    @Slot()
    def _place(self) -> None:
        """Keep what stands below the lanes as wide as they are, with a scroll bar or without."""
        self.cursor_line.setGeometry(self.canvas.rect())
        self.cursor_line.raise_()
        beside = self._scroll.width() - self._scroll.viewport().width()
        self._below.setContentsMargins(0, 0, max(0, beside), 0)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw in the new size."""
        super().resizeEvent(event)
        self.draw()
