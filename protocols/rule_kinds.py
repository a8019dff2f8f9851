"""What alarm rules look at, how a value stands to a limit, and how severe a rule is."""

from __future__ import annotations

from enum import StrEnum

from protocols.events.terms import Priority


class RuleKind(StrEnum):
    """What a rule looks at."""

    LIMIT = "limit"
    RISE = "rise"
    FALL = "fall"
    NO_DATA = "no-data"
    SENSOR_OFF = "sensor-off"
    DEVICE_LOST = "device-lost"
    MONITOR_SILENT = "monitor-silent"
    BP_OVERDUE = "bp-overdue"
    BP_FAILED = "bp-failed"
    PULSE_DISAGREES = "pulse-disagrees"
    PUMP_VOLUME = "pump-volume-differs"
    PUMP_RATE = "pump-rate-differs"
    PUMP_STANDS = "pump-not-running"
    PUMP_RUNS = "pump-running"
    PUMP_ALARM = "pump-alarm"
    SERVICE = "service"
    SOUND_UNPROVEN = "sound-unproven"
    RATE = "rate"
    SYMPTOM = "symptom"
    STALE = "stale"
    LOW_SIGNAL = "low-signal"
    MONITOR_UNCONFIRMED = "monitor-unconfirmed"
    OBSERVATION_OVERDUE = "observation-overdue"
    CLOCK_JUMPED = "clock-jumped"

    @property
    def technical(self) -> bool:
        """Whether the rule is about equipment or the program, not about the patient."""
        return self not in _OF_PATIENT

    @property
    def per_device(self) -> bool:
        """Whether the rule is judged for each monitor by itself."""
        return self in (
            RuleKind.DEVICE_LOST,
            RuleKind.MONITOR_SILENT,
            RuleKind.MONITOR_UNCONFIRMED,
        )

    @property
    def of_pump(self) -> bool:
        """Whether the rule is about an infusion pump; without one nobody can judge it."""
        return self in (
            RuleKind.PUMP_VOLUME,
            RuleKind.PUMP_RATE,
            RuleKind.PUMP_STANDS,
            RuleKind.PUMP_RUNS,
            RuleKind.PUMP_ALARM,
        )

    @property
    def held_by_cuff(self) -> bool:
        """Whether a tight cuff on the oximeter's arm can be the cause."""
        return self in (RuleKind.NO_DATA, RuleKind.SENSOR_OFF, RuleKind.LOW_SIGNAL)


_OF_PATIENT = frozenset(
    (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL, RuleKind.RATE, RuleKind.SYMPTOM)
)


class Comparison(StrEnum):
    """How a value stands to its limit when the condition is true."""

    AT_LEAST = ">="
    ABOVE = ">"
    AT_MOST = "<="
    BELOW = "<"

    @property
    def upward(self) -> bool:
        """Whether larger values are the worse ones."""
        return self in (Comparison.AT_LEAST, Comparison.ABOVE)

    def holds(self, value: float, limit: float) -> bool:
        """Whether `value` stands so to `limit`; both in the same unit."""
        if self is Comparison.AT_LEAST:
            return value >= limit
        if self is Comparison.ABOVE:
            return value > limit
        if self is Comparison.AT_MOST:
            return value <= limit
        return value < limit


class Tier(StrEnum):
    """The clinical name of a priority."""

    CRITICAL = "critical"
    WARNING = "warning"
    ADVISORY = "advisory"

    @property
    def priority(self) -> Priority:
        """Critical is high, warning medium, advisory low priority."""
        return {
            Tier.CRITICAL: Priority.HIGH,
            Tier.WARNING: Priority.MEDIUM,
            Tier.ADVISORY: Priority.LOW,
        }[self]
