"""Many straight lines drawn at once from arrays, without a Python object for each."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF
from PySide6.QtGui import QPainter

Floats = npt.NDArray[np.float64]


def draw_lines(painter: QPainter, x0: Floats, y0: Floats, x1: Floats, y1: Floats) -> None:
    """A line from each (x0, y0) to its (x1, y1), in the pen of `painter`; NaN is drawn nowhere."""
    table = np.column_stack((x0, y0, x1, y1))
    table = table[np.isfinite(table).all(axis=1)]
    if not len(table):
        return
    lines = PrimitiveArray(QLineF, 4)
    lines.resize(len(table))
    lines.ndarray()[:] = table
    painter.drawLines(*lines.drawargs())


def draw_path(painter: QPainter, x: Floats, y: Floats) -> None:
    """Lines from point to point, open where a value is NaN.

    Drawn line by line: Qt strokes a wide line as one path, tens of times slower.
    """
    if len(x) > 1:
        draw_lines(painter, x[:-1], y[:-1], x[1:], y[1:])
