"""Opens the window of a replay and runs until it is closed."""

from __future__ import annotations

import sys
from collections.abc import Callable

from PySide6.QtWidgets import QApplication

from app.bedside.guarded_window import GuardedWindow
from app.people.door import People
from app.people.reader import Reader
from app.records.catalogue import RecordedSession
from app.replay.feed import ReplayFeed
from app.replay.scrub_slider import OtherAlarms
from app.replay.window import ReplayWindow
from app.theme import DARK, LIGHT


def run_replay(
    recorded: RecordedSession,
    people: People,
    reader: Reader,
    note_look: Callable[[], None],
    *,
    light: bool = False,
    at_ns: int = 0,
    other: OtherAlarms | None = None,
) -> int:
    """Replay `recorded` from session time `at_ns`, in ns; gives the exit status.

    The alarms of `other` limits are marked.

    Where `people` have accounts it is shown to who signed in, whom `reader` then names; `note_look`
    is called whenever it is opened to somebody.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    look = LIGHT if light else DARK

    def make() -> ReplayWindow:
        note_look()
        feed = ReplayFeed(recorded)
        feed.seek(at_ns)
        return ReplayWindow(feed, look, other)

    window = GuardedWindow(people, "review", "Replay", make, look, reader)
    window.show_large()
    return int(application.exec())
