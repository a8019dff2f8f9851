"""What the plots of a file from elsewhere draw: a lane a vital, cuff pressures as bars, marks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app import theme
from app.importing.foreign import ForeignMark, ForeignRecording, ForeignStream
from app.importing.statistics import usual_step_s
from app.plots.decimate import decimate
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.segments import draw_lines, draw_path
from app.plots.time_window import tick_step_s, ticks
from app.review.lanes.lane import Floats, Stage, paint_words
from protocols.vitals import NS_PER_S, PRESSURES, VITALS, ColourRole, Vital

SPANS: dict[Vital, tuple[float, float, float]] = {
    Vital.HR: (40.0, 130.0, 30.0),
    Vital.PR: (40.0, 130.0, 30.0),
    Vital.SPO2: (84.0, 101.0, 4.0),
    Vital.RR: (0.0, 30.0, 10.0),
    Vital.ETCO2: (0.0, 60.0, 20.0),
    Vital.PI: (0.0, 10.0, 5.0),
    Vital.TEMP: (34.0, 40.0, 2.0),
}
"""Least range shown, and the distance of ticks."""

_QUIET_S = 15.0
_RARE_S = 120.0
"""A vital without a limit of its own that comes more rarely is shown as points."""

_BP = (40.0, 190.0, 40.0)
_CROSS_PX = 4.0
_ODD_WORDS = "× implausible"


class FileLane:
    """One lane with an axis of values."""

    title = ""
    tint = "text"
    weight = 1.0

    def __init__(self, streams: Sequence[ForeignStream], span: tuple[float, float, float]) -> None:
        """Of `streams`; the least range of values is the first two of `span`, then the tick."""
        self._streams = streams
        self._lines = [broken(stream) for stream in streams]
        low, high, self._step = span
        for stream in streams:
            seen = stream.values[np.isfinite(stream.values)]
            if len(seen):
                low = min(low, self._step * np.floor(float(seen.min()) / self._step))
                high = max(high, self._step * np.ceil(float(seen.max()) / self._step))
        self._low, self._high = float(low), float(high)

    def _y(self, area: QRectF, values: Floats) -> Floats:
        share = (values - self._low) / (self._high - self._low)
        found: Floats = area.bottom() - share * area.height()
        return found

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """The axis, the values in view, the implausible ones as crosses, the name."""
        look = theme.active_theme()
        painter.setPen(QPen(look.colour("line"), 1))
        painter.drawLine(QLineF(area.left(), area.bottom(), area.right(), area.bottom()))
        self._paint_axis(painter, area)
        painter.save()
        painter.setClipRect(area)
        self._paint_values(painter, stage, area)
        painter.restore()
        words = paint_words(painter, area.left() + 6, area.top() + 1, self.title, self.tint)
        odd = sum(len(stream.odd_values) for stream in self._streams)
        if odd:
            self._paint_odd(painter, stage, area)
            paint_words(
                painter, words.right() + 12, area.top() + 1, f"{_ODD_WORDS} {odd}", "attention"
            )

    def _paint_axis(self, painter: QPainter, area: QRectF) -> None:
        look = theme.active_theme()
        painter.setFont(theme.font("small"))
        height = QFontMetricsF(painter.font()).height()
        step = self._step
        while (self._high - self._low) / step * height > area.height() and step < 1e6:
            step *= 2
        value = step * np.ceil(self._low / step)
        while value <= self._high:
            y = float(self._y(area, np.array([value]))[0])
            painter.setPen(QPen(look.colour("dim")))
            room = QRectF(0, y - height / 2, AXIS_WIDTH_PX - 6, height)
            if room.top() >= area.top() - 2 and room.bottom() <= area.bottom() + 2:
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(room, flags, f"{value:g}")
            value += step

    def _paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        painter.setPen(QPen(theme.active_theme().colour(self.tint), 2))
        for t_s, all_values in self._lines:
            t_ns, values = _in_view(stage, t_s, all_values)
            x, y = decimate(stage.xs_of(t_ns), self._y(area, values), stage.pixels)
            draw_path(painter, x, y)
            alone = _alone(y)  # has no line
            draw_lines(painter, x[alone] - 2.5, y[alone], x[alone] + 2.5, y[alone])

    def _paint_odd(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Crosses at the lower edge: an implausible value has no place on the axis."""
        painter.setPen(QPen(theme.active_theme().colour("attention"), 1.5))
        for stream in self._streams:
            t_ns, _ = _in_view(stage, stream.odd_t_s, stream.odd_values)
            x = np.unique(np.round(stage.xs_of(t_ns) / 3) * 3)
            y = np.full(len(x), area.bottom() - 6)
            draw_lines(painter, x - _CROSS_PX, y - _CROSS_PX, x + _CROSS_PX, y + _CROSS_PX)
            draw_lines(painter, x - _CROSS_PX, y + _CROSS_PX, x + _CROSS_PX, y - _CROSS_PX)


class VitalLane(FileLane):
    """The line of one vital."""

    def __init__(self, stream: ForeignStream) -> None:
        """Of `stream`."""
        spec = VITALS[stream.vital]
        super().__init__((stream,), SPANS.get(stream.vital, (*spec.plausible, 10.0)))
        self.title = f"{spec.label} {spec.unit_text} · {stream.channel}"
        self.tint = {ColourRole.HR: "hr", ColourRole.SPO2: "spo2", ColourRole.BP: "bp"}.get(
            spec.colour, "other"
        )


class CuffLane(FileLane):
    """Pressures: a bar from diastolic to systolic where both were at one time, MAP a tick."""

    tint = "bp"
    weight = 1.4

    def __init__(self, streams: Sequence[ForeignStream]) -> None:
        """Of the pressures of a file."""
        super().__init__(streams, _BP)
        self.title = "BP mmHg · " + ", ".join(stream.channel for stream in streams)

    def _paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        found = {stream.vital: stream for stream in self._streams}
        sbp, dbp = found.get(Vital.SBP), found.get(Vital.DBP)
        painter.setPen(QPen(theme.active_theme().colour(self.tint), 3))
        if sbp is not None and dbp is not None:
            times, of_sbp, of_dbp = np.intersect1d(sbp.t_s, dbp.t_s, return_indices=True)
            x = stage.xs_of(times * NS_PER_S)
            high = self._y(area, sbp.values[of_sbp])
            draw_lines(painter, x, self._y(area, dbp.values[of_dbp]), x, high)
        painter.setPen(QPen(theme.active_theme().colour(self.tint), 2))
        for stream in self._streams:
            if stream.vital is Vital.MAP or sbp is None or dbp is None:
                t_ns, values = _in_view(stage, stream.t_s, stream.values)
                x, y = stage.xs_of(t_ns), self._y(area, values)
                draw_lines(painter, x - 4, y, x + 4, y)


def lanes_of(recording: ForeignRecording) -> list[FileLane]:
    """The lanes of a recording: pressures first, then a vital each."""
    cuff = [one for one in recording.streams if one.vital in PRESSURES]
    rest = [one for one in recording.streams if one.vital not in PRESSURES]
    lanes: list[FileLane] = [CuffLane(cuff)] if cuff else []
    return lanes + [VitalLane(stream) for stream in rest]


def broken(stream: ForeignStream) -> tuple[Floats, Floats]:
    """Times and values with NaN where nothing stands for longer than a value may, s.

    Values that come as rarely as people determine them stand each alone.
    """
    step_s = usual_step_s(stream)
    quiet_s = VITALS[stream.vital].quiet_limit_s
    longest_s = max(_QUIET_S if quiet_s is None else quiet_s, 1.5 * step_s)
    if quiet_s is None and step_s > _RARE_S:
        longest_s = 0.0
    after = np.flatnonzero(np.diff(stream.t_s) > longest_s)
    t_s = np.insert(stream.t_s, after + 1, stream.t_s[after])
    return t_s, np.insert(stream.values, after + 1, np.nan)


def _alone(y: Floats) -> npt.NDArray[np.bool_]:
    """Which points have no neighbour that has a value."""
    known = np.isfinite(y)
    padded = np.concatenate(([False], known, [False]))
    return known & ~padded[:-2] & ~padded[2:]


def _in_view(stage: Stage, t_s: Floats, values: Floats) -> tuple[Floats, Floats]:
    """Times in ns and values from one before the window to one after it."""
    window = stage.window
    first = max(0, int(np.searchsorted(t_s, window.start_ns / NS_PER_S)) - 1)
    last = int(np.searchsorted(t_s, window.end_ns / NS_PER_S, side="right")) + 1
    return t_s[first:last] * NS_PER_S, values[first:last]


def paint_marks(
    painter: QPainter, stage: Stage, area: QRectF, marks: Iterable[ForeignMark]
) -> None:
    """Dots with their words in two rows; those that have no room stand below as dots."""
    look = theme.active_theme()
    painter.setFont(theme.font("small"))
    metrics = QFontMetricsF(painter.font())
    free = [area.left(), area.left()]
    painter.setPen(QPen(look.colour("text")))
    painter.setBrush(look.colour("text"))
    for mark in marks:
        t_ns = round(mark.t_s * NS_PER_S)
        if not stage.window.holds(t_ns):
            continue
        x = stage.x_of(t_ns)
        row = next((n for n in (0, 1) if free[n] <= x - 5), None)
        y = area.top() + metrics.height() * (2.4 if row is None else row + 0.5)
        painter.drawEllipse(QRectF(x - 2.5, y - 2.5, 5, 5))
        if row is None:
            continue
        room = QRectF(x + 6, y - metrics.height() / 2, area.right() - x - 6, metrics.height())
        words = metrics.elidedText(mark.text, Qt.TextElideMode.ElideRight, min(room.width(), 260))
        painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)
        free[row] = x + 12 + metrics.horizontalAdvance(words)


def paint_times(
    painter: QPainter, stage: Stage, area: QRectF, words_at: Callable[[float], str]
) -> None:
    """Ticks of the time axis; `words_at` gives the words of a second."""
    look = theme.active_theme()
    painter.setFont(theme.font("small"))
    metrics = QFontMetricsF(painter.font())
    width = metrics.horizontalAdvance("00:00:00") + 24
    painter.setPen(QPen(look.colour("dim")))
    for t_ns in ticks(stage.window, 0, tick_step_s(stage.window.span_ns, stage.pixels, width)):
        x = stage.x_of(t_ns)
        painter.drawLine(QLineF(x, area.top(), x, area.top() + 4))
        room = QRectF(x - width / 2, area.top() + 4, width, metrics.height())
        if room.left() >= area.left() - 30 and room.right() <= area.right():
            painter.drawText(room, Qt.AlignmentFlag.AlignHCenter, words_at(t_ns / NS_PER_S))
