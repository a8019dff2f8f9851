"""What is counted over many sessions, read from its file: bounds, times, and from what n a rate."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from protocols.problems import RefusedFileError, problems_in, read_record


class CohortFileError(RefusedFileError):
    """A file of what is counted that cannot be used; `problems` lists every mistake."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A bound that a session meets or not; it is met when any of its parts is.

    Attributes:
        sbp_from, dbp_from: met by this pressure or more, mmHg; `_above` only by more.
        hr_above, spo2_below: met beyond this, /min and %.
        sbp_rise_from, dbp_rise_from: met by this rise from the baseline or more, mmHg.
        sbp_rise_percent_from: the same in percent of the baseline.
        until_min: minutes from the start of drug that count; None: as long as for peaks.
    """

    id: str
    words: str
    sbp_from: float | None = None
    dbp_from: float | None = None
    sbp_above: float | None = None
    dbp_above: float | None = None
    hr_above: float | None = None
    spo2_below: float | None = None
    sbp_rise_from: float | None = None
    dbp_rise_from: float | None = None
    sbp_rise_percent_from: float | None = None
    until_min: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortRules:
    """What is counted.

    Attributes:
        least: fewer than these, and a count is shown without a rate.
        confidence: of the interval of a rate, 0 to 1.
        at_min: minute of the change from the baseline; a pressure or a heart rate counts when it
            was measured at most `pressure_within_min` or `heart_within_min` away.
        until_min: readings later than this after the start of drug make no peak.
        stretch_s: of a streamed vital the median of each stretch so long is one value.
    """

    version: str
    title: str
    approved_by: str
    least: int
    confidence: float
    at_min: float
    pressure_within_min: float
    heart_within_min: float
    until_min: float
    stretch_s: float
    bounds: tuple[Bound, ...]


_Number = Annotated[float, Field(gt=0, le=1000)]
_Text = Annotated[str, Field(min_length=1, max_length=200)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class _Rates(_Table):
    least: Annotated[int, Field(ge=1, le=1000)]
    confidence: Annotated[float, Field(gt=0.5, lt=1)]


class _Change(_Table):
    at_min: _Number
    pressure_within_min: _Number
    heart_within_min: _Number


class _Peak(_Table):
    until_min: _Number
    stretch_s: _Number


class _Bound(_Table):
    id: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=60)]
    words: _Text
    sbp_from: _Number | None = None
    dbp_from: _Number | None = None
    sbp_above: _Number | None = None
    dbp_above: _Number | None = None
    hr_above: _Number | None = None
    spo2_below: _Number | None = None
    sbp_rise_from: _Number | None = None
    dbp_rise_from: _Number | None = None
    sbp_rise_percent_from: _Number | None = None
    until_min: _Number | None = None


class _File(_Table):
    version: _Text
    title: _Text
    review_date: date
    approved_by: str
    rates: _Rates
    change: _Change
    peak: _Peak
    bound: list[_Bound]


_OTHER = ("id", "words", "until_min")


def parse_cohort_rules(text: str, file: str) -> CohortRules:
    """What is counted, from the TOML `text`; `file` is its name for messages.

    Raises:
        CohortFileError: with every mistake: file, line, field and what is allowed there.
    """
    content = read_record(text, file, _File, CohortFileError)
    seen: set[str] = set()
    complaints: list[tuple[tuple[str | int, ...], str]] = []
    for place, bound in enumerate(content.bound):
        parts = {name for name, value in bound if value is not None and name not in _OTHER}
        if not parts:
            complaints.append((("bound", place), "needs at least one number to be met"))
        if bound.id in seen:
            complaints.append((("bound", place, "id"), f"{bound.id} is there twice"))
        seen.add(bound.id)
    if complaints:
        raise CohortFileError(problems_in(text, file, complaints))
    return CohortRules(
        version=content.version,
        title=content.title,
        approved_by=content.approved_by,
        least=content.rates.least,
        confidence=content.rates.confidence,
        at_min=content.change.at_min,
        pressure_within_min=content.change.pressure_within_min,
        heart_within_min=content.change.heart_within_min,
        until_min=content.peak.until_min,
        stretch_s=content.peak.stretch_s,
        bounds=tuple(Bound(**dict(bound)) for bound in content.bound),
    )
