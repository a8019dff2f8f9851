"""A machine that slept, or a program that stood still, leaves a gap that is recorded and named."""

from __future__ import annotations

from app.standstill import LEAST_S, SLEPT, STOOD_STILL, Standstill
from protocols.events import GapFound

S = 1_000_000_000


def test_looks_in_time_find_no_gap() -> None:
    watch = Standstill()
    for number in range(40):
        assert watch.look(number * 0.25, number * 0.25, number * S // 4) is None


def test_sleep_is_told_from_the_last_look_before_it() -> None:
    watch = Standstill()
    watch.look(100.0, 90.0, 10 * S)
    gap = watch.look(1_000.0, 90.25, 910 * S)
    assert gap == GapFound(t_ns=910 * S, gap_start_ns=10 * S, cause=SLEPT)
    assert watch.look(1_000.25, 90.5, 910 * S + S // 4) is None


def test_a_program_that_stood_still_while_the_machine_ran_is_told_as_that() -> None:
    watch = Standstill()
    watch.look(100.0, 100.0, 0)
    gap = watch.look(130.0, 130.0, 30 * S)
    assert gap is not None
    assert gap.cause == STOOD_STILL


def test_a_short_standstill_is_not_told() -> None:
    watch = Standstill()
    watch.look(0.0, 0.0, 0)
    assert watch.look(LEAST_S - 0.01, 0.1, 5 * S) is None
