"""Trends, sweep and lane: what they draw, what they leave open, and what they cost in items."""

from __future__ import annotations

import math
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtGui import QImage

sys.path.insert(0, str(Path(__file__).parent))

import session_stories as stories

from app import theme
from app.history import History, PhaseSpan, TrendSeries, WaveRing
from app.plots.bounds import NO_BOUNDS, Bounds, bounds_now, bounds_of, bounds_steps
from app.plots.decimate import decimate
from app.plots.session_trends import SessionTrends, gaps, session_marks
from app.plots.sweep import SweepStrip
from app.plots.timeline import timeline
from protocols.events import GapFound, Phase, SessionResumed
from protocols.vitals import NS_PER_S, Vital

# the offscreen platform says so of every window with a least size
pytestmark = pytest.mark.qt_log_ignore("propagateSizeHints")

# ---- decimation


@given(
    st.lists(st.one_of(st.none(), st.floats(-1e3, 1e3)), min_size=1, max_size=600),
    st.integers(min_value=2, max_value=120),
)
def test_decimation_keeps_extremes_gaps_and_order(values: list[float | None], pixels: int) -> None:
    y = np.array([np.nan if value is None else value for value in values])
    x = np.arange(len(y), dtype=float)
    kept_x, kept_y = decimate(x, y, pixels)
    assert np.all(np.diff(kept_x) >= 0)
    seen, shown = y[np.isfinite(y)], kept_y[np.isfinite(kept_y)]
    assert len(seen) == 0 or (shown.min(), shown.max()) == (seen.min(), seen.max())
    assert np.isnan(kept_y).any() == np.isnan(y).any()
    assert np.isin(shown, seen).all()


def test_decimation_leaves_at_most_two_points_a_pixel_where_nothing_is_missing() -> None:
    x = np.arange(7200.0)
    kept_x, kept_y = decimate(x, np.sin(x), 300)
    assert len(kept_x) == len(kept_y) <= 600


def test_a_line_is_not_drawn_across_a_gap() -> None:
    series = TrendSeries(5.0)
    for second in (*range(3000), *range(3100, 7200)):
        series.add(second, 80.0)
    kept_x, kept_y = decimate(series.t_s, series.values, 400)
    gap = (kept_x > 3000) & (kept_x < 3105)
    assert np.isnan(kept_y[gap]).any()


# ---- limits


def test_warning_limits_follow_the_baseline_once_it_is_frozen() -> None:
    state = stories.calm().state
    before = bounds_of(state.limits, Vital.HR, Phase.INFUSING, {})
    after = bounds_now(state, Vital.HR)
    assert (before.low, before.high) == (50.0, 110.0)
    assert (after.low, after.high) == (50.0, 104.0)


def test_the_tightest_of_absolute_limit_and_rise_is_shown() -> None:
    state = stories.calm().state
    low_baseline = bounds_of(state.limits, Vital.SBP, Phase.INFUSING, {Vital.SBP: 110.0})
    assert low_baseline.high == pytest.approx(137.5)
    assert bounds_now(state, Vital.SBP).high == 165.0


def test_without_limits_or_outside_the_watched_phases_there_are_none() -> None:
    state = stories.calm().state
    assert bounds_of(None, Vital.HR, Phase.INFUSING, {}) == NO_BOUNDS
    assert bounds_of(state.limits, Vital.HR, Phase.SETUP, {}) == NO_BOUNDS


def test_limit_lines_step_where_the_baseline_was_frozen() -> None:
    feed = stories.calm()
    now_s = feed.now_ns() / NS_PER_S
    steps = bounds_steps(feed.state, feed.history.phases, Vital.HR, now_s)
    frozen_s = stories.START_S - 60
    limits = [(step.start_s, step.bounds.high) for step in steps]
    assert limits == [(0.0, None), (240.0, 110.0), (frozen_s, 104.0)]
    assert steps[-1].end_s == now_s


def test_equal_limits_of_neighbouring_phases_are_one_line() -> None:
    state = stories.calm().state
    spans = [
        PhaseSpan(phase=Phase.INFUSING, start_s=900.0, end_s=1000.0),
        PhaseSpan(phase=Phase.PAUSED, start_s=1000.0),
    ]
    steps = bounds_steps(state, spans, Vital.SPO2, 1100.0)
    assert [(step.start_s, step.end_s) for step in steps] == [(900.0, 1100.0)]
    assert steps[0].bounds == Bounds(low=92.0)


# ---- time axis


def test_minutes_count_from_the_drug_and_show_the_whole_plan() -> None:
    feed = stories.calm(minutes=5)
    line = timeline(feed.state, feed.now_ns())
    assert line.from_drug
    assert line.minutes(stories.START_S + 300) == 5.0
    assert (line.start_min, line.end_min) == (-10.0, 50.0)


def test_before_the_drug_minutes_count_from_the_session() -> None:
    feed = stories.StoryFeed([stories.opened()], 300)
    line = timeline(feed.state, feed.now_ns())
    assert (line.from_drug, line.zero_s, line.start_min, line.end_min) == (False, 0.0, 0.0, 20.0)


# ---- the trends of a session


@pytest.fixture
def trends(qtbot) -> SessionTrends:
    return new_trends(qtbot)


def new_trends(qtbot) -> SessionTrends:
    widget = SessionTrends()
    qtbot.addWidget(widget)
    theme.apply(widget, theme.DARK, theme.REFERENCE)
    widget.resize(1000, 700)
    widget.show()
    return widget


def curve_of(plot) -> tuple[np.ndarray, np.ndarray]:
    return plot._curve.getData()


def test_trends_show_the_values_of_the_session(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    minutes, rates = curve_of(trends.heart)
    assert minutes[0] >= -10.0
    assert minutes[-1] == pytest.approx(23.7, abs=0.1)
    assert np.nanmax(rates) == np.nanmax(feed.history.heart_rate().values)


def test_a_gap_of_the_record_is_hatched_and_named(trends: SessionTrends, qtbot) -> None:
    feed = stories.calm()
    minute = 60 * NS_PER_S
    resumed = SessionResumed(
        t_ns=feed.clock_ns - 3 * minute,
        gap_start_ns=feed.clock_ns - 9 * minute,
        utc="",
        by="",
        reason="power",
    )
    slept = GapFound(t_ns=feed.clock_ns, gap_start_ns=feed.clock_ns - minute, cause="it slept")
    trends.render(feed.state, feed.history, feed.now_ns())
    plain = trends.heart.grab().toImage()
    feed.apply([resumed, slept])
    assert [(words, round(end - start)) for start, end, words in gaps(feed.history)] == [
        ("not recorded: program not running", 360),
        ("not recorded: it slept", 60),
    ]
    after = new_trends(qtbot)
    after.render(feed.state, feed.history, feed.now_ns())
    assert after.heart.grab().toImage() != plain
    marks = [mark.text for mark in session_marks(feed.history, timeline(feed.state, feed.now_ns()))]
    assert marks[-2:] == ["recording resumed", "recording again"]


def test_a_new_second_draws_one_trend_a_call_until_all_are_new(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    before = curve_of(trends.heart)[0][-1], curve_of(trends.spo2)[0][-1]
    later = feed.clock_ns + 20 * NS_PER_S
    feed.apply(stories.streams(feed.clock_ns / NS_PER_S, later / NS_PER_S))
    changes = []
    for _ in range(4):
        trends.render(feed.state, feed.history, later)
        now = curve_of(trends.heart)[0][-1], curve_of(trends.spo2)[0][-1]
        changes.append(now != before)
        before = now
    assert changes == [False, True, True, False]


def test_a_jump_in_time_draws_everything_at_once(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    early = stories.calm(minutes=3)
    trends.render(early.state, early.history, early.now_ns())
    assert curve_of(trends.heart)[0][-1] == pytest.approx(3.0, abs=0.1)
    assert curve_of(trends.spo2)[0][-1] == pytest.approx(3.0, abs=0.1)


def test_items_are_built_once(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    before = [len(plot.getPlotItem().items) for plot in (trends.bp, trends.heart, trends.spo2)]
    for step in range(1, 50):
        trends.render(feed.state, feed.history, feed.now_ns() + step * NS_PER_S)
    after = [len(plot.getPlotItem().items) for plot in (trends.bp, trends.heart, trends.spo2)]
    assert before == after


def test_pressures_are_bars_from_diastolic_to_systolic(trends: SessionTrends) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    _, ends = trends.bp._bars.getData()
    pairs = ends.reshape(-1, 2).tolist()
    assert pairs[0] == [85.0, 138.0]
    assert len(pairs) == len(feed.history.blood_pressures)


def test_a_failed_determination_is_marked_without_a_number(trends: SessionTrends) -> None:
    feed = stories.stale()
    trends.render(feed.state, feed.history, feed.now_ns())
    assert len(trends.bp._failed.getData()[0]) == 1
    assert len(trends.bp._bars.getData()[0]) == 2 * 6


def test_the_range_grows_by_whole_steps_and_holds_every_value(trends: SessionTrends) -> None:
    feed = stories.calm()
    now_s = feed.now_ns() / NS_PER_S
    feed.apply([stories.reading(Vital.PR, 171, now_s), *stories.cuff(now_s, 245, 130)])
    trends.render(feed.state, feed.history, feed.now_ns())
    assert trends.heart.getPlotItem().getViewBox().viewRange()[1] == pytest.approx([40.0, 190.0])
    assert trends.bp.getPlotItem().getViewBox().viewRange()[1][1] >= 245


def test_lane_lists_events_drug_and_alarms_in_order_of_time() -> None:
    feed = stories.emergency()
    marks = list(session_marks(feed.history, timeline(feed.state, feed.now_ns())))
    texts = [mark.text for mark in sorted(marks, key=lambda mark: mark.minute)]
    assert [text for text in texts if text] == [
        "observer",
        "infusion started",
        "Eyeshade on",
        "Nausea 3",
    ]
    assert sum(mark.tint.startswith("alarm_") for mark in marks) == 2


def test_lane_lines_up_with_the_plots(trends: SessionTrends, qtbot) -> None:
    feed = stories.calm()
    trends.render(feed.state, feed.history, feed.now_ns())
    qtbot.wait(20)
    view = trends.heart.getPlotItem().getViewBox()
    scene_x = view.mapViewToScene(view.viewRect().center()).x()
    middle = view.viewRect().center().x()
    assert trends.lane.x_of(middle) == pytest.approx(scene_x, abs=3)


# ---- the sweep


def image_of(strip: SweepStrip) -> QImage:
    return strip.grab().toImage()


def columns_drawn(strip: SweepStrip) -> set[int]:
    """Columns in which something of the wave's colour stands below the title."""
    image = image_of(strip).convertToFormat(QImage.Format.Format_RGB32)
    rows = np.frombuffer(image.constBits(), np.uint8)
    blue = rows.reshape(image.height(), image.bytesPerLine() // 4, 4)[:, : image.width(), 0]
    return {int(x) for x in np.flatnonzero((blue > 180).any(axis=0)) if x >= 120}


@pytest.fixture
def strip(qtbot) -> SweepStrip:
    widget = SweepStrip("spo2", "pleth")
    qtbot.addWidget(widget)
    theme.apply(widget, theme.DARK, theme.REFERENCE)
    widget.resize(600, 100)
    widget.show()
    return widget


def ring_of(seconds: float) -> WaveRing:
    history = History()
    for event in stories.pleth(0, seconds):
        history.add(event)
    return history.waves[Vital.PLETH]


def test_sweep_erases_a_bar_ahead_of_the_newest_sample(strip: SweepStrip) -> None:
    strip.show_wave(ring_of(14.0), 14 * NS_PER_S + NS_PER_S // 2)
    head = int(600 * 0.4)
    drawn = columns_drawn(strip)
    assert {head - 30, head - 10} <= drawn
    assert not drawn & set(range(head + 8, head + 18))


def test_sweep_draws_in_pieces_what_it_draws_at_once(strip: SweepStrip, qtbot) -> None:
    whole = SweepStrip("spo2", "pleth")
    qtbot.addWidget(whole)
    whole.resize(600, 100)
    whole.show()
    history = History()
    packets = stories.pleth(0, 4.0)
    for event in packets:
        history.add(event)
        strip.show_wave(history.waves[Vital.PLETH], event.t_ns)
    end = packets[-1].t_ns + NS_PER_S
    strip.show_wave(history.waves[Vital.PLETH], end)
    whole.show_wave(history.waves[Vital.PLETH], end)
    assert len(columns_drawn(strip) ^ columns_drawn(whole)) <= 4


def test_an_old_wave_never_looks_new(strip: SweepStrip) -> None:
    ring = ring_of(6.0)
    strip.show_wave(ring, 6 * NS_PER_S)
    assert strip.reason == ""
    strip.show_wave(ring, 9 * NS_PER_S, "no pleth: oximeter silent")
    assert strip.reason == "no pleth: oximeter silent"


def test_without_any_wave_the_strip_says_why(strip: SweepStrip) -> None:
    strip.show_wave(None, 0, "no pleth: no monitor")
    assert strip.reason == "no pleth: no monitor"


def test_samples_that_are_no_pulse_leave_a_gap(strip: SweepStrip) -> None:
    ring = ring_of(6.0)
    position = 75 * 3
    ring.counts[position : position + 75] = math.nan
    strip.show_wave(ring, 6 * NS_PER_S + NS_PER_S // 2)
    gap = range(round(600 * 0.305), round(600 * 0.395))
    assert not columns_drawn(strip) & set(gap)


def test_sweep_goes_on_after_a_change_of_size(strip: SweepStrip) -> None:
    ring = ring_of(6.0)
    strip.show_wave(ring, 6 * NS_PER_S)
    strip.resize(400, 80)
    strip.show_wave(ring, 6 * NS_PER_S)
    assert columns_drawn(strip)
