"""The dose of a protocol, in lines for a nurse to read."""

from __future__ import annotations

from collections.abc import Iterator

from protocols.dosing.dose_rule import DoseRule
from protocols.events import Giving, WeightBasis
from protocols.guardrails import plain_text


def describe_dose(dose: DoseRule) -> Iterator[str]:
    """What is given, how it is prepared, and what an order may change."""
    yield _usual(dose)
    if dose.choices:
        unit = "mg/kg" if dose.by_weight else "mg"
        yield f"only {', '.join(plain_text(one) for one in dose.choices)} {unit}"
    if dose.giving is Giving.INFUSION:
        yield from _preparation(dose)
    if dose.rounding_mg is not None:
        yield f"dose rounded to multiples of {plain_text(dose.rounding_mg)} mg"
    if dose.by_weight and dose.weight_bases != (WeightBasis.TOTAL,):
        yield f"dosing weight: {', '.join(dose.weight_bases)}, the prescriber chooses"
    if dose.choose_weight_from_bmi is not None:
        limit = plain_text(dose.choose_weight_from_bmi)
        yield f"from a body-mass index of {limit} kg/m2 the choice of weight needs a reason"
    if dose.earlier_doses:
        yield f"follows at least {dose.earlier_doses} earlier doses, else a prescriber's reason"
    if dose.last_dose_soft is not None:
        yield (
            f"{plain_text(dose.last_dose_soft)} times the dose of the last visit, or that part of "
            "it, needs a reason"
        )
    if dose.last_dose_hard is not None:
        yield f"{plain_text(dose.last_dose_hard)} times, or that part of it, is refused"


def _usual(dose: DoseRule) -> str:
    amount = (
        f"{plain_text(dose.dose_mg_per_kg)} mg/kg"
        if dose.dose_mg_per_kg is not None
        else f"{plain_text(dose.dose_mg or 0)} mg"
    )
    if dose.giving is Giving.INFUSION:
        strength = dose.concentration_mg_per_ml
        at = "" if strength is None else f" at {plain_text(strength)} mg/mL"
        return f"{amount} over {plain_text(dose.duration_min or 0)} min{at}"
    if dose.giving is Giving.INJECTION:
        strength = dose.concentration_mg_per_ml
        return f"{amount} at once, of {plain_text(strength or 0)} mg/mL"
    words = f"{amount} in {dose.unit_name}s of {plain_text(dose.unit_mg or 0)} mg"
    if dose.unit_spacing_s:
        words += f", at least {dose.unit_spacing_s // 60} min apart"
    if dose.hold_s is not None:
        low, high = (seconds // 60 for seconds in dose.hold_s)
        words += f", held in the mouth for {low} to {high} min"
    return words


def _preparation(dose: DoseRule) -> Iterator[str]:
    yield f"prepared as {' or '.join(dose.styles)}"
    if dose.bags_ml:
        yield f"bags of {', '.join(plain_text(one) for one in dose.bags_ml)} mL"
    if dose.vials_mg_per_ml:
        yield f"vials of {', '.join(plain_text(one) for one in dose.vials_mg_per_ml)} mg/mL"
    if dose.dead_space_ml:
        yield f"{plain_text(dose.dead_space_ml)} mL between pump and patient"
