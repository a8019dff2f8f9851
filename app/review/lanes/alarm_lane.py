"""The lane of alarms: each occurrence a bar from raised to ended, with its mark and its answer."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app import theme
from app.records.catalogue import OpenedSession
from app.review.alarms_table import raised_numbers
from app.review.lanes.lane import NEAR_PX, Lane, Picked, Stage
from app.session_numbers import AlarmEpisode, alarm_episodes
from app.theme import PRIORITY_SIGNS

MOST_ROWS = 6
"""More alarms at once than rows share the last row, one drawn over the other."""

_MARK_ROOM_PX = 24

_TINTS = {"high": "alarm_high", "medium": "alarm_medium", "low": "alarm_low"}


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmBar:
    """An occurrence, the event that raised it and the row it stands in."""

    episode: AlarmEpisode
    number: int
    row: int
    end_ns: int


class AlarmLane(Lane):
    """Bars in rows: those that overlap stand below each other, the most urgent on top."""

    key = "alarms"
    title = "alarms"
    weight = 0.0

    def __init__(self, opened: OpenedSession) -> None:
        self.bars = _bars(opened)
        self._rows = max((bar.row for bar in self.bars), default=0) + 1

    @property
    def least_px(self) -> float:
        """A row of bars for each alarm that stood beside another."""
        return self._rows * self._row_px + 3

    @property
    def _row_px(self) -> float:
        return 1.15 * theme.active_sizes().small

    def rect_of(self, stage: Stage, area: QRectF, bar: AlarmBar) -> QRectF:
        """Where `bar` is drawn."""
        left = stage.x_of(bar.episode.since_ns)
        right = max(left + 4.0, stage.x_of(bar.end_ns))
        top = area.top() + 2 + bar.row * self._row_px
        return QRectF(left, top, right - left, self._row_px - 2)

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Bars with their marks, a tick where each was first acknowledged; open where not ended."""
        look = theme.active_theme()
        painter.setPen(QPen(look.colour("dim")))
        painter.setFont(theme.font("small"))
        name = QRectF(2, area.top(), area.left() - 6, self._row_px + 2)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, self.title)
        painter.save()
        painter.setClipRect(area)
        painter.setFont(theme.font("small"))
        for bar in sorted(self.bars, key=lambda one: one.episode.priority.rank):
            rect = self.rect_of(stage, area, bar)
            if rect.right() >= area.left() and rect.left() <= area.right():
                self._paint_bar(painter, stage, area, bar, rect)
        painter.restore()

    def _paint_bar(
        self, painter: QPainter, stage: Stage, area: QRectF, bar: AlarmBar, rect: QRectF
    ) -> None:
        look = theme.active_theme()
        _, ink = look.alarm(bar.episode.priority)
        painter.setBrush(look.colour(_TINTS[bar.episode.priority.value]))
        painter.setPen(QPen(look.colour("dim"), 1))
        if bar.episode.ended_ns is None:
            tip = QPointF(rect.right() + 6, rect.center().y())
            corners = [rect.topLeft(), rect.topRight(), tip, rect.bottomRight(), rect.bottomLeft()]
            painter.drawPolygon(QPolygonF(corners))
        else:
            painter.drawRect(rect)
        mark = PRIORITY_SIGNS[bar.episode.priority].mark
        seen = rect.intersected(area)
        if bar.episode.acknowledged_ns is not None:
            x = stage.x_of(bar.episode.acknowledged_ns)
            painter.setPen(QPen(look.colour("text"), 2))
            painter.drawLine(QLineF(x, rect.top() - 1, x, rect.bottom() + 2))
            painter.drawLine(QLineF(x - 3, rect.top() - 1, x + 3, rect.top() - 1))
            if 0 <= x - seen.left() <= _MARK_ROOM_PX:
                seen.setLeft(x)  # else the tick would stand on the mark
        if seen.width() >= painter.fontMetrics().horizontalAdvance(mark) + 4:
            painter.setPen(QPen(ink))
            painter.drawText(
                seen.adjusted(4, 0, 0, 0),
                Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft,
                self._words(painter, bar, seen),
            )

    @staticmethod
    def _words(painter: QPainter, bar: AlarmBar, seen: QRectF) -> str:
        """The mark, and what is wrong as far as the bar reaches."""
        mark = PRIORITY_SIGNS[bar.episode.priority].mark
        words = f"{mark} {bar.episode.sentence}"
        room = int(seen.width()) - 6
        told = painter.fontMetrics().elidedText(words, Qt.TextElideMode.ElideRight, room)
        return told if len(told) > len(mark) + 4 else mark

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """The bar at the pointer; of several the shortest."""
        found = [
            bar
            for bar in self.bars
            if self.rect_of(stage, area, bar)
            .adjusted(-NEAR_PX / 2, -1, NEAR_PX / 2, 2)
            .contains(QPointF(x, y))
        ]
        if not found:
            return None
        bar = min(found, key=lambda one: one.end_ns - one.episode.since_ns)
        return Picked(t_ns=bar.episode.since_ns, number=bar.number)


def _bars(opened: OpenedSession) -> tuple[AlarmBar, ...]:
    """Every occurrence in the first row that is free when it begins."""
    raised = raised_numbers(opened)
    free_from = [0] * MOST_ROWS
    bars = []
    apart_ns = opened.end_ns // 400
    for episode in alarm_episodes(opened.history):
        end_ns = opened.end_ns if episode.ended_ns is None else episode.ended_ns
        free = (row for row in range(MOST_ROWS) if free_from[row] <= episode.since_ns)
        row = next(free, MOST_ROWS - 1)
        free_from[row] = max(free_from[row], end_ns + apart_ns)
        number = raised.get((episode.alarm, episode.since_ns), 0)
        bars.append(AlarmBar(episode=episode, number=number, row=row, end_ns=end_ns))
    return tuple(bars)
