"""A replay shows what the live window showed: the same words at the same moments."""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QComboBox, QLabel, QLineEdit, QWidget
from pytestqt.qtbot import QtBot

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "unit" / "app"))

import recorded_sessions as recorded
from session_scenes import NURSE, Scene

from app.bedside.window import BedsideWindow
from app.feed import Feed
from app.replay.as_seen import NOT_RECORDED
from app.replay.feed import ReplayFeed
from app.replay.steps import StepKind
from app.replay.window import ReplayWindow
from app.verification import compare
from protocols.events import (
    Acknowledge,
    CloseSession,
    CorrectEntry,
    EnterBp,
    Event,
    GapFound,
    PauseAudio,
    PauseInfusion,
    Reading,
    ScreenShown,
    StopInfusion,
    TypedValue,
    WriteNote,
)
from protocols.vitals import NS_PER_S, Vital
from tests.gui.replayed_session import as_session

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

S = NS_PER_S
SIZE = (1600, 900)


class LiveFeed(Feed):
    """A live window's feed whose record is kept, the words of the window included."""

    def __init__(self, scene: Scene) -> None:
        super().__init__()
        self.scene = scene
        self._taken = 0

    def now_ns(self) -> int:
        return self.scene.now_ns

    def tell_screen(self, shown: ScreenShown) -> None:
        self.scene.feed(replace(shown, t_ns=self.scene.now_ns))

    def catch_up(self) -> None:
        """Show what happened, and what the window then says of itself."""
        for _ in range(2):
            events = self.scene.record[self._taken :]
            self._taken = len(self.scene.record)
            self.apply(events)
            self.advanced.emit()
            QApplication.processEvents()


@dataclass(frozen=True)
class Seen:
    """What stood on the live window at a moment."""

    t_ns: int
    page: str
    panel: str
    words: Counter[str]


def words_on(widget: QWidget) -> Counter[str]:
    """Every text that can be read on `widget`."""
    found: Counter[str] = Counter()
    for kind in (QLabel, QAbstractButton, QLineEdit):
        found.update(w.text() for w in widget.findChildren(kind) if w.isVisible() and w.text())
    boxes = (w for w in widget.findChildren(QComboBox) if w.isVisible())
    found.update(box.currentText() for box in boxes)
    return found


class LiveRoom:
    """A live window over a scripted visit."""

    def __init__(self) -> None:
        self.scene = Scene()
        self.feed = LiveFeed(self.scene)
        self.window = BedsideWindow(self.feed, NURSE)
        self.window.resize(*SIZE)
        self.window.show()
        self.moments: list[Seen] = []

    def look(self) -> None:
        """Note what stands on the window now, which then stands for a second."""
        self.feed.catch_up()
        shown = self.window.shown()
        words = words_on(self.window)
        self.moments.append(Seen(self.scene.now_ns, shown.page, shown.panel, words))
        self.scene.now_s += 1


def run_visit(room: LiveRoom) -> None:
    """Panels, alarms, an acknowledgement, a pause of sound, a correction, silence, the end."""
    scene, run = room.scene, room.window.run
    room.look()
    scene.to_infusing()
    scene.oximeter(30, pr=84)
    room.look()
    scene.do(EnterBp, sbp_mmhg=172, dbp_mmhg=98)
    room.look()
    run.open_panel("alarms")
    room.look()
    alarm = next(iter(scene.state.alarms))
    scene.do(Acknowledge, alarm=alarm, action="seen, watching")
    scene.do(PauseAudio)
    room.look()
    run.open_panel("note")
    room.look()
    scene.do(WriteNote, text="comfortable")
    run.side.close_page()
    scene.oximeter(10, pr=90)
    room.look()
    number = _last_systolic(scene.record)
    right = (TypedValue(vital=Vital.SBP, value=132.0), TypedValue(vital=Vital.DBP, value=82.0))
    scene.enter(
        CorrectEntry, target_seq=number, original="BP 172/98 mmHg", values=right, reason="misread"
    )
    room.look()
    scene.do(PauseInfusion, reason="pressure")
    scene.wait(45)
    room.look()
    scene.feed(GapFound(t_ns=scene.now_ns, gap_start_ns=scene.now_ns - 20 * S, cause="slept"))
    room.look()
    scene.do(StopInfusion, reason="patient asked")
    scene.wait(30)
    room.look()
    scene.do(CloseSession, reason="end of the test")
    room.look()


def _last_systolic(record: list[Event]) -> int:
    """Number of the systolic pressure that was typed last."""
    return max(
        number
        for number, event in enumerate(record, 1)
        if isinstance(event, Reading) and event.vital is Vital.SBP and event.manual
    )


@dataclass(frozen=True)
class Visit:
    """A visit as it was seen, its record, and a replay of it at the same size."""

    moments: list[Seen]
    record: list[Event]
    replay: ReplayWindow
    feed: ReplayFeed


@pytest.fixture(scope="module")
def made(qapp: QApplication) -> Iterator[Visit]:
    """Run once for all tests of this file; every change of the window is told at once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("app.bedside.screen_watch.STOOD_MS", 0)
        patch.setattr("app.bedside.screen_watch.BURST", 100)
        room = LiveRoom()
        run_visit(room)
    room.window.close()
    record = room.scene.record
    feed = ReplayFeed(as_session(record))
    replay = ReplayWindow(feed)
    replay.resize(SIZE[0], SIZE[1] + 200)
    replay.show()
    QApplication.processEvents()
    replay.transport.as_then.click()
    yield Visit(room.moments, record, replay, feed)
    replay.close()


@pytest.fixture
def visit(made: Visit) -> Iterator[Visit]:
    """The visit; between tests its replay stands where no alarm flashes."""
    yield made
    made.feed.seek(0)
    QApplication.processEvents()


def words_then(visit: Visit, seen: Seen) -> Counter[str]:
    visit.feed.seek(seen.t_ns)
    QApplication.processEvents()
    return words_on(visit.replay.bedside)


@pytest.mark.parametrize("order", [1, -1], ids=["forwards", "backwards"])
def test_every_word_that_stood_on_the_live_window_stands_in_the_replay(
    visit: Visit, order: int
) -> None:
    pages = {(seen.page, seen.panel) for seen in visit.moments}
    assert pages == {
        ("preparation", ""),
        ("run", ""),
        ("run", "alarms"),
        ("run", "note"),
        ("summary", ""),
    }
    for seen in visit.moments[::order]:
        words = words_then(visit, seen)
        more = {text for text in words - seen.words if not text.startswith("NOT RECORDED")}
        assert (seen.t_ns, set(seen.words - words), more) == (seen.t_ns, set(), set())


def test_what_the_window_showed_changes_nothing_that_follows(visit: Visit) -> None:
    shown = [event for event in visit.record if isinstance(event, ScreenShown)]
    assert len(shown) >= 5
    assert compare(visit.record, closed=True).identical
    # a correction names its event by number, so the rest is compared up to the first
    until = next(n for n, e in enumerate(visit.record) if isinstance(e, CorrectEntry))
    left = [event for event in visit.record[:until] if not isinstance(event, ScreenShown)]
    assert compare(left, closed=False).identical


def test_a_value_reads_as_it_was_typed_until_it_was_corrected(visit: Visit) -> None:
    before, after = (words_then(visit, visit.moments[place]) for place in (6, 7))
    assert (before["172/98"], before["132/82"]) == (1, 0)
    assert (after["172/98"], after["132/82"]) == (0, 1)


def test_what_sounded_is_told_and_the_pause_counts_down(visit: Visit) -> None:
    told = []
    for place in (1, 2, 4):
        visit.feed.seek(visit.moments[place].t_ns)
        told.append(visit.replay.transport.sound.text())
    assert told[0] == "Silent then"
    assert told[1] == "Sounding then: medium"
    assert told[2].startswith("Sound paused then, 2:00 left") or "left" in told[2]
    first = told[2]
    visit.feed.skip(7)
    assert visit.replay.transport.sound.text() != first


def test_nothing_recorded_is_covered_with_from_when_to_when_and_why(visit: Visit) -> None:
    (gap,) = visit.feed.track.gaps
    visit.feed.seek(0)
    visit.replay.transport.take_step(StepKind.GAP)
    cover = visit.replay.as_seen.gap_cover
    assert visit.feed.now_ns() == gap.start_ns
    assert cover.isVisible()
    assert "NOT RECORDED from 09:02:44 to 09:03:04" in cover.text()
    assert "slept" in cover.text()
    visit.feed.seek(gap.end_ns)
    assert not cover.isVisible()


def test_a_step_leads_to_each_answer_with_who_gave_it(visit: Visit) -> None:
    visit.feed.seek(0)
    visit.replay.transport.take_step(StepKind.ACKNOWLEDGED)
    note = visit.replay.transport.note.text()
    assert NURSE in note
    assert "acknowledged, seen, watching" in note
    visit.replay.transport.take_step(StepKind.ACKNOWLEDGED)
    assert visit.replay.transport.note.text() == "No acknowledgement after this."


def test_the_window_takes_the_size_of_then_and_gives_it_back(visit: Visit) -> None:
    visit.feed.seek(visit.moments[3].t_ns)
    bar, bedside = visit.replay.transport, visit.replay.bedside
    assert bar.window_words.text() == f"Window was {SIZE[0]} x {SIZE[1]}, dark."
    assert (bedside.width(), bedside.height()) == SIZE
    bar.as_then.click()
    QApplication.processEvents()
    assert bedside.height() > SIZE[1]
    bar.as_then.click()
    QApplication.processEvents()
    assert (bedside.width(), bedside.height()) == SIZE


def test_a_panel_of_then_can_be_read_and_nothing_entered(qtbot: QtBot, visit: Visit) -> None:
    seen = next(seen for seen in visit.moments if seen.panel == "note")
    visit.feed.seek(seen.t_ns)
    QApplication.processEvents()
    run = visit.replay.bedside.run
    close = run.side.close_button
    middle = close.mapTo(visit.replay.bedside, close.rect().center())
    qtbot.mouseClick(visit.replay.as_seen.glass, Qt.MouseButton.LeftButton, pos=QPoint(middle))
    assert run.side.name == "note"
    assert visit.replay.bedside.childAt(middle) is visit.replay.as_seen.glass
    qtbot.keyClick(visit.replay, Qt.Key.Key_F3)
    assert run.side.name == "alarms"


def test_a_record_from_before_says_that_the_window_is_not_known(qtbot: QtBot) -> None:
    feed = ReplayFeed(as_session(list(recorded.visit())))
    replay = ReplayWindow(feed)
    qtbot.addWidget(replay)
    replay.resize(1366, 768)
    replay.show()
    assert replay.transport.window_words.text() == NOT_RECORDED
    assert not replay.transport.as_then.isEnabled()
    assert not replay.bedside.run.action_bar.isVisible()
    assert not replay.as_seen.glass.isVisible()
