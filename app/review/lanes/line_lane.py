"""A lane of one streamed vital: a line that stays open where nothing was measured."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.history import Series, TrendSeries
from app.plots.decimate import decimate
from app.plots.segments import draw_path
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Floats, Ints, Picked, Stage, nearest
from app.review.lanes.value_lane import ValueLane, baselines, limit_steps
from protocols.events import Reading
from protocols.vitals import NS_PER_S, VITALS, Vital

_DOTS_BELOW = 6
"""Fewer points than one each so many pixels are drawn as dots too, else one alone is not seen."""

_BREAK_S = 15.0
"""Silence that breaks the line of a stream of which the history keeps no trend."""

_NONE: Floats = np.empty(0)


class LineLane(ValueLane):
    """The values of one vital, typed ones as dots; crosses where a value was corrected."""

    def __init__(
        self,
        opened: OpenedSession,
        vital: Vital,
        span: tuple[float, float],
        step: float,
        *,
        half_band: float = 2.0,
        weight: float = 1.0,
    ) -> None:
        super().__init__(span, step)
        spec = VITALS[vital]
        self.vital = vital
        self.key = vital.value
        self.title = f"{spec.label} {spec.unit_text}"
        self.tint = spec.colour.value
        self.weight = weight
        series = trend_of(opened, vital)
        self._t_ns: Floats = _NONE if series is None else series.t_s * NS_PER_S
        self._values: Floats = _NONE if series is None else series.values
        order = np.argsort(self._t_ns, kind="stable")
        self._t_ns, self._values = self._t_ns[order], self._values[order]
        self._struck = [(one.t_s * NS_PER_S, one.value) for one in opened.history.struck_of(vital)]
        named = (vital, Vital.PR) if vital is Vital.HR else (vital,)
        self.bands = baselines(opened, named, half_band)
        self.limits = limit_steps(opened, (vital,))
        self.widen(self._values)
        self._read_t_ns, self._read_values, self._numbers = _readings(opened, vital)

    @property
    def least_px(self) -> float:
        """Least height that can be read."""
        return 3.0 * theme.active_sizes().small

    def paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """The line, dots where points are few, crosses where a value was struck out."""
        window = stage.window
        first, last = np.searchsorted(self._t_ns, (window.start_ns, window.end_ns))
        shown = slice(max(0, int(first) - 1), int(last) + 1)
        t_ns, values = decimate(self._t_ns[shown], self._values[shown], stage.pixels)
        x, y = stage.xs_of(t_ns), self.ys_of(area, values)
        colour = theme.active_theme().colour(self.tint)
        painter.setPen(QPen(colour, 1.6))
        draw_path(painter, x, y)
        if len(x) * _DOTS_BELOW < stage.pixels:
            painter.setBrush(colour)
            for px, py in zip(x.tolist(), y.tolist(), strict=True):
                if py == py:
                    painter.drawEllipse(QPointF(px, py), 2.5, 2.5)
        painter.setPen(QPen(theme.active_theme().colour("dim"), 2))
        for at_ns, value in self._struck:
            draw_cross(painter, stage.x_of(at_ns), self.y_of(area, value))

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """The reading nearest to the pointer, also one that has no value."""
        found = nearest(self._read_t_ns, stage.t_ns_at(x), stage.near_ns)
        if found.start >= found.stop:
            return None
        off = np.abs(stage.xs_of(self._read_t_ns[found]) - x)
        rows = self.ys_of(area, self._read_values[found])
        off += 0.1 * np.abs(np.where(np.isfinite(rows), rows, y) - y)
        place = found.start + int(np.argmin(off))
        return Picked(t_ns=int(self._read_t_ns[place]), number=int(self._numbers[place]))


def trend_of(opened: OpenedSession, vital: Vital) -> Series | None:
    """The trend of `vital`, or its stream where the history keeps no trend of it."""
    series = opened.history.trends.get(vital)
    stream = opened.streams.get(vital)
    if series is not None or stream is None:
        return series
    made = TrendSeries(_BREAK_S)
    made.add_many(stream.t_ns / NS_PER_S, stream.values)
    return made


def draw_cross(painter: QPainter, x: float, y: float, half: float = 4.0) -> None:
    """A cross around a point."""
    painter.drawLine(QPointF(x - half, y - half), QPointF(x + half, y + half))
    painter.drawLine(QPointF(x - half, y + half), QPointF(x + half, y - half))


def _readings(opened: OpenedSession, vital: Vital) -> tuple[Ints, Floats, Ints]:
    """When each reading of `vital` was measured, its value (NaN: none) and its number, in order."""
    stream = opened.streams.get(vital)
    rare = [
        (event.measured_ns, np.nan if event.value is None else event.value, number)
        for number, event in zip(opened.numbers, opened.events, strict=False)
        if isinstance(event, Reading) and event.vital is vital and not event.spot
    ]
    table = np.array(rare, dtype=np.float64).reshape(-1, 3)
    t_ns, values = table[:, 0].astype(np.int64), table[:, 1]
    numbers = table[:, 2].astype(np.int64)
    if stream is not None:
        t_ns = np.concatenate((stream.t_ns, t_ns))
        values = np.concatenate((stream.values, values))
        numbers = np.concatenate((stream.numbers, numbers))
    order = np.argsort(t_ns, kind="stable")
    return t_ns[order], values[order], numbers[order]
