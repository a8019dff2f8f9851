"""The run screen and its window: what a nurse does, by touch and by key, and what comes of it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app import theme
from app.bedside.cover import STOPPED_TEXT
from app.bedside.window import BedsideWindow
from protocols.events import (
    AbortBp,
    Acknowledge,
    AlarmState,
    ArmBpSchedule,
    BpScheduleArmed,
    Command,
    CommandRefused,
    PauseAudio,
    PauseInfusion,
    Phase,
    PhaseChanged,
    ResumeInfusion,
    SlowInfusion,
    StopInfusion,
    TakeBp,
)
from protocols.vitals import NS_PER_S

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NURSE = stories.NURSE


def sent(feed: stories.StoryFeed) -> list[Command]:
    return feed.submitted


# ---- nothing is clipped, everything fits


def clipped(root: QWidget) -> list[str]:
    """Texts that do not fit into their label or button."""
    found = []
    for widget in root.findChildren(QWidget):
        if not widget.isVisible() or not isinstance(widget, QLabel | QPushButton):
            continue
        lines = widget.text().splitlines() or [""]
        width = max(widget.fontMetrics().horizontalAdvance(line) for line in lines)
        wraps = isinstance(widget, QLabel) and widget.wordWrap()
        room = widget.width() + 1
        if not wraps and width > room:
            found.append(f"{widget.text()!r} needs {width} has {room}")
        if widget.height() < 0.9 * widget.fontMetrics().capHeight() * len(lines):
            found.append(f"{widget.text()!r} is {widget.height()} high")
    return found


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1536, 864), (1366, 768), (1366, 720)])
@pytest.mark.parametrize("story", list(stories.STORIES))
def test_every_text_fits(open_window, story: str, width: int, height: int) -> None:
    window = open_window(stories.STORIES[story](), width, height)
    assert (window.width(), window.height()) == (width, height)
    assert clipped(window.run) == []


@pytest.mark.parametrize("panel", ["alarms", "event", "score", "drug", "note", "by-hand", "skip"])
def test_a_side_panel_leaves_numbers_alarms_and_plots_in_sight(open_window, panel: str) -> None:
    window = open_window(stories.emergency(), 1366, 768)
    window.run.open_panel(panel)
    QApplication.processEvents()
    run = window.run
    assert run.side.isVisible()
    assert clipped(run) == []
    side = run.side.rect().translated(run.side.mapTo(run, QPoint(0, 0)))
    for widget in (run.bp, run.heart, run.spo2, run.banner, run.trends.heart):
        area = widget.rect().translated(widget.mapTo(run, QPoint(0, 0)))
        assert widget.isVisible()
        assert widget.width() > 100
        assert not side.intersects(area)


def test_every_button_is_large_enough_to_touch(open_window) -> None:
    window = open_window(stories.emergency(), 1366, 768)
    least = theme.active_sizes().touch
    for panel in ("alarms", "event", "score"):
        window.run.open_panel(panel)
        QApplication.processEvents()
        for button in window.run.findChildren(QPushButton):
            if button.isVisible():
                assert min(button.width(), button.height()) >= least, button.text()


def test_everything_has_a_name_for_screen_readers(open_window) -> None:
    window = open_window(stories.calm())
    run = window.run
    named = (run.banner, run.bp, run.heart, run.spo2, run.scores, run.due, run.phase)
    assert all(widget.accessibleName() for widget in named)
    assert "148/90" in run.bp.accessibleDescription()
    for panel in run.side.pages:
        run.open_panel(panel)
        for button in run.side.findChildren(QPushButton):
            assert button.accessibleName() or button.text()


def test_rendering_again_changes_nothing(open_window, monkeypatch) -> None:
    feed = stories.emergency()
    open_window(feed)
    changed: list[str] = []
    plain = QLabel.setText
    monkeypatch.setattr(
        QLabel, "setText", lambda label, text: (changed.append(text), plain(label, text))
    )
    feed.advanced.emit()
    assert changed == []


# ---- the pump


def test_pause_takes_a_hold(open_window, qtbot) -> None:
    feed = stories.calm()
    window = open_window(feed)
    button = window.run.action_bar.pause
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert sent(feed) == []
    qtbot.mousePress(button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(sent(feed)), timeout=5000)
    qtbot.mouseRelease(button, Qt.MouseButton.LeftButton)
    assert sent(feed) == [PauseInfusion(t_ns=0, by=NURSE)]
    assert button.isVisible()


def test_stop_by_key_is_held(open_window, qtbot) -> None:
    feed = stories.calm()
    window = open_window(feed)
    QTest.keyPress(window.run, Qt.Key.Key_F12)
    assert sent(feed) == []
    qtbot.waitUntil(lambda: bool(sent(feed)), timeout=5000)
    QTest.keyRelease(window.run, Qt.Key.Key_F12)
    assert sent(feed) == [StopInfusion(t_ns=0, by=NURSE)]
    assert not window.run.action_bar.stop.armed


def test_stop_by_key_pressed_twice(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    stop = window.run.action_bar.stop
    QTest.keyClick(window.run, Qt.Key.Key_F12)
    assert stop.armed
    assert stop.text() == "STOP?\nF12 again"
    assert sent(feed) == []
    QTest.keyClick(window.run, Qt.Key.Key_F12)
    assert sent(feed) == [StopInfusion(t_ns=0, by=NURSE)]
    assert stop.text() == "STOP\nF12 hold"


def test_an_armed_key_forgets(open_window, qtbot) -> None:
    feed = stories.calm()
    window = open_window(feed)
    QTest.keyClick(window.run, Qt.Key.Key_F11)
    qtbot.waitUntil(lambda: not window.run.action_bar.pause.armed, timeout=5000)
    assert sent(feed) == []


def test_the_pump_keys_work_while_a_note_is_typed(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.open_panel("note")
    note = window.run.side.pages["note"].text
    QTest.keyClicks(note, "calm, ")
    QTest.keyClick(note, Qt.Key.Key_F11)
    QTest.keyClick(note, Qt.Key.Key_F11)
    assert sent(feed) == [PauseInfusion(t_ns=0, by=NURSE)]
    assert note.toPlainText() == "calm, "


def test_slow_and_full_rate(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.action_bar.slow.click()
    assert sent(feed) == [SlowInfusion(t_ns=0, by=NURSE, percent=50)]
    assert window.run.action_bar.slow.text() == "Slow 50 %\nF10"
    feed.tell(stories.delivery(feed.now_ns() / NS_PER_S, "0.4375", "20.7", 50, "slowed"))
    assert window.run.action_bar.slow.text() == "Full rate\nF10"
    QTest.keyClick(window.run, Qt.Key.Key_F10)
    assert sent(feed)[-1] == SlowInfusion(t_ns=0, by=NURSE, percent=100)


def shown_right(window: BedsideWindow) -> list[str]:
    bar = window.run.action_bar
    return [button.text().partition("\n")[0] for button in bar.right if button.isVisible()]


def test_the_right_side_follows_the_phase(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    assert shown_right(window) == ["Line", "Slow 50 %", "Pause", "STOP"]
    for before, after, expected in (
        (Phase.INFUSING, Phase.PAUSED, ["Line", "Resume", "STOP"]),
        (Phase.PAUSED, Phase.STOPPED, []),
        (Phase.STOPPED, Phase.RECOVERY, ["Line", "Discharge"]),
    ):
        feed.tell(PhaseChanged(t_ns=feed.now_ns(), before=before, after=after, by=NURSE))
        assert shown_right(window) == expected


def test_resume_by_key(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    feed.tell(PhaseChanged(t_ns=feed.now_ns(), before=Phase.INFUSING, after=Phase.PAUSED, by=NURSE))
    for _ in range(2):
        QTest.keyClick(window.run, Qt.Key.Key_F11)
    assert sent(feed) == [ResumeInfusion(t_ns=0, by=NURSE)]


# ---- blood pressure


def test_take_and_abort_bp_by_touch_and_key(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.action_bar.take_bp.click()
    assert sent(feed) == [TakeBp(t_ns=0, by=NURSE)]
    feed.apply(stories.emergency().history.listed[:0])
    busy = stories.emergency()
    window = open_window(busy)
    assert window.run.action_bar.take_bp.text() == "Abort BP\nF4"
    QTest.keyClick(window.run, Qt.Key.Key_F4)
    window.run.bp.abort.click()
    assert sent(busy) == [AbortBp(t_ns=0, by=NURSE)] * 2


def test_the_automatic_toggle_moves_only_when_the_record_says_so(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    toggle = window.run.action_bar.arm_bp
    assert (toggle.isChecked(), toggle.text()) == (True, "Auto BP on\nF5")
    toggle.click()
    assert sent(feed) == [ArmBpSchedule(t_ns=0, by=NURSE, armed=False)]
    assert toggle.isChecked()
    feed.tell(BpScheduleArmed(t_ns=feed.now_ns(), armed=False, by=NURSE))
    assert (toggle.isChecked(), toggle.text()) == (False, "Auto BP off\nF5")


# ---- alarms


def test_acknowledging_says_what_was_done(open_window) -> None:
    feed = stories.pressure_alarm()
    window = open_window(feed)
    QTest.keyClick(window.run, Qt.Key.Key_F1)
    page = window.run.side.pages["alarms"]
    assert list(page.cards) == ["sbp-high-warning", "dbp-high-advisory"]
    page.cards["sbp-high-warning"].answers.button("prescriber told").click()
    acknowledged = Acknowledge(t_ns=0, by=NURSE, alarm="sbp-high-warning", action="prescriber told")
    assert sent(feed) == [acknowledged]
    assert not page.cards["sbp-high-warning"].answers.isHidden()
    alarm = replace(
        feed.state.alarms["sbp-high-warning"], state=AlarmState.ACKED, by=NURSE, action="told"
    )
    feed.tell(alarm)
    assert page.cards["sbp-high-warning"].answers.isHidden()


def test_alarm_cards_follow_the_alarms(open_window) -> None:
    feed = stories.pressure_alarm()
    window = open_window(feed)
    window.run.open_panel("alarms")
    page = window.run.side.pages["alarms"]
    feed.tell(replace(feed.state.alarms["sbp-high-warning"], state=AlarmState.OFF))
    assert list(page.cards) == ["dbp-high-advisory"]
    feed.tell(replace(feed.state.alarms["dbp-high-advisory"], state=AlarmState.OFF))
    assert page.none.isVisible()


def test_sound_is_paused_by_key(open_window) -> None:
    feed = stories.pressure_alarm()
    window = open_window(feed)
    QTest.keyClick(window.run, Qt.Key.Key_F2)
    assert sent(feed) == [PauseAudio(t_ns=0, by=NURSE)]


# ---- refusals, faults, replay, pages


def test_a_refusal_is_shown_and_goes(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    feed.tell(
        CommandRefused(
            t_ns=feed.now_ns(),
            command="slow_infusion",
            by=NURSE,
            reason="The infusion is paused: resume it first.",
        )
    )
    refusal = window.run.refusal
    assert refusal.isVisible()
    assert refusal.text() == "Not accepted: The infusion is paused: resume it first."
    feed.clock_ns += 21 * NS_PER_S
    feed.advanced.emit()
    assert refusal.isHidden()


def test_a_silent_core_covers_every_number(open_window) -> None:
    feed = stories.emergency()
    window = open_window(feed)
    feed.alive = False
    feed.advanced.emit()
    run = window.run
    assert run.cover.isVisible()
    assert run.cover.text() == STOPPED_TEXT
    for widget in (run.bp, run.heart, run.spo2, run.phase, run.trends):
        corner = widget.mapTo(run, QPoint(0, 0))
        assert run.cover.geometry().contains(widget.rect().translated(corner))
    feed.alive = True
    feed.advanced.emit()
    assert run.cover.isHidden()


def test_every_painted_frame_is_a_life_sign_and_a_hidden_one_is_none(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    before = feed.beats
    feed.advanced.emit()
    QApplication.processEvents()
    assert feed.beats == before + 1
    window.hide()
    feed.advanced.emit()
    QApplication.processEvents()
    assert feed.beats == before + 1


def test_replay_is_marked_and_offers_no_action(open_window) -> None:
    feed = stories.emergency()
    feed.replaying = True
    window = open_window(feed)
    run = window.run
    assert run.watermark.isVisible()
    assert run.watermark.text == "REPLAY"
    assert run.action_bar.isHidden()
    assert run.bp.abort.isHidden()
    for key in (Qt.Key.Key_F2, Qt.Key.Key_F4, Qt.Key.Key_F6, Qt.Key.Key_F12):
        QTest.keyClick(run, key)
        QTest.keyClick(run, key)
    assert sent(feed) == []
    assert run.side.isHidden()


@pytest.mark.parametrize(
    ("before", "after", "page"),
    [
        (Phase.SETUP, Phase.GATE, "preparation"),
        (Phase.GATE, Phase.BASELINE, "preparation"),
        (Phase.BASELINE, Phase.INFUSING, "run"),
        (Phase.INFUSING, Phase.PAUSED, "run"),
        (Phase.PAUSED, Phase.STOPPED, "run"),
        (Phase.STOPPED, Phase.RECOVERY, "run"),
        (Phase.RECOVERY, Phase.DISCHARGED, "summary"),
    ],
)
def test_the_page_follows_the_phase(open_window, before: Phase, after: Phase, page: str) -> None:
    feed = stories.StoryFeed([stories.opened()], 10)
    window = open_window(feed)
    assert window.page is window.preparation
    feed.tell(PhaseChanged(t_ns=feed.now_ns(), before=before, after=after, by=NURSE))
    assert window.page is getattr(window, page)
    assert window.page.isVisible()


def test_a_command_that_names_somebody_keeps_the_name(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.intended.emit(TakeBp(t_ns=0, by="A. Lund RN"))
    assert sent(feed) == [TakeBp(t_ns=0, by="A. Lund RN")]
