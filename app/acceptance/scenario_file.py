"""From the text of a scenario's file to the scenario, or to every mistake with its line."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from app.acceptance.scenario import (
    ExpectedAlarm,
    ExpectedData,
    ExpectedDose,
    ExpectedEpisode,
    ExpectedLink,
    ExpectedPeak,
    ExpectedPhase,
    NoAlarm,
    Scenario,
)
from app.rehearsal.fault_hand import FaultKind, ThrownFault
from protocols.events import EpisodeKind, LinkState, Phase, Priority
from protocols.key_lines import Location
from protocols.problems import Complaint, RefusedFileError, problems_in, read_record
from protocols.vitals import Vital

LONGEST_MIN = 360.0
"""Later than this after the start of drug nothing of a scenario happens."""

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Line = Annotated[str, Field(min_length=1, max_length=1000)]
Minute = Annotated[float, Field(ge=-60, le=LONGEST_MIN)]
Percent = Annotated[float, Field(ge=0, le=100)]
Value = Annotated[float, Field(ge=0, le=400)]
VitalName = Annotated[Vital, Field(strict=False)]
PriorityName = Annotated[Priority, Field(strict=False)]


class ScenarioError(RefusedFileError):
    """A scenario's file that cannot be used; `problems` lists every mistake."""


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class FaultTable(_Table):
    """One ``[[fault]]``."""

    at_min: Annotated[float, Field(ge=0, le=LONGEST_MIN)]
    what: Annotated[FaultKind, Field(strict=False)]
    device: Name
    count: Annotated[int, Field(ge=0, le=2_000)] = 0

    def build(self) -> ThrownFault:
        """The frozen value."""
        return ThrownFault(at_min=self.at_min, kind=self.what, device=self.device, count=self.count)


class _Between(_Table):
    from_min: Minute
    to_min: Minute


class AlarmTable(_Between):
    """An alarm that is raised."""

    what: Literal["alarm"]
    rule: Name
    priority: PriorityName | None = None
    answered_s: Annotated[float, Field(gt=0, le=3600)] | None = None

    def build(self) -> ExpectedAlarm:
        """The frozen value."""
        return ExpectedAlarm(
            rule=self.rule,
            from_min=self.from_min,
            to_min=self.to_min,
            priority=self.priority,
            answered_s=self.answered_s,
        )


class NoAlarmTable(_Table):
    """No alarm of the patient of a priority or a higher one."""

    what: Literal["no-alarm"]
    priority: PriorityName

    def build(self) -> NoAlarm:
        """The frozen value."""
        return NoAlarm(priority=self.priority)


class PeakTable(_Table):
    """The highest value of a vital."""

    what: Literal["peak"]
    vital: VitalName
    low: Value
    high: Value

    def build(self) -> ExpectedPeak:
        """The frozen value."""
        return ExpectedPeak(vital=self.vital, low=self.low, high=self.high)


class DoseTable(_Table):
    """What was delivered."""

    what: Literal["dose"]
    low_percent: Percent
    high_percent: Percent

    def build(self) -> ExpectedDose:
        """The frozen value."""
        return ExpectedDose(low_percent=self.low_percent, high_percent=self.high_percent)


class PhaseTable(_Table):
    """A phase that the visit comes to."""

    what: Literal["phase"]
    phase: Annotated[Phase, Field(strict=False)]

    def build(self) -> ExpectedPhase:
        """The frozen value."""
        return ExpectedPhase(phase=self.phase)


class DataTable(_Table):
    """Share of the infusion with a value."""

    what: Literal["data"]
    vital: VitalName
    low_percent: Percent
    high_percent: Percent = 100.0

    def build(self) -> ExpectedData:
        """The frozen value."""
        return ExpectedData(
            vital=self.vital, low_percent=self.low_percent, high_percent=self.high_percent
        )


class LinkTable(_Between):
    """A state of a link."""

    what: Literal["link"]
    device: Name
    state: Annotated[LinkState, Field(strict=False)]

    def build(self) -> ExpectedLink:
        """The frozen value."""
        return ExpectedLink(
            device=self.device, state=self.state, from_min=self.from_min, to_min=self.to_min
        )


class EpisodeTable(_Between):
    """An episode that the review finds."""

    what: Literal["episode"]
    kind: Annotated[EpisodeKind, Field(strict=False)]

    def build(self) -> ExpectedEpisode:
        """The frozen value."""
        return ExpectedEpisode(kind=self.kind, from_min=self.from_min, to_min=self.to_min)


ExpectTable = Annotated[
    AlarmTable
    | NoAlarmTable
    | PeakTable
    | DoseTable
    | PhaseTable
    | DataTable
    | LinkTable
    | EpisodeTable,
    Field(discriminator="what"),
]


class ScenarioFile(_Table):
    """The whole file."""

    id: Name
    version: Annotated[int, Field(ge=1)]
    title: Line
    story: Line
    teaches: Line
    source: Annotated[list[Line], Field(min_length=1)]
    review_date: date
    approved_by: Annotated[str, Field(max_length=200)]
    protocol: Name
    patient: Name
    seed: Annotated[int, Field(ge=0)]
    weight_kg: Annotated[str, Field(pattern=r"^([0-9]{1,3}(\.[0-9])?)?$")] = ""
    monitors: dict[Name, Name] = {}
    pump_slow: bool = False
    fault: list[FaultTable] = []
    expect: Annotated[list[ExpectTable], Field(min_length=1)]


def parse_scenario(text: str, file: str) -> Scenario:
    """The scenario that the TOML `text` holds; `file` is its name for messages.

    Raises:
        ScenarioError: with every mistake, its line and its field.
    """
    content = read_record(text, file, ScenarioFile, ScenarioError, as_written=_as_written)
    complaints = list(_cross_check(content))
    if complaints:
        raise ScenarioError(problems_in(text, file, complaints))
    return Scenario(
        id=content.id,
        version=content.version,
        title=content.title,
        story=content.story,
        teaches=content.teaches,
        source=tuple(content.source),
        review_date=content.review_date,
        approved_by=content.approved_by.strip(),
        protocol=content.protocol,
        patient=content.patient,
        seed=content.seed,
        weight_kg=content.weight_kg,
        monitors=dict(content.monitors),
        pump_slow=content.pump_slow,
        faults=tuple(one.build() for one in content.fault),
        expected=tuple(one.build() for one in content.expect),
        text=text,
    )


def _as_written(where: Location) -> Location:
    """Without the kind of the expectation, which is no key of the file."""
    return (*where[:2], *where[3:]) if where[:1] == ("expect",) else where


def _cross_check(content: ScenarioFile) -> Iterator[Complaint]:
    """Mistakes that no single field shows."""
    before = 0.0
    for index, fault in enumerate(content.fault):
        where = ("fault", index)
        if fault.at_min < before:
            yield (*where, "at_min"), "comes before the one above it: give faults in order of time"
        if (fault.what is FaultKind.NOISE) != (fault.count > 0):
            yield (*where, "count"), "is the number of bytes of noise, and belongs to noise alone"
        if content.monitors and fault.device not in content.monitors:
            yield (*where, "device"), f"is none of the monitors: {', '.join(content.monitors)}"
        before = fault.at_min
    for index, one in enumerate(content.expect):
        at = ("expect", index)
        if isinstance(one, _Between) and one.to_min <= one.from_min:
            yield (*at, "to_min"), "must be later than from_min"
        if isinstance(one, DoseTable | DataTable) and one.high_percent < one.low_percent:
            yield (*at, "high_percent"), "must not be below low_percent"
        if isinstance(one, PeakTable) and one.high < one.low:
            yield (*at, "high"), "must not be below low"
