"""The interval between blood pressures as it was recorded, for how long one is valid.

At the bedside it follows from the schedule, which alarms tighten. In a recording the schedule is as
it was: the recorded observations and alarms set it, by the same rules, whatever limits are judged.
"""

from __future__ import annotations

from protocols import cuff, recheck
from protocols.alarm_rules import LimitsProfile
from protocols.definition import ProtocolDefinition
from protocols.events import AlarmChanged, Event, PhaseChanged, TaskChanged
from protocols.schedule import Schedule
from protocols.session import Session
from protocols.situation import Situation
from protocols.visit import Visit


class Pace:
    """Sets the interval in force of a situation from what was recorded.

    Attributes:
        situation: what is known, with the interval in force.
    """

    def __init__(self, definition: ProtocolDefinition | None, limits: LimitsProfile) -> None:
        """Begin under `limits`; without a protocol there is no schedule, and so no interval."""
        self._visit: Visit | None = None
        if definition is None:
            self.situation = Situation(limits)
            return
        self._visit = Session(definition, limits).visit
        items = tuple(one for one in definition.schedule if one.item == cuff.BP_ITEM)
        self._visit.schedule = Schedule(items)
        self.situation = self._visit.situation

    def follow(self, event: Event) -> None:
        """Take in an event of the record."""
        visit = self._visit
        if visit is None:
            return
        if isinstance(event, TaskChanged):
            cuff.follow_task(visit, event)
        elif isinstance(event, AlarmChanged):
            recheck.follow_alarm(visit, event)
        elif isinstance(event, PhaseChanged):
            visit.phase, visit.phase_since_ns = event.after, event.t_ns
            visit.schedule.enter_phase(event.t_ns, event.after)
