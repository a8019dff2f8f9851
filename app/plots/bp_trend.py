"""The trend of cuff pressures: each determination a bar from diastolic to systolic, MAP a tick."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtWidgets import QWidget

from app.history import BpPoint
from app.plots.backdrop import Scene
from app.plots.panel import TrendPanel
from app.plots.timeline import Timeline
from app.plots.trend import EMPTY

SPAN_MMHG = (40.0, 190.0)
STEP_MMHG = 40.0


class BpTrend(TrendPanel):
    """Bars of blood pressure; a failed determination is a cross at the foot, never a number."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("BP mmHg", "bp", parent)
        self._bars = pg.PlotCurveItem(connect="pairs", antialias=False)
        self._ticks = pg.PlotCurveItem(connect="pairs", antialias=False)
        self._failed = pg.ScatterPlotItem(symbol="x", size=9, pxMode=True)
        for item in (self._bars, self._ticks, self._failed):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self._paint_pens()

    def _paint_pens(self) -> None:
        self._bars.setPen(pg.mkPen(self.colour, width=3))
        self._ticks.setPen(pg.mkPen(self.colour, width=2))
        self._failed.setPen(pg.mkPen(self.colour, width=1))
        self._failed.setBrush(None)

    def show_points(self, points: Sequence[BpPoint], line: Timeline, scene: Scene) -> None:
        """Draw `points` over `line` with `scene` behind them."""
        if self.restyle():
            self._paint_pens()
        table = np.array(
            [(line.minutes(p.t_s), p.sbp_mmhg, p.dbp_mmhg, p.map_mmhg) for p in points]
        ).reshape(-1, 4)
        table = table[table[:, 0] >= line.start_min]
        measured = table[np.isfinite(table[:, 1]) & np.isfinite(table[:, 2])]
        failed = table[~(np.isfinite(table[:, 1]) & np.isfinite(table[:, 2]))]
        low, high = self._range(measured)
        self.show_frame(line, low, high, STEP_MMHG, scene)
        minute, sbp, dbp, mean = measured.T if len(measured) else (EMPTY,) * 4
        self._bars.setData(np.repeat(minute, 2), np.column_stack((dbp, sbp)).ravel())
        half = 5.0 * (line.end_min - line.start_min) / self.plot_pixels()
        with_mean = np.isfinite(mean)
        sides = np.column_stack((minute[with_mean] - half, minute[with_mean] + half)).ravel()
        self._ticks.setData(sides, np.repeat(mean[with_mean], 2))
        self._failed.setData(failed[:, 0], np.full(len(failed), low + 0.1 * (high - low)))

    def _range(self, measured: np.ndarray) -> tuple[float, float]:
        low, high = SPAN_MMHG
        if len(measured):
            while measured[:, 1].max() > high - 5:
                high += 20.0
            while low > 0 and measured[:, 2].min() < low + 5:
                low -= 20.0
        return low, high
