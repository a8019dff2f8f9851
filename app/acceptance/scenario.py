"""A scripted session: a simulated patient, faults thrown at it, and what must come of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from app.rehearsal.fault_hand import ThrownFault
from protocols.events import EpisodeKind, LinkState, Phase, Priority
from protocols.vitals import Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedAlarm:
    """An alarm of this rule is raised between two minutes after the start of drug.

    `answered_s`: somebody acknowledges it within so many seconds; None: not asked.
    """

    rule: str
    from_min: float
    to_min: float
    priority: Priority | None = None
    answered_s: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NoAlarm:
    """No alarm about the patient of this priority or a higher one is raised at any time."""

    priority: Priority


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPeak:
    """The highest value of a vital since the start of drug, in its unit."""

    vital: Vital
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedDose:
    """What was delivered, percent of what was ordered."""

    low_percent: float
    high_percent: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedPhase:
    """The visit comes to this phase."""

    phase: Phase


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedData:
    """Share of the seconds of the infusion with a value of a streamed vital, percent."""

    vital: Vital
    low_percent: float
    high_percent: float = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedLink:
    """The link to a monitor is in this state between two minutes after the start of drug."""

    device: str
    state: LinkState
    from_min: float
    to_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedEpisode:
    """The review finds an episode of this kind that begins between two minutes."""

    kind: EpisodeKind
    from_min: float
    to_min: float


Expectation = (
    ExpectedAlarm
    | NoAlarm
    | ExpectedPeak
    | ExpectedDose
    | ExpectedPhase
    | ExpectedData
    | ExpectedLink
    | ExpectedEpisode
)
"""One thing that must come of a scripted session."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One scripted session of the library.

    Attributes:
        id: its name, as commands call it.
        version: raised with every change.
        title: in words.
        story: what happens to the patient and the monitors, and when.
        teaches: what somebody in training is to see and do.
        source: where its numbers come from, a line each.
        review_date: by when somebody looks at it again.
        approved_by: who approved it, or empty.
        protocol: name of the clinical protocol.
        patient: name of the simulated patient.
        seed: the same seed gives the same session.
        weight_kg: body weight as a decimal text; empty: the patient's own.
        monitors: driver of each slot; empty: those of the demonstration.
        pump_slow: a pump among them gives less than it shows.
        faults: in order of time.
        expected: what must come of it.
        text: the file, verbatim.
    """

    id: str
    version: int
    title: str
    story: str
    teaches: str
    source: tuple[str, ...]
    review_date: date
    approved_by: str
    protocol: str
    patient: str
    seed: int
    weight_kg: str = ""
    monitors: Mapping[str, str] = field(default_factory=dict)
    pump_slow: bool = False
    faults: tuple[ThrownFault, ...] = ()
    expected: tuple[Expectation, ...] = ()
    text: str = field(default="", repr=False)
