"""An order in words: the sum as a nurse can follow it, from dose and weight to the pump."""

from __future__ import annotations

from typing import TYPE_CHECKING

from protocols.events import DosePlanned, Giving, Preparation, WeightBasis
from protocols.guardrails import amount_text, plain_text

if TYPE_CHECKING:
    from protocols.dosing.order import DoseCalculation


def order_in_words(dose: DoseCalculation) -> str:
    """The sum in words: dose, weight, rounding, and how it is prepared and given."""
    return f"{_amount(dose)} {_WAYS[dose.giving](dose)}"


def planned_in_words(dose: DosePlanned) -> str:
    """A recorded dose in words: amount, the weight it rests on, and how it is given."""
    amount = f"{amount_text(dose.dose_mg)} mg"
    if dose.giving is Giving.UNITS:
        return f"{amount} in {dose.units} of {plain_text(dose.unit_mg)} mg"
    weight = dose.dosing_weight_kg or dose.weight_kg
    basis = "" if dose.weight_basis is WeightBasis.TOTAL else f", {dose.weight_basis} weight"
    of = f"{plain_text(dose.dose_mg_per_kg, 3)} mg/kg of {amount_text(weight)} kg{basis}"
    if dose.giving is Giving.INJECTION:
        return f"{amount} ({of}) in {amount_text(dose.volume_ml)} mL, at once"
    return (
        f"{amount} ({of}) over {plain_text(dose.duration_min)} min at "
        f"{amount_text(dose.rate_ml_per_h)} mL/h"
    )


def _amount(dose: DoseCalculation) -> str:
    order = dose.order
    if order.dose_mg_per_kg is None:
        return f"{amount_text(dose.dose_mg)} mg"
    basis = "" if order.weight_basis is WeightBasis.TOTAL else f" ({order.weight_basis} weight)"
    rounded = "" if dose.calculated_mg == dose.dose_mg else (
        f"{amount_text(dose.calculated_mg)} mg, rounded to "
    )  # fmt: skip
    return (
        f"{plain_text(dose.dose_mg_per_kg)} mg/kg x {amount_text(dose.dosing_weight_kg)} kg{basis} "
        f"= {rounded}{amount_text(dose.dose_mg)} mg"
    )


def _infused(dose: DoseCalculation) -> str:
    order = dose.order
    pump = f"at {amount_text(dose.rate_ml_per_h)} mL/h over {plain_text(dose.duration_min)} min"
    if order.style is Preparation.WHOLE_BAG and order.bag_ml is not None:
        drug = f"({amount_text(dose.added_ml or 0)} mL of {_strength(dose)})"
        bag = f"a bag of {plain_text(order.bag_ml)} mL"
        less = ", that volume of diluent taken out" if order.diluent_withdrawn else ""
        return f"{drug} in {bag}{less}: all {amount_text(dose.volume_ml)} mL {pump}"
    if order.style is Preparation.STOCK_BAG:
        stock = f"{plain_text(dose.concentration_mg_per_ml)} mg/mL"
        bag = "a bag" if order.bag_ml is None else f"a bag of {plain_text(order.bag_ml)} mL"
        return (
            f"from {bag} with {stock}: volume to be infused {amount_text(dose.volume_ml)} mL {pump}"
        )
    return f"in {amount_text(dose.volume_ml)} mL {pump}"


def _strength(dose: DoseCalculation) -> str:
    vial = dose.order.vial_mg_per_ml
    return "the vial" if vial is None else f"{plain_text(vial)} mg/mL"


def _injected(dose: DoseCalculation) -> str:
    strength = plain_text(dose.concentration_mg_per_ml)
    return f"in {amount_text(dose.volume_ml)} mL of {strength} mg/mL, given at once"


def _in_units(dose: DoseCalculation) -> str:
    name = dose.unit_name or "unit"
    many = name if dose.units == 1 else f"{name}s"
    apart = ""
    if dose.units > 1 and dose.unit_spacing_s:
        apart = f", at least {plain_text(dose.unit_spacing_s // 60)} min apart"
    return f"= {dose.units} {many} of {plain_text(dose.unit_mg)} mg{apart}"


_WAYS = {Giving.INFUSION: _infused, Giving.INJECTION: _injected, Giving.UNITS: _in_units}
