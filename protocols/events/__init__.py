"""The vocabulary of a session: every input and every output, as frozen dataclasses.

An *input* comes from outside (bytes, a person's action, a clock anchor, a fault of the program's
own parts). An *output* is what the rules made of the inputs. Both are journaled in one order;
feeding the inputs again gives the outputs again. `t_ns` is the time of an event in nanoseconds of a
monotonic clock since the session began; reader threads stamp it to the whole millisecond, which is
shorter than one byte at 9600 Bd.
"""

from __future__ import annotations

from protocols.events.commands import (
    AbortBp,
    Acknowledge,
    AdvancePhase,
    AnswerDischarge,
    AnswerGate,
    ArmBpSchedule,
    CheckDose,
    CloseSession,
    Command,
    ConfirmMonitor,
    EndAudioPause,
    EnterBp,
    EnterPatient,
    EnterValue,
    EnterVitals,
    EnterWeight,
    FreezeBaseline,
    HandOver,
    OrderDose,
    OverrideReason,
    PauseAudio,
    PauseInfusion,
    RecordDrug,
    RecordEvent,
    ResumeInfusion,
    SetSameArm,
    SkipTask,
    SlowInfusion,
    StartInfusion,
    StopInfusion,
    TakeBp,
    TypedValue,
    WriteNote,
)
from protocols.events.inputs import (
    ChunkReceived,
    ClockAnchored,
    DeviceSlot,
    LinkReported,
    ServiceReported,
    SessionOpened,
    SessionResumed,
    VitalDescription,
)
from protocols.events.outputs import (
    AlarmChanged,
    AudioPauseChanged,
    BaselineFrozen,
    BaselineValue,
    BpCommanded,
    BpScheduleArmed,
    BpStateChanged,
    BytesSent,
    CommandRefused,
    DeliveryChanged,
    DischargeItemChanged,
    DoseConfirmed,
    DosePlanned,
    FrameRejected,
    GateItemChanged,
    LinkChanged,
    ObservationRecorded,
    PatientRecorded,
    PhaseChanged,
    Reading,
    SameArmChanged,
    SessionClosed,
    TaskChanged,
    WaveReceived,
    WeightRecorded,
)
from protocols.events.terms import (
    AlarmState,
    BpState,
    Event,
    Input,
    LinkState,
    Output,
    Phase,
    Priority,
    Service,
    TaskState,
)

SCHEMA = 1
"""Version of this vocabulary, written into `SessionOpened`."""

_ABSTRACT = (Event, Input, Output, Command)


def _snake(name: str) -> str:
    return "".join(f"_{c.lower()}" if c.isupper() else c for c in name).lstrip("_")


EVENT_KINDS: dict[str, type[Event]] = {
    _snake(kind.__name__): kind
    for kind in list(globals().values())
    if isinstance(kind, type) and issubclass(kind, Event) and kind not in _ABSTRACT
}
"""Every concrete event class by the name that the journal gives it (snake case)."""

_NAMES: dict[type[Event], str] = {kind: name for name, kind in EVENT_KINDS.items()}


def kind_of(event: Event) -> str:
    """The journal's name for the kind of `event`, for example ``reading``."""
    return _NAMES[type(event)]


__all__ = [
    "AbortBp",
    "Acknowledge",
    "AdvancePhase",
    "AlarmChanged",
    "AlarmState",
    "AnswerDischarge",
    "AnswerGate",
    "ArmBpSchedule",
    "AudioPauseChanged",
    "BaselineFrozen",
    "BaselineValue",
    "BpCommanded",
    "BpScheduleArmed",
    "BpState",
    "BpStateChanged",
    "BytesSent",
    "CheckDose",
    "ChunkReceived",
    "ClockAnchored",
    "CloseSession",
    "Command",
    "CommandRefused",
    "ConfirmMonitor",
    "DeliveryChanged",
    "DeviceSlot",
    "DischargeItemChanged",
    "DoseConfirmed",
    "DosePlanned",
    "EVENT_KINDS",
    "EndAudioPause",
    "EnterBp",
    "EnterPatient",
    "EnterValue",
    "EnterVitals",
    "EnterWeight",
    "Event",
    "FrameRejected",
    "FreezeBaseline",
    "GateItemChanged",
    "HandOver",
    "Input",
    "LinkChanged",
    "LinkReported",
    "LinkState",
    "ObservationRecorded",
    "OrderDose",
    "Output",
    "OverrideReason",
    "PatientRecorded",
    "PauseAudio",
    "PauseInfusion",
    "Phase",
    "PhaseChanged",
    "Priority",
    "Reading",
    "RecordDrug",
    "RecordEvent",
    "ResumeInfusion",
    "SCHEMA",
    "SameArmChanged",
    "Service",
    "ServiceReported",
    "SessionClosed",
    "SessionOpened",
    "SessionResumed",
    "SetSameArm",
    "SkipTask",
    "SlowInfusion",
    "StartInfusion",
    "StopInfusion",
    "TakeBp",
    "TaskChanged",
    "TaskState",
    "TypedValue",
    "VitalDescription",
    "WaveReceived",
    "WeightRecorded",
    "WriteNote",
    "kind_of",
]
