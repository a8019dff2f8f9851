"""The report of a course: every row names its session, every number its event in it."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from pathlib import Path

import pytest
from pypdf import PdfReader

from app.printing.course_report import content_digest, course_report_pdf, cut_to
from app.printing.document_maker import DocumentMaker
from app.printing.documents import Site
from app.printing.office import Office
from app.reception.courses import Courses
from app.records.archive import Archive
from app.reviewing.course_report import CourseReport
from storage.canonical import canonical
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app.recorded_courses import PHQ9, SESSIONS, make_course

_NUMBER = re.compile(r"(?<![A-Za-z])\d+(?:\.\d+)?")


def go_on(_share: float) -> bool:
    return True


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record with a course of four visits."""
    path = tmp_path_factory.mktemp("course") / "sessions.db"
    make_course(path)
    return path


@pytest.fixture(scope="module")
def report(place: Path) -> CourseReport:
    """What the report of that course says."""
    with open_database(place, read_only=True) as database:
        maker = maker_of(Archive(database), place)
        [picture] = Courses(str(place)).courses()
        found = maker.course_report(picture.course, go_on)
    assert found is not None
    return found


def maker_of(archive: Archive, place: Path) -> DocumentMaker:
    return DocumentMaker(
        Office(None, None),
        lambda: Site(card={}),
        open_session=archive.open_session,
        courses=Courses(str(place)),
    )


def words_of(data: bytes) -> str:
    pages = PdfReader(io.BytesIO(data)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_every_row_of_a_visit_names_its_session_whose_events_say_its_numbers(
    report: CourseReport, place: Path
) -> None:
    bodies: dict[str, dict[int, str]] = {}
    with open_database(place, read_only=True) as database:
        for name in SESSIONS:
            kept = Journal(database).read(name)
            bodies[name] = {n: canonical(event).decode() for n, event in enumerate(kept, 1)}
    proven = 0
    for table in report.tables[:3]:
        for row in table.rows:
            cited = [one for one in row if one.events]
            if not cited:
                continue
            [session] = [cell.text for cell in row if cell.text in SESSIONS]
            for one in cited:
                told = " ".join(bodies[session][number] for number in one.events)
                assert one.text
                if one.worked_out or re.search(r"\d\d:\d\d", one.text):
                    continue
                said = {float(number) for number in _NUMBER.findall(told)}
                wanted = {float(n) for n in _NUMBER.findall(one.text.replace("/10", ""))}
                assert wanted <= said, one
                proven += 1
    assert proven >= 4 * 5


def test_doses_peaks_ratings_outcome_and_side_effects_are_told(report: CourseReport) -> None:
    words = words_of(course_report_pdf(report))
    for session in SESSIONS:
        assert session in words
    visits = report.tables[0]
    assert [row[5].text for row in visits.rows[:4]] == ["160/98", "150/93", "140/88", "130/83"]
    assert {row[4].text for row in visits.rows[:4]} == {"35 mg"}
    totals = [row[2].text for row in report.tables[1].rows if row[1].text == "phq-9"]
    assert totals == [str(total) for total in PHQ9]
    assert "remission ≤ 4" in words
    assert "response ≤ 10" in words
    assert "First response" in words
    assert "Judged by" in words
    assert [row[4].text for row in report.tables[2].rows] == ["2/10", "3/10", "4/10", "5/10"]
    assert "SIMULATED: no person was treated" in words


def test_a_course_has_one_to_four_pages_the_same_bytes_and_says_what_it_rests_on(
    report: CourseReport,
) -> None:
    data = course_report_pdf(report)
    assert data == course_report_pdf(report)
    assert 1 <= len(PdfReader(io.BytesIO(data)).pages) <= 4
    assert len(report.rests_on) == len(SESSIONS)
    words = words_of(data).replace(" ", "")
    for line in report.rests_on:
        assert line.replace(" ", "") in words
    assert len(content_digest(report)) == 64


def test_a_table_that_is_cut_says_how_much_is_left_out(report: CourseReport) -> None:
    ratings = report.tables[1]
    many = replace(ratings, rows=ratings.rows * 20)
    longer = replace(report, tables=(report.tables[0], many, *report.tables[2:]))
    cut = cut_to(longer, 12)
    left = len(many.rows) - 12
    assert cut.tables[1].left_out == left
    assert f"{left} more, see the export." in words_of(course_report_pdf(cut))
    pages = PdfReader(io.BytesIO(course_report_pdf(longer))).pages
    assert len(pages) <= 4


def test_a_session_that_cannot_be_opened_is_named_and_its_row_left_empty(
    place: Path, tmp_path: Path
) -> None:
    from app.records.catalogue import CatalogueError, OpenedSession

    with open_database(place, read_only=True) as database:
        archive = Archive(database)

        def open_session(name: str) -> OpenedSession:
            if name == SESSIONS[1]:
                raise CatalogueError("its rows are damaged")
            return archive.open_session(name)

        maker = DocumentMaker(
            Office(None, None),
            lambda: Site(card={}),
            open_session=open_session,
            courses=Courses(str(place)),
        )
        [picture] = Courses(str(place)).courses()
        written = maker.write_course(picture.course, tmp_path / "course.pdf", go_on)
    assert written is not None
    words = words_of(written.path.read_bytes())
    assert f"Session {SESSIONS[1]} cannot be opened: its rows are damaged" in words
    assert f"{SESSIONS[1]} (not read)" in words


def test_a_stopped_report_writes_nothing(place: Path, tmp_path: Path) -> None:
    with open_database(place, read_only=True) as database:
        maker = maker_of(Archive(database), place)
        [picture] = Courses(str(place)).courses()
        for allowed in range(6):
            asked = 0

            def stop(_share: float, allowed: int = allowed) -> bool:
                nonlocal asked
                asked += 1
                return asked <= allowed

            path = tmp_path / "course.pdf"
            if maker.write_course(picture.course, path, stop) is not None:
                path.unlink()
                break
            assert not path.exists()
        else:
            pytest.fail("it was never done")
        assert allowed >= 4
