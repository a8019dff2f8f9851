"""A row of a session's tables that is clicked shows where it came from, and covers no work."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import plotted_visit

from app.records.archive import Archive
from app.records.provenance import RecordedOrigins
from app.records.waves import RecordedWaves
from app.review.record_table import RecordTable
from app.review.session_page import SessionPage
from app.review.sources import Sources
from app.review.window import ReviewWindow
from storage.database import open_database

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def page(tmp_path: Path, qtbot: QtBot) -> Iterator[SessionPage]:
    path = tmp_path / "sessions.db"
    plotted_visit.write(path)
    with open_database(path, read_only=True) as database:
        sources = Sources(
            catalogue=Archive(database),
            waves=RecordedWaves(database),
            origins=RecordedOrigins(database),
        )
        window = ReviewWindow(sources)
        qtbot.addWidget(window)
        window.resize(1366, 768)
        with qtbot.waitExposed(window):
            window.show()
        yield window.sessions.page
        window.close()


def click(qtbot: QtBot, table: RecordTable, row: int) -> None:
    table.scrollTo(table.rows_model.index(row, 0))
    middle = table.visualRect(table.rows_model.index(row, 1)).center()
    qtbot.mouseClick(table.viewport(), LEFT, pos=QPoint(middle))


def test_rows_show_their_origin_in_place_of_the_numbers_but_never_over_work(
    qtbot: QtBot, page: SessionPage
) -> None:
    card = page.middle.card
    for name in ("Events", "Alarms", "Observations", "Dose"):
        page.middle.tabs[name].click()
        table = page.middle.tables[name]
        row = next(n for n, one in enumerate(table.rows_model.rows) if one.number is not None)
        click(qtbot, table, row)
        qtbot.waitUntil(lambda: card.shown is not None)
        assert card.isVisible()
        assert not page.numbers.isVisible()
        number = table.rows_model.rows[row].number
        assert f"Event in the record: {number} of " in card.shown.as_text()  # type: ignore[union-attr]
        assert page.middle.view.cursor_line.t_ns == table.rows_model.rows[row].t_ns
        qtbot.mouseClick(card.close_button, LEFT)
        assert page.numbers.isVisible()
    qtbot.mouseClick(page.amend, LEFT)
    assert page.amending.isVisible()
    click(qtbot, table, 0)
    assert page.amending.isVisible()
    assert not card.isVisible()
    qtbot.mouseClick(page.amend, LEFT)
    assert page.numbers.isVisible()


def test_every_row_of_events_and_alarms_has_its_event(page: SessionPage) -> None:
    opened = page.opened
    assert opened is not None
    for name in ("Events", "Alarms", "Dose"):
        rows = page.middle.tables[name].rows_model.rows
        assert rows
        assert all(row.number is not None for row in rows)
        times = dict(zip(opened.numbers, (event.t_ns for event in opened.events), strict=True))
        assert all(row.number in times for row in rows)


def test_keys_reach_every_lane_and_what_stands_at_the_cursor(
    qtbot: QtBot, page: SessionPage
) -> None:
    view = page.middle.view
    cursor = view.cursor_line
    before = view.canvas.mapTo(view, QPoint(0, 0)).y()
    qtbot.keyClick(cursor, Qt.Key.Key_PageDown)
    assert view.canvas.mapTo(view, QPoint(0, 0)).y() < before
    qtbot.keyClick(cursor, Qt.Key.Key_PageUp)
    assert view.canvas.mapTo(view, QPoint(0, 0)).y() == before
    page.go_to(plotted_visit.visit().packet_ns)
    qtbot.keyClick(cursor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: page.middle.card.shown is not None)
    assert page.middle.card.isVisible()
