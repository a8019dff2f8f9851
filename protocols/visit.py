"""What a session knows at one moment: the state that the rules of a visit read and change."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from decimal import Decimal

from protocols.acted_on import ActedOn
from protocols.alarms import AlarmBoard
from protocols.annunciation import Annunciator
from protocols.care_state import CareState
from protocols.definition import GateVerdict, ProtocolDefinition
from protocols.definition.care_content import HoldRules
from protocols.dosing.account import DrugAccount
from protocols.dosing.delivery import Delivery
from protocols.dosing.order import DoseCalculation
from protocols.episode_book import EpisodeBook
from protocols.events import (
    BaselineFrozen,
    BpState,
    Command,
    CommandRefused,
    EnterPatient,
    LedgerReconciled,
    LimitChanged,
    Output,
    Phase,
    PhaseChanged,
    ScaleRecorded,
    kind_of,
)
from protocols.limits import LimitsProfile
from protocols.people.authority import Authority
from protocols.record_entries import RecordEntries
from protocols.schedule import Schedule
from protocols.signals import SignalPolicy
from protocols.situation import Situation
from protocols.sound_state import SoundState
from protocols.vitals import NS_PER_S, Vital
from protocols.wall_clock import WallClock

AVERAGED_NS = 30 * NS_PER_S
"""A streamed vital enters the baseline as its mean over this long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BpReading:
    """One complete determination, mmHg; `map_mmhg` is None where the device gives none."""

    measured_ns: int
    source: str
    sbp_mmhg: float
    dbp_mmhg: float
    map_mmhg: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a person answered to a checklist item, and what it made of the item."""

    answer: str
    verdict: GateVerdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GivenDose:
    """One dose given at once."""

    t_ns: int
    amount_mg: Decimal


@dataclass(slots=True)
class Visit:
    """The whole state of one session's rules. Only the rules change it.

    `limits` are those in force for this patient, `file_limits` those that the session began with.
    """

    definition: ProtocolDefinition
    limits: LimitsProfile
    file_limits: LimitsProfile
    situation: Situation
    schedule: Schedule
    board: AlarmBoard
    annunciator: Annunciator
    signals: SignalPolicy | None = None
    people: Authority = field(default_factory=Authority)
    phase: Phase = Phase.SETUP
    phase_since_ns: int = 0
    patient: EnterPatient | None = None
    weight_kg: Decimal | None = None
    refused_weight_kg: Decimal | None = None
    calculation: DoseCalculation | None = None
    ordered_by: str = ""
    confirmed_by: str = ""
    gate: dict[str, Answer] = field(default_factory=dict)
    start_overrides: dict[str, str] = field(default_factory=dict)
    passes: dict[str, str] = field(default_factory=dict)
    pressures: list[BpReading] = field(default_factory=list)
    recent: dict[Vital, deque[tuple[int, float]]] = field(default_factory=dict)
    baseline: BaselineFrozen | None = None
    baseline_pressures_ns: tuple[int, ...] = ()
    delivery: Delivery | None = None
    given: list[GivenDose] = field(default_factory=list)
    hold_ended: bool = False
    drug_at_patient_ns: int | None = None
    flushing: bool = False
    flushed_ml: Decimal = Decimal(0)
    drug_ended_ns: int | None = None
    bp_state: BpState = BpState.IDLE
    bp_armed: bool = False
    bp_wanted_ns: int | None = None
    bp_automatic: bool = False
    bp_retried: bool = False
    bp_due_ns: int | None = None
    bp_started_for: str = ""
    in_range: dict[str, int] = field(default_factory=dict)
    discharge: dict[str, tuple[str, str]] = field(default_factory=dict)
    discharge_met: dict[str, tuple[bool | None, str]] = field(default_factory=dict)
    observer: str = ""
    scales: dict[str, list[ScaleRecorded]] = field(default_factory=dict)
    scale_flags: dict[tuple[str, str], str] = field(default_factory=dict)
    wall_clock: WallClock | None = None
    asked: dict[frozenset[Vital], Command] = field(default_factory=dict)
    asked_limit: Command | None = None
    limit_changes: list[LimitChanged] = field(default_factory=list)
    account: DrugAccount = field(default_factory=DrugAccount)
    reconciled: LedgerReconciled | None = None
    givers: list[str] = field(default_factory=list)
    care: CareState = field(default_factory=CareState)
    sound: SoundState = field(default_factory=SoundState)
    rest_since_ns: int | None = None
    start_tries: int = 0
    entries: RecordEntries = field(default_factory=RecordEntries)
    acted_on: ActedOn = field(default_factory=ActedOn)
    episodes: EpisodeBook = field(default_factory=EpisodeBook)
    closed: bool = False

    @property
    def holds(self) -> HoldRules:
        """How the protocol lets holds be passed."""
        return self.definition.holds

    @property
    def first_dose_ns(self) -> int | None:
        """When the drug began, or None before it did."""
        if self.delivery is not None:
            return self.delivery.started_ns
        return self.given[0].t_ns if self.given else None

    @property
    def recovery_since_ns(self) -> int | None:
        """From when the time to stay counts, as the protocol says; None before the drug ended."""
        if self.drug_ended_ns is None:
            return None
        counted = self.definition.recovery.counted_from_first_dose
        return self.first_dose_ns if counted else self.drug_ended_ns

    @property
    def baseline_values(self) -> dict[Vital, float]:
        """Frozen baseline by vital; empty before it is frozen."""
        if self.baseline is None:
            return {}
        return {value.vital: value.value for value in self.baseline.values}


def change_phase(visit: Visit, t_ns: int, after: Phase, by: str, reason: str) -> PhaseChanged:
    """Move the visit to `after` at `t_ns`; whether it may is decided before."""
    before, visit.phase, visit.phase_since_ns = visit.phase, after, t_ns
    return PhaseChanged(t_ns=t_ns, before=before, after=after, by=by, reason=reason)


def refuse(command: Command, reason: str) -> list[Output]:
    """The answer to an action that the rules do not accept."""
    return [
        CommandRefused(t_ns=command.t_ns, command=kind_of(command), by=command.by, reason=reason)
    ]


def ask_again(command: Command, question: str, again: str = "Record it again") -> list[Output]:
    """The answer to an action that is taken once it is sent again as confirmed."""
    return [
        CommandRefused(
            t_ns=command.t_ns,
            command=kind_of(command),
            by=command.by,
            reason=f"{question} {again} to confirm, or correct it.",
            confirmable=True,
        )
    ]
