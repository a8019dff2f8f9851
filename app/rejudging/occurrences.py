"""Occurrences of alarms, from the changes that tell of them: recorded, or made by judging again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from app.rejudging.judging import judge_recording
from app.rejudging.occurrence import Occurrence, occurrences_of
from app.rejudging.recording import Recording
from protocols.alarm_rules import LimitsProfile
from protocols.events import AlarmChanged
from protocols.vitals import Vital
from storage.numerics import ReadingColumns


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
    found = occurrences_of(changes, recording.end_ns, upward)
    return tuple(_with_peak(one, recording.streams, upward) for one in found)


def _with_peak(
    one: Occurrence, streams: Mapping[Vital, ReadingColumns], upward: Mapping[str, bool]
) -> Occurrence:
    """`one` with the worst of its stream, which may be worse than any value that was told."""
    if one.peak is None or one.vital is None or one.technical:
        return one
    span = (one.since_ns, one.ended_ns)
    up = upward.get(one.rule, True)
    return replace(one, peak=_worst_in(streams, one.vital, span, upward=up, told=one.peak))


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
