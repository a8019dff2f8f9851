"""The strip under the cursor: some seconds of the pulse wave around the moment chosen."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.time_window import TimeWindow
from app.review.lanes.lane import Stage, paint_words
from app.review.lanes.wave_lane import (
    NO_WAVE,
    READING,
    UNUSABLE,
    WaveLane,
    paint_gaps,
    paint_samples,
)
from app.reviewing.wave_track import samples_between
from protocols.vitals import NS_PER_S

SPAN_NS = 8 * NS_PER_S


class WaveStrip(QWidget):
    """Samples of `SPAN_NS` with the cursor in the middle; gaps and unusable stretches are said."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("pulse wave under the cursor")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._wave: WaveLane | None = None
        self._t_ns = 0
        self._whole_ns = 1

    @property
    def said(self) -> str:
        """What is said of the waveform at the cursor; empty where it is whole and usable."""
        if self._wave is None:
            return READING
        if self._wave.state:
            return self._wave.state
        window = self._window
        for spans, words in ((self._wave.gaps, "no samples"), (self._wave.unusable, UNUSABLE)):
            for start_ns, end_ns in spans.tolist():
                if start_ns <= window.end_ns and end_ns >= window.start_ns:
                    return words
        return ""

    @property
    def _window(self) -> TimeWindow:
        start = self._t_ns - SPAN_NS // 2
        return TimeWindow(start_ns=start, end_ns=start + SPAN_NS, whole_ns=self._whole_ns)

    def show_wave(self, wave: WaveLane | None, whole_ns: int) -> None:
        """Show pieces of `wave`, the lane that knows the tracks."""
        self._wave, self._whole_ns = wave, whole_ns
        self.update()

    def show_moment(self, t_ns: int) -> None:
        """Stand around `t_ns`."""
        if t_ns != self._t_ns:
            self._t_ns = t_ns
            self.update()

    def fit(self) -> None:
        """Take the sizes in force."""
        self.setFixedHeight(round(3.6 * theme.active_sizes().small))

    def paintEvent(self, event: QPaintEvent) -> None:
        """The samples, the cursor in the middle, what is to be said, seconds as ticks."""
        look = theme.active_theme()
        painter = QPainter(self)
        painter.fillRect(event.rect(), look.colour("panel"))
        stage = Stage(window=self._window, width=self.width())
        area = QRectF(stage.left, 1, self.width() - stage.left, self.height() - 2)
        painter.setFont(theme.font("small"))
        painter.setPen(QPen(look.colour("dim")))
        name = QRectF(2, 0, stage.left - 6, self.height())
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, f"{SPAN_NS // NS_PER_S} s")
        painter.setClipRect(area)
        for second in range(-3, 4):
            x = stage.x_of(self._t_ns + second * NS_PER_S)
            painter.setPen(QPen(look.colour("line"), 1))
            painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        wave = self._wave
        if wave is None or wave.state:
            painter.setPen(QPen(look.colour("dim")))
            words = NO_WAVE if wave is not None and not wave.tracks else READING
            words = wave.state if wave is not None and wave.state else words
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, words)
        else:
            paint_gaps(painter, stage, area, wave.gaps)
            for track in wave.tracks:
                shown = samples_between(track, stage.window.start_ns, stage.window.end_ns)
                paint_samples(painter, stage, area, track, shown)
        x = stage.x_of(self._t_ns)
        painter.setPen(QPen(look.colour("text"), 1))
        painter.drawLine(QLineF(x, area.top(), x, area.bottom()))
        said = self.said
        title = f"pleth under the cursor{': ' + said if said and wave and not wave.state else ''}"
        tint = "attention" if said else "spo2"
        paint_words(painter, area.left() + 6, area.top() + 1, title, tint)
        painter.end()
