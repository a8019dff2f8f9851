"""The cuff on the oximeter's arm: said with one touch, shown while it holds an alarm."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app.session_numbers import alarm_episodes
from protocols.events import (
    AlarmChanged,
    AlarmState,
    Priority,
    SameArmChanged,
    SetSameArm,
)
from protocols.vitals import NS_PER_S, Quality, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NURSE = stories.NURSE


def held(feed: stories.StoryFeed, state: AlarmState = AlarmState.HELD) -> AlarmChanged:
    now_s = feed.now_ns() / NS_PER_S
    return stories.alarm(
        "spo2-sensor-off",
        Priority.MEDIUM,
        now_s,
        "Oximeter sensor off; held: cuff on the same arm",
        vital=Vital.SPO2,
        technical=True,
        state=state,
        ends_ns=stories.ns(now_s + 55) if state is AlarmState.HELD else None,
    )


def test_one_touch_says_it_and_the_button_follows_the_record(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    button = window.run.action_bar.same_arm
    assert button.text() == "Same arm: no\nCtrl+U"
    button.click()
    assert feed.submitted == [SetSameArm(t_ns=0, by=NURSE, same=True)]
    assert not button.isChecked(), "not before the record says so"
    feed.tell(SameArmChanged(t_ns=feed.now_ns(), same=True, by=NURSE))
    assert button.isChecked()
    assert button.accessibleName() == "Same arm: yes"
    QTest.keyClick(window.run, Qt.Key.Key_U, Qt.KeyboardModifier.ControlModifier)
    assert feed.submitted[-1] == SetSameArm(t_ns=0, by=NURSE, same=False)


def test_a_held_alarm_is_shown_as_held_with_its_end_and_nothing_flashes(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    now_s = feed.now_ns() / NS_PER_S
    feed.tell(stories.reading(Vital.SPO2, None, now_s, Quality.SENSOR_OFF), held(feed))
    assert not feed.state.alarms
    tile = window.run.spo2
    assert tile.reason.text() == "sensor off · held till 15:24:17"
    assert "held till 15:24:17" in tile.accessibleDescription()
    banner = window.run.banner.sentence.text()
    assert banner.endswith("oximeter alarms held till 15:24:17: cuff on the same arm")
    assert not window.run.banner.acknowledge.isVisible()


@pytest.mark.parametrize("after", [AlarmState.SOUNDING, AlarmState.OFF])
def test_what_is_no_longer_held_is_no_longer_shown_as_held(open_window, after) -> None:
    feed = stories.calm()
    window = open_window(feed)
    feed.tell(held(feed))
    feed.tell(held(feed, after))
    assert not feed.state.held
    assert ("spo2-sensor-off" in feed.state.alarms) is (after is AlarmState.SOUNDING)
    assert "held till" not in window.run.spo2.reason.text()


def test_an_alarm_that_was_only_held_is_no_episode_of_the_summary() -> None:
    feed = stories.calm()
    before = alarm_episodes(feed.history)
    feed.tell(held(feed))
    feed.tell(held(feed, AlarmState.OFF))
    assert alarm_episodes(feed.history) == before
