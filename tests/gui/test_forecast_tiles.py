"""The forecast beside the numbers: quiet, in natural frequencies, and never as an alarm."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtWidgets import QApplication, QLabel

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app.bedside.bp_tile import BpTile
from app.bedside.forecast_words import NO_ALARM, forecast_words, natural
from app.bedside.numeric_tile import NumericTile
from app.forecasting import Forecaster, known_models
from protocols.alarm_rules import Comparison
from protocols.forecast.forecast import Chance, NoForecast, VitalForecast
from protocols.forecast.warning_limits import WarningLimit
from protocols.vitals import PRESSURES, Vital

pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

BP_VITALS = PRESSURES


@pytest.mark.parametrize(
    ("probability", "words"),
    [
        (0.0, ""),
        (0.0999, ""),
        (0.1, "1 in 10"),
        (0.149, "1 in 10"),
        (0.15, "2 in 10"),
        (0.349, "3 in 10"),
        (0.35, "4 in 10"),
        (0.949, "9 in 10"),
        (0.95, "more than 9 in 10"),
        (1.0, "more than 9 in 10"),
    ],
)
def test_a_probability_is_said_as_a_frequency_of_ten(probability: float, words: str) -> None:
    assert natural(probability) == words


def of(vital: Vital, probability: float, value: float = 165.0, *, up: bool = True) -> VitalForecast:
    comparison = Comparison.AT_LEAST if up else Comparison.BELOW
    limit = WarningLimit(value=value, comparison=comparison, delay_s=0)
    return VitalForecast(vital=vital, chances=(Chance(limit=limit, probability=probability),))


def none_of(vital: Vital, reason: NoForecast) -> VitalForecast:
    return VitalForecast(vital=vital, reason=reason)


def words(*forecasts: VitalForecast, vitals: tuple[Vital, ...] = BP_VITALS) -> tuple[str, str]:
    said = forecast_words({one.vital: one for one in forecasts}, vitals, 10.0)
    return said.line, said.spoken


def test_the_most_probable_of_both_pressures_is_said() -> None:
    line, spoken = words(of(Vital.SBP, 0.31), of(Vital.DBP, 0.12, 100))
    assert line == "SBP 165 within 10 min: 3 in 10"
    assert words(of(Vital.SBP, 0.97))[0] == "SBP 165 within 10 min: >9 in 10"
    assert spoken == ("forecast, no alarm: systolic pressure 165 or above within 10 min, 3 in 10")
    assert words(of(Vital.SBP, 0.11), of(Vital.DBP, 0.52, 100))[0] == (
        "DBP 100 within 10 min: 5 in 10"
    )


def test_a_heart_rate_needs_no_name_in_its_own_tile() -> None:
    one = of(Vital.HR, 0.4, 110)
    assert words(one, vitals=(Vital.HR,))[0] == "110 within 10 min: 4 in 10"


def test_a_lower_limit_says_its_side() -> None:
    line, spoken = words(of(Vital.SBP, 0.2, 90, up=False))
    assert line == "SBP ≤89 within 10 min: 2 in 10"
    assert "89 or below" in spoken


def test_a_rare_one_is_a_dash_and_never_a_zero() -> None:
    line, spoken = words(of(Vital.SBP, 0.004), of(Vital.DBP, 0.01, 100))
    assert line.endswith("within 10 min: –")
    assert spoken.endswith("less than 1 in 10")
    assert "0 in 10" not in line + spoken.replace("than 1", "")


@pytest.mark.parametrize(
    "reason", [NoForecast.FEW, NoForecast.OLD, NoForecast.DOUBT, NoForecast.NONE_DUE]
)
def test_what_is_unknown_says_why(reason: NoForecast) -> None:
    line, spoken = words(none_of(Vital.SBP, reason), none_of(Vital.DBP, reason))
    assert spoken == f"no forecast: {reason}"
    assert line.startswith("forecast: ")


@pytest.mark.parametrize("reason", [NoForecast.MODEL, NoForecast.PHASE, NoForecast.LIMIT])
def test_where_none_is_expected_nothing_is_said(reason: NoForecast) -> None:
    assert words(none_of(Vital.SBP, reason), none_of(Vital.DBP, reason)) == ("", "")


def test_while_one_pressure_is_beyond_its_limit_the_tile_leaves_it_to_the_alarm() -> None:
    beyond = none_of(Vital.SBP, NoForecast.BEYOND)
    assert words(beyond, of(Vital.DBP, 0.8, 100)) == ("", "")


# ---- the tiles


@pytest.fixture
def tiles(qtbot):
    made = (BpTile(), NumericTile(Vital.HR, "HR"))
    for tile in made:
        qtbot.addWidget(tile)
        tile.forecaster = Forecaster()
    return made


def near_the_limit() -> stories.StoryFeed:
    """The pressure close to its limit, the heart rate calm."""
    feed = stories.calm()
    now_s = feed.clock_ns / 1e9
    feed.apply([*stories.cuff(now_s - 30, 160, 96)])
    return feed


def test_the_line_is_small_dim_and_of_no_alarm_colour(tiles) -> None:
    feed = near_the_limit()
    for tile in tiles:
        tile.render(feed.state, feed.history, feed.clock_ns)
        assert "within 10 min:" in tile.reason.text()
        assert tile.reason.property("tone") == "dim"
        assert tile.reason.property("role") == "small"
        assert tile.property("frame") in (None, "")
        assert "no alarm" in tile.accessibleDescription()
    assert " in 10" in tiles[0].reason.text()


def test_what_the_number_itself_says_comes_first(tiles) -> None:
    bp, heart = tiles
    feed = stories.stale()
    for tile in tiles:
        tile.render(feed.state, feed.history, feed.clock_ns)
    assert bp.reason.text() == "last try: air leak"
    assert bp.reason.property("tone") == "text"
    assert "within" not in heart.reason.text()
    assert "forecast" not in heart.accessibleDescription()


def test_a_tile_without_a_forecaster_says_nothing_of_it(qtbot) -> None:
    tile = BpTile()
    qtbot.addWidget(tile)
    feed = near_the_limit()
    tile.render(feed.state, feed.history, feed.clock_ns)
    assert tile.reason.text() == ""


def test_a_forecast_raises_nothing_and_sends_nothing(open_window) -> None:
    feed = near_the_limit()
    before = feed.state.alarms
    window = open_window(feed)
    assert "within 10 min" in window.run.bp.reason.text()
    assert feed.state.alarms is before
    assert feed.submitted == []


def test_beyond_the_limit_the_alarm_speaks_alone(open_window) -> None:
    window = open_window(stories.pressure_alarm())
    assert window.run.bp.reason.text() == ""
    assert "within 10 min" in window.run.heart.reason.text()


@pytest.mark.parametrize("size", [(1920, 1080), (1366, 768)])
def test_the_line_fits_its_tile(open_window, size: tuple[int, int]) -> None:
    window = open_window(near_the_limit(), *size)
    bp, heart = window.run.bp.reason, window.run.heart.reason
    longest = [
        words(of(Vital.SBP, 0.99), of(Vital.DBP, 0.1))[0],
        words(of(Vital.SBP, 0.99, 89, up=False))[0],
    ]
    unknown = [
        words(none_of(Vital.HR, reason), vitals=(Vital.HR,))[0]
        for reason in NoForecast
        if reason is not NoForecast.BEYOND
    ]
    fast = words(of(Vital.HR, 0.99, 110), vitals=(Vital.HR,))[0]
    slow = words(of(Vital.HR, 0.99, 50, up=False), vitals=(Vital.HR,))[0]
    for label, lines in ((bp, [*longest, *unknown]), (heart, [fast, slow, *unknown])):
        assert label.text()
        for line in (label.text(), *lines):
            assert label.fontMetrics().horizontalAdvance(line) <= label.width() + 1, line


def test_the_page_says_what_it_rests_on_and_that_it_is_no_alarm(open_window) -> None:
    window = open_window(near_the_limit())
    window.run.open_panel("forecast")
    QApplication.processEvents()
    page = window.run.side.pages["forecast"]
    text = "\n".join(label.text() for label in page.findChildren(QLabel))
    (model,) = known_models()
    assert NO_ALARM in text
    assert "SBP 165 or above within 10 min: " in text or "SBP 164" in text
    assert "Not validated on patients" in text
    assert f"version {model.version}" in text
    assert "Nobody approved it" in text


def test_the_page_of_another_protocol_says_that_there_is_none(open_window) -> None:
    feed = near_the_limit()
    assert feed.state.definition is not None
    feed.state = replace(feed.state, definition=replace(feed.state.definition, id="another"))
    window = open_window(feed)
    window.run.open_panel("forecast")
    page = window.run.side.pages["forecast"]
    assert "no model was made for it" in page.model.text()
    assert window.run.bp.reason.text() == ""
