"""The alarm banner: the most urgent first, flashing until somebody answered."""

from __future__ import annotations

import itertools
import sys
from dataclasses import replace
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app import theme
from app.bedside.banner import AlarmBanner, alarm_detail, foremost
from protocols.events import (
    AlarmState,
    AudioPauseChanged,
    EndAudioPause,
    PauseAudio,
    Priority,
)
from protocols.vitals import NS_PER_S

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")


@pytest.fixture
def banner(qtbot) -> AlarmBanner:
    widget = AlarmBanner()
    qtbot.addWidget(widget)
    theme.apply(widget, theme.DARK, theme.REFERENCE)
    widget.resize(1800, 72)
    widget.show()
    return widget


def show(banner: AlarmBanner, feed: stories.StoryFeed) -> None:
    banner.render(feed.state, feed.history, feed.now_ns())


def test_without_alarms_it_is_one_quiet_line(banner: AlarmBanner) -> None:
    feed = stories.calm()
    show(banner, feed)
    limits = f"limits {feed.state.limits.id} v{feed.state.limits.version}"
    assert banner.sentence.text() == f"No active alarms · {limits} · last BP 1 min ago"
    assert banner.acknowledge.isHidden()
    assert banner.sound.isHidden()
    assert not banner._flash.isActive()


def test_the_most_urgent_alarm_is_shown_with_the_count_of_the_rest(banner: AlarmBanner) -> None:
    show(banner, stories.emergency())
    assert banner.sign.mark == "!!!"
    assert banner.sentence.text().startswith("Systolic pressure 204")
    assert "since 15:22 · next: pause the infusion" in banner.detail.text()
    assert banner.more.text() == "+1 more  F3"


def test_of_equal_alarms_the_newest_is_said_as_it_is_in_the_sound() -> None:
    low = stories.alarm("rr-low-advisory", Priority.LOW, 30, "Breathing slow")
    older = stories.alarm("sbp-high-warning", Priority.MEDIUM, 10, "Pressure high")
    newer = stories.alarm("hr-high-warning", Priority.MEDIUM, 20, "Heart rate high")
    assert foremost((older, newer, low)) is newer
    assert foremost(()) is None


def test_an_alarm_is_lit_at_once_and_its_sign_alone_flashes(banner: AlarmBanner, qtbot) -> None:
    show(banner, stories.emergency())
    assert banner.property("alarm") == "high"
    assert banner.sign.lit
    assert banner._flash.isActive()
    qtbot.waitUntil(lambda: not banner.sign.lit, timeout=3000)
    assert banner.sentence.text().startswith("Systolic pressure 204")
    assert banner.property("alarm") == "high"


@pytest.mark.parametrize(
    ("priority", "rises_a_minute"), [(stories.Priority.HIGH, 120), (stories.Priority.MEDIUM, 36)]
)
def test_the_sign_follows_the_clock_of_the_theme(
    banner: AlarmBanner, priority: stories.Priority, rises_a_minute: int
) -> None:
    feed = stories.calm()
    feed.apply([stories.alarm("a", priority, feed.now_ns() / NS_PER_S, "raised")])
    clock = [0]
    banner.elapsed_ms = lambda: clock[0]
    show(banner, feed)
    seen = []
    for at_ms in range(0, 60_000, 25):
        clock[0] = at_ms
        banner.paint_flash()
        seen.append(banner.sign.lit)
    assert sum(1 for a, b in itertools.pairwise([False, *seen]) if b and not a) == rises_a_minute
    assert 0.2 <= sum(seen) / len(seen) <= 0.6


def test_a_low_priority_alarm_is_steady(banner: AlarmBanner) -> None:
    feed = stories.calm()
    feed.apply([stories.alarm("a", stories.Priority.LOW, feed.now_ns() / NS_PER_S, "raised")])
    show(banner, feed)
    assert banner.property("alarm") == "low"
    assert banner.sign.lit
    assert not banner._flash.isActive()


def test_an_acknowledged_alarm_stays_in_words_without_flashing(banner: AlarmBanner) -> None:
    feed = stories.pressure_alarm()
    alarm = feed.state.alarms["sbp-high-warning"]
    feed.apply([replace(alarm, state=AlarmState.ACKED, by=stories.NURSE, action="prescriber told")])
    show(banner, feed)
    assert not banner._flash.isActive()
    assert banner.property("alarm") == ""
    assert banner.acknowledge.isHidden()
    assert banner.detail.text() == ("since 15:22 · acknowledged by N. Okafor RN: prescriber told")


def test_when_the_last_alarm_goes_the_banner_is_quiet_again(banner: AlarmBanner) -> None:
    feed = stories.emergency()
    show(banner, feed)
    feed.apply([replace(alarm, state=AlarmState.OFF) for alarm in feed.state.alarms.values()])
    show(banner, feed)
    assert banner.property("alarm") == ""
    assert banner.sentence.property("alarm") == ""
    assert not banner._flash.isActive()
    assert banner.sentence.text().startswith("No active alarms")


def test_a_latched_alarm_says_that_its_condition_ended() -> None:
    feed = stories.pressure_alarm()
    alarm = replace(feed.state.alarms["sbp-high-warning"], state=AlarmState.LATCHED)
    assert "condition has ended" in alarm_detail(feed.state, alarm, feed.now_ns())


def test_sound_is_paused_and_restored_with_a_countdown(banner: AlarmBanner, qtbot) -> None:
    feed = stories.emergency()
    show(banner, feed)
    with qtbot.waitSignal(banner.intended) as sent:
        banner.sound.click()
    assert sent.args == [PauseAudio(t_ns=0, by="")]
    assert banner.sound.text() == "Pause sound  F2"
    ends_ns = feed.now_ns() + 92 * NS_PER_S
    feed.apply([AudioPauseChanged(t_ns=feed.now_ns(), ends_ns=ends_ns, by=stories.NURSE)])
    show(banner, feed)
    assert banner.sound.text() == "Sound on  F2 · paused 1:32"
    feed.clock_ns += NS_PER_S
    show(banner, feed)
    with qtbot.waitSignal(banner.intended) as sent:
        banner.sound.click()
    assert sent.args == [EndAudioPause(t_ns=0, by="")]


def test_a_double_click_pauses_once_and_does_not_end_the_pause(banner: AlarmBanner) -> None:
    feed = stories.emergency()
    show(banner, feed)
    sent: list[object] = []
    banner.intended.connect(sent.append)
    banner.sound.click()
    ends_ns = feed.now_ns() + 120 * NS_PER_S
    feed.apply([AudioPauseChanged(t_ns=feed.now_ns(), ends_ns=ends_ns, by=stories.NURSE)])
    show(banner, feed)
    banner.sound.click()
    assert sent == [PauseAudio(t_ns=0, by="")]


def test_a_hidden_banner_does_not_flash(banner: AlarmBanner) -> None:
    show(banner, stories.emergency())
    banner.hide()
    assert not banner._flash.isActive()
    banner.show()
    assert banner._flash.isActive()


def test_in_replay_alarms_can_be_read_but_not_answered(banner: AlarmBanner) -> None:
    banner.actionable = False
    show(banner, stories.emergency())
    assert banner.acknowledge.isHidden()
    assert banner.sound.isHidden()
    assert banner.sentence.text().startswith("Systolic pressure 204")
