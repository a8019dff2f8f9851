"""The bedside program: one live session in one window, from opening to closing."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Slot
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bedside.demo_bar import DemoBar
from app.bedside.window import BedsideWindow
from app.bridge import Bridge
from app.demo import DemoRoom
from app.live import LiveSession

NURSE_LOOKS_MS = 250
"""How often the scripted nurse of a demonstration looks at the screen."""


class Station(QWidget):
    """A live session with its window; closing the window ends the program's part in it.

    The session itself is closed only by its own command: a window that is closed in between leaves
    an unfinished session, which the next start offers to resume.
    """

    def __init__(self, live: LiveSession, user: str, demo: DemoRoom | None = None) -> None:
        """Prepare; `begin` starts the session."""
        super().__init__()
        self.setWindowTitle("Infusion Room")
        self.live = live
        self._demo = demo
        self.feed = Bridge(live.runtime, live.clock, self)
        self.feed.apply(live.past)
        self.window_ = BedsideWindow(self.feed, user)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.window_, 1)
        self._nurse_timer = QTimer(self)
        if demo is not None:
            live.runtime.listen(demo.listen)
            bar = DemoBar(demo.patient.name, live.clock.speed, autopilot=demo.autopilot)
            bar.speed_chosen.connect(self._set_speed)
            bar.autopilot_chosen.connect(self._set_autopilot)
            column.addWidget(bar)
            self._nurse_timer.setInterval(NURSE_LOOKS_MS)
            self._nurse_timer.timeout.connect(self._let_nurse_act)

    def begin(self) -> None:
        """Start the session and the drawing."""
        if self._demo is not None:
            self._demo.room.start(self.live.clock.now_ns)
            self._nurse_timer.start()
        self.live.start()
        self.feed.start()

    def end(self) -> bool:
        """Stop everything; whether all events reached the database."""
        self._nurse_timer.stop()
        self.feed.stop()
        written = self.live.stop()
        if self._demo is not None:
            self._demo.room.stop()
            self._demo.close()
        return written

    def closeEvent(self, event: QCloseEvent) -> None:
        """Leave the session in order when the window is closed."""
        self.end()
        super().closeEvent(event)

    @Slot(float)
    def _set_speed(self, speed: float) -> None:
        self.live.clock.set_speed(speed)

    @Slot(bool)
    def _set_autopilot(self, acts: bool) -> None:
        if self._demo is not None:
            self._demo.autopilot = acts

    @Slot()
    def _let_nurse_act(self) -> None:
        if self._demo is None:
            return
        for command in self._demo.act(self.feed.state, self.feed.now_ns()):
            self.feed.submit(command)
