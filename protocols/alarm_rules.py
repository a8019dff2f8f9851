"""Alarm rules, the limits they hold and the guardrails of those limits.

One severity of one vital is one rule, so the priority of a rule never changes. Every rule says
itself in a plain sentence. A limit lies within an *absolute* range, outside which it cannot be
set, and a *recommended* range, outside which it needs a written reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum

from protocols.events.terms import Phase, Priority, Service
from protocols.vitals import VITALS, Vital, VitalSpec


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

    @property
    def technical(self) -> bool:
        """Whether the rule is about equipment or the program, not about the patient."""
        return self not in (RuleKind.LIMIT, RuleKind.RISE, RuleKind.FALL)

    @property
    def per_device(self) -> bool:
        """Whether the rule is judged for each monitor by itself."""
        return self in (RuleKind.DEVICE_LOST, RuleKind.MONITOR_SILENT)

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
        return self in (RuleKind.NO_DATA, RuleKind.SENSOR_OFF)


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """A number with its guardrails, all in the unit of what it limits.

    Attributes:
        value: the limit in force.
        absolute: lowest and highest value that can be set.
        recommended: range outside which `reason` must say why.
        reason: why the limit lies outside the recommended range, else empty.
    """

    value: float
    absolute: tuple[float, float]
    recommended: tuple[float, float]
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A second condition that must hold as well, for example "with SBP >= 160"."""

    vital: Vital
    comparison: Comparison
    limit: Limit
    hysteresis: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirmation:
    """`readings` determinations within `within_s` seconds must meet the condition."""

    readings: int
    within_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmRule:
    """One alarm rule.

    Attributes:
        id: unique name; also the name of its alarm (see `alarm_id` for rules judged per monitor).
        kind: what it looks at.
        tier: severity; `priority` follows from it.
        title: what is wrong, in a few words.
        next_step: what to do.
        icon: category of the sign and of the sound.
        group: rules of one group tell of the same trouble in different severity.
        vital: vital judged, or None.
        comparison: how the value stands to the limit when the condition is true.
        limit: fixed limit in the vital's unit, or seconds without data.
        change: rise or fall from baseline in the vital's unit.
        change_percent: rise or fall in per cent of the baseline; either of the two suffices. For
            pulse rates that disagree `change` and `change_percent` are the difference in /min and
            in per cent of the pulse that came with the pressure; both must be reached. For a pump
            they are mL or mL/h and per cent of what the timer or the order says, both as well.
        companion: second condition, or None.
        confirmation: determinations needed, or None when one is enough.
        service: part of the program, for a service rule.
        delay_s: seconds for which the condition must last before the alarm is raised.
        hysteresis: how far beyond the limit, in the vital's unit, the value must be to clear.
        latch: the alarm stays after the condition has ended, until it is acknowledged.
        realarm_s: seconds after which an acknowledged alarm sounds again, or None.
        ends_pause: raising this alarm ends a running audio pause.
        phases: phases of the visit in which the rule is judged.
        off: switched off for this patient: not judged at all, and said to be off everywhere.
    """

    id: str
    kind: RuleKind
    tier: Tier
    title: str
    next_step: str
    icon: str
    group: str
    vital: Vital | None = None
    comparison: Comparison | None = None
    limit: Limit | None = None
    change: Limit | None = None
    change_percent: Limit | None = None
    companion: Companion | None = None
    confirmation: Confirmation | None = None
    service: Service | None = None
    delay_s: float = 0.0
    hysteresis: float = 0.0
    latch: bool = False
    realarm_s: float | None = None
    ends_pause: bool = False
    phases: frozenset[Phase] = frozenset(Phase)
    off: bool = False

    @property
    def priority(self) -> Priority:
        """Priority of the alarm."""
        return self.tier.priority

    @property
    def technical(self) -> bool:
        """Whether the alarm is about equipment or the program."""
        return self.kind.technical

    @property
    def upward(self) -> bool:
        """Whether larger values of the vital are the worse ones."""
        return self.comparison is not None and self.comparison.upward

    def alarm_id(self, device: str = "") -> str:
        """Name of the alarm: the rule's, with the monitor's for a rule judged per monitor."""
        return f"{self.id}/{device}" if device else self.id

    def sentence(self) -> str:
        """The whole rule as plain text: condition, severity, when it ends, when it sounds again."""
        parts = [_condition_text(self)]
        if self.confirmation is not None:
            minutes = _minutes(self.confirmation.within_s)
            parts.append(f"in {self.confirmation.readings} readings within {minutes}")
        if self.delay_s:
            parts.append(f"for {_minutes(self.delay_s)}")
        if self.companion is not None:
            parts.append(f"with {_comparison_text(self.companion)}")
        endings = [_ending_text(self)]
        if self.realarm_s is not None:
            endings.append(f"sounds again {_minutes(self.realarm_s)} after acknowledgement")
        return f"{' '.join(parts)}: {self.tier}; {'; '.join(endings)}."


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmPolicy:
    """What holds for all alarms together.

    Attributes:
        audio_pause_max_s: longest audio pause.
        realarm_high_s: an acknowledged high-priority alarm sounds again after this, if it lasts.
        realarm_medium_s: the same for medium priority; low priority does not sound again.
        reminder_s: a low-priority alarm that nobody acknowledged repeats its one tone so often.
        bp_interval_factor: a blood pressure is overdue after this many intervals.
        bp_validity_s: how long a blood pressure is valid where no interval is in force.
        score_validity_s: how long a value typed by a person is valid.
        typed_validity_s: how long a typed value of a vital that monitors stream is judged while no
            monitor gives it; 0 for never.
        pump_validity_s: how long what a pump said of itself is taken for the present.
        pulse_pair_s: how far apart the pulse rates of two monitors may be measured to be compared.
        cuff_hold_cap_s: how long after the start of a determination the oximeter's technical
            alarms are held at most, where cuff and sensor are on the same arm; 0 for never.
        cuff_hold_settle_s: how long after its end they are held, within that time.
        acknowledge_needs_action: an acknowledgement needs a name and what was done.
        pause_yields: an audio pause ends when an alarm is raised that is of higher priority than
            those it was made for, and pressing it again makes it no longer.
    """

    audio_pause_max_s: float
    realarm_high_s: float
    realarm_medium_s: float
    reminder_s: float
    bp_interval_factor: float
    bp_validity_s: float
    score_validity_s: float
    typed_validity_s: float = 0.0
    pulse_pair_s: float = 30.0
    pump_validity_s: float = 20.0
    cuff_hold_cap_s: float = 0.0
    cuff_hold_settle_s: float = 0.0
    acknowledge_needs_action: bool = False
    pause_yields: bool = False

    def realarm_s(self, priority: Priority) -> float | None:
        """Seconds after which an acknowledged alarm of `priority` sounds again, or None."""
        return {
            Priority.HIGH: self.realarm_high_s,
            Priority.MEDIUM: self.realarm_medium_s,
            Priority.LOW: None,
        }[priority]


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What a person may type without being asked, in the vital's unit.

    Attributes:
        range: lowest and highest value that is nothing unusual.
        change: the most by which it may differ from the reading before.
    """

    range: tuple[float, float]
    change: float


@dataclass(frozen=True, slots=True, kw_only=True)
class LimitsProfile:
    """A versioned set of alarm rules with its source and review date.

    `usual` says what a person may type without being asked; a vital that is not in it is never
    asked about.
    """

    id: str
    version: str
    title: str
    source: str
    review_date: date
    rules: tuple[AlarmRule, ...]
    policy: AlarmPolicy
    usual: Mapping[Vital, Usual] = field(default_factory=dict)

    def rule(self, alarm: str) -> AlarmRule:
        """The rule behind the alarm named `alarm`; raises KeyError for an unknown name."""
        name = alarm.partition("/")[0]
        for rule in self.rules:
            if rule.id == name:
                return rule
        raise KeyError(alarm)

    def rules_reading(self, vital: Vital) -> tuple[AlarmRule, ...]:
        """The rules whose verdict a reading of `vital` can change, in file order."""
        return tuple(rule for rule in self.rules if vital in vitals_read(rule))


def vitals_read(rule: AlarmRule) -> frozenset[Vital]:
    """The vitals whose readings can change the verdict of `rule`."""
    if rule.kind in (RuleKind.BP_OVERDUE, RuleKind.BP_FAILED):
        return frozenset((Vital.SBP,))
    read = {rule.vital} if rule.vital is not None else set()
    if rule.companion is not None:
        read.add(rule.companion.vital)
    if Vital.HR in read:
        read.add(Vital.PR)
    return frozenset(read)


def limit_text(spec: VitalSpec, value: float) -> str:
    """`value` with the unit of `spec`, as it stands in a sentence."""
    number = f"{value:.10g}"
    return f"{number}{'' if spec.unit == '{score}' else ' '}{spec.unit_text}"


def _minutes(seconds: float) -> str:
    return f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"


def _comparison_text(part: Companion) -> str:
    spec = VITALS[part.vital]
    return f"{spec.name} {_bound(spec, part.comparison, part.limit.value)}"


def _bound(spec: VitalSpec, comparison: Comparison, value: float) -> str:
    text = limit_text(spec, value)
    if comparison is Comparison.ABOVE:
        return f"above {text}"
    if comparison is Comparison.BELOW:
        return f"below {text}"
    return f"{text} or {'above' if comparison.upward else 'below'}"


_PUMP_DIFFERENCES = {
    RuleKind.PUMP_VOLUME: ("Volumes of pump and timer differ by more than", "mL"),
    RuleKind.PUMP_RATE: ("Rate of the pump differs from the order by more than", "mL/h"),
}


def _condition_text(rule: AlarmRule) -> str:
    if rule.kind in _PUMP_DIFFERENCES:
        words, unit = _PUMP_DIFFERENCES[rule.kind]
        return f"{words} {_difference_text(rule, unit)}"
    if rule.vital is None or rule.kind is RuleKind.SENSOR_OFF:
        return rule.title
    spec = VITALS[rule.vital]
    name = spec.name[0].upper() + spec.name[1:]
    if rule.kind is RuleKind.LIMIT and rule.comparison is not None and rule.limit is not None:
        return f"{name} {_bound(spec, rule.comparison, rule.limit.value)}"
    if rule.kind is RuleKind.NO_DATA and rule.limit is not None:
        return f"No {spec.name} for {_minutes(rule.limit.value)}"
    if rule.kind is RuleKind.PULSE_DISAGREES:
        return f"Pulse rates of oximeter and cuff differ by {_difference_text(rule)} or more"
    sizes = []
    if rule.change is not None:
        sizes.append(limit_text(spec, rule.change.value))
    if rule.change_percent is not None:
        sizes.append(f"{rule.change_percent.value:g} %")
    way = "above" if rule.kind is RuleKind.RISE else "below"
    return f"{name} {way} baseline by {' or '.join(sizes)} or more"


def _difference_text(rule: AlarmRule, unit: str = "/min") -> str:
    sizes = []
    if rule.change is not None:
        sizes.append(f"{rule.change.value:g} {unit}")
    if rule.change_percent is not None:
        sizes.append(f"{rule.change_percent.value:g} %")
    return " and ".join(sizes)


def _ending_text(rule: AlarmRule) -> str:
    if rule.latch:
        return "stays until acknowledged"
    if rule.hysteresis and rule.vital is not None:
        return f"ends {limit_text(VITALS[rule.vital], rule.hysteresis)} inside the limit"
    return "ends with its cause"
