"""The lane of the drug: what was given as a line, the rate as steps, doses at once as marks."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app import theme
from app.plots.segments import draw_path
from app.records.catalogue import OpenedSession
from app.review.dose_panel import rate_words
from app.review.lanes.lane import NEAR_PX, Floats, Ints, Picked, Stage, paint_words
from app.review.lanes.value_lane import ValueLane
from protocols.events import DeliveryChanged, DoseGiven

_STEPS_MG = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0, 200.0, 500.0)
_RATE_SHARE = 0.45
"""The highest rate reaches this share of the lane."""


class DoseLane(ValueLane):
    """Milligrams given; the rate stands in figures on its steps."""

    key = "dose"
    title = "given mg"
    tint = "drug"

    def __init__(self, opened: OpenedSession) -> None:
        listed = list(zip(opened.history.numbers, opened.history.listed, strict=True))
        self._changes = [(n, e) for n, e in listed if isinstance(e, DeliveryChanged)]
        self._doses = [(n, e) for n, e in listed if isinstance(e, DoseGiven)]
        self._rates = [rate_words(opened, change) for _, change in self._changes]
        self._end_ns = opened.end_ns
        self._t_ns, self._given = self._course(opened)
        top = float(self._given.max()) if len(self._given) else 0.0
        if opened.state.dose is not None:
            top = max(top, float(opened.state.dose.dose_mg))
        step = next((one for one in _STEPS_MG if 1.15 * top <= 4 * one), _STEPS_MG[-1])
        super().__init__((0.0, max(1.0, 1.15 * top)), step)

    @property
    def has_content(self) -> bool:
        """Whether anything was given."""
        return bool(self._changes or self._doses)

    @property
    def course(self) -> tuple[Ints, Floats]:
        """Moments, ascending, and milligrams given by then."""
        return self._t_ns, self._given

    def _course(self, opened: OpenedSession) -> tuple[Ints, Floats]:
        """The course, with both sides of each dose given at once."""
        points: list[tuple[int, float]] = []
        if any(change.rate_mg_per_min for _, change in self._changes):
            points += [(change.t_ns, float(change.delivered_mg)) for _, change in self._changes]
            if opened.state.dose is not None:
                points += self._end_of_drug(opened)
        for _, dose in self._doses:
            total = float(dose.total_mg)
            points += [(dose.t_ns, total - float(dose.amount_mg)), (dose.t_ns, total)]
        if points and opened.state.dose is not None:
            points.append((opened.end_ns, opened.state.delivered_mg(opened.end_ns)))
        points.sort(key=lambda point: point[0])
        table = np.array(points, dtype=np.float64).reshape(-1, 2)
        return table[:, 0].astype(np.int64), table[:, 1]

    def _end_of_drug(self, opened: OpenedSession) -> list[tuple[int, float]]:
        ended = opened.state.infusion_ended_ns
        last = self._changes[-1][1]
        if ended is None or ended <= last.t_ns:
            return []
        return [(ended, opened.state.delivered_mg(ended))]

    def paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Steps of the rate, the line of what was given, marks of doses at once."""
        self._paint_rates(painter, stage, area)
        look = theme.active_theme()
        painter.setPen(QPen(look.colour(self.tint), 2))
        draw_path(painter, stage.xs_of(self._t_ns), self.ys_of(area, self._given))
        painter.setBrush(look.colour(self.tint))
        for _, dose in self._doses:
            x, y = stage.x_of(dose.t_ns), self.y_of(area, float(dose.total_mg))
            if not area.left() - 5 <= x <= area.right() + 5:
                continue
            corners = [QPointF(x, y + 2), QPointF(x - 5, y + 11), QPointF(x + 5, y + 11)]
            painter.drawPolygon(QPolygonF(corners))
            words = f"{float(dose.amount_mg):g} mg"
            paint_words(painter, x + 6, min(y + 2, area.bottom() - 18), words, self.tint)
            painter.setPen(QPen(look.colour(self.tint), 2))

    def _paint_rates(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        rates = [float(change.rate_mg_per_min) for _, change in self._changes]
        highest = max(rates, default=0.0)
        colour = theme.active_theme().colour(self.tint)
        colour.setAlphaF(0.16)
        ends = [*(change.t_ns for _, change in self._changes[1:]), self._end_ns]
        for rate, words, (_, change), end_ns in zip(
            rates, self._rates, self._changes, ends, strict=True
        ):
            if not rate or change.finished:
                continue
            left = max(area.left(), stage.x_of(change.t_ns))
            right = min(area.right(), stage.x_of(end_ns))
            if right <= left:
                continue
            top = area.bottom() - _RATE_SHARE * area.height() * rate / highest
            painter.fillRect(QRectF(left, top, right - left, area.bottom() - top), colour)
            room = painter.fontMetrics().horizontalAdvance(words) + 10
            if right - left > room:
                foot = area.bottom() - painter.fontMetrics().height() - 1
                paint_words(painter, right - room, foot, words, self.tint)

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """The change of the rate or the dose at the pointer, else the change in force there."""
        marks = [(event.t_ns, number) for number, event in (*self._changes, *self._doses)]
        near = [one for one in marks if abs(stage.x_of(one[0]) - x) <= NEAR_PX]
        if near:
            t_ns, number = min(near, key=lambda one: abs(stage.x_of(one[0]) - x))
            return Picked(t_ns=t_ns, number=number)
        return None
