"""``[dose]`` and ``[guardrails]`` of a protocol file, and the mistakes no single field shows."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from fractions import Fraction
from typing import Annotated

from pydantic import BaseModel, Field

from protocols.definition.fields import STRICT, IsNumber, Positive, Seconds
from protocols.dosing.dose import GUARDED_FIELDS, RATE_TOLERANCE, rate_mg_per_kg_per_h
from protocols.dosing.dose_rule import DoseRule
from protocols.events import Giving, Preparation, WeightBasis
from protocols.guardrails import Guardrail, plain_text
from protocols.key_lines import Location

_Duration = Annotated[Decimal, Field(gt=0, le=720), IsNumber]
_Factor = Annotated[Decimal, Field(gt=1, le=100), IsNumber]
_Given = Annotated[Giving, Field(strict=False)]
_Styles = Annotated[list[Annotated[Preparation, Field(strict=False)]], Field(max_length=3)]
_Bases = Annotated[
    list[Annotated[WeightBasis, Field(strict=False)]], Field(min_length=1, max_length=3)
]
_Volume = Annotated[Decimal, Field(ge=0, le=100), IsNumber]
_Bound = Annotated[Decimal, Field(gt=0, le=100_000), IsNumber]
_Stock = Annotated[list[Positive], Field(max_length=12)]


class DoseTable(BaseModel):
    """``[dose]``."""

    model_config = STRICT

    giving: _Given = Giving.INFUSION
    dose_mg_per_kg: Positive | None = None
    dose_mg: Positive | None = None
    choices: _Stock = []
    duration_min: _Duration | None = None
    concentration_mg_per_ml: Positive | None = None
    rate_tolerance_percent: Annotated[Decimal, Field(gt=0, le=5), IsNumber] = RATE_TOLERANCE * 100
    styles: _Styles = []
    bags_ml: _Stock = []
    vials_mg_per_ml: _Stock = []
    syringe_ml: Positive | None = None
    rounding_mg: Positive | None = None
    dead_space_ml: _Volume = Decimal(0)
    weight_bases: _Bases = [WeightBasis.TOTAL]
    choose_weight_from_bmi: Positive | None = None
    unit_mg: Positive | None = None
    unit_name: Annotated[str, Field(max_length=40)] = ""
    unit_spacing_min: Annotated[int, Field(ge=0, le=120)] = 0
    hold_min_s: Seconds | None = None
    hold_max_s: Seconds | None = None
    earlier_doses: Annotated[int, Field(ge=0, le=100)] = 0
    last_dose_soft: _Factor | None = None
    last_dose_hard: _Factor | None = None

    def build(self) -> DoseRule:
        """The frozen value."""
        hold_s = None
        if self.hold_min_s is not None and self.hold_max_s is not None:
            hold_s = (self.hold_min_s, self.hold_max_s)
        return DoseRule(
            giving=self.giving,
            dose_mg_per_kg=self.dose_mg_per_kg,
            dose_mg=self.dose_mg,
            choices=tuple(self.choices),
            duration_min=self.duration_min,
            concentration_mg_per_ml=self.concentration_mg_per_ml,
            rate_tolerance=self.rate_tolerance_percent / 100,
            styles=tuple(self.styles) or (Preparation.SYRINGE,),
            bags_ml=tuple(self.bags_ml),
            vials_mg_per_ml=tuple(self.vials_mg_per_ml),
            syringe_ml=self.syringe_ml,
            rounding_mg=self.rounding_mg,
            dead_space_ml=self.dead_space_ml,
            weight_bases=tuple(self.weight_bases),
            choose_weight_from_bmi=self.choose_weight_from_bmi,
            unit_mg=self.unit_mg,
            unit_name=self.unit_name,
            unit_spacing_s=60 * self.unit_spacing_min,
            hold_s=hold_s,
            earlier_doses=self.earlier_doses,
            last_dose_soft=self.last_dose_soft,
            last_dose_hard=self.last_dose_hard,
        )


class GuardrailRow(BaseModel):
    """One row of ``[guardrails]``; units are those of the row's name."""

    model_config = STRICT

    hard_low: _Bound | None = None
    soft_low: _Bound
    soft_high: _Bound
    hard_high: _Bound | None = None


class GuardrailTable(BaseModel):
    """``[guardrails]``: a row for every number that this way of giving has."""

    model_config = STRICT

    weight_kg: GuardrailRow
    height_cm: GuardrailRow
    dose_mg_per_kg: GuardrailRow | None = None
    dose_mg: GuardrailRow
    duration_min: GuardrailRow | None = None
    concentration_mg_per_ml: GuardrailRow | None = None
    rate_mg_per_kg_per_h: GuardrailRow | None = None
    rate_ml_per_h: GuardrailRow | None = None

    def rows(self) -> dict[str, GuardrailRow]:
        """The rows that are there, by name."""
        return {name: row for name, row in self if row is not None}

    def build(self) -> tuple[Guardrail, ...]:
        """The frozen values."""
        return tuple(build_guardrail(name, row) for name, row in self.rows().items())


def build_guardrail(field: str, row: GuardrailRow) -> Guardrail:
    """The frozen value of one row; ValueError when its limits are out of order."""
    label, unit = GUARDED_FIELDS[field]
    return Guardrail(
        field=field,
        unit=unit,
        label=label,
        hard_low=row.hard_low,
        soft_low=row.soft_low,
        soft_high=row.soft_high,
        hard_high=row.hard_high,
    )


_NEEDED: dict[Giving, tuple[str, ...]] = {
    Giving.INFUSION: ("duration_min", "concentration_mg_per_ml"),
    Giving.INJECTION: ("concentration_mg_per_ml",),
    Giving.UNITS: ("unit_mg", "unit_name"),
}
_FOREIGN: dict[Giving, tuple[str, ...]] = {
    Giving.INFUSION: ("unit_mg", "unit_name", "unit_spacing_min", "hold_min_s", "hold_max_s"),
    Giving.INJECTION: (
        "duration_min", "styles", "bags_ml", "syringe_ml", "dead_space_ml",
        "unit_mg", "unit_name", "unit_spacing_min", "hold_min_s", "hold_max_s",
    ),
    Giving.UNITS: (
        "dose_mg_per_kg", "duration_min", "concentration_mg_per_ml", "styles", "bags_ml",
        "vials_mg_per_ml", "syringe_ml", "rounding_mg", "dead_space_ml",
    ),
}  # fmt: skip
_GUARDED: dict[Giving, tuple[str, ...]] = {
    Giving.INFUSION: (
        "duration_min",
        "concentration_mg_per_ml",
        "rate_mg_per_kg_per_h",
        "rate_ml_per_h",
    ),
    Giving.INJECTION: ("concentration_mg_per_ml",),
    Giving.UNITS: (),
}

Mistake = tuple[Location, str]


def check_dose(dose: DoseTable, guardrails: GuardrailTable) -> Iterator[Mistake]:
    """Mistakes of the two tables that no single field shows."""
    yield from _check_order_of_limits(guardrails)
    yield from _check_fields(dose)
    yield from _check_rows(dose, guardrails)
    yield from _check_lists(dose)
    yield from _check_defaults(dose, guardrails)


def check_slowing(dose: DoseTable, slow_percent: int | None) -> Iterator[Mistake]:
    """Only what is infused can be slowed, and then the protocol must say to which rate."""
    if dose.giving is Giving.INFUSION and slow_percent is None:
        yield ("slow_percent",), f"is missing. Needed where giving is “{dose.giving}”."
    elif dose.giving is not Giving.INFUSION and slow_percent is not None:
        yield ("slow_percent",), f"means nothing where giving is “{dose.giving}”. Remove it."


def _check_order_of_limits(guardrails: GuardrailTable) -> Iterator[Mistake]:
    for field, row in guardrails.rows().items():
        try:
            build_guardrail(field, row)
        except ValueError as error:
            wrong = str(error).removeprefix(f"{field}: ")
            order = "hard_low <= soft_low <= soft_high <= hard_high"
            yield ("guardrails", field), f"{wrong}. Allowed: {order}."


def _check_fields(dose: DoseTable) -> Iterator[Mistake]:
    if (dose.dose_mg_per_kg is None) == (dose.dose_mg is None):
        yield ("dose",), "needs either dose_mg_per_kg or dose_mg."
    whole_bag = dose.styles == [Preparation.WHOLE_BAG]
    for name in _NEEDED[dose.giving]:
        spared = name == "concentration_mg_per_ml" and whole_bag
        if not getattr(dose, name) and not spared:
            yield ("dose", name), f"is missing. Needed where giving is “{dose.giving}”."
    for name in _FOREIGN[dose.giving]:
        if name in dose.model_fields_set:
            yield ("dose", name), f"means nothing where giving is “{dose.giving}”. Remove it."
    if (dose.hold_min_s is None) != (dose.hold_max_s is None):
        yield ("dose",), "needs both hold_min_s and hold_max_s, or neither."
    elif dose.hold_min_s is not None and dose.hold_min_s > (dose.hold_max_s or 0):
        yield ("dose", "hold_min_s"), f"must not be above hold_max_s {dose.hold_max_s}."
    soft, hard = dose.last_dose_soft, dose.last_dose_hard
    if soft is not None and hard is not None and soft > hard:
        yield ("dose", "last_dose_soft"), f"must not be above last_dose_hard {plain_text(hard)}."


def _check_rows(dose: DoseTable, guardrails: GuardrailTable) -> Iterator[Mistake]:
    """A number without limits lets a tenfold error through."""
    there = guardrails.rows()
    needed = [*_GUARDED[dose.giving]]
    if dose.dose_mg_per_kg is not None:
        needed.append("dose_mg_per_kg")
    for name in needed:
        if name not in there:
            yield ("guardrails", name), f"is missing. Needed where giving is “{dose.giving}”."
    for name in there:
        if name.startswith(("rate_", "duration_")) and name not in needed:
            yield ("guardrails", name), f"means nothing where giving is “{dose.giving}”. Remove it."


def _check_lists(dose: DoseTable) -> Iterator[Mistake]:
    for name in ("styles", "weight_bases", "choices", "bags_ml", "vials_mg_per_ml"):
        values = getattr(dose, name)
        if len(set(values)) != len(values):
            yield ("dose", name), "names a value twice. Each may stand once."
    if Preparation.WHOLE_BAG in dose.styles:
        for name in ("bags_ml", "vials_mg_per_ml"):
            if not getattr(dose, name):
                yield ("dose", name), "is missing. Needed for the style “whole-bag”."
    usual = dose.dose_mg if dose.dose_mg_per_kg is None else dose.dose_mg_per_kg
    if dose.choices and usual is not None and usual not in dose.choices:
        allowed = ", ".join(plain_text(one) for one in dose.choices)
        yield (
            ("dose", "choices"),
            f"{plain_text(usual)} is none of the choices. Allowed: {allowed}.",
        )
    for one in dose.choices if dose.unit_mg is not None else ():
        if dose.unit_mg is not None and one % dose.unit_mg:
            shown = f"{plain_text(one)} is no multiple of unit_mg {plain_text(dose.unit_mg)}."
            yield ("dose", "choices"), shown


def _check_defaults(dose: DoseTable, guardrails: GuardrailTable) -> Iterator[Mistake]:
    """A default that needs a reason is no default."""
    there = guardrails.rows()
    for field in ("dose_mg_per_kg", "dose_mg", "duration_min", "concentration_mg_per_ml"):
        value, row = getattr(dose, field), there.get(field)
        if value is None or row is None or row.soft_low <= value <= row.soft_high:
            continue
        limits = f"{plain_text(row.soft_low)} to {plain_text(row.soft_high)}"
        unit = GUARDED_FIELDS[field][1]
        shown = plain_text(value)
        yield ("dose", field), f"{shown} is outside its soft guardrail. Allowed: {limits} {unit}."
    row = there.get("rate_mg_per_kg_per_h")
    if row is None or dose.dose_mg_per_kg is None or dose.duration_min is None:
        return
    rate = rate_mg_per_kg_per_h(dose.dose_mg_per_kg, dose.duration_min)
    if not Fraction(row.soft_low) <= rate <= Fraction(row.soft_high):
        limits = f"{plain_text(row.soft_low)} to {plain_text(row.soft_high)} mg/kg/h"
        shown = plain_text(rate, 4)
        yield ("dose",), f"dose over duration is {shown} mg/kg/h. Allowed: {limits}."
