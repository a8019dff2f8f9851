"""The desk of sessions in the window of the review, shown."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from app.people.door import People
from app.records.catalogue import Catalogue
from app.records.copies import Copies
from app.review.sessions_desk import SessionsDesk
from app.review.sources import Sources
from app.review.window import ReviewWindow


def shown_desk(
    qtbot: QtBot,
    catalogue: Catalogue,
    place: str = "sessions.db",
    size: tuple[int, int] = (1366, 768),
    copies: Copies | None = None,
    people: People | None = None,
    **more: object,
) -> SessionsDesk:
    """The desk of sessions over `catalogue`; its window lives as long as it."""
    sources = Sources(catalogue=catalogue, place=place, copies=copies, people=people)
    window = ReviewWindow(sources, **more)  # type: ignore[arg-type]
    qtbot.addWidget(window)
    window.resize(*size)
    with qtbot.waitExposed(window):
        window.show()
    window.sessions.shown_in = window  # type: ignore[attr-defined]
    return window.sessions
