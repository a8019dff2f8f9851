"""The facts that alarms are judged on: how each becomes known, and whose verdict it may change.

One place for the bedside and for judging a record again, so that the two cannot differ.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any

from protocols.alarm_rules import AlarmRule, LimitsProfile, RuleKind, vitals_read
from protocols.events import (
    BaselineFrozen,
    BpStateChanged,
    ClockAnchored,
    DeliveryChanged,
    DosePlanned,
    EffectChanged,
    EntryCorrected,
    Event,
    LineMarked,
    LinkChanged,
    ObservationRecorded,
    PhaseChanged,
    PumpReported,
    Reading,
    SameArmChanged,
    ServiceReported,
    SoundChecked,
    TaskChanged,
)
from protocols.situation import Situation
from protocols.vitals import PRESSURES, Vital


class Concern(StrEnum):
    """Which rules a kind of fact may change the verdict of."""

    ALL = "all"
    TECHNICAL = "technical"
    PUMP = "pump"
    VITAL = "vital"
    SYMPTOM = "symptom"
    CLOCK = "clock"
    SCHEDULE = "schedule"


_Note = Callable[[Situation, Any], None]

_FACTS: dict[type[Event], tuple[Concern, _Note]] = {
    Reading: (Concern.VITAL, Situation.note_reading),
    LinkChanged: (
        Concern.TECHNICAL,
        lambda known, fact: known.note_link(fact.device, fact.state, fact.t_ns, fact.detail),
    ),
    BpStateChanged: (Concern.TECHNICAL, Situation.note_bp_state),
    SameArmChanged: (Concern.TECHNICAL, lambda known, fact: known.note_same_arm(fact.same)),
    ServiceReported: (
        Concern.TECHNICAL,
        lambda known, fact: known.note_service(fact.service, fact.working, fact.t_ns, fact.detail),
    ),
    SoundChecked: (Concern.TECHNICAL, Situation.note_sound_check),
    TaskChanged: (Concern.SCHEDULE, Situation.note_task),
    PumpReported: (Concern.PUMP, lambda known, fact: known.pump.note(fact)),
    DosePlanned: (Concern.PUMP, lambda known, fact: known.pump.note(fact)),
    DeliveryChanged: (Concern.PUMP, lambda known, fact: known.pump.note(fact)),
    LineMarked: (Concern.PUMP, lambda known, fact: known.pump.note(fact)),
    ObservationRecorded: (Concern.SYMPTOM, Situation.note_observation),
    EffectChanged: (Concern.SYMPTOM, Situation.note_effect),
    EntryCorrected: (Concern.SYMPTOM, Situation.note_correction),
    ClockAnchored: (Concern.CLOCK, Situation.note_anchor),
    BaselineFrozen: (Concern.ALL, Situation.freeze),
    PhaseChanged: (Concern.ALL, lambda known, fact: known.set_phase(fact.after, fact.t_ns)),
}

FACTS = tuple(_FACTS)
"""Every kind of event that alarms are judged on."""


class AlarmFacts:
    """Takes facts into a situation and says which rules of one profile must be judged again."""

    def __init__(self, limits: LimitsProfile) -> None:
        """Sort the rules of `limits` by what they look at."""
        by_time = limits.policy.by_time_measured
        self._by_vital = {vital: limits.rules_reading(vital) for vital in Vital}
        self._by_concern = {
            Concern.ALL: limits.rules,
            Concern.TECHNICAL: tuple(rule for rule in limits.rules if rule.technical),
            Concern.SCHEDULE: tuple(  # an interval that grows makes a stale pressure valid again
                rule
                for rule in limits.rules
                if rule.technical or (by_time and not vitals_read(rule).isdisjoint(PRESSURES))
            ),
            Concern.PUMP: tuple(rule for rule in limits.rules if rule.kind.of_pump),
            Concern.SYMPTOM: tuple(rule for rule in limits.rules if rule.symptoms is not None),
            Concern.CLOCK: tuple(
                rule for rule in limits.rules if rule.kind is RuleKind.CLOCK_JUMPED
            ),
        }

    def note(self, situation: Situation, fact: Event) -> tuple[AlarmRule, ...]:
        """Take `fact` into `situation`; the rules whose verdict it may change, in file order.

        An event that is no such fact changes nothing and gives no rule.
        """
        known = _FACTS.get(type(fact))
        if known is None:
            return ()
        concern, note = known
        made = situation.observations.made
        note(situation, fact)
        if not isinstance(fact, Reading):
            return self._by_concern[concern]
        rules = self._by_vital[fact.vital]
        return rules if situation.observations.made == made else self._with_overdue(rules)

    def _with_overdue(self, rules: tuple[AlarmRule, ...]) -> tuple[AlarmRule, ...]:
        """`rules`, and those about observations: a reading made one that was awaited."""
        wanted = {rule.id for rule in rules}
        return tuple(
            rule
            for rule in self._by_concern[Concern.ALL]
            if rule.id in wanted or rule.kind is RuleKind.OBSERVATION_OVERDUE
        )
