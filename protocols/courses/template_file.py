"""What a course template and the clinic's course rules may say: the models outside text passes."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from protocols.courses.rules import (
    CourseRules,
    OutcomeRules,
    RecurringCheck,
    ScaleOutcome,
    TrialRules,
)
from protocols.courses.spacing import SpacingLimits
from protocols.courses.template import (
    CourseTemplate,
    DecisionGate,
    DoseStep,
    Maintenance,
    Observation,
    PlannedVisit,
    Variant,
)


def _only_number(value: object) -> object:
    """TOML's whole and decimal numbers become `Decimal`; text and truth values do not."""
    if isinstance(value, bool) or not isinstance(value, (int, Decimal)):
        raise ValueError("a number is needed")
    return Decimal(value)


_Is = BeforeValidator(_only_number)
Hours = Annotated[Decimal, Field(ge=0, le=10_000), _Is]
SignedHours = Annotated[Decimal, Field(ge=-1000, le=10_000), _Is]
Positive = Annotated[Decimal, Field(gt=0, le=10_000), _Is]
Percent = Annotated[Decimal, Field(gt=0, le=100), _Is]
Days = Annotated[int, Field(ge=1, le=730)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=40)]
Text = Annotated[str, Field(min_length=1, max_length=400)]
LongText = Annotated[str, Field(min_length=1, max_length=2000)]
Position = Annotated[int, Field(ge=1, le=60)]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class SpacingTable(_Table):
    """``[spacing]``."""

    hard_h: Positive
    soft_h: Positive

    def build(self) -> SpacingLimits:
        """The frozen value."""
        return SpacingLimits(hard_h=self.hard_h, soft_h=self.soft_h)


class VariantTable(_Table):
    """One ``[[variant]]``."""

    id: Name
    title: Text
    offsets_h: Annotated[list[Hours], Field(min_length=1, max_length=60)]
    window_before_h: Hours
    window_after_h: Hours

    def build(self) -> Variant:
        """The frozen value."""
        return Variant(
            id=self.id,
            title=self.title,
            visits=tuple(
                PlannedVisit(
                    position=position,
                    offset_h=offset_h,
                    before_h=self.window_before_h if position > 1 else Decimal(0),
                    after_h=self.window_after_h,
                )
                for position, offset_h in enumerate(self.offsets_h, start=1)
            ),
        )


class DecisionTable(_Table):
    """One ``[[decision]]``."""

    id: Name
    question: Text
    after_visit: Position | None = None
    on_remission: bool = False


class ObservationTable(_Table):
    """One ``[[observation]]``."""

    id: Name
    label: Text
    visits: list[Position] = []
    offset_h: SignedHours
    window_h: Positive
    scale: Name | None = None
    bipolar_only: bool = False

    def build(self) -> Observation:
        """The frozen value."""
        return Observation(
            id=self.id,
            label=self.label,
            visits=tuple(self.visits),
            offset_h=self.offset_h,
            window_h=self.window_h,
            scale=self.scale or "",
            bipolar_only=self.bipolar_only,
        )


class DoseStepTable(_Table):
    """One ``[[dose_step]]``."""

    from_visit: Position
    dose_mg_per_kg: Positive | None = None
    dose_mg: Positive | None = None
    up_to: Positive | None = None
    condition: Text | None = None

    def build(self) -> DoseStep:
        """The frozen value."""
        return DoseStep(
            from_visit=self.from_visit,
            dose_mg_per_kg=self.dose_mg_per_kg,
            dose_mg=self.dose_mg,
            up_to=self.up_to,
            condition=self.condition or "",
        )


class MaintenanceTable(_Table):
    """``[maintenance]``."""

    steps_d: list[Days] = []
    choices_d: Annotated[list[Days], Field(min_length=1)]
    by_need: bool = False

    def build(self) -> Maintenance:
        """The frozen value."""
        return Maintenance(
            steps_d=tuple(self.steps_d), choices_d=tuple(self.choices_d), by_need=self.by_need
        )


class TemplateFile(_Table):
    """A whole course template."""

    id: Name
    version: Text
    title: Text
    source: LongText
    review_date: date
    approved_by: str
    protocols: Annotated[list[Name], Field(min_length=1)]
    scales: Annotated[list[Name], Field(min_length=1)]
    missed_tolerance_d: Days
    spacing: SpacingTable
    variant: Annotated[list[VariantTable], Field(min_length=1)]
    decision: list[DecisionTable] = []
    observation: list[ObservationTable] = []
    dose_step: list[DoseStepTable] = []
    maintenance: MaintenanceTable | None = None

    def build(self) -> CourseTemplate:
        """The frozen value."""
        return CourseTemplate(
            id=self.id,
            version=self.version,
            title=self.title,
            source=self.source,
            review_date=self.review_date,
            approved_by=self.approved_by,
            protocols=tuple(self.protocols),
            scales=tuple(self.scales),
            spacing=self.spacing.build(),
            missed_tolerance_d=self.missed_tolerance_d,
            variants=tuple(one.build() for one in self.variant),
            decisions=tuple(DecisionGate(**one.model_dump()) for one in self.decision),
            observations=tuple(one.build() for one in self.observation),
            dose_steps=tuple(one.build() for one in self.dose_step),
            maintenance=None if self.maintenance is None else self.maintenance.build(),
        )


class OutcomeTable(_Table):
    """``[outcome]``."""

    definition: LongText
    response_percent: Percent
    partial_percent: Percent
    worsening_percent: Percent
    baseline_max_age_d: Days
    risk_scales: list[Name]


class ScaleTable(_Table):
    """One ``[[scale]]``."""

    scale: Name
    remission_at_most: Annotated[int, Field(ge=0, le=500)]
    relapse_from: Annotated[int, Field(ge=1, le=500)] | None = None


class TrialsTable(_Table):
    """``[trials]``."""

    minimum_weeks: Annotated[int, Field(ge=1, le=52)]
    needed: Annotated[int, Field(ge=1, le=10)]


class CheckTable(_Table):
    """One ``[[check]]``."""

    id: Name
    question: Text
    every_d: Days
    answers: Annotated[list[Text], Field(min_length=2, max_length=6)]
    concerns: list[Text]

    def build(self) -> RecurringCheck:
        """The frozen value."""
        return RecurringCheck(
            id=self.id,
            question=self.question,
            every_d=self.every_d,
            answers=tuple(self.answers),
            concerns=tuple(self.concerns),
        )


class RulesFile(_Table):
    """The clinic's course rules."""

    id: Name
    version: Text
    title: Text
    source: LongText
    review_date: date
    approved_by: str
    spacing: SpacingTable
    outcome: OutcomeTable
    trials: TrialsTable
    scale: Annotated[list[ScaleTable], Field(min_length=1)]
    check: list[CheckTable] = []

    def build(self) -> CourseRules:
        """The frozen value."""
        outcome = self.outcome
        return CourseRules(
            id=self.id,
            version=self.version,
            title=self.title,
            source=self.source,
            review_date=self.review_date,
            approved_by=self.approved_by,
            spacing=self.spacing.build(),
            outcome=OutcomeRules(
                definition=outcome.definition,
                response_percent=outcome.response_percent,
                partial_percent=outcome.partial_percent,
                worsening_percent=outcome.worsening_percent,
                baseline_max_age_d=outcome.baseline_max_age_d,
                risk_scales=tuple(outcome.risk_scales),
                scales=tuple(ScaleOutcome(**one.model_dump()) for one in self.scale),
            ),
            trials=TrialRules(**self.trials.model_dump()),
            checks=tuple(one.build() for one in self.check),
        )
