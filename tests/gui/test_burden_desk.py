"""The desk of the alarm burden: read, narrow, choose a cell, open a session, save."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.qa.burden_desk import ROOM, ROOM_RULE, RULE, TIME, TIME_RULE, BurdenDesk
from app.records.archive import Archive
from app.records.burden_reading import BurdenArchive
from app.records.catalogue import CatalogueError
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.reviewing.alarm_burden import (
    CountedAlarm,
    CountedSession,
    Fate,
    Narrowing,
    Span,
)
from protocols.events import Priority
from protocols.vitals import NS_PER_S
from storage.database import open_database

Opened = list[tuple[str, int | None]]


def counted(name: str, room: str, day: date, rules: str, *, simulated: bool = False):
    alarms = tuple(
        CountedAlarm(
            rule=rule,
            priority=Priority.HIGH if rule == "high" else Priority.LOW,
            technical=False,
            raised_ns=(number + 1) * 60 * NS_PER_S,
            lasted_ns=20 * NS_PER_S,
            fate=Fate.IN_TIME if number else Fate.NOBODY,
        )
        for number, rule in enumerate(rules.split())
    )
    return CountedSession(
        session=name,
        room=room,
        protocol="iv-0.5-40",
        simulated=simulated,
        day=day,
        watched_ns=2 * 3600 * NS_PER_S,
        alarms=alarms,
    )


SESSIONS = [
    counted("first", "Room 1", date(2026, 11, 3), "high high low low low low"),
    counted("second", "Room 2", date(2026, 11, 26), "high low", simulated=True),
]


class Reader:
    """Gives the sessions of this test; what was written is kept."""

    def __init__(self) -> None:
        self.written: list[tuple[int, Narrowing, Span, Path]] = []
        self.trouble = ""
        self.held: threading.Event | None = None

    def read(
        self, since: date | None, until: date | None, go_on: Callable[[float], bool]
    ) -> Sequence[CountedSession] | None:
        if self.held is not None:
            self.held.wait(10)
        if self.trouble:
            raise CatalogueError(self.trouble)
        return SESSIONS if go_on(0.5) else None

    def write(
        self, sessions: Sequence[CountedSession], narrowing: Narrowing, span: Span, path: Path
    ) -> str:
        self.written.append((len(sessions), narrowing, span, path))
        return f"{path}: written."


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
def opened() -> Opened:
    return []


@pytest.fixture
def desk(qtbot: QtBot, reader: Reader, opened: Opened, tmp_path: Path) -> Iterator[BurdenDesk]:
    made = BurdenDesk(
        reader,
        lambda session, t_ns=None: opened.append((session, t_ns)),
        save_file=lambda _parent, _title, proposed, _pattern: str(tmp_path / proposed),
    )
    qtbot.addWidget(made)
    made.setMinimumSize(1024, 600)
    made.resize(1366, 700)
    with qtbot.waitSignal(made.work.done), qtbot.waitExposed(made):
        made.show()
    yield made
    made.finish()


def rows(desk: BurdenDesk, name: str) -> list[tuple[str, ...]]:
    return [tuple(row) for row in desk.tables[name].cells.rows]


def choose(desk: BurdenDesk, name: str, row: int, column: int) -> None:
    desk.turn_to(name)
    table = desk.tables[name]
    table.setCurrentIndex(table.cells.index(row, column))


def test_rooms_rules_and_weeks_are_counted_with_n(desk: BurdenDesk) -> None:
    assert desk.head.text() == "8 alarms in 2 sessions (1 simulated), 4.0 h monitored."
    assert [row[:5] for row in rows(desk, ROOM)] == [
        ("Room 1", "6", "3.00", "83 % of 6", "17 % of 6"),
        ("Room 2", "2", "1.00", "1 of 2", "1 of 2"),  # fewer than 5: no share
    ]
    assert [row[:2] for row in rows(desk, RULE)] == [("low", "5"), ("high", "3")]
    assert [row[:2] for row in rows(desk, TIME)] == [
        ("2026-W45", "6"),
        ("2026-W46", "0"),
        ("2026-W47", "0"),
        ("2026-W48", "2"),
    ]
    assert rows(desk, ROOM_RULE) == [
        ("low", "4 (2.00/h)", "1 (0.50/h)"),
        ("high", "2 (1.00/h)", "1 (0.50/h)"),
    ]


def test_filters_narrow_every_table(qtbot: QtBot, desk: BurdenDesk) -> None:
    desk.filter.kind.setCurrentIndex(1)
    assert [row[0] for row in rows(desk, ROOM)] == ["Room 1"]
    desk.filter.kind.setCurrentIndex(0)
    desk.priority.setCurrentIndex(1)  # the gravest
    assert rows(desk, RULE)[0][:2] == ("high", "3")
    assert len(rows(desk, RULE)) == 1
    desk.priority.setCurrentIndex(0)
    qtbot.keyClicks(desk.filter.since, "2026-11-10")
    qtbot.keyClick(desk.filter.since, Qt.Key.Key_Return)
    assert [row[0] for row in rows(desk, ROOM)] == ["Room 2"]
    desk.filter.since.clear()
    qtbot.keyClick(desk.filter.since, Qt.Key.Key_Return)
    desk.span.setCurrentIndex(1)
    assert [row[:2] for row in rows(desk, TIME)] == [("2026-11", "8")]


def test_a_cell_lists_its_occurrences_and_opens_the_session(
    qtbot: QtBot, desk: BurdenDesk, opened: Opened
) -> None:
    choose(desk, ROOM_RULE, 1, 1)
    assert desk.list_words.text().startswith("high, Room 1: 2 occurrences.")
    listed = [row.cells for row in desk.list.rows_model.rows]
    assert [cells[:3] for cells in listed] == [
        ("first", "0:01:00", "high"),
        ("first", "0:02:00", "high"),
    ]
    assert [cells[4] for cells in listed] == ["nobody answered", "answered in time"]
    desk.list.setFocus()
    desk.list.selectRow(1)
    qtbot.keyClick(desk.list, Qt.Key.Key_Return)
    assert opened == [("first", 120 * NS_PER_S)]


def test_weeks_rules_and_rooms_can_be_chosen_and_the_bars_follow(desk: BurdenDesk) -> None:
    assert desk.bars.title == "All, by week"
    choose(desk, TIME, 3, 1)
    assert len(desk.occurrences) == 2
    choose(desk, RULE, 1, 0)
    assert len(desk.occurrences) == 3
    assert desk.bars.title == "high, by week"
    choose(desk, TIME_RULE, 0, 1)
    assert len(desk.occurrences) == 4
    assert "2026-W46: no session" in desk.bars.accessibleDescription()
    assert "2.00 per hour" in desk.bars.accessibleDescription()


def test_the_bars_are_drawn_in_both_sizes_of_type(desk: BurdenDesk) -> None:
    picture = desk.bars.grab().toImage()
    colours = {
        picture.pixelColor(x, y).name()
        for x in range(0, picture.width(), 3)
        for y in range(0, picture.height(), 3)
    }
    assert len(colours) > 2


def test_what_is_counted_is_saved_as_it_is_narrowed(
    qtbot: QtBot, desk: BurdenDesk, reader: Reader, tmp_path: Path
) -> None:
    desk.filter.kind.setCurrentIndex(1)
    with qtbot.waitSignal(desk.work.done):
        qtbot.mouseClick(desk.save, Qt.MouseButton.LeftButton)
    narrowing = Narrowing(simulated=False)
    assert reader.written == [(1, narrowing, Span.WEEK, tmp_path / "alarm-burden.pdf")]
    assert "written" in desk.message.text()


def test_reading_can_be_stopped_and_a_fault_is_said(
    qtbot: QtBot, desk: BurdenDesk, reader: Reader
) -> None:
    reader.held = threading.Event()
    desk.look_again()
    assert desk.progress.isVisible()
    with qtbot.waitSignal(desk.work.done):
        qtbot.mouseClick(desk.stop, Qt.MouseButton.LeftButton)
        reader.held.set()
    assert desk.message.text() == "Stopped before all was read: nothing new is counted."
    assert len(rows(desk, ROOM)) == 2  # what was counted before stays
    reader.trouble = "The record cannot be read."
    with qtbot.waitSignal(desk.work.failed):
        desk.look_again()
    assert desk.message.text() == "The record cannot be read."


def test_no_table_has_a_column_of_people(desk: BurdenDesk) -> None:
    headings = {
        str(heading).lower() for table in desk.tables.values() for heading in table.cells.headings
    }
    assert not headings & {"by", "who", "name", "nurse", "person", "acknowledged by"}
    names = [QAccessible.queryAccessibleInterface(table) for table in desk.tables.values()]
    assert all(names)


def test_a_record_is_counted_in_the_review(qtbot: QtBot, tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    recorded.write(path, recorded.CLOSED, recorded.visit())
    with open_database(path, read_only=True) as database:
        sources = Sources(catalogue=Archive(database), burden=BurdenArchive(database, str(path)))
        window = ReviewWindow(sources)
        qtbot.addWidget(window)
        desk = window.turn_to("Alarm burden")
        assert isinstance(desk, BurdenDesk)
        qtbot.waitUntil(lambda: not desk.work.busy)
        assert "in 1 session (1 simulated)" in desk.head.text()
        choose(desk, RULE, 0, 1)
        desk.list.activated.emit(desk.list.rows_model.index(0, 0))
        opened = window.sessions.page.opened
        assert opened is not None
        assert opened.line.session == recorded.CLOSED
        window.close()
