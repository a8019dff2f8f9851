"""The documents of a session and of a course in the review: chosen, lacking, written, stopped."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.printing.document_maker import DocumentMaker
from app.printing.documents import DocumentError, Site
from app.printing.offered import Offer, Progress, Sort
from app.printing.office import Office
from app.printing.result_document import WrittenDocument
from app.records.archive import Archive
from app.records.catalogue import OpenedSession
from app.review.course_report_row import CourseReportRow
from app.review.documents_side import COMPLETE, STOPPED, DocumentsSide
from app.review.sessions_desk import SessionsDesk
from app.review.sources import Sources
from app.review.window import ReviewWindow
from storage.database import open_database


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Archive]:
    """A record with a closed and a cut session."""
    path = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded.make_record(path)
    with open_database(path, read_only=True) as database:
        yield Archive(database)


@dataclass
class Noted:
    """A trail that remembers."""

    copies: list[tuple[str, str, Path]] = field(default_factory=list)

    def exported(self, subject: str, form: str, path: Path) -> None:
        self.copies.append((subject, form, path))


@pytest.fixture
def noted() -> Noted:
    return Noted()


def shown(
    qtbot: QtBot, archive: Archive, noted: Noted, choose: Callable[..., str]
) -> tuple[SessionsDesk, DocumentsSide]:
    """The desk with its documents turned to."""
    maker = DocumentMaker(
        Office(noted, None),  # type: ignore[arg-type]  # remembers in place of the logbook
        lambda: Site(card={}),
        open_session=archive.open_session,
    )
    window = ReviewWindow(Sources(catalogue=archive, documents=maker), choose_file=choose)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    with qtbot.waitExposed(window):
        window.show()
    desk = window.sessions
    desk.shown_in = window  # type: ignore[attr-defined]
    desk.open(recorded.CLOSED)
    side = desk.documents
    assert side is not None
    button = next(
        b for b in desk.page.findChildren(type(desk.page.amend)) if b.text() == "Documents"
    )
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert side.isVisible()
    assert not desk.page.numbers.isVisible()
    return desk, side


def test_what_a_document_lacks_is_said_before_it_is_made(
    qtbot: QtBot, archive: Archive, noted: Noted
) -> None:
    desk, side = shown(qtbot, archive, noted, lambda *_: "")
    assert side.offer is not None
    assert side.offer.sort is Sort.REPORT
    qtbot.waitUntil(lambda: "Still to be signed" in side.lacking.text())
    titles = [side.choices.item(row).text() for row in range(side.choices.count())]
    assert titles[:2] == ["Report of the session", "Summary of the session"]
    assert "Instructions for after your treatment" in titles
    side.choices.setCurrentRow(1)
    qtbot.waitUntil(lambda: "Site: not on the site card" in side.lacking.text())
    assert "Nothing is sent anywhere" in side.about.text()
    assert side.horizontalScrollBar().maximum() == 0
    desk.open(recorded.CUT)
    qtbot.waitUntil(lambda: "INTERRUPTED" in side.lacking.text())


def test_a_document_is_written_where_the_person_chooses_and_noted(
    qtbot: QtBot, archive: Archive, noted: Noted, tmp_path: Path
) -> None:
    _, side = shown(qtbot, archive, noted, lambda _parent, proposed: str(tmp_path / proposed))
    with qtbot.waitSignal(side.made, timeout=20_000) as made:
        side.write.click()
        assert not side.write.isEnabled()
    path = tmp_path / f"{recorded.CLOSED}-report.pdf"
    assert made.args == [
        WrittenDocument(path=path, sha256=made.args[0].sha256, key="", words=made.args[0].words)
    ]
    assert path.read_bytes().startswith(b"%PDF")
    assert side.outcome.text().startswith(f"{path}: written")
    assert side.write.isEnabled()
    assert noted.copies == [(f"session {recorded.CLOSED}", "PDF, session-report 1", path)]


def test_nothing_is_written_where_no_place_is_chosen(
    qtbot: QtBot, archive: Archive, noted: Noted
) -> None:
    _, side = shown(qtbot, archive, noted, lambda *_: "")
    side.write.click()
    assert not side.writing.busy
    assert noted.copies == []


@dataclass
class SlowDocuments:
    """Documents that wait until they may go on; `fault` is raised in place of writing."""

    fault: str = ""
    gate: threading.Event = field(default_factory=threading.Event)
    asked: threading.Event = field(default_factory=threading.Event)

    def offers(self, opened: OpenedSession) -> Sequence[Offer]:
        return [Offer(sort=Sort.FORM, name="f", title="A form", about="", file_name="f.pdf")]

    def lacks(self, opened: OpenedSession, offer: Offer) -> Sequence[str]:
        return ()

    def write(
        self, opened: OpenedSession, offer: Offer, path: Path, progress: Progress
    ) -> WrittenDocument | None:
        return self.write_course("", path, progress)

    def write_course(self, course: str, path: Path, progress: Progress) -> WrittenDocument | None:
        progress(0.4)
        self.asked.set()
        assert self.gate.wait(20)
        if self.fault:
            raise DocumentError(self.fault)
        if not progress(0.5):
            return None
        return WrittenDocument(path=path, sha256="00", key="", words=f"{path}: written")


def side_with(qtbot: QtBot, archive: Archive, documents: SlowDocuments) -> DocumentsSide:
    side = DocumentsSide(documents, lambda *_: "somewhere.pdf")
    qtbot.addWidget(side)
    side.show_session(archive.open_session(recorded.CLOSED))
    with qtbot.waitExposed(side):
        side.show()
    qtbot.waitUntil(lambda: side.lacking.text() == COMPLETE)
    return side


def test_a_document_that_takes_long_shows_its_progress_and_can_be_stopped(
    qtbot: QtBot, archive: Archive
) -> None:
    documents = SlowDocuments()
    side = side_with(qtbot, archive, documents)
    side.write.click()
    assert documents.asked.wait(20)
    qtbot.waitUntil(lambda: side.progress.value() == 400)
    assert side.stop.isVisible()
    side.stop.click()
    documents.gate.set()
    qtbot.waitUntil(lambda: side.outcome.text() == STOPPED)
    assert not side.progress.isVisible()
    side.finish()


def test_why_a_document_could_not_be_made_is_said(qtbot: QtBot, archive: Archive) -> None:
    documents = SlowDocuments(fault="somewhere.pdf cannot be written: no room.")
    documents.gate.set()
    side = side_with(qtbot, archive, documents)
    side.write.click()
    qtbot.waitUntil(lambda: side.outcome.text() == documents.fault)
    assert side.write.isEnabled()
    side.finish()


def test_the_report_of_a_course_is_written_from_its_desk(qtbot: QtBot) -> None:
    documents = SlowDocuments()
    documents.gate.set()
    asked: list[str] = []

    def choose(_parent: object, proposed: str) -> str:
        asked.append(proposed)
        return "course.pdf"

    host = QWidget()
    qtbot.addWidget(host)
    row = CourseReportRow(documents, choose)
    QVBoxLayout(host).addWidget(row)
    host.setMinimumSize(900, 300)
    with qtbot.waitExposed(host):
        host.show()
    assert not row.isVisible()
    row.show_course("course-1")
    row.write.click()
    qtbot.waitUntil(lambda: row.outcome.text() == "course.pdf: written")
    assert asked == ["course-1-report.pdf"]
    row.show_course("course-2")
    assert not row.outcome.isVisible()
    row.finish()
