"""Limits say what is wrong, by how much, and what to do; and they are themselves well formed."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.guardrails import FindingKind, Guardrail, amount_text, as_decimal, plain_text

TOTAL = Guardrail(
    field="dose_mg",
    unit="mg",
    hard_low=Decimal(3),
    soft_low=Decimal(10),
    soft_high=Decimal(60),
    hard_high=Decimal(100),
    label="Total dose",
)


@pytest.mark.parametrize(
    ("value", "kind", "limit"),
    [
        ("2.99", "hard", 3),
        ("3", "soft", 10),
        ("9.99", "soft", 10),
        ("10", None, None),
        ("35", None, None),
        ("60", None, None),
        ("60.000001", "soft", 60),
        ("100", "soft", 60),
        ("100.01", "hard", 100),
    ],
)
def test_a_limit_itself_is_allowed_and_the_worst_limit_is_named(
    value: str, kind: str | None, limit: int | None
) -> None:
    findings = TOTAL.judge(Decimal(value))
    assert [(f.kind, f.limit, f.value) for f in findings] == (
        [] if kind is None else [(kind, limit, Decimal(value))]
    )


def test_a_message_carries_value_unit_limit_and_what_to_do() -> None:
    (soft,) = TOTAL.judge(Decimal(75))
    assert soft.message == (
        "Total dose 75 mg is above the usual maximum of 60 mg: give a reason or change it."
    )
    (hard,) = TOTAL.judge(Decimal("0.5"))
    assert hard.message == (
        "Total dose 0.5 mg is below the hard minimum of 3 mg: it cannot be used. Correct it."
    )
    assert hard.kind is FindingKind.HARD


def test_a_value_barely_beyond_does_not_read_like_the_limit() -> None:
    (finding,) = TOTAL.judge(Fraction(60_000_1, 10_000))
    assert "60.0001 mg is above the usual maximum of 60 mg" in finding.message


def test_a_missing_hard_limit_refuses_nothing() -> None:
    rate = Guardrail(
        field="rate_mg_per_kg_per_h",
        unit="mg/kg/h",
        hard_low=None,
        soft_low=Decimal("0.15"),
        soft_high=Decimal("0.9"),
        hard_high=Decimal("1.5"),
    )
    assert [f.kind for f in rate.judge(Decimal("0.001"))] == [FindingKind.SOFT]


@pytest.mark.parametrize(
    "limits",
    [(11, 10, 60, 100), (3, 10, 9, 100), (3, 10, 60, 59), (None, 10, 9, None), (3, 101, 102, 100)],
)
def test_soft_limits_outside_hard_ones_are_refused(limits: tuple[int | None, ...]) -> None:
    numbers = [None if limit is None else Decimal(limit) for limit in limits]
    hard_low, soft_low, soft_high, hard_high = numbers
    assert soft_low is not None
    assert soft_high is not None
    with pytest.raises(ValueError, match=r"dose_mg: .* is above "):
        Guardrail(
            field="dose_mg",
            unit="mg",
            hard_low=hard_low,
            soft_low=soft_low,
            soft_high=soft_high,
            hard_high=hard_high,
        )


@given(value=st.decimals(0, 200, places=4, allow_nan=False))
def test_every_value_is_judged_like_the_ladder_of_limits(value: Decimal) -> None:
    kinds = [f.kind for f in TOTAL.judge(value)]
    if value < 3 or value > 100:
        assert kinds == ["hard"]
    elif value < 10 or value > 60:
        assert kinds == ["soft"]
    else:
        assert kinds == []


@pytest.mark.parametrize(
    ("value", "plain", "amount"),
    [
        ("0.5", "0.5", "0.5"),
        ("35", "35", "35.0"),
        ("35.000", "35", "35.0"),
        ("41.25", "41.25", "41.25"),
        ("61.875", "61.875", "61.88"),
        ("100", "100", "100.0"),
        ("0", "0", "0.0"),
        ("1E+3", "1000", "1000.0"),
        ("0.0000001", "0.0000001", "0.0"),
    ],
)
def test_numbers_for_people_lead_with_a_zero_and_end_with_none(
    value: str, plain: str, amount: str
) -> None:
    assert plain_text(Decimal(value)) == plain
    assert amount_text(Decimal(value)) == amount


@given(
    value=st.fractions(min_value=-1000, max_value=1000, max_denominator=10_000),
    places=st.integers(0, 9),
)
def test_a_fraction_becomes_the_nearest_decimal(value: Fraction, places: int) -> None:
    out = as_decimal(value, places)
    assert abs(Fraction(out) - value) <= Fraction(1, 2 * 10**places)
    assert "E" not in str(out) or out == out.to_integral_value() or abs(out) < Decimal("1e-6")
