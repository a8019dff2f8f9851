"""What all lanes of a session's plots share: a stage to draw on, and picking what was clicked."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app import theme
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.time_window import TimeWindow

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NEAR_PX = 8.0
"""How far beside a point a click still means it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Picked:
    """What a person pointed at.

    Attributes:
        t_ns: the moment it speaks of, session time in ns.
        number: its event in the record; None for a sample of a waveform of `device`, whose packet
            is still to be found.
    """

    t_ns: int
    number: int | None = None
    device: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Stage:
    """The time in view and the pixel columns that it takes."""

    window: TimeWindow
    width: float

    @property
    def left(self) -> float:
        """First column of the time in view."""
        return float(AXIS_WIDTH_PX)

    @property
    def pixels(self) -> int:
        """Columns of the time in view."""
        return max(16, int(self.width - self.left))

    def x_of(self, t_ns: float) -> float:
        """Pixel column of `t_ns`."""
        return self.left + self.window.share_of(t_ns) * (self.width - self.left)

    def xs_of(self, t_ns: Ints | Floats) -> Floats:
        """Pixel columns of many moments."""
        shares = (np.asarray(t_ns, dtype=np.float64) - self.window.start_ns) / self.window.span_ns
        columns: Floats = self.left + shares * (self.width - self.left)
        return columns

    def t_ns_at(self, x: float) -> int:
        """The moment at the pixel column `x`."""
        return self.window.at_share((x - self.left) / max(1.0, self.width - self.left))

    @property
    def near_ns(self) -> int:
        """How much time `NEAR_PX` pixels are."""
        return round(NEAR_PX * self.window.span_ns / self.pixels)


class Lane:
    """One lane: drawn into the area that it is given, and asked what stands at a point of it.

    Attributes:
        key: a short name of it, unique among the lanes.
        title: for people, drawn in its upper left corner.
        weight: its share of the height that is left when every lane has its least.
    """

    key = ""
    title = ""
    tint = "text"
    weight = 1.0

    @property
    def least_px(self) -> float:
        """Least height that can be read."""
        return 2.4 * theme.active_sizes().small

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Draw what is in view into `area`, whose left edge is the first column of time."""

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """What stands at (`x`, `y`), or None."""
        return None


def paint_title(painter: QPainter, lane: Lane, area: QRectF) -> None:
    """The lane's name, readable over whatever is behind it."""
    paint_words(painter, area.left() + 6, area.top() + 1, lane.title, lane.tint)


def paint_words(painter: QPainter, x: float, y: float, words: str, tint: str) -> QRectF:
    """`words` with their upper left corner at (`x`, `y`) on a pale ground; the room they took."""
    look = theme.active_theme()
    painter.setFont(theme.font("small"))
    metrics = QFontMetricsF(painter.font())
    room = QRectF(x, y, metrics.horizontalAdvance(words) + 4, metrics.height())
    ground = look.colour("panel")
    ground.setAlphaF(0.75)
    painter.fillRect(room, ground)
    painter.setPen(QPen(look.colour(tint)))
    painter.drawText(room, Qt.AlignmentFlag.AlignCenter, words)
    return room


def nearest(t_ns: Ints, at_ns: int, near_ns: int) -> slice:
    """The places in ascending `t_ns` within `near_ns` of `at_ns`."""
    first, last = np.searchsorted(t_ns, (at_ns - near_ns, at_ns + near_ns + 1))
    return slice(int(first), int(last))
