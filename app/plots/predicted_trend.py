"""The lane of the predicted level: a dashed curve in a pale band, never a number."""

from __future__ import annotations

import math

import numpy as np
import pyqtgraph as pg
from pyqtgraph.functions import arrayToQPolygonF
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app import theme
from app.plots.backdrop import Scene
from app.plots.panel import TrendPanel
from app.plots.predicted_course import Course
from app.plots.timeline import Timeline
from protocols.dosing.predicted import ConcentrationModel

TINT = "drug"
PIXELS_A_POINT = 8
"""The curve is smooth: a point each so many pixels draws it."""

_STEPS = (5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0, 1_000.0, 2_000.0, 5_000.0)
_EMPTY_HIGH = 200.0
_ROOM_FOR_TITLE = 1.3
_KNOWN, _FORECAST = 1.0, 0.45
_DASHES = (5.0, 4.0)


class BandItem(pg.GraphicsObject):
    """Paints a `Course` in the coordinates of its plot: band, edges and middle, all dashed."""

    def __init__(self) -> None:
        super().__init__()
        self._bounds = QRectF()
        self._parts: tuple[tuple[float, QPolygonF, tuple[QPolygonF, ...]], ...] = ()

    def show_course(self, course: Course | None, bounds: QRectF) -> None:
        """Show `course`, or nothing, in a plot that spans `bounds`."""
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        self._parts = ()
        if course is not None:
            stretches = ((_KNOWN, 0, course.known), (_FORECAST, max(0, course.known - 1), None))
            self._parts = tuple(
                _part(strength, course, slice(start, end))
                for strength, start, end in stretches
                if len(course.minutes[start:end])  # before the first second nothing is known
            )
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole plot."""
        return self._bounds

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """The band filled, its edges thin, its middle strong; what is to come fainter."""
        for strength, band, lines in self._parts:
            colour = theme.active_theme().colour(TINT)
            colour.setAlphaF(0.18 * strength)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawPolygon(band)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for number, line in enumerate(lines):
                middle = number == 0
                colour.setAlphaF(strength if middle else 0.5 * strength)
                pen = QPen(colour, 2 if middle else 1)
                pen.setCosmetic(True)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                pen.setDashPattern([dash / pen.width() for dash in _DASHES])
                painter.setPen(pen)
                painter.drawPolyline(line)


def _part(
    strength: float, course: Course, stretch: slice
) -> tuple[float, QPolygonF, tuple[QPolygonF, ...]]:
    x = course.minutes[stretch]
    low, middle, high = course.low[stretch], course.level[stretch], course.high[stretch]
    band = arrayToQPolygonF(np.concatenate((x, x[::-1])), np.concatenate((low, high[::-1])))
    return strength, band, tuple(arrayToQPolygonF(x, y) for y in (middle, low, high))


class PredictedTrend(TrendPanel):
    """The predicted level of what was given; its title says that it is illustrative."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("predicted, illustrative", TINT, parent)
        self.band = BandItem()
        self.getPlotItem().addItem(self.band, ignoreBounds=True)
        self.course: Course | None = None

    def show_course(
        self, model: ConcentrationModel, course: Course | None, line: Timeline, scene: Scene
    ) -> None:
        """Draw `course` of `model` over `line`; the axis alone where there is none yet."""
        self.restyle()
        self.set_title(f"predicted, illustrative, {model.unit} · {model.name}")
        self.course = course
        high, step = _range(course)
        self.show_frame(line, 0.0, high, step, scene)
        span = line.end_min - line.start_min
        self.band.show_course(course, QRectF(line.start_min, 0.0, span, high))


def _range(course: Course | None) -> tuple[float, float]:
    """Highest value shown and the distance of ticks: few of them, and room for the title."""
    top = _EMPTY_HIGH if course is None else max(float(course.high.max()), _STEPS[0])
    high = _ROOM_FOR_TITLE * top
    step = next((one for one in _STEPS if high <= 3 * one), _STEPS[-1])
    return step * math.ceil(high / step), step
