"""The side panels of the run screen: what a nurse records, and that a refusal loses nothing."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from protocols.events import (
    Command,
    EnterValue,
    HandOver,
    ObservationRecorded,
    RecordDrug,
    RecordEvent,
    WriteNote,
)
from protocols.vitals import Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

NURSE = stories.NURSE


def sent(feed: stories.StoryFeed) -> list[Command]:
    return feed.submitted


def test_one_touch_records_an_event_and_its_strength_may_follow(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    QTest.keyClick(window.run, Qt.Key.Key_F6)
    page = window.run.side.pages["event"]
    asking = next(e for e in feed.state.definition.quick_events if e.asks_severity and e.vital)
    page.buttons[asking.id].click()
    assert sent(feed) == [RecordEvent(t_ns=0, by=NURSE, term=asking.id)]
    assert page.severity.isVisible()
    page.severity.button("3").click()
    assert sent(feed)[-1] == EnterValue(t_ns=0, by=NURSE, vital=asking.vital, value=3.0)
    assert not page.severity.isVisible()


def test_a_double_click_records_an_event_once_and_a_later_touch_again(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.open_panel("event")
    page = window.run.side.pages["event"]
    first, second = list(page.buttons.values())[:2]
    first.click()
    first.click()
    assert len(sent(feed)) == 1
    second.click()
    assert len(sent(feed)) == 2
    feed.clock_ns += stories.ns(1)
    feed.advanced.emit()
    second.click()
    assert len(sent(feed)) == 3


def test_a_strength_without_its_own_score_goes_with_the_event(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    asking = next(
        (e for e in feed.state.definition.quick_events if e.asks_severity and not e.vital), None
    )
    if asking is None:
        pytest.skip("every event of this protocol that asks its strength has a score")
    window.run.open_panel("event")
    page = window.run.side.pages["event"]
    page.buttons[asking.id].click()
    page.severity.button("7").click()
    assert sent(feed)[-1] == RecordEvent(t_ns=0, by=NURSE, term=asking.id, severity=7)


def test_what_was_recorded_is_listed(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.open_panel("event")
    assert "Nausea 3 (N. Okafor RN)" in window.run.side.pages["event"].recent.text()


def test_scores_have_no_default_and_record_at_a_tap(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.open_panel("score")
    page = window.run.side.pages["score"]
    assert all(row.value() is None for row in page.rows.values())
    page.rows[Vital.MOAAS].button("4").click()
    page.rows[Vital.DISTRESS].button("10").click()
    assert sent(feed) == [
        EnterValue(t_ns=0, by=NURSE, vital=Vital.MOAAS, value=4.0),
        EnterValue(t_ns=0, by=NURSE, vital=Vital.DISTRESS, value=10.0),
    ]
    assert page.rows[Vital.MOAAS].value() is None


def test_respiratory_rate_is_typed_and_entered(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    QTest.keyClick(window.run, Qt.Key.Key_F7)
    rate = window.run.side.pages["score"].rate
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert sent(feed) == []
    QTest.keyClicks(rate, "15")
    QTest.keyClick(rate, Qt.Key.Key_Return)
    assert sent(feed) == [EnterValue(t_ns=0, by=NURSE, vital=Vital.RR, value=15.0)]


def test_a_drug_needs_name_and_dose_and_stays_until_recorded(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.open_panel("drug")
    page = window.run.side.pages["drug"]
    QTest.keyClicks(page.drug, "Ondansetron")
    page.record.click()
    assert sent(feed) == []
    QTest.keyClicks(page.dose, "4 mg")
    page.record.click()
    drug = RecordDrug(t_ns=0, by=NURSE, drug="Ondansetron", dose="4 mg")
    assert sent(feed) == [drug]
    assert page.drug.text() == "Ondansetron"
    recorded = ObservationRecorded(
        t_ns=feed.now_ns(), kind="drug", label="Ondansetron", by=NURSE, text="4 mg"
    )
    feed.tell(recorded)
    assert page.drug.text() == ""
    assert "Ondansetron: 4 mg" in page.recent.text()


def test_note_and_hand_over(open_window) -> None:
    feed = stories.calm()
    window = open_window(feed)
    window.run.open_panel("note")
    note = window.run.side.pages["note"]
    QTest.keyClicks(note.text, "music changed")
    note.record.click()
    QTest.keyClick(window.run, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    over = window.run.side.pages["hand-over"]
    assert over.present.text() == f"Observer: {NURSE}"
    QTest.keyClicks(over.to, "A. Lund RN")
    over.record.click()
    assert sent(feed) == [
        WriteNote(t_ns=0, by=NURSE, text="music changed"),
        HandOver(t_ns=0, by=NURSE, to="A. Lund RN"),
    ]


def test_escape_closes_and_the_same_key_toggles(open_window) -> None:
    window = open_window(stories.calm())
    QTest.keyClick(window.run, Qt.Key.Key_F9)
    assert window.run.side.name == "note"
    QTest.keyClick(window.run, Qt.Key.Key_Escape)
    assert window.run.side.isHidden()
    for expected in ("score", ""):
        QTest.keyClick(window.run, Qt.Key.Key_F7)
        assert window.run.side.name == expected


def test_discharge_opens_in_the_side_panel(open_window) -> None:
    window = open_window(stories.recovery())
    window.run.action_bar.discharge.click()
    assert window.run.side.name == "discharge"
