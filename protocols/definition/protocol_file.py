"""What a protocol file may say: the models that outside text must pass, and their way inwards."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from protocols.definition.care_content import DrugCode, HoldKind
from protocols.definition.care_tables import CareTables
from protocols.definition.concentration_table import ConcentrationTable
from protocols.definition.content import (
    BaselineRule,
    BaselineSide,
    DischargeCriterion,
    GateItem,
    PartStamp,
    QuickEvent,
    ReadingTest,
    RecheckRule,
    RecoveryRule,
    StartLimit,
)
from protocols.definition.dose_tables import DoseTable, GuardrailTable
from protocols.definition.fields import (
    STRICT,
    Answers,
    Minutes,
    MinutesFromZero,
    Name,
    Number,
    NumberRange,
    PartName,
    Percent,
    RatioRange,
    Seconds,
    Text,
    Version,
    VitalName,
    Years,
)
from protocols.definition.ledger_table import LedgerTable
from protocols.definition.scale_tables import ScaleDueTable, ScaleTable, Score
from protocols.dosing.weight import WeightRules
from protocols.events import Phase
from protocols.schedule import Interval, ScheduledItem


class _Table(BaseModel):
    model_config = STRICT


class WeightTable(_Table):
    """``[weight]``."""

    change_soft_percent: Percent
    change_hard_percent: Percent
    pounds_ratio: RatioRange
    halved_ratio: RatioRange
    bmi: NumberRange
    stated_needs_reason: bool

    def build(self) -> WeightRules:
        """The frozen value."""
        return WeightRules(
            change_soft_percent=self.change_soft_percent,
            change_hard_percent=self.change_hard_percent,
            pounds_ratio=(self.pounds_ratio[0], self.pounds_ratio[1]),
            halved_ratio=(self.halved_ratio[0], self.halved_ratio[1]),
            bmi=(self.bmi[0], self.bmi[1]),
            stated_needs_reason=self.stated_needs_reason,
        )


class GateTable(_Table):
    """One ``[[gate]]``."""

    id: Name
    section: Text
    question: Text
    answers: Answers
    passes: Answers
    hold: Literal["soft", "override", "hard", "stop"]
    needs_reason: list[Text] = Field(default_factory=list)
    text_label: Text = "Reason"

    def build(self, *, prescriber_named: bool) -> GateItem:
        """The frozen value."""
        return GateItem(
            id=self.id,
            section=self.section,
            question=self.question,
            answers=tuple(self.answers),
            passes=tuple(self.passes),
            hold=HoldKind(self.hold),
            needs_reason=tuple(self.needs_reason),
            text_label=self.text_label,
            prescriber_named=prescriber_named,
        )


class StartLimitTable(_Table):
    """One ``[[start_limit]]``."""

    vital: VitalName
    go: NumberRange
    soft: NumberRange

    def build(self) -> StartLimit:
        """The frozen value."""
        return StartLimit(
            vital=self.vital,
            go=(self.go[0], self.go[1]),
            soft=(self.soft[0], self.soft[1]),
        )


class BaselineTable(_Table):
    """``[baseline]``."""

    bp_readings: Annotated[int, Field(ge=1, le=5)]
    bp_spacing_min_s: Seconds
    bp_spacing_max_s: Seconds
    rest_min: Minutes
    required: Annotated[list[VitalName], Field(min_length=1)]

    def build(self) -> BaselineRule:
        """The frozen value."""
        return BaselineRule(
            bp_readings=self.bp_readings,
            bp_spacing_s=(self.bp_spacing_min_s, self.bp_spacing_max_s),
            rest_s=60 * self.rest_min,
            required=tuple(self.required),
        )


class IntervalTable(_Table):
    """One interval of a schedule."""

    every_min: Minutes
    until_min: Minutes | None = None


class ScheduleTable(_Table):
    """One ``[[schedule]]``."""

    phase: Literal["baseline", "infusing", "recovery"]
    item: Name
    label: Text
    vitals: Annotated[list[VitalName], Field(min_length=1)]
    every: list[IntervalTable] = Field(default_factory=list)
    at_min: list[MinutesFromZero] = Field(default_factory=list)
    counted_from: Literal["phase", "first-dose"] = "phase"
    window_min: Annotated[int, Field(ge=1, le=30)]

    def build(self) -> ScheduledItem:
        """The frozen value."""
        return ScheduledItem(
            phase=Phase(self.phase),
            item=self.item,
            label=self.label,
            vitals=tuple(self.vitals),
            every=tuple(
                Interval(
                    every_s=60 * one.every_min,
                    until_s=None if one.until_min is None else 60 * one.until_min,
                )
                for one in self.every
            ),
            at_s=tuple(60 * minutes for minutes in self.at_min),
            from_first_dose=self.counted_from == "first-dose",
            window_s=60 * self.window_min,
        )


class RecheckTable(_Table):
    """One ``[[recheck]]``."""

    item: Name
    every_min: Minutes
    in_range: Annotated[int, Field(ge=1, le=10)]
    then_every_min: Minutes

    def build(self) -> RecheckRule:
        """The frozen value."""
        return RecheckRule(
            item=self.item,
            every_s=60 * self.every_min,
            in_range=self.in_range,
            then_every_s=60 * self.then_every_min,
        )


class RecoveryTable(_Table):
    """``[recovery]``."""

    minimum_min: Minutes
    soft_minimum_min: Minutes
    reading_max_age_min: Minutes
    counted_from: Literal["end", "first-dose"] = "end"

    def build(self) -> RecoveryRule:
        """The frozen value."""
        return RecoveryRule(
            minimum_s=60 * self.minimum_min,
            soft_minimum_s=60 * self.soft_minimum_min,
            reading_max_age_s=60 * self.reading_max_age_min,
            counted_from_first_dose=self.counted_from == "first-dose",
        )


class ReadingTestTable(_Table):
    """One test of a discharge criterion."""

    vital: VitalName
    low: Number | None = None
    high: Number | None = None
    within_percent: Percent | None = None
    side: Literal["both", "not-below", "not-above"] = "both"
    either: bool = False

    def build(self) -> ReadingTest:
        """The frozen value."""
        return ReadingTest(
            vital=self.vital,
            low=self.low,
            high=self.high,
            within_percent=self.within_percent,
            side=BaselineSide(self.side),
            either=self.either,
        )


class DischargeTable(_Table):
    """One ``[[discharge]]``."""

    id: Name
    label: Text
    tests: list[ReadingTestTable] = Field(default_factory=list)
    readings: Annotated[int, Field(ge=1, le=5)] = 1
    spacing_min: MinutesFromZero = 0
    answers: list[Text] = Field(default_factory=list)
    passes: list[Text] = Field(default_factory=list)
    scale: Annotated[str, Field(max_length=40)] = ""
    at_least: Score | None = None
    at_most: Score | None = None

    def build(self) -> DischargeCriterion:
        """The frozen value."""
        return DischargeCriterion(
            id=self.id,
            label=self.label,
            tests=tuple(test.build() for test in self.tests),
            readings=self.readings,
            spacing_s=60 * self.spacing_min,
            answers=tuple(self.answers),
            passes=tuple(self.passes),
            scale=self.scale,
            at_least=self.at_least,
            at_most=self.at_most,
        )


class QuickEventTable(_Table):
    """One ``[[quick_event]]``."""

    id: Name
    label: Text
    asks_severity: bool
    vital: VitalName | None = None
    urgent: bool = False

    def build(self) -> QuickEvent:
        """The frozen value."""
        return QuickEvent(
            id=self.id,
            label=self.label,
            asks_severity=self.asks_severity,
            vital=self.vital,
            urgent=self.urgent,
        )


class PartTable(_Table):
    """The one ``[[part]]`` at the head of a part's file."""

    id: PartName
    version: Version
    title: Text
    source: Annotated[list[Text], Field(min_length=1)]
    review_date: date
    approved_by: Annotated[str, Field(max_length=200)]

    def build(self) -> PartStamp:
        """The frozen value."""
        return PartStamp(
            id=self.id,
            version=self.version,
            title=self.title,
            source=tuple(self.source),
            review_date=self.review_date,
            approved_by=self.approved_by.strip(),
        )


class DrugCodeTable(_Table):
    """One entry of ``drug_code``."""

    system: Annotated[str, Field(min_length=1, max_length=200, pattern=r"^(http|https|urn):\S+$")]
    code: Annotated[str, Field(min_length=1, max_length=60, pattern=r"^\S+$")]
    display: Annotated[str, Field(max_length=200)] = ""

    def build(self) -> DrugCode:
        """The frozen value."""
        return DrugCode(system=self.system, code=self.code, display=self.display)


class ProtocolFile(CareTables):
    """The whole file."""

    parts: list[PartName] = Field(default_factory=list)
    part: list[PartTable] = Field(default_factory=list)
    id: Name
    version: Version
    title: Text
    drug: Text
    drug_code: list[DrugCodeTable] = Field(default_factory=list)
    route: Text
    source: Annotated[list[Text], Field(min_length=1)]
    review_date: date
    approved_by: Annotated[str, Field(max_length=200)]
    minimum_age_years: Years
    slow_percent: Annotated[int, Field(ge=1, le=99)] | None = None
    limits_profile: Name
    dose: DoseTable
    guardrails: GuardrailTable
    weight: WeightTable
    gate: Annotated[list[GateTable], Field(min_length=1)]
    start_limit: Annotated[list[StartLimitTable], Field(min_length=1)]
    baseline: BaselineTable
    schedule: Annotated[list[ScheduleTable], Field(min_length=1)]
    recheck: list[RecheckTable] = Field(default_factory=list)
    recovery: RecoveryTable
    discharge: Annotated[list[DischargeTable], Field(min_length=1)]
    quick_event: Annotated[list[QuickEventTable], Field(min_length=1)]
    ledger: LedgerTable | None = None
    scale: list[ScaleTable] = Field(default_factory=list)
    scale_due: list[ScaleDueTable] = Field(default_factory=list)
    concentration: ConcentrationTable | None = None
