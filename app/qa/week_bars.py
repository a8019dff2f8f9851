"""Small bars over the weeks: alarms per monitored hour, and the share answered in time."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.reviewing.alarm_burden import ANSWER_S, FEWEST, Group

_LEAST_BAR_PX = 9.0
_PAD = 8.0


class WeekBars(QWidget):
    """Two rows of bars under one another; a week without a session has none.

    The newest weeks are shown where there is no room for all, and that is said.
    """

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMinimumHeight(190)
        self.title = ""
        self.groups: Sequence[Group] = ()
        self.show_groups("", ())

    def show_groups(self, title: str, groups: Sequence[Group]) -> None:
        """Show the figures of `groups`, one a week or month, under `title`."""
        self.title, self.groups = title, groups
        self.setAccessibleName(f"over time: {title}" if title else "over time")
        self.setAccessibleDescription("; ".join(_words(group) for group in groups))
        self.setToolTip("\n".join(_words(group) for group in groups[-12:]))
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        """Draw the title, both rows of bars and the first and last week."""
        look = theme.active_theme()
        painter = QPainter(self)
        painter.fillRect(self.rect(), look.colour("panel"))
        painter.setFont(theme.font("small"))
        line = QFontMetricsF(painter.font()).height()
        area = QRectF(self.rect()).adjusted(_PAD, _PAD, -_PAD, -_PAD)
        shown = self.groups[-max(1, int(area.width() / (_LEAST_BAR_PX + 2))) :]
        painter.setPen(look.colour("text"))
        words = self.title
        if len(shown) < len(self.groups):
            words += f", the newest {len(shown)} of {len(self.groups)}"
        painter.drawText(area, Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft, words)
        if not shown:
            painter.end()
            return
        height = (area.height() - 4 * line) / 2
        first = QRectF(area.left(), area.top() + 2 * line, area.width(), height)
        second = QRectF(area.left(), first.bottom() + line, area.width(), height)
        _draw_rates(painter, first, shown, line)
        _draw_shares(painter, second, shown, line)
        painter.setPen(look.colour("dim"))
        foot = QRectF(area.left(), second.bottom(), area.width(), line)
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, shown[0].name)
        if len(shown) > 1:
            painter.drawText(foot, Qt.AlignmentFlag.AlignRight, shown[-1].name)
        painter.end()


def _words(group: Group) -> str:
    figures = group.figures
    if not figures.sessions:
        return f"{group.name}: no session"
    rate = "-" if figures.per_hour is None else f"{figures.per_hour:.2f}"
    return (
        f"{group.name}: {rate} per hour ({figures.count} alarms, {figures.sessions} sessions), "
        f"answered in {ANSWER_S:g} s {figures.in_time.text}"
    )


def _draw_rates(painter: QPainter, area: QRectF, groups: Sequence[Group], line: float) -> None:
    rates = [group.figures.per_hour if group.figures.sessions else None for group in groups]
    most = max((rate for rate in rates if rate is not None), default=0.0)
    _label(painter, area, line, f"alarms per hour, at most {most:.2f}")
    values = [None if rate is None else rate / most if most else 0.0 for rate in rates]
    _bars(painter, area, values, theme.active_theme().colour("accent"))


def _draw_shares(painter: QPainter, area: QRectF, groups: Sequence[Group], line: float) -> None:
    words = f"answered in {ANSWER_S:g} s, to 100 %; · fewer than {FEWEST}: no share"
    _label(painter, area, line, words)
    values = [group.figures.in_time.value for group in groups]
    _bars(painter, area, values, theme.active_theme().colour("bp"))
    painter.setPen(theme.active_theme().colour("dim"))
    at = Qt.AlignmentFlag.AlignBottom | Qt.AlignmentFlag.AlignHCenter
    for number, group in enumerate(groups):
        if group.figures.sessions and group.figures.in_time.value is None:
            painter.drawText(_slot(area, number, len(groups)), at, "·")


def _label(painter: QPainter, area: QRectF, line: float, words: str) -> None:
    painter.setPen(theme.active_theme().colour("dim"))
    above = QRectF(area.left(), area.top() - line, area.width(), line)
    painter.drawText(above, Qt.AlignmentFlag.AlignLeft, words)


def _slot(area: QRectF, number: int, count: int) -> QRectF:
    width = min(48.0, area.width() / count)
    return QRectF(area.left() + number * width, area.top(), width, area.height())


def _bars(painter: QPainter, area: QRectF, values: Sequence[float | None], colour: QColor) -> None:
    base = QPen(theme.active_theme().colour("line"))
    painter.setPen(base)
    painter.drawLine(area.bottomLeft(), QPointF(area.right(), area.bottom()))
    for number, value in enumerate(values):
        if value is None:
            continue
        slot = _slot(area, number, len(values))
        height = max(1.0, value * area.height())
        bar = QRectF(slot.left() + 1, slot.bottom() - height, slot.width() - 2, height)
        painter.fillRect(bar, colour)
