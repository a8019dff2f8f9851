"""The kinds of field that tables of a protocol file are made of: each with its range."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from protocols.vitals import Vital


def only_number(value: object) -> object:
    """TOML's whole and decimal numbers become `Decimal`; text and truth values do not."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("a number is needed")
    return Decimal(value)


IsNumber = BeforeValidator(only_number)
Number = Annotated[Decimal, Field(ge=-1000, le=10_000), IsNumber]
Positive = Annotated[Decimal, Field(gt=0, le=10_000), IsNumber]
Percent = Annotated[Decimal, Field(ge=0, le=100), IsNumber]
Ratio = Annotated[Decimal, Field(gt=0, le=10), IsNumber]
Minutes = Annotated[int, Field(ge=1, le=720)]
MinutesFromZero = Annotated[int, Field(ge=0, le=720)]
Seconds = Annotated[int, Field(ge=0, le=3600)]
Years = Annotated[int, Field(ge=0, le=120)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=40)]
PartName = Annotated[
    str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*(/[a-z0-9][a-z0-9.-]*)*$", max_length=80)
]
Version = Annotated[str, Field(pattern=r"^[0-9]+(\.[0-9]+)*$", max_length=12)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
Answers = Annotated[list[Text], Field(min_length=1, max_length=8)]
VitalName = Annotated[Vital, Field(strict=False)]
NumberRange = Annotated[list[Number], Field(min_length=2, max_length=2)]
RatioRange = Annotated[list[Ratio], Field(min_length=2, max_length=2)]

STRICT = ConfigDict(extra="forbid", frozen=True, strict=True)
"""How every table is read: each key is known, each value has exactly its type."""


class Table(BaseModel):
    """A table of a protocol file.

    A field that may be missing has its default in `Field`: ruff cannot see from another file that a
    list written there is copied for each table.
    """

    model_config = STRICT
