"""The replay: a recorded session on the bedside's screen, moved by bar and keys."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded

from app.bedside.run_page import RunPage
from app.records.catalogue import Standing
from app.replay.feed import SPEEDS, ReplayFeed
from app.replay.scrub_slider import OtherAlarm, OtherAlarms
from app.replay.steps import StepKind
from app.replay.window import ReplayWindow
from protocols.events import Acknowledge, Priority
from protocols.vitals import NS_PER_S
from tests.gui.replayed_session import as_session

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

S = NS_PER_S


class Hands:
    """A real clock moved by hand."""

    def __init__(self) -> None:
        self.ns = 0

    def __call__(self) -> int:
        return self.ns


@pytest.fixture
def hands() -> Hands:
    return Hands()


@pytest.fixture
def feed(qtbot: QtBot, hands: Hands) -> ReplayFeed:
    return ReplayFeed(as_session(recorded.visit()), elapsed_ns=hands)


Show = Callable[[ReplayFeed], ReplayWindow]


@pytest.fixture
def show(qtbot: QtBot) -> Show:
    def make(feed: ReplayFeed) -> ReplayWindow:
        window = ReplayWindow(feed)
        qtbot.addWidget(window)
        window.resize(1366, 768)
        with qtbot.waitExposed(window):
            window.show()
        return window

    return make


def test_it_stands_at_the_beginning_until_it_is_played(feed: ReplayFeed, hands: Hands) -> None:
    hands.ns = 100 * S
    feed.tick()
    assert (feed.playing, feed.now_ns()) == (False, 0)


@pytest.mark.parametrize("speed", SPEEDS)
def test_session_time_runs_at_the_speed_chosen(
    feed: ReplayFeed, hands: Hands, speed: float
) -> None:
    feed.set_speed(speed)
    feed.play()
    hands.ns += 3 * S
    feed.tick()
    assert feed.now_ns() == min(feed.end_ns, round(3 * S * speed))
    feed.pause()
    assert feed.state.t_ns <= feed.now_ns()
    hands.ns += 3 * S
    feed.tick()
    assert feed.now_ns() == min(feed.end_ns, round(3 * S * speed))


def test_a_change_of_speed_makes_no_jump(feed: ReplayFeed, hands: Hands) -> None:
    feed.play()
    hands.ns += 10 * S
    feed.set_speed(60)
    assert feed.now_ns() == 10 * S
    hands.ns += 2 * S
    feed.tick()
    assert feed.now_ns() == 130 * S
    feed.pause()


def test_playing_shows_the_same_state_as_jumping(feed: ReplayFeed, hands: Hands) -> None:
    feed.set_speed(20)
    feed.play()
    for _ in range(9):
        hands.ns += round(1.7 * S)
        feed.tick()
    feed.pause()
    reached, state = feed.now_ns(), feed.state
    feed.seek(0)
    feed.seek(reached)
    assert feed.state == state


def test_it_stops_at_the_end_and_says_so_and_plays_anew_from_there(
    feed: ReplayFeed, hands: Hands
) -> None:
    feed.seek(feed.end_ns - S)
    feed.play()
    hands.ns += 5 * S
    feed.tick()
    assert (feed.playing, feed.now_ns()) == (False, feed.end_ns)
    assert feed.ending == "End of the session."
    assert feed.state.closed is not None
    feed.play()
    assert (feed.playing, feed.now_ns()) == (True, 0)
    feed.pause()


def test_an_interrupted_session_plays_to_its_cut_and_says_so(qtbot: QtBot, show: Show) -> None:
    feed = ReplayFeed(as_session(recorded.cut_visit(), Standing.INTERRUPTED))
    window = show(feed)
    assert "interrupted" in window.notice.text()
    feed.seek(feed.end_ns)
    assert "cut short" in window.transport.note.text()
    assert feed.state.closed is None


def test_what_cannot_be_read_is_said(qtbot: QtBot, show: Show) -> None:
    window = show(ReplayFeed(as_session(recorded.visit(), missing=("Events 3 to 9 are missing.",))))
    assert window.notice.isVisible()
    assert window.notice.text() == "Events 3 to 9 are missing."


def test_nothing_is_sent_and_no_action_is_offered(feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    feed.seek(200 * S)
    feed.submit(Acknowledge(t_ns=0, by="x", alarm="y"))
    page = window.bedside.page
    assert isinstance(page, RunPage)
    assert page.watermark.isVisible()
    assert not page.action_bar.isVisible()


def test_the_bedsides_window_shows_the_moment(feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    feed.step(StepKind.ALARM)
    assert feed.state.active_alarms
    during = window.bedside.grab().toImage()
    feed.seek(0)
    assert not feed.state.active_alarms
    assert window.bedside.grab().toImage() != during


def test_keys_play_skip_and_change_speed(qtbot: QtBot, feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert feed.playing
    qtbot.keyClick(window, Qt.Key.Key_Plus)
    assert feed.speed == 2
    qtbot.keyClick(window, Qt.Key.Key_Minus)
    assert feed.speed == 1
    for _ in range(5):
        qtbot.keyClick(window, Qt.Key.Key_Minus)
    assert feed.speed == 0.25
    qtbot.keyClick(window, Qt.Key.Key_Space)
    assert not feed.playing
    start = feed.now_ns()
    qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.keyClick(window, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert feed.now_ns() == start + 60 * S
    qtbot.keyClick(window, Qt.Key.Key_End)
    assert feed.now_ns() == feed.end_ns
    qtbot.keyClick(window, Qt.Key.Key_Home)
    assert feed.now_ns() == 0


def test_steps_lead_to_events_alarms_and_missed_checks(
    qtbot: QtBot, feed: ReplayFeed, show: Show
) -> None:
    window = show(feed)
    bar = window.transport
    for _ in range(10):
        qtbot.mouseClick(bar.steps[StepKind.ALARM, False], Qt.MouseButton.LeftButton)
        if "172" in bar.note.text():
            break
    assert any("172" in alarm.sentence for alarm in feed.state.active_alarms)
    at_alarm = feed.now_ns()
    qtbot.keyClick(window, Qt.Key.Key_E, Qt.KeyboardModifier.ShiftModifier)
    assert feed.now_ns() < at_alarm
    qtbot.keyClick(window, Qt.Key.Key_M)
    assert bar.note.text().endswith("missed")
    feed.seek(feed.end_ns)
    qtbot.keyClick(window, Qt.Key.Key_A)
    assert bar.note.text() == "No alarm after this."


def test_the_slider_follows_and_leads(qtbot: QtBot, feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    slider = window.transport.slider
    feed.seek(feed.end_ns // 2)
    assert slider.value() == feed.now_ns() // (S // 10)
    x = round(slider.x_of(feed.end_ns // 4))
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=QPoint(x, slider.height() // 2))
    per_pixel = feed.end_ns / slider.width()
    assert abs(feed.now_ns() - feed.end_ns // 4) <= 2 * per_pixel
    slider.setValue(slider.maximum())
    assert feed.now_ns() == feed.end_ns


def test_the_bar_names_place_and_speed(qtbot: QtBot, feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    bar = window.transport
    feed.seek(100 * S)
    assert bar.place.text().startswith("1:40 of ")
    assert bar.place.text().endswith("09:01")
    bar.speed.setCurrentIndex(SPEEDS.index(20))
    assert feed.speed == 20
    qtbot.mouseClick(bar.play, Qt.MouseButton.LeftButton)
    assert (feed.playing, bar.play.text()) == (True, "Pause")
    qtbot.mouseClick(bar.play, Qt.MouseButton.LeftButton)
    assert (feed.playing, bar.play.text()) == (False, "Play")


def test_every_button_can_be_reached_and_has_a_name(feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    bar = window.transport
    for widget in (bar.play, bar.slider, bar.speed, bar.time, bar.as_then, *bar.steps.values()):
        assert widget.accessibleName()
        assert widget.focusPolicy() & Qt.FocusPolicy.TabFocus


def test_closing_the_window_stops_the_clock(qtbot: QtBot, feed: ReplayFeed, show: Show) -> None:
    window = show(feed)
    feed.play()
    window.close()
    assert not feed.playing


def test_a_speed_that_is_not_offered_is_refused(feed: ReplayFeed) -> None:
    with pytest.raises(ValueError, match="speeds"):
        feed.set_speed(3)


def test_a_time_that_is_typed_is_gone_to_and_no_time_is_said(
    qtbot: QtBot, feed: ReplayFeed, show: Show
) -> None:
    window = show(feed)
    bar = window.transport
    qtbot.keyClick(window, Qt.Key.Key_T)
    assert bar.time.hasFocus()
    qtbot.keyClicks(bar.time, "+2")
    qtbot.keyClick(bar.time, Qt.Key.Key_Return)
    began = feed.track.drug_began_ns
    assert began is not None
    assert feed.now_ns() == began + 120 * S
    assert not bar.time.hasFocus()
    bar.time.setText("09:05:10")
    qtbot.keyClick(bar.time, Qt.Key.Key_Return)
    assert bar.place.text().endswith("09:05")
    assert feed.now_ns() == 310 * S
    bar.time.setText("late")
    qtbot.keyClick(bar.time, Qt.Key.Key_Return)
    assert bar.note.text().startswith("Type a local time")
    assert feed.now_ns() == 310 * S


OTHER = OtherAlarms(
    name="trial 2",
    alarms=(
        OtherAlarm(
            start_ns=300 * S,
            end_ns=420 * S,
            priority=Priority.MEDIUM,
            sentence="SBP 160, limit 155",
        ),
        OtherAlarm(start_ns=700 * S, end_ns=701 * S, priority=Priority.LOW, sentence="HR 92"),
    ),
)


def test_alarms_under_other_limits_have_a_lane_and_steps_of_their_own(
    qtbot: QtBot, feed: ReplayFeed
) -> None:
    plain = ReplayWindow(feed)
    qtbot.addWidget(plain)
    assert plain.transport.steps[StepKind.OTHER, False].isHidden()
    window = ReplayWindow(feed, other=OTHER)
    qtbot.addWidget(window)
    window.resize(1366, 768)
    window.show()
    slider = window.transport.slider
    assert slider.accessibleDescription() == "2 alarms under trial 2"
    picture = slider.grab().toImage()
    inside = round(slider.x_of(300 * S)) + 2, slider.height() - 3
    outside = round(slider.x_of(550 * S)), slider.height() - 3
    column = [
        picture.pixelColor(inside[0], y).name()
        for y in range(slider.height() - 12, slider.height())
    ]
    bare = [
        picture.pixelColor(outside[0], y).name()
        for y in range(slider.height() - 12, slider.height())
    ]
    assert len(set(column)) > len(set(bare))
    feed.seek(0)
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert feed.now_ns() == 300 * S
    assert window.transport.note.text().endswith("SBP 160, limit 155")
    qtbot.keyClick(window, Qt.Key.Key_O)
    qtbot.keyClick(window, Qt.Key.Key_O)
    assert window.transport.note.text() == "No alarm under other limits after this."
    step = feed.track.next_step(-1, StepKind.EVENT)
    happened = set()
    while step is not None:
        happened.add(step.text)
        step = feed.track.next_step(step.t_ns, StepKind.EVENT)
    assert "HR 92" not in happened, "what might have been is no event"


def test_a_drag_of_the_slider_ends_where_it_was_let_go(
    qtbot: QtBot, feed: ReplayFeed, show: Show
) -> None:
    window = show(feed)
    slider = window.transport.slider
    middle = slider.height() // 2
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=QPoint(100, middle))
    sought = []
    feed.advanced.connect(lambda: sought.append(feed.now_ns()))
    for x in range(100, 700, 4):
        slider.mouseMoveEvent(_moved(x, middle))
    assert len(sought) < 20, "a drag asks for a frame at a time"
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(696, middle))
    qtbot.waitUntil(lambda: feed.now_ns() == slider.value() * (S // 10))
    assert abs(slider.x_of(feed.now_ns()) - 696) <= 2


def _moved(x: int, y: int) -> QMouseEvent:
    place = QPointF(x, y)
    left = Qt.MouseButton.LeftButton
    return QMouseEvent(
        QEvent.Type.MouseMove, place, place, left, left, Qt.KeyboardModifier.NoModifier
    )
