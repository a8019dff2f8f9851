"""The desk of files from elsewhere, and the bar over a record from elsewhere."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app" / "importing"))

from foreign_makers import cms50, seconds, vital_numbers

from app.importing.as_recording import as_recording
from app.importing.choices import Choices
from app.importing.door import GoOn
from app.importing.foreign import ForeignRecording
from app.importing.reading import read_foreign
from app.records.catalogue import CatalogueError, Progress, Search, SessionLine
from app.records.origin import RecordFound
from app.review.file_lanes import broken
from app.review.file_page import CHANNELS, FOUND
from app.review.files_desk import FilesDesk
from app.review.record_bar import BEING_CHECKED, STOPPED
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.theme import DARK
from protocols.vitals import NS_PER_S, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


class Here:
    """Reads in this process, at once or when let; the process of its own has its own tests."""

    def __init__(self) -> None:
        self.may_go = threading.Event()
        self.may_go.set()

    def read(self, path: Path, choices: Choices, go_on: GoOn) -> ForeignRecording | None:
        while not self.may_go.wait(0.01):
            if not go_on(0.1):
                return None
        return read_foreign(path, choices)


class Empty:
    """A record without a session."""

    def list_sessions(
        self, search: Search, first: int = 0, most: int | None = None
    ) -> list[SessionLine]:
        return []

    def count_sessions(self, search: Search) -> int:
        return 0

    def protocols(self) -> list[str]:
        return []


@pytest.fixture
def files() -> Here:
    return Here()


@pytest.fixture
def desk(qtbot: QtBot, files: Here) -> FilesDesk:
    made = FilesDesk(files, ask=lambda _parent: "")
    qtbot.addWidget(made, before_close_func=lambda widget: widget.finish())
    made.resize(1366, 700)
    with qtbot.waitExposed(made):
        made.show()
    return made


@pytest.fixture
def opened(qtbot: QtBot, desk: FilesDesk, tmp_path: Path) -> Callable[[str, bytes | str], None]:
    def open_file(name: str, content: bytes | str) -> None:
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        desk.open_file(path)
        qtbot.waitUntil(lambda: not desk.work.busy)

    return open_file


Opened = Callable[[str, bytes | str], None]


def test_a_file_is_shown_under_a_heading_that_it_is_no_session(
    desk: FilesDesk, opened: Opened
) -> None:
    opened("night.csv", cms50(*seconds(120)))
    assert desk.page.isVisible()
    assert desk.page.heading.text() == "FROM A FILE: NOT A SESSION OF THIS PROGRAM"
    assert "2026-03-02 10:00:00" in desk.page.about.text()
    assert "SHA-256" in desk.page.found.text()
    assert [row.cells[0] for row in desk.page.statistics.rows_model.rows] == ["PR /min", "SpO2 %"]


def test_it_is_said_that_a_file_is_being_checked_and_it_can_be_stopped(
    qtbot: QtBot, desk: FilesDesk, files: Here, tmp_path: Path
) -> None:
    files.may_go.clear()
    path = tmp_path / "night.csv"
    path.write_text(cms50(*seconds(3)))
    desk.open_file(path)
    assert desk.progress.isVisible()
    assert "checking night.csv" in desk.progress.format()
    qtbot.mouseClick(desk.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.work.busy)
    assert desk.outcome.text() == "Reading was stopped."
    assert not desk.page.isVisible()


def test_a_file_that_is_refused_leaves_nothing_of_the_one_before(
    desk: FilesDesk, opened: Opened
) -> None:
    opened("night.csv", cms50(*seconds(3)))
    opened("bad.bin", b"\x00\x01\x02" * 100)
    assert not desk.page.isVisible()
    assert not desk.page.heading.isVisible()
    assert "bad.bin is no text" in desk.message.text()


def test_the_cursor_reads_values_and_moves_by_keys(
    qtbot: QtBot, desk: FilesDesk, opened: Opened
) -> None:
    opened("night.csv", cms50(*seconds(120)))
    plot = desk.page.plot
    qtbot.keyClick(plot, Qt.Key.Key_Right)
    assert plot.t_ns == 10 * NS_PER_S
    assert "10:00:10" in desk.page.values.text()
    assert plot.values_at_cursor() == [("PR", "63"), ("SpO2", "97")]
    qtbot.keyClick(plot, Qt.Key.Key_End)
    assert plot.t_ns == 119 * NS_PER_S


def test_a_determination_stands_with_its_age_until_the_next(
    desk: FilesDesk, opened: Opened
) -> None:
    rows = "".join(f"{n},{120 if n == 2 else ''}\n" for n in range(200))
    opened("grid.csv", f"t_s,SBP [mmHg]\n{rows}")
    desk.page.plot.go_to(100 * NS_PER_S)
    assert desk.page.plot.values_at_cursor() == [("SBP", "120 (2 min old)")]


def test_no_line_is_drawn_across_what_was_not_measured(desk: FilesDesk, opened: Opened) -> None:
    rows = seconds(60)
    opened("night.csv", cms50(*rows[:20], *rows[40:]))
    recording = desk.page.recording
    assert recording is not None
    t_s, values = broken(recording.streams[0])
    (place,) = np.flatnonzero(np.isnan(values))
    assert (t_s[place - 1], t_s[place + 1]) == (19, 40)
    opened("typed.csv", "t_s,RR [/min]\n0,14\n600,15\n1200,16\n")
    recording = desk.page.recording
    assert recording is not None
    assert np.isnan(broken(recording.streams[0])[1]).sum() == 2  # each stands alone


def test_zoom_and_pan_keep_within_the_file(qtbot: QtBot, desk: FilesDesk, opened: Opened) -> None:
    opened("night.csv", cms50(*seconds(120)))
    plot = desk.page.plot
    for _ in range(60):
        qtbot.keyClick(plot, Qt.Key.Key_Plus)
    assert plot.window_shown.span_ns == 2 * NS_PER_S
    for _ in range(200):
        qtbot.keyClick(plot, Qt.Key.Key_PageDown)
    assert plot.window_shown.end_ns == plot.window_shown.whole_ns
    qtbot.keyClick(plot, Qt.Key.Key_0)
    assert plot.window_shown.is_whole


def test_a_mark_leads_to_its_moment_and_the_wave_there(
    qtbot: QtBot, desk: FilesDesk, opened: Opened
) -> None:
    opened("case.vital", vital_numbers(rate=75))
    page = desk.page
    assert page.waves.currentText() == "pleth · Mon/PLETH"
    page.turn_to("Marks")
    page.marks.selectRow(0)
    assert page.plot.t_ns == 5 * NS_PER_S
    t_s, samples = page.strip.in_view()
    assert t_s[0] == pytest.approx(0, abs=0.02)
    assert samples[0] == 0


def test_a_channel_is_mapped_by_hand_and_then_shown(
    qtbot: QtBot, desk: FilesDesk, opened: Opened
) -> None:
    opened("other.csv", "t_s,Sat,Herz\n0,97,60\n1,96,61\n")
    assert desk.page.tabs[CHANNELS].isChecked()
    form = desk.page.channels
    form.table.selectRow(0)
    form.vital.setCurrentIndex(form.vital.findData(Vital.SPO2.value))
    form.vital.activated.emit(form.vital.currentIndex())
    assert "press Read again" in form.table.rows_model.rows[0].cells[3]
    qtbot.mouseClick(form.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.work.busy)
    assert desk.page.recording is not None
    assert [one.channel for one in desk.page.recording.streams] == ["Sat"]
    assert desk.page.tabs[FOUND].isChecked()


def test_zeros_are_asked_about_and_taken_as_said(
    qtbot: QtBot, desk: FilesDesk, opened: Opened
) -> None:
    opened("other.csv", "t_s,RR [/min]\n0,12\n60,0\n")
    form = desk.page.channels
    assert "0 stands for RR 1 times" in form.question.text()
    form.zero.setChecked(True)
    qtbot.mouseClick(form.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.work.busy)
    assert desk.page.recording is not None
    assert desk.page.recording.streams[0].missing == 1
    assert not form.question.text()


def test_a_table_without_a_time_is_shown_at_the_rate_that_is_said(
    qtbot: QtBot, desk: FilesDesk, opened: Opened
) -> None:
    opened("ppg.csv", "ppg\n" + "\n".join(str(n % 50) for n in range(300)) + "\n")
    form = desk.page.channels
    form.table.selectRow(0)
    form.vital.setCurrentIndex(form.vital.findData(Vital.PLETH.value))
    form.vital.activated.emit(form.vital.currentIndex())
    form.rate.setText("75")
    qtbot.mouseClick(form.again, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: not desk.work.busy)
    assert desk.page.recording is not None
    assert desk.page.recording.waves[0].rate_hz == 75


def test_a_file_is_opened_by_dropping_it(qtbot: QtBot, desk: FilesDesk, tmp_path: Path) -> None:
    path = tmp_path / "night.csv"
    path.write_text(cms50(*seconds(3)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(QPoint(5, 5)),
        Qt.DropAction.CopyAction,
        data,
        Qt.MouseButton.LeftButton,
        Qt.KeyboardModifier.NoModifier,
    )
    desk.dropEvent(event)
    qtbot.waitUntil(lambda: not desk.work.busy)
    assert desk.page.isVisible()


def test_a_file_is_handed_over_to_be_judged(qtbot: QtBot, files: Here, tmp_path: Path) -> None:
    path = tmp_path / "night.csv"
    path.write_text(cms50(*seconds(30)))
    desk = FilesDesk(files, path, can_judge=True)
    qtbot.addWidget(desk, before_close_func=lambda widget: widget.finish())
    desk.show()
    qtbot.waitUntil(lambda: not desk.work.busy)
    with qtbot.waitSignal(desk.judge_wanted) as judged:
        qtbot.mouseClick(desk.judge, Qt.MouseButton.LeftButton)
    recording = judged.args[0]
    read = as_recording(recording)
    assert read.vitals == {Vital.PR, Vital.SPO2}
    assert "not a session of this program" in read.notes[0]


def test_what_is_simulated_says_so_in_its_heading(desk: FilesDesk, opened: Opened) -> None:
    opened("own.csv", "t_s,HR [/min],notice\n0,60,SIMULATION: not a patient.\n1,61,\n")
    assert desk.page.heading.text().endswith("SIMULATED")


def test_every_part_has_a_name_and_is_drawn_in_both_colours(
    desk: FilesDesk, opened: Opened
) -> None:
    opened("case.vital", vital_numbers(rate=75))
    for widget in (desk.page.plot, desk.page.strip, desk.page.waves, desk.page.channels.vital):
        assert widget.accessibleName()
    light = desk.page.plot.grab().toImage()
    desk.dress(DARK)
    assert not light.isNull()
    assert light.size() == desk.page.plot.grab().toImage().size()


# -- a record from elsewhere ----------------------------------------------------------------------


class Checked:
    """A check of a record that waits until it is let go."""

    notes = ("From elsewhere, opened read-only: looking changes nothing in it.",)

    def __init__(self, found: RecordFound | None, fails: str = "") -> None:
        self.may_go = threading.Event()
        self.found = found
        self.fails = fails

    def check(self, progress: Progress) -> RecordFound | None:
        while not self.may_go.wait(0.01):
            if not progress(0.5):
                return None
        if self.fails:
            raise CatalogueError(self.fails)
        return self.found


def window_over(qtbot: QtBot, check: Checked) -> ReviewWindow:
    sources = Sources(catalogue=Empty(), place="other.db", check=check)  # type: ignore[arg-type]
    window = ReviewWindow(sources)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    with qtbot.waitExposed(window):
        window.show()
    return window


def test_a_record_is_being_checked_while_the_list_shows(qtbot: QtBot) -> None:
    check = Checked(RecordFound(good=False, sentences=("From another site: key 1a2b not known.",)))
    window = window_over(qtbot, check)
    bar = window.record_bar
    assert bar is not None
    assert BEING_CHECKED in bar.words.text()
    assert check.notes[0] in bar.words.text()
    assert window.sessions.list.isVisible()
    check.may_go.set()
    qtbot.waitUntil(lambda: "key 1a2b" in bar.words.text())
    assert not bar.stop.isVisible()


def test_a_check_is_stopped_and_that_is_said(qtbot: QtBot) -> None:
    window = window_over(qtbot, Checked(None))
    bar = window.record_bar
    assert bar is not None
    qtbot.mouseClick(bar.stop, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: STOPPED in bar.words.text())


def test_a_check_that_cannot_be_made_is_said(qtbot: QtBot) -> None:
    check = Checked(None, "The file is gone.")
    check.may_go.set()
    window = window_over(qtbot, check)
    bar = window.record_bar
    assert bar is not None
    qtbot.waitUntil(lambda: "It cannot be checked: The file is gone." in bar.words.text())


def test_the_window_closes_while_a_record_is_checked(qtbot: QtBot) -> None:
    window = window_over(qtbot, Checked(None))
    window.close()
    assert window.record_bar is not None
    assert not window.record_bar.work.busy


def test_this_machines_own_record_has_no_bar(qtbot: QtBot) -> None:
    window = ReviewWindow(Sources(catalogue=Empty(), place="own.db"))  # type: ignore[arg-type]
    qtbot.addWidget(window)
    assert window.record_bar is None
