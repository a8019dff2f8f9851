"""The facts that alarms are judged on: how each becomes known, and whose verdict it may change.

One place for the bedside and for judging a record again, so that the two cannot differ.
"""

from __future__ import annotations

from protocols.alarm_rules import AlarmRule, LimitsProfile
from protocols.events import (
    BaselineFrozen,
    BpStateChanged,
    DeliveryChanged,
    DosePlanned,
    Event,
    LineMarked,
    LinkChanged,
    PhaseChanged,
    PumpReported,
    Reading,
    SameArmChanged,
    ServiceReported,
    TaskChanged,
)
from protocols.situation import Situation
from protocols.vitals import Vital


class AlarmFacts:
    """Takes facts into a situation and says which rules of one profile must be judged again."""

    def __init__(self, limits: LimitsProfile) -> None:
        """Sort the rules of `limits` by what they look at."""
        self._all = limits.rules
        self._by_vital = {vital: limits.rules_reading(vital) for vital in Vital}
        self._technical = tuple(rule for rule in limits.rules if rule.technical)
        self._pump = tuple(rule for rule in limits.rules if rule.kind.of_pump)

    def note(self, situation: Situation, fact: Event) -> tuple[AlarmRule, ...]:
        """Take `fact` into `situation`; the rules whose verdict it may change, in file order.

        An event that is no such fact changes nothing and gives no rule.
        """
        if isinstance(fact, Reading):
            situation.note_reading(fact)
            return self._by_vital[fact.vital]
        if isinstance(fact, LinkChanged):
            situation.note_link(fact.device, fact.state, fact.t_ns, fact.detail)
        elif isinstance(fact, BpStateChanged):
            situation.note_bp_state(fact)
        elif isinstance(fact, SameArmChanged):
            situation.note_same_arm(fact.same)
        elif isinstance(fact, ServiceReported):
            situation.note_service(fact.service, fact.working, fact.t_ns, fact.detail)
        elif isinstance(fact, TaskChanged):
            situation.note_task(fact)
        elif isinstance(fact, PumpReported | DosePlanned | DeliveryChanged | LineMarked):
            situation.pump.note(fact)
            return self._pump
        elif isinstance(fact, BaselineFrozen):
            situation.freeze(fact)
            return self._all
        elif isinstance(fact, PhaseChanged):
            situation.set_phase(fact.after, fact.t_ns)
            return self._all
        else:
            return ()
        return self._technical
