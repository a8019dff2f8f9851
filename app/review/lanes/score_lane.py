"""The lane of what people scored: each score a figure at its time, a row for each scale."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app import theme
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import NEAR_PX, Lane, Picked, Stage
from protocols.events import Reading
from protocols.record_entries import is_correction
from protocols.vitals import SCORES, VITALS, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class _Score:
    t_ns: int
    value: float | None
    number: int
    struck: bool


class ScoreLane(Lane):
    """Typed scores; a corrected or withdrawn one is struck through."""

    key = "scores"
    title = ""
    tint = "other"
    weight = 0.0

    def __init__(self, opened: OpenedSession) -> None:
        self.rows: dict[Vital, list[_Score]] = {}
        amended = opened.history.amended
        for number, event in zip(opened.numbers, opened.events, strict=False):
            if isinstance(event, Reading) and event.vital in SCORES:
                if is_correction(event) and event.value is None:
                    continue
                row = self.rows.setdefault(event.vital, [])
                score = _Score(
                    t_ns=event.measured_ns,
                    value=event.value,
                    number=number,
                    struck=amended.of(number) is not None,
                )
                row.append(score)

    @property
    def least_px(self) -> float:
        """A line of type for each scale that was scored."""
        return len(self.rows) * self._row_px + 2

    @property
    def _row_px(self) -> float:
        return 1.15 * theme.active_sizes().small

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Names at the axis, figures at their times; a dot where a figure has no room."""
        look = theme.active_theme()
        painter.setFont(theme.font("small"))
        for index, (vital, scores) in enumerate(self.rows.items()):
            row = QRectF(0, area.top() + 1 + index * self._row_px, area.right(), self._row_px)
            painter.setPen(QPen(look.colour("dim")))
            name = QRectF(2, row.top(), area.left() - 6, row.height())
            words = painter.fontMetrics().elidedText(
                VITALS[vital].label, Qt.TextElideMode.ElideRight, int(name.width())
            )
            painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, words)
            free_from = area.left()
            for score in scores:
                x = stage.x_of(score.t_ns)
                if area.left() <= x <= area.right():
                    free_from = self._paint_score(painter, row, x, score, free_from)

    def _paint_score(
        self, painter: QPainter, row: QRectF, x: float, score: _Score, free_from: float
    ) -> float:
        look = theme.active_theme()
        painter.setPen(QPen(look.colour("dim" if score.struck else self.tint)))
        words = "--" if score.value is None else f"{score.value:g}"
        width = painter.fontMetrics().horizontalAdvance(words)
        if x - width / 2 < free_from:
            painter.drawPoint(QPointF(x, row.center().y()))
            return free_from
        painter.drawText(
            QRectF(x - width, row.top(), 2 * width, row.height()),
            Qt.AlignmentFlag.AlignCenter,
            words,
        )
        if score.struck:
            middle = row.center().y()
            painter.drawLine(QPointF(x - width / 2 - 1, middle), QPointF(x + width / 2 + 1, middle))
        return x + width / 2 + 2

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """The score at the pointer."""
        index = int((y - area.top() - 1) // self._row_px)
        rows = list(self.rows.values())
        if not 0 <= index < len(rows):
            return None
        score = min(rows[index], key=lambda one: abs(stage.x_of(one.t_ns) - x))
        if abs(stage.x_of(score.t_ns) - x) > NEAR_PX:
            return None
        return Picked(t_ns=score.t_ns, number=score.number)
