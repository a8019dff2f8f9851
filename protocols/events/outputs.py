"""Outputs: what the rules made of the inputs."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from protocols.events.commands import EnterPatient, EnterWeight, OverrideReason
from protocols.events.terms import (
    AlarmState,
    BpState,
    Giving,
    LinkState,
    Output,
    Phase,
    Preparation,
    Priority,
    TaskState,
    WeightBasis,
)
from protocols.vitals import Quality, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading(Output):
    """A value, or the fact that there is none.

    Attributes:
        vital: what was measured.
        value: in the vital's unit; None exactly when `quality` carries no value.
        quality: how far to believe it, or why it is missing.
        source: slot of the device, or the name of the person.
        measured_ns: when it was determined; `t_ns` is when it was known.
        manual: a person typed it.
        spot: one determination of a device that does not stream it (pulse rate from a cuff).
        note: the device's own words, for people.
    """

    vital: Vital
    value: float | None
    quality: Quality
    source: str
    measured_ns: int
    manual: bool = False
    spot: bool = False
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveReceived(Output):
    """Consecutive samples of a waveform; the last was received at `t_ns`.

    Attributes:
        values: raw counts, 0 to `full_scale`.
        interval_ns: nominal time between samples.
        usable: False while the monitor says that the signal is not a pulse.
    """

    device: str
    vital: Vital
    interval_ns: int
    full_scale: int
    usable: bool
    values: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRejected(Output):
    """Bytes that made no frame, and why: recorded, never shown as data."""

    device: str
    reason: str
    data: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkChanged(Output):
    """The state of a link as the tile shows it, with what is wrong and what to do."""

    device: str
    state: LinkState
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BpStateChanged(Output):
    """The blood-pressure monitor started, ended, failed or was aborted; `text` in plain words."""

    device: str
    state: BpState
    text: str = ""
    automatic: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class BpCommanded(Output):
    """The rules want a blood-pressure determination started, or the one in progress aborted.

    `automatic` when the armed schedule asks for it and not a person.
    """

    abort: bool
    automatic: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BytesSent(Output):
    """Bytes for a monitor. Live, the runtime writes them; in replay they are only compared."""

    device: str
    data: bytes
    purpose: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRefused(Output):
    """A person's action that the rules did not accept, and why, in a sentence for that person.

    `confirmable` when the rules ask about it and accept the same action sent again as confirmed.
    """

    command: str
    by: str
    reason: str
    confirmable: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientRecorded(Output):
    """The patient as accepted."""

    entry: EnterPatient


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightRecorded(Output):
    """The weight as accepted, with every soft limit that it passed."""

    entry: EnterWeight
    findings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseChanged(Output):
    """The visit moved from one phase to the next."""

    before: Phase
    after: Phase
    by: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DosePlanned(Output):
    """The dose as calculated from weight and order; exact decimals.

    Attributes:
        weight_kg: body weight.
        dose_mg_per_kg: of the dosing weight; of a fixed dose, what it comes to.
        dose_mg: what is given, after rounding.
        volume_ml: volume that is infused or injected; 0 for units.
        rate_ml_per_h, rate_mg_per_min, duration_min: of an infusion; else 0.
        concentration_mg_per_ml: of what is infused or injected; 0 for units.
        overrides: why soft limits were passed.
        giving, style: how it is given and prepared.
        weight_basis, dosing_weight_kg: the weight that the dose rests on; None where it is the
            total.
        calculated_mg: the dose before rounding, or None where nothing was rounded.
        bag_ml, added_ml: of a bag: its nominal volume, and the volume of drug added to it.
        vial_mg_per_ml, diluent_withdrawn: the vial it is made from, and whether that volume of
            diluent was taken out first.
        units, unit_mg: number and strength of devices or lozenges; else 0.
        taken_by: who at the bedside entered the verbal order of `ordered_by`, who was not there;
            empty where it was entered by `ordered_by`, or where nobody signs in.
    """

    weight_kg: Decimal
    dose_mg_per_kg: Decimal
    dose_mg: Decimal
    volume_ml: Decimal
    rate_ml_per_h: Decimal
    rate_mg_per_min: Decimal
    duration_min: Decimal
    concentration_mg_per_ml: Decimal
    ordered_by: str
    overrides: tuple[OverrideReason, ...] = ()
    giving: Giving = Giving.INFUSION
    style: Preparation = Preparation.SYRINGE
    weight_basis: WeightBasis = WeightBasis.TOTAL
    dosing_weight_kg: Decimal | None = None
    calculated_mg: Decimal | None = None
    bag_ml: Decimal | None = None
    added_ml: Decimal | None = None
    vial_mg_per_ml: Decimal | None = None
    diluent_withdrawn: bool = False
    units: int = 0
    unit_mg: Decimal = Decimal(0)
    taken_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseConfirmed(Output):
    """A second person reached the same weight and dose on their own."""

    checked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GateItemChanged(Output):
    """One gate item: ``done``, ``held`` (and why), or ``overridden`` by the prescriber named."""

    item: str
    state: str
    answer: str
    by: str
    detail: str = ""
    prescriber: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineValue:
    """The frozen baseline of one vital and from how many readings it comes."""

    vital: Vital
    value: float
    readings: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BaselineFrozen(Output):
    """The patient's baseline; every rise is counted from it.

    Attributes:
        low_confidence: the blood pressure comes from a single reading.
        reason: why one is enough, or why the baseline was taken again.
        rest_reason: why pressures before the end of the rest or of the wait counted.
        attempt: which try this is of those that hold the start; 0 where nothing holds it.
    """

    by: str
    values: tuple[BaselineValue, ...]
    low_confidence: bool
    reason: str = ""
    rest_reason: str = ""
    attempt: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryChanged(Output):
    """The delivery rate changed: start, pause, resume, slow, stop or whole dose given."""

    rate_mg_per_min: Decimal
    delivered_mg: Decimal
    percent: int
    finished: bool
    cause: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskChanged(Output):
    """An observation of the schedule came due, grew late, was done or missed.

    Attributes:
        task: unique name within the session, for example ``infusing/bp/10``.
        item: what is to be observed (``bp``, ``rr``, ``moaas``, ``scores``, ...).
        label: for people.
        due_ns: when it is due.
        closes_ns: when it counts as missed if still open.
    """

    task: str
    item: str
    label: str
    state: TaskState
    due_ns: int
    closes_ns: int
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmChanged(Output):
    """An alarm changed its state, with everything its sentence needs.

    Attributes:
        alarm: rule id.
        state: the new state.
        priority: of the rule.
        technical: a fault of equipment or program, not of the patient.
        vital: the vital judged, or None for a technical alarm without one.
        value, limit, baseline: what was judged, in the vital's unit, or None.
        since_ns: when the present occurrence of the condition began.
        sentence: what is wrong, value, limit and baseline, in plain words.
        next_step: what to do.
        by, action: who acknowledged and what they did, else empty.
        ends_ns: end of an audio pause, time of the re-alarm, or the time until which the alarm is
            held, else None.
    """

    alarm: str
    state: AlarmState
    priority: Priority
    technical: bool
    vital: Vital | None
    value: float | None
    limit: float | None
    baseline: float | None
    since_ns: int
    sentence: str
    next_step: str = ""
    by: str = ""
    action: str = ""
    ends_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class AudioPauseChanged(Output):
    """All alarm sound is paused until `ends_ns`, or the pause ended (None)."""

    ends_ns: int | None
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObservationRecorded(Output):
    """An event, drug, note or hand-over as it stands in the record; `kind` names which.

    A drug has its `purpose` where one was named; `happened_ns` is when it was, if before `t_ns`.
    """

    kind: str
    label: str
    by: str
    severity: int | None = None
    text: str = ""
    purpose: str = ""
    happened_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class BpScheduleArmed(Output):
    """Whether the schedule starts blood-pressure determinations by itself."""

    armed: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SameArmChanged(Output):
    """Whether cuff and oximeter are on the same arm.

    While they are, the oximeter's technical alarms are held during a determination.
    """

    same: bool
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeItemChanged(Output):
    """One discharge criterion and the readings or answer that met it, or what is missing."""

    item: str
    label: str
    met: bool | None
    detail: str
    by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionClosed(Output):
    """The session ended; nothing follows it."""

    by: str
    reason: str
    delivered_mg: Decimal
