"""The lane of the predicted level: dashed, in a pale band, on an axis of its own, illustrative."""

from __future__ import annotations

import math

import numpy as np
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.plots.predicted_course import model_for, predicted_course
from app.plots.segments import draw_path
from app.plots.timeline import whole_session
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Floats, Stage
from app.review.lanes.value_lane import ValueLane
from protocols.vitals import NS_PER_S

_POINTS = 700
_STEPS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0)
_DASH_PX = 6
_NONE: Floats = np.empty(0)


class LevelLane(ValueLane):
    """What a model predicts of what was given; never measured, so never a whole line."""

    key = "level"
    title = "predicted, illustrative"
    tint = "drug"
    weight = 0.8

    def __init__(self, opened: OpenedSession) -> None:
        self.model = model_for(opened.state)
        self._t_ns, self._low, self._level, self._high = (_NONE,) * 4
        top = 1.0
        if self.model is not None:
            line = whole_session(opened.state, opened.end_ns)
            course = predicted_course(opened.state, opened.history, line, opened.end_ns, _POINTS)
            self.title = f"predicted, illustrative, {self.model.unit} · {self.model.name}"
            if course is not None:
                known = slice(0, course.known)
                self._t_ns = (course.minutes[known] * 60 + line.zero_s) * NS_PER_S
                self._low, self._level = course.low[known], course.level[known]
                self._high = course.high[known]
                top = max(top, float(course.high.max()))
        step = next((one for one in _STEPS if 1.3 * top <= 3 * one), _STEPS[-1])
        super().__init__((0.0, step * math.ceil(1.3 * top / step)), step)

    @property
    def has_content(self) -> bool:
        """Whether a model suits the patient and something was given."""
        return bool(len(self._t_ns))

    def paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """The band, its edges and the middle, all dashed."""
        window = stage.window
        first, last = np.searchsorted(self._t_ns, (window.start_ns, window.end_ns))
        shown = slice(max(0, int(first) - 1), int(last) + 1)
        t_ns = self._t_ns[shown]
        if len(t_ns) < 2:
            return
        x = stage.xs_of(t_ns)
        low, high = self.ys_of(area, self._low[shown]), self.ys_of(area, self._high[shown])
        colour = theme.active_theme().colour(self.tint)
        colour.setAlphaF(0.16)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        painter.drawPolygon(
            arrayToQPolygonF(np.concatenate((x, x[::-1])), np.concatenate((low, high[::-1])))
        )
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        columns = np.arange(max(area.left(), x[0]), min(area.right(), x[-1]), 2.0)
        if len(columns) < 2:
            return
        dashes = ((columns - x[0]) // _DASH_PX).astype(np.int64) % 5 < 3
        for values, alpha, width in ((low, 0.5, 1), (high, 0.5, 1)):
            self._dashed(painter, columns, np.interp(columns, x, values), dashes, alpha, width)
        level = np.interp(columns, x, self.ys_of(area, self._level[shown]))
        self._dashed(painter, columns, level, dashes, 1.0, 2)

    def _dashed(
        self, painter: QPainter, x: Floats, y: Floats, dashes: Floats, alpha: float, width: int
    ) -> None:
        colour = theme.active_theme().colour(self.tint)
        colour.setAlphaF(alpha)
        painter.setPen(QPen(colour, width))
        draw_path(painter, x, np.where(dashes, y, np.nan))
