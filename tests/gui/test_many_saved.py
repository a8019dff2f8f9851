"""What the desks of comparison and of cohorts show, saved: as CSV, as HTML and as PDF."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from pypdf import PdfReader
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app.printing.office import Office
from app.records.archive import Archive
from app.records.catalogue import Search
from app.records.cohort_reading import SessionCohorts
from app.records.many_files import ManyFiles
from app.review.cohort_desk import CohortDesk
from app.review.compare_desk import CompareDesk
from app.review.save_result import SaveResult
from app.reviewing.alignment import MIXED, TABLE_MINUTES, WITHIN_WORDS
from app.trail.noting import Trail
from storage.database import Database, open_database
from tests.unit.app import recorded_courses as course_record
from tests.unit.app.recorded_courses import SESSIONS
from tests.unit.app.recorded_sessions import damage


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    path = tmp_path_factory.mktemp("saved") / "sessions.db"
    course_record.make_course(path)
    damage(path, "UPDATE session SET simulated = 0 WHERE name = 'outside'")
    with open_database(path, read_only=True) as opened:
        yield opened


class Noted(Trail):
    """A trail that is read by the test."""

    def __init__(self) -> None:
        self.exports: list[tuple[str, str, str]] = []

    def exported(self, subject: str, form: str, path: Path) -> None:
        self.exports.append((subject, form, path.name))


@pytest.fixture
def trail() -> Noted:
    return Noted()


class Answers:
    """What a person answers in the file dialog, and what was proposed."""

    def __init__(self) -> None:
        self.path = ""
        self.proposed = ""

    def __call__(self, _parent: QWidget, _title: str, proposed: str, _pattern: str) -> str:
        self.proposed = proposed
        return self.path


@pytest.fixture
def answers() -> Answers:
    return Answers()


@pytest.fixture
def writer(trail: Noted) -> ManyFiles:
    return ManyFiles(Office(trail, None), trail, "day.db", who=lambda: "C. Novak PhD")


D = TypeVar("D", bound=QWidget)


def shown(qtbot: QtBot, desk: D) -> D:
    """The desk in a window, which keeps its size whatever the desk shows."""
    frame = QWidget()
    frame.setMinimumSize(1024, 700)
    QVBoxLayout(frame).addWidget(desk)
    qtbot.addWidget(frame)
    desk.shown_in = frame  # type: ignore[attr-defined]
    with qtbot.waitExposed(frame):
        frame.show()
    return desk


@pytest.fixture
def cohort(
    qtbot: QtBot, database: Database, writer: ManyFiles, answers: Answers
) -> Iterator[CohortDesk]:
    many = SessionCohorts(database)
    desk = CohortDesk(
        *(Archive(database), many, many.rules(), many.published(), writer), save_file=answers
    )
    yield shown(qtbot, desk)
    desk.finish()


@pytest.fixture
def compare(
    qtbot: QtBot, database: Database, writer: ManyFiles, answers: Answers
) -> Iterator[CompareDesk]:
    desk = CompareDesk(
        *(Archive(database), SessionCohorts(database), None, writer), save_file=answers
    )
    yield shown(qtbot, desk)
    desk.finish()


def save(qtbot: QtBot, result: SaveResult) -> str:
    """Press the button by a key; what is said then."""
    result.button.setFocus()
    qtbot.keyClick(result.button, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: not result.work.busy, timeout=20_000)
    return result.said.text()


def count(qtbot: QtBot, desk: CohortDesk) -> None:
    desk.kind.setCurrentIndex(1)
    qtbot.mouseClick(desk.count, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: desk.answer is not None)


def choose(qtbot: QtBot, desk: CompareDesk, *names: str) -> None:
    lines = {line.session: line for line in desk._catalogue.list_sessions(Search())}
    desk.choice.choose([lines[name] for name in names], "")
    qtbot.waitUntil(lambda: not desk.work.busy)


def test_a_cohort_is_saved_as_csv_with_what_was_counted_and_n(
    qtbot: QtBot, cohort: CohortDesk, answers: Answers, trail: Noted, tmp_path: Path
) -> None:
    assert not cohort.save.button.isEnabled()
    count(qtbot, cohort)
    path = tmp_path / "rates.csv"
    answers.path = str(path)
    assert save(qtbot, cohort.save) == f"{path}: written."
    assert answers.proposed == "cohort.pdf"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    own = [row for row in rows if row["whose"] == "This site"]
    assert own
    assert {row["selection"] for row in own} == {"simulated sessions"}
    assert all(row["measured"] and row["n"] and row["count"] for row in own)
    assert any(row["whose"] != "This site" and row["count"] == "" for row in rows)
    assert trail.exports == [("sessions", "csv, cohort", "rates.csv")]
    count(qtbot, cohort)
    cohort.start()
    qtbot.waitUntil(lambda: not cohort.work.busy)
    assert cohort.save.said.isHidden()  # it spoke of what was shown before


def test_a_cohort_is_saved_as_a_document_with_its_definitions(
    qtbot: QtBot, cohort: CohortDesk, answers: Answers, trail: Noted, tmp_path: Path
) -> None:
    count(qtbot, cohort)
    assert cohort.answer is not None
    answers.path = str(tmp_path / "rates.html")
    assert "rates.html: written" in save(qtbot, cohort.save)
    page = (tmp_path / "rates.html").read_text(encoding="utf-8")
    own = cohort.answer.cohort.figures[0]
    for words in (own.what, own.measured, "C. Novak PhD", "day.db", "SIMULATED", "Wilson"):
        assert words in page
    assert f"{own.n} {own.of}" in page
    assert page.count("The name of the first author is unsure") == 1
    answers.path = str(tmp_path / "rates")
    assert "rates.pdf: written" in save(qtbot, cohort.save)
    text = "".join(page.extract_text() for page in PdfReader(tmp_path / "rates.pdf").pages)
    assert "This site" in text
    assert "Yale 2024" in text
    assert [form for _, form, _ in trail.exports] == ["HTML, cohort 1", "PDF, cohort 1"]


def test_where_it_cannot_be_written_says_why(
    qtbot: QtBot, cohort: CohortDesk, answers: Answers, trail: Noted, tmp_path: Path
) -> None:
    count(qtbot, cohort)
    answers.path = ""
    assert save(qtbot, cohort.save) == ""  # the person changed their mind
    answers.path = str(tmp_path / "nowhere" / "rates.csv")
    assert "cannot be written: No such file" in save(qtbot, cohort.save)
    assert cohort.save.button.isEnabled()
    assert trail.exports == []


def test_a_comparison_is_saved_with_every_vital_of_its_table(
    qtbot: QtBot, compare: CompareDesk, answers: Answers, trail: Noted, tmp_path: Path
) -> None:
    assert not compare.save.button.isEnabled()
    choose(qtbot, compare, *SESSIONS[:2])
    path = tmp_path / "two.csv"
    answers.path = str(path)
    save(qtbot, compare.save)
    assert answers.proposed == "comparison.pdf"
    rows = list(csv.DictReader(path.read_text(encoding="utf-8").splitlines()))
    sbp = [row for row in rows if row["vital"] == "SBP"]
    assert [row["row"] for row in sbp] == ["A", "B", "mean", "n"]
    assert [row["session"] for row in sbp[:2]] == list(SESSIONS[:2])
    shown = [compare.table.item(0, 1 + at).text() for at in range(len(TABLE_MINUTES))]
    assert [sbp[0][f"min_{minute}"] or "--" for minute in TABLE_MINUTES] == shown
    assert [subject for subject, _, _ in trail.exports] == [f"session {n}" for n in SESSIONS[:2]]


def test_a_comparison_is_saved_as_a_document(
    qtbot: QtBot, compare: CompareDesk, answers: Answers, tmp_path: Path
) -> None:
    choose(qtbot, compare, *SESSIONS[:2], "outside")
    answers.path = str(tmp_path / "three.pdf")
    assert "three.pdf: written" in save(qtbot, compare.save)
    pages = PdfReader(tmp_path / "three.pdf").pages
    text = " ".join("".join(page.extract_text() for page in pages).split())
    for words in (*SESSIONS[:2], "outside", WITHIN_WORDS, MIXED, "Mean"):
        assert words in text, words


def test_without_a_writer_nothing_is_offered(qtbot: QtBot, database: Database) -> None:
    desk = CompareDesk(Archive(database), SessionCohorts(database))
    shown(qtbot, desk)
    assert desk.save.button.isHidden()
    desk.finish()
