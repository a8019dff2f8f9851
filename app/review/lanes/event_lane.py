"""The lane of events: the phases by name, and what was seen, noted, given or done, in words."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPolygonF

from app import theme
from app.giving_words import MARK_WORDS
from app.plots.session_trends import PUMP_WORDS
from app.records.catalogue import OpenedSession
from app.review.events_table import event_words
from app.review.lanes.lane import NEAR_PX, Lane, Picked, Stage
from protocols.events import (
    AddendumAdded,
    BaselineFrozen,
    DeliveryChanged,
    DoseGiven,
    EffectChanged,
    Event,
    GapFound,
    LimitChanged,
    LineMarked,
    ObservationRecorded,
    ScaleRecorded,
    SessionResumed,
    TaskChanged,
    TaskState,
)
from protocols.vitals import NS_PER_S

_ROWS = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class EventMark:
    """One event of the lane, its words and its number in the record."""

    t_ns: int
    number: int
    words: str
    tint: str
    struck: bool = False


class EventLane(Lane):
    """Phases on top, marks with their words in rows where they fit, without them where not."""

    key = "events"
    title = "events"
    weight = 0.0

    def __init__(self, opened: OpenedSession) -> None:
        self.marks = _marks(opened)
        self._phases = [
            (
                round(span.start_s * NS_PER_S),
                opened.end_ns if span.end_s is None else round(span.end_s * NS_PER_S),
                str(span.phase),
            )
            for span in opened.history.phases
        ]

    @property
    def least_px(self) -> float:
        """The phases, the rows of marks, and what stands without words at the foot."""
        return (_ROWS + 1) * self._row_px + 11

    @property
    def _row_px(self) -> float:
        return 1.2 * theme.active_sizes().small

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Names of phases, then marks from left to right."""
        look = theme.active_theme()
        painter.setFont(theme.font("small"))
        painter.setPen(QPen(look.colour("dim")))
        name = QRectF(2, area.top(), area.left() - 6, self._row_px)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, "phase")
        painter.drawText(
            name.translated(0, self._row_px), Qt.AlignmentFlag.AlignVCenter, self.title
        )
        painter.save()
        painter.setClipRect(area)
        self._paint_phases(painter, stage, area)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        free_from = [area.left()] * _ROWS
        for mark in self.marks:
            x = stage.x_of(mark.t_ns)
            if area.left() - 2 <= x <= area.right() + 2:
                self._paint_mark(painter, area, x, mark, free_from)
        painter.restore()

    def _paint_phases(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        look = theme.active_theme()
        for start_ns, end_ns, words in self._phases:
            left = max(area.left(), stage.x_of(start_ns))
            right = min(area.right(), stage.x_of(end_ns))
            if right <= left:
                continue
            painter.setPen(QPen(look.colour("faint")))
            painter.drawLine(QLineF(left, area.top(), left, area.top() + self._row_px))
            if right - left > painter.fontMetrics().horizontalAdvance(words) + 8:
                painter.setPen(QPen(look.colour("text")))
                room = QRectF(left + 4, area.top(), right - left - 4, self._row_px)
                painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, words)

    def _paint_mark(
        self, painter: QPainter, area: QRectF, x: float, mark: EventMark, free_from: list[float]
    ) -> None:
        look = theme.active_theme()
        width = painter.fontMetrics().horizontalAdvance(mark.words) + 16
        row = next((n for n in range(_ROWS) if free_from[n] <= x - 5), None)
        left_of = x + width > area.right()
        if row is not None and left_of and x - width < free_from[row]:
            row = None
        top = area.top() + self._row_px * (1 + (row or 0))
        colour = look.colour(mark.tint)
        painter.setPen(QPen(colour))
        painter.setBrush(colour)
        y = area.bottom() - 5 if row is None else top + self._row_px / 2
        painter.drawPolygon(
            QPolygonF([QPointF(x, y - 4), QPointF(x + 4, y), QPointF(x, y + 4), QPointF(x - 4, y)])
        )
        if row is None:
            return
        free_from[row] = x + 8 if left_of else x + width
        room = QRectF(x - width if left_of else x + 7, top, width - 8, self._row_px)
        font = theme.font("small")
        font.setStrikeOut(mark.struck)
        painter.setFont(font)
        side = Qt.AlignmentFlag.AlignRight if left_of else Qt.AlignmentFlag.AlignLeft
        painter.drawText(room, side | Qt.AlignmentFlag.AlignVCenter, mark.words)

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """The mark nearest to the pointer."""
        near = [one for one in self.marks if abs(stage.x_of(one.t_ns) - x) <= NEAR_PX]
        if not near or y < area.top() + self._row_px:
            return None
        mark = min(near, key=lambda one: abs(stage.x_of(one.t_ns) - x))
        return Picked(t_ns=mark.t_ns, number=mark.number)


def _marks(opened: OpenedSession) -> tuple[EventMark, ...]:
    """A mark for each event of the lane, in order of time."""
    marks = []
    for number, event in zip(opened.numbers, opened.events, strict=False):
        found = _words(event)
        if found is None:
            continue
        words, tint = found
        correction = opened.history.amended.of(number)
        said = "" if correction is None else " (corrected)"
        if correction is not None and correction.withdrawn:
            said = " (withdrawn)"
        t_ns = event.t_ns
        if isinstance(event, ObservationRecorded) and event.happened_ns is not None:
            t_ns = event.happened_ns
        marks.append(
            EventMark(
                t_ns=t_ns,
                number=number,
                words=f"{words}{said}",
                tint=tint,
                struck=correction is not None,
            )
        )
    return tuple(sorted(marks, key=lambda one: one.t_ns))


def _words(event: Event) -> tuple[str, str] | None:
    """Words and colour of an event that has a mark, else None."""
    if isinstance(event, ObservationRecorded):
        more = event.severity if event.kind == "event" else event.text
        told = more is not None and more != "" and event.kind in ("event", "drug", "note")
        return (f"{event.label} {more}" if told and more != event.label else event.label), "text"
    if isinstance(event, DeliveryChanged):
        return PUMP_WORDS.get(event.cause, event.cause), "drug"
    if isinstance(event, DoseGiven):
        return f"dose {event.number} of {event.of}", "drug"
    if isinstance(event, LineMarked):
        return MARK_WORDS[event.mark], "drug"
    if isinstance(event, TaskChanged) and event.state is TaskState.MISSED:
        return f"missed: {event.label}", "attention"
    if isinstance(event, BaselineFrozen):
        return "baseline frozen", "text"
    if isinstance(event, SessionResumed):
        return "recording resumed", "text"
    if isinstance(event, GapFound):
        return "recording again", "text"
    if isinstance(event, AddendumAdded | EffectChanged | LimitChanged | ScaleRecorded):
        words = event_words(event)
        return None if words is None else (f"{words[0]}: {words[1]}", "text")
    return None
