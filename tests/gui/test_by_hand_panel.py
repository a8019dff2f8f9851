"""The panel "By hand": what a nurse types, when it was measured, and confirming what is unusual."""

from __future__ import annotations

import dataclasses
import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app.bedside.by_hand_panel import ByHandPanel
from protocols.events import (
    Command,
    CommandRefused,
    EnterBp,
    EnterValue,
    EnterVitals,
    Reading,
    TypedValue,
)
from protocols.vitals import NS_PER_S, VITALS, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NURSE = stories.NURSE
QUESTION = "SpO2 62 % is unusual: usual is 85 to 100. Record it again to confirm, or correct it."


@pytest.fixture
def feed() -> stories.StoryFeed:
    return stories.without_monitors()


@pytest.fixture
def window(open_window, feed):
    opened = open_window(feed)
    QTest.keyClick(opened.run, Qt.Key.Key_B, Qt.KeyboardModifier.ControlModifier)
    return opened


@pytest.fixture
def page(window) -> ByHandPanel:
    return window.run.side.pages["by-hand"]


def write(page: ByHandPanel, **texts: str) -> None:
    for name, text in texts.items():
        field = page.fields[Vital(name)]
        field.clear()
        QTest.keyClicks(field, text)


def entry(*, age_s: float = 0.0, clock: str = "", confirmed: bool = False, **given: float):
    values = tuple(TypedValue(vital=Vital(name), value=value) for name, value in given.items())
    return EnterVitals(
        t_ns=0, by=NURSE, values=values, age_s=age_s, clock=clock, confirmed=confirmed
    )


def refuse(feed: stories.StoryFeed, command: str, reason: str, *, confirmable: bool) -> None:
    feed.tell(
        CommandRefused(
            t_ns=feed.now_ns(), command=command, by=NURSE, reason=reason, confirmable=confirmable
        )
    )


def typed(feed: stories.StoryFeed, vital: Vital, value: float, ago_s: float = 0) -> Reading:
    now_s = feed.now_ns() / NS_PER_S
    reading = stories.typed(vital, value, now_s)
    return dataclasses.replace(
        reading,
        measured_ns=stories.ns(now_s - ago_s),
        spot=VITALS[vital].quiet_limit_s is not None,
    )


def test_nothing_typed_is_nothing_sent(page, feed) -> None:
    page.record.click()
    assert feed.submitted == []


def test_what_is_typed_is_sent_as_one_entry_and_stays_until_recorded(page, feed) -> None:
    write(page, sbp="151", dbp="93", hr="88", spo2="96", rr="14", temp="36,9")
    page.alertness.button("4").click()
    page.record.click()
    assert feed.submitted == [
        entry(sbp=151, dbp=93, hr=88, spo2=96, rr=14, temp=36.9, moaas=4),
    ]
    assert page.fields[Vital.SBP].text() == "151"
    feed.tell(typed(feed, Vital.SBP, 151), typed(feed, Vital.DBP, 93))
    assert all(field.text() == "" for field in page.fields.values())
    assert page.alertness.value() is None
    assert "BP 151/93 mmHg (N. Okafor RN)" in page.recent.text()


def test_the_enter_key_records(page, feed) -> None:
    write(page, spo2="97")
    QTest.keyClick(page.fields[Vital.SPO2], Qt.Key.Key_Return)
    assert feed.submitted == [entry(spo2=97)]


def test_when_it_was_measured_is_chosen_or_typed_the_last_word_counts(page, feed) -> None:
    write(page, rr="14")
    page.age.button("120").click()
    page.record.click()
    QTest.keyClicks(page.clock, "15:02")
    assert page.age.value() is None
    page.record.click()
    page.age.button("300").click()
    assert page.clock.text() == ""
    page.record.click()
    assert feed.submitted == [
        entry(rr=14, age_s=120),
        entry(rr=14, clock="15:02"),
        entry(rr=14, age_s=300),
    ]


def test_a_refusal_stands_in_the_panel_and_loses_nothing(page, feed) -> None:
    write(page, spo2="0")
    page.record.click()
    refuse(feed, "enter_vitals", "SpO2 0 % cannot be: allowed is 1 to 100 %.", confirmable=False)
    assert page.refusals.text() == "Not accepted: SpO2 0 % cannot be: allowed is 1 to 100 %."
    assert page.fields[Vital.SPO2].text() == "0"
    page.record.click()
    assert feed.submitted[-1] == entry(spo2=0), "nothing to confirm"


def test_what_is_asked_about_is_confirmed_by_recording_it_again(page, feed, window) -> None:
    write(page, spo2="62")
    page.record.click()
    refuse(feed, "enter_vitals", QUESTION, confirmable=True)
    assert page.refusals.text() == f"Not recorded yet: {QUESTION}"
    assert page.refusals.isVisible()
    assert window.run.refusal.text().startswith("Not recorded yet")
    page.record.click()
    assert feed.submitted == [entry(spo2=62), entry(spo2=62, confirmed=True)]
    assert not page.refusals.isVisible()


def test_a_corrected_entry_is_a_new_one(page, feed) -> None:
    write(page, spo2="62")
    page.record.click()
    refuse(feed, "enter_vitals", QUESTION, confirmable=True)
    write(page, spo2="92")
    page.record.click()
    assert feed.submitted[-1] == entry(spo2=92)
    write(page, spo2="62")
    page.record.click()
    assert feed.submitted[-1] == entry(spo2=62), "asked about before, not now"


def test_a_score_is_confirmed_by_the_same_tap(page, feed, window) -> None:
    window.run.open_panel("score")
    score = window.run.side.pages["score"]
    score.rows[Vital.MOAAS].button("1").click()
    refuse(feed, "enter_value", "MOAA/S 1/5 is unusual: usual is 2 to 5.", confirmable=True)
    score.rows[Vital.MOAAS].button("1").click()
    expected = EnterValue(t_ns=0, by=NURSE, vital=Vital.MOAAS, value=1.0)
    assert feed.submitted == [expected, dataclasses.replace(expected, confirmed=True)]


def test_a_typed_rate_stays_in_the_score_panel_until_recorded(page, feed, window) -> None:
    window.run.open_panel("score")
    rate = window.run.side.pages["score"].rate
    QTest.keyClicks(rate, "34")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert rate.text() == "34"
    feed.tell(typed(feed, Vital.RR, 34))
    assert rate.text() == ""


# -- on the tiles ---------------------------------------------------------------------------------


def test_a_typed_saturation_stands_on_its_tile_with_its_time_and_not_as_live(feed, window) -> None:
    feed.tell(typed(feed, Vital.SPO2, 96, ago_s=120))
    tile = window.run.spo2
    assert tile.value.text() == "96"
    assert tile.value.property("tone") == "dim"
    assert tile.reason.text().startswith("by hand 15:05")
    assert "by hand 15:05" in tile.accessibleDescription()


def test_a_typed_value_that_grew_old_is_no_number_any_more(feed, window) -> None:
    feed.tell(typed(feed, Vital.SPO2, 96))
    feed.clock_ns += 300 * NS_PER_S
    feed.advanced.emit()
    assert window.run.spo2.value.text() == "--"
    assert window.run.spo2.last.text() == "was 96,\nby hand 15:07"


def test_a_typed_pulse_stands_for_the_heart_rate(feed, window) -> None:
    feed.tell(typed(feed, Vital.PR, 74))
    assert window.run.heart.value.text() == "74"


def test_a_live_number_is_never_covered_by_a_typed_one(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    shown = window.run.spo2.value.text()
    feed.tell(typed(feed, Vital.SPO2, 84))
    assert window.run.spo2.value.text() == shown
    assert "by hand" not in window.run.spo2.reason.text()


def test_a_pressure_by_hand_says_so_and_an_older_one_covers_no_newer(feed, window) -> None:
    feed.tell(typed(feed, Vital.SBP, 131, 60), typed(feed, Vital.DBP, 81, 60))
    assert window.run.bp.value.text() == "131/81"
    assert window.run.bp.corner.text() == "by hand 15:06, 1 min ago"
    feed.tell(typed(feed, Vital.SBP, 99, 120), typed(feed, Vital.DBP, 60, 120))
    assert window.run.bp.value.text() == "131/81"


def test_every_kind_of_entry_can_be_confirmed() -> None:
    for kind in (EnterValue, EnterBp, EnterVitals):
        assert issubclass(kind, Command)
        assert "confirmed" in {field.name for field in dataclasses.fields(kind)}
