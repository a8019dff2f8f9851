"""Notices that nobody touched a window for some minutes."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QCursor, QGuiApplication
from PySide6.QtWidgets import QWidget

from app.bedside.hold_button import HoldButton

POLL_MS = 250
"""How often the pointer is looked at: a touch moves it, or holds a button for about as long."""

HELD_AGAIN_MS = 2_000
"""While something is held down the watch looks again after so long."""


class LockWatch(QObject):
    """Watches pointer, buttons and typing. Nothing of Qt's own is named for it: no event filter.

    A filter on what Qt owns (the native window) leaves names that outlive it.

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
        self._pointer = QCursor.pos()
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look_at_pointer)

    def attach(self) -> None:
        """Count what is typed, too."""
        QGuiApplication.inputMethod().cursorRectangleChanged.connect(
            self.touch, Qt.ConnectionType.UniqueConnection
        )

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

    @Slot()
    def touch(self) -> None:
        """Somebody is there: count from now on."""
        if self._rest_ms:
            self._timer.start(self._rest_ms)
            self._poll.start()
        else:
            self._timer.stop()
            self._poll.stop()

    def stop(self) -> None:
        """Tell nothing any more."""
        self._rest_ms = 0
        self._timer.stop()
        self._poll.stop()

    @Slot()
    def _look(self) -> None:
        """A hold in progress is somebody, though no event comes."""
        held = any(button.isDown() for button in self._window.findChildren(HoldButton))
        if held or QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton:
            self._timer.start(min(HELD_AGAIN_MS, self._rest_ms))
            return
        self.rested.emit()

    @Slot()
    def _look_at_pointer(self) -> None:
        pointer = QCursor.pos()
        pressed = QGuiApplication.mouseButtons() != Qt.MouseButton.NoButton
        if pressed or pointer != self._pointer:
            self._pointer = pointer
            self.touch()
