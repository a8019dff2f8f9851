"""``[concentration]``: the model that a protocol predicts the level of its drug with."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from protocols.definition.fields import STRICT, IsNumber, Text, Years
from protocols.dosing.pharmacokinetics import CompartmentModel
from protocols.dosing.predicted import ConcentrationModel
from protocols.guardrails import plain_text
from protocols.key_lines import Location

RatePerMin = Annotated[Decimal, Field(gt=0, le=10), IsNumber]


class ConcentrationTable(BaseModel):
    """``[concentration]``: published constants, how the drug gets into the blood, for whom."""

    model_config = STRICT

    name: Annotated[str, Field(min_length=1, max_length=40)]
    source: Annotated[list[Text], Field(min_length=1)]
    unit: Annotated[str, Field(pattern="^ng/mL$")]
    minimum_age_years: Years
    maximum_age_years: Years
    v1_l_per_kg: Annotated[Decimal, Field(gt=0, le=100), IsNumber]
    k10_per_min: RatePerMin
    k12_per_min: RatePerMin
    k21_per_min: RatePerMin
    k13_per_min: RatePerMin | None = None
    k31_per_min: RatePerMin | None = None
    bioavailability: Annotated[Decimal, Field(gt=0, le=1), IsNumber]
    absorption_per_min: RatePerMin | None = None
    band_percent: Annotated[Decimal, Field(gt=0, le=90), IsNumber]

    def build(self) -> ConcentrationModel:
        """The frozen value."""
        absorption = self.absorption_per_min
        return ConcentrationModel(
            compartments=CompartmentModel(
                name=self.name,
                v1_l_per_kg=float(self.v1_l_per_kg),
                k10_per_min=float(self.k10_per_min),
                k12_per_min=float(self.k12_per_min),
                k21_per_min=float(self.k21_per_min),
                k13_per_min=float(self.k13_per_min or 0),
                k31_per_min=float(self.k31_per_min or 0),
                source="; ".join(self.source),
            ),
            bioavailability=float(self.bioavailability),
            absorption_per_min=None if absorption is None else float(absorption),
            band_percent=float(self.band_percent),
            unit=self.unit,
            ages_years=(self.minimum_age_years, self.maximum_age_years),
        )


def check_concentration(
    table: ConcentrationTable | None, youngest_patient_years: int
) -> Iterator[tuple[Location, str]]:
    """Mistakes that no single field shows, with `youngest_patient_years` of the protocol.

    A model of children is refused for adults, and one of adults for children: the levels that it
    would predict are wrong by a multiple.
    """
    if table is None:
        return
    low, high = table.minimum_age_years, table.maximum_age_years
    if low > high:
        yield ("concentration", "minimum_age_years"), f"must not be above maximum_age_years {high}."
    elif low > youngest_patient_years:
        yield (
            ("concentration", "minimum_age_years"),
            f"the model “{table.name}” begins at {low} years, the protocol treats from "
            f"{youngest_patient_years}. Allowed: {youngest_patient_years} or less.",
        )
    elif high < youngest_patient_years:
        yield (
            ("concentration", "maximum_age_years"),
            f"the model “{table.name}” ends at {high} years, the protocol treats from "
            f"{youngest_patient_years}: a model of children is not used for adults.",
        )
    if (table.k13_per_min is None) != (table.k31_per_min is None):
        yield ("concentration",), "needs both of k13_per_min and k31_per_min, or neither."


def describe_concentration(model: ConcentrationModel | None) -> Iterator[str]:
    """The model on the page that describes a protocol, line by line."""
    if model is None:
        yield "No curve is drawn"
        return
    youngest, oldest = model.ages_years
    route = "into the blood"
    if model.absorption_per_min is not None:
        route = f"absorbed with {model.absorption_per_min:g} per min"
    share = plain_text(Decimal(str(model.bioavailability)) * 100)
    yield f"Model {model.name}, {youngest} to {oldest} years; illustrative, never measured"
    yield f"{share} % of the dose arrives, {route}; band of {model.band_percent:g} % either side"
    yield f"After {model.compartments.source}"
