"""The trend of cuff pressures: each determination a bar from diastolic to systolic, MAP a tick.

What was corrected or withdrawn stays as a thin dashed bar, crossed, and counts for no range.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget

from app import theme
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
        self._struck = pg.PlotCurveItem(connect="pairs", antialias=False)
        self._crosses = pg.ScatterPlotItem(symbol="x", size=11, pxMode=True)
        for item in (self._bars, self._ticks, self._failed, self._struck, self._crosses):
            self.getPlotItem().addItem(item, ignoreBounds=True)
        self._paint_pens()

    def _paint_pens(self) -> None:
        self._bars.setPen(pg.mkPen(self.colour, width=3))
        self._ticks.setPen(pg.mkPen(self.colour, width=2))
        self._failed.setPen(pg.mkPen(self.colour, width=1))
        self._failed.setBrush(None)
        faint = theme.active_theme().colour("dim")
        self._struck.setPen(pg.mkPen(faint, width=1, style=Qt.PenStyle.DashLine))
        self._crosses.setPen(pg.mkPen(faint, width=2))
        self._crosses.setBrush(None)

    def show_points(
        self,
        points: Sequence[BpPoint],
        line: Timeline,
        scene: Scene,
        struck: Sequence[BpPoint] = (),
    ) -> None:
        """Draw `points` over `line` with `scene` behind them; `struck` is what stood before."""
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

        self._show_struck(struck, line)

    def _show_struck(self, struck: Sequence[BpPoint], line: Timeline) -> None:
        whole = [p for p in struck if p.sbp_mmhg == p.sbp_mmhg and p.dbp_mmhg == p.dbp_mmhg]
        table = np.array([(line.minutes(p.t_s), p.dbp_mmhg, p.sbp_mmhg) for p in whole])
        table = table.reshape(-1, 3)
        table = table[table[:, 0] >= line.start_min]
        self._struck.setData(np.repeat(table[:, 0], 2), table[:, 1:].ravel())
        self._crosses.setData(table[:, 0], table[:, 2])

    def _range(self, measured: np.ndarray) -> tuple[float, float]:
        low, high = SPAN_MMHG
        if len(measured):
            while measured[:, 1].max() > high - 5:
                high += 20.0
            while low > 0 and measured[:, 2].min() < low + 5:
                low -= 20.0
        return low, high
