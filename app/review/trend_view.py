"""The trends of a whole session with a cursor that all of them share."""

from __future__ import annotations

from PySide6.QtCore import QLineF, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QResizeEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.plots.panel import AXIS_WIDTH_PX
from app.plots.session_trends import SessionTrends
from app.plots.timeline import Timeline, whole_session
from app.records.catalogue import OpenedSession
from protocols.vitals import NS_PER_S

STEP_NS = 10 * NS_PER_S
FAR_STEP_NS = 60 * NS_PER_S


class TrendCursor(QWidget):
    """A line over all trends at one moment; moved with the pointer and with the arrow keys.

    Left and right go 10 s, with shift a minute; Home and End to the ends.

    Signals:
        moved: session time in ns (as an object) of the moment chosen by a person.
    """

    moved = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("cursor over the trends")
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setStyleSheet("background: transparent;")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self._line = Timeline()
        self._t_ns = 0
        self._end_ns = 0

    @property
    def t_ns(self) -> int:
        """Session time of the cursor."""
        return self._t_ns

    def show_session(self, line: Timeline, end_ns: int) -> None:
        """Span `line`; the session ends at `end_ns`."""
        self._line, self._end_ns = line, end_ns
        self.update()

    def show_moment(self, t_ns: int) -> None:
        """Stand at session time `t_ns`, kept within the session."""
        self._t_ns = max(0, min(t_ns, self._end_ns))
        self.update()

    def x_of(self, t_ns: int) -> float:
        """Pixel column of session time `t_ns`."""
        span = self._line.end_min - self._line.start_min
        share = (self._line.minutes(t_ns / NS_PER_S) - self._line.start_min) / span
        return AXIS_WIDTH_PX + share * (self.width() - AXIS_WIDTH_PX)

    def t_ns_at(self, x: float) -> int:
        """Session time at the pixel column `x`."""
        share = (x - AXIS_WIDTH_PX) / max(1, self.width() - AXIS_WIDTH_PX)
        minute = self._line.start_min + share * (self._line.end_min - self._line.start_min)
        return round((self._line.zero_s + minute * 60) * NS_PER_S)

    def _go(self, t_ns: int) -> None:
        self.show_moment(t_ns)
        self.moved.emit(self._t_ns)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Go where it was pressed."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        self._go(self.t_ns_at(event.position().x()))

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Follow the pressed pointer."""
        if event.buttons() & Qt.MouseButton.LeftButton:
            self._go(self.t_ns_at(event.position().x()))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys named above."""
        far = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
        step_ns = FAR_STEP_NS if far else STEP_NS
        places = {
            Qt.Key.Key_Left: self._t_ns - step_ns,
            Qt.Key.Key_Right: self._t_ns + step_ns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: self._end_ns,
        }
        place = places.get(Qt.Key(event.key()))
        if place is None:
            super().keyPressEvent(event)
        else:
            self._go(place)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, stronger while it has the focus."""
        painter = QPainter(self)
        look = theme.active_theme()
        pen = QPen(look.colour("text"), 2 if self.hasFocus() else 1)
        painter.setPen(pen)
        x = self.x_of(self._t_ns)
        painter.drawLine(QLineF(x, 0, x, self.height()))
        painter.end()


class TrendView(QWidget):
    """The trends of an opened session and the cursor over them."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.trends = SessionTrends(axis=whole_session)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.addWidget(self.trends)
        self.cursor_line = TrendCursor(self)
        self._opened: OpenedSession | None = None

    def show_session(self, opened: OpenedSession) -> None:
        """Show the whole of `opened` with the cursor at its beginning."""
        self._opened = opened
        self.cursor_line.show_session(whole_session(opened.state, opened.end_ns), opened.end_ns)
        self.cursor_line.show_moment(0)
        self.draw()

    @Slot()
    def draw(self) -> None:
        """Draw in the size and the colours in force."""
        if self._opened is not None:
            opened = self._opened
            self._column.activate()
            self.trends.render(opened.state, opened.history, opened.end_ns)
        self.cursor_line.setGeometry(self.trends.geometry())
        self.cursor_line.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Draw in the new size."""
        super().resizeEvent(event)
        self.draw()
