"""Occurrences of alarms, from the changes that tell of them: recorded, or made by judging again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

import numpy as np

from app.rejudging.judging import judge_recording
from app.rejudging.recording import Recording
from protocols.alarm_rules import LimitsProfile
from protocols.alarm_table import IN_FORCE
from protocols.events import AlarmChanged, AlarmState, Priority
from protocols.vitals import NS_PER_S, Vital
from storage.numerics import ReadingColumns


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
        acknowledged_ns, acknowledged_by: the first acknowledgement, or None and empty.
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

    @property
    def lasted_s(self) -> float:
        """Seconds for which the condition was true and the alarm raised."""
        return self.lasted_ns / NS_PER_S


def rejudge(recording: Recording, limits: LimitsProfile) -> tuple[Occurrence, ...]:
    """The occurrences of alarms that `recording` gives under `limits`, by when they were raised.

    Deterministic, and without a look at the alarms that were recorded. Of a file of numbers only
    rules about the patient are judged (see `judged_rules`).
    """
    profile = judged_rules(recording, limits)
    return occurrences_in(recording, judge_recording(recording, profile).alarms, profile)


def recorded(recording: Recording, limits: LimitsProfile) -> tuple[Occurrence, ...]:
    """The occurrences that were recorded; `limits` are those they were recorded under."""
    return occurrences_in(recording, recording.alarms, limits)


def judged_rules(recording: Recording, limits: LimitsProfile) -> LimitsProfile:
    """The rules of `limits` that `recording` can be judged by: a file says nothing of equipment."""
    if recording.judged:
        return limits
    return replace(limits, rules=tuple(rule for rule in limits.rules if not rule.technical))


def occurrences_in(
    recording: Recording, changes: Iterable[AlarmChanged], limits: LimitsProfile
) -> tuple[Occurrence, ...]:
    """The occurrences that `changes` tell of, with their peaks from the readings."""
    upward = {rule.id: rule.upward for rule in limits.rules}
    open_ones: dict[str, _Open] = {}
    found: list[Occurrence] = []
    for change in changes:
        one = open_ones.get(change.alarm)
        if one is None and change.state.is_seen:
            rule = change.alarm.partition("/")[0]
            one = open_ones[change.alarm] = _Open(change, upward.get(rule, True))
        if one is None:
            continue
        one.take(change)
        if not change.state.is_seen:
            found.append(one.close(change.t_ns, recording.streams))
            del open_ones[change.alarm]
    found += [one.close(None, recording.streams, recording.end_ns) for one in open_ones.values()]
    return tuple(sorted(found, key=lambda one: (one.raised_ns, one.alarm)))


class _Open:
    """An occurrence that is still there."""

    def __init__(self, change: AlarmChanged, upward: bool) -> None:
        self._first = self._worst = change
        self._upward = upward
        self._in_force_ns: int | None = None
        self._ended_ns = change.t_ns
        self._lasted_ns = 0
        self._acknowledged: AlarmChanged | None = None

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

    def _is_worse(self, value: float | None) -> bool:
        known = self._worst.value
        if value is None or known is None:
            return False
        return value > known if self._upward else value < known

    def _stop(self, t_ns: int) -> None:
        if self._in_force_ns is not None:
            self._lasted_ns += t_ns - self._in_force_ns
            self._in_force_ns, self._ended_ns = None, t_ns

    def close(
        self, gone_ns: int | None, streams: Mapping[Vital, ReadingColumns], end_ns: int = 0
    ) -> Occurrence:
        self._stop(end_ns)
        first, acknowledged = self._first, self._acknowledged
        peak = self._worst.value
        if peak is not None and first.vital is not None and not first.technical:
            kept = (self._first.since_ns, self._ended_ns)
            peak = _worst_in(streams, first.vital, kept, upward=self._upward, told=peak)
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
            peak=peak,
            sentence=self._worst.sentence,
            acknowledged_ns=None if acknowledged is None else acknowledged.t_ns,
            acknowledged_by="" if acknowledged is None else acknowledged.by,
        )


def _worst_in(
    streams: Mapping[Vital, ReadingColumns],
    vital: Vital,
    span: tuple[int, int],
    *,
    upward: bool,
    told: float,
) -> float:
    """The worst value of a stream in `span`, at least as bad as the one `told`.

    For the heart rate the pulse stands in only where there is no value of it, as in judging.
    """
    for name in (vital, Vital.PR) if vital is Vital.HR else (vital,):
        one = streams.get(name)
        if one is None:
            continue
        begin, end = np.searchsorted(one.t_ns, span)
        values = one.value[begin:end]
        values = values[~np.isnan(values)]
        if len(values):
            worst = float(values.max() if upward else values.min())
            return max(worst, told) if upward else min(worst, told)
    return told
