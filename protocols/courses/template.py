"""What a course template says: visits, spacing, decisions, maintenance, ratings, doses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from protocols.courses.spacing import SpacingLimits


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedVisit:
    """One planned visit.

    Attributes:
        position: counted from 1.
        offset_h: hours from the first dose of the course.
        before_h, after_h: how much earlier or later than planned it may be, h.
    """

    position: int
    offset_h: Decimal
    before_h: Decimal
    after_h: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """One way to lay out the visits of a template."""

    id: str
    title: str
    visits: tuple[PlannedVisit, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionGate:
    """A decision that must be taken before the course goes on.

    Attributes:
        after_visit: asked once that visit's dose was given; None where `on_remission` asks.
        on_remission: asked as soon as a rating meets the definition of remission.
        question: what is decided.
    """

    id: str
    question: str
    after_visit: int | None = None
    on_remission: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """When a rating is asked for.

    Attributes:
        visits: positions it belongs to; empty: every dose, those of maintenance included.
        offset_h: hours from the dose of the visit; negative before it.
        window_h: how far from its time a rating still counts, h.
        scale: id of the scale; empty: the course's primary scale.
        bipolar_only: asked only where a bipolar disorder is known or was not excluded.
    """

    id: str
    label: str
    visits: tuple[int, ...]
    offset_h: Decimal
    window_h: Decimal
    scale: str = ""
    bipolar_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseStep:
    """The planned dose from one visit on: by weight or fixed, up to a second bound where given."""

    from_visit: int
    dose_mg_per_kg: Decimal | None = None
    dose_mg: Decimal | None = None
    up_to: Decimal | None = None
    condition: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """Visits after the planned ones.

    Attributes:
        steps_d: intervals in days that follow one after the other, the last for ever; empty: a
            prescriber sets the interval.
        choices_d: intervals in days that a prescriber may set.
        by_need: whether a prescriber may set "by need", without an interval.
    """

    steps_d: tuple[int, ...]
    choices_d: tuple[int, ...]
    by_need: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseTemplate:
    """A course template as read from its file.

    Attributes:
        protocols: ids of the protocols that its visits may follow.
        scales: ids of the scales that may be its primary scale.
        missed_tolerance_d: how long a missed visit keeps the course open, days.
        maintenance: None where the course ends with its planned visits.
    """

    id: str
    version: str
    title: str
    source: str
    review_date: date
    approved_by: str
    protocols: tuple[str, ...]
    scales: tuple[str, ...]
    spacing: SpacingLimits
    missed_tolerance_d: int
    variants: tuple[Variant, ...]
    decisions: tuple[DecisionGate, ...] = ()
    observations: tuple[Observation, ...] = ()
    dose_steps: tuple[DoseStep, ...] = ()
    maintenance: Maintenance | None = None

    def variant(self, name: str) -> Variant | None:
        """The variant of that id, or None."""
        return next((one for one in self.variants if one.id == name), None)

    def step_at(self, position: int) -> DoseStep | None:
        """The planned dose at a visit, or None where the template plans none."""
        steps = [step for step in self.dose_steps if step.from_visit <= position]
        return steps[-1] if steps else None
