"""The desk of verification: verdicts as they come, a stop, the first difference, the document."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.printing.office import Office
from app.qa.verify_desk import NOTHING_YET, VerifyDesk
from app.records.archive import Archive
from app.records.verifying_here import VerifierHere
from app.review.sources import Sources
from app.review.window import ReviewWindow
from protocols.events import Event, Reading
from storage.database import Database, open_database

WRONG = "20260304-090000-room2-0003"


def _with_a_wrong_value(events: tuple[Event, ...]) -> list[Event]:
    """A session in which one reading is not what the bytes of its monitor say."""
    changed = list(events)
    place = next(
        n
        for n, e in enumerate(changed)
        if isinstance(e, Reading) and e.source == "oximeter" and e.value
    )
    event = changed[place]
    assert isinstance(event, Reading)
    changed[place] = replace(event, value=41.0)
    return changed


class Desk:
    """The desk in the window of the review, over a record of three sessions."""

    def __init__(self, qtbot: QtBot, database: Database, place: str) -> None:
        self.qtbot = qtbot
        self.written: list[Path] = []
        self.opened: list[tuple[str, int | None]] = []
        verifier = VerifierHere(
            database, place, office=Office(None, None), who=lambda: "Q. Example"
        )
        sources = Sources(catalogue=Archive(database), place=place, verifier=verifier)
        self.window = ReviewWindow(sources)
        qtbot.addWidget(self.window)
        self.window.resize(1366, 768)
        self.window.show()
        desk = self.window.turn_to("Verify")
        assert isinstance(desk, VerifyDesk)
        self.desk = desk

    def press(self, name: str) -> None:
        self.qtbot.mouseClick(getattr(self.desk, name), Qt.MouseButton.LeftButton)

    def wait(self) -> None:
        self.qtbot.waitUntil(lambda: not self.desk.work.busy, timeout=60_000)

    def row(self, session: str) -> tuple[str, ...]:
        rows = [row.cells for row in self.desk.table.rows_model.rows]
        return next(tuple(map(str, cells)) for cells in rows if cells[0] == session)

    def choose(self, session: str) -> None:
        rows = [row.cells[0] for row in self.desk.table.rows_model.rows]
        self.desk.table.selectRow(rows.index(session))


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("verify") / "sessions.db"
    recorded.make_record(path)
    recorded.write(path, WRONG, _with_a_wrong_value(recorded.cut_visit()), seal=False)
    recorded.age(path, WRONG)
    return path


@pytest.fixture
def desk(qtbot: QtBot, place: Path) -> Iterator[Desk]:
    with open_database(place, read_only=True) as database:
        made = Desk(qtbot, database, str(place))
        yield made
        made.window.close()


def test_all_is_verified_and_the_first_difference_is_named(desk: Desk) -> None:
    assert desk.desk.message.text() == NOTHING_YET
    assert not desk.desk.save.isEnabled()
    desk.press("all")
    assert desk.desk.stop.isEnabled()
    assert not desk.desk.all.isEnabled()
    desk.wait()
    assert desk.desk.message.text().startswith("3 sessions verified, 1 with a difference.")
    assert desk.row(recorded.CLOSED)[3] == "[+] good"
    wrong = desk.row(WRONG)
    assert wrong[3] == "[x] DIFFERENCE"
    assert wrong[4].startswith("event ")
    assert wrong[4].endswith("into the session: reading.")
    desk.choose(WRONG)
    assert "recorded 41.0, replayed" in desk.desk.detail.toPlainText()
    desk.choose(recorded.CLOSED)
    assert "identical: " in desk.desk.detail.toPlainText()
    assert not desk.desk.go_there.isEnabled()


def test_a_selection_is_verified_alone(desk: Desk) -> None:
    desk.choose(recorded.CUT)
    desk.press("selected")
    desk.wait()
    assert desk.desk.message.text() == "1 session verified, no difference found."
    assert desk.row(recorded.CUT)[3] == "[+] good"
    assert desk.row(WRONG)[3] == ""


def test_a_session_opens_at_its_difference(desk: Desk) -> None:
    desk.choose(WRONG)
    desk.press("selected")
    desk.wait()
    desk.choose(WRONG)
    desk.press("go_there")
    assert desk.window.tabs["Sessions"].isChecked()


def test_the_result_is_written_as_the_file_is_named(
    desk: Desk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    chosen = ""
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_asked: (chosen, ""))
    desk.choose(recorded.CUT)
    desk.press("selected")
    desk.wait()
    for name in ("result.html", "result.pdf"):
        chosen = str(tmp_path / name)
        desk.press("save")
        assert desk.desk.message.text().startswith(f"{tmp_path / name}: written")
    text = (tmp_path / "result.html").read_text(encoding="utf-8")
    assert "Q. Example" in text
    assert recorded.CUT in text
    assert (tmp_path / "result.pdf").read_bytes().startswith(b"%PDF")
    chosen = str(tmp_path / "no" / "x.pdf")
    desk.press("save")
    assert "cannot be written" in desk.desk.message.text()


def test_it_can_be_stopped_and_says_what_was_done(desk: Desk) -> None:
    desk.press("all")
    desk.press("stop")
    desk.wait()
    assert desk.desk.message.text().startswith("Stopped: ")
    assert desk.desk.all.isEnabled()


def test_everything_is_reached_by_key_and_named(desk: Desk) -> None:
    for widget in (desk.desk.all, desk.desk.selected, desk.desk.stop, desk.desk.save):
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert widget.text()
    for widget in (desk.desk.table, desk.desk.detail, desk.desk.progress, desk.desk.message):
        assert widget.accessibleName()
