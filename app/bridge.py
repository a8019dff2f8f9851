"""The one QObject between the runtime's threads and the widgets.

The core thread appends to a deque and returns; a 30 Hz timer of the GUI drains it, folds and tells
the windows. The watchdog looks both ways: each drawn frame is a life sign for the core, and a core
without a life sign makes the windows cover their numbers.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence

from PySide6.QtCore import QObject, Qt, QTimer, Slot

from app.feed import Feed
from app.occurrences import Occurrences
from app.runtime import Clock, Runtime
from protocols.events import (
    AlarmChanged,
    Command,
    Event,
    PersonIdentified,
    Presentation,
    ScreenShown,
    StationLocked,
)

FRAME_MS = 33
"""Time between two drains: 30 Hz."""

CORE_SILENT_S = 2.0
"""A core that gave no life sign for this long is taken for stopped."""


class Bridge(Feed):
    """A feed driven by a live runtime."""

    def __init__(self, runtime: Runtime, clock: Clock, parent: QObject | None = None) -> None:
        """Listen to `runtime`; begin to drain with `start`."""
        super().__init__(parent)
        self._runtime = runtime
        self._clock = clock
        self._waiting: deque[Sequence[Event]] = deque()
        self._occurrences = Occurrences()
        self._painted: dict[str, int] = {}
        runtime.listen(self._waiting.append)
        self._say_server: Callable[[], str] | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(FRAME_MS)
        self._timer.timeout.connect(self._drain)

    def start(self) -> None:
        """Begin to drain; from the first frame on the core expects life signs."""
        self._timer.start()

    def stop(self) -> None:
        """Stop draining; the core expects no further life signs."""
        self._timer.stop()
        self._runtime.display.rest()

    def now_ns(self) -> int:
        """Session time, ns."""
        return max(self.state.t_ns, self._clock.now_ns())

    @property
    def core_alive(self) -> bool:
        """Whether the core gave a life sign in the last two seconds."""
        return self._runtime.core.silent_s() < CORE_SILENT_S

    def ask_server(self, say: Callable[[], str]) -> None:
        """Let `say` tell how the record stands with the server."""
        self._say_server = say

    def server_line(self) -> str:
        """How the record stands with the server that rooms share; empty where there is none."""
        return "" if self._say_server is None else self._say_server()

    def submit(self, command: Command) -> None:
        """Hand over what a person did; stamped by the runtime."""
        self._runtime.submit(command)

    def tell(self, event: PersonIdentified | StationLocked) -> None:
        """Hand over who is at the bedside, or that it is locked; stamped by the runtime."""
        self._runtime.tell(event)

    def tell_screen(self, shown: ScreenShown) -> None:
        """Hand over what the window shows, for the record; stamped by the runtime."""
        self._runtime.tell(shown)

    def heartbeat(self) -> None:
        """A window painted: the display lives."""
        self._runtime.display.beat()

    def painted(self, alarms: Iterable[str]) -> None:
        """Let the record know when each occurrence of an alarm first stood on the screen."""
        at_ns = self._clock.exact_ns()
        for alarm in alarms:
            raised_ns = self._occurrences.raised_ns(alarm)
            if raised_ns is not None and self._painted.get(alarm) != raised_ns:
                self._painted[alarm] = raised_ns
                self._runtime.present(alarm, raised_ns, Presentation.SCREEN, at_ns)

    def apply(self, events: Iterable[Event]) -> None:
        """Fold `events` into state and history, and know which alarms they raise."""
        known = list(events)
        super().apply(known)
        for event in known:
            if isinstance(event, AlarmChanged):
                self._occurrences.take(event)

    @Slot()
    def _drain(self) -> None:
        for _ in range(len(self._waiting)):
            self.apply(self._waiting.popleft())
        self.advanced.emit()
