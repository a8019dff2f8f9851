"""The list of a large record comes in pages: the newest at once, more where one scrolls to."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from PySide6.QtCore import QModelIndex
from pytestqt.qtbot import QtBot

from app.records.catalogue import (
    CatalogueError,
    OpenedSession,
    Progress,
    RecordedSession,
    Search,
    SessionLine,
    SignatureVerdict,
    Standing,
    TrailLine,
    Verdict,
)
from app.review.sessions_desk import PAGE, SessionsDesk
from protocols.events import Command, PersonIdentified
from tests.gui.review_desk import shown_desk

START = datetime(2026, 1, 1, 8, tzinfo=UTC)


class ManySessions:
    """A record of `count` sessions of which none can be opened; notes what is asked of it."""

    def __init__(self, count: int) -> None:
        self.lines = [_line(number) for number in reversed(range(count))]
        self.asked: list[tuple[int, int | None]] = []

    def list_sessions(
        self, search: Search, first: int = 0, most: int | None = None
    ) -> list[SessionLine]:
        self.asked.append((first, most))
        found = [line for line in self.lines if search.patient in line.patient]
        return found[first : None if most is None else first + most]

    def count_sessions(self, search: Search) -> int:
        return sum(search.patient in line.patient for line in self.lines)

    def protocols(self) -> list[str]:
        return ["iv-0.5-40"]

    def open_session(self, session: str) -> OpenedSession:
        raise CatalogueError("This record is only listed.")

    def read_session(self, session: str) -> RecordedSession:
        raise CatalogueError("This record is only listed.")

    def trail(self, session: str = "") -> list[TrailLine]:
        return []

    def verify(self, session: str, progress: Progress) -> Verdict | None:
        return None

    def signatures(self, session: str) -> list[SignatureVerdict]:
        return []

    def amend(
        self,
        session: str,
        commands: Sequence[Command],
        identified: Sequence[PersonIdentified] = (),
        after: int | None = None,
        progress: Progress | None = None,
    ) -> int:
        raise CatalogueError("This record is only listed.")


def _line(number: int) -> SessionLine:
    return SessionLine(
        session=f"s{number:05d}",
        started_at=START + timedelta(hours=number),
        room="Room 1",
        protocol="iv-0.5-40",
        patient=("MEYER, Anna", "LEE, Tom")[number % 2],
        mrn=f"MRN-{number}",
        standing=Standing.CLOSED,
        phase="discharged",
        simulated=False,
        delivered_mg="35",
        alarms=0,
        technical_alarms=0,
        duration_s=7_200.0,
    )


def _shown(qtbot: QtBot, record: ManySessions) -> SessionsDesk:
    return shown_desk(qtbot, record, size=(1280, 800))


def test_the_newest_page_is_listed_and_every_session_counted(qtbot: QtBot) -> None:
    record = ManySessions(3 * PAGE - 10)
    window = _shown(qtbot, record)
    assert len(window.list.lines) == PAGE
    assert window.list.lines[0].session == f"s{3 * PAGE - 11:05d}"
    assert window.list.count.text() == f"newest {PAGE} of {3 * PAGE - 10} sessions"
    assert all(most == PAGE for _, most in record.asked)


def test_scrolling_to_the_end_brings_the_rest(qtbot: QtBot) -> None:
    window = _shown(qtbot, ManySessions(2 * PAGE + 5))
    view = window.list.view
    qtbot.waitUntil(
        lambda: (view.scrollToBottom(), len(window.list.lines) == 2 * PAGE + 5)[1], timeout=5_000
    )
    assert [line.session for line in window.list.lines][-1] == "s00000"
    assert window.list.count.text() == f"{2 * PAGE + 5} sessions"
    assert not view.model().canFetchMore(QModelIndex())


def test_a_session_that_began_meanwhile_is_not_listed_twice(qtbot: QtBot) -> None:
    record = ManySessions(PAGE + 20)
    window = _shown(qtbot, record)
    record.lines.insert(0, _line(PAGE + 20))
    window.list.view.model().fetchMore(QModelIndex())
    names = [line.session for line in window.list.lines]
    assert len(names) == len(set(names)) == PAGE + 20


def test_a_search_counts_what_it_finds(qtbot: QtBot) -> None:
    window = _shown(qtbot, ManySessions(4 * PAGE))
    window.list.patient.setText("LEE")
    assert window.list.count.text() == f"newest {PAGE} of {2 * PAGE} sessions"
    window.list.patient.setText("nobody")
    assert window.list.count.text() == "0 sessions"
