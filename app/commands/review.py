"""`review`: the recorded sessions in a window, to read, export, verify and replay."""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from app.archive import Archive
from app.commands.database import DatabaseOption, opened_to_read
from app.places import ROOT
from app.places import database as place_of_database


def review(
    database: DatabaseOption = None,
    dark: Annotated[bool, typer.Option("--dark", help="Dark colours.")] = False,
) -> int:
    """Review recorded sessions: trends, events, dose, alarms; export and verify them."""
    with opened_to_read(database) as record:
        from PySide6.QtCore import QProcess
        from PySide6.QtWidgets import QApplication

        from app.review.window import ReviewWindow
        from app.theme import DARK, LIGHT

        place = place_of_database(database)
        application = QApplication.instance() or QApplication(sys.argv[:1])
        window = ReviewWindow(Archive(record), place, DARK if dark else LIGHT)

        def open_replay(session: str) -> None:
            """In a process of its own, so that neither window waits for the other."""
            arguments = [str(ROOT / "main.py"), "replay", session, "--database", place]
            QProcess.startDetached(sys.executable, arguments)

        window.replay_wanted.connect(open_replay)
        window.resize(1920, 1080)
        window.showMaximized()
        return int(application.exec())
