"""A weight is doubted when it looks like pounds, a slip, or hearsay."""

from __future__ import annotations

from decimal import Decimal

import pytest

from protocols.dosing.dose import DoseInputError
from protocols.dosing.weight import WeightRules, body_mass_index, judge_weight, pounds
from protocols.guardrails import Guardrail

RULES = WeightRules(
    change_soft_percent=Decimal(5),
    change_hard_percent=Decimal(10),
    pounds_ratio=(Decimal("2.0"), Decimal("2.4")),
    halved_ratio=(Decimal("0.42"), Decimal("0.50")),
    bmi=(Decimal(15), Decimal(60)),
    stated_needs_reason=True,
)
LIMITS = Guardrail(
    field="weight_kg",
    unit="kg",
    hard_low=Decimal(30),
    soft_low=Decimal(40),
    soft_high=Decimal(160),
    hard_high=Decimal(250),
    label="Weight",
)


def _judge(
    weight: str,
    last: str | None = None,
    height: str | None = None,
    *,
    measured: bool = True,
    entered_again: bool = False,
) -> dict[str, str]:
    findings = judge_weight(
        Decimal(weight),
        RULES,
        LIMITS,
        measured=measured,
        last_weight_kg=None if last is None else Decimal(last),
        height_cm=None if height is None else Decimal(height),
        entered_again=entered_again,
    )
    return {finding.field: str(finding.kind) for finding in findings}


@pytest.mark.parametrize(
    ("weight", "last", "expected"),
    [
        ("70", None, {}),
        ("70", "70", {}),
        ("73.5", "70", {}),
        ("73.6", "70", {"weight_change": "soft"}),
        ("77", "70", {"weight_change": "soft"}),
        ("77.1", "70", {"weight_change": "hard"}),
        ("62.9", "70", {"weight_change": "hard"}),
        ("154.3", "70", {"weight_ratio": "hard"}),
        ("140", "70", {"weight_ratio": "hard"}),
        ("168", "70", {"weight_kg": "soft", "weight_ratio": "hard"}),
        ("139.9", "70", {"weight_change": "hard"}),
        ("70", "154.3", {"weight_ratio": "hard"}),
        ("70", "140", {"weight_ratio": "hard"}),
        ("29.9", None, {"weight_kg": "hard"}),
        ("250.1", None, {"weight_kg": "hard"}),
    ],
)
def test_a_weight_is_held_against_limits_and_the_last_visit(
    weight: str, last: str | None, expected: dict[str, str]
) -> None:
    assert _judge(weight, last) == expected


@pytest.mark.parametrize(
    ("weight", "height", "expected"),
    [
        ("70", "178", {}),
        ("60", "200.1", {"bmi": "hard"}),
        ("60", "200", {}),
        ("150", "158", {"bmi": "hard"}),
        ("150", "158.2", {}),
    ],
)
def test_an_unlikely_body_mass_index_asks_for_both_again(
    weight: str, height: str, expected: dict[str, str]
) -> None:
    assert _judge(weight, height=height) == expected


def test_the_same_weight_entered_again_needs_only_a_reason_but_pounds_stay_refused() -> None:
    assert _judge("80", "70", entered_again=True) == {"weight_change": "soft"}
    assert _judge("154.3", "70", entered_again=True) == {"weight_ratio": "hard"}
    assert _judge("60", height="201", entered_again=True) == {"bmi": "soft"}


def test_a_stated_weight_needs_a_reason() -> None:
    assert _judge("70", measured=False) == {"weight_source": "soft"}


def test_messages_say_both_weights_and_what_to_do() -> None:
    (finding,) = judge_weight(
        Decimal("154.3"), RULES, LIMITS, measured=True, last_weight_kg=Decimal(70)
    )
    assert finding.message == (
        "Weight 154.3 kg, last visit 70.0 kg: is one of them in pounds? Enter kilograms for both."
    )


@pytest.mark.parametrize("last", ["0", "-1", "NaN"])
def test_a_last_weight_that_is_none_is_refused(last: str) -> None:
    with pytest.raises(DoseInputError, match="Weight"):
        _judge("70", last)


def test_pounds_are_shown_to_one_decimal() -> None:
    assert pounds(Decimal(70)) == Decimal("154.3")


def test_body_mass_index_of_a_known_person() -> None:
    assert round(float(body_mass_index(Decimal(140), Decimal(178))), 1) == 44.2
