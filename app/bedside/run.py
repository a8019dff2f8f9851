"""Runs the bedside program's window until it is closed."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.bedside.station import Station
from app.reception.desk import Desk
from app.theme import load_fonts

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
