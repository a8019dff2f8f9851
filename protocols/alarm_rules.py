"""Alarm rules, the limits they hold and the guardrails of those limits.

One severity of one vital is one rule, so the priority of a rule never changes. Every rule says
itself in a plain sentence. A limit lies within an *absolute* range, outside which it cannot be
set, and a *recommended* range, outside which it needs a written reason.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from protocols.events.terms import Phase, Priority, Service, Severity
from protocols.rule_kinds import Comparison, RuleKind, Tier
from protocols.rule_sentences import limit_text, rule_sentence
from protocols.vitals import Vital

__all__ = [
    "AlarmPolicy",
    "AlarmRule",
    "Companion",
    "Comparison",
    "Confirmation",
    "Limit",
    "LimitsProfile",
    "RuleKind",
    "Symptoms",
    "Tier",
    "Usual",
    "limit_text",
    "vitals_read",
]


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
    """`readings` determinations within `within_s` seconds must meet the condition.

    With `in_a_row` none between them may fail it; a determination that gave no value is none.
    """

    readings: int
    within_s: float
    in_a_row: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Symptoms:
    """What staff recorded of the patient: quick events and side effects with one of `terms`.

    Attributes:
        terms: ids of quick events and of side effects.
        score_from: least severity of a quick event, 0 to 10; one without a severity meets only 0.
        effect_from: least severity of a side effect.
        count: how many of them are needed.
        holds_s: how long a quick event stands, and, where more than one is needed, each of them.
    """

    terms: frozenset[str]
    score_from: int = 0
    effect_from: Severity = Severity.MILD
    count: int = 1
    holds_s: float = 600.0


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
        limit: fixed limit in the vital's unit; seconds without data, since an observation was due,
            or by which a clock jumped; intervals between blood pressures.
        change: rise or fall from baseline, or within `window_s`, in the vital's unit.
        change_percent: rise or fall in per cent of the baseline; either of the two suffices. For
            pulse rates that disagree `change` and `change_percent` are the difference in /min and
            in per cent of the pulse that came with the pressure; both must be reached. For a pump
            they are mL or mL/h and per cent of what the timer or the order says, both as well.
        companion: second condition, or None.
        confirmation: determinations needed, or None when one is enough.
        symptoms: what was recorded of the patient; a second condition of a rule of a vital.
        items: observations of the schedule, each judged by itself.
        window_s: seconds within which a rate changes.
        holds_s: seconds for which a jump of the clock stands.
        once_given: missing data count only once a monitor has given the vital.
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
    symptoms: Symptoms | None = None
    items: tuple[str, ...] = ()
    window_s: float = 0.0
    holds_s: float = 0.0
    once_given: bool = False
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
        """Name of the alarm: the rule's, with the monitor's or observation's if judged for each."""
        return f"{self.id}/{device}" if device else self.id

    def sentence(self) -> str:
        """The whole rule as plain text (see `protocols.rule_sentences`)."""
        return rule_sentence(self)


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
        by_time_measured: what a person typed counts by when it was measured: it stands in for
            a monitor only while none has measured since, and a monitor without a value never puts
            aside what was counted, in whatever order the two became known. A pressure that a longer
            interval makes valid again is judged at once.
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
    by_time_measured: bool = False

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

    `approved_by` is empty while nobody has approved it. `usual` says what a person may type without
    being asked; a vital that is not in it is never asked about.
    """

    id: str
    version: str
    title: str
    source: str
    review_date: date
    rules: tuple[AlarmRule, ...]
    policy: AlarmPolicy
    usual: Mapping[Vital, Usual] = field(default_factory=dict)
    approved_by: str = ""

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
