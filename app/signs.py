"""Signs that are told apart by their shape alone: kinds of alarm, the bell of sound, a limit off.

Drawn here after the ideas of the usual symbols and not copied from any: a triangle for an alarm
of the patient, a square for one of equipment; filled, ringed or hollow by priority; a bell with a
dashed cross while sound is paused and with a solid one while there is none; a crossed triangle for
what is not judged.
"""

from __future__ import annotations

from enum import StrEnum

from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import (
    QColor,
    QFont,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QPolygonF,
    QTransform,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from protocols.events import Priority


class SoundSign(StrEnum):
    """What the bell tells: sound works, is paused, is not there, or nobody heard it yet."""

    ON = "on"
    PAUSED = "paused"
    OFF = "off"
    UNPROVEN = "unproven"


def triangle(area: QRectF) -> QPolygonF:
    """A triangle that stands in `area` on its side."""
    return QPolygonF(
        [QPointF(area.center().x(), area.top()), area.bottomRight(), area.bottomLeft()]
    )


def square(area: QRectF) -> QPolygonF:
    """A square of the size of a `triangle` in the middle of `area`."""
    side = 0.86 * min(area.width(), area.height())
    middle = area.center()
    return QPolygonF(QRectF(middle.x() - side / 2, middle.y() - side / 2, side, side))


def draw_condition(
    painter: QPainter, area: QRectF, priority: Priority, ink: QColor, *, technical: bool
) -> None:
    """The shape of an alarm in `area`: filled (high), ringed (medium) or hollow (low)."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = max(2.0, area.height() / 11)
    inner = area.adjusted(line, line, -line, -line)
    outline = square(inner) if technical else triangle(inner)
    painter.setPen(QPen(ink, line, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.setBrush(ink if priority is Priority.HIGH else Qt.BrushStyle.NoBrush)
    painter.drawPolygon(outline)
    if priority is Priority.MEDIUM:
        # as far from the outline on every side as the line is wide
        share = 1 - 4.4 * line / inner.height()
        centre = square(inner).boundingRect().center() if technical else _middle(outline)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(ink)
        core = QTransform.fromTranslate(centre.x(), centre.y()).scale(share, share)
        painter.drawPolygon(core.translate(-centre.x(), -centre.y()).map(outline))
    painter.restore()


def _middle(corners: QPolygonF) -> QPointF:
    points = [corners.at(index) for index in range(corners.size())]
    count = len(points)
    return QPointF(sum(p.x() for p in points) / count, sum(p.y() for p in points) / count)


def draw_check(painter: QPainter, area: QRectF, ink: QColor) -> None:
    """A check mark: somebody answered."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(ink, max(3.0, area.height() / 7))
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.setPen(pen)
    width, height = area.width(), area.height()
    painter.drawPolyline(
        QPolygonF(
            [
                area.topLeft() + QPointF(0.14 * width, 0.55 * height),
                area.topLeft() + QPointF(0.40 * width, 0.82 * height),
                area.topLeft() + QPointF(0.86 * width, 0.20 * height),
            ]
        )
    )
    painter.restore()


def draw_bell(painter: QPainter, area: QRectF, sign: SoundSign, ink: QColor) -> None:
    """The bell in `area`: crossed by dashes while paused, by solid lines without sound."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    width, height = area.width(), area.height()

    def at(x: float, y: float) -> QPointF:
        return QPointF(area.left() + x * width, area.top() + y * height)

    bell = QPainterPath(at(0.14, 0.74))
    bell.quadTo(at(0.27, 0.62), at(0.27, 0.42))
    bell.cubicTo(at(0.27, 0.02), at(0.73, 0.02), at(0.73, 0.42))
    bell.quadTo(at(0.73, 0.62), at(0.86, 0.74))
    bell.closeSubpath()
    bell.addEllipse(at(0.5, 0.85), 0.09 * width, 0.09 * height)
    line = max(1.6, height / 12)
    if sign in (SoundSign.ON, SoundSign.UNPROVEN):
        painter.fillPath(bell, ink)
    else:
        painter.setPen(QPen(ink, max(1.2, height / 18)))
        painter.drawPath(bell)
        cross = QPen(ink, line)
        if sign is SoundSign.PAUSED:
            cross.setStyle(Qt.PenStyle.CustomDashLine)
            cross.setDashPattern([2.0, 1.6])
        painter.setPen(cross)
        painter.drawLine(at(0.04, 0.04), at(0.96, 0.96))
        painter.drawLine(at(0.96, 0.04), at(0.04, 0.96))
    painter.restore()


def draw_limit_off(painter: QPainter, area: QRectF, ink: QColor) -> None:
    """A hollow triangle with a solid cross over it: this limit is not judged."""
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    line = max(1.4, area.height() / 11)
    inner = area.adjusted(line, line, -line, -line)
    painter.setPen(QPen(ink, line))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawPolygon(triangle(inner))
    painter.setPen(QPen(ink, 1.3 * line))
    painter.drawLine(inner.topLeft(), inner.bottomRight())
    painter.drawLine(inner.topRight(), inner.bottomLeft())
    painter.restore()


def marks_path(mark: str, cap_height: float) -> QPainterPath:
    """`mark` (exclamation marks) as a path exactly `cap_height` high, its top left at 0, 0."""
    font = QFont(theme.FONT_FAMILY)
    font.setPixelSize(200)
    font.setWeight(QFont.Weight.DemiBold)
    path = QPainterPath()
    path.addText(0, 0, font, mark)
    box = path.boundingRect()
    scale = cap_height / box.height() if box.height() else 1.0
    moved = QTransform.fromScale(scale, scale).translate(-box.left(), -box.top())
    return moved.map(path)


class LimitOffSign(QWidget):
    """The crossed triangle beside the limits of a vital; there only while one is off."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear="true")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("an alarm limit is switched off")
        self.hide()

    def sizeHint(self) -> QSize:
        """As high as small type."""
        side = theme.active_sizes().small + 4
        return QSize(side, side)

    def show_off(self, off: bool) -> None:
        """Be there while a limit is off."""
        if self.isHidden() is off:
            self.setVisible(off)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The sign in the colour of what waits for a person."""
        painter = QPainter(self)
        ink = theme.active_theme().colour("attention")
        draw_limit_off(painter, QRectF(self.rect()).adjusted(1, 1, -1, -1), ink)
        painter.end()


class ConditionSign(QWidget):
    """The shape of an alarm beside its words: triangle or square, filled, ringed or hollow."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, clear="true")
        self.setStyleSheet("background: transparent;")
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._shown: tuple[Priority, bool, bool] | None = None

    def sizeHint(self) -> QSize:
        """As high as a heading."""
        side = theme.active_sizes().title + 2
        return QSize(side, side)

    def show_alarm(self, priority: Priority, *, technical: bool, on_ground: bool) -> None:
        """Show the shape; `on_ground`: it stands on the ground of the priority's colour."""
        shown = (priority, technical, on_ground)
        if shown != self._shown:
            self._shown = shown
            self.setAccessibleName("equipment" if technical else "patient")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The shape in the ink that suits what it stands on."""
        if self._shown is None:
            return
        priority, technical, on_ground = self._shown
        look = theme.active_theme()
        ink = QColor(look.alarm(priority)[1]) if on_ground else look.colour("text")
        painter = QPainter(self)
        draw_condition(painter, QRectF(self.rect()), priority, ink, technical=technical)
        painter.end()
