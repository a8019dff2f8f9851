"""Notices that nobody touched a window for some minutes."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from app.bedside.hold_button import HoldButton

_TOUCHES = frozenset(
    (
        QEvent.Type.MouseButtonPress,
        QEvent.Type.MouseButtonRelease,
        QEvent.Type.MouseMove,
        QEvent.Type.Wheel,
        QEvent.Type.KeyPress,
        QEvent.Type.KeyRelease,
        QEvent.Type.TouchBegin,
        QEvent.Type.TouchUpdate,
        QEvent.Type.TouchEnd,
        QEvent.Type.TabletPress,
    )
)

HELD_AGAIN_MS = 2_000
"""While something is held down the watch looks again after so long."""


class LockWatch(QObject):
    """Watches touch, keys and mouse of the window's native side, which sees few events.

    Signals:
        rested: nobody touched the window for as long as it was asked.
    """

    rested = Signal()

    def __init__(self, window: QWidget) -> None:
        """Watch `window`; nothing is told before `watch`."""
        super().__init__(window)
        self._window = window
        self._rest_ms = 0
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self._look)

    def attach(self) -> None:
        """Watch the native window, once there is one.

        Qt owns it and ends it without a word to Python: what still named it then would take
        the place of whatever is made at its address next.
        """
        native = self._window.window().windowHandle()
        if native is not None:
            native.installEventFilter(self)

    def watch(self, minutes: float) -> None:
        """Tell after `minutes` without a touch; 0: never."""
        rest_ms = round(minutes * 60_000)
        if rest_ms == self._rest_ms:
            return
        self._rest_ms = rest_ms
        self.touch()

    @property
    def rest_min(self) -> float:
        """After how many minutes it tells; 0: never."""
        return self._rest_ms / 60_000

    def touch(self) -> None:
        """Somebody is there: count from now on."""
        if self._rest_ms:
            self._timer.start(self._rest_ms)
        else:
            self._timer.stop()

    def stop(self) -> None:
        """Tell nothing any more."""
        self._rest_ms = 0
        self._timer.stop()

    @Slot()
    def _look(self) -> None:
        """A hold in progress is somebody, though no event comes."""
        held = any(button.isDown() for button in self._window.findChildren(HoldButton))
        if held or QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start(min(HELD_AGAIN_MS, self._rest_ms))
            return
        self.rested.emit()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Count from every touch; the event goes on."""
        if event.type() in _TOUCHES:
            self.touch()
        return super().eventFilter(watched, event)
