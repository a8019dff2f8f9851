"""Other limits at the desk, replayed beside the bedside: which replay is opened, and from when."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt
from PySide6.QtGui import QWindow
from pytestqt.qtbot import QtBot

from app.commands.replay_orders import ReplayOrders
from app.qa.limits_desk import LIMITS, RESULT, LimitsDesk
from app.qa.limits_result_page import RECORDINGS, RULES
from app.records.archive import Archive
from app.records.limits_asking import RecordAsker
from app.replay.feed import ReplayFeed
from app.replay.window import ReplayWindow
from app.review.desks import OTHER_LIMITS
from app.review.replay_order import ReplayOrder
from app.review.run import _open_replay as open_replay
from app.review.sources import Sources
from app.review.window import ReviewWindow
from protocols.limits import parse_limits
from protocols.vitals import NS_PER_S
from storage.database import open_database
from tests.unit.app import recorded_sessions as recorded

RULE = "sbp-high-warning"


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("limits-replay") / "sessions.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def window(qtbot: QtBot, record: Path) -> Iterator[ReviewWindow]:
    with open_database(record, read_only=True) as database:
        asker = RecordAsker(database, str(record), who=lambda: "Q. Auditor")
        made = ReviewWindow(Sources(catalogue=Archive(database), asker=asker))
        qtbot.addWidget(made)
        made.resize(1366, 768)
        with qtbot.waitActive(made):
            made.show()
            made.activateWindow()
        yield made
        made.close()


@pytest.fixture
def desk(window: ReviewWindow) -> LimitsDesk:
    found = window.turn_to(OTHER_LIMITS)
    assert isinstance(found, LimitsDesk)
    return found


@pytest.fixture
def orders(window: ReviewWindow) -> list[ReplayOrder]:
    found: list[ReplayOrder] = []
    window.replay_wanted.connect(found.append)
    return found


def lower(qtbot: QtBot, desk: LimitsDesk) -> None:
    """Ask about a higher limit of the systolic pressure."""
    desk.turn_to(LIMITS)
    desk.rules.table.choose(RULE)
    number = desk.rules.editor.rows["limit"].number
    qtbot.waitUntil(number.isVisible)
    number.setFocus()
    number.selectAll()
    qtbot.keyClicks(number, "175")
    qtbot.keyClick(number, Qt.Key.Key_Return)


def test_the_session_at_hand_is_replayed_beside_the_draft_as_it_is_now(
    qtbot: QtBot, desk: LimitsDesk, orders: list[ReplayOrder]
) -> None:
    desk.stand_on(recorded.CLOSED)
    lower(qtbot, desk)
    desk.replay.setFocus()
    qtbot.keyClick(desk.replay, Qt.Key.Key_Space)
    (order,) = orders
    assert (order.session, order.t_ns) == (recorded.CLOSED, None)
    assert desk.draft is not None
    assert order.limits_text == desk.draft.text
    assert parse_limits(order.limits_text, "draft").version == desk.draft.version


def test_limits_that_cannot_be_used_are_not_replayed(
    desk: LimitsDesk, orders: list[ReplayOrder]
) -> None:
    desk.chooser.table.clearSelection()
    desk.chooser.table.setCurrentIndex(desk.chooser.table.rootIndex())
    desk._idle()
    assert not desk.replay.isEnabled()
    desk._replay()
    assert not desk.result.replay.isEnabled()
    assert orders == []


def test_a_moment_of_the_result_is_replayed_from_there_by_keys(
    qtbot: QtBot, desk: LimitsDesk, orders: list[ReplayOrder]
) -> None:
    desk.chooser.model.mark([recorded.CLOSED], on=True)
    lower(qtbot, desk)
    with qtbot.waitSignal(desk.work.done, timeout=20_000):
        qtbot.mouseClick(desk.run, Qt.MouseButton.LeftButton)
    assert desk.tabs[RESULT].isChecked()
    page = desk.result
    assert not page.replay.isEnabled()
    page.look_table.setFocus()
    page.look_table.selectRow(0)
    assert page.replay.isEnabled()
    qtbot.keyClick(page.look_table, Qt.Key.Key_R, Qt.KeyboardModifier.ControlModifier)
    (order,) = orders
    assert desk.answer is not None
    assert order == ReplayOrder(
        session=recorded.CLOSED,
        t_ns=page.looks[0].t_ns,
        limits_text=desk.answer.question.limits_text,
    )
    assert page.answer is not None
    qtbot.mouseClick(page.tabs[RULES], Qt.MouseButton.LeftButton)
    assert not page.replay.isEnabled()
    qtbot.mouseClick(page.tabs[RECORDINGS], Qt.MouseButton.LeftButton)
    page.recording_table.selectRow(0)
    qtbot.mouseClick(page.replay, Qt.MouseButton.LeftButton)
    assert (orders[1].session, orders[1].t_ns) == (page.answer.results[0].name, None)


def test_the_desk_of_sessions_asks_for_a_replay_without_limits(
    qtbot: QtBot, window: ReviewWindow, orders: list[ReplayOrder]
) -> None:
    window.open(recorded.CLOSED)
    qtbot.mouseClick(window.sessions.page.replay, Qt.MouseButton.LeftButton)
    assert orders == [ReplayOrder(session=recorded.CLOSED)]


def test_the_command_names_a_file_of_the_limits_that_stays_until_the_review_ends() -> None:
    order = ReplayOrder(session="s", t_ns=90 * NS_PER_S + 500_000_000, limits_text="limits = 1\n")
    with ReplayOrders("/tmp/day.db") as orders:
        program, main, *words = orders.command(order)
        assert program == sys.executable
        assert Path(main).name == "main.py"
        path = Path(words[words.index("--limits") + 1])
        assert path.read_text(encoding="utf-8") == "limits = 1\n"
        told = shlex.join(words)
        assert told == f"replay s --at 90.500 --limits {path} --database /tmp/day.db"
        assert orders.command(order)[2:] == words  # the same text needs no second file
        other = orders.command(ReplayOrder(session="s", limits_text="limits = 2\n"))
        assert Path(other[-3]).read_text(encoding="utf-8") == "limits = 2\n"
        assert path.exists()
    assert not path.parent.exists()
    with ReplayOrders(None) as orders:
        assert orders.command(ReplayOrder(session="s"))[2:] == ["replay", "s"]


def test_a_replay_that_cannot_be_opened_is_said_in_the_window(window: ReviewWindow) -> None:
    def no_room(_order: ReplayOrder) -> list[str]:
        raise OSError(28, "No space left on device")

    window.tell(open_replay(no_room, ReplayOrder(session="s")))
    assert "cannot be written to a file: No space left on device." in window.trouble.text()
    window.tell(open_replay(lambda _order: ["/nowhere/python"], ReplayOrder(session="s")))
    assert window.trouble.text() == "The replay of s could not be started."
    assert window.trouble.isVisible()
    window.tell(open_replay(lambda _order: [sys.executable, "-c", ""], ReplayOrder(session="s")))
    assert not window.trouble.isVisible()


def test_a_replay_begins_at_the_moment_it_was_asked_for(qtbot: QtBot, record: Path) -> None:
    with open_database(record, read_only=True) as database:
        feed = ReplayFeed(Archive(database).read_session(recorded.CLOSED))
    feed.seek(120 * NS_PER_S)
    shown = ReplayWindow(feed)
    qtbot.addWidget(shown)
    shown.resize(1366, 768)
    with qtbot.waitExposed(shown):
        shown.show()
    assert shown.transport.slider.value() == 1200
    assert feed.state.t_ns <= 120 * NS_PER_S
    assert not feed.playing


class Shown(QObject):
    """Every window that comes up in the application, by its kind."""

    def __init__(self) -> None:
        super().__init__()
        self.kinds: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() is QEvent.Type.Show and isinstance(watched, QWindow):
            self.kinds.append(watched.objectName())
        return False


def test_turning_to_the_limits_and_opening_a_replay_flash_no_other_windows(
    qtbot: QtBot, window: ReviewWindow, record: Path
) -> None:
    shown, application = Shown(), QCoreApplication.instance()
    assert application is not None
    application.installEventFilter(shown)
    window.turn_to(OTHER_LIMITS)
    with open_database(record, read_only=True) as database:
        replay = ReplayWindow(ReplayFeed(Archive(database).read_session(recorded.CLOSED)))
    qtbot.addWidget(replay)
    application.removeEventFilter(shown)
    assert shown.kinds == []
    assert window.isActiveWindow()
