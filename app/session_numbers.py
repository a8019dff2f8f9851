"""The numbers of the last page, worked out from state and history. No widgets here."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from app.history import History, Series
from app.state import ViewState
from protocols.events import AlarmChanged, AlarmState, Priority, TaskChanged, TaskState
from protocols.vitals import NS_PER_S, PRESSURES, Vital

Points = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]
"""Times in seconds and values, NaN where missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rise:
    """How far a vital rose from its frozen baseline after drug began.

    Attributes:
        vital: which one.
        baseline: its frozen baseline, or None.
        peak: highest value, or None where nothing was measured.
        peak_ns: when that was.
        peak_rise, mean_rise: against the baseline; None without one. The mean is over the readings.
        readings: how many readings the figures rest on.
    """

    vital: Vital
    baseline: float | None
    peak: float | None = None
    peak_ns: int | None = None
    peak_rise: float | None = None
    mean_rise: float | None = None
    readings: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmEpisode:
    """One occurrence of an alarm, from its beginning to its end, and who answered it.

    `since_ns` is when its condition began, `raised_ns` when it came to people; `acknowledged_ns`,
    `ended_ns` are None while that did not happen; `technical` where it is about equipment and not
    about the patient.
    """

    alarm: str
    priority: Priority
    sentence: str
    since_ns: int
    raised_ns: int
    acknowledged_ns: int | None = None
    by: str = ""
    action: str = ""
    ended_ns: int | None = None
    technical: bool = False


def rises(state: ViewState, history: History) -> tuple[Rise, ...]:
    """Peak and mean rise of SBP, DBP and heart rate from the start of drug on."""
    vitals = (Vital.SBP, Vital.DBP, Vital.HR)
    return tuple(_rise(state, vital, points_of(history, vital)) for vital in vitals)


def points_of(history: History, vital: Vital) -> Points:
    """The readings of `vital` as they stand; of a streamed vital one a second.

    Heart rate is the pulse rate where there is no trend of it.
    """
    if vital in PRESSURES:
        cuff = history.blood_pressures
        field = f"{vital}_mmhg"
        return (
            np.array([point.t_s for point in cuff]),
            np.array([getattr(point, field) for point in cuff], dtype=np.float64),
        )
    return _points(history.heart_rate() if vital is Vital.HR else history.trends.get(vital))


def _points(series: Series | None) -> Points:
    return (np.empty(0), np.empty(0)) if series is None else (series.t_s, series.values)


def _rise(state: ViewState, vital: Vital, points: Points) -> Rise:
    baseline = state.baseline.get(vital)
    if vital is Vital.HR and baseline is None:
        baseline = state.baseline.get(Vital.PR)
    if state.infusion_started_ns is None:
        return Rise(vital=vital, baseline=baseline)
    times, values = points
    measured = (times >= state.infusion_started_ns / NS_PER_S) & ~np.isnan(values)
    times, values = times[measured], values[measured]
    if not len(values):
        return Rise(vital=vital, baseline=baseline)
    top = int(np.argmax(values))
    peak = float(values[top])
    return Rise(
        vital=vital,
        baseline=baseline,
        peak=peak,
        peak_ns=round(float(times[top]) * NS_PER_S),
        peak_rise=None if baseline is None else peak - baseline,
        mean_rise=None if baseline is None else float(np.mean(values)) - baseline,
        readings=len(values),
    )


def completeness(state: ViewState, history: History, now_ns: int, vital: Vital) -> float | None:
    """Share (0 to 1) of the seconds of the infusion in which `vital` had a value.

    From the start of drug to its end, or to `now_ns` while it runs; None before drug began.
    Recovery is left out: there the probe may come off between readings. Repeats within one second
    count once.
    """
    if state.infusion_started_ns is None:
        return None
    start_s = state.infusion_started_ns / NS_PER_S
    ended_ns = now_ns if state.infusion_ended_ns is None else min(now_ns, state.infusion_ended_ns)
    whole = max(1, int(ended_ns / NS_PER_S - start_s))
    times, values = _points(history.trends.get(vital))
    seconds = np.unique(np.floor(times[~np.isnan(values)] - start_s))
    return min(1.0, int(np.count_nonzero((seconds >= 0) & (seconds < whole))) / whole)


_UNRAISED = (AlarmState.PENDING, AlarmState.HELD)


def alarm_episodes(history: History) -> tuple[AlarmEpisode, ...]:
    """Every occurrence of every alarm, oldest first."""
    episodes: dict[tuple[str, int], AlarmEpisode] = {}
    latest: dict[str, tuple[str, int]] = {}
    for event in history.listed:
        if not isinstance(event, AlarmChanged) or event.state in _UNRAISED:
            continue
        if event.state is AlarmState.OFF:
            key = latest.get(event.alarm)
            if key is not None and episodes[key].ended_ns is None:
                episodes[key] = _changed(episodes[key], event)
            continue
        key = (event.alarm, event.since_ns)
        latest[event.alarm] = key
        first = AlarmEpisode(
            alarm=event.alarm,
            priority=event.priority,
            sentence=event.sentence,
            since_ns=event.since_ns,
            raised_ns=event.t_ns,
            technical=event.technical,
        )
        episodes[key] = _changed(episodes.get(key, first), event)
    return tuple(sorted(episodes.values(), key=lambda e: (e.since_ns, e.alarm)))


def _changed(episode: AlarmEpisode, event: AlarmChanged) -> AlarmEpisode:
    answered_ns = episode.acknowledged_ns
    if answered_ns is None and event.by:
        answered_ns = event.t_ns
    return replace(
        episode,
        priority=max(episode.priority, event.priority, key=lambda p: p.rank),
        acknowledged_ns=answered_ns,
        by=event.by or episode.by,
        action=event.action or episode.action,
        ended_ns=event.t_ns if event.state is AlarmState.OFF else None,
    )


def tasks_done(history: History) -> tuple[int, int]:
    """How many scheduled observations were done, and how many missed."""
    ended = [event.state for event in history.listed if isinstance(event, TaskChanged)]
    return ended.count(TaskState.DONE), ended.count(TaskState.MISSED)
