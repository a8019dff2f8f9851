"""The cursor over a session's plots: the moment chosen, and the gestures that zoom and pan."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QLineF, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import (
    QKeyEvent,
    QMouseEvent,
    QNativeGestureEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QWheelEvent,
)
from PySide6.QtWidgets import QGestureEvent, QPinchGesture, QWidget

from app import theme
from app.plots.time_window import TimeWindow, window_of
from app.review.lanes.lane import Stage
from protocols.vitals import NS_PER_S

STEP_NS = 10 * NS_PER_S
FAR_STEPS = 6
LEAST_STEP_NS = NS_PER_S // 10
WHEEL_FACTOR = 0.8
KEY_FACTOR = 0.5
_DRAG_PX = 4


class TrendCursor(QWidget):
    """A line over all plots at one moment; the pointer and keys move it and the span in view.

    Left and right go 10 s, with shift a minute (less when less than ten minutes are in view); Home
    and End to the ends; plus and minus zoom about the cursor, 0 shows the whole, Ctrl with left and
    right pans; page up and down scroll the lanes; Enter picks what stands at the cursor. A click
    goes there and picks what stands there. Dragging pans, or moves the cursor while the whole is in
    view; with shift it frames a span to show. The wheel and pinching zoom at the pointer, the wheel
    with shift or sideways pans; over the axis it scrolls the lanes.

    Signals:
        moved: session time in ns (as an object) of the moment chosen by a person.
        window_wanted: the `TimeWindow` to show.
        clicked: the point clicked, as a QPointF.
        scroll_wanted: scroll the lanes by so many pages (negative: up).
    """

    moved = Signal(object)
    window_wanted = Signal(object)
    clicked = Signal(object)
    scroll_wanted = Signal(int)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAccessibleName("cursor over the trends")
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self.setStyleSheet("background: transparent;")
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.grabGesture(Qt.GestureType.PinchGesture)
        self._window = window_of(0)
        self._t_ns = 0
        self._pressed: QPointF | None = None
        self._from = self._window
        self._frame: QRectF | None = None
        self._dragged = False

    @property
    def t_ns(self) -> int:
        """Session time of the cursor."""
        return self._t_ns

    @property
    def stage(self) -> Stage:
        """The time in view and its columns."""
        return Stage(window=self._window, width=self.width())

    def show_window(self, window: TimeWindow) -> None:
        """Stand over the span `window`."""
        self._window = window
        self.update()

    def show_moment(self, t_ns: int) -> None:
        """Stand at session time `t_ns`, kept within the session."""
        before = self.x_of(self._t_ns)
        self._t_ns = max(0, min(t_ns, self._window.whole_ns))
        for x in (before, self.x_of(self._t_ns)):
            if -4 <= x <= self.width() + 4:
                self.update(int(x) - 3, 0, 7, self.height())

    def x_of(self, t_ns: int) -> float:
        """Pixel column of session time `t_ns`."""
        return self.stage.x_of(t_ns)

    def t_ns_at(self, x: float) -> int:
        """Session time at the pixel column `x`."""
        return self.stage.t_ns_at(x)

    def go(self, t_ns: int) -> None:
        """Go to session time `t_ns`, with the span in view, and say so."""
        self.show_moment(t_ns)
        if not self._window.holds(self._t_ns):
            self.window_wanted.emit(self._window.showing(self._t_ns))
        self.moved.emit(self._t_ns)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Begin a click, a drag or a frame."""
        self.setFocus(Qt.FocusReason.MouseFocusReason)
        if event.button() is not Qt.MouseButton.LeftButton:
            event.ignore()
            return
        self._pressed = event.position()
        self._from = self._window
        self._dragged = False
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            self._frame = QRectF(event.position(), event.position())

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Frame, pan or follow the pressed pointer."""
        if self._pressed is None:
            return
        x = event.position().x()
        by = x - self._pressed.x()
        if not self._dragged and abs(by) < _DRAG_PX:
            return
        self._dragged = True
        if self._frame is not None:
            self._frame.setRight(x)
            self.update()
        elif self._from.is_whole:
            self.go(self.t_ns_at(x))
        else:
            per_px = self._from.span_ns / self.stage.pixels
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
            self.window_wanted.emit(self._from.panned(-round(by * per_px)))

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """A click goes there; a frame is shown."""
        pressed, self._pressed = self._pressed, None
        frame, self._frame = self._frame, None
        self.setCursor(Qt.CursorShape.CrossCursor)
        if pressed is None:
            return
        if not self._dragged:
            self.go(self.t_ns_at(event.position().x()))
            self.clicked.emit(event.position())
        elif frame is not None:
            ends = (self.t_ns_at(frame.left()), self.t_ns_at(frame.right()))
            self.window_wanted.emit(self._window.spanning(*ends))
            self.update()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom at the pointer, or pan; over the axis the lanes scroll."""
        x = event.position().x()
        if x < self.stage.left:
            event.ignore()
            return
        sideways, upward = event.angleDelta().x(), event.angleDelta().y()
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            sideways, upward = sideways or upward, 0
        if abs(sideways) > abs(upward):
            self.window_wanted.emit(
                self._window.panned(-round(sideways / 120 * self._window.span_ns / 10))
            )
        elif upward:
            self._zoom(WHEEL_FACTOR ** (upward / 120), x)
        event.accept()

    def event(self, event: QEvent) -> bool:
        """Pinching on a touch pad or a touch screen."""
        if isinstance(event, QNativeGestureEvent):
            if event.gestureType() is Qt.NativeGestureType.ZoomNativeGesture:
                self._zoom(1 / max(0.1, 1 + event.value()), event.position().x())
                return True
        elif isinstance(event, QGestureEvent):
            pinch = event.gesture(Qt.GestureType.PinchGesture)
            if isinstance(pinch, QPinchGesture):
                x = self.mapFromGlobal(pinch.centerPoint().toPoint()).x()
                self._zoom(1 / max(0.1, pinch.scaleFactor()), x)
                return True
        return super().event(event)

    def _zoom(self, factor: float, x: float) -> None:
        self.window_wanted.emit(self._window.zoomed(factor, self.t_ns_at(x)))

    def zoom_about_cursor(self, factor: float) -> None:
        """Zoom with the cursor staying where it is, or with the middle where it is out of view."""
        window = self._window
        about = self._t_ns if window.holds(self._t_ns) else (window.start_ns + window.end_ns) // 2
        self.window_wanted.emit(window.zoomed(factor, about))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """The keys named above."""
        key, window = Qt.Key(event.key()), self._window
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            quarter = {Qt.Key.Key_Left: -1, Qt.Key.Key_Right: 1}.get(key)
            if quarter is None:
                super().keyPressEvent(event)
            else:
                self.window_wanted.emit(window.panned(quarter * window.span_ns // 4))
            return
        far = FAR_STEPS if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1
        step_ns = far * max(LEAST_STEP_NS, min(STEP_NS, window.span_ns // 60))
        places = {
            Qt.Key.Key_Left: self._t_ns - step_ns,
            Qt.Key.Key_Right: self._t_ns + step_ns,
            Qt.Key.Key_Home: 0,
            Qt.Key.Key_End: window.whole_ns,
        }
        if key in places:
            self.go(places[key])
        elif key in (Qt.Key.Key_Plus, Qt.Key.Key_Equal):
            self.zoom_about_cursor(KEY_FACTOR)
        elif key in (Qt.Key.Key_Minus, Qt.Key.Key_Underscore):
            self.zoom_about_cursor(1 / KEY_FACTOR)
        elif key is Qt.Key.Key_0:
            self.window_wanted.emit(window.whole())
        elif key in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self.scroll_wanted.emit(1 if key is Qt.Key.Key_PageDown else -1)
        elif key in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.clicked.emit(QPointF(self.x_of(self._t_ns), -1.0))
        else:
            super().keyPressEvent(event)

    def paintEvent(self, event: QPaintEvent) -> None:
        """The line, stronger while it has the focus, and the frame being drawn."""
        painter = QPainter(self)
        look = theme.active_theme()
        if self._frame is not None:
            colour = look.colour("accent")
            colour.setAlphaF(0.25)
            painter.fillRect(
                QRectF(self._frame.left(), 0, self._frame.width(), self.height()), colour
            )
        x = self.x_of(self._t_ns)
        if x >= self.stage.left - 1:
            painter.setPen(QPen(look.colour("text"), 2 if self.hasFocus() else 1))
            painter.drawLine(QLineF(x, 0, x, self.height()))
        painter.end()
