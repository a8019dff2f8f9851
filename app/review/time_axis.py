"""The time axis under a session's plots: minutes from the start of the drug, and local time."""

from __future__ import annotations

from PySide6.QtCore import QLineF, QRectF, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.plots.time_window import TimeWindow, tick_step_s, ticks, window_of
from app.records.catalogue import OpenedSession
from app.review.lanes.lane import Stage
from app.review.rows import clock_text, short_clock_text
from protocols.vitals import NS_PER_S

_MINUTE_ROOM_PX = 80


class TimeAxis(QWidget):
    """Two rows of ticks over the same span as the plots above it."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("time axis")
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self._opened: OpenedSession | None = None
        self._window = window_of(0)

    def show_session(self, opened: OpenedSession) -> None:
        """Count from the start of the drug of `opened`, else from the start of the session."""
        self._opened = opened
        self.update()

    def show_window(self, window: TimeWindow) -> None:
        """Span `window`."""
        self._window = window
        self.update()

    def fit(self) -> None:
        """Take the size of type in force."""
        self.setFixedHeight(2 * QFontMetrics(theme.font("small")).height() + 4)

    def minute_labels(self) -> list[tuple[int, str]]:
        """Moments and words of the upper row."""
        if self._opened is None:
            return []
        zero_ns = self._opened.state.infusion_started_ns or 0
        stage = Stage(window=self._window, width=self.width())
        step = tick_step_s(self._window.span_ns, stage.pixels, _MINUTE_ROOM_PX)
        return [
            (t_ns, _minute_words((t_ns - zero_ns) // NS_PER_S, step))
            for t_ns in ticks(self._window, zero_ns, step)
        ]

    def clock_labels(self) -> list[tuple[int, str]]:
        """Moments and words of the lower row: round times of day of the room."""
        if self._opened is None:
            return []
        opened, window = self._opened, self._window
        stage = Stage(window=window, width=self.width())
        room = 1.5 * self.fontMetrics().horizontalAdvance("00:00:00 +00:00 ")
        if not opened.clock.changes_offset:
            room = 1.5 * self.fontMetrics().horizontalAdvance("00:00:00")
        step = tick_step_s(window.span_ns, stage.pixels, room)
        local = opened.clock.local(window.start_ns)
        if local is None:
            return []
        of_day = local.hour * 3600 + local.minute * 60 + local.second
        zero_ns = window.start_ns - of_day * NS_PER_S - local.microsecond * 1000
        say = short_clock_text if step % 60 == 0 else clock_text
        return [(t_ns, say(opened, t_ns + NS_PER_S // 2)) for t_ns in ticks(window, zero_ns, step)]

    def paintEvent(self, event: QPaintEvent) -> None:
        """Both rows."""
        look = theme.active_theme()
        painter = QPainter(self)
        painter.fillRect(event.rect(), look.colour("panel"))
        painter.setFont(theme.font("small"))
        height = painter.fontMetrics().height()
        stage = Stage(window=self._window, width=self.width())
        from_drug = self._opened is not None and self._opened.state.infusion_started_ns is not None
        names = ("min" if from_drug else "session", "clock")
        rows = (self.minute_labels(), self.clock_labels())
        for row, (name, labels) in enumerate(zip(names, rows, strict=True)):
            top = 3 + row * height
            painter.setPen(QPen(look.colour("dim")))
            painter.drawText(QRectF(2, top, stage.left - 8, height), 0, name)
            painter.setPen(QPen(look.colour("text" if row == 0 else "dim")))
            for t_ns, words in labels:
                x = stage.x_of(t_ns)
                width = painter.fontMetrics().horizontalAdvance(words)
                left = min(max(x - width / 2, stage.left), self.width() - width)
                painter.drawText(QRectF(left, top, width + 2, height), 0, words)
                if row == 0:
                    painter.drawLine(QLineF(x, 0, x, 4))
        painter.end()


def _minute_words(since_s: int, step_s: int) -> str:
    """Minutes, with seconds where ticks stand closer than a minute: ``−3``, ``12:30``."""
    sign = "−" if since_s < 0 else ""
    minutes, seconds = divmod(abs(since_s), 60)
    return f"{sign}{minutes}" if step_s % 60 == 0 else f"{sign}{minutes}:{seconds:02d}"
