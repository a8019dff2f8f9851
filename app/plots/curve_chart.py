"""A small painted chart: curves with symbols, levels, marks; for courses and comparisons.

Curves are told apart by symbol, dash and letter, never by colour alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QLineF, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QFocusEvent,
    QFontMetrics,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QPolygonF,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme

Floats = npt.NDArray[np.float64]

TINTS = ("bp", "spo2", "drug", "hr", "other", "dim", "accent", "attention")
"""Colours of the theme for curves, in order; none is one of alarms."""

DASHES = (
    Qt.PenStyle.SolidLine,
    Qt.PenStyle.DashLine,
    Qt.PenStyle.DotLine,
    Qt.PenStyle.DashDotLine,
)
SYMBOLS = ("circle", "square", "triangle", "diamond", "cross", "plus", "wedge", "ring")
_RADIUS_PX = 4.0
_SPARSE_PX = 44.0
_DENSE_PX = 11.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pencil:
    """How a curve is drawn: tint, dash and symbol by their names; symbol ``none`` draws none."""

    tint: str
    dash: Qt.PenStyle = Qt.PenStyle.SolidLine
    symbol: str = "circle"


def pencil(place: int) -> Pencil:
    """The look of the curve number `place`, from 0: no two of eight share symbol and tint."""
    return Pencil(
        tint=TINTS[place % len(TINTS)],
        dash=DASHES[place % len(DASHES)],
        symbol=SYMBOLS[place % len(SYMBOLS)],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A curve of the chart.

    Attributes:
        x, y: its points, in order of `x`; a NaN breaks the line.
        label: what is written at its end, or empty.
        joined: whether a line joins the points.
    """

    x: Floats = field(repr=False)
    y: Floats = field(repr=False)
    look: Pencil
    label: str = ""
    joined: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class LevelLine:
    """A horizontal line with words on it, for example a limit."""

    y: float
    words: str
    tint: str = "dim"
    dash: Qt.PenStyle = Qt.PenStyle.DashLine


@dataclass(frozen=True, slots=True, kw_only=True)
class MarkLine:
    """A vertical line with words at its top."""

    x: float
    words: str = ""
    tint: str = "faint"


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """Words at a point of the chart, with a mark under them."""

    x: float
    y: float
    words: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chart:
    """Everything that is drawn.

    Attributes:
        title: over the plot.
        low, high: range of the values.
        start, end: range of the other axis.
        x_ticks: places and words of its ticks; empty: round numbers.
        told: the same for those who cannot see it.
    """

    title: str
    start: float
    end: float
    low: float
    high: float
    lines: tuple[Line, ...] = ()
    levels: tuple[LevelLine, ...] = ()
    marks: tuple[MarkLine, ...] = ()
    flags: tuple[Flag, ...] = ()
    x_ticks: tuple[tuple[float, str], ...] = ()
    x_label: str = ""
    told: str = ""


def nice_step(span: float, most: int) -> float:
    """A round step that divides `span` into at most `most` parts."""
    least = max(span, 1e-9) / max(1, most)
    power = 10.0 ** math.floor(math.log10(least))
    return next((f * power for f in (1.0, 2.0, 2.5, 5.0) if f * power >= least), 10.0 * power)


def nice_range(values: Floats, least_span: float) -> tuple[float, float]:
    """A range with round ends around `values`, at least `least_span` wide; NaN counts not."""
    known = values[np.isfinite(values)]
    if not len(known):
        return 0.0, least_span
    low, high = float(known.min()), float(known.max())
    missing = max(0.0, least_span - (high - low)) / 2
    low, high = low - missing, high + missing
    step = nice_step(high - low, 6)
    return math.floor(low / step) * step, math.ceil(high / step) * step


def broken(x: Floats, y: Floats, longest: float) -> tuple[Floats, Floats]:
    """The points with a NaN wherever `x` goes on by more than `longest`: no line crosses a gap."""
    after = np.flatnonzero(np.diff(x) > longest) + 1
    return np.insert(x, after, x[after]), np.insert(y, after, np.nan)


class CurveChart(QWidget):
    """Paints a `Chart`; where it can be chosen it takes a click, Return and the focus.

    Signals:
        chosen: it was clicked, or Return was pressed on it.
    """

    chosen = Signal()

    def __init__(
        self, name: str, *, can_be_chosen: bool = False, parent: QWidget | None = None
    ) -> None:
        """`name` is what a screen reader calls it."""
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._chart: Chart | None = None
        self._can_be_chosen = can_be_chosen
        if can_be_chosen:
            self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
            self.setCursor(Qt.CursorShape.PointingHandCursor)

    @property
    def chart(self) -> Chart | None:
        """What is drawn."""
        return self._chart

    def show_chart(self, chart: Chart | None) -> None:
        """Draw `chart`, or nothing."""
        self._chart = chart
        self.setAccessibleDescription("" if chart is None else chart.told)
        self.update()

    def sizeHint(self) -> QSize:
        """A size in which everything can be read."""
        return QSize(280, 180)

    def minimumSizeHint(self) -> QSize:
        """The least size in which it can be read."""
        return QSize(170, 110)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """A click chooses it."""
        if self._can_be_chosen and event.button() is Qt.MouseButton.LeftButton:
            self.chosen.emit()
        else:
            super().mousePressEvent(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Return or space chooses it."""
        keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space)
        if self._can_be_chosen and event.key() in keys:
            self.chosen.emit()
        else:
            super().keyPressEvent(event)

    def focusInEvent(self, event: QFocusEvent) -> None:
        """Show that it has the focus."""
        super().focusInEvent(event)
        self.update()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """Show that it has it no more."""
        super().focusOutEvent(event)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The whole chart."""
        look = theme.active_theme()
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), look.colour("panel"))
        if self._chart is not None:
            _Painting(painter, self._chart, QRectF(self.rect())).paint()
        if self._can_be_chosen and self.hasFocus():
            painter.setPen(QPen(look.colour("focus"), 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(QRectF(self.rect()).adjusted(1, 1, -1, -1))
        painter.end()


class _Painting:
    """One painting of a chart into an area."""

    def __init__(self, painter: QPainter, chart: Chart, area: QRectF) -> None:
        self.painter, self.chart = painter, chart
        self.look = theme.active_theme()
        self.font = theme.font("small")
        self.metrics = QFontMetrics(self.font)
        painter.setFont(self.font)
        line = self.metrics.height()
        ticks = [words for _, words in self._y_ticks()]
        left = 8 + max(self.metrics.horizontalAdvance(words) for words in ("−100", *ticks))
        top = line + 6 if chart.title else 6
        foot = line + 4 + (line if chart.x_label else 0)
        right = 10 + max(
            (self.metrics.horizontalAdvance(one.label) for one in chart.lines), default=0
        )
        self.area = area
        self.plot = area.adjusted(left, top, -right, -foot)

    def x(self, value: float) -> float:
        span = max(1e-9, self.chart.end - self.chart.start)
        return self.plot.left() + (value - self.chart.start) / span * self.plot.width()

    def y(self, value: float) -> float:
        span = max(1e-9, self.chart.high - self.chart.low)
        return self.plot.bottom() - (value - self.chart.low) / span * self.plot.height()

    def paint(self) -> None:
        if self.plot.width() < 20 or self.plot.height() < 20:
            return
        self._axes()
        self.painter.save()
        self.painter.setClipRect(self.plot.adjusted(-_RADIUS_PX, -2, _RADIUS_PX, 2))
        self._marks()
        self._levels()
        for line in self.chart.lines:
            self._line(line)
        self.painter.restore()
        self._labels()
        for flag in self.chart.flags:
            self._flag(flag)

    def _y_ticks(self) -> list[tuple[float, str]]:
        chart = self.chart
        step = nice_step(chart.high - chart.low, 5)
        first = math.ceil(chart.low / step - 1e-9)
        last = math.floor(chart.high / step + 1e-9)
        return [(n * step, f"{n * step:g}".replace("-", "−")) for n in range(first, last + 1)]

    def _x_ticks(self) -> Iterator[tuple[float, str]]:
        chart = self.chart
        if chart.x_ticks:
            yield from chart.x_ticks
            return
        step = nice_step(chart.end - chart.start, max(2, int(self.plot.width() // 60)))
        for n in range(math.ceil(chart.start / step), math.floor(chart.end / step) + 1):
            yield n * step, f"{n * step:g}".replace("-", "−")

    def _axes(self) -> None:
        painter, plot = self.painter, self.plot
        line = self.metrics.height()
        painter.setPen(self.look.colour("text"))
        title = QRectF(self.area.left() + 6, self.area.top() + 2, self.area.width() - 12, line)
        shown = self.metrics.elidedText(
            self.chart.title, Qt.TextElideMode.ElideRight, int(title.width())
        )
        painter.drawText(title, Qt.AlignmentFlag.AlignLeft, shown)
        for value, words in self._y_ticks():
            y = self.y(value)
            painter.setPen(QPen(self.look.colour("line"), 1))
            painter.drawLine(QLineF(plot.left(), y, plot.right(), y))
            painter.setPen(self.look.colour("dim"))
            place = QRectF(self.area.left(), y - line / 2, plot.left() - self.area.left() - 5, line)
            painter.drawText(
                place, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, words
            )
        until = -math.inf
        for value, words in self._x_ticks():
            if not self.chart.start <= value <= self.chart.end:
                continue
            x, width = self.x(value), self.metrics.horizontalAdvance(words)
            painter.setPen(self.look.colour("dim"))
            painter.drawLine(QLineF(x, plot.bottom(), x, plot.bottom() + 4))
            left = min(max(x - width / 2, plot.left() - 3), self.area.right() - width)
            if left > until + 6:
                painter.drawText(QPointF(left, plot.bottom() + 2 + self.metrics.ascent()), words)
                until = left + width
        if self.chart.x_label:
            place = QRectF(plot.left(), self.area.bottom() - line - 1, plot.width(), line)
            painter.drawText(place, Qt.AlignmentFlag.AlignHCenter, self.chart.x_label)

    def _marks(self) -> None:
        until = -math.inf
        for mark in sorted(self.chart.marks, key=lambda one: one.x):
            x = self.x(mark.x)
            self.painter.setPen(QPen(self.look.colour(mark.tint), 1, Qt.PenStyle.DotLine))
            self.painter.drawLine(QLineF(x, self.plot.top(), x, self.plot.bottom()))
            width = self.metrics.horizontalAdvance(mark.words)
            if mark.words and x > until:
                self.painter.setPen(self.look.colour("dim"))
                place = QPointF(x + 3, self.plot.top() + self.metrics.ascent())
                self.painter.drawText(place, mark.words)
                until = x + width + 8

    def _levels(self) -> None:
        """The levels with their words at the right, beside each other where levels lie close."""
        chart = self.chart
        before_y, right = math.inf, self.plot.right()
        for level in sorted(chart.levels, key=lambda one: one.y):
            y = self.y(level.y)
            self.painter.setPen(QPen(self.look.colour(level.tint), 1.2, level.dash))
            self.painter.drawLine(QLineF(self.plot.left(), y, self.plot.right(), y))
            if not level.words:
                continue
            width = self.metrics.horizontalAdvance(level.words)
            if before_y - y > self.metrics.height():
                right = self.plot.right()
            self.painter.setPen(self.look.colour(level.tint))
            crowded = any(0 < y - self.y(one.y) < self.metrics.height() for one in chart.levels)
            foot = y + self.metrics.ascent() if crowded else y - 3
            self.painter.drawText(QPointF(right - width - 4, foot), level.words)
            before_y, right = y, right - width - 20

    def _line(self, line: Line) -> None:
        colour = self.look.colour(line.look.tint)
        points = [QPointF(self.x(x), self.y(y)) for x, y in zip(line.x, line.y, strict=True)]
        known = np.isfinite(line.y)
        if line.joined:
            self.painter.setPen(QPen(colour, 1.8, line.look.dash))
            for first, last in _runs(known):
                if last - first == 1:  # no line shows a reading that stands alone
                    draw_symbol(self.painter, "circle", points[first], colour)
                    self.painter.setPen(QPen(colour, 1.8, line.look.dash))
                self.painter.drawPolyline(QPolygonF(points[first:last]))
        least = _DENSE_PX if len(points) < 80 else _SPARSE_PX
        until = math.inf if line.look.symbol == "none" else -math.inf
        for point, is_known in zip(points, known.tolist(), strict=True):
            if is_known and point.x() >= until:
                draw_symbol(self.painter, line.look.symbol, point, colour)
                until = point.x() + least

    def _labels(self) -> None:
        """The labels at the ends of the lines, moved apart where they would cover each other."""
        ends = []
        for line in self.chart.lines:
            inside = np.isfinite(line.y) & (line.x <= self.chart.end)
            if line.label and inside.any():
                last = int(np.flatnonzero(inside)[-1])
                y = min(max(self.y(float(line.y[last])), self.plot.top()), self.plot.bottom())
                ends.append((y, line))
        ends.sort(key=lambda end: end[0])
        for (_, line), y in zip(ends, self._apart([y for y, _ in ends]), strict=True):
            self.painter.setPen(self.look.colour(line.look.tint))
            place = QPointF(self.plot.right() + 7, y + self.metrics.ascent() / 2 - 1)
            self.painter.drawText(place, line.label)

    def _apart(self, places: list[float]) -> list[float]:
        """`places`, in order, so far apart that words do not meet, and above the foot."""
        step = float(self.metrics.ascent())
        found: list[float] = []
        for y in places:
            found.append(y if not found else max(y, found[-1] + step))
        most = self.plot.bottom()
        for place in range(len(found) - 1, -1, -1):
            found[place] = min(found[place], most)
            most = found[place] - step
        return found

    def _flag(self, flag: Flag) -> None:
        x, y = self.x(flag.x), self.y(flag.y)
        width = self.metrics.horizontalAdvance(flag.words)
        left = min(max(x - width / 2, self.plot.left()), self.plot.right() - width)
        self.painter.setPen(QPen(self.look.colour("text"), 1))
        self.painter.setBrush(Qt.BrushStyle.NoBrush)
        self.painter.drawEllipse(QPointF(x, y), 8, 8)
        top = (
            y - 12
            if y - 12 - self.metrics.ascent() > self.plot.top()
            else y + 12 + self.metrics.ascent()
        )
        self.painter.drawText(QPointF(left, top), flag.words)


def _runs(known: npt.NDArray[np.bool_]) -> Iterator[tuple[int, int]]:
    """Where runs of known points begin and end."""
    edges = np.flatnonzero(np.diff(np.concatenate(([0], known.astype(np.int8), [0]))))
    yield from zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)


def draw_symbol(painter: QPainter, symbol: str, at: QPointF, colour: QColor) -> None:
    """Draw one symbol of `SYMBOLS` around `at`."""
    r = _RADIUS_PX
    x, y = at.x(), at.y()
    painter.setPen(QPen(colour, 1.8))
    painter.setBrush(colour)
    corners = {
        "square": ((-r, -r), (r, -r), (r, r), (-r, r)),
        "triangle": ((0, -r - 1), (r + 1, r), (-r - 1, r)),
        "wedge": ((0, r + 1), (r + 1, -r), (-r - 1, -r)),
        "diamond": ((0, -r - 2), (r + 2, 0), (0, r + 2), (-r - 2, 0)),
    }
    if symbol in corners:
        painter.drawPolygon(QPolygonF([QPointF(x + dx, y + dy) for dx, dy in corners[symbol]]))
    elif symbol == "cross":
        painter.drawLine(QLineF(x - r, y - r, x + r, y + r))
        painter.drawLine(QLineF(x - r, y + r, x + r, y - r))
    elif symbol == "plus":
        painter.drawLine(QLineF(x - r - 1, y, x + r + 1, y))
        painter.drawLine(QLineF(x, y - r - 1, x, y + r + 1))
    else:
        painter.setBrush(Qt.BrushStyle.NoBrush if symbol == "ring" else colour)
        painter.drawEllipse(at, r, r)


class SymbolKey(QWidget):
    """One symbol with its line, as a legend shows it."""

    def __init__(self, look: Pencil, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.look = look
        self.setFixedSize(44, 18)
        self.setAccessibleName(f"{look.symbol}, {look.dash.name}")

    def paintEvent(self, event: QPaintEvent) -> None:
        """The symbol on a piece of its line."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = theme.active_theme().colour(self.look.tint)
        painter.setPen(QPen(colour, 1.8, self.look.dash))
        middle = self.height() / 2
        painter.drawLine(QLineF(2, middle, self.width() - 2, middle))
        draw_symbol(painter, self.look.symbol, QPointF(self.width() / 2, middle), colour)
        painter.end()
