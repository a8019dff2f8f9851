"""Opens the window of the review and runs until it is closed."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence

from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication

from app.bedside.guarded_window import GuardedWindow
from app.people.door import People
from app.people.reader import Reader
from app.review.desks import FILES
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.theme import DARK, LIGHT, load_fonts


def run_review(
    sources: Sources,
    replay_command: Callable[[str], Sequence[str]],
    people: People,
    reader: Reader,
    *,
    dark: bool = False,
    shows_trail: Callable[[], bool],
) -> int:
    """Review what `sources` give; gives the exit status.

    Where `people` have accounts the sessions are shown to who signed in, whom `reader` then names;
    `shows_trail`: whether this person may see who looked at what.

    A replay runs `replay_command` of its session in a process of its own, so that neither window
    waits for the other.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts()
    look = DARK if dark else LIGHT

    def open_replay(session: str) -> None:
        program, *arguments = replay_command(session)
        QProcess.startDetached(program, arguments)

    def make() -> ReviewWindow:
        window = ReviewWindow(sources, look, shows_trail=shows_trail())
        window.replay_wanted.connect(open_replay)
        if sources.first_file is not None:
            window.turn_to(FILES)
        return window

    window = GuardedWindow(people, "review", "Review", make, look, reader)
    window.resize(1920, 1080)
    window.showMaximized()
    return int(application.exec())
