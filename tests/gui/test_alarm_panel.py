"""The list of alarms: how each stands, who was told, and the one way to acknowledge it."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

sys.path.insert(0, str(Path(__file__).parent))

import alarm_stories as told
import session_stories as stories

from app import theme
from app.bedside.alarm_panel import AlarmPanel
from protocols.events import (
    Acknowledge,
    AlarmState,
    Command,
    CommandRefused,
    Priority,
    StaffCall,
)
from protocols.vitals import NS_PER_S, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

EACH = pytest.mark.parametrize("priority", list(Priority))


@pytest.fixture
def panel(qtbot) -> AlarmPanel:
    widget = AlarmPanel()
    qtbot.addWidget(widget)
    theme.apply(widget, theme.DARK, theme.sizes_for(1366, 768))
    widget.resize(400, 600)
    widget.show()
    return widget


def show(panel: AlarmPanel, feed: stories.StoryFeed) -> None:
    panel.render(feed.state, feed.history, feed.now_ns())


def sent_by(panel: AlarmPanel) -> list[Command]:
    sent: list[Command] = []
    panel.intended.connect(sent.append)
    return sent


@EACH
@pytest.mark.parametrize("technical", [False, True], ids=["patient", "equipment"])
@pytest.mark.parametrize("state", told.SEEN)
def test_a_card_says_how_its_alarm_stands(
    panel: AlarmPanel, priority: Priority, state: AlarmState, technical: bool
) -> None:
    alarm = told.alarm(priority, state, technical=technical)
    show(panel, told.story(alarm))
    (card,) = panel.cards.values()
    sign = theme.PRIORITY_SIGNS[priority]
    acked = state is AlarmState.ACKED
    assert card.mark.text() == f"{sign.mark}  {sign.word} priority{' ✓' if acked else ''}"
    assert card.shape.accessibleName() == ("equipment" if technical else "patient")
    assert card.answers.isHidden() is acked
    since, *rest = card.detail.text().splitlines()
    standing = {
        AlarmState.SOUNDING: "sounding",
        AlarmState.PAUSED: "sound paused, again in 1:32",
        AlarmState.ACKED: "acknowledged, sounds again in 1:05 if it lasts",
        AlarmState.LATCHED: "condition has ended: waits for acknowledgement",
        AlarmState.LATCHED_PAUSED: "condition has ended: waits for acknowledgement, "
        "sound paused, again in 1:32",
    }[state]
    assert since == f"since 15:08, 1 min ago · {standing}"
    assert ("SpO2 84 %, limit 85; now 84 %" in rest) is not technical
    assert (f"acknowledged by {told.NURSE} 15:08: seen, watching" in rest) is acked
    assert rest[-1] == f"next: {alarm.next_step}"
    groups = (panel.patient.isHidden(), panel.equipment.isHidden())
    assert groups == ((True, False) if technical else (False, True))


def test_patient_and_equipment_stand_apart_the_highest_first(panel: AlarmPanel) -> None:
    alarms = [
        told.alarm(Priority.LOW, name="low"),
        told.alarm(Priority.HIGH, name="high"),
        told.alarm(Priority.MEDIUM, technical=True, name="lost"),
        told.alarm(Priority.HIGH, AlarmState.ACKED, technical=True, name="answered"),
    ]
    show(panel, told.story(*alarms))
    assert list(panel.cards) == ["high", "lost", "low", "answered"]
    by_place = sorted(panel.cards, key=lambda name: panel.cards[name].mapTo(panel, QPoint()).y())
    assert by_place == ["high", "low", "lost", "answered"]


@pytest.mark.parametrize(
    ("staff", "room_sound", "lines"),
    [
        (StaffCall.CALLED, False, ("silent here", "staff called")),
        (StaffCall.RECEIVED, False, ("silent here", "staff called: a station shows it")),
        (StaffCall.ACCEPTED, False, ("silent here", "accepted by A. Lund RN: on the way")),
        (StaffCall.UNREACHED, True, ("sounding", "staff not reached: sounds here")),
    ],
)
def test_a_card_says_who_was_told(
    panel: AlarmPanel, staff: StaffCall, room_sound: bool, lines: tuple[str, str]
) -> None:
    alarm = told.alarm(Priority.MEDIUM)
    by = "A. Lund RN" if staff is StaffCall.ACCEPTED else ""
    signal = told.signalled(alarm, staff, room_sound=room_sound, by=by)
    show(panel, told.story(told.station(), alarm, signal))
    (card,) = panel.cards.values()
    said = card.detail.text().splitlines()
    assert said[0].endswith(f"· {lines[0]}")
    assert lines[1] in said


def test_severities_of_one_trouble_are_answered_at_the_highest(panel: AlarmPanel) -> None:
    alarms = [
        told.alarm(Priority.HIGH, name="spo2-low-critical"),
        told.alarm(Priority.MEDIUM, name="spo2-low-warning", sentence="SpO2 84 %, limit 92"),
        told.alarm(Priority.MEDIUM, name="hr-low-warning", sentence="HR 48 /min, limit 50"),
    ]
    feed = told.story(*alarms)
    show(panel, feed)
    asking = {name: not card.answers.isHidden() for name, card in panel.cards.items()}
    assert asking == {"spo2-low-critical": True, "spo2-low-warning": False, "hr-low-warning": True}
    said = panel.cards["spo2-low-warning"].detail.text().splitlines()
    assert said[-1] == f"acknowledged with: {alarms[0].sentence}"
    feed.apply([replace(alarms[0], t_ns=feed.now_ns(), state=AlarmState.OFF)])
    show(panel, feed)
    assert not panel.cards["spo2-low-warning"].answers.isHidden()


def test_an_unattended_alarm_counts_from_when_it_last_began_to_sound(panel: AlarmPanel) -> None:
    alarm = told.alarm()
    feed = told.story(alarm, told.signalled(alarm, urgency=1))
    show(panel, feed)
    (card,) = panel.cards.values()
    assert "unattended for 1 min" in card.detail.text()
    again_ns = feed.now_ns() - 40 * NS_PER_S
    feed.apply(
        [
            replace(alarm, t_ns=again_ns - NS_PER_S, state=AlarmState.ACKED),
            replace(alarm, t_ns=again_ns),
            replace(told.signalled(alarm, urgency=1), t_ns=again_ns),
        ]
    )
    show(panel, feed)
    assert "unattended for 40 s" in card.detail.text()


def test_what_the_cuff_holds_is_listed_as_held(panel: AlarmPanel) -> None:
    held = told.alarm(Priority.MEDIUM, AlarmState.HELD, technical=True, sentence="SpO2 missing")
    show(panel, told.story(held))
    assert panel.none.isVisible()
    assert panel.cards == {}
    assert panel.held.text() == "Held:\nSpO2 missing, held till 15:10:00: cuff on the same arm"


def test_an_alarm_that_ended_leaves_a_trace_for_ten_minutes(panel: AlarmPanel) -> None:
    feed = told.story(told.alarm(Priority.MEDIUM))
    ended = replace(told.alarm(Priority.MEDIUM, AlarmState.OFF), t_ns=feed.now_ns() - 10 * NS_PER_S)
    feed.apply([ended])
    show(panel, feed)
    assert panel.ended.text().splitlines() == [
        "Ended in the last 10 minutes:",
        "!! 15:08 to 15:09 SpO2 84 %, limit 85: nobody answered",
    ]
    feed.clock_ns += 10 * 60 * NS_PER_S
    show(panel, feed)
    assert panel.ended.isHidden()


def test_what_is_wrong_with_the_sound_stands_above_the_alarms(panel: AlarmPanel) -> None:
    show(panel, told.story(told.alarm(), told.sound(working=False, detail="Volume is zero")))
    assert panel.sound.text() == "No sound: Volume is zero. Watch the screen."


# ---- answering


def test_an_alarm_is_acknowledged_with_an_action_and_never_without(panel: AlarmPanel) -> None:
    show(panel, told.story(told.alarm()))
    sent = sent_by(panel)
    (card,) = panel.cards.values()
    buttons = card.findChildren(QPushButton)
    assert len(buttons) == 6
    for button in buttons:
        assert button.property("answer")
    card.answers.button("prescriber told").click()
    assert sent == [Acknowledge(t_ns=0, by="", alarm="spo2-low-critical", action="prescriber told")]


def test_a_double_click_acknowledges_once(panel: AlarmPanel) -> None:
    feed = told.story(told.alarm())
    show(panel, feed)
    sent = sent_by(panel)
    (card,) = panel.cards.values()
    button = card.answers.button("seen, watching")
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    QTest.mouseDClick(button, Qt.MouseButton.LeftButton)
    card.answers.button("prescriber told").click()
    assert len(sent) == 1


def test_an_answer_that_came_to_nothing_can_be_given_again(panel: AlarmPanel) -> None:
    feed = told.story(told.alarm())
    show(panel, feed)
    sent = sent_by(panel)
    (card,) = panel.cards.values()
    card.answers.button("seen, watching").click()
    refused = CommandRefused(
        t_ns=feed.now_ns(), command="acknowledge", by=told.NURSE, reason="Say what was done."
    )
    feed.apply([refused])
    show(panel, feed)
    assert panel.refusals.text() == "Not accepted: Say what was done."
    card.answers.button("prescriber told").click()
    assert [command.action for command in sent] == ["seen, watching", "prescriber told"]


def test_an_alarm_that_sounds_again_is_answered_again(panel: AlarmPanel) -> None:
    feed = told.story(told.alarm())
    show(panel, feed)
    sent = sent_by(panel)
    (card,) = panel.cards.values()
    card.answers.button("seen, watching").click()
    for state in (AlarmState.ACKED, AlarmState.SOUNDING):
        feed.apply([replace(told.alarm(state=state), t_ns=feed.now_ns())])
        show(panel, feed)
    card.answers.button("seen, watching").click()
    assert len(sent) == 2


def test_a_recorded_session_can_be_read_but_not_answered(panel: AlarmPanel) -> None:
    panel.actionable = False
    show(panel, told.story(told.alarm()))
    (card,) = panel.cards.values()
    assert card.answers.isHidden()
    assert panel.first_field() is None


def test_everything_has_a_name_for_screen_readers(panel: AlarmPanel) -> None:
    show(panel, told.story(told.alarm(), told.alarm(Priority.MEDIUM, technical=True)))
    for card in panel.cards.values():
        assert card.accessibleName() == card.sentence.text()
        assert "since 15:08" in card.accessibleDescription()
        for button in card.findChildren(QPushButton):
            assert button.accessibleName() == f"what was done: {button.text()}"


def test_by_keys_alone_an_alarm_is_found_and_acknowledged(open_window) -> None:
    feed = told.story(told.alarm(Priority.MEDIUM, name="second"), told.alarm(name="first"))
    window = open_window(feed, 1366, 768)
    QTest.keyClick(window.run, Qt.Key.Key_F1)
    QApplication.processEvents()
    focus = window.focusWidget()
    assert focus is window.run.side.pages["alarms"].cards["first"].answers.button("seen, watching")
    QTest.keyClick(focus, Qt.Key.Key_Tab)
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Space)
    assert feed.submitted == [
        Acknowledge(t_ns=0, by=told.NURSE, alarm="first", action="repeating the measurement")
    ]
    QTest.keyClick(window.focusWidget(), Qt.Key.Key_Escape)
    assert window.run.side.isHidden()


def test_the_alarm_asked_for_is_in_sight_below_many_others(open_window) -> None:
    answered = [
        told.alarm(Priority.MEDIUM, AlarmState.ACKED, name=f"p{n}", vital=Vital.PR)
        for n in range(6)
    ]
    feed = told.story(*answered, told.alarm(Priority.HIGH, technical=True, name="lost"))
    window = open_window(feed, 1366, 768)
    QTest.keyClick(window.run, Qt.Key.Key_F1)
    for _ in range(3):
        QApplication.processEvents()
    card = window.run.side.pages["alarms"].cards["lost"]
    assert not card.answers.button("seen, watching").visibleRegion().isEmpty()
