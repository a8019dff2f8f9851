"""Copies from the review: chosen with what is lost, made in the background, noted on the trail."""

from __future__ import annotations

import hashlib
import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from app.exchange.forms import FORMS, CopyForm
from app.records.archive import Archive
from app.records.catalogue import CatalogueError, Progress
from app.records.copies import CopyDone, CopyOrder
from app.records.copying import RecordCopies
from app.review.copy_side import NOT_PROVEN, UNPROTECTED, CopySide
from app.review.sessions_desk import SessionsDesk
from app.trail.noting import begin_trail
from storage.database import open_database
from tests.gui.review_desk import shown_desk
from tests.unit.app import recorded_sessions as recorded


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded.make_record(made)
    return made


class Desk:
    """The desk of sessions with copies, and where the person says they go."""

    def __init__(self, qtbot: QtBot, path: Path, folder: Path) -> None:
        self.database = open_database(path, read_only=True)
        self.trail = begin_trail("review")
        self.asked: list[str] = []
        self.answer: str | None = None
        self.folder = folder
        copies = RecordCopies(self.database, self.trail)
        self.desk: SessionsDesk = shown_desk(
            qtbot,
            Archive(self.database),
            copies=copies,
            choose_file=lambda _parent, name: self.choose(name),
        )
        self.desk.list.choose(recorded.CLOSED)
        self.side = self.desk.page.copying
        self.qtbot = qtbot

    def choose(self, name: str) -> str:
        self.asked.append(name)
        return str(self.folder / name) if self.answer is None else self.answer

    def press(self, button: object) -> None:
        self.qtbot.mouseClick(button, Qt.MouseButton.LeftButton)

    def copy(self) -> str:
        """Press the button, wait, and give what is said."""
        self.press(self.side.make)
        self.qtbot.waitUntil(lambda: not self.desk.work.busy, timeout=30_000)
        return str(self.desk.page.outcome.text())

    def close(self) -> None:
        self.desk.finish()
        self.trail.close()
        self.database.close()


@pytest.fixture
def desk(qtbot: QtBot, path: Path, tmp_path: Path) -> Iterator[Desk]:
    made = Desk(qtbot, path, tmp_path)
    made.press(made.desk.page.export)
    yield made
    made.close()


def test_the_form_stands_in_place_of_the_numbers_and_of_what_is_added(desk: Desk) -> None:
    page = desk.desk.page
    assert desk.side.isVisible()
    assert not page.numbers.isVisible()
    desk.press(page.amend)
    assert page.amending.isVisible()
    assert not desk.side.isVisible()
    desk.press(page.amend)
    assert page.numbers.isVisible()
    assert not page.export.isChecked()


def test_each_format_says_what_it_holds_and_what_is_lost(qtbot: QtBot) -> None:
    side = CopySide()
    qtbot.addWidget(side)
    assert side.form is CopyForm.CSV
    for form, button in side.forms.items():
        button.setChecked(True)
        assert side.form is form
        assert side.holds.text() == FORMS[form].holds
        assert FORMS[form].loses in side.loses.text()
        assert side.extra.isVisibleTo(side) is FORMS[form].needs_extra
        assert side.waveforms.isVisibleTo(side) is (form is CopyForm.CSV)
    assert side.warning.text() == UNPROTECTED
    side.deidentified.setChecked(True)
    assert NOT_PROVEN in side.warning.text()


def test_copies_are_made_where_asked_and_told_with_their_digest(desk: Desk) -> None:
    for form in (CopyForm.CSV, CopyForm.EDF):
        desk.side.forms[form].setChecked(True)
        said = desk.copy()
        name = f"{recorded.CLOSED}{FORMS[form].ending}"
        assert desk.asked.pop() == name
        digest = hashlib.sha256((desk.folder / name).read_bytes()).hexdigest()
        assert said.startswith(f"Written: {desk.folder / name}")
        assert f"SHA-256 {digest}" in said
    desk.side.forms[CopyForm.JSON].setChecked(True)
    desk.side.deidentified.setChecked(True)
    desk.copy()
    (name,) = desk.asked
    assert name.startswith("S-")
    content = json.loads((desk.folder / name).read_text("utf-8"))
    assert content["format"].endswith("deidentified")


def test_a_copy_that_goes_nowhere_is_said_or_not_begun(desk: Desk) -> None:
    desk.answer = str(desk.folder / "no" / "x.csv")
    assert "cannot be written" in desk.copy()
    desk.answer = ""
    desk.press(desk.side.make)
    assert not desk.desk.work.busy
    assert not list(desk.folder.iterdir())


class SlowCopies:
    """Makes a copy that goes on until it is stopped, or none at all."""

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.problem = ""

    def proposed(self, session: str, form: CopyForm, *, deidentified: bool) -> str:
        if self.problem:
            raise CatalogueError(self.problem)
        return f"{session}.{form}"

    def make(self, order: CopyOrder, progress: Progress) -> CopyDone | None:
        while progress(0.4):
            self.begun.set()
        return None


def test_a_copy_can_be_stopped_and_says_that_nothing_was_written(
    qtbot: QtBot, path: Path, tmp_path: Path
) -> None:
    copies = SlowCopies()
    with open_database(path, read_only=True) as database:
        desk = shown_desk(
            qtbot,
            Archive(database),
            copies=copies,
            choose_file=lambda _parent, name: str(tmp_path / name),
        )
        desk.list.choose(recorded.CLOSED)
        desk.page.export.setChecked(True)
        qtbot.mouseClick(desk.page.copying.make, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(copies.begun.is_set)
        qtbot.waitUntil(lambda: desk.page.progress.format().startswith("copying 40 %"))
        assert not desk.page.copying.make.isEnabled()
        qtbot.mouseClick(desk.page.stop, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not desk.work.busy)
        assert desk.page.outcome.text() == "Stopped before it was done: nothing was written."
        assert desk.page.copying.make.isEnabled()
        copies.problem = "No secret."
        qtbot.mouseClick(desk.page.copying.make, Qt.MouseButton.LeftButton)
        assert desk.page.outcome.text() == "No secret."


def test_a_review_without_copies_offers_none(qtbot: QtBot, path: Path) -> None:
    with open_database(path, read_only=True) as database:
        desk = shown_desk(qtbot, Archive(database))
        assert not desk.page.export.isVisible()
