"""The growing series: what was not measured stays a gap, what was measured stays as it was."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.history import History, TrendSeries, WaveRing
from protocols.events import (
    Phase,
    PhaseChanged,
    Reading,
    SessionResumed,
    WaveReceived,
)
from protocols.vitals import PRESSURES, Quality, Vital
from tests.unit.app.session_scenes import Scene, oximeter_packet

S = 1_000_000_000
MS_13 = 13_333_333


def history_of(scene: Scene) -> History:
    history = History()
    for event in scene.record:
        history.add(event)
    return history


def test_a_gap_is_drawn_where_the_monitor_was_silent() -> None:
    scene = Scene()
    scene.oximeter(10, spo2=97)
    scene.wait(60)
    scene.oximeter(10, spo2=95)
    trend = history_of(scene).trends[Vital.SPO2]
    silent = trend.values[(trend.t_s > 11) & (trend.t_s < 70)]
    assert len(silent)
    assert np.isnan(silent).all()
    assert set(trend.values[~np.isnan(trend.values)]) == {97.0, 95.0}


def test_a_value_that_goes_missing_is_a_gap_at_once() -> None:
    scene = Scene()
    scene.oximeter(3)
    scene.now_s += 0.4
    scene.bytes("oximeter", oximeter_packet(511, 127, status=0x08))
    trend = history_of(scene).trends[Vital.SPO2]
    assert np.isnan(trend.values[-1])
    assert trend.t_s[-1] == pytest.approx(3.4)


@given(
    offered=st.lists(
        st.tuples(
            st.sampled_from([0.0, 0.1, 0.33, 0.5, 1.0, 1.5, 4.9, 5.0, 5.1, 30.0]),
            st.one_of(st.none(), st.integers(50, 100).map(float)),
        ),
        max_size=40,
    )
)
def test_a_trend_holds_only_what_was_offered_and_breaks_every_silence(
    offered: list[tuple[float, float | None]],
) -> None:
    series, together = TrendSeries(5.0), TrendSeries(5.0)
    t_s = 0.0
    real: list[tuple[float, float | None]] = []
    for wait_s, value in offered:
        t_s += wait_s
        real.append((t_s, value))
        series.add(t_s, value)
    together.add_many([t for t, _ in real], [np.nan if v is None else v for _, v in real])
    assert list(together.t_s) == list(series.t_s)
    np.testing.assert_array_equal(together.values, series.values)
    assert list(series.t_s) == sorted(series.t_s)
    measured = {(t, v) for t, v in real if v is not None}
    points = list(zip(series.t_s.tolist(), series.values.tolist(), strict=True))
    assert {(t, v) for t, v in points if v == v} <= measured
    for (before_s, before), (after_s, after) in itertools.pairwise(points):
        assert after_s - before_s <= 5.0 or before != before or after != after
    last = next((v for _, v in reversed(real)), None)
    if last is None and real:
        assert points[-1][1] != points[-1][1]


def test_a_failed_pressure_is_a_point_without_a_value() -> None:
    history = History()
    for number, value in ((1, 120.0), (2, None)):
        for vital in PRESSURES:
            history.add(
                Reading(
                    t_ns=number * S,
                    vital=vital,
                    value=value,
                    quality=Quality.GOOD if value else Quality.FAILED,
                    source="bp",
                    measured_ns=number * S,
                )
            )
    good, failed = history.blood_pressures
    assert (good.sbp_mmhg, good.t_s) == (120.0, 1.0)
    assert np.isnan([failed.sbp_mmhg, failed.dbp_mmhg, failed.map_mmhg]).all()


def test_phases_follow_each_other_without_a_hole() -> None:
    spans = history_of(Scene().to_recovery()).phases
    assert [span.phase for span in spans] == [
        Phase.SETUP,
        Phase.GATE,
        Phase.BASELINE,
        Phase.INFUSING,
        Phase.RECOVERY,
    ]
    for before, after in itertools.pairwise(spans):
        assert before.end_s == after.start_s
    assert spans[-1].end_s is None


def test_the_gap_of_a_resumed_session_is_kept() -> None:
    history = History()
    history.add(
        SessionResumed(
            t_ns=90 * S, gap_start_ns=30 * S, utc="2026-03-02T09:01:30.000Z", by="", reason="power"
        )
    )
    assert history.gaps_s == [(30.0, 90.0)]


def test_the_list_of_events_holds_what_a_person_reads() -> None:
    scene = Scene().to_recovery()
    listed = history_of(scene).listed
    assert [e for e in listed if isinstance(e, PhaseChanged)] == scene.all(PhaseChanged)
    assert not [e for e in listed if isinstance(e, Reading | WaveReceived)]


def wave(t_ns: int, values: tuple[int, ...], *, usable: bool = True) -> WaveReceived:
    return WaveReceived(
        t_ns=t_ns,
        device="oximeter",
        vital=Vital.PLETH,
        interval_ns=MS_13,
        full_scale=255,
        usable=usable,
        values=values,
    )


@given(lengths=st.lists(st.integers(1, 60), max_size=30))
def test_the_ring_holds_the_newest_samples_in_order(lengths: list[int]) -> None:
    ring = WaveRing(MS_13, kept_s=1.0)
    sent: list[int] = []
    t_ns = 0
    for length in lengths:
        values = tuple((len(sent) + i) % 256 for i in range(length))
        t_ns += length * MS_13
        sent += values
        ring.add(wave(t_ns, values))
    assert ring.total == len(sent)
    unrolled = np.roll(ring.counts, -ring.position)
    newest = np.array(sent[-ring.size :]) / 255
    np.testing.assert_allclose(unrolled[ring.size - len(newest) :], newest)
    assert np.isnan(unrolled[: ring.size - len(newest)]).all()


def test_an_unusable_wave_and_a_silence_are_not_drawn() -> None:
    ring = WaveRing(MS_13)
    ring.add(wave(S, (100,) * 25))
    ring.add(wave(S + 25 * MS_13, (100,) * 25, usable=False))
    assert np.isnan(ring.counts[25:50]).all()
    ring.add(wave(6 * S, (90,) * 25))
    last = np.roll(ring.counts, -ring.position)
    np.testing.assert_allclose(last[-25:], 90 / 255)
    assert np.isnan(last[-300:-25]).all()
