"""What a limits file may say: the outside shape of alarm rules.

The records here only check types, names and ranges of single fields; `protocols.limits` turns them
into rules and checks what spans several fields.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from protocols.events.terms import Phase, Service, Severity
from protocols.vitals import Vital

VitalName = Annotated[Vital, Field(strict=False)]
PhaseName = Annotated[Phase, Field(strict=False)]
ServiceName = Annotated[Service, Field(strict=False)]
SeverityName = Annotated[Severity, Field(strict=False)]
Range = Annotated[list[float], Field(min_length=2, max_length=2)]
Identifier = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9.-]*$", max_length=60)]
Text = Annotated[str, Field(min_length=1, max_length=300)]
Seconds = Annotated[float, Field(ge=0, le=3600)]
Comparison = Literal[">=", ">", "<=", "<"]


class _Record(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True, allow_inf_nan=False)


class LimitRecord(_Record):
    """One number and the ranges within which it may be set."""

    value: float
    absolute: Range
    recommended: Range
    reason: str = ""


class CompanionRecord(_Record):
    """A second condition that must hold as well."""

    vital: VitalName
    comparison: Comparison
    limit: LimitRecord


class ConfirmationRecord(_Record):
    """How many determinations within how many seconds make the condition true."""

    readings: Annotated[int, Field(ge=2, le=5)]
    within_s: Annotated[float, Field(ge=60, le=3600)]
    in_a_row: bool = False


class SymptomsRecord(_Record):
    """What staff must have recorded of the patient; `score_from` is of 0 to 10."""

    terms: Annotated[list[Identifier], Field(min_length=1)]
    score_from: Annotated[int, Field(ge=0, le=10)] = 0
    effect_from: SeverityName = Severity.MILD
    count: Annotated[int, Field(ge=1, le=5)] = 1
    holds_s: Annotated[float, Field(ge=60, le=7200)] = 600.0


class _Rule(_Record):
    id: Identifier
    tier: Literal["critical", "warning", "advisory"]
    title: Text
    next_step: Text
    icon: Literal["cardiac", "oxygenation", "ventilation", "general", "drug", "equipment"]
    delay_s: Annotated[float, Field(ge=0, le=600)] = 0.0
    latch: bool = False
    realarm: bool = True
    ends_pause: bool = False
    group: Identifier | None = None
    phases: Annotated[list[PhaseName], Field(min_length=1)] | None = None


class LimitRule(_Rule):
    """A vital against a fixed limit."""

    kind: Literal["limit"]
    vital: VitalName
    comparison: Comparison
    limit: LimitRecord
    confirm: ConfirmationRecord | None = None
    companion: CompanionRecord | None = None
    symptoms: SymptomsRecord | None = None


class ChangeRule(_Rule):
    """A vital against the patient's frozen baseline."""

    kind: Literal["rise", "fall"]
    vital: VitalName
    by: LimitRecord | None = None
    by_percent: LimitRecord | None = None
    confirm: ConfirmationRecord | None = None
    companion: CompanionRecord | None = None
    symptoms: SymptomsRecord | None = None


class RateRule(_Rule):
    """A vital against its own values of the last `window_s` seconds."""

    kind: Literal["rate"]
    vital: VitalName
    direction: Literal["up", "down"]
    by: LimitRecord
    window_s: Annotated[float, Field(ge=5, le=3600)]


class SymptomRule(_Rule):
    """What staff recorded of the patient."""

    kind: Literal["symptom"]
    symptoms: SymptomsRecord


class NoDataRule(_Rule):
    """No value of a streaming vital for some seconds; `once_given`: after a first one only."""

    kind: Literal["no-data"]
    vital: VitalName
    limit: LimitRecord
    once_given: bool = False


class StaleRule(_Rule):
    """The last value of a vital that does not stream is valid no longer."""

    kind: Literal["stale"]
    vital: VitalName


class LowSignalRule(_Rule):
    """The values of a streaming vital are of low confidence."""

    kind: Literal["low-signal"]
    vital: VitalName


class SensorRule(_Rule):
    """The monitor says that the sensor is off or faulty."""

    kind: Literal["sensor-off"]
    vital: VitalName


class LinkRule(_Rule):
    """The link to a monitor is gone, silent, or to be confirmed; judged for each monitor."""

    kind: Literal["device-lost", "monitor-silent", "monitor-unconfirmed"]


class OverdueRule(_Rule):
    """No blood pressure for as many intervals between readings as `limit`, else as the policy."""

    kind: Literal["bp-overdue"]
    limit: LimitRecord | None = None


class ObservationRule(_Rule):
    """An observation of the schedule is not made `limit` seconds after it was due, or is late."""

    kind: Literal["observation-overdue"]
    items: Annotated[list[Identifier], Field(min_length=1)]
    limit: LimitRecord | None = None


class ClockRule(_Rule):
    """The wall clock jumped by `limit` seconds or more; told of for `holds_s`."""

    kind: Literal["clock-jumped"]
    limit: LimitRecord
    holds_s: Annotated[float, Field(ge=10, le=3600)]


class BpFailedRule(_Rule):
    """A blood-pressure determination failed."""

    kind: Literal["bp-failed"]


class PulseRule(_Rule):
    """The pulse of a blood pressure against the oximeter's: both limits must be reached."""

    kind: Literal["pulse-disagrees"]
    by: LimitRecord
    by_percent: LimitRecord


class PumpDifferenceRule(_Rule):
    """What the pump says against timer or order: both limits must be passed.

    `by` is in mL for a volume and in mL/h for a rate.
    """

    kind: Literal["pump-volume-differs", "pump-rate-differs"]
    by: LimitRecord
    by_percent: LimitRecord


class PumpRule(_Rule):
    """The pump stands still or runs against the timer, or has an alarm of its own."""

    kind: Literal["pump-not-running", "pump-running", "pump-alarm"]


class ServiceRule(_Rule):
    """A part of the program does not work."""

    kind: Literal["service"]
    service: ServiceName


class SoundUnprovenRule(_Rule):
    """Nobody hears the alarm sounds at the bedside, or nobody knows since the output changed."""

    kind: Literal["sound-unproven"]


RuleRecord = Annotated[
    LimitRule
    | ChangeRule
    | RateRule
    | SymptomRule
    | NoDataRule
    | StaleRule
    | SensorRule
    | LowSignalRule
    | LinkRule
    | OverdueRule
    | ObservationRule
    | ClockRule
    | BpFailedRule
    | PulseRule
    | PumpDifferenceRule
    | PumpRule
    | ServiceRule
    | SoundUnprovenRule,
    Field(discriminator="kind"),
]


class PolicyRecord(_Record):
    """What holds for all alarms together."""

    audio_pause_max_s: Annotated[float, Field(ge=10, le=180)]
    realarm_high_s: Annotated[float, Field(ge=30, le=300)]
    realarm_medium_s: Annotated[float, Field(ge=60, le=900)]
    reminder_s: Annotated[float, Field(ge=60, le=1800)]
    bp_interval_factor: Annotated[float, Field(ge=1, le=3)]
    bp_validity_s: Annotated[float, Field(ge=60, le=3600)]
    score_validity_s: Annotated[float, Field(ge=60, le=7200)]
    typed_validity_s: Annotated[float, Field(ge=0, le=900)] = 0.0
    pulse_pair_s: Annotated[float, Field(ge=5, le=120)] = 30.0
    pump_validity_s: Annotated[float, Field(ge=15, le=60)] = 20.0
    cuff_hold_cap_s: Annotated[float, Field(ge=0, le=120)] = 0.0
    cuff_hold_settle_s: Annotated[float, Field(ge=0, le=30)] = 0.0
    acknowledge_needs_action: bool = False
    pause_yields: bool = False
    by_time_measured: bool = False


class UsualRecord(_Record):
    """What a person may type without being asked."""

    range: Range
    change: Annotated[float, Field(gt=0)]


class LimitsFile(_Record):
    """A whole limits file."""

    id: Identifier
    version: Text
    title: Text
    source: Annotated[str, Field(min_length=1, max_length=2000)]
    review_date: date
    approved_by: str = ""
    policy: PolicyRecord
    hysteresis: dict[VitalName, Annotated[float, Field(ge=0, le=20)]]
    usual: dict[VitalName, UsualRecord] = {}
    rules: Annotated[list[RuleRecord], Field(min_length=1)]
