"""Ten seconds of a waveform of a file from elsewhere around the cursor."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.importing.foreign import Floats, ForeignWave
from app.plots.decimate import decimate
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.segments import draw_path
from app.review.lanes.lane import paint_words

SPAN_S = 10.0
_TINTS = {"pleth": "spo2", "ECG": "hr", "invasive pressure": "bp"}
_LINES, _LINES_ALONE = 7, 16
"""Height in lines of small type."""

_MOST_RANKED = 100_000
"""Samples that the range is taken from."""


class FileWave(QWidget):
    """One waveform, drawn from five seconds before the cursor to five after it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("waveform at the cursor")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._wave: ForeignWave | None = None
        self._t_s = 0.0
        self._alone = False
        self._range = (0.0, 1.0)
        self.fit()

    def fit(self) -> None:
        """Take the sizes in force."""
        lines = _LINES_ALONE if self._alone else _LINES
        self.setFixedHeight(round(lines * theme.active_sizes().small))
        self.update()

    def stand_alone(self, *, alone: bool) -> None:
        """Take more room where the file holds waveforms alone."""
        self._alone = alone
        self.fit()

    def show_wave(self, wave: ForeignWave | None) -> None:
        """Draw `wave` from now on."""
        self._wave = wave
        self._range = _range(wave)
        self.update()

    def show_moment(self, t_s: float) -> None:
        """Stand at second `t_s`."""
        self._t_s = t_s
        self.update()

    def in_view(self) -> tuple[Floats, Floats]:
        """Times in seconds and samples that are drawn; NaN between pieces."""
        wave = self._wave
        found_t: list[Floats] = []
        found_v: list[Floats] = []
        begin, end = self._t_s - SPAN_S / 2, self._t_s + SPAN_S / 2
        if wave is not None:
            for piece in wave.pieces:
                first = max(0, int((begin - piece.start_s) * wave.rate_hz))
                last = min(len(piece.values), int((end - piece.start_s) * wave.rate_hz) + 1)
                if last > first:
                    times = piece.start_s + np.arange(first, last) / wave.rate_hz
                    found_t += [times, times[-1:]]
                    found_v += [piece.values[first:last].astype(np.float64), np.array([np.nan])]
        if not found_t:
            return np.empty(0), np.empty(0)
        return np.concatenate(found_t), np.concatenate(found_v)

    def paintEvent(self, _event: QPaintEvent) -> None:
        """The samples, the cursor in the middle, and what is drawn."""
        painter = QPainter(self)
        look = theme.active_theme()
        painter.fillRect(self.rect(), look.colour("panel"))
        area = QRectF(AXIS_WIDTH_PX, 4, self.width() - AXIS_WIDTH_PX, self.height() - 8)
        wave = self._wave
        if wave is not None:
            t_s, values = self.in_view()
            low, high = self._range
            x = area.left() + (t_s - self._t_s + SPAN_S / 2) / SPAN_S * area.width()
            y = area.bottom() - (values - low) / (high - low) * area.height()
            tint = _TINTS.get(wave.label, "other")
            painter.setPen(QPen(look.colour(tint), 1.5))
            painter.save()
            painter.setClipRect(area)
            x, y = decimate(x, y, max(16, int(area.width())))
            draw_path(painter, x, y)
            painter.restore()
            middle = area.center().x()
            painter.setPen(QPen(look.colour("faint"), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QLineF(middle, area.top(), middle, area.bottom()))
            nothing = "" if np.isfinite(values).any() else " · nothing recorded here"
            unit = f" {wave.unit}" if wave.unit else ", no unit"
            words = f"{wave.label} · {wave.channel}{unit} · {wave.rate_hz:g} a second{nothing}"
            paint_words(painter, area.left() + 6, area.top() + 1, words, tint)
            self._paint_range(painter, area)
        painter.end()

    def _paint_range(self, painter: QPainter, area: QRectF) -> None:
        painter.setPen(QPen(theme.active_theme().colour("dim")))
        painter.setFont(theme.font("small"))
        flags = Qt.AlignmentFlag.AlignRight
        low, high = self._range
        room = QRectF(0, area.top(), AXIS_WIDTH_PX - 6, area.height())
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignTop, f"{high:.3g}")
        painter.drawText(room, flags | Qt.AlignmentFlag.AlignBottom, f"{low:.3g}")


def _range(wave: ForeignWave | None) -> tuple[float, float]:
    """The range of the whole waveform without its rarest thousandth, so that a spike hides none."""
    pieces = () if wave is None else wave.pieces
    values = np.concatenate([one.values for one in pieces]) if pieces else np.empty(0)
    values = values[np.isfinite(values)]
    if not len(values):
        return 0.0, 1.0
    few = values[:: max(1, len(values) // _MOST_RANKED)]
    low, high = (float(one) for one in np.percentile(few, (0.05, 99.95)))
    room = 0.05 * (high - low) or 0.5
    return low - room, high + room
