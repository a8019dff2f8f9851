"""`dose`: the dose calculation with every guardrail it met."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from typing import Annotated

import typer

from app.commands.answers import EXIT_NO, BadInputError, print_json
from app.commands.protocols import load_definition
from protocols.dose import DoseInputError, calculate_dose
from protocols.guardrails import FindingKind


def dose(
    protocol: Annotated[str, typer.Option(help="Shipped protocol or a file.")],
    weight_kg: Annotated[str, typer.Option(help="Body weight, kg.")],
    dose_mg_per_kg: Annotated[str | None, typer.Option(help="Instead of the protocol's.")] = None,
    duration_min: Annotated[str | None, typer.Option(help="Instead of the protocol's.")] = None,
    concentration_mg_per_ml: Annotated[
        str | None, typer.Option(help="Instead of the protocol's.")
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="One JSON object.")] = False,
) -> int:
    """Work out dose, volume and rate; exit status 1 when a hard limit refuses it."""
    definition = load_definition(protocol)
    defaults = definition.dose
    try:
        calculation = calculate_dose(
            _number("--weight-kg", weight_kg),
            _number("--dose-mg-per-kg", dose_mg_per_kg, defaults.dose_mg_per_kg),
            _number("--duration-min", duration_min, defaults.duration_min),
            _number(
                "--concentration-mg-per-ml",
                concentration_mg_per_ml,
                defaults.concentration_mg_per_ml,
            ),
            definition.guardrails,
        )
    except DoseInputError as error:
        raise BadInputError(str(error)) from error
    if json:
        print_json(
            {
                "dose_mg": calculation.dose_mg,
                "volume_ml": calculation.volume_ml,
                "rate_ml_per_h": calculation.rate_ml_per_h,
                "rate_mg_per_min": calculation.rate_mg_per_min,
                "rate_mg_per_kg_per_h": calculation.rate_mg_per_kg_per_h,
                "duration_min": calculation.duration_min,
                "refused": calculation.refused,
                "guardrails": calculation.findings,
            }
        )
    else:
        typer.echo(calculation.in_words)
        for finding in calculation.findings:
            mark = "refused" if finding.kind is FindingKind.HARD else "needs a reason"
            typer.echo(f"{mark}: {finding.message}")
    return EXIT_NO if calculation.refused else 0


def _number(option: str, text: str | None, otherwise: Decimal | None = None) -> Decimal:
    if text is None:
        if otherwise is None:
            raise BadInputError(f"{option} is missing")
        return otherwise
    try:
        value = Decimal(text.strip().replace(",", "."))
    except InvalidOperation:
        raise BadInputError(f"{option} {text}: not a number") from None
    if not value.is_finite():
        raise BadInputError(f"{option} {text}: not a number")
    return value
