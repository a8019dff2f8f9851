"""The trend of a streamed vital: a line that stays open where nothing was measured."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from app import theme
from app.amended import StruckValue
from app.history import TrendSeries
from app.plots.backdrop import Scene
from app.plots.decimate import Floats, decimate
from app.plots.panel import TrendPanel
from app.plots.timeline import Timeline

EMPTY: Floats = np.empty(0)


class LineTrend(TrendPanel):
    """One line in a fixed range that grows by whole steps when a value leaves it."""

    def __init__(
        self,
        title: str,
        tint: str,
        span: tuple[float, float],
        step: float,
        parent: QWidget | None = None,
    ) -> None:
        """`span` is the least range of values shown, `step` the distance of its ticks."""
        super().__init__(title, tint, parent)
        self._span = span
        self._step = step
        self._curve = pg.PlotCurveItem(connect="finite", antialias=False)
        # without segments Qt strokes a wide line as one path, tens of times slower
        self._curve.setSegmentedLineMode("on")
        self._crosses = pg.ScatterPlotItem(symbol="x", size=9, pxMode=True)
        for item in (self._curve, self._crosses):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self._paint_pens()

    def _paint_pens(self) -> None:
        self._curve.setPen(pg.mkPen(self.colour, width=2))
        self._crosses.setPen(pg.mkPen(theme.active_theme().colour("dim"), width=2))
        self._crosses.setBrush(None)

    def show_series(
        self,
        series: TrendSeries | None,
        line: Timeline,
        scene: Scene,
        struck: Sequence[StruckValue] = (),
    ) -> None:
        """Draw `series` over `line` with `scene` behind it; `struck` values are crosses."""
        if self.restyle():
            self._paint_pens()
        x, y = EMPTY, EMPTY
        if series is not None and len(series):
            minutes = (series.t_s - line.zero_s) / 60.0
            first = int(np.searchsorted(minutes, line.start_min))
            x, y = decimate(minutes[first:], series.values[first:], self.plot_pixels())
        low, high = self._range(y)
        self.show_frame(line, low, high, self._step, scene)
        self._curve.setData(x, y)
        crossed = [(line.minutes(one.t_s), one.value) for one in struck]
        table = np.array(crossed, dtype=np.float64).reshape(-1, 2)
        table = table[table[:, 0] >= line.start_min]
        self._crosses.setData(table[:, 0], table[:, 1])

    def _range(self, values: Floats) -> tuple[float, float]:
        low, high = self._span
        seen = values[np.isfinite(values)]
        if len(seen):
            step = self._step
            while low > 0 and seen.min() < low:
                low -= step
            while seen.max() > high:
                high += step
        return low, high
