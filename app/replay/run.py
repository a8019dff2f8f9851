"""Opens the window of a replay and runs until it is closed."""

from __future__ import annotations

import sys

from PySide6.QtWidgets import QApplication

from app.records.catalogue import RecordedSession
from app.replay.feed import ReplayFeed
from app.replay.window import ReplayWindow
from app.theme import DARK, LIGHT


def run_replay(recorded: RecordedSession, *, light: bool = False) -> int:
    """Replay `recorded`; gives the exit status."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    window = ReplayWindow(ReplayFeed(recorded), LIGHT if light else DARK)
    window.resize(1920, 1080)
    window.showMaximized()
    return int(application.exec())
