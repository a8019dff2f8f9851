"""Forecast models: parsing of a file, and what a file may not say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache
from itertools import pairwise
from math import sqrt
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.events.terms import Phase
from protocols.forecast.model import (
    FORECAST_VITALS,
    ForecastModel,
    HeartModel,
    Link,
    Needs,
    Response,
    Validity,
    VitalModel,
)
from protocols.problems import Complaint, RefusedFileError, problems_in, read_record
from protocols.vitals import Vital

Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
LongText = Annotated[str, Field(min_length=1, max_length=2000)]
Rate = Annotated[float, Field(gt=0, le=10)]
Share = Annotated[float, Field(gt=0, le=1)]
Spread = Annotated[float, Field(gt=0, le=100)]
PhaseName = Annotated[Phase, Field(strict=False)]
MEASURES = ("rest SBP", "rest DBP", "rest HR", "change SBP", "change DBP", "change HR")
"""Rows and columns of a model's correlations, in their order."""


class ForecastError(RefusedFileError):
    """A forecast file that cannot be used; `problems` lists every mistake, in order of lines."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class _ValidityRecord(_Record):
    protocols: Annotated[list[Identifier], Field(min_length=1)]
    minimum_age_years: Annotated[int, Field(ge=0, le=120)]
    maximum_age_years: Annotated[int, Field(ge=0, le=120)]
    phases: Annotated[list[PhaseName], Field(min_length=1)]


class _NeedsRecord(_Record):
    pressures: Annotated[int, Field(ge=2, le=10)]
    pressure_age_min: Annotated[float, Field(ge=1, le=60)]
    heart_minutes: Annotated[int, Field(ge=1, le=10)]


class _WaningRecord(_Record):
    share: Share
    rate_per_min: Rate


class _ResponseRecord(_Record):
    reference_mg_per_kg: Annotated[float, Field(gt=0, le=20)]
    reference_min: Annotated[float, Field(gt=0, le=600)]
    onset_per_min: Rate
    arrives: Share = 1.0
    absorption_per_min: Rate | None = None
    waning: Annotated[list[_WaningRecord], Field(min_length=1, max_length=3)]


class _LinkRecord(_Record):
    offset: Annotated[float, Field(ge=-5, le=5)]
    slope: Annotated[float, Field(gt=0, le=5)]


class _VitalRecord(_Record):
    vital: Literal["sbp", "dbp", "hr"]
    rest_mean: Annotated[float, Field(gt=0, le=250)]
    rest_sd: Spread
    change_mean: Annotated[float, Field(ge=-50, le=100)]
    change_sd: Spread
    noise_sd: Spread
    drift_sd: Annotated[float, Field(ge=0, le=50)]
    high: _LinkRecord
    low: _LinkRecord


class _HeartRecord(_Record):
    wander_sd: Spread
    wander_s: Annotated[float, Field(gt=0, le=3600)]
    beat_sd: Spread
    looks_per_min: Annotated[float, Field(gt=0, le=60)]
    sustained: Annotated[float, Field(ge=0, le=20)]


class _ForecastFile(_Record):
    id: Identifier
    version: Text
    title: Text
    source: LongText
    cohort: LongText
    review_date: date
    approved_by: str = ""
    horizon_min: Annotated[float, Field(ge=1, le=30)]
    validity: _ValidityRecord
    needs: _NeedsRecord
    response: _ResponseRecord
    heart: _HeartRecord
    vital: Annotated[list[_VitalRecord], Field(min_length=3, max_length=3)]
    correlation: Annotated[list[list[float]], Field(min_length=6, max_length=6)]


@lru_cache(maxsize=8)
def parse_forecast(text: str, file: str) -> ForecastModel:
    """Make a forecast model of TOML `text`; `file` is its name for messages.

    Raises:
        ForecastError: with every mistake found: file, line, field and what is allowed there.
    """
    record = read_record(text, file, _ForecastFile, ForecastError)
    complaints = list(_complaints(record))
    if complaints:
        raise ForecastError(problems_in(text, file, complaints))
    return _build(record)


def _build(record: _ForecastFile) -> ForecastModel:
    valid, response, needs, heart = record.validity, record.response, record.needs, record.heart
    return ForecastModel(
        id=record.id,
        version=record.version,
        title=record.title,
        source=record.source,
        cohort=record.cohort,
        review_date=record.review_date,
        approved_by=record.approved_by,
        horizon_min=record.horizon_min,
        validity=Validity(
            protocols=frozenset(valid.protocols),
            ages_years=(valid.minimum_age_years, valid.maximum_age_years),
            phases=frozenset(valid.phases),
        ),
        needs=Needs(
            pressures=needs.pressures,
            pressure_age_min=needs.pressure_age_min,
            heart_minutes=needs.heart_minutes,
        ),
        response=Response(
            shares=tuple(one.share for one in response.waning),
            rates_per_min=tuple(one.rate_per_min for one in response.waning),
            onset_per_min=response.onset_per_min,
            arrives=response.arrives,
            absorption_per_min=response.absorption_per_min,
            reference_mg_per_kg=response.reference_mg_per_kg,
            reference_min=response.reference_min,
        ),
        vitals={Vital(one.vital): _vital(one) for one in record.vital},
        heart=HeartModel(
            wander_sd=heart.wander_sd,
            wander_s=heart.wander_s,
            beat_sd=heart.beat_sd,
            looks_per_min=heart.looks_per_min,
            sustained=heart.sustained,
        ),
        correlation=tuple(tuple(row) for row in record.correlation),
    )


def _vital(record: _VitalRecord) -> VitalModel:
    return VitalModel(
        vital=Vital(record.vital),
        rest=(record.rest_mean, record.rest_sd),
        change=(record.change_mean, record.change_sd),
        noise_sd=record.noise_sd,
        drift_sd=record.drift_sd,
        high=Link(offset=record.high.offset, slope=record.high.slope),
        low=Link(offset=record.low.offset, slope=record.low.slope),
    )


def _complaints(record: _ForecastFile) -> Iterator[Complaint]:
    valid, response = record.validity, record.response
    if valid.minimum_age_years > valid.maximum_age_years:
        yield ("validity", "minimum_age_years"), "must not be above maximum_age_years"
    shares = sum(one.share for one in response.waning)
    if abs(shares - 1) > 1e-6:
        yield ("response", "waning"), f"the shares must add up to 1, not {shares:g}"
    rates = sorted([*(one.rate_per_min for one in response.waning), response.onset_per_min])
    if any(fast - slow < 1e-6 for slow, fast in pairwise(rates)):
        yield ("response", "onset_per_min"), "must differ from every rate of waning, and these too"
    names = [one.vital for one in record.vital]
    if names != list(FORECAST_VITALS):
        yield ("vital",), f"must be {', '.join(FORECAST_VITALS)}, in this order, each once"
    yield from _correlation_complaints(record.correlation)


def _correlation_complaints(rows: Sequence[Sequence[float]]) -> Iterator[Complaint]:
    where = ("correlation",)
    if any(len(row) != len(rows) for row in rows):
        yield where, f"must have 6 numbers in each row: {', '.join(MEASURES)}"
        return
    for index, row in enumerate(rows):
        if row[index] != 1:
            yield where, f"{MEASURES[index]} with itself must be 1"
        for other in range(index):
            if row[other] != rows[other][index]:
                yield where, f"{MEASURES[index]} with {MEASURES[other]} has two different values"
    if not _is_positive(rows):
        yield where, "no variables can be correlated like this (not positive definite)"


def _is_positive(rows: Sequence[Sequence[float]]) -> bool:
    """Whether the symmetric `rows` have a Cholesky factor."""
    factor: list[list[float]] = []
    for i, row in enumerate(rows):
        made: list[float] = []
        for j in range(i):
            made.append((row[j] - sum(made[k] * factor[j][k] for k in range(j))) / factor[j][j])
        left = row[i] - sum(one * one for one in made)
        if left <= 1e-9:
            return False
        factor.append([*made, sqrt(left)])
    return True
