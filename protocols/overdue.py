"""Observations that were due and are still not made, whatever the schedule says of the next one.

The schedule counts an observation as missed when the next comes; the patient is not seen any
better for that. Here it stays open from when it was due until the item is observed, is skipped
with a reason, or the schedule's phase ends.
"""

from __future__ import annotations

from collections.abc import Iterable

from protocols.alarm_rules import AlarmRule, RuleKind
from protocols.events.outputs import Reading, TaskChanged
from protocols.events.terms import Phase, TaskState
from protocols.schedule import NOT_DONE, ScheduledItem, observation_phase
from protocols.vitals import COUNTED_BY_PEOPLE, NS_PER_S, VITALS, Vital


class OverdueWatch:
    """Since when each item that a rule asks about is awaited.

    Attributes:
        made: how many awaited observations were made by readings, so that a change shows.
    """

    def __init__(self, rules: Iterable[AlarmRule], schedule: Iterable[ScheduledItem] = ()) -> None:
        """Begin with nothing due.

        `rules` say which items matter, and after how long; `schedule` what each observes.
        """
        self.made = 0
        self._allowed_ns: dict[str, set[int]] = {}
        for rule in rules:
            for item in rule.items if rule.kind is RuleKind.OBSERVATION_OVERDUE else ():
                allowed = self._allowed_ns.setdefault(item, set())
                if rule.limit is not None:
                    allowed.add(round(rule.limit.value * NS_PER_S))
        self._vitals = {
            (item.phase, item.item): item.vitals
            for item in schedule
            if item.item in self._allowed_ns
        }
        self._observing = frozenset(v for vitals in self._vitals.values() for v in vitals)
        self._seen_ns: dict[Vital, int] = {}
        self._since_ns: dict[str, int | None] = {}
        self._late: set[str] = set()
        self._labels: dict[str, str] = {}
        self._phase: Phase | None = None

    def note_task(self, task: TaskChanged) -> None:
        """Take in what the schedule says of an observation."""
        if task.item not in self._allowed_ns:
            return
        self._labels[task.item] = task.label
        by_time = task.detail == NOT_DONE and task.t_ns >= task.closes_ns
        late = task.state is TaskState.LATE or (task.state is TaskState.MISSED and by_time)
        if late or task.state is TaskState.DUE:
            if self._since_ns.get(task.item) is None:
                self._since_ns[task.item] = task.due_ns
            if late:
                self._late.add(task.item)
        elif task.state is not TaskState.UPCOMING:
            self._forget(task.item)

    def note_reading(self, reading: Reading) -> None:
        """Take in a reading: the values of an awaited item make it, also where no task is open."""
        vital = reading.vital
        if vital not in self._observing or reading.value is None or not _observes(reading):
            return
        self._seen_ns[vital] = max(reading.measured_ns, self._seen_ns.get(vital, 0))
        for item, since_ns in self._since_ns.items():
            vitals = () if self._phase is None else self._vitals.get((self._phase, item), ())
            if since_ns is None or vital not in vitals:
                continue
            if all(self._seen_ns.get(one, -1) >= since_ns for one in vitals):
                self._forget(item)
                self.made += 1

    def enter_phase(self, phase: Phase) -> None:
        """The visit enters `phase`: what another phase's schedule asked for is asked no longer."""
        group = observation_phase(phase)
        if group is not self._phase:
            self._phase = group
            self._since_ns = dict.fromkeys(self._since_ns)
            self._late.clear()

    def was_asked(self, item: str) -> bool:
        """Whether an observation of `item` was ever due."""
        return item in self._since_ns

    def since_ns(self, item: str) -> int | None:
        """When the oldest observation of `item` that is not made was due, or None."""
        return self._since_ns.get(item)

    def is_late(self, item: str) -> bool:
        """Whether the window of an observation of `item` that is not made has ended."""
        return item in self._late

    def label(self, item: str) -> str:
        """`item` for people."""
        return self._labels.get(item, item)

    def boundaries(self) -> list[int]:
        """When the items awaited now become overdue, one time for each rule."""
        return [
            since_ns + allowed_ns
            for item, since_ns in self._since_ns.items()
            if since_ns is not None
            for allowed_ns in self._allowed_ns[item]
        ]

    def _forget(self, item: str) -> None:
        self._since_ns[item] = None
        self._late.discard(item)


def _observes(reading: Reading) -> bool:
    """Whether a person made `reading`, or a determination: a stream observes nothing."""
    streams = VITALS[reading.vital].quiet_limit_s is not None
    return reading.manual or not (reading.spot or streams or reading.vital in COUNTED_BY_PEOPLE)
