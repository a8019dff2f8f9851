"""The alarm in the whole window: in one place, wider when it must be, told of once painted."""

from __future__ import annotations

import sys
from decimal import Decimal
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QColor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QPushButton, QWidget

sys.path.insert(0, str(Path(__file__).parent))

import alarm_stories as told
import session_stories as stories

from app import theme
from app.bedside.alarm_frame import BORDER_PX
from app.bedside.window import BedsideWindow
from protocols.events import (
    Acknowledge,
    AlarmState,
    AudioPauseChanged,
    LimitChanged,
    PauseAudio,
    Phase,
    PhaseChanged,
    Priority,
    SessionClosed,
    StaffCall,
)
from protocols.vitals import Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


def place_of_sign(window: BedsideWindow) -> QRect:
    sign = window.page.banner.sign
    assert sign.isVisible()
    return sign.rect().translated(sign.mapTo(window, QPoint(0, 0)))


def turn(feed: stories.StoryFeed, after: Phase) -> None:
    feed.tell(PhaseChanged(t_ns=feed.now_ns(), before=feed.state.phase, after=after, by=told.NURSE))
    QApplication.processEvents()


# ---- always in the same place


@pytest.mark.parametrize(("width", "height"), [(1366, 768), (1093, 614)])
def test_the_mark_stands_in_one_place_on_every_page(open_window, width: int, height: int) -> None:
    feed = told.story(told.alarm())
    window = open_window(feed, width, height)
    places = {}
    for phase in (Phase.BASELINE, Phase.INFUSING, Phase.RECOVERY, Phase.DISCHARGED):
        turn(feed, phase)
        places[phase] = place_of_sign(window)
    turn(feed, Phase.INFUSING)
    for panel in ("alarms", "note", "sound"):
        window.run.open_panel(panel)
        QApplication.processEvents()
        places[panel] = place_of_sign(window)
    assert len({place.getRect() for place in places.values()}) == 1
    assert window.rect().contains(place_of_sign(window))
    bottom = window.page.banner.geometry().bottom()
    assert bottom < window.run.centre.geometry().top()


def test_a_replay_shows_the_mark_where_the_session_did(open_window) -> None:
    live = open_window(told.story(told.alarm()), 1366, 768)
    feed = told.story(told.alarm())
    feed.replaying = True
    replayed = open_window(feed, 1366, 768)
    assert place_of_sign(replayed) == place_of_sign(live)
    assert replayed.run.banner.acknowledge.isHidden()
    assert replayed.run.banner.sound.isHidden()
    replayed.run.banner.more.click()
    QApplication.processEvents()
    (card,) = replayed.run.side.pages["alarms"].cards.values()
    assert card.isVisible()
    assert card.answers.isHidden()
    QTest.keyClick(replayed.run, Qt.Key.Key_F1)
    QTest.keyClick(replayed.run, Qt.Key.Key_F2)
    assert feed.submitted == []


def test_the_summary_answers_alarms_until_the_session_is_closed(open_window) -> None:
    feed = told.story(told.alarm(Priority.MEDIUM, technical=True))
    window = open_window(feed, 1366, 768)
    turn(feed, Phase.DISCHARGED)
    summary = window.summary
    assert window.page is summary
    QTest.keyClick(summary, Qt.Key.Key_F2)
    QTest.keyClick(summary, Qt.Key.Key_F1)
    QApplication.processEvents()
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    name = "device-lost/oximeter"
    assert feed.submitted == [
        PauseAudio(t_ns=0, by=told.NURSE),
        Acknowledge(t_ns=0, by=told.NURSE, alarm=name, action="seen, watching"),
    ]
    QTest.keyClick(summary, Qt.Key.Key_F3)
    assert summary.side.isHidden()
    QTest.keyClick(summary, Qt.Key.Key_F3)
    QTest.keyClick(summary, Qt.Key.Key_Escape)
    assert summary.side.isHidden()
    feed.alive = False
    feed.advanced.emit()
    assert summary.cover.isVisible()
    feed.alive = True
    feed.tell(
        SessionClosed(t_ns=feed.now_ns(), by=told.NURSE, reason="", delivered_mg=Decimal("35"))
    )
    assert summary.banner.isHidden()


# ---- the border around the window


def test_a_border_is_there_only_for_what_nobody_attends_or_hears(open_window) -> None:
    alarm = told.alarm()
    feed = told.story(alarm)
    window = open_window(feed, 1366, 768)
    shown = {"attended": window.frame.isVisible()}
    steps = {
        "urgency 1": told.signalled(alarm, urgency=1),
        "urgency 2": told.signalled(alarm, urgency=2),
        "attended again": told.signalled(alarm),
        "sound lost": told.sound(working=False, detail="Muted"),
        "acknowledged": told.alarm(state=AlarmState.ACKED),
        "sounds again": alarm,
        "sound back": told.sound(working=True),
    }
    for name, event in steps.items():
        feed.tell(event)
        shown[name] = window.frame.isVisible()
    assert shown == {
        "attended": False,
        "urgency 1": True,
        "urgency 2": True,
        "attended again": False,
        "sound lost": True,
        "acknowledged": False,
        "sounds again": True,
        "sound back": False,
    }


def test_the_border_keeps_to_the_edge_and_to_the_rhythm_of_the_sign(open_window) -> None:
    alarm = told.alarm()
    feed = told.story(alarm, told.signalled(alarm, urgency=1))
    window = open_window(feed, 1366, 768)
    clock = [0]
    window.run.banner.elapsed_ms = lambda: clock[0]
    colours = {True: QColor(theme.DARK.alarm_high), False: QColor(theme.DARK.ground)}
    rises, before = 0, True
    for at_ms in range(0, 3000, 50):
        clock[0] = at_ms
        window.run.banner.paint_flash()
        assert window.frame.lit is window.run.banner.sign.lit
        assert window.frame.lit is theme.flash_lit(Priority.HIGH, at_ms)
        rises += window.frame.lit and not before
        before = window.frame.lit
        if at_ms in (0, 300):
            image = window.grab().toImage()
            for x, y in ((2, 400), (1363, 400), (700, 2), (700, 765)):
                assert image.pixelColor(x, y) == colours[window.frame.lit], (x, y)
    assert rises / 3 < theme.FLASH_LIMIT_HZ
    ring = window.frame.mask()
    assert not ring.contains(QPoint(BORDER_PX, 400))
    for part in (window.run.bp, window.run.banner.sign, window.run.action_bar.stop):
        area = part.rect().translated(part.mapTo(window, QPoint(0, 0)))
        assert not ring.intersects(area)


def test_the_border_can_be_touched_through(open_window) -> None:
    alarm = told.alarm()
    window = open_window(told.story(alarm, told.signalled(alarm, urgency=1)), 1366, 768)
    assert window.childAt(QPoint(2, 400)) is not window.frame


# ---- told to the record once it stands on the screen


def test_an_alarm_is_told_of_after_its_paint_and_not_when_it_is_drawn(open_window, qtbot) -> None:
    feed = told.story()
    window = open_window(feed, 1366, 768)
    qtbot.wait(1)
    assert [names for names in feed.told if names] == []
    feed.tell(told.alarm())
    assert feed.told == []
    qtbot.waitUntil(lambda: ("spo2-low-critical",) in feed.told)
    assert window.run.banner.sign.isVisible()


def test_a_second_alarm_behind_the_first_is_told_of_as_well(open_window, qtbot) -> None:
    feed = told.story(told.alarm())
    open_window(feed, 1366, 768)
    feed.tell(told.alarm(Priority.LOW, name="low"))
    qtbot.waitUntil(lambda: any("low" in names for names in feed.told))


def test_a_window_that_nobody_can_see_tells_nothing(open_window, qtbot) -> None:
    feed = told.story()
    window = open_window(feed, 1366, 768)
    window.hide()
    QApplication.processEvents()
    feed.told.clear()
    feed.tell(told.alarm())
    qtbot.wait(20)
    assert feed.told == []
    window.show()
    qtbot.waitUntil(lambda: ("spo2-low-critical",) in feed.told)


# ---- limits that are off


def off(rule: str) -> LimitChanged:
    return LimitChanged(
        t_ns=stories.ns(told.NOW_S - 60),
        rule=rule,
        part=None,
        before=None,
        value=None,
        off=True,
        restored=False,
        by=told.NURSE,
        prescriber="Dr. Sato",
        reason="cold fingers",
    )


def test_a_limit_that_is_off_has_a_sign_and_a_word_and_no_number(open_window) -> None:
    feed = told.story()
    rules = [
        rule.id
        for rule in feed.state.limits.rules
        if rule.vital is Vital.SPO2 and not rule.technical and rule.tier == "warning"
    ]
    before = open_window(feed, 1366, 768).run
    assert before.spo2.off.isHidden()
    assert "≥" in before.spo2.limits.text()
    window = open_window(told.story(*(off(rule) for rule in rules)), 1366, 768)
    tile = window.run.spo2
    assert tile.off.isVisible()
    assert tile.limits.text() == "low OFF"
    assert "low limit OFF" in tile.accessibleDescription()
    trend = window.run.trends.spo2
    assert trend.off_sign.isVisible()
    assert trend.off_label.text() == "low limit OFF"
    assert window.run.heart.off.isHidden()


# ---- nothing is cut off, whatever the state


def clipped(root: QWidget) -> list[str]:
    """Texts of one line that do not fit into their label or button."""
    found = []
    for widget in root.findChildren(QWidget):
        if not isinstance(widget, QLabel | QPushButton) or not widget.isVisible():
            continue
        if isinstance(widget, QLabel) and widget.wordWrap():
            if widget.heightForWidth(widget.width()) > widget.height() + 2:
                found.append(widget.text())
            continue
        lines = widget.text().splitlines() or [""]
        if max(widget.fontMetrics().horizontalAdvance(line) for line in lines) > widget.width() + 1:
            found.append(widget.text())
    return found


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1366, 768)])
def test_nothing_of_an_alarm_is_cut_off(open_window, width: int, height: int) -> None:
    ends_ns = stories.ns(told.NOW_S + 92)
    pause = AudioPauseChanged(t_ns=stories.ns(told.NOW_S), ends_ns=ends_ns, by=told.NURSE)
    feed = told.story(told.alarm(), told.alarm(Priority.LOW, technical=True))
    window = open_window(feed, width, height)
    window.run.open_panel("alarms")
    for events in (
        [told.signalled(told.alarm(), StaffCall.ACCEPTED, urgency=2, by="A. Lund RN")],
        [told.alarm(state=AlarmState.PAUSED), pause],
        [told.alarm(state=AlarmState.LATCHED_PAUSED)],
        [told.alarm(state=AlarmState.ACKED), told.sound(working=False, detail="It is muted.")],
    ):
        feed.tell(*events)
        QApplication.processEvents()
        feed.advanced.emit()
        QApplication.processEvents()
        for part in (window.run.header.sound, window.run.banner, window.run.side):
            assert clipped(part) == []
