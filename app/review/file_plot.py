"""The plots of a file from elsewhere over one time axis: zoomed, moved, and read at a cursor."""

from __future__ import annotations

from functools import partial

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QFontMetricsF,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.importing.foreign import ForeignRecording, ForeignStream
from app.importing.statistics import usual_step_s
from app.importing.words import clock_words
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.time_window import TimeWindow, window_of
from app.review.file_lanes import FileLane, lanes_of, paint_marks, paint_times
from app.review.lanes.lane import Stage
from protocols.vitals import NS_PER_S, VITALS

STEP_NS = 10 * NS_PER_S
FAR_STEP_NS = 60 * NS_PER_S
_CLOSER = 0.8
_WAVES_ALONE = "No numbers of this file are shown. The cursor moves through the waveform below."
_NOTHING = "No value of this file is shown. Say under Channels what its channels are."


class FilePlot(QWidget):
    """Lanes of one file. The wheel and + and - zoom, PgUp and PgDn move, arrows move the cursor.

    Signals:
        moved: the cursor stands elsewhere, or another time is in view.
    """

    moved = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("trends of the file")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(160)
        self.window_shown: TimeWindow = window_of(0)
        self.t_ns = 0
        self.lanes: list[FileLane] = []
        self._recording: ForeignRecording | None = None
        self._grabbed: QPointF | None = None

    def show_file(self, recording: ForeignRecording) -> None:
        """Show the whole of `recording` with the cursor at its begin."""
        self._recording = recording
        self.lanes = lanes_of(recording)
        self.window_shown = window_of(round(recording.length_s * NS_PER_S))
        self.go_to(0)

    def go_to(self, t_ns: int) -> None:
        """Put the cursor at `t_ns`, and bring it into view."""
        self.t_ns = max(0, min(t_ns, self.window_shown.whole_ns))
        self._show(self.window_shown.showing(self.t_ns))

    def values_at_cursor(self) -> list[tuple[str, str]]:
        """Label and value of each vital at the cursor; ``--`` where there is none."""
        streams = () if self._recording is None else self._recording.streams
        return [(VITALS[one.vital].label, value_at(one, self.t_ns / NS_PER_S)) for one in streams]

    def _show(self, window: TimeWindow) -> None:
        self.window_shown = window
        self.update()
        self.moved.emit()

    def _stage(self) -> Stage:
        return Stage(window=self.window_shown, width=float(self.width()))

    # -- what a person does -------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Left: the cursor goes there. Middle or right: the time in view is taken hold of."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() == Qt.MouseButton.LeftButton:
            self.go_to(self._stage().t_ns_at(event.position().x()))
        else:
            self._grabbed = event.position()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pressed pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self.go_to(self._stage().t_ns_at(event.position().x()))
        elif self._grabbed is not None:
            stage = self._stage()
            by = (self._grabbed.x() - event.position().x()) / stage.pixels
            self._grabbed = event.position()
            self._show(self.window_shown.panned(round(by * self.window_shown.span_ns)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Let go."""
        self._grabbed = None
        super().mouseReleaseEvent(event)

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the pointer; with shift, move."""
        turned = event.angleDelta().y() or event.angleDelta().x()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._show(self.window_shown.panned(-turned * self.window_shown.span_ns // 1200))
        elif turned:
            about_ns = self._stage().t_ns_at(event.position().x())
            self._show(self.window_shown.zoomed(_CLOSER ** (turned / 120), about_ns))
        event.accept()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys named above; Home and End go to the ends, 0 shows the whole."""
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step_ns = FAR_STEP_NS if far else STEP_NS
        window = self.window_shown
        acts = {
            Qt.Key.Key_Left: partial(self.go_to, self.t_ns - step_ns),
            Qt.Key.Key_Right: partial(self.go_to, self.t_ns + step_ns),
            Qt.Key.Key_Home: partial(self.go_to, 0),
            Qt.Key.Key_End: partial(self.go_to, window.whole_ns),
            Qt.Key.Key_Plus: partial(self._zoom, _CLOSER),
            Qt.Key.Key_Equal: partial(self._zoom, _CLOSER),
            Qt.Key.Key_Minus: partial(self._zoom, 1 / _CLOSER),
            Qt.Key.Key_0: partial(self._zoom, float("inf")),
            Qt.Key.Key_PageUp: partial(self._pan, -0.5),
            Qt.Key.Key_PageDown: partial(self._pan, 0.5),
        }
        act = acts.get(Qt.Key(event.key()))
        if act is None:
            super().keyPressEvent(event)
        else:
            act()

    def _zoom(self, factor: float) -> None:
        window = self.window_shown
        whole = factor == float("inf")
        self._show(window.whole() if whole else window.zoomed(factor, self.t_ns))

    def _pan(self, share: float) -> None:
        self._show(self.window_shown.panned(round(share * self.window_shown.span_ns)))

    # -- drawing ------------------------------------------------------------------------------

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Lanes one below the other, marks, times, and the cursor over all."""
        painter = QPainter(self)
        look = theme.active_theme()
        painter.fillRect(self.rect(), look.colour("panel"))
        recording = self._recording
        if recording is None or not self.lanes:
            painter.setPen(QPen(look.colour("dim")))
            words = "" if recording is None else _WAVES_ALONE if recording.waves else _NOTHING
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(self.rect(), int(flags), words)
        painter.setFont(theme.font("small"))
        line_px = QFontMetricsF(painter.font()).height()
        marks_px = 2.9 * line_px if recording is not None and recording.marks else 0.0
        stage = self._stage()
        bottom = self.height() - line_px - 6
        self._paint_lanes(painter, stage, bottom - marks_px)
        if recording is not None:
            left, width = float(AXIS_WIDTH_PX), float(self.width() - AXIS_WIDTH_PX)
            paint_marks(
                painter, stage, QRectF(left, bottom - marks_px, width, marks_px), recording.marks
            )
            paint_times(
                painter,
                stage,
                QRectF(left, bottom, width, line_px + 6),
                partial(clock_words, recording),
            )
            if self.window_shown.holds(self.t_ns):
                painter.setPen(QPen(look.colour("text"), 2 if self.hasFocus() else 1))
                x = stage.x_of(self.t_ns)
                painter.drawLine(QLineF(x, 0, x, bottom))
        painter.end()

    def _paint_lanes(self, painter: QPainter, stage: Stage, bottom: float) -> None:
        weights = sum(lane.weight for lane in self.lanes)
        top = 0.0
        for lane in self.lanes:
            height = bottom * lane.weight / weights
            area = QRectF(AXIS_WIDTH_PX, top + 2, self.width() - AXIS_WIDTH_PX, height - 4)
            lane.paint(painter, stage, area)
            top += height


def value_at(stream: ForeignStream, t_s: float) -> str:
    """The value of a stream at second `t_s`; ``--`` where it was missing or too old."""
    place = int(np.searchsorted(stream.t_s, t_s, side="right")) - 1
    spec = VITALS[stream.vital]
    if spec.quiet_limit_s is None:  # between determinations a grid holds no value
        known = np.flatnonzero(np.isfinite(stream.values[: place + 1]))
        place = int(known[-1]) if len(known) else -1
    if place < 0:
        return "--"
    value = float(stream.values[place])
    age_s = t_s - float(stream.t_s[place])
    if value != value:
        return "--"
    if spec.quiet_limit_s is None:
        return f"{spec.format(value)}{_age(age_s)}"
    return spec.format(value) if age_s <= max(spec.quiet_limit_s, usual_step_s(stream)) else "--"


def _age(age_s: float) -> str:
    if age_s < 2:
        return ""
    return f" ({age_s:.0f} s old)" if age_s < 60 else f" ({age_s / 60:.0f} min old)"
