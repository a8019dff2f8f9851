"""`dose`: the dose calculation with every guardrail it met."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Annotated, TypeVar

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.definitions import load_definition
from protocols.definition import ProtocolDefinition
from protocols.dosing.dose import DoseInputError
from protocols.dosing.dose_rule import Body
from protocols.dosing.order import DoseCalculation, calculate_dose
from protocols.dosing.weight import dosing_weights, judge_weight
from protocols.events import Giving, OrderDose, Preparation, WeightBasis
from protocols.guardrails import FindingKind, amount_text

_Choice = TypeVar("_Choice", bound=StrEnum)
_INSTEAD = "Instead of the protocol's."
_Instead = Annotated[str | None, typer.Option(help=_INSTEAD)]


def dose(
    protocol: Annotated[str, typer.Option(help="Shipped protocol or a file.")],
    weight_kg: Annotated[str, typer.Option(help="Body weight, kg.")],
    dose_mg_per_kg: _Instead = None,
    dose_mg: _Instead = None,
    duration_min: _Instead = None,
    concentration_mg_per_ml: _Instead = None,
    style: Annotated[
        str | None, typer.Option(help="syringe, whole-bag or stock-bag; the protocol's first.")
    ] = None,
    bag_ml: _Instead = None,
    vial_mg_per_ml: _Instead = None,
    height_cm: Annotated[str | None, typer.Option(help="For ideal and adjusted weight.")] = None,
    sex: Annotated[str, typer.Option(help="female or male, for ideal weight.")] = "",
    weight_basis: Annotated[str | None, typer.Option(help="total, ideal or adjusted.")] = None,
    last_weight_kg: Annotated[str | None, typer.Option(help="Weight of the last visit.")] = None,
    last_dose_mg: Annotated[str | None, typer.Option(help="Dose of the last visit.")] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Work out dose, volume and rate; exit status 1 when a hard limit refuses it."""
    definition = load_definition(protocol)
    usual = definition.dose.usual_order()
    wanted = _choice("--style", style, Preparation) or usual.style
    order = replace(
        usual,
        dose_mg_per_kg=_number("--dose-mg-per-kg", dose_mg_per_kg, usual.dose_mg_per_kg),
        dose_mg=_number("--dose-mg", dose_mg, usual.dose_mg),
        duration_min=_number("--duration-min", duration_min, usual.duration_min),
        concentration_mg_per_ml=_number(
            "--concentration-mg-per-ml",
            concentration_mg_per_ml,
            definition.dose.concentration_mg_per_ml,
        ),
        style=wanted,
        bag_ml=_number("--bag-ml", bag_ml, _usual_bag(definition, wanted)),
        vial_mg_per_ml=_number("--vial-mg-per-ml", vial_mg_per_ml, usual.vial_mg_per_ml),
        weight_basis=_choice("--weight-basis", weight_basis, WeightBasis) or usual.weight_basis,
        last_dose_mg=_number("--last-dose-mg", last_dose_mg),
    )
    weight = _number("--weight-kg", weight_kg) or Decimal(0)
    body = Body(weight_kg=weight, height_cm=_number("--height-cm", height_cm), sex=sex)
    try:
        calculation = _calculate(order, definition, body)
        calculation = _doubt_weight(
            calculation, definition, body, _number("--last-weight-kg", last_weight_kg)
        )
    except DoseInputError as error:
        raise BadInputError(str(error)) from error
    if json:
        print_json(_answer(calculation))
    else:
        _print(calculation, definition, body)
    return EXIT_NO if calculation.refused else 0


def _usual_bag(definition: ProtocolDefinition, style: Preparation) -> Decimal | None:
    bags = definition.dose.bags_ml
    return bags[0] if bags and style is not Preparation.SYRINGE else None


def _calculate(order: OrderDose, definition: ProtocolDefinition, body: Body) -> DoseCalculation:
    return calculate_dose(
        order,
        definition.dose,
        body,
        definition.guardrails,
        doses_before=definition.dose.earlier_doses,
    )


def _doubt_weight(
    calculation: DoseCalculation,
    definition: ProtocolDefinition,
    body: Body,
    last_weight_kg: Decimal | None,
) -> DoseCalculation:
    """The calculation with every doubt about the weight besides its guardrail."""
    doubts = judge_weight(
        body.weight_kg,
        definition.weight,
        definition.guardrail("weight_kg"),
        measured=True,
        last_weight_kg=last_weight_kg,
        height_cm=body.height_cm,
    )
    more = tuple(doubt for doubt in doubts if doubt.field != "weight_kg")
    return replace(calculation, findings=(*calculation.findings, *more))


def _answer(calculation: DoseCalculation) -> dict[str, object]:
    return {
        "dose_mg": calculation.dose_mg,
        "volume_ml": calculation.volume_ml,
        "rate_ml_per_h": calculation.rate_ml_per_h,
        "rate_mg_per_min": calculation.rate_mg_per_min,
        "rate_mg_per_kg_per_h": calculation.rate_mg_per_kg_per_h,
        "duration_min": calculation.duration_min,
        "giving": calculation.giving,
        "style": calculation.order.style,
        "weight_basis": calculation.order.weight_basis,
        "dosing_weight_kg": calculation.dosing_weight_kg,
        "calculated_mg": calculation.calculated_mg,
        "concentration_mg_per_ml": calculation.concentration_mg_per_ml,
        "added_ml": calculation.added_ml,
        "units": calculation.units,
        "refused": calculation.refused,
        "guardrails": calculation.findings,
    }


def _print(calculation: DoseCalculation, definition: ProtocolDefinition, body: Body) -> None:
    typer.echo(calculation.in_words)
    if definition.dose.by_weight and calculation.giving is not Giving.UNITS:
        for line in _doses_by_weight(calculation, body):
            typer.echo(line)
    for finding in calculation.findings:
        mark = "refused" if finding.kind is FindingKind.HARD else "needs a reason"
        typer.echo(f"{mark}: {finding.message}")


def _doses_by_weight(calculation: DoseCalculation, body: Body) -> list[str]:
    """The dose by each of the three weights, where they are known."""
    weights = dosing_weights(body.weight_kg, body.height_cm, body.sex)
    return [
        f"{basis} weight {amount_text(weight)} kg: "
        f"{amount_text(weight * calculation.dose_mg_per_kg)} mg"
        for basis, weight in weights.items()
        if weight is not None and len([w for w in weights.values() if w is not None]) > 1
    ]


def _choice(option: str, text: str | None, kind: type[_Choice]) -> _Choice | None:
    if text is None:
        return None
    try:
        return kind(text)
    except ValueError:
        allowed = ", ".join(kind)
        raise BadInputError(f"{option} {text}: one of {allowed}") from None


def _number(option: str, text: str | None, otherwise: Decimal | None = None) -> Decimal | None:
    if text is None:
        return otherwise
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise BadInputError(f"{option} {text}: not a number") from None
    if not value.is_finite():
        raise BadInputError(f"{option} {text}: not a number")
    return value
