"""A waveform from hours to samples: times, gaps, and an envelope that loses no peak."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.reviewing.wave_track import (
    GAP_NS,
    Packets,
    WaveTrack,
    envelope,
    make_track,
    samples_between,
    stretches,
)
from protocols.vitals import NS_PER_S, Vital

INTERVAL = NS_PER_S // 75


def packets(
    times: list[int], *, size: int = 25, usable: list[bool] | None = None, seed: int = 1
) -> Packets:
    count = len(times)
    chance = np.random.default_rng(seed)
    return Packets(
        vital=Vital.PLETH,
        device="oximeter",
        interval_ns=INTERVAL,
        full_scale=255,
        t_ns=np.array(times, dtype=np.int64),
        lengths=np.full(count, size, dtype=np.int64),
        usable=np.array(usable if usable is not None else [True] * count, dtype=bool),
        values=chance.integers(0, 256, count * size).astype(np.uint16),
    )


def steady(count: int, late_ns: list[int] | None = None) -> WaveTrack:
    late = late_ns or [0] * count
    return make_track(packets([NS_PER_S + n * 25 * INTERVAL + late[n] for n in range(count)]))


def test_samples_of_a_steady_stream_stand_at_their_interval() -> None:
    track = steady(60)
    assert len(track.t_ns) == len(track.values) == 60 * 25
    assert np.abs(np.diff(track.t_ns) - INTERVAL).max() <= 2
    assert abs(int(track.t_ns[24]) - NS_PER_S) <= 2  # the last sample of a packet came with it
    assert len(track.gaps) == 0


@given(st.lists(st.integers(0, 40_000_000), min_size=40, max_size=40))
@settings(max_examples=30, deadline=None)
def test_jitter_of_arrival_opens_no_gap_and_turns_no_order(late: list[int]) -> None:
    track = steady(40, late)
    assert len(track.gaps) == 0
    assert (np.diff(track.t_ns) >= 0).all()
    assert np.diff(track.t_ns).max() < GAP_NS


def test_a_silence_is_a_gap_from_the_last_sample_to_the_next() -> None:
    first = [n * 25 * INTERVAL + NS_PER_S for n in range(9)]
    second = [first[-1] + 5 * NS_PER_S + n * 25 * INTERVAL for n in range(9)]
    track = make_track(packets(first + second))
    ((start, end),) = track.gaps.tolist()
    assert abs(start - first[-1]) < INTERVAL
    assert abs(end - (second[0] - 24 * INTERVAL)) < INTERVAL


def test_unusable_packets_are_marked_sample_by_sample() -> None:
    times = [NS_PER_S + n * 25 * INTERVAL for n in range(6)]
    track = make_track(packets(times, usable=[True, True, False, False, True, True]))
    assert stretches(track.unusable) == [(50, 100)]


@given(
    st.integers(1, 400),
    st.floats(0, 0.9),
    st.floats(0.02, 1.0),
    st.integers(16, 900),
)
@settings(max_examples=60, deadline=None)
def test_the_envelope_loses_no_peak(count: int, begin: float, share: float, columns: int) -> None:
    track = steady(count)
    whole = int(track.t_ns[-1]) + 1
    start = int(begin * whole)
    end = min(whole, start + max(columns * 10, int(share * whole)))
    found = envelope(track, start, end, columns)
    edges = np.linspace(start, end, columns + 1).astype(np.int64)
    places = np.searchsorted(track.t_ns, edges)
    assert len(found.low) == columns
    for column in range(columns):
        inside = track.values[places[column] : places[column + 1]]
        assert bool(found.filled[column]) == bool(len(inside))
        if len(inside):
            assert found.low[column] <= inside.min()
            assert found.high[column] >= inside.max()


def test_no_column_of_a_gap_is_filled() -> None:
    first = [n * 25 * INTERVAL + NS_PER_S for n in range(30)]
    second = [first[-1] + 60 * NS_PER_S + n * 25 * INTERVAL for n in range(30)]
    track = make_track(packets(first + second))
    found = envelope(track, 0, second[-1], 200)
    gap = slice(int(200 * 15 / (second[-1] / NS_PER_S)), int(200 * 65 / (second[-1] / NS_PER_S)))
    assert not found.filled[gap].any()
    assert found.filled.any()


def test_a_piece_has_one_sample_more_on_each_side() -> None:
    track = steady(10)
    piece = samples_between(track, int(track.t_ns[50]), int(track.t_ns[60]))
    assert (piece.start, piece.stop) == (49, 61)


def test_nothing_at_all_is_no_track_that_breaks() -> None:
    track = make_track(packets([]))
    assert len(track.t_ns) == 0
    assert not envelope(track, 0, NS_PER_S, 20).filled.any()
    assert track.bytes == pytest.approx(0)
