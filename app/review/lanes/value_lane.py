"""A lane with an axis of values: its range, the baseline as a band, the limits as they stepped."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from app import theme
from app.plots.bounds import bounds_steps
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Floats, Lane, Stage, paint_title, paint_words
from protocols.events import BaselineFrozen
from protocols.vitals import NS_PER_S, VITALS, Vital

_BASELINE_ALPHA = 0.18
_BEYOND_ALPHA = 0.07


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """A baseline in force from `start_ns` to `end_ns`, with a little room on both sides."""

    start_ns: int
    end_ns: int
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitStep:
    """A limit in force from `start_ns` to `end_ns`; `name` stands before it where there is room.

    `tinted` is whether the lane's room beyond it is tinted.
    """

    start_ns: int
    end_ns: int
    value: float
    upper: bool
    name: str = ""
    tinted: bool = True

    @property
    def words(self) -> str:
        """Name and value, to a tenth."""
        return f"{self.name} {round(self.value, 1):g}".strip()


class ValueLane(Lane):
    """A range of values, least at the foot."""

    def __init__(self, span: tuple[float, float], step: float) -> None:
        """`span` is shown at least, and grows by `step`, the distance of ticks."""
        self.span = span
        self.step = step
        self.bands: tuple[Band, ...] = ()
        self.limits: tuple[LimitStep, ...] = ()

    def widen(self, values: Floats) -> None:
        """Make room for every one of `values`, so that none lies on the edge."""
        seen = values[np.isfinite(values)]
        low, high = self.span
        if len(seen):
            while low > 0 and seen.min() <= low:
                low -= self.step
            while seen.max() >= high:
                high += self.step
        self.span = (low, high)

    def y_of(self, area: QRectF, value: float) -> float:
        """Pixel row of `value`."""
        low, high = self.span
        return area.bottom() - (value - low) / (high - low) * area.height()

    def ys_of(self, area: QRectF, values: Floats) -> Floats:
        """Pixel rows of many values."""
        low, high = self.span
        rows: Floats = area.bottom() - (values - low) / (high - low) * area.height()
        return rows

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Axis, baseline and limits, then what the lane is of, its title last."""
        self._paint_axis(painter, area)
        painter.save()
        painter.setClipRect(area)
        self._paint_bands(painter, stage, area)
        self._paint_limits(painter, stage, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_values(painter, stage, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        paint_title(painter, self, area)
        painter.restore()

    def paint_values(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Draw what the lane is of."""

    def _paint_axis(self, painter: QPainter, area: QRectF) -> None:
        look = theme.active_theme()
        painter.setFont(theme.font("small"))
        room = painter.fontMetrics().height()
        low, high = self.span
        step = self.step
        while (high - low) / step * room > 1.4 * area.height():
            step *= 2
        value = step * -(-low // step)
        while value < high:
            y = self.y_of(area, value)
            if low < value and area.top() + room / 2 <= y <= area.bottom() - room / 3:
                painter.setPen(QPen(look.colour("dim")))
                box = QRectF(0, y - room / 2, area.left() - 7, room)
                flags = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
                painter.drawText(box, flags, f"{value:g}")
                painter.setPen(QPen(look.colour("line")))
                painter.drawLine(QLineF(area.left() - 4, y, area.left(), y))
            value += step

    def _paint_bands(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        colour = theme.active_theme().colour(self.tint)
        colour.setAlphaF(_BASELINE_ALPHA)
        for band in self.bands:
            left, right = stage.x_of(band.start_ns), stage.x_of(band.end_ns)
            top, foot = self.y_of(area, band.high), self.y_of(area, band.low)
            painter.fillRect(QRectF(QPointF(left, top), QPointF(right, foot)), colour)

    def _paint_limits(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        look = theme.active_theme()
        beyond = QColor(look.colour("attention"))
        beyond.setAlphaF(_BEYOND_ALPHA)
        line = QPen(look.colour("dim"), 1, Qt.PenStyle.DashLine)
        painter.setFont(theme.font("small"))
        room = painter.fontMetrics().height()
        taken: list[QRectF] = []
        for step in self.limits:
            left = max(area.left(), stage.x_of(step.start_ns))
            right = min(area.right(), stage.x_of(step.end_ns))
            if right <= left:
                continue
            y = self.y_of(area, step.value)
            edge = area.top() if step.upper else area.bottom()
            if step.tinted:
                beyond_it = QRectF(QPointF(left, y), QPointF(right, edge)).normalized()
                painter.fillRect(beyond_it, beyond)
            painter.setPen(line)
            painter.drawLine(QLineF(left, y, right, y))
            wide = painter.fontMetrics().horizontalAdvance(step.words) + 4
            top = y - room if step.upper else y
            words = QRectF(right - wide - 4, top, wide, room)
            for other in taken:
                if words.intersects(other):
                    words.moveRight(other.left() - 4)
            if words.left() > left + 8 and area.top() <= top and words.bottom() <= area.bottom():
                taken.append(paint_words(painter, words.left(), top, step.words, "dim"))


def baselines(opened: OpenedSession, vitals: Sequence[Vital], half: float) -> tuple[Band, ...]:
    """The baselines of `vitals` as each was in force, with `half` a band's width around them.

    The first of `vitals` that a baseline has stands for heart rates; pressures are asked for one by
    one.
    """
    frozen = [one for one in opened.events if isinstance(one, BaselineFrozen)]
    ends = (*(one.t_ns for one in frozen[1:]), opened.end_ns)
    bands = []
    for one, end_ns in zip(frozen, ends, strict=False):
        values = {entry.vital: entry.value for entry in one.values}
        value = next((values[vital] for vital in vitals if vital in values), None)
        if value is not None:
            bands.append(
                Band(start_ns=one.t_ns, end_ns=end_ns, low=value - half, high=value + half)
            )
    return tuple(bands)


def limit_steps(opened: OpenedSession, vitals: Iterable[Vital]) -> tuple[LimitStep, ...]:
    """The warning limits of `vitals` as they were in force, steps where they changed.

    Of several vitals in one lane only what lies above the first and below the last is tinted.
    """
    return tuple(_limit_steps(opened, tuple(vitals)))


def _limit_steps(opened: OpenedSession, vitals: tuple[Vital, ...]) -> Iterator[LimitStep]:
    end_s = opened.end_ns / NS_PER_S
    for vital in vitals:
        name = VITALS[vital].label if len(vitals) > 1 else ""
        for step in bounds_steps(opened.state, opened.history.phases, vital, end_s):
            for value, upper in ((step.bounds.low, False), (step.bounds.high, True)):
                outermost = vital is (vitals[0] if upper else vitals[-1])
                if value is not None:
                    yield LimitStep(
                        start_ns=round(step.start_s * NS_PER_S),
                        end_ns=round(step.end_s * NS_PER_S),
                        value=value,
                        upper=upper,
                        name=name,
                        tinted=outermost,
                    )
