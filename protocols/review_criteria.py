"""What a reviewer must look at, as data: a site's criteria, read from a file and checked.

The criteria only say which stretches of a recorded session are put before a reviewer, and how page
one counts; they raise no alarm and end none.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from functools import lru_cache
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from protocols.problems import Complaint, RefusedFileError, problems_in, read_record
from protocols.vitals import VITALS, Vital

VitalName = Annotated[Vital, Field(strict=False)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Percent = Annotated[float, Field(ge=5, le=200)]
Seconds = Annotated[float, Field(ge=0, le=3600)]


class CriteriaError(RefusedFileError):
    """A file of criteria that cannot be used; `problems` lists every mistake, in order of lines."""


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class FigureNumbers(_Record):
    """How page one counts.

    Attributes:
        change_at_min, change_window_min: when after the start of the drug a change is told, and how
            far from it the reading may lie.
        cuff_stands_s: how long at most a pressure, or a value typed by a person, stands.
        stream_stands_s: how long at most a streamed value stands.
    """

    change_at_min: Annotated[float, Field(ge=1, le=240)]
    change_window_min: Annotated[float, Field(ge=1, le=30)]
    cuff_stands_s: Annotated[float, Field(ge=60, le=3600)]
    stream_stands_s: Annotated[float, Field(ge=1, le=10)]


class MergeNumbers(_Record):
    """How near to each other two stretches of the same kind and vital are one episode, s."""

    stream_s: Seconds
    cuff_s: Seconds

    def within_s(self, vital: Vital) -> float:
        """That of a vital, by whether it streams."""
        return self.cuff_s if VITALS[vital].quiet_limit_s is None else self.stream_s


class ChangeCriterion(_Record):
    """Bounds of a vital of which any makes an episode; in the vital's unit, or per cent."""

    vital: VitalName
    by: Annotated[float, Field(gt=0)] | None = None
    by_percent: Percent | None = None
    reaches: float | None = None
    for_s: Seconds = 0.0

    def bound(self, baseline: float | None, *, upward: bool) -> float | None:
        """The nearest of the bounds in the vital's unit; None where none can be told."""
        sign = 1 if upward else -1
        bounds = [] if self.reaches is None else [self.reaches]
        if baseline is not None:
            bounds += [] if self.by is None else [baseline + sign * self.by]
            if self.by_percent is not None:
                bounds.append(baseline + sign * self.by_percent * baseline / 100)
        return (min(bounds) if upward else max(bounds)) if bounds else None


class LowCriterion(_Record):
    """A saturation below a bound, %, for `for_s` seconds together."""

    vital: VitalName
    below: float
    for_s: Seconds


class GapCriterion(_Record):
    """Silences: of the whole record, and of streamed vitals while the drug acts."""

    record_s: Seconds
    stream_s: Annotated[float, Field(ge=5, le=3600)]
    watched_min: Annotated[float, Field(ge=0, le=240)]
    vitals: list[VitalName]


class _ChecksRecord(_Record):
    overdue_min: Annotated[float, Field(ge=0, le=120)]


class _AlarmsRecord(_Record):
    unanswered_s: Seconds


class ReviewCriteria(_Record):
    """A whole file of criteria.

    `approved_by` is empty while nobody has approved it.
    """

    id: Identifier
    version: Text
    title: Text
    source: Annotated[str, Field(min_length=1, max_length=2000)]
    review_date: date
    approved_by: str = ""
    figures: FigureNumbers
    merge: MergeNumbers
    rise: list[ChangeCriterion]
    fall: list[ChangeCriterion]
    desaturation: list[LowCriterion]
    gaps: GapCriterion
    checks: _ChecksRecord
    alarms: _AlarmsRecord

    @property
    def name(self) -> str:
        """Which criteria, for people: ``standard version 1``."""
        return f"{self.id} version {self.version}"


@lru_cache(maxsize=8)
def parse_criteria(text: str, file: str) -> ReviewCriteria:
    """Make criteria of TOML `text`; `file` is its name for messages.

    Raises:
        CriteriaError: with every mistake found: file, line, field and what is allowed there.
    """
    record = read_record(text, file, ReviewCriteria, CriteriaError, parse_float=float)
    complaints = list(_complaints(record))
    if complaints:
        raise CriteriaError(problems_in(text, file, complaints))
    return record


def _complaints(record: ReviewCriteria) -> Iterator[Complaint]:
    for name, rows in (("rise", record.rise), ("fall", record.fall)):
        seen: set[Vital] = set()
        for index, row in enumerate(rows):
            where = (name, index)
            if row.vital in seen:
                yield (*where, "vital"), f"{row.vital} is there twice; each vital has one row"
            seen.add(row.vital)
            if row.by is None and row.by_percent is None and row.reaches is None:
                yield (*where, "by"), "by, by_percent or reaches is required"
            if row.reaches is not None:
                yield from _range_complaint((*where, "reaches"), row.vital, row.reaches)
    for index, low in enumerate(record.desaturation):
        yield from _range_complaint(("desaturation", index, "below"), low.vital, low.below)
    for index, vital in enumerate(record.gaps.vitals):
        if VITALS[vital].quiet_limit_s is None:
            yield ("gaps", "vitals", index), f"{vital} does not stream"


def _range_complaint(
    where: tuple[str | int, ...], vital: Vital, value: float
) -> Iterator[Complaint]:
    spec = VITALS[vital]
    if not spec.is_plausible(value):
        low, high = spec.plausible
        yield where, f"{value:g} is not allowed: {low:g} to {high:g} {spec.unit_text}"
