"""The review: find a session, open it, read it at any moment, export, verify."""

from __future__ import annotations

import shutil
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app import theme
from app.records.archive import Archive
from app.records.catalogue import Progress, Search, Verdict
from app.review.account_table import account_rows
from app.review.alarms_table import alarm_rows
from app.review.dose_panel import dose_rows
from app.review.events_table import event_rows
from app.review.figure_groups import GLANCE, figure_groups
from app.review.moment import moment_at
from app.review.numbers_panel import number_rows
from app.review.observations_table import observation_rows
from app.review.rows import span_text
from app.review.sessions_desk import SessionsDesk
from app.review.window import ReviewWindow
from app.review_criteria import load_criteria
from app.reviewing.figures import figures_of
from protocols.events import Phase
from protocols.vitals import NS_PER_S
from storage.database import open_database
from tests.gui.review_desk import shown_desk


@pytest.fixture(scope="module")
def _record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def path(_record: Path, tmp_path: Path) -> Path:
    target = tmp_path / "sessions.db"
    for suffix in ("", ".heads"):
        shutil.copy(str(_record) + suffix, str(target) + suffix)
    return target


@pytest.fixture
def archive(path: Path) -> Iterator[Archive]:
    with open_database(path, read_only=True) as database:
        yield Archive(database)


Show = Callable[..., SessionsDesk]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def make(archive: Archive, **more: object) -> SessionsDesk:
        return shown_desk(qtbot, archive, **more)

    return make


@pytest.fixture
def window(archive: Archive, show: Show) -> SessionsDesk:
    made = show(archive)
    made.list.choose(recorded.CLOSED)
    return made


def names(window: SessionsDesk) -> list[str]:
    return [line.session for line in window.list.lines]


def test_the_newest_session_is_open_at_once(archive: Archive, show: Show) -> None:
    window = show(archive)
    assert window.page.opened is not None
    assert window.page.opened.line.session == names(window)[0]


def test_an_empty_record_says_what_to_do(tmp_path: Path, show: Show) -> None:
    path = tmp_path / "empty.db"
    open_database(path).close()
    with open_database(path, read_only=True) as database:
        window = show(Archive(database))
        assert "main.py simulate" in window.list.empty.text()
        assert window.list.empty.isVisible()
        assert window.message.isVisible()


def test_a_search_without_a_match_says_so_and_can_be_cleared(
    qtbot: QtBot, window: SessionsDesk
) -> None:
    qtbot.keyClicks(window.list.patient, "nobody")
    assert names(window) == []
    assert window.list.empty.text().startswith("No session matches")
    qtbot.mouseClick(window.list.clear, Qt.MouseButton.LeftButton)
    assert len(names(window)) == 2
    assert window.page.opened is not None  # what was being read stays open


def test_every_field_narrows_the_list(window: SessionsDesk) -> None:
    listing = window.list
    listing.alarms.setCurrentIndex(listing.alarms.findText("With alarms"))
    with_alarms = names(window)
    listing.alarms.setCurrentIndex(listing.alarms.findText("Without alarms"))
    assert not set(with_alarms) & set(names(window))
    listing.clear_search()
    listing.protocol.setCurrentIndex(listing.protocol.findData("iv-0.5-40"))
    assert len(names(window)) == 2
    listing.clear_search()
    listing.since.setText("2026-03-03")
    assert names(window) == []
    listing.since.setText("2026-03-02")
    listing.until.setText("2026-03-02")
    assert len(names(window)) == 2


def test_a_day_that_is_none_is_named_and_does_not_narrow(window: SessionsDesk) -> None:
    window.list.since.setText("2.3.2026")
    assert window.list.problem.text() == "2.3.2026: write the day as YYYY-MM-DD."
    assert window.list.search() == Search()


def test_an_interrupted_session_says_so(window: SessionsDesk) -> None:
    window.list.choose(recorded.CUT)
    assert window.page.notice.text().startswith("Interrupted: the record ends at 09:")
    assert window.page.simulated.isVisible()


def test_a_damaged_session_opens_and_says_what_is_missing(
    qtbot: QtBot, path: Path, show: Show
) -> None:
    recorded.damage(path, "DELETE FROM journal WHERE kind = 'pack'")
    with open_database(path, read_only=True) as database:
        window = show(Archive(database))
        window.list.choose(recorded.CLOSED)
        assert "are missing" in window.page.notice.text()
        assert window.page.middle.tables["Alarms"].rows_model.rowCount() > 0


def test_a_session_that_cannot_be_opened_gives_the_reason(window: SessionsDesk) -> None:
    window.open("nowhere")
    assert window.message.isVisible()
    assert "no session nowhere" in window.message.text()


def test_going_to_a_row_moves_the_cursor_there(qtbot: QtBot, window: SessionsDesk) -> None:
    table = window.page.middle.tables["Events"]
    row = next(n for n, r in enumerate(table.rows_model.rows) if "172" in " ".join(r.cells))
    table.selectRow(row)
    assert window.page.middle.view.cursor_line.t_ns == table.rows_model.rows[row].t_ns
    assert "172/98" in window.page.middle.values.text()
    qtbot.mouseClick(window.page.middle.tabs["Dose"], Qt.MouseButton.LeftButton)
    assert window.page.middle.stack.currentWidget() is window.page.middle.tables["Dose"]


def test_pointer_and_arrows_move_the_cursor(qtbot: QtBot, window: SessionsDesk) -> None:
    cursor = window.page.middle.view.cursor_line
    target = window.page.opened.end_ns // 2  # type: ignore[union-attr]
    place = QPoint(round(cursor.x_of(target)), cursor.height() // 2)
    qtbot.mouseClick(cursor, Qt.MouseButton.LeftButton, pos=place)
    assert abs(cursor.t_ns - target) < 5 * NS_PER_S
    before = cursor.t_ns
    qtbot.keyClick(cursor, Qt.Key.Key_Right)
    qtbot.keyClick(cursor, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert cursor.t_ns == before - 50 * NS_PER_S
    qtbot.keyClick(cursor, Qt.Key.Key_Home)
    assert cursor.t_ns == 0


def test_the_cursor_stands_where_the_lanes_draw_the_same_time(window: SessionsDesk) -> None:
    view = window.page.middle.view
    view.show_span(60 * NS_PER_S, 120 * NS_PER_S)
    events = next(lane for lane in view.canvas.lanes if lane.key == "events")
    for mark in events.marks:  # type: ignore[attr-defined]
        drawn = view.canvas.stage.x_of(mark.t_ns)
        assert view.cursor_line.x_of(mark.t_ns) == pytest.approx(drawn, abs=0.5)


def test_values_at_a_moment(archive: Archive) -> None:
    opened = archive.open_session(recorded.CLOSED)
    started = opened.state.infusion_started_ns
    assert started is not None
    at = moment_at(opened, started + 40 * NS_PER_S)
    assert (at.phase, at.heart, at.spo2) == (str(Phase.INFUSING), "84", "98")
    assert at.time.endswith("minute 0:40")
    assert at.pressure.startswith("120/78")
    assert at.delivered == "0.6 mg"  # 35 mg in 40 min: 0.875 mg/min
    silent = moment_at(opened, started + 600 * NS_PER_S)
    assert (silent.heart, silent.spo2) == ("--", "--")
    before = moment_at(opened, -1)
    assert (before.pressure, before.delivered, before.phase) == ("--/--", "", "setup")


def test_page_one_numbers(archive: Archive) -> None:
    opened = archive.open_session(recorded.CLOSED)
    numbers = number_rows(opened)
    dose = dict(numbers["Dose"])
    assert dose["Planned"] == "35.0 mg (0.5 mg/kg of 70.0 kg) over 40 min at 52.5 mL/h"
    assert dose["Delivered"].startswith(f"{float(opened.line.delivered_mg):.2f} mg")
    assert dict(numbers["Times"])["Paused"] == "30 s"
    counted = dict(numbers["Alarms"])
    assert sum(int(counted[k]) for k in ("!!! high", "!! medium", "! low")) == len(
        alarm_rows(opened)
    )
    figures = figure_groups(opened, figures_of(opened, load_criteria().criteria))
    glance = {line.what: line for line in figures[GLANCE]}
    assert glance["SBP"].words.startswith("120 → 172, +52, mean ")
    assert "% of the infusion" in glance["Data"].words
    assert glance["Drug"].words.endswith("mg given, DIFFERENCE, not reconciled")


def test_the_account_tells_each_entry_with_its_balance_and_signatures(archive: Archive) -> None:
    opened = archive.open_session(recorded.CLOSED)
    vial, draw = account_rows(opened)
    assert vial.cells[1:6] == (
        "1",
        "vial taken out A-12, lot L77, expires 2027-08-31, 50 mg/mL",
        "500",
        "10",
        "500 mg",
    )
    assert draw.cells[1:10] == (
        "2",
        "drawn from A-12",
        "35",
        "0.7",
        "465 mg",
        "35 mg",
        "0 mg",
        "0 mg",
        "N. Okafor",
    )
    told = [row.cells[2] for row in event_rows(opened) if row.cells[1] == "account"]
    assert told == [f"{vial.cells[2]}, 500 mg (10 mL)", "drawn from A-12, 35 mg (0.7 mL)"]


def test_a_session_closed_over_an_open_account_says_so(window: SessionsDesk) -> None:
    assert "without the drug being reconciled" in window.page.notice.text()


def test_numbers_of_a_session_without_drug_are_unknown_not_zero(tmp_path: Path) -> None:
    events = recorded.visit()[:4]
    path = tmp_path / "short.db"
    recorded.write(path, "short", events)
    with open_database(path, read_only=True) as database:
        opened = Archive(database).open_session("short")
    numbers = number_rows(opened)
    figures = figure_groups(opened, figures_of(opened, load_criteria().criteria))
    assert dict(numbers["Dose"]) == {"Planned": "none ordered"}
    assert dict(numbers["Times"]) == {"Infusion": "never started"}
    glance = {line.what: line.words for line in figures[GLANCE]}
    assert glance["Data"] == "-- no infusion"
    assert {glance[name] for name in ("SBP", "DBP", "HR")} == {"-- nothing measured"}
    assert glance["Limits"] == "-- no drug was given"
    assert glance["Checks"] == "-- no vital sign was due"


def test_tables_tell_the_session(archive: Archive) -> None:
    opened = archive.open_session(recorded.CLOSED)
    events = [" | ".join(row.cells) for row in event_rows(opened)]
    for words in (
        "baseline → infusing",
        "Nausea 3/10",
        "acknowledged: seen, watching",
        "comfortable",
        "session closed",
    ):
        assert any(words in line for line in events), words
    first = next(line for line in events if "alarm" in line)
    assert "| over" not in first  # what ends was raised before
    alarms = [row.cells for row in alarm_rows(opened)]
    answered = next(cells for cells in alarms if "172" in cells[2])
    assert answered[3].startswith("N. Okafor")
    doses = [row.cells for row in dose_rows(opened)]
    assert [cells[2] for cells in doses] == ["52.5 mL/h", "0", "52.5 mL/h", "0"]
    assert doses[-1][5].startswith(f"{float(opened.line.delivered_mg):.1f}")
    seen = [" | ".join(row.cells) for row in observation_rows(opened)]
    assert any("172/98" in line and "by hand" in line for line in seen)
    assert any("MISSED" in line for line in seen)
    assert any("MOAA/S" in line and "5 /5" in line for line in seen)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (59.4, "59 s"),
        (60, "1 min"),
        (185, "3 min 05 s"),
        (3600, "1 h 00 min"),
        (4320, "1 h 12 min"),
    ],
)
def test_spans_in_words(seconds: float, words: str) -> None:
    assert span_text(round(seconds * NS_PER_S)) == words


def test_verify_tells_its_verdict(qtbot: QtBot, window: SessionsDesk) -> None:
    qtbot.mouseClick(window.page.verify, Qt.MouseButton.LeftButton)
    assert not window.page.verify.isEnabled()
    qtbot.waitUntil(lambda: not window.work.busy, timeout=30_000)
    assert "one unbroken chain" in window.page.outcome.text()
    assert "gave the same" in window.page.outcome.text()
    assert window.page.verify.isEnabled()


class Slow(Archive):
    """An archive whose verification goes on until it is stopped."""

    def verify(self, session: str, progress: Progress) -> Verdict | None:
        waiting = threading.Event()
        while progress(0.25):
            waiting.wait(0.01)
        return None


def test_a_verification_shows_its_progress_and_can_be_stopped(
    qtbot: QtBot, path: Path, show: Show
) -> None:
    with open_database(path, read_only=True) as database:
        window = show(Slow(database))
        qtbot.mouseClick(window.page.verify, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: window.page.progress.value() == 250, timeout=10_000)
        assert "25 %" in window.page.progress.text()
        qtbot.mouseClick(window.page.stop, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.work.busy, timeout=10_000)
        assert window.page.outcome.text().startswith("Stopped")


def test_opening_another_session_forgets_a_verification(
    qtbot: QtBot, path: Path, show: Show
) -> None:
    with open_database(path, read_only=True) as database:
        window = show(Slow(database))
        window.list.choose(recorded.CLOSED)
        qtbot.mouseClick(window.page.verify, Qt.MouseButton.LeftButton)
        window.list.choose(recorded.CUT)
        assert not window.work.busy
        assert window.page.verify.isEnabled()
        assert not window.page.progress.isVisible()
        window.close()


def test_a_bug_in_a_worker_reaches_the_user(
    qtbot: QtBot, path: Path, show: Show, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Archive):
        def verify(self, session: str, progress: Progress) -> Verdict | None:
            raise RuntimeError(session)

    with open_database(path, read_only=True) as database:
        window = show(Broken(database))
        qtbot.mouseClick(window.page.verify, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not window.work.busy, timeout=10_000)
        assert window.page.outcome.text().startswith("Program error")
        assert caplog.records


def test_closing_the_window_stops_what_works(qtbot: QtBot, path: Path, show: Show) -> None:
    with open_database(path, read_only=True) as database:
        window = show(Slow(database))
        qtbot.mouseClick(window.page.verify, Qt.MouseButton.LeftButton)
        window.window().close()
        assert not window.work.busy


def test_replay_is_asked_for_by_name(qtbot: QtBot, window: SessionsDesk) -> None:
    with qtbot.waitSignal(window.replay_wanted) as asked:
        qtbot.mouseClick(window.page.replay, Qt.MouseButton.LeftButton)
    assert asked.args == [recorded.CLOSED]


def test_it_is_light_and_can_be_dark(qtbot: QtBot, window: SessionsDesk) -> None:
    assert theme.active_theme() is theme.LIGHT
    review = window.window()
    assert isinstance(review, ReviewWindow)
    qtbot.mouseClick(review.colours, Qt.MouseButton.LeftButton)
    assert theme.active_theme() is theme.DARK
    assert review.colours.text() == "Light"


def test_f5_finds_what_was_recorded_since(qtbot: QtBot, path: Path, window: SessionsDesk) -> None:
    recorded.write(path, "20260305-090000-room2-0009", recorded.cut_visit())
    assert len(names(window)) == 2
    qtbot.keyClick(window.window(), Qt.Key.Key_F5)
    assert len(names(window)) == 3
    assert window.page.opened is not None
    assert window.page.opened.line.session == recorded.CLOSED


def test_everything_has_a_name_for_screen_readers(window: SessionsDesk) -> None:
    widgets = [
        window.list.patient,
        window.list.since,
        window.list.until,
        window.list.protocol,
        window.list.alarms,
        window.list.view,
        window.page.middle.view.cursor_line,
        window.page.numbers,
        window.page.middle.values,
        *window.page.middle.tables.values(),
    ]
    assert all(widget.accessibleName() for widget in widgets)
