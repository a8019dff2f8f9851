"""Pictures of a session's plots: the whole, seconds of it, and where a point came from."""

from __future__ import annotations

import time
from collections.abc import Callable

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.records.archive import Archive
from app.records.provenance import RecordedOrigins
from app.records.waves import RecordedWaves
from app.review.lanes.lane import Picked
from app.review.plots_and_tables import PlotsAndTables
from app.review.sources import Sources
from app.review.window import ReviewWindow
from protocols.vitals import NS_PER_S, Vital
from storage.database import Database

PATIENCE_S = 20.0


def picture_plots(
    record: Database, session: str, size: QSize, save: Callable[[QWidget, str], object]
) -> None:
    """The list of sessions and the one opened; zoomed; and with the card of a reading."""
    sources = Sources(
        catalogue=Archive(record), waves=RecordedWaves(record), origins=RecordedOrigins(record)
    )
    window = ReviewWindow(sources)
    window.resize(size)
    window.show()
    window.open(session)
    middle = window.sessions.page.middle
    wait(middle)
    save(window, "review")
    opened = middle.opened
    if opened is None:
        raise RuntimeError(f"{session} is not open")
    begin_ns = opened.state.infusion_started_ns or 0
    middle.show_span(begin_ns + 900 * NS_PER_S, begin_ns + 920 * NS_PER_S)
    middle.go_to(begin_ns + 908 * NS_PER_S)
    wait(middle)
    save(window, "review-seconds")
    stream = opened.streams[Vital.SPO2]
    place = int(stream.t_ns.searchsorted(begin_ns + 909 * NS_PER_S))
    number, t_ns = int(stream.numbers[place]), int(stream.t_ns[place])
    middle.view.picked.emit(Picked(t_ns=t_ns, number=number))
    wait(middle)
    save(window, "review-point")
    window.close()


def wait(middle: PlotsAndTables) -> None:
    """Until everything is read and drawn."""
    until = time.monotonic() + PATIENCE_S
    settled = time.monotonic() + 0.3
    while time.monotonic() < until:
        QApplication.processEvents()
        time.sleep(0.01)
        if not middle.depths.busy and time.monotonic() > settled:
            return
