"""Even grids: packets follow by count, gaps open where they come late, no sample is ever lost."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exchange.grid import LATE_S, WAVE_MISSING, place_packets, rate_of
from app.exchange.wave_columns import WaveColumns, join_waves
from protocols.vitals import NS_PER_S, Vital
from storage.stream_columns import WaveRun

INTERVAL_NS = 13_333_333
RATE = 75


def columns(arrivals_s: list[float], length: int = 15) -> WaveColumns:
    """Packets whose last samples arrive at these times; samples count up from 1."""
    count = len(arrivals_s)
    return WaveColumns(
        device="oximeter",
        vital=Vital.PLETH,
        interval_ns=INTERVAL_NS,
        full_scale=255,
        t_ns=np.array([round(t_s * NS_PER_S) for t_s in arrivals_s], dtype=np.int64),
        lengths=np.full(count, length, dtype=np.int64),
        values=np.arange(1, count * length + 1, dtype=np.int64),
    )


@pytest.mark.parametrize(
    ("interval_ns", "rate"),
    [(13_333_333, 75), (16_666_667, 60), (8_000_000, 125), (16_000_000, Fraction(125, 2))],
)
def test_a_nominal_interval_is_the_rate_it_stands_for(interval_ns: int, rate: Fraction) -> None:
    assert rate_of(interval_ns) == rate


def test_packets_that_jitter_follow_each_other_by_count() -> None:
    wave = place_packets(columns([0.2, 0.42, 0.59, 0.83, 1.0]), 0, 2)
    present = wave.samples[wave.samples != WAVE_MISSING]
    assert present.tolist() == list(range(1, 76))
    assert (np.diff(np.flatnonzero(wave.samples != WAVE_MISSING)) == 1).all()
    assert 0 < wave.furthest_s <= 0.04


def test_a_packet_that_comes_late_opens_a_gap_of_its_length() -> None:
    wave = place_packets(columns([0.2, 0.4, 5.0, 5.2]), 0, 6)
    missing = np.flatnonzero(wave.samples[:390] == WAVE_MISSING)
    inner = missing[missing > 20]
    assert (inner[0], inner[-1] + 1) == (31, round((5.0 - 14 / RATE) * RATE))


@given(
    st.lists(st.floats(0.0, 3.0), min_size=1, max_size=40),
    st.integers(1, 30),
)
def test_no_sample_is_lost_and_their_order_stays(steps: list[float], length: int) -> None:
    arrivals = np.cumsum([0.5, *steps]).tolist()
    packets = columns(arrivals, length)
    wave = place_packets(packets, -47_000_000, 3)
    assert wave.samples[wave.samples != WAVE_MISSING].tolist() == packets.values.tolist()


@given(st.lists(st.floats(0.19, 0.21), min_size=1, max_size=60))
def test_what_is_told_of_the_timing_is_true(steps: list[float]) -> None:
    arrivals = np.cumsum([0.5, *steps]).tolist()
    packets = columns(arrivals)
    wave = place_packets(packets, 0, 3)
    place = np.flatnonzero(wave.samples != WAVE_MISSING)
    last = place[np.cumsum(packets.lengths) - 1] / RATE
    away = np.abs(last - packets.t_ns / NS_PER_S).max()
    assert away <= wave.furthest_s + 1 / RATE
    late = last - packets.t_ns / NS_PER_S
    assert late.min() >= -LATE_S - 1 / RATE


def test_a_row_with_packets_of_two_kinds_is_put_in_the_order_of_the_record() -> None:
    def run(usable: bool, places: list[int], values: list[int]) -> WaveRun:
        return WaveRun(
            device="oximeter",
            vital="pleth",
            interval_ns=INTERVAL_NS,
            full_scale=255,
            usable=usable,
            places=np.array(places, dtype=np.int64),
            t_ns=np.array(places, dtype=np.int64) * 100,
            lengths=np.full(len(places), 2, dtype=np.int64),
            values=np.array(values, dtype=np.int64),
        )

    rows = [(1, run(True, [0, 2], [1, 2, 5, 6])), (1, run(False, [1], [3, 4]))]
    (joined,) = join_waves([*rows, (9, run(True, [0], [7, 8]))])
    assert joined.values.tolist() == [1, 2, 3, 4, 5, 6, 7, 8]
    assert joined.t_ns.tolist() == [0, 100, 200, 0]
