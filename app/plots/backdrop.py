"""What lies behind a trend: phases shaded, the baseline as a band, limits as lines that step."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pyqtgraph as pg
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen
from PySide6.QtWidgets import QStyleOptionGraphicsItem, QWidget

from app import theme


@dataclass(frozen=True, slots=True, kw_only=True)
class Shade:
    """Minutes `start` to `end` shaded with colour `tint` at `strength` (0 to 1).

    A `hatched` one is drawn in slanting lines, so that it differs without colour too; `words` are
    written in it where there is room.
    """

    start: float
    end: float
    tint: str
    strength: float
    hatched: bool = False
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A horizontal line at `value` from minute `start` to `end`."""

    start: float
    end: float
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """All that a backdrop shows.

    Attributes:
        shades: phases and gaps, from back to front.
        bands: baseline: (first minute, low value, high value, colour token).
        limits: limit lines.
        now: minute of the present, or None.
    """

    shades: tuple[Shade, ...] = ()
    bands: tuple[tuple[float, float, float, str], ...] = ()
    limits: tuple[Level, ...] = ()
    now: float | None = None


class Backdrop(pg.GraphicsObject):
    """Paints a `Scene` in the coordinates of its plot, in one item that is kept."""

    def __init__(self) -> None:
        super().__init__()
        self._scene = Scene()
        self._bounds = QRectF()
        self.setZValue(-10)

    def show_scene(self, scene: Scene, x: Sequence[float], y: Sequence[float]) -> None:
        """Show `scene` in a plot that spans `x` (first, last minute) and `y` (low, high)."""
        bounds = QRectF(x[0], y[0], x[1] - x[0], y[1] - y[0])
        if bounds != self._bounds:
            self.prepareGeometryChange()
            self._bounds = bounds
        if scene != self._scene:
            self._scene = scene
        self.update()

    def boundingRect(self) -> QRectF:
        """The whole plot."""
        return self._bounds

    def paint(
        self, painter: QPainter, _option: QStyleOptionGraphicsItem, _widget: QWidget | None = None
    ) -> None:
        """Shades, then bands, then lines, each clipped to the plot."""
        look, area = theme.active_theme(), self._bounds
        for shade in self._scene.shades:
            colour = look.colour(shade.tint)
            colour.setAlphaF(shade.strength)
            left, right = max(shade.start, area.left()), min(shade.end, area.right())
            if right > left:
                span = QRectF(left, area.top(), right - left, area.height())
                if shade.hatched:
                    _hatch(painter, span, colour, shade.words)
                else:
                    painter.fillRect(span, colour)
        for start, low, high, tint in self._scene.bands:
            colour = look.colour(tint)
            colour.setAlphaF(0.16)
            left = max(start, area.left())
            painter.fillRect(QRectF(left, low, area.right() - left, high - low), colour)
        self._lines(painter)

    def _lines(self, painter: QPainter) -> None:
        look, area = theme.active_theme(), self._bounds
        pen = QPen(look.colour("dim"), 1)
        pen.setCosmetic(True)
        pen.setStyle(Qt.PenStyle.DashLine)
        painter.setPen(pen)
        for level in self._scene.limits:
            left, right = max(level.start, area.left()), min(level.end, area.right())
            if right > left:
                painter.drawLine(QLineF(left, level.value, right, level.value))
        if self._scene.now is not None:
            pen = QPen(look.colour("faint"), 1)
            pen.setCosmetic(True)
            painter.setPen(pen)
            now = self._scene.now
            painter.drawLine(QLineF(now, area.top(), now, area.bottom()))


def _hatch(painter: QPainter, span: QRectF, colour: QColor, words: str) -> None:
    """Slanting lines over `span`, and `words` along or across it, in pixels of the screen."""
    shown = painter.worldTransform().mapRect(span)
    painter.save()
    painter.resetTransform()
    painter.setPen(QPen(colour, 1))
    painter.drawLine(shown.topLeft(), shown.bottomLeft())
    painter.drawLine(shown.topRight(), shown.bottomRight())
    painter.fillRect(shown, QBrush(colour, Qt.BrushStyle.BDiagPattern))
    for said in (words, words.partition(":")[0]):
        if said and _write(painter, shown, said):
            break
    painter.restore()


def _write(painter: QPainter, shown: QRectF, words: str) -> bool:
    """Write `words` in the middle of `shown`, upright where it is narrow; whether it fits."""
    room = QRectF(painter.fontMetrics().boundingRect(words)).adjusted(-4, -2, 4, 2)
    along = room.width() <= shown.width() and room.height() <= shown.height()
    if not along and (room.width() > shown.height() or room.height() > shown.width()):
        return False
    painter.save()
    painter.translate(shown.center())
    if not along:
        painter.rotate(-90)
    box = QRectF(-room.width() / 2, -room.height() / 2, room.width(), room.height())
    look = theme.active_theme()
    painter.fillRect(box, look.colour("panel"))
    painter.setPen(QPen(look.colour("text")))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, words)
    painter.restore()
    return True
