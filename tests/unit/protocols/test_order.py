"""Orders of every shipped protocol: sums that agree, and hard limits that no path passes."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from protocols.definition import ProtocolDefinition
from protocols.dosing.dose import DoseInputError
from protocols.dosing.dose_rule import Body, DoseRule
from protocols.dosing.order import DoseCalculation, calculate_dose
from protocols.dosing.weight import judge_weight
from protocols.events import Giving, OrderDose, Preparation, WeightBasis
from protocols.guardrails import FindingKind
from tests.unit.protocols.shipped import NAMES, shipped

BY_WEIGHT = tuple(name for name in NAMES if shipped(name).dose.by_weight)
INFUSED = tuple(name for name in NAMES if shipped(name).dose.giving is Giving.INFUSION)
protocols = st.sampled_from([shipped(name) for name in NAMES])
by_weight = st.sampled_from([shipped(name) for name in BY_WEIGHT])
infused = st.sampled_from([shipped(name) for name in INFUSED])
weights = st.decimals(min_value=30, max_value=250, places=1)
per_kg = st.decimals(min_value=Decimal("0.05"), max_value=3, places=3)
factors = st.integers(2, 5)


def worked_out(
    definition: ProtocolDefinition,
    weight_kg: Decimal,
    *,
    rule: DoseRule | None = None,
    height_cm: Decimal | None = None,
    sex: str = "",
    doses_before: int = 9,
    **changes: object,
) -> DoseCalculation:
    """The order of `definition` with these fields changed, worked out for one body."""
    dose = rule or definition.dose
    order = replace(dose.usual_order(), **changes)  # type: ignore[arg-type]
    body = Body(weight_kg=weight_kg, height_cm=height_cm, sex=sex)
    return calculate_dose(order, dose, body, definition.guardrails, doses_before=doses_before)


def unrounded(definition: ProtocolDefinition) -> DoseRule:
    return replace(definition.dose, rounding_mg=None, choices=())


@given(definition=by_weight, weight=weights, dose=per_kg, factor=factors)
def test_without_rounding_the_dose_is_linear_in_dose_per_kilogram_and_in_weight(
    definition: ProtocolDefinition, weight: Decimal, dose: Decimal, factor: int
) -> None:
    rule = unrounded(definition)
    once = worked_out(definition, weight, rule=rule, dose_mg_per_kg=dose)
    more = worked_out(definition, weight, rule=rule, dose_mg_per_kg=dose * factor)
    heavier = worked_out(definition, weight * factor, rule=rule, dose_mg_per_kg=dose)
    assert more.exact_dose_mg == factor * once.exact_dose_mg == heavier.exact_dose_mg
    assert once.exact_dose_mg == Fraction(dose) * Fraction(weight)


@given(definition=by_weight, weight=weights, dose=per_kg, step=per_kg)
def test_a_larger_order_or_a_heavier_body_never_gets_less(
    definition: ProtocolDefinition, weight: Decimal, dose: Decimal, step: Decimal
) -> None:
    assume(not (definition.dose.rounding_mg and dose * weight < definition.dose.rounding_mg))
    less = worked_out(definition, weight, dose_mg_per_kg=dose)
    more = worked_out(definition, weight, dose_mg_per_kg=dose + step)
    heavier = worked_out(definition, weight + step, dose_mg_per_kg=dose)
    assert less.exact_dose_mg <= more.exact_dose_mg
    assert less.exact_dose_mg <= heavier.exact_dose_mg


@given(
    definition=protocols,
    weight=weights,
    dose=per_kg,
    step=st.decimals(min_value=Decimal("0.1"), max_value=10, places=1),
)
def test_rounding_moves_a_dose_by_half_a_step_at_most_and_to_a_multiple(
    definition: ProtocolDefinition, weight: Decimal, dose: Decimal, step: Decimal
) -> None:
    rule = replace(definition.dose, rounding_mg=step, choices=())
    ordered: dict[str, Any] = (
        {"dose_mg_per_kg": dose} if rule.by_weight else {"dose_mg": dose * 100}
    )
    calculated = Fraction(dose) * (Fraction(weight) if rule.by_weight else 100)
    assume(calculated * 2 > Fraction(step))
    found = worked_out(definition, weight, rule=rule, **ordered)
    assert abs(found.exact_dose_mg - calculated) * 2 <= Fraction(step)
    assert found.exact_dose_mg % Fraction(step) == 0


@given(
    definition=infused,
    weight=weights,
    minutes=st.integers(15, 360),
    strength=st.sampled_from([Decimal("0.5"), Decimal(1), Decimal(2), Decimal(10)]),
    bag=st.sampled_from([Decimal(50), Decimal(100), Decimal(250), Decimal(500)]),
    withdrawn=st.booleans(),
)
def test_every_style_gives_the_same_drug_per_minute(
    definition: ProtocolDefinition,
    weight: Decimal,
    minutes: int,
    strength: Decimal,
    bag: Decimal,
    withdrawn: bool,
) -> None:
    rule = replace(definition.dose, styles=tuple(Preparation))
    found = [
        worked_out(
            definition,
            weight,
            rule=rule,
            style=style,
            bag_ml=bag,
            vial_mg_per_ml=Decimal(50),
            duration_min=Decimal(minutes),
            concentration_mg_per_ml=strength,
            diluent_withdrawn=withdrawn,
        )
        for style in Preparation
    ]
    assert len({one.rate_mg_per_min for one in found}) == 1
    for one in found:
        drug_per_h = Fraction(one.rate_ml_per_h) * Fraction(one.concentration_mg_per_ml)
        assert abs(drug_per_h - one.exact_dose_mg * 60 / minutes) < Fraction(1, 10**5)
        assert abs(Fraction(one.volume_ml) * 60 / minutes - Fraction(one.rate_ml_per_h)) < Fraction(
            1, 10**6
        )


@st.composite
def edits(draw: st.DrawFn) -> dict[str, object]:
    """Fields of an order as a hurried person could leave them."""
    number = st.decimals(min_value=Decimal("0.001"), max_value=2000, places=3)
    fields: dict[str, st.SearchStrategy[object]] = {
        "dose_mg_per_kg": number | per_kg,
        "dose_mg": number,
        "duration_min": st.decimals(min_value=1, max_value=720, places=0),
        "concentration_mg_per_ml": number,
        "style": st.sampled_from(tuple(Preparation)),
        "bag_ml": st.sampled_from([Decimal(50), Decimal(100), Decimal(250), Decimal(500)]),
        "vial_mg_per_ml": st.sampled_from([Decimal(10), Decimal(50), Decimal(100)]),
        "weight_basis": st.sampled_from(tuple(WeightBasis)),
        "diluent_withdrawn": st.booleans(),
        "last_dose_mg": st.none() | number,
    }
    chosen = draw(st.sets(st.sampled_from(sorted(fields)), min_size=1, max_size=6))
    return {name: draw(fields[name]) for name in sorted(chosen)}


@given(
    definition=protocols,
    weight=weights,
    height=st.none() | st.decimals(min_value=120, max_value=230, places=0),
    sex=st.sampled_from(["female", "male", "other"]),
    path=st.lists(edits(), min_size=1, max_size=4),
)
def test_no_path_of_edits_and_reasons_leads_beyond_a_hard_limit(
    definition: ProtocolDefinition,
    weight: Decimal,
    height: Decimal | None,
    sex: str,
    path: list[dict[str, object]],
) -> None:
    order: OrderDose = definition.dose.usual_order()
    body = Body(weight_kg=weight, height_cm=height, sex=sex)
    for step in path:
        order = replace(order, **step)  # type: ignore[arg-type]
        try:
            found = calculate_dose(order, definition.dose, body, definition.guardrails)
        except DoseInputError:
            continue
        every_reason = {finding.field: "because" for finding in found.findings}
        if found.unanswered(every_reason):
            continue
        _assert_within_hard_limits(definition, found)


def _assert_within_hard_limits(definition: ProtocolDefinition, found: DoseCalculation) -> None:
    dose = found.exact_dose_mg
    numbers = {
        "weight_kg": Fraction(found.weight_kg),
        "dose_mg": dose,
        "dose_mg_per_kg": dose / Fraction(found.dosing_weight_kg),
        "rate_ml_per_h": Fraction(found.rate_ml_per_h),
        "duration_min": Fraction(found.duration_min),
        "concentration_mg_per_ml": Fraction(found.concentration_mg_per_ml),
        "rate_mg_per_kg_per_h": Fraction(found.rate_mg_per_kg_per_h),
    }
    slack = Fraction(1, 10**8)
    for rail in definition.guardrails:
        if rail.field not in numbers or (
            rail.field == "concentration_mg_per_ml" and found.giving is Giving.UNITS
        ):
            continue
        value = numbers[rail.field]
        assert rail.hard_high is None or value <= Fraction(rail.hard_high) + slack, rail.field
        assert rail.hard_low is None or value >= Fraction(rail.hard_low) - slack, rail.field
    rule = definition.dose
    if rule.choices:
        ordered = found.order.dose_mg_per_kg if rule.by_weight else found.order.dose_mg
        assert ordered in rule.choices
    if rule.giving is Giving.UNITS:
        assert found.units >= 1
        assert found.units * Fraction(found.unit_mg) == dose


@pytest.mark.parametrize("name", NAMES)
def test_a_tenfold_slip_against_the_last_visit_is_refused(name: str) -> None:
    definition = shipped(name)
    usual = worked_out(definition, Decimal(70))
    for last_mg in (usual.dose_mg / 10, usual.dose_mg * 10):
        found = worked_out(definition, Decimal(70), last_dose_mg=last_mg)
        [doubt] = [one for one in found.findings if one.field == "last_dose"]
        assert doubt.kind is FindingKind.HARD
        assert "decimal point" in doubt.message


@pytest.mark.parametrize("name", NAMES)
def test_a_slip_between_pounds_and_kilograms_asks_for_a_reason(name: str) -> None:
    definition = shipped(name)
    usual = worked_out(definition, Decimal(70))
    slip = (usual.dose_mg * Decimal("2.20462")).quantize(Decimal("0.01"))
    for last_mg in (slip, (usual.dose_mg / Decimal("2.20462")).quantize(Decimal("0.01"))):
        found = worked_out(definition, Decimal(70), last_dose_mg=last_mg)
        [doubt] = [one for one in found.findings if one.field == "last_dose"]
        assert doubt.kind is FindingKind.SOFT


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("last", ["154.3", "31.8"])
def test_a_weight_in_pounds_is_never_accepted(name: str, last: str) -> None:
    definition = shipped(name)
    findings = judge_weight(
        Decimal(70),
        definition.weight,
        definition.guardrail("weight_kg"),
        measured=True,
        last_weight_kg=Decimal(last),
        entered_again=True,
    )
    assert ("weight_ratio", FindingKind.HARD) in [(one.field, one.kind) for one in findings]


@pytest.mark.parametrize(
    ("last", "again", "kind"),
    [
        ("68", False, None),
        ("66", False, FindingKind.SOFT),
        ("60", False, FindingKind.HARD),
        ("60", True, FindingKind.SOFT),
    ],
)
def test_a_changed_weight_asks_for_a_reason_and_a_far_one_to_be_entered_again(
    last: str, again: bool, kind: FindingKind | None
) -> None:
    definition = shipped("iv-0.5-40")
    findings = judge_weight(
        Decimal(70),
        definition.weight,
        definition.guardrail("weight_kg"),
        measured=True,
        last_weight_kg=Decimal(last),
        entered_again=again,
    )
    found = [one.kind for one in findings if one.field == "weight_change"]
    assert found == ([] if kind is None else [kind])
