"""One time that an alarm was there, and how the changes of alarms make such occurrences. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from protocols.alarm_table import IN_FORCE
from protocols.events import AlarmChanged, AlarmState, Priority
from protocols.vitals import NS_PER_S, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class Occurrence:
    """One time that an alarm was there. Times are session time, ns.

    Attributes:
        alarm: name of the alarm: the rule's, with the monitor's for a rule judged per monitor.
        rule: name of the rule.
        priority, technical, vital: of the rule.
        since_ns: when the condition began.
        raised_ns: when the alarm was raised, after its delay or hold.
        ended_ns: when the condition ended, for the last time while the alarm was there; the end of
            the recording where it did not end.
        gone_ns: when the alarm left the screen; None where it did not.
        lasted_ns: for how long the condition was true and the alarm raised.
        peak: the worst value, or None for a rule without one.
        sentence: what was said of the worst.
        acknowledged_ns, acknowledged_by: the first acknowledgement, or None and empty. An alarm
            that is raised while a graver one of its group is acknowledged begins acknowledged.
        answered_ns: when a person first did something about this alarm itself, once it was raised:
            acknowledged it, reset it after its condition had ended, or switched its rule off.
    """

    alarm: str
    rule: str
    priority: Priority
    technical: bool
    vital: Vital | None
    since_ns: int
    raised_ns: int
    ended_ns: int
    gone_ns: int | None
    lasted_ns: int
    peak: float | None
    sentence: str
    acknowledged_ns: int | None = None
    acknowledged_by: str = ""
    answered_ns: int | None = None

    @property
    def lasted_s(self) -> float:
        """Seconds for which the condition was true and the alarm raised."""
        return self.lasted_ns / NS_PER_S


def occurrences_of(
    changes: Iterable[AlarmChanged], end_ns: int, upward: Mapping[str, bool] | None = None
) -> list[Occurrence]:
    """The occurrences that `changes` tell of, by when they were raised; peaks as they were told.

    Args:
        changes: in order.
        end_ns: session time of the last event, for what never ended.
        upward: per rule whether larger values are the worse ones; True for one not named.
    """
    directions = upward or {}
    open_ones: dict[str, _Open] = {}
    found: list[Occurrence] = []
    for change in changes:
        one = open_ones.get(change.alarm)
        if one is None and change.state.is_seen:
            rule = change.alarm.partition("/")[0]
            one = open_ones[change.alarm] = _Open(change, directions.get(rule, True))
        if one is None:
            continue
        one.take(change)
        if not change.state.is_seen:
            found.append(one.close(change.t_ns))
            del open_ones[change.alarm]
    found += [one.close(None, end_ns) for one in open_ones.values()]
    return sorted(found, key=lambda one: (one.raised_ns, one.alarm))


class _Open:
    """An occurrence that is still there."""

    def __init__(self, change: AlarmChanged, upward: bool) -> None:
        self._first = self._worst = change
        self._upward = upward
        self._in_force_ns: int | None = None
        self._ended_ns = change.t_ns
        self._lasted_ns = 0
        self._acknowledged: AlarmChanged | None = None
        self._answered_ns: int | None = None

    def take(self, change: AlarmChanged) -> None:
        if change.state in IN_FORCE:
            if self._in_force_ns is None:
                self._in_force_ns = change.t_ns
            if self._is_worse(change.value):
                self._worst = change
        elif self._in_force_ns is not None:
            self._stop(change.t_ns)
        if change.state is AlarmState.ACKED and self._acknowledged is None:
            self._acknowledged = change
        by_a_person = change.by and change.state in (AlarmState.ACKED, AlarmState.OFF)
        if by_a_person and self._answered_ns is None and change.t_ns > self._first.t_ns:
            self._answered_ns = change.t_ns

    def _is_worse(self, value: float | None) -> bool:
        known = self._worst.value
        if value is None or known is None:
            return False
        return value > known if self._upward else value < known

    def _stop(self, t_ns: int) -> None:
        if self._in_force_ns is not None:
            self._lasted_ns += t_ns - self._in_force_ns
            self._in_force_ns, self._ended_ns = None, t_ns

    def close(self, gone_ns: int | None, end_ns: int = 0) -> Occurrence:
        self._stop(end_ns)
        first, acknowledged = self._first, self._acknowledged
        return Occurrence(
            alarm=first.alarm,
            rule=first.alarm.partition("/")[0],
            priority=first.priority,
            technical=first.technical,
            vital=first.vital,
            since_ns=first.since_ns,
            raised_ns=first.t_ns,
            ended_ns=self._ended_ns,
            gone_ns=gone_ns,
            lasted_ns=self._lasted_ns,
            peak=self._worst.value,
            sentence=self._worst.sentence,
            acknowledged_ns=None if acknowledged is None else acknowledged.t_ns,
            acknowledged_by="" if acknowledged is None else acknowledged.by,
            answered_ns=self._answered_ns,
        )
