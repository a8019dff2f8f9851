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
from app.review.replay_order import ReplayOrder
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.theme import DARK, LIGHT, load_fonts


def run_review(
    sources: Sources,
    replay_command: Callable[[ReplayOrder], Sequence[str]],
    people: People,
    reader: Reader,
    *,
    dark: bool = False,
    shows_trail: Callable[[], bool],
) -> int:
    """Review what `sources` give; gives the exit status.

    Where `people` have accounts the sessions are shown to who signed in, whom `reader` then names;
    `shows_trail`: whether this person may see who looked at what.

    A replay runs `replay_command` of its order in a process of its own, so that neither window
    waits for the other.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts()
    look = DARK if dark else LIGHT

    def make() -> ReviewWindow:
        window = ReviewWindow(sources, look, shows_trail=shows_trail())

        def open_replay(order: ReplayOrder) -> None:
            window.tell(_open_replay(replay_command, order))

        window.replay_wanted.connect(open_replay)
        if sources.first_file is not None:
            window.turn_to(FILES)
        return window

    window = GuardedWindow(people, "review", "Review", make, look, reader)
    window.show_large()
    return int(application.exec())


def _open_replay(replay_command: Callable[[ReplayOrder], Sequence[str]], order: ReplayOrder) -> str:
    """Start the replay of `order`; why it could not be, empty where it was."""
    try:
        program, *arguments = replay_command(order)
    except OSError as error:
        return f"The limits of the replay cannot be written to a file: {error.strerror}."
    started, _number = QProcess.startDetached(program, arguments)
    return "" if started else f"The replay of {order.session} could not be started."
