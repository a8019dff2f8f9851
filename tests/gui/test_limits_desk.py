"""The desk of other limits: choose, edit, judge, look, save; as a person at QA does it."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded
from session_scenes import LIMITS_TEXT

from app.qa.limits_desk import (
    AS_BEGUN,
    FROM_FILE,
    FROM_SESSION,
    LIMITS,
    RESULT,
    SESSIONS,
    LimitsDesk,
)
from app.qa.limits_result_page import RULES
from app.qa.rule_editor import AdjustmentRow
from app.records.archive import Archive
from app.records.limits_asking import RecordAsker
from app.rejudging.asking import Answer, Question
from app.review.sources import Sources
from app.review.window import ReviewWindow
from protocols.limits import parse_limits
from storage.database import open_database

RULE = "sbp-high-warning"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("limits-desk") / "sessions.db"
    recorded.make_record(path)
    return path


class Files:
    """What a person answers in the file dialogs, and what they were asked."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.saved = ""
        self.proposed = ""

    def choose(self, _parent: object, _title: str, _pattern: str) -> str:
        return self.opened.pop(0) if self.opened else ""

    def save(self, _parent: object, _title: str, proposed: str, _pattern: str) -> str:
        self.proposed = proposed
        return self.saved


@pytest.fixture
def files() -> Files:
    return Files()


@pytest.fixture
def asker(record: Path) -> Iterator[RecordAsker]:
    with open_database(record, read_only=True) as database:
        yield RecordAsker(database, str(record), who=lambda: "Q. Auditor")


Opened = list[tuple[str, int | None]]


@pytest.fixture
def opened() -> Opened:
    return []


@pytest.fixture
def desk(
    qtbot: QtBot, record: Path, asker: RecordAsker, files: Files, opened: Opened
) -> Iterator[LimitsDesk]:
    with open_database(record, read_only=True) as database:
        made = LimitsDesk(
            Archive(database),
            asker,
            lambda session, t_ns=None: opened.append((session, t_ns)),
            choose_file=files.choose,
            save_file=files.save,
        )
        qtbot.addWidget(made)
        made.setMinimumSize(1024, 600)
        made.resize(1366, 700)
        with qtbot.waitExposed(made):
            made.show()
        yield made
        made.finish()


def edit(qtbot: QtBot, desk: LimitsDesk, part: str, text: str, rule: str = RULE) -> AdjustmentRow:
    """Type a number of a rule and press Return."""
    desk.turn_to(LIMITS)
    desk.rules.table.choose(rule)
    row = desk.rules.editor.rows[part]
    qtbot.waitUntil(row.number.isVisible)
    row.number.setFocus()
    row.number.selectAll()
    qtbot.keyClicks(row.number, text)
    qtbot.keyClick(row.number, Qt.Key.Key_Return)
    return row


def live_words(qtbot: QtBot, desk: LimitsDesk, words: str) -> None:
    qtbot.waitUntil(lambda: words in desk.live_words.text(), timeout=10_000)


def judge(qtbot: QtBot, desk: LimitsDesk) -> None:
    with qtbot.waitSignal(desk.work.done, timeout=20_000):
        qtbot.mouseClick(desk.run, Qt.MouseButton.LeftButton)


def mark(desk: LimitsDesk, *sessions: str) -> None:
    desk.chooser.model.mark(sessions, on=True)


def test_it_begins_with_the_standard_limits_and_nothing_marked(desk: LimitsDesk) -> None:
    assert desk.begin.currentText() == "standard"
    assert desk.draft is not None
    assert desk.draft.changes == ()
    assert len(desk.chooser.model.lines) == 2
    assert not desk.run.isEnabled()
    assert not desk.save_limits.isEnabled()
    assert not desk.save_document.isEnabled()


def test_an_edit_shows_before_and_after_and_judges_the_session_at_hand(
    qtbot: QtBot, desk: LimitsDesk
) -> None:
    names = [line.session for line in desk.chooser.model.lines]
    desk.chooser.table.selectRow(names.index(recorded.CLOSED))
    row = edit(qtbot, desk, "limit", "175")
    assert row.before.text() == "was 165 mmHg"
    assert row.back.isVisible()
    assert "165 mmHg or above" in desk.rules.editor.before.text()
    assert "175 mmHg or above" in desk.rules.editor.after.text()
    assert desk.rules.changes.title.text() == "1 change"
    live_words(qtbot, desk, "0 gained, 1 lost")
    model = desk.rules.table.rules_model
    shown = {
        model.rules[r].id: [model.data(model.index(r, c)) for c in range(3)]
        for r in range(len(model.rules))
    }
    assert shown[RULE][1:] == ["165 → 175 mmHg", "1 → 0"]


def test_a_number_beyond_the_guardrails_is_refused_in_a_sentence(
    qtbot: QtBot, desk: LimitsDesk
) -> None:
    row = edit(qtbot, desk, "limit", "300")
    assert row.refused.text() == "Not taken. 300 is not allowed: 145 to 190 mmHg."
    assert not row.reason.isVisible()
    assert desk.draft is not None
    assert desk.draft.changes == ()


def test_outside_the_recommended_range_a_reason_is_asked_for_and_then_taken(
    qtbot: QtBot, desk: LimitsDesk
) -> None:
    row = edit(qtbot, desk, "limit", "180")
    assert "outside the recommended 155 to 175 mmHg" in row.refused.text()
    assert row.reason.isVisible()
    qtbot.keyClicks(row.reason, "audit of November")
    qtbot.keyClick(row.reason, Qt.Key.Key_Return)
    assert not row.refused.isVisible()
    assert desk.draft is not None
    assert desk.draft.changes[0].reason == "audit of November"


def test_every_change_can_be_put_back_and_every_step_undone(qtbot: QtBot, desk: LimitsDesk) -> None:
    edit(qtbot, desk, "limit", "170")
    edit(qtbot, desk, "delay", "45", "hr-high-advisory")
    assert desk.draft is not None
    assert len(desk.draft.changes) == 2
    qtbot.mouseClick(desk.rules.editor.rows["delay"].back, Qt.MouseButton.LeftButton)
    assert [change.place.subject for change in desk.draft.changes] == [RULE]
    for _ in range(3):
        qtbot.mouseClick(desk.rules.changes.undo, Qt.MouseButton.LeftButton)
    assert desk.draft.changes == ()
    assert not desk.rules.changes.undo.isEnabled()
    assert desk.tabs[LIMITS].text() == LIMITS


def test_problems_of_the_file_are_told_by_line_and_nothing_can_be_judged(
    qtbot: QtBot, desk: LimitsDesk
) -> None:
    mark(desk, recorded.CLOSED)
    edit(qtbot, desk, "limit", "160", "sbp-high-advisory")
    edit(qtbot, desk, "limit", "155")
    said = desk.rules.changes.problems.text()
    assert "a warning limit may not lie below the advisory limit 160" in said
    assert "Line " in said
    assert not desk.run.isEnabled()
    assert not desk.save_limits.isEnabled()
    qtbot.mouseClick(desk.rules.changes.undo, Qt.MouseButton.LeftButton)
    assert desk.run.isEnabled()


def test_a_rule_can_be_left_out_and_its_severity_changed(qtbot: QtBot, desk: LimitsDesk) -> None:
    desk.turn_to(LIMITS)
    desk.rules.table.choose("hr-high-advisory")
    row = desk.rules.editor.rows["judged"]
    qtbot.keyClick(row.check, Qt.Key.Key_Space)
    assert "not judged" in desk.rules.editor.after.text()
    desk.rules.table.choose(RULE)
    choice = desk.rules.editor.rows["severity"].choice
    choice.setCurrentText("advisory")
    choice.activated.emit(choice.currentIndex())
    assert desk.draft is not None
    assert {change.after for change in desk.draft.changes} == {"no", "advisory"}


def test_judging_a_selection_shows_what_changed_and_opens_the_moment(
    qtbot: QtBot, desk: LimitsDesk, opened: Opened
) -> None:
    qtbot.mouseClick(desk.chooser.all, Qt.MouseButton.LeftButton)
    assert desk.tabs[SESSIONS].text() == f"{SESSIONS} (2)"
    edit(qtbot, desk, "limit", "175")
    judge(qtbot, desk)
    assert desk.tabs[RESULT].isChecked()
    assert "0 gained, 1 lost, 0 moved" in desk.result.head.text()
    (row,) = desk.result.look_table.rows_model.rows
    assert row.cells[:4] == ("lost", RULE, "medium", recorded.CLOSED)
    desk.result.look_table.setFocus()
    desk.result.look_table.selectRow(0)
    qtbot.keyClick(desk.result.look_table, Qt.Key.Key_Return)
    assert opened == [(recorded.CLOSED, row.t_ns)]
    qtbot.mouseClick(desk.result.tabs[RULES], Qt.MouseButton.LeftButton)
    first = desk.result.rule_table.rows_model.rows[0].cells
    assert (first[0], first[2], first[3], first[6]) == (RULE, "1", "0", "1")
    assert "Assumed:" in desk.result.words.toPlainText()
    assert "Not judged:" in desk.result.words.toPlainText()


def test_an_edit_after_judging_takes_the_result_away(qtbot: QtBot, desk: LimitsDesk) -> None:
    mark(desk, recorded.CLOSED)
    judge(qtbot, desk)
    assert desk.save_document.isEnabled()
    edit(qtbot, desk, "limit", "175")
    assert desk.result.head.text() == "The question has changed: judge again."
    assert not desk.save_document.isEnabled()


def test_judging_can_be_stopped(qtbot: QtBot, desk: LimitsDesk) -> None:
    held = threading.Event()

    real = desk._asker

    class Slow:
        def __getattr__(self, name: str) -> object:
            return getattr(real, name)

        def ask(self, question: Question, go_on: Callable[[float], bool]) -> Answer | None:
            held.wait(10)
            return real.ask(question, go_on)

    desk._asker = Slow()  # type: ignore[assignment]
    mark(desk, recorded.CLOSED)
    with qtbot.waitSignal(desk.work.done, timeout=20_000):
        qtbot.mouseClick(desk.run, Qt.MouseButton.LeftButton)
        assert desk.progress.isVisible()
        assert not desk.run.isEnabled()
        qtbot.mouseClick(desk.stop, Qt.MouseButton.LeftButton)
        held.set()
    desk._asker = real
    assert desk.message.text() == "Stopped before all was judged: nothing is known."
    assert desk.run.isEnabled()
    assert desk.answer is None


def test_new_limits_and_the_document_are_saved(
    qtbot: QtBot, desk: LimitsDesk, files: Files, tmp_path: Path
) -> None:
    mark(desk, recorded.CLOSED)
    edit(qtbot, desk, "limit", "175")
    files.saved = str(tmp_path / "ours")
    with qtbot.waitSignal(desk.work.done, timeout=20_000):
        qtbot.mouseClick(desk.save_limits, Qt.MouseButton.LeftButton)
    assert files.proposed == "standard-3.toml"
    saved = (tmp_path / "ours.toml").read_text(encoding="utf-8")
    profile = parse_limits(saved, "ours")
    assert (profile.version, profile.approved_by) == ("3", "")
    judge(qtbot, desk)
    files.saved = str(tmp_path / "result.html")
    with qtbot.waitSignal(desk.work.done, timeout=20_000):
        qtbot.mouseClick(desk.save_document, Qt.MouseButton.LeftButton)
    assert "result.html" in desk.message.text()
    page = (tmp_path / "result.html").read_text(encoding="utf-8")
    assert desk.draft is not None
    assert desk.draft.digest in page
    assert "reviewed by" in page
    assert (tmp_path / "result.toml").read_text(encoding="utf-8") == saved


def test_a_name_that_is_taken_is_said_and_nothing_is_written_over(
    qtbot: QtBot, desk: LimitsDesk, files: Files, tmp_path: Path
) -> None:
    there = tmp_path / "there.toml"
    there.write_text("mine", encoding="utf-8")
    edit(qtbot, desk, "limit", "175")
    files.saved = str(there)
    with qtbot.waitSignal(desk.work.failed, timeout=20_000):
        qtbot.mouseClick(desk.save_limits, Qt.MouseButton.LeftButton)
    assert "is there already" in desk.message.text()
    assert there.read_text(encoding="utf-8") == "mine"


def test_limits_may_be_begun_from_a_session_or_a_file(
    desk: LimitsDesk, files: Files, tmp_path: Path
) -> None:
    desk.begin.setCurrentText(FROM_SESSION)
    desk.begin.activated.emit(desk.begin.currentIndex())
    assert desk.draft is not None
    assert desk.draft.origin.name == f"recorded in {desk.chooser.current}"
    own = tmp_path / "own.toml"
    own.write_text(LIMITS_TEXT.replace('version = "2"', 'version = "7"'), encoding="utf-8")
    files.opened = [str(own)]
    desk.begin.setCurrentText(FROM_FILE)
    desk.begin.activated.emit(desk.begin.currentIndex())
    assert (desk.draft.origin.name, desk.draft.original.version) == ("own.toml", "7")
    assert desk.begin.currentText() == "own.toml"
    own.write_text("id = 1", encoding="utf-8")
    files.opened = [str(own)]
    desk.begin.setCurrentText(FROM_FILE)
    desk.begin.activated.emit(desk.begin.currentIndex())
    assert "own.toml:1: id" in desk.message.text()
    assert desk.draft.original.version == "7"  # what was there stays


def test_a_file_of_numbers_is_compared_with_the_limits_begun_from(
    qtbot: QtBot, desk: LimitsDesk, files: Files, tmp_path: Path
) -> None:
    table = tmp_path / "numbers.csv"
    rows = "\n".join(f"{minute},{170 if minute == 3 else 120}" for minute in range(6))
    table.write_text(f"t,sys\n{rows}\n", encoding="utf-8")
    mapping = 'time = "t"\ntime_unit = "min"\n[vitals]\nsbp = "sys"\n'
    (tmp_path / "numbers.toml").write_text(mapping, encoding="utf-8")
    files.opened = [str(table)]
    qtbot.mouseClick(desk.chooser.add_file, Qt.MouseButton.LeftButton)
    assert desk.against.currentText() == AS_BEGUN
    assert "numbers.csv" in desk.chooser.said.text()
    edit(qtbot, desk, "limit", "175")
    judge(qtbot, desk)
    assert "1 lost" in desk.result.head.text()
    (look,) = desk.result.looks
    assert look.recording == "numbers"


def test_sessions_are_narrowed_by_day_room_and_kind(qtbot: QtBot, desk: LimitsDesk) -> None:
    bar = desk.chooser.filter
    qtbot.keyClicks(bar.since, "2026-03-03")
    qtbot.keyClick(bar.since, Qt.Key.Key_Return)
    assert desk.chooser.model.lines == []
    bar.since.clear()
    qtbot.keyClicks(bar.since, "yesterday")
    qtbot.keyClick(bar.since, Qt.Key.Key_Return)
    assert bar.trouble.text() == "No day: yesterday"
    assert len(desk.chooser.model.lines) == 2
    bar.kind.setCurrentIndex(1)
    assert desk.chooser.model.lines == []
    bar.kind.setCurrentIndex(2)
    assert len(desk.chooser.model.lines) == 2


def test_a_decimal_comma_is_taken_everywhere(
    qtbot: QtBot, desk: LimitsDesk, comma_locale: str
) -> None:
    row = edit(qtbot, desk, "limit", "170,5")
    assert desk.draft is not None
    assert desk.draft.changes[0].after == "170.5 mmHg"
    assert "value = 170.5," in desk.draft.text
    assert row.number.text() == "170.5"


def test_the_desk_stands_in_the_review_and_says_where_it_is_not_to_be_had(
    qtbot: QtBot, record: Path, asker: RecordAsker
) -> None:
    with open_database(record, read_only=True) as database:
        window = ReviewWindow(Sources(catalogue=Archive(database), asker=asker))
        qtbot.addWidget(window)
        window.open(recorded.CLOSED)
        desk = window.turn_to("Other limits")
        assert isinstance(desk, LimitsDesk)
        assert desk.chooser.current == recorded.CLOSED  # the session that was being read
        assert desk.chooser.sessions == (recorded.CLOSED,)
        window.open(recorded.CLOSED, 60_000_000_000)
        assert window.sessions.page.opened is not None
        window.close()
        bare = ReviewWindow(Sources(catalogue=Archive(database)))
        qtbot.addWidget(bare)
        assert not isinstance(bare.turn_to("Other limits"), LimitsDesk)
        bare.close()
