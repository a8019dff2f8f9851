"""Answers on episodes that are not yet recorded: told wherever they are not in view, and kept."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from app.bedside.guarded_window import GuardedWindow
from app.people.reader import Reader
from app.records.archive import Archive
from app.review.desks import FILES
from app.review.sources import Sources
from app.review.unrecorded_bar import CLOSE
from app.review.window import SESSIONS, ReviewWindow
from app.theme import DARK
from protocols.events import EpisodeKind, EpisodeOutcome
from storage.database import open_database
from tests.gui.people_stories import NURSE, PIN, PRESCRIBER, FakePeople
from tests.gui.test_review_episodes import scene
from tests.unit.app import recorded_sessions as recorded

OTHER = recorded.CLOSED


@pytest.fixture(scope="module")
def events() -> tuple[object, ...]:
    return tuple(scene().record)


@pytest.fixture
def place(tmp_path: Path, events: tuple[object, ...]) -> Path:
    path = tmp_path / "record.db"
    recorded.write(path, OTHER, recorded.visit())
    recorded.write(path, "20260402-090000-room2-0009", events)  # type: ignore[arg-type]
    return path


MINE = "20260402-090000-room2-0009"


@pytest.fixture
def window(qtbot: QtBot, place: Path) -> Iterator[ReviewWindow]:
    with open_database(place, read_only=True) as database:
        made = ReviewWindow(Sources(catalogue=Archive(database)))
        qtbot.addWidget(made)
        made.resize(1366, 768)
        with qtbot.waitExposed(made):
            made.show()
        made.open(MINE)
        yield made
        made.sessions.page.episodes.discard(made.sessions.page.episodes.unrecorded)
        made.close()


def answer(qtbot: QtBot, window: ReviewWindow) -> None:
    """Begin the review and say something of the rise, without recording it."""
    side = window.sessions.page.episodes
    window.sessions.page.look.setChecked(True)
    side.name.setText("C. Novak PhD")
    qtbot.mouseClick(side.begin, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not window.sessions.work.busy, timeout=20_000)
    side.list.clearSelection()
    for row, one in enumerate(side.standings()):
        if one.episode.kind is EpisodeKind.RISE:
            side.list.item(row).setSelected(True)
    side.comment.setText("After the dose was raised")
    side.outcome.show_value(EpisodeOutcome.EXPECTED)
    side.close_button.click()
    assert side.unrecorded == {MINE: 1}


def test_another_session_or_desk_tells_of_them_and_leads_back(
    qtbot: QtBot, window: ReviewWindow
) -> None:
    answer(qtbot, window)
    bar = window.unrecorded
    assert not bar.isVisible()
    window.open(OTHER)
    assert bar.isVisible()
    assert bar.words.text() == f"Not recorded: 1 answer on episodes of {MINE}."
    window.turn_to(FILES)
    assert bar.isVisible()
    bar.go.setFocus()
    qtbot.keyClick(bar.go, Qt.Key.Key_Space)
    assert window.tabs[SESSIONS].isChecked()
    opened = window.sessions.page.opened
    assert opened is not None
    assert opened.line.session == MINE
    assert not bar.isVisible()
    side = window.sessions.page.episodes
    assert side.isVisible()
    assert side.record.isVisible()
    window.turn_to(FILES)
    qtbot.mouseClick(bar.discard, Qt.MouseButton.LeftButton)
    assert not bar.isVisible()
    assert side.unrecorded == {}


def test_the_window_stays_until_they_are_recorded_or_discarded(
    qtbot: QtBot, window: ReviewWindow
) -> None:
    answer(qtbot, window)
    assert not window.close()
    assert window.isVisible()
    assert window.unrecorded.words.text().endswith(CLOSE)
    side = window.sessions.page.episodes
    side.record.click()
    qtbot.waitUntil(lambda: not window.sessions.work.busy, timeout=20_000)
    assert side.unrecorded == {}
    assert not window.unrecorded.isVisible()
    assert window.close()


def test_a_comment_begun_is_there_again_and_counts(qtbot: QtBot, window: ReviewWindow) -> None:
    answer(qtbot, window)
    side = window.sessions.page.episodes
    side.drop.click()
    side.comment.setText("Cuff slipp")
    side.outcome.show_value(EpisodeOutcome.ARTEFACT)
    window.open(OTHER)
    assert side.comment.text() == ""
    assert window.unrecorded.words.text() == f"Not recorded: 1 answer on episodes of {MINE}."
    window.open(MINE)
    assert side.comment.text() == "Cuff slipp"
    assert side.outcome.value() == EpisodeOutcome.ARTEFACT
    assert not window.close()
    window.unrecorded.discard.click()
    assert side.comment.text() == ""
    assert window.close()


# -- behind the guard -----------------------------------------------------------------------------


class Stubborn(QWidget):
    """Content in which something is not recorded, until it is."""

    def __init__(self) -> None:
        super().__init__()
        self.recorded = False

    def closeEvent(self, event) -> None:
        if not self.recorded and not self.property("given_up"):
            event.ignore()


class Guarded:
    def __init__(self, qtbot: QtBot) -> None:
        self.people = FakePeople(NURSE, PRESCRIBER)
        self.made: list[Stubborn] = []
        self.window = GuardedWindow(
            *(self.people, "review", "Review", self.make, DARK), reader=Reader()
        )
        qtbot.addWidget(self.window)
        self.window.show()

    def make(self) -> QWidget:
        self.made.append(Stubborn())
        return self.made[-1]

    def sign_in(self, account) -> None:
        self.window.asking.form.list.rows[account.user].click()
        self.window.asking.form.pad.entered.emit(PIN)
        self.people.deliver()


def test_what_one_has_not_recorded_is_there_again_after_another_read(qtbot: QtBot) -> None:
    guarded = Guarded(qtbot)
    guarded.sign_in(NURSE)
    assert not guarded.window.close()
    assert guarded.made[0].isVisible()
    guarded.window.lock()
    guarded.sign_in(PRESCRIBER)
    assert len(guarded.made) == 2
    assert not guarded.made[0].isVisible()
    guarded.made[1].recorded = True
    guarded.window.lock()
    guarded.sign_in(NURSE)
    assert guarded.window.content is guarded.made[0]
    assert guarded.made[0].isVisible()
    guarded.made[0].recorded = True
    assert guarded.window.close()


def test_a_locked_window_says_whose_words_would_be_lost_and_closes_when_asked_again(
    qtbot: QtBot,
) -> None:
    guarded = Guarded(qtbot)
    guarded.sign_in(NURSE)
    guarded.window.lock()
    assert not guarded.window.close()
    words = guarded.window.asking.reason.text()
    assert words.startswith(f"{NURSE.user}: not all that was said here is recorded.")
    guarded.sign_in(NURSE)
    assert guarded.window.content is guarded.made[0]
    guarded.window.lock()
    assert not guarded.window.close()
    assert guarded.window.close()
