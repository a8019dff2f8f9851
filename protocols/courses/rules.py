"""The clinic's rules for all courses: outcome definitions, adequate trials, recurring questions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from protocols.courses.spacing import SpacingLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class ScaleOutcome:
    """How a scale tells remission and relapse.

    Attributes:
        remission_at_most: highest total that is remission.
        relapse_from: lowest total that, after a remission, is a relapse; None: not defined.
    """

    scale: str
    remission_at_most: int
    relapse_from: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OutcomeRules:
    """Definitions of the outcome of a course, in percent of change from its baseline.

    Attributes:
        definition: the same in words, kept beside every result.
        response_percent, partial_percent: fall from which it is a response, a partial response.
        worsening_percent: rise from which it is a worsening.
        baseline_max_age_d: oldest rating before the first dose that may be the baseline, days.
        risk_scales: scales on which a new positive item is a worsening, whatever the totals say.
    """

    definition: str
    response_percent: Decimal
    partial_percent: Decimal
    worsening_percent: Decimal
    baseline_max_age_d: int
    risk_scales: tuple[str, ...]
    scales: tuple[ScaleOutcome, ...]

    def of_scale(self, scale: str) -> ScaleOutcome | None:
        """The bounds of a scale, or None where it has none."""
        return next((one for one in self.scales if one.scale == scale), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRules:
    """What counts as an adequate earlier trial: so many weeks without enough help."""

    minimum_weeks: int
    needed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RecurringCheck:
    """A question asked again and again while doses are given, `every_d` days apart."""

    id: str
    question: str
    every_d: int
    answers: tuple[str, ...]
    concerns: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseRules:
    """The clinic's rules as read from their file.

    `spacing` holds where a patient has no course.
    """

    id: str
    version: str
    title: str
    source: str
    review_date: date
    approved_by: str
    spacing: SpacingLimits
    outcome: OutcomeRules
    trials: TrialRules
    checks: tuple[RecurringCheck, ...] = ()
