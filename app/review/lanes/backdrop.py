"""What lies behind all lanes: phases shaded, a faint grid of minutes, gaps hatched."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QPainter, QPen

from app import theme
from app.plots.session_trends import PHASE_SHADES, gaps
from app.plots.time_window import tick_step_s, ticks
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Stage, paint_words
from protocols.vitals import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Backdrop:
    """Spans in session time, ns: phases with colour and strength, gaps with their words."""

    phases: tuple[tuple[int, int, str, float], ...] = ()
    gaps: tuple[tuple[int, int, str], ...] = ()
    zero_ns: int = 0


def backdrop_of(opened: OpenedSession) -> Backdrop:
    """The backdrop of a session."""
    phases = []
    for span in opened.history.phases:
        shade = PHASE_SHADES.get(span.phase)
        if shade is not None:
            end = opened.end_ns if span.end_s is None else round(span.end_s * NS_PER_S)
            phases.append((round(span.start_s * NS_PER_S), end, *shade))
    return Backdrop(
        phases=tuple(phases),
        gaps=tuple(
            (round(start_s * NS_PER_S), round(end_s * NS_PER_S), words)
            for start_s, end_s, words in gaps(opened.history)
        ),
        zero_ns=opened.state.infusion_started_ns or 0,
    )


def paint_backdrop(painter: QPainter, stage: Stage, area: QRectF, behind: Backdrop) -> None:
    """Phases, then the grid: before the lanes."""
    look = theme.active_theme()
    for start_ns, end_ns, tint, strength in behind.phases:
        left = max(area.left(), stage.x_of(start_ns))
        right = min(area.right(), stage.x_of(end_ns))
        if right > left:
            colour = look.colour(tint)
            colour.setAlphaF(strength)
            painter.fillRect(QRectF(left, area.top(), right - left, area.height()), colour)
    painter.setPen(QPen(look.colour("line"), 1, Qt.PenStyle.DotLine))
    step = tick_step_s(stage.window.span_ns, stage.pixels, 80)
    for t_ns in ticks(stage.window, behind.zero_ns, step):
        x = round(stage.x_of(t_ns)) + 0.5
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))


def paint_record_gaps(painter: QPainter, stage: Stage, area: QRectF, behind: Backdrop) -> None:
    """Gaps of the record: after the lanes, so that nothing stands over them."""
    colour = theme.active_theme().colour("dim")
    for start_ns, end_ns, words in behind.gaps:
        left = max(area.left(), stage.x_of(start_ns))
        right = min(area.right(), max(stage.x_of(end_ns), stage.x_of(start_ns) + 2))
        if right <= left:
            continue
        span = QRectF(left, area.top(), right - left, area.height())
        painter.setPen(QPen(colour, 1))
        painter.drawLine(span.topLeft(), span.bottomLeft())
        painter.drawLine(span.topRight(), span.bottomRight())
        painter.fillRect(span, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        painter.setFont(theme.font("small"))
        for said in (words, words.partition(":")[0], "gap"):
            room = painter.fontMetrics().horizontalAdvance(said) + 8
            if room <= span.width():
                paint_words(painter, span.center().x() - room / 2, span.top() + 2, said, "text")
                break
