"""The desks of courses, of comparison and of cohorts over a recorded course of four visits."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TypeVar

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from app import theme
from app.reception.courses import Courses
from app.records.archive import Archive
from app.records.catalogue import Search
from app.records.cohort_reading import SessionCohorts
from app.records.visit_reading import VisitReader
from app.review.cohort_desk import CohortDesk
from app.review.compare_desk import CompareDesk
from app.review.courses_desk import LIST_STOPPED, CoursesDesk
from app.review.plain_desk import PlainDesk
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.reviewing.alignment import MIXED, AnchorKind
from app.reviewing.cohort_table import PUBLISHED
from protocols.vitals import Vital
from storage.database import Database, open_database
from tests.unit.app import recorded_courses as course_record
from tests.unit.app.recorded_courses import OUTSIDE, SESSIONS
from tests.unit.app.recorded_sessions import damage


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("many") / "sessions.db"
    course_record.make_course(path)
    damage(path, "UPDATE session SET simulated = 0 WHERE name = 'outside'")
    return path


@pytest.fixture(scope="module")
def database(place: Path) -> Iterator[Database]:
    with open_database(place, read_only=True) as opened:
        yield opened


@pytest.fixture
def window(qtbot: QtBot, place: Path, database: Database) -> ReviewWindow:
    found = ReviewWindow(
        Sources(
            catalogue=Archive(database),
            place=str(place),
            courses=Courses(str(place)),
            many=SessionCohorts(database),
        )
    )
    qtbot.addWidget(found)
    found.resize(1366, 768)
    with qtbot.waitExposed(found):
        found.show()
    return found


@pytest.fixture
def courses(qtbot: QtBot, place: Path, database: Database) -> CoursesDesk:
    opened: list[str] = []
    desk = CoursesDesk(Courses(str(place)), VisitReader(Archive(database)), opened.append)
    desk.opened_sessions = opened
    show(qtbot, desk)
    qtbot.waitUntil(lambda: not desk.listing.busy and not desk.work.busy)
    return desk


@pytest.fixture
def compare(qtbot: QtBot, place: Path, database: Database) -> CompareDesk:
    desk = CompareDesk(Archive(database), SessionCohorts(database), Courses(str(place)))
    return show(qtbot, desk)


@pytest.fixture
def cohort(qtbot: QtBot, database: Database) -> CohortDesk:
    many = SessionCohorts(database)
    return show(qtbot, CohortDesk(Archive(database), many, many.rules(), many.published()))


D = TypeVar("D", bound=QWidget)


def show(qtbot: QtBot, desk: D) -> D:
    """The desk in a frame, shown, and ended with its threads."""
    frame = QWidget()
    frame.setMinimumSize(1024, 700)
    desk.shown_in = frame  # type: ignore[attr-defined]
    QVBoxLayout(frame).addWidget(desk)
    qtbot.addWidget(frame, before_close_func=lambda _frame: desk.finish())
    theme.apply(frame, theme.LIGHT, theme.sizes_for(1366, 768))
    desk.dress(theme.LIGHT)
    frame.resize(1366, 768)
    with qtbot.waitExposed(frame):
        frame.show()
    return desk


def cells(table, row: int) -> list[str]:
    return [table.item(row, column).text() for column in range(table.columnCount())]


def test_the_only_course_is_open_with_its_visits_ratings_and_side_effects(
    courses: CoursesDesk,
) -> None:
    page = courses.page
    assert courses.simulated.isChecked()  # there are none but simulated ones
    assert "SIMULATED" in page.title.text()
    assert "nothing open" not in courses.list.item(0).text()
    assert len(page.charts) == 8  # blood pressure over heart rate, four visits
    assert page.visits.rowCount() == 4
    first = cells(page.visits, 0)
    assert first[:1] + first[2:5] == ["1", "35 mg", "35.0 mg", "160 (+40 from 120, 40 min)"]
    assert first[9:] == ["not discharged", "Nausea 2/10"]
    [headings] = [
        [page.effects.horizontalHeaderItem(n).text() for n in range(page.effects.columnCount())]
    ]
    assert headings == ["Side effect or event", "Visit 1", "Visit 2", "Visit 3", "Visit 4"]
    assert cells(page.effects, 0) == ["Nausea", "2/10", "3/10", "4/10", "5/10"]


def test_listing_the_courses_shows_how_far_it_is_and_can_be_stopped(
    qtbot: QtBot, place: Path, database: Database
) -> None:
    asked, go = threading.Event(), threading.Event()

    class Slow(Courses):
        def list_courses(self, go_on):
            def held(share: float) -> bool:
                asked.set()
                go.wait(10)
                return go_on(share)

            return super().list_courses(held)

    desk = CoursesDesk(Slow(str(place)), VisitReader(Archive(database)), lambda *_: None)
    show(qtbot, desk)
    asked.wait(10)
    assert desk.list_bar.isVisible()
    qtbot.mouseClick(desk.list_stop, Qt.MouseButton.LeftButton)
    go.set()
    qtbot.waitUntil(lambda: not desk.listing.busy)
    assert desk.empty.text() == LIST_STOPPED
    assert desk.count.text() == ""
    assert not desk.list_bar.isVisible()
    assert not desk.list_stop.isVisible()
    desk.look_again()
    qtbot.waitUntil(lambda: not desk.listing.busy and not desk.work.busy)
    assert desk.list.count() == 1
    assert desk.empty.text() == ""


def test_all_visits_are_drawn_on_the_same_axes(courses: CoursesDesk) -> None:
    charts = [widget.chart for widget in courses.page.charts]
    for kind in (charts[:4], charts[4:]):
        assert len({(c.start, c.end, c.low, c.high) for c in kind if c is not None}) == 1
    first = courses.page.charts[0]
    assert "SBP from 120 to a peak of 160" in first.accessibleDescription()


def test_bounds_and_the_ratings_that_reached_them_are_drawn(courses: CoursesDesk) -> None:
    chart = courses.page.score_charts[0].chart
    assert chart is not None
    assert [level.words for level in chart.levels] == [
        "response ≤ 10",
        "remission ≤ 4",
        "relapse ≥ 10 after remission",
    ]
    assert [flag.words for flag in chart.flags] == ["response", "remission"]
    assert [mark.words for mark in chart.marks] == ["1", "2", "3", "4"]
    assert "PHQ-9" in courses.page.definition.text()


def test_a_click_or_return_on_a_visit_opens_its_session(qtbot: QtBot, courses: CoursesDesk) -> None:
    page = courses.page
    qtbot.mouseClick(page.charts[2], Qt.MouseButton.LeftButton)
    page.charts[1].setFocus()
    qtbot.keyClick(page.charts[1], Qt.Key.Key_Return)
    page.visits.setCurrentCell(3, 0)
    qtbot.keyClick(page.visits, Qt.Key.Key_Return)
    assert courses.opened_sessions == [SESSIONS[2], SESSIONS[1], SESSIONS[3]]


def test_a_search_that_finds_no_course_says_so(courses: CoursesDesk) -> None:
    courses.search.setText("nobody")
    assert courses.empty.text() == "No course matches. Change the search."
    assert courses.stack.currentWidget() is courses.message
    courses.search.setText("mrn-7")
    assert courses.list.count() == 1
    courses.simulated.setChecked(False)
    assert courses.empty.text().startswith("No course is recorded here.")


def choose(qtbot: QtBot, desk: CompareDesk, *names: str) -> None:
    lines = {line.session: line for line in desk._catalogue.list_sessions(Search())}
    desk.choice.choose([lines[name] for name in names])
    qtbot.waitUntil(lambda: not desk.work.busy)


def test_two_sessions_are_needed_to_compare(compare: CompareDesk) -> None:
    assert compare.choice.note.text() == "Add 2 more sessions to compare."
    compare.choice.add_button.click()
    assert compare.choice.note.text() == "Add 1 more session to compare."
    compare.choice.add_button.click()
    assert compare.choice.note.text() == "This session is compared already."


def test_all_of_a_course_are_compared_with_values_beside(
    qtbot: QtBot, compare: CompareDesk
) -> None:
    [row] = [
        row
        for row in range(compare.choice.found.count())
        if compare.choice.found.item(row).toolTip() == SESSIONS[0]
    ]
    compare.choice.found.setCurrentRow(row)
    compare.choice.course_button.click()
    qtbot.waitUntil(lambda: compare.comparison is not None)
    assert [line.session for line in compare.choice.chosen] == list(SESSIONS)
    compare.values.setCurrentIndex(1)
    assert cells(compare.table, 0) == ["A", "+12", "+24", "+32", "+40", "+20", "+8", "--"]
    assert cells(compare.table, 4)[:5] == ["Mean", "+7.5", "+15.0", "+20.0", "+25.0"]
    assert cells(compare.table, 5)[:5] == ["n", "4", "4", "4", "4"]
    compare.vital.setCurrentIndex(1)
    assert cells(compare.table, 0)[:5] == ["A", "+6", "+12", "+16", "+20"]


def test_curves_differ_by_symbol_and_letter_and_not_by_colour_alone(
    qtbot: QtBot, compare: CompareDesk
) -> None:
    choose(qtbot, compare, *SESSIONS)
    chart = compare.charts[Vital.SBP].chart
    assert chart is not None
    assert [line.label for line in chart.lines] == ["A", "B", "C", "D"]
    assert len({line.look.symbol for line in chart.lines}) == 4
    letters = [label.text() for label in compare.choice.findChildren(QLabel)]
    assert {"A", "B", "C", "D"} <= set(letters)


def test_a_session_without_the_alarm_is_left_out_and_why_is_said(
    qtbot: QtBot, compare: CompareDesk
) -> None:
    choose(qtbot, compare, SESSIONS[0], SESSIONS[3])
    wanted = (AnchorKind.ALARM, "sbp-rise-warning")
    assert compare.nth.isHidden()
    compare.anchor.setCurrentIndex(
        next(n for n in range(compare.anchor.count()) if compare.anchor.itemData(n) == wanted)
    )
    assert not compare.nth.isHidden()
    told = compare.left_out.text()
    assert "B is left out. It has no alarm sbp-rise-warning." in told
    assert [one.letter for one in compare.comparison.sessions] == ["A"]
    compare.nth.setValue(99)
    assert compare.message.text().startswith("None of the sessions has this event")


def test_simulated_and_real_sessions_are_not_mixed_without_being_told(
    qtbot: QtBot, compare: CompareDesk
) -> None:
    choose(qtbot, compare, SESSIONS[0], SESSIONS[1])
    assert compare.mixed.isHidden()
    choose(qtbot, compare, SESSIONS[0], OUTSIDE)
    assert compare.mixed.text() == MIXED
    assert not compare.mixed.isHidden()


def test_before_anything_is_counted_the_published_figures_are_shown(cohort: CohortDesk) -> None:
    model = cohort.table.rows_model
    assert model.rows[0].cells[0] == PUBLISHED
    assert any("Yale 2024" in row.cells for row in model.rows)
    assert "not approved by anybody yet" in cohort.source.text()


def test_the_figures_stand_above_the_published_ones_with_their_n(
    qtbot: QtBot, cohort: CohortDesk
) -> None:
    cohort.kind.setCurrentIndex(1)
    qtbot.mouseClick(cohort.count, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: cohort.answer is not None)
    assert "4 sessions with drug of 1 patients" in cohort.told.text()
    rows = [row.cells for row in cohort.table.rows_model.rows]
    at = next(place for place, row in enumerate(rows) if row[0] == "SBP at 40 min")
    assert rows[at][1:4] == ("This site", "+25.0 mmHg (SD 12.9), n 4", "4 sessions")
    assert [row[1] for row in rows[at + 1 : at + 3]] == [
        "Vankawala, meta-analysis 2021",
        "Yale 2024",
    ]
    cohort.table.selectRow(at + 2)
    assert cohort.whole.text().startswith("change in SBP, Yale 2024: +16.0 mmHg (SD 11.2)")
    assert "Example" not in str(rows)


def test_real_sessions_are_counted_apart(qtbot: QtBot, cohort: CohortDesk) -> None:
    cohort.start()
    qtbot.waitUntil(lambda: cohort.answer is not None)
    assert cohort.answer.cohort.sessions == 1
    assert "Counted: real sessions." in cohort.told.text()


def test_a_day_that_is_none_is_said_and_nothing_is_counted(cohort: CohortDesk) -> None:
    cohort.since.setText("2026-02-30")
    cohort.start()
    assert cohort.problem.text() == "2026-02-30: write the day as YYYY-MM-DD."
    assert not cohort.work.busy


def test_counting_can_be_stopped(qtbot: QtBot, cohort: CohortDesk) -> None:
    cohort.start()
    cohort.work.stop()
    qtbot.waitUntil(lambda: not cohort.work.busy)
    assert cohort.stop.isHidden()
    assert cohort.count.isEnabled()


def test_a_window_without_these_readers_says_so(qtbot: QtBot, database: Database) -> None:
    window = ReviewWindow(Sources(catalogue=Archive(database)))
    qtbot.addWidget(window)
    for name in ("Compare", "Cohort"):
        assert isinstance(window.turn_to(name), PlainDesk)
    desk = window.turn_to("Courses")
    assert desk.empty.text() == "No record of courses is opened here."


def test_the_desks_fit_the_window_in_both_looks_and_open_sessions_in_it(
    qtbot: QtBot, window: ReviewWindow
) -> None:
    for size in ((1366, 768), (1920, 1080)):
        window.resize(*size)
        window.colours.click()
        for name in ("Courses", "Compare", "Cohort"):
            desk = window.turn_to(name)
            assert desk.minimumSizeHint().width() <= size[0] - 24
    desk = window.turn_to("Courses")
    qtbot.waitUntil(lambda: not desk.listing.busy and not desk.work.busy)
    desk.page.charts[2].chosen.emit()
    assert window.stack.currentWidget() is window.sessions
    assert window.sessions.page.opened.line.session == SESSIONS[2]
