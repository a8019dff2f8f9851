"""The weight a dose rests on: total, ideal or adjusted; guards against pounds, slips and hearsay.

Weigh at the encounter, in kilograms only, and do not dose on a stated weight (ISMP, Targeted
Medication Safety Best Practices for Hospitals, practice on weighing in metric units). A pound
entered as a kilogram is a 2.2-fold error.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from protocols.dosing.dose import check_input
from protocols.events import WeightBasis
from protocols.guardrails import (
    Finding,
    FindingKind,
    Guardrail,
    amount_text,
    as_decimal,
    plain_text,
)

POUNDS_PER_KG = Decimal("2.20462")
_CM_PER_INCH = Fraction("2.54")
_ADJUSTED_SHARE = Fraction("0.4")
_IDEAL_AT_60_INCHES_KG = {"male": Fraction(50), "female": Fraction("45.5")}
_IDEAL_PER_INCH_KG = Fraction("2.3")


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRules:
    """When a weight is questioned.

    Attributes:
        change_soft_percent: a change from the last weight beyond this needs a reason.
        change_hard_percent: a change beyond this must be entered once more.
        pounds_ratio: a weight this many times the last one looks like pounds.
        halved_ratio: a weight this many times the last one looks as if the last was in pounds.
        bmi: lowest and highest body-mass index, kg/m2, that need not be entered once more.
        stated_needs_reason: whether a weight that was not measured needs a reason.
    """

    change_soft_percent: Decimal
    change_hard_percent: Decimal
    pounds_ratio: tuple[Decimal, Decimal]
    halved_ratio: tuple[Decimal, Decimal]
    bmi: tuple[Decimal, Decimal]
    stated_needs_reason: bool


def pounds(weight_kg: Decimal) -> Decimal:
    """The weight in pounds to one decimal, to be shown and never entered."""
    return as_decimal(Fraction(weight_kg) * Fraction(POUNDS_PER_KG), 1)


def body_mass_index(weight_kg: Decimal, height_cm: Decimal) -> Fraction:
    """Body-mass index in kg/m2."""
    height_m = Fraction(height_cm) / 100
    return Fraction(weight_kg) / (height_m * height_m)


def dosing_weights(
    weight_kg: Decimal, height_cm: Decimal | None, sex: str
) -> dict[WeightBasis, Decimal | None]:
    """The three weights that a dose may rest on, kg; None where one cannot be known.

    Ideal body weight after Devine (1974): 50 kg for a man and 45.5 kg for a woman of 60 inches,
    2.3 kg more for each inch above (less below); adjusted = ideal + 0.4 x (total - ideal). Both are
    given to 0.1 kg, so that a person can work on from what is shown; the total is as weighed.

    Args:
        weight_kg: total body weight.
        height_cm: height, if known.
        sex: ``female``, ``male`` or another word, for which the formula knows no ideal weight.
    """
    at_60_inches = _IDEAL_AT_60_INCHES_KG.get(sex)
    if height_cm is None or at_60_inches is None:
        return {
            WeightBasis.TOTAL: weight_kg,
            WeightBasis.IDEAL: None,
            WeightBasis.ADJUSTED: None,
        }
    inches = Fraction(height_cm) / _CM_PER_INCH
    ideal = at_60_inches + _IDEAL_PER_INCH_KG * (inches - 60)
    adjusted = ideal + _ADJUSTED_SHARE * (Fraction(weight_kg) - ideal)
    return {
        WeightBasis.TOTAL: weight_kg,
        WeightBasis.IDEAL: as_decimal(ideal, 1),
        WeightBasis.ADJUSTED: as_decimal(adjusted, 1),
    }


def judge_weight(
    weight_kg: Decimal,
    rules: WeightRules,
    guardrail: Guardrail,
    *,
    measured: bool,
    last_weight_kg: Decimal | None = None,
    height_cm: Decimal | None = None,
    entered_again: bool = False,
) -> tuple[Finding, ...]:
    """Every doubt about a weight.

    Fields of the findings: ``weight_kg`` (guardrail), ``weight_source``, ``weight_ratio``,
    ``weight_change`` and ``bmi``. Change and body-mass index are hard at first and soft once the
    same weight was entered again; a ratio that looks like pounds stays hard.

    Args:
        weight_kg: the weight entered.
        rules: when to doubt.
        guardrail: limits of the weight itself, in kg.
        measured: it was measured today, not stated.
        last_weight_kg: weight at the last visit, if known.
        height_cm: height, if known.
        entered_again: the same weight was refused before and has been entered once more.

    Raises:
        DoseInputError: a number is not above 0, not below 100000, or has more than six decimals.
    """
    check_input("weight_kg", weight_kg)
    findings = guardrail.judge(weight_kg)
    if rules.stated_needs_reason and not measured:
        findings.append(
            Finding(
                field="weight_source",
                value=weight_kg,
                limit=None,
                kind=FindingKind.SOFT,
                message="The weight is stated, not measured: weigh the patient or give a reason.",
            )
        )
    again = FindingKind.SOFT if entered_again else FindingKind.HARD
    if last_weight_kg is not None:
        check_input("weight_kg", last_weight_kg)
        findings += _judge_change(weight_kg, last_weight_kg, rules, again)
    if height_cm is not None:
        check_input("height_cm", height_cm)
        findings += _judge_bmi(weight_kg, height_cm, rules, again)
    return tuple(findings)


def _judge_change(
    weight_kg: Decimal, last_kg: Decimal, rules: WeightRules, again: FindingKind
) -> list[Finding]:
    ratio = Fraction(weight_kg) / Fraction(last_kg)
    both = f"Weight {amount_text(weight_kg)} kg, last visit {amount_text(last_kg)} kg"
    for low, high in (rules.pounds_ratio, rules.halved_ratio):
        if Fraction(low) <= ratio <= Fraction(high):
            return [
                Finding(
                    field="weight_ratio",
                    value=as_decimal(ratio, 4),
                    limit=low if ratio > 1 else high,
                    kind=FindingKind.HARD,
                    message=f"{both}: is one of them in pounds? Enter kilograms for both.",
                )
            ]
    change = abs(ratio - 1) * 100
    if change > Fraction(rules.change_hard_percent):
        kind, limit = again, rules.change_hard_percent
    elif change > Fraction(rules.change_soft_percent):
        kind, limit = FindingKind.SOFT, rules.change_soft_percent
    else:
        return []
    todo = "enter the weight once more" if kind is FindingKind.HARD else "give a reason"
    return [
        Finding(
            field="weight_change",
            value=as_decimal(change, 4),
            limit=limit,
            kind=kind,
            message=f"{both}: a change of more than {plain_text(limit)} %. Check and {todo}.",
        )
    ]


def _judge_bmi(
    weight_kg: Decimal, height_cm: Decimal, rules: WeightRules, again: FindingKind
) -> list[Finding]:
    bmi = body_mass_index(weight_kg, height_cm)
    low, high = rules.bmi
    if Fraction(low) <= bmi <= Fraction(high):
        return []
    side, limit = ("below", low) if bmi < Fraction(low) else ("above", high)
    todo = "enter both once more" if again is FindingKind.HARD else "give a reason"
    return [
        Finding(
            field="bmi",
            value=as_decimal(bmi, 4),
            limit=limit,
            kind=again,
            message=(
                f"Weight {amount_text(weight_kg)} kg and height {plain_text(height_cm)} cm give a "
                f"body-mass index {side} {plain_text(limit)} kg/m2. Check and {todo}."
            ),
        )
    ]
