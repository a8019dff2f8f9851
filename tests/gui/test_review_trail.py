"""The review notes each look once, and shows who looked, who took a copy, who changed what."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.people.log_keeper import LogKeeper
from app.places import database as place_of_database
from app.records.catalogue import Search
from app.records.copying import RecordCopies
from app.review.trail_page import HEADINGS
from app.trail.archive import WatchedArchive, search_words
from app.trail.noting import Trail
from protocols.logbook.entries import Entry, Exported, LogbookOpened, Looked, Verified
from storage.database import open_database
from storage.logbook import read_logbooks
from tests.gui.review_desk import shown_desk
from tests.unit.app import recorded_sessions as recorded

WHO = "A. Reviewer"


class Review:
    """A review window over a record, its trail kept in this machine's own record."""

    def __init__(self, qtbot, record: Path, *, shows_trail: bool = True) -> None:
        self.qtbot = qtbot
        self.database = open_database(record, read_only=True)
        self.waited_s = 0.0
        self.keeper = LogKeeper(place_of_database(None))
        self.trail = Trail(self.keeper, "review", who=lambda: WHO, waited_s=lambda: self.waited_s)
        self.archive = WatchedArchive(self.database, self.trail, lambda: self.waited_s)
        self.window = shown_desk(
            qtbot,
            self.archive,
            size=(1280, 800),
            copies=RecordCopies(self.database, self.trail),
            choose_file=lambda _parent, name: str(record.parent / name),
            shows_trail=shows_trail,
        )

    def entries(self) -> list[Entry]:
        self.trail.flush()
        with open_database(place_of_database(None), read_only=True) as database:
            return [
                entry
                for book in read_logbooks(database)
                for entry in book.entries
                if not isinstance(entry, LogbookOpened)
            ]

    def looks(self) -> list[tuple[str, str]]:
        return [(one.subject, one.detail) for one in self.entries() if isinstance(one, Looked)]

    def press(self, button) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def close(self) -> None:
        self.window.close()
        self.archive.close()
        self.trail.close()
        self.database.close()


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("record") / "made.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def review(qtbot, made, tmp_path) -> Iterator[Review]:
    found = Review(qtbot, Path(shutil.copy(made, tmp_path / "copy.db")))
    yield found
    found.close()


def test_the_list_and_each_session_opened_are_one_look_each(review) -> None:
    newest = review.window.list.lines[0].session
    assert review.looks() == [("sessions", ""), (f"session {newest}", "")]
    review.window.look_again()
    review.window.grab()
    review.window.resize(1400, 900)
    assert len(review.looks()) == 2
    review.window.list.choose(recorded.CLOSED)
    review.window.list.choose(recorded.CUT)
    assert review.looks()[2:] == [(f"session {recorded.CLOSED}", "")]
    assert {entry.by for entry in review.entries()} == {WHO}


def test_looking_again_after_a_while_is_another_look(review) -> None:
    before = review.looks()
    review.waited_s += 1_000
    review.window.look_again()
    assert review.looks() == before * 2


def test_a_search_counts_once_it_stood_or_something_was_opened_from_it(review) -> None:
    listed = len(review.looks())
    for words in ("d", "do", "doe"):
        review.window.list.patient.setText(words)
    assert len(review.looks()) == listed
    review.waited_s += 5
    review.window.list.patient.setText("nobody")
    assert review.looks()[listed:] == [("sessions", "patient doe")]
    review.archive.close()
    assert review.looks()[-1] == ("sessions", "patient nobody")


def test_a_copy_taken_in_the_window_is_noted_with_its_digest(review, qtbot) -> None:
    review.window.list.choose(recorded.CLOSED)
    review.press(review.window.page.export)
    with qtbot.waitSignal(review.window.work.done, timeout=15_000):
        review.press(review.window.page.copying.make)
    (copy,) = [one for one in review.entries() if isinstance(one, Exported)]
    assert copy.sha256 == hashlib.sha256(Path(copy.path).read_bytes()).hexdigest()
    assert copy.subject == f"session {recorded.CLOSED}"


def test_a_verification_in_the_window_is_noted(review, qtbot) -> None:
    review.window.list.choose(recorded.CLOSED)
    with qtbot.waitSignal(review.window.work.done, timeout=15_000):
        review.press(review.window.page.verify)
    (verified,) = [one for one in review.entries() if isinstance(one, Verified)]
    assert verified.subject == f"session {recorded.CLOSED}"


def test_the_page_of_a_session_shows_its_trail(review, qtbot) -> None:
    review.window.list.choose(recorded.CLOSED)
    review.press(review.window.page.export)
    with qtbot.waitSignal(review.window.work.done, timeout=15_000):
        review.press(review.window.page.copying.make)
    review.press(review.window.page.middle.tabs["Trail"])
    rows = [row.cells for row in review.window.page.middle.trail.rows_model.rows]
    assert len(HEADINGS) == len(rows[0])
    assert [row[1:3] for row in rows] == [(WHO, "copy"), (WHO, "looked")]
    assert "SHA-256" in rows[0][3]
    assert all(recorded.CLOSED in row[3] for row in rows)
    assert review.window.page.middle.stack.currentWidget() is review.window.page.middle.trail


def test_every_table_is_named_whole_on_a_small_screen(review, qtbot) -> None:
    review.window.resize(1366, 768)
    tabs = review.window.page.middle.tabs.values()
    qtbot.waitUntil(lambda: all(tab.width() >= tab.sizeHint().width() for tab in tabs))


def test_the_trail_follows_the_session_that_is_opened_next(review) -> None:
    review.press(review.window.page.middle.tabs["Trail"])
    review.window.list.choose(recorded.CLOSED)
    rows = [row.cells for row in review.window.page.middle.trail.rows_model.rows]
    assert all(recorded.CLOSED in row[3] for row in rows)
    assert rows


def test_the_whole_trail_is_a_page_of_its_own(review) -> None:
    review.press(review.window.trail_button)
    assert review.window.stack.currentWidget() is review.window.trail
    kinds = {row.cells[2] for row in review.window.trail.table.rows_model.rows}
    assert {"looked", "logbook opened"} <= kinds
    review.press(review.window.trail.back)
    assert review.window.stack.currentWidget() is review.window.page


def test_who_may_not_see_the_trail_finds_no_way_to_it(qtbot, made, tmp_path) -> None:
    found = Review(qtbot, Path(shutil.copy(made, tmp_path / "copy.db")), shows_trail=False)
    assert not found.window.page.middle.tabs["Trail"].isVisible()
    assert not found.window.trail_button.isVisible()
    assert found.window.page.middle.tabs["Events"].isVisible()
    found.close()


def test_the_record_that_was_looked_at_is_as_it_was(qtbot, made, tmp_path) -> None:
    record = Path(shutil.copy(made, tmp_path / "copy.db"))
    before = record.read_bytes()
    found = Review(qtbot, record)
    found.window.list.choose(recorded.CLOSED)
    found.press(found.window.page.middle.tabs["Trail"])
    found.close()
    assert record.read_bytes() == before


def test_what_a_search_asks_for_is_said_in_words() -> None:
    assert search_words(Search()) == ""
    asked = Search(patient="doe", protocol="iv-0.5-40", with_alarms=False)
    assert search_words(asked) == "patient doe, protocol iv-0.5-40, without alarms"
