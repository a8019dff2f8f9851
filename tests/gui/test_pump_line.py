"""The pump on the run page and before the start: its own facts, quietly, and never as present."""

from __future__ import annotations

import os
import sys
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app.bedside.monitors_section import live_text
from app.bedside.pump_line import PumpLine, pump_values, pump_words
from app.bedside.summary_rows import who_rows
from app.history import History
from protocols.events import DeviceSlot, Event, PumpReported, SessionOpened
from protocols.vitals import NS_PER_S

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

PUMP = DeviceSlot(
    device="pump", driver="alaris-ash", port="/dev/ttyUSB2", identity="", simulated=True
)


def with_pump(feed: stories.StoryFeed) -> stories.StoryFeed:
    """The same session with a pump bound."""
    state = feed.state
    assert isinstance(state.opened, SessionOpened)
    opened = replace(state.opened, devices=(*state.opened.devices, PUMP))
    feed.tell(opened)
    return feed


def said(feed: stories.StoryFeed, ago_s: float = 3, **facts: object) -> PumpReported:
    known: dict[str, object] = {"rate_ml_per_h": 52.5, "volume_ml": 0.0, "running": True}
    t_ns = feed.now_ns() - round(ago_s * NS_PER_S)
    return PumpReported(t_ns=t_ns, device="pump", **(known | facts))  # type: ignore[arg-type]


def begun(feed: stories.StoryFeed) -> list[Event]:
    """The pump's word at the start of the drug and the delivery since then, told again."""
    delivery = feed.state.delivery
    assert delivery is not None
    before = replace(said(feed), t_ns=delivery.t_ns - NS_PER_S, volume_ml=500.0, running=False)
    return [replace(feed.state.dose), before, replace(delivery, delivered_mg=Decimal(0))]


@pytest.fixture
def feed() -> stories.StoryFeed:
    return with_pump(stories.calm())


def test_without_a_pump_there_is_no_line(qtbot) -> None:
    line = PumpLine()
    qtbot.addWidget(line)
    calm = stories.calm()
    line.render(calm.state, History(), calm.now_ns())
    assert line.isHidden()


def test_a_pump_of_the_session_that_never_spoke_is_not_present(qtbot, feed) -> None:
    line = PumpLine()
    qtbot.addWidget(line)
    line.render(feed.state, History(), feed.now_ns())
    assert not line.isHidden()
    assert line.facts.text() == "Pump: nothing known at present; look at its display"
    assert line.age.text() == ""


def test_volume_by_the_pump_stands_beside_that_of_the_timer(qtbot, feed) -> None:
    feed.tell(*begun(feed))
    timer_ml = feed.state.pump.timer_ml(feed.now_ns() - 3 * NS_PER_S)
    feed.tell(said(feed, volume_ml=500 + float(timer_ml) - 0.2))
    line = PumpLine()
    qtbot.addWidget(line)
    line.render(feed.state, History(), feed.now_ns())
    assert line.facts.text() == (
        f"Pump {float(timer_ml) - 0.2:.1f} mL · timer {float(timer_ml):.1f} mL · 52.5 mL/h · runs"
    )
    assert line.age.text() == "3 s ago"


def test_what_the_pump_does_not_say_is_unknown_and_its_words_are_its_own(feed) -> None:
    feed.tell(said(feed, rate_ml_per_h=None, volume_ml=None, running=None, note="mode KVO"))
    assert pump_words(feed.state, feed.now_ns()) == (
        "Pump, volume unknown · rate unknown · runs or stands still: unknown · mode KVO"
    )
    feed.tell(said(feed, running=False, alarm="occlusion", drug="KETA"))
    words = pump_words(feed.state, feed.now_ns())
    assert "stands still · its alarm: occlusion · KETA" in words


def test_old_facts_are_told_as_old(qtbot, feed) -> None:
    feed.tell(said(feed, 25, volume_ml=7.0))
    line = PumpLine()
    qtbot.addWidget(line)
    line.render(feed.state, History(), feed.now_ns())
    assert "7.0" not in line.facts.text()
    assert line.age.text() == "last heard 25 s ago"
    assert pump_values(feed.state, feed.now_ns()) == "last heard 25 s ago"


def test_before_the_start_the_card_shows_counter_rate_and_standing(feed) -> None:
    feed.tell(said(feed, volume_ml=512.34, running=False))
    told = live_text(feed.state, "pump", feed.now_ns())
    assert told == "counter 512.3 mL    52.5 mL/h    stands still    3 s ago"


def test_the_summary_says_what_the_pump_counted(feed) -> None:
    assert "By the pump's counter" not in dict(who_rows(feed.state, feed.now_ns()))
    feed.tell(*begun(feed))
    feed.tell(said(feed, volume_ml=515.0))
    told = dict(who_rows(feed.state, feed.now_ns()))["By the pump's counter"]
    assert told.startswith("pump 15.0 mL, timer 20.7 mL: 5.7 mL")


@pytest.mark.parametrize(("width", "height"), [(1280, 800), (1366, 768), (1920, 1080)])
def test_the_line_fits_on_the_run_page(open_window, feed, width: int, height: int) -> None:
    feed.tell(*begun(feed))
    feed.tell(said(feed, volume_ml=520.0, drug="KETA"))
    window = open_window(feed, width, height)
    line = window.run.pump
    assert line.isVisible()
    assert line.facts.fontMetrics().horizontalAdvance(line.facts.text()) <= line.facts.width()
    assert "Alaris-ash" in window.run.header.links.text() + window.run.header.trouble.text()
    if folder := os.environ.get("PUMP_PICTURES"):
        window.grab().save(f"{folder}/pump-{width}.png")
