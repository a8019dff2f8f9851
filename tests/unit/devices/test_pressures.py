"""One rule for the pressures of every cuff."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.pressures import failed, judge_pressures, spot_rate
from protocols.vitals import PRESSURES, VITALS, Quality, Vital


@pytest.mark.parametrize(
    ("pressures", "quality"),
    [
        ((115, 74, 88), Quality.GOOD),
        ((115, 74, 74), Quality.FAILED),
        ((115, 74, 115), Quality.FAILED),
        ((74, 115, 88), Quality.FAILED),
        ((0, 0, 0), Quality.FAILED),
        ((115, 0, 88), Quality.FAILED),
        ((290, 74, 88), Quality.IMPLAUSIBLE),
        ((60, 9, 25), Quality.IMPLAUSIBLE),
    ],
)
def test_only_consistent_plausible_pressures_are_valid(
    pressures: tuple[int, int, int], quality: Quality
) -> None:
    verdict = judge_pressures(*pressures)
    assert [m.vital for m in verdict.measurements] == list(PRESSURES)
    assert {m.quality for m in verdict.measurements} == {quality}
    assert (verdict.failure == "") == quality.has_value
    assert all((m.value is None) != quality.has_value for m in verdict.measurements)


@given(sys=st.integers(-10, 400), dia=st.integers(-10, 400), mean=st.integers(-10, 400))
def test_a_value_that_is_shown_is_plausible_and_in_order(sys: int, dia: int, mean: int) -> None:
    verdict = judge_pressures(sys, dia, mean)
    values = [m.value for m in verdict.measurements]
    if None in values:
        assert values == [None] * 3
        assert verdict.failure in verdict.measurements[0].note
    else:
        assert values == [sys, dia, mean]
        assert sys > mean > dia > 0
        assert all(VITALS[m.vital].is_plausible(m.value or 0) for m in verdict.measurements)


def test_a_verdict_is_placed_in_the_stream_and_in_time() -> None:
    placed = failed("the cuff was loose").placed(end_byte=24, age_ns=3)
    assert {(m.end_byte, m.age_ns) for m in placed.measurements} == {(24, 3)}
    assert placed.failure == "the cuff was loose"


@pytest.mark.parametrize(
    ("rate", "value", "quality"),
    [
        (72, 72.0, Quality.GOOD),
        (0, None, Quality.MISSING),
        (None, None, Quality.MISSING),
        (12, None, Quality.IMPLAUSIBLE),
    ],
)
def test_the_rate_of_a_cuff_is_a_spot(
    rate: int | None, value: float | None, quality: Quality
) -> None:
    item = spot_rate(rate)
    assert (item.vital, item.value, item.quality, item.spot) == (Vital.PR, value, quality, True)
