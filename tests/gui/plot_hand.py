"""A hand at the plots of a session: where a moment is, the wheel, a drag, the colours of a lane."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app import theme
from app.review.trend_view import TrendView

LEFT = Qt.MouseButton.LeftButton
NO_KEYS = Qt.KeyboardModifier.NoModifier


def at(view: TrendView, t_ns: int, lane: str = "", y: float | None = None) -> QPoint:
    """The point of the cursor's widget at `t_ns`, in the middle of `lane`."""
    row = view.canvas.areas[lane].center().y() if lane else 20.0
    return QPoint(round(view.cursor_line.x_of(t_ns)), round(row if y is None else y))


def wheel(view: TrendView, place: QPoint, up: int, sideways: int = 0) -> None:
    where = (QPointF(place), QPointF(view.cursor_line.mapToGlobal(place)))
    turned = (QPoint(0, 0), QPoint(sideways * 120, up * 120))
    none = (Qt.MouseButton.NoButton, NO_KEYS, Qt.ScrollPhase.NoScrollPhase)
    event = QWheelEvent(*where, *turned, *none, False)
    QApplication.sendEvent(view.cursor_line, event)


def drag(
    qtbot: QtBot, view: TrendView, start: QPoint, end: QPoint, keys: Qt.KeyboardModifier = NO_KEYS
) -> None:
    cursor = view.cursor_line
    qtbot.mousePress(cursor, LEFT, keys, start)
    qtbot.mouseMove(cursor, end)
    qtbot.mouseRelease(cursor, LEFT, keys, end)


def pixels(view: TrendView, lane: str, start_ns: int, end_ns: int, colour: str) -> int:
    """How many pixels of the lane between two moments are near `colour`."""
    image: QImage = view.canvas.grab().toImage()
    area = view.canvas.areas[lane]
    aim = theme.active_theme().colour(colour)
    stage = view.canvas.stage
    count = 0
    for x in range(max(57, int(stage.x_of(start_ns)) + 2), int(stage.x_of(end_ns)) - 1):
        for y in range(int(area.top()) + 18, int(area.bottom()) - 3):
            seen = image.pixelColor(x, y)
            off = abs(seen.red() - aim.red()) + abs(seen.green() - aim.green())
            count += off + abs(seen.blue() - aim.blue()) < 60
    return count
