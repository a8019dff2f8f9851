"""Runs the staff station's window until it is closed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Sequence

from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QApplication

from app.sounding.player import Player
from app.staff.station import Station
from app.staff.station_window import StationWindow
from app.theme import load_fonts


class NoSuchDisplayError(Exception):
    """The display that was asked for is not there; the text says how many are."""


def run_staff_station(
    station: Station, player: Player | None, people: Sequence[str], user: str, *, display: int
) -> int:
    """Show `station`, over the whole display number `display` where it is not 0.

    Returns:
        The exit status, once the window is closed.

    Raises:
        NoSuchDisplayError: there is no such display.
    """
    application = QApplication.instance() or QApplication(sys.argv[:1])
    load_fonts()
    screens = QGuiApplication.screens()
    if display > len(screens):
        raise NoSuchDisplayError(
            f"--display {display}: the system shows {len(screens)}; they count from 1"
        )
    window = StationWindow(station, people, user)
    if display:
        window.setGeometry(screens[display - 1].geometry())
    if player is not None:
        player.start()
    station.start()
    window.start()
    if display:
        window.showFullScreen()
    else:
        window.showMaximized()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: window.close())
    application.exec()
    if player is not None:
        player.close()
    return 0
