"""The lane of cuff pressures: each determination a bar from diastolic to systolic, MAP a tick."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.history import BpPoint
from app.plots.segments import draw_lines
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Floats, Picked, Stage, nearest
from app.review.lanes.line_lane import draw_cross
from app.review.lanes.value_lane import ValueLane, baselines, limit_steps
from protocols.events import Reading
from protocols.vitals import NS_PER_S, PRESSURES, Vital

SPAN_MMHG = (40.0, 190.0)
STEP_MMHG = 20.0


class PressureLane(ValueLane):
    """Bars; a failed determination is a cross at the foot, a struck one a dashed crossed bar."""

    key = "bp"
    title = "BP mmHg"
    tint = "bp"
    weight = 2.0

    def __init__(self, opened: OpenedSession) -> None:
        super().__init__(SPAN_MMHG, STEP_MMHG)
        history = opened.history
        self._points = _table(history.blood_pressures)
        self._struck = _table(history.struck_pressures)
        self.widen(self._points[:, 1:].ravel())
        self.bands = (
            *baselines(opened, (Vital.SBP,), 2.0),
            *baselines(opened, (Vital.DBP,), 2.0),
        )
        self.limits = limit_steps(opened, (Vital.SBP, Vital.DBP))
        rare = [
            (event.measured_ns, number, PRESSURES.index(event.vital), event.value)
            for number, event in zip(opened.numbers, opened.events, strict=False)
            if isinstance(event, Reading) and event.vital in PRESSURES
        ]
        rare.sort(key=lambda one: one[:2])
        self._read_t_ns = np.array([one[0] for one in rare], dtype=np.int64)
        self._numbers = [one[1] for one in rare]
        self._read_values = np.array([np.nan if one[3] is None else one[3] for one in rare])

    @property
    def least_px(self) -> float:
        """Least height that can be read."""
        return 5.0 * theme.active_sizes().small

    def paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Bars and ticks, crosses where a determination failed or was struck out."""
        window = stage.window
        reach = stage.near_ns
        t_ns = self._points[:, 0]
        shown = self._points[(t_ns >= window.start_ns - reach) & (t_ns <= window.end_ns + reach)]
        x = stage.xs_of(shown[:, 0])
        sbp, dbp, mean = (self.ys_of(area, shown[:, column]) for column in (1, 2, 3))
        look = theme.active_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(look.colour(self.tint), 3))
        draw_lines(painter, x, dbp, x, sbp)
        painter.setPen(QPen(look.colour(self.tint), 2))
        for ends in (sbp, dbp):
            draw_lines(painter, x - 2.5, ends, x + 2.5, ends)
        draw_lines(painter, x - 5, mean, x + 5, mean)
        painter.setPen(QPen(look.colour(self.tint), 1))
        foot = area.bottom() - 0.1 * area.height()
        for column in x[~(np.isfinite(sbp) & np.isfinite(dbp))].tolist():
            draw_cross(painter, column, foot)
        self._paint_struck(painter, stage, area)

    def _paint_struck(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        faint = theme.active_theme().colour("dim")
        x = stage.xs_of(self._struck[:, 0])
        sbp, dbp = (self.ys_of(area, self._struck[:, column]) for column in (1, 2))
        painter.setPen(QPen(faint, 1, Qt.PenStyle.DashLine))
        draw_lines(painter, x, dbp, x, sbp)
        painter.setPen(QPen(faint, 2))
        for column, row in zip(x.tolist(), sbp.tolist(), strict=True):
            if row == row:
                draw_cross(painter, column, row)

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """The pressure of the nearest bar whose height is nearest to the pointer."""
        found = nearest(self._read_t_ns, stage.t_ns_at(x), stage.near_ns)
        if found.start >= found.stop:
            return None
        rows = self.ys_of(area, self._read_values[found])
        off = np.abs(stage.xs_of(self._read_t_ns[found]) - x) * area.height()
        off += np.abs(np.where(np.isfinite(rows), rows, y) - y)
        place = found.start + int(np.argmin(off))
        return Picked(t_ns=int(self._read_t_ns[place]), number=self._numbers[place])


def _table(points: list[BpPoint]) -> Floats:
    """Rows of time in ns, systolic, diastolic and mean pressure."""
    rows = [(p.t_s * NS_PER_S, p.sbp_mmhg, p.dbp_mmhg, p.map_mmhg) for p in points]
    return np.array(rows, dtype=np.float64).reshape(-1, 4)
