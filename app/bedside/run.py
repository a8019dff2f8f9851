"""Runs the bedside program's windows until they are closed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from enum import Enum

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bedside.station import Station
from app.bedside.unlock_page import Lock, UnlockPage
from app.reception.desk import Desk
from app.theme import load_fonts


class Choice(Enum):
    """What a person wants where the record is locked."""

    UNLOCKED = "unlocked"
    BESIDE = "beside"
    LEAVE = "leave"


Opening = Callable[[Station], bool]
"""Shows the first page or begins a session; False when it could not."""


def run_station(
    desk: Desk, user: str, opening: Opening, *, fullscreen: bool, startup_only: bool
) -> int:
    """Show the station over the whole screen and let `opening` say what it begins with.

    Returns:
        The exit status, once the window is closed; with `startup_only` after the first paint.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts()
    station = Station(desk, user)
    for number in (signal.SIGINT, signal.SIGTERM):
        # asked for while a session is being opened, the end waits until that is done
        signal.signal(number, lambda *_: QTimer.singleShot(0, station.leave))
    screen = station.screen()
    if screen is not None:
        station.setGeometry(screen.availableGeometry())
    opening(station)
    if fullscreen:
        station.showFullScreen()
    else:
        station.showMaximized()
    if startup_only:
        QTimer.singleShot(0, station.leave)
    application.exec()
    return 0


def run_unlock(lock: Lock, *, fullscreen: bool) -> Choice:
    """Show the page of a locked record until a person has chosen what to do."""
    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts()
    page = UnlockPage(lock)
    chosen = [Choice.LEAVE]

    def choose(choice: Choice) -> None:
        chosen[0] = choice
        page.close()

    page.unlocked.connect(lambda: choose(Choice.UNLOCKED))
    page.beside_wanted.connect(lambda: choose(Choice.BESIDE))
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
    for number in before:
        signal.signal(number, lambda *_: QTimer.singleShot(0, page.close))
    if fullscreen:
        page.showFullScreen()
    else:
        page.showMaximized()
    application.exec()
    for number, handler in before.items():
        signal.signal(number, handler)
    page.deleteLater()
    return chosen[0]
