"""The words of a session: phases, states and priorities, and the root of every event."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """A phase of the visit."""

    SETUP = "setup"
    GATE = "gate"
    BASELINE = "baseline"
    INFUSING = "infusing"
    PAUSED = "paused"
    STOPPED = "stopped"
    RECOVERY = "recovery"
    DISCHARGED = "discharged"


class LinkState(StrEnum):
    """What the link to a monitor is doing, in words a tile can show.

    ``wrong-device``: bytes arrive that were never understood since the port was opened;
    ``unconfirmed``: a person must say first that this monitor is on this patient.
    """

    NOT_CONNECTED = "not-connected"
    OPENING = "opening"
    WAITING = "waiting"
    READY = "ready"
    LIVE = "live"
    PROBE_OFF = "probe-off"
    SILENT = "silent"
    WRONG_DEVICE = "wrong-device"
    UNCONFIRMED = "unconfirmed"

    @property
    def is_well(self) -> bool:
        """Whether nothing is to be done: data come, or the monitor answers when it is asked."""
        return self in (LinkState.LIVE, LinkState.READY)

    @property
    def is_open(self) -> bool:
        """Whether the port is open, so that bytes can be sent."""
        return self not in (LinkState.NOT_CONNECTED, LinkState.OPENING)


class Service(StrEnum):
    """A part of the program itself whose failure is a technical alarm."""

    RECORDER = "recorder"
    DISPLAY = "display"
    SOUND = "sound"
    CORE = "core"
    WATCHDOG = "watchdog"
    STAFF = "staff-station"
    SERVER = "server"
    SLEEP = "sleep"
    BACKUP = "backup"


class Role(StrEnum):
    """What a person may act as; one person may have several."""

    NURSE = "nurse"
    PRESCRIBER = "prescriber"
    CLINICIAN = "clinician"
    QA = "qa"
    ADMINISTRATOR = "administrator"


class Proof(StrEnum):
    """How a person proved who they are; ``none``: the name was only typed."""

    PASSWORD = "password"  # noqa: S105 - the kind of proof
    PIN = "pin"
    NONE = "none"


class Meaning(StrEnum):
    """What a signature says."""

    PERFORMED = "performed"
    WITNESSED = "witnessed"
    REVIEWED = "reviewed"
    APPROVED = "approved"


class Priority(StrEnum):
    """Priority of an alarm, after the vocabulary of IEC 60601-1-8."""

    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"

    @property
    def rank(self) -> int:
        """3 for high, 2 for medium, 1 for low: larger is more urgent."""
        return {Priority.HIGH: 3, Priority.MEDIUM: 2, Priority.LOW: 1}[self]


class AlarmState(StrEnum):
    """State of one alarm (see `protocols.alarm_table`).

    ``held``: the condition is true, and a tight cuff on the same arm excuses it for a while.
    """

    OFF = "off"
    PENDING = "pending"
    HELD = "held"
    SOUNDING = "sounding"
    PAUSED = "paused"
    ACKED = "acknowledged"
    LATCHED = "latched"
    LATCHED_PAUSED = "latched-paused"

    @property
    def is_seen(self) -> bool:
        """Whether the alarm is on the screen in this state."""
        return self not in (AlarmState.OFF, AlarmState.PENDING, AlarmState.HELD)

    @property
    def is_told(self) -> bool:
        """Whether the record tells of coming into this state and of leaving it."""
        return self not in (AlarmState.OFF, AlarmState.PENDING)

    @property
    def is_heard(self) -> bool:
        """Whether the alarm may sound in this state."""
        return self in (AlarmState.SOUNDING, AlarmState.LATCHED)


class LimitPart(StrEnum):
    """One number of an alarm rule that can be set for a patient."""

    LIMIT = "limit"
    BY = "by"
    BY_PERCENT = "by_percent"


class StaffCall(StrEnum):
    """How far staff elsewhere were reached about an alarm.

    ``unreached``: no station confirmed it, nobody accepted it in time, or none is connected.
    """

    NONE = "none"
    CALLED = "called"
    RECEIVED = "received"
    ACCEPTED = "accepted"
    UNREACHED = "unreached"


class Presentation(StrEnum):
    """Where an alarm comes to people."""

    SCREEN = "screen"
    SOUND = "sound"
    STAFF = "staff"


class TaskState(StrEnum):
    """State of one observation that the schedule asks for."""

    UPCOMING = "upcoming"
    DUE = "due"
    LATE = "late"
    DONE = "done"
    MISSED = "missed"


class BpState(StrEnum):
    """What the blood-pressure monitor is doing."""

    IDLE = "idle"
    REQUESTED = "requested"
    MEASURING = "measuring"
    DONE = "done"
    FAILED = "failed"
    ABORTED = "aborted"


class LineMark(StrEnum):
    """What is seen at the infusion line."""

    DRUG_AT_PATIENT = "drug-at-patient"
    FLUSH_STARTED = "flush-started"
    FLUSH_ENDED = "flush-ended"


class LedgerStep(StrEnum):
    """One kind of entry in the account of a controlled substance."""

    VIAL = "vial"
    DRAWN = "drawn"
    RESIDUAL = "residual"
    WASTED = "wasted"


class Severity(StrEnum):
    """How bad a side effect is."""

    MILD = "mild"
    MODERATE = "moderate"
    SEVERE = "severe"


class DrugAction(StrEnum):
    """What was done with the drug because of a side effect."""

    NONE = "none"
    SLOWED = "slowed"
    PAUSED = "paused"
    STOPPED = "stopped"


class Giving(StrEnum):
    """How a protocol's dose is given.

    ``infusion``: at a rate over a time; ``injection``: at once, by weight or fixed; ``units``: in
    devices or lozenges of a fixed strength.
    """

    INFUSION = "infusion"
    INJECTION = "injection"
    UNITS = "units"


class Preparation(StrEnum):
    """How an infusion is prepared.

    ``syringe``: the dose is drawn up to a concentration in a syringe; ``whole-bag``: the dose is
    added to a bag and the whole bag is run; ``stock-bag``: a bag of known concentration, the
    volume to be infused set to that of the dose.
    """

    SYRINGE = "syringe"
    WHOLE_BAG = "whole-bag"
    STOCK_BAG = "stock-bag"


class WeightBasis(StrEnum):
    """Which weight a dose by weight rests on."""

    TOTAL = "total"
    IDEAL = "ideal"
    ADJUSTED = "adjusted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Anything that happened in a session, at `t_ns` nanoseconds since it began."""

    t_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Input(Event):
    """An event that came from outside the rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Output(Event):
    """An event that the rules produced."""
