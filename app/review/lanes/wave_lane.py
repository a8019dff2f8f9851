"""The lane of the pulse wave: samples when seconds are in view, else least and greatest."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen

from app import theme
from app.plots.segments import draw_lines
from app.review.lanes.lane import Flags, Ints, Lane, Picked, Stage, paint_title, paint_words
from app.reviewing.provenance import RejectedFrame
from app.reviewing.wave_track import (
    GAP_NS,
    SessionWaves,
    WaveTrack,
    envelope,
    samples_between,
    stretches,
)
from protocols.vitals import Vital

READING = "reading the waveform…"
NO_WAVE = "no waveform is recorded"
UNUSABLE = "unusable: the monitor calls it no pulse"
NOTHING = "no samples"

_SAMPLES_A_PIXEL = 2.0
"""With fewer samples than this in a pixel they are drawn themselves."""

_UNUSABLE_ALPHA = 0.45


class WaveLane(Lane):
    """The pulse wave; unusable stretches dim, gaps hatched, refused frames as ticks at the foot."""

    key = "pleth"
    title = "pleth"
    tint = "spo2"
    weight = 1.2

    def __init__(self, end_ns: int) -> None:
        """A session that ends at `end_ns`, whose waveform is still to be read."""
        self._end_ns = end_ns
        self.state = READING
        self.tracks: tuple[WaveTrack, ...] = ()
        self.gaps: Ints = np.empty((0, 2), dtype=np.int64)
        self.unusable: Ints = np.empty((0, 2), dtype=np.int64)
        self.rejected: tuple[RejectedFrame, ...] = ()
        self._rejected_ns: Ints = np.empty(0, dtype=np.int64)

    @property
    def least_px(self) -> float:
        """Least height that can be read."""
        return 3.0 * theme.active_sizes().small

    def show_waves(self, waves: SessionWaves) -> None:
        """Show what was read."""
        self.tracks = waves.of(Vital.PLETH)
        self.state = "" if self.tracks else NO_WAVE
        self.gaps = _gaps(self.tracks, self._end_ns)
        spans = [
            (int(track.t_ns[first]), int(track.t_ns[last - 1]))
            for track in self.tracks
            for first, last in stretches(track.unusable)
        ]
        self.unusable = np.array(spans, dtype=np.int64).reshape(-1, 2)

    def show_rejected(self, rejected: tuple[RejectedFrame, ...]) -> None:
        """Mark the frames that the parsers refused."""
        self.rejected = rejected
        self._rejected_ns = np.array([one.t_ns for one in rejected], dtype=np.int64)

    def show_trouble(self, words: str) -> None:
        """Say why there is no waveform to see."""
        self.state = words

    def paint(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        """Gaps, the wave, what is said of either, the title."""
        painter.save()
        painter.setClipRect(area)
        if self.state:
            painter.setPen(QPen(theme.active_theme().colour("dim")))
            painter.setFont(theme.font("small"))
            painter.drawText(area, Qt.AlignmentFlag.AlignCenter, self.state)
        else:
            paint_gaps(painter, stage, area, self.gaps)
            for track in self.tracks:
                self._paint_track(painter, stage, area, track)
            self._say_unusable(painter, stage, area)
            self._paint_rejected(painter, stage, area)
        paint_title(painter, self, area)
        painter.restore()

    def _paint_track(self, painter: QPainter, stage: Stage, area: QRectF, track: WaveTrack) -> None:
        window = stage.window
        shown = samples_between(track, window.start_ns, window.end_ns)
        if shown.stop - shown.start <= _SAMPLES_A_PIXEL * stage.pixels:
            paint_samples(painter, stage, area, track, shown)
            return
        columns = stage.pixels
        found = envelope(track, window.start_ns, window.end_ns, columns)
        x = stage.left + np.arange(columns) + 0.5
        scale = _inner(area) / track.full_scale
        foot = _foot(area)
        low, high = foot - found.low * scale, foot - found.high * scale + 1
        for unusable in (False, True):
            chosen = found.filled & (found.unusable == unusable)
            painter.setPen(QPen(_ink(unusable=unusable), 1))
            draw_lines(painter, x[chosen], low[chosen], x[chosen], high[chosen])

    def _say_unusable(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        painter.setFont(theme.font("small"))
        room = painter.fontMetrics().horizontalAdvance(UNUSABLE) + 8
        for start_ns, end_ns in self.unusable.tolist():
            left = max(area.left(), stage.x_of(start_ns))
            right = min(area.right(), stage.x_of(end_ns))
            if right <= left - 2:
                continue
            painter.setPen(QPen(theme.active_theme().colour("attention"), 2))
            painter.drawLine(
                QLineF(left, area.bottom() - 1, max(right, left + 2), area.bottom() - 1)
            )
            if right - left > room:
                foot = area.bottom() - painter.fontMetrics().height() - 3
                paint_words(painter, (left + right - room) / 2, foot, UNUSABLE, "attention")

    def _paint_rejected(self, painter: QPainter, stage: Stage, area: QRectF) -> None:
        x = stage.xs_of(self._rejected_ns)
        x = np.unique(np.floor(x[(x >= area.left()) & (x <= area.right())])) + 0.5
        painter.setPen(QPen(theme.active_theme().colour("attention"), 1))
        draw_lines(
            painter, x, np.full(len(x), area.bottom() - 7), x, np.full(len(x), area.bottom())
        )

    def pick(self, stage: Stage, area: QRectF, x: float, y: float) -> Picked | None:
        """A refused frame at the foot, else the sample at the pointer."""
        at_ns = stage.t_ns_at(x)
        if y > area.bottom() - 9 and len(self._rejected_ns):
            place = int(np.argmin(np.abs(self._rejected_ns - at_ns)))
            if abs(int(self._rejected_ns[place]) - at_ns) <= stage.near_ns:
                frame = self.rejected[place]
                return Picked(t_ns=frame.t_ns, number=frame.number)
        for track in self.tracks:
            place = min(int(np.searchsorted(track.t_ns, at_ns)), len(track.t_ns) - 1)
            near = max(2 * track.interval_ns, stage.near_ns // 4)
            if place >= 0 and abs(int(track.t_ns[place]) - at_ns) <= near:
                return Picked(t_ns=int(track.t_ns[place]), device=track.device)
        return None


def paint_samples(
    painter: QPainter, stage: Stage, area: QRectF, track: WaveTrack, shown: slice
) -> None:
    """Lines from sample to sample, dim where unusable, none across a gap."""
    t_ns = track.t_ns[shown]
    if len(t_ns) < 2:
        return
    x = stage.xs_of(t_ns)
    y = _foot(area) - track.values[shown] * (_inner(area) / track.full_scale)
    joined = np.diff(t_ns) <= GAP_NS
    bad: Flags = track.unusable[shown][1:]
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for unusable in (False, True):
        chosen = joined & (bad == unusable)
        painter.setPen(QPen(_ink(unusable=unusable), 1.4))
        draw_lines(painter, x[:-1][chosen], y[:-1][chosen], x[1:][chosen], y[1:][chosen])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_gaps(painter: QPainter, stage: Stage, area: QRectF, gaps: Ints) -> None:
    """Hatch what has no samples, at least two pixels of it, and say so where there is room."""
    look = theme.active_theme()
    colour = look.colour("faint")
    painter.setFont(theme.font("small"))
    room = painter.fontMetrics().horizontalAdvance(NOTHING) + 8
    for start_ns, end_ns in gaps.tolist():
        left = max(area.left(), stage.x_of(start_ns))
        right = min(area.right(), max(stage.x_of(end_ns), stage.x_of(start_ns) + 2))
        if right <= left:
            continue
        span = QRectF(left, area.top(), right - left, area.height())
        painter.fillRect(span, QBrush(colour, Qt.BrushStyle.BDiagPattern))
        if span.width() > room:
            top = area.center().y() - painter.fontMetrics().height() / 2
            paint_words(painter, span.center().x() - room / 2, top, NOTHING, "dim")


def _gaps(tracks: tuple[WaveTrack, ...], end_ns: int) -> Ints:
    """What no track covers, before the first sample and after the last as well."""
    spans: list[tuple[int, int]] = []
    for track in tracks:
        starts = [int(track.t_ns[0]), *track.gaps[:, 1].tolist()]
        ends = [*track.gaps[:, 0].tolist(), int(track.t_ns[-1])]
        spans += zip(starts, ends, strict=True)
    spans.sort()
    gaps, covered = [], 0
    for start, end in spans:
        if start - covered > GAP_NS:
            gaps.append((covered, start))
        covered = max(covered, end)
    if end_ns - covered > GAP_NS:
        gaps.append((covered, end_ns))
    return np.array(gaps, dtype=np.int64).reshape(-1, 2)


def _inner(area: QRectF) -> float:
    return area.height() - 6


def _foot(area: QRectF) -> float:
    return area.bottom() - 3


def _ink(*, unusable: bool) -> QColor:
    colour = theme.active_theme().colour("dim" if unusable else "spo2")
    if unusable:
        colour.setAlphaF(_UNUSABLE_ALPHA)
    return colour
