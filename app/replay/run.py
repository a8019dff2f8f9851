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
    other: OtherAlarms | None = None,
) -> int:
    """Replay `recorded`, with the alarms of `other` limits marked; gives the exit status.

    Where `people` have accounts it is shown to who signed in, whom `reader` then names; `note_look`
    is called whenever it is opened to somebody.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    look = LIGHT if light else DARK

    def make() -> ReplayWindow:
        note_look()
        return ReplayWindow(ReplayFeed(recorded), look, other)

    window = GuardedWindow(people, "review", "Replay", make, look, reader)
    window.resize(1920, 1080)
    window.showMaximized()
    return int(application.exec())
