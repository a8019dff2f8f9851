"""What every window watches: a state, its history, a clock, and a way to say what a person did.

The bedside's feed is driven by the runtime (`app.bridge`), the replay's by a recorded session; a
window cannot tell them apart except by what they say of themselves.
"""

from __future__ import annotations

from collections.abc import Iterable

from PySide6.QtCore import QObject, Signal

from app.history import History
from app.state import ViewState, fold_all
from protocols.events import Command, Event, PersonIdentified, ScreenShown, StationLocked


class Feed(QObject):
    """State and history of one session, folded from its events.

    Signals:
        advanced: the state or the clock moved; windows render on it. At most 30 a second.
    """

    advanced = Signal()

    replaying = False
    """True where a recorded session is shown: windows then mark themselves REPLAY."""

    screen: ScreenShown | None = None
    """What the bedside's window showed at the moment replayed; None where nobody recorded it."""

    def __init__(self, parent: QObject | None = None) -> None:
        """Begin with an empty state."""
        super().__init__(parent)
        self.state = ViewState()
        self.history = History()

    def apply(self, events: Iterable[Event]) -> None:
        """Fold `events`, the next of the record, into state and history, without telling anybody.

        Every event of the record must come: their numbers are counted.
        """
        known = list(events)
        self.state = fold_all(self.state, known)
        for event in known:
            self.history.add(event)

    def now_ns(self) -> int:
        """Session time to which ages and countdowns are drawn, ns."""
        return self.state.t_ns

    @property
    def core_alive(self) -> bool:
        """False when the core gave no life sign for 2 s: windows then cover their numbers."""
        return True

    def server_line(self) -> str:
        """How the record stands with the server that rooms share; empty where there is none."""
        return ""

    def heartbeat(self) -> None:
        """A window was painted; nobody watches that where nothing runs."""

    def painted(self, alarms: Iterable[str]) -> None:
        """Alarms of these names stand on the screen: for a paint event, when they were drawn."""

    def submit(self, command: Command) -> None:
        """Hand over what a person did; the screen changes only when the event comes back."""
        raise NotImplementedError

    def tell(self, event: PersonIdentified | StationLocked) -> None:
        """Hand over who is at the bedside, or that it is locked; comes back as an event too."""
        raise NotImplementedError

    def tell_screen(self, shown: ScreenShown) -> None:
        """The window shows something else; recorded where a session runs, else nobody asks."""
