"""One session as comparisons need it: curves of vitals, what happened when, and its baseline.

Corrected readings stand as corrected and withdrawn ones are gone, as everywhere else.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

import numpy as np
import numpy.typing as npt

from protocols.events import (
    AlarmChanged,
    BaselineFrozen,
    DeliveryChanged,
    DoseGiven,
    DosePlanned,
    EffectChanged,
    EntryCorrected,
    Event,
    ObservationRecorded,
    Phase,
    PhaseChanged,
    Reading,
    Severity,
)
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, Vital

Floats = npt.NDArray[np.float64]
Streams = Mapping[Vital, tuple[npt.NDArray[np.int64], Floats]]
"""Streamed readings by vital: when measured (ns) and values, NaN where there was none."""

STREAMED = (Vital.HR, Vital.PR, Vital.SPO2)
"""Vitals of a trace that come as streams; HR of a trace is the pulse rate where there is no ECG."""

CUFF_VITALS = (Vital.SBP, Vital.DBP)
TRACED = (Vital.SBP, Vital.DBP, Vital.HR, Vital.SPO2)
"""The vitals that a trace has curves of."""

TRACE_KINDS: tuple[type[Event], ...] = (
    Reading,
    PhaseChanged,
    DosePlanned,
    DeliveryChanged,
    DoseGiven,
    BaselineFrozen,
    AlarmChanged,
    ObservationRecorded,
    EffectChanged,
    EntryCorrected,
)
"""Kinds of event with rows of their own that a trace is made from."""


class MarkKind(StrEnum):
    """What a mark tells of."""

    ALARM = "alarm"
    OBSERVATION = "observation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """Something that happened at a moment: `name` as in the record, `label` for people."""

    kind: MarkKind
    name: str
    label: str
    t_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EffectSeen:
    """A side effect of the list, or an event noted at the bedside.

    Attributes:
        label: for people.
        severity: the worst grade that a side effect had; None for an event.
        score: 0 to 10 where an event has one.
        t_ns: when it began.
        corrected: whether the entry was corrected; a corrected score stands as corrected.
    """

    label: str
    t_ns: int
    severity: Severity | None = None
    score: int | None = None
    corrected: bool = False

    @property
    def words(self) -> str:
        """How bad it was: ``moderate``, ``4/10``, or ``noted`` where nobody said."""
        if self.severity is not None:
            words = str(self.severity)
        else:
            words = "noted" if self.score is None else f"{self.score}/10"
        return f"{words} (corrected)" if self.corrected else words


@dataclass(frozen=True, slots=True, kw_only=True)
class Curve:
    """Readings of one vital in order of time: session time in s, values; none is missing."""

    t_s: Floats
    values: Floats

    def __len__(self) -> int:
        return len(self.t_s)


EMPTY = Curve(t_s=np.empty(0), values=np.empty(0))


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionTrace:
    """What comparisons know of one session.

    Attributes:
        patient: record number, or empty.
        curves: readings by vital; `HR` is the pulse rate where no ECG gave one.
        heart_is_pulse: whether it is.
        baseline: the frozen baseline by vital; `frozen_ns` when, None where there is none.
        began_ns, ended_ns: first drug and end of drug, or None.
        slowed, paused, stopped: whether the dose ever was.
        alarms_read: whether alarms are among `marks`; a reading for a cohort leaves them out.
        unread: rows that could not be read; values may be missing then.
    """

    session: str
    started: datetime | None
    room: str
    protocol: str
    patient: str
    patient_name: str
    simulated: bool
    curves: Mapping[Vital, Curve] = field(default_factory=dict, repr=False)
    heart_is_pulse: bool = False
    baseline: Mapping[Vital, float] = field(default_factory=dict)
    frozen_ns: int | None = None
    began_ns: int | None = None
    ended_ns: int | None = None
    ordered_mg: float | None = None
    delivered_mg: float | None = None
    slowed: bool = False
    paused: bool = False
    stopped: bool = False
    marks: tuple[Mark, ...] = ()
    effects: tuple[EffectSeen, ...] = ()
    alarms_read: bool = True
    unread: int = 0

    def curve(self, vital: Vital) -> Curve:
        """The readings of `vital`; empty where there are none."""
        return self.curves.get(vital, EMPTY)


_WORSE = (Severity.MILD, Severity.MODERATE, Severity.SEVERE)


class _Gathering:
    """Gathers a trace from the events of one session, in order."""

    def __init__(self) -> None:
        self.readings: dict[tuple[Vital, int, str], float] = {}
        self.stream_changes: list[Reading] = []
        self.frozen: BaselineFrozen | None = None
        self.began_ns: int | None = None
        self.ended_ns: int | None = None
        self.ordered_mg: float | None = None
        self.delivered_mg: float | None = None
        self.slowed = self.paused = self.stopped = False
        self.alarms: dict[tuple[str, int], Mark] = {}
        self.observed: dict[int, Mark] = {}
        self.effects: dict[str, EffectSeen] = {}
        self.noted: dict[int, EffectSeen] = {}

    def take(self, number: int, event: Event) -> None:
        match event:
            case Reading():
                self._read(event)
            case PhaseChanged(after=Phase.INFUSING):
                self._begin(event.t_ns)
            case DosePlanned():
                self.ordered_mg = float(event.dose_mg)
            case DoseGiven():
                self._begin(event.t_ns)
                self.delivered_mg = float(event.total_mg)
            case DeliveryChanged():
                self._deliver(event)
            case BaselineFrozen():
                self.frozen = event
            case AlarmChanged():
                self._alarm(event)
            case ObservationRecorded():
                self._observe(number, event)
            case EffectChanged():
                self._effect(event)
            case EntryCorrected():
                self._correct(event)

    def _correct(self, event: EntryCorrected) -> None:
        if event.withdrawn:
            self.observed.pop(event.target_seq, None)
            self.noted.pop(event.target_seq, None)
            self.effects.pop(event.subject, None)
            return
        if (noted := self.noted.get(event.target_seq)) is not None:
            score = round(event.values[0].value) if len(event.values) == 1 else noted.score
            self.noted[event.target_seq] = replace(noted, score=score, corrected=True)
        if (effect := self.effects.get(event.subject)) is not None:
            self.effects[event.subject] = replace(effect, corrected=True)

    def _begin(self, t_ns: int) -> None:
        if self.began_ns is None:
            self.began_ns = t_ns

    def _deliver(self, event: DeliveryChanged) -> None:
        self.delivered_mg = float(event.delivered_mg)
        self.paused = self.paused or event.cause == "pause"
        self.stopped = self.stopped or event.cause == "stop"
        self.slowed = self.slowed or (event.cause.startswith("rate ") and event.percent < 100)
        if (event.finished or event.cause == "stop") and self.ended_ns is None:
            self.ended_ns = event.t_ns

    def _read(self, reading: Reading) -> None:
        if reading.vital in STREAMED and is_correction(reading):
            self.stream_changes.append(reading)
        if reading.vital not in (*CUFF_VITALS, *STREAMED):
            return
        key = (reading.vital, reading.measured_ns, reading.source)
        if reading.value is not None:
            self.readings[key] = reading.value
        elif is_correction(reading):
            self.readings.pop(key, None)

    def _alarm(self, event: AlarmChanged) -> None:
        if event.state.is_seen:  # one raised while sound is paused never sounds
            label = f"{event.alarm} (technical)" if event.technical else event.alarm
            mark = Mark(kind=MarkKind.ALARM, name=event.alarm, label=label, t_ns=event.t_ns)
            self.alarms.setdefault((event.alarm, event.since_ns), mark)

    def _observe(self, number: int, event: ObservationRecorded) -> None:
        if event.kind in ("event", "drug"):
            at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
            self.observed[number] = Mark(
                kind=MarkKind.OBSERVATION, name=event.label, label=event.label, t_ns=at_ns
            )
        if event.kind == "event":
            at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
            self.noted[number] = EffectSeen(label=event.label, score=event.severity, t_ns=at_ns)

    def _effect(self, event: EffectChanged) -> None:
        before = self.effects.get(event.effect)
        worst = event.severity
        if before is not None and before.severity is not None:
            worst = max(worst, before.severity, key=_WORSE.index)
        self.effects[event.effect] = EffectSeen(
            label=event.label, severity=worst, t_ns=event.onset_ns
        )

    def curves(self, streams: Streams) -> dict[Vital, Curve]:
        found = {vital: self._typed(vital) for vital in CUFF_VITALS}
        for vital in STREAMED:
            stream = streams.get(vital)
            curve = EMPTY if stream is None else self._streamed(vital, *stream)
            found[vital] = curve if len(curve) else self._typed(vital)
        return found

    def _typed(self, vital: Vital) -> Curve:
        points = sorted((key[1], value) for key, value in self.readings.items() if key[0] is vital)
        return Curve(
            t_s=np.array([t for t, _ in points], dtype=np.float64) / NS_PER_S,
            values=np.array([value for _, value in points], dtype=np.float64),
        )

    def _streamed(self, vital: Vital, t_ns: npt.NDArray[np.int64], values: Floats) -> Curve:
        order = np.argsort(t_ns, kind="stable")
        t_ns, values = t_ns[order], values[order].copy()
        for change in self.stream_changes:
            if change.vital is vital:
                at = t_ns == change.measured_ns
                values[at] = np.nan if change.value is None else change.value
        measured = ~np.isnan(values)
        return Curve(t_s=t_ns[measured] / NS_PER_S, values=values[measured])

    def seen(self) -> tuple[EffectSeen, ...]:
        found = [*self.effects.values(), *self.noted.values()]
        return tuple(sorted(found, key=lambda one: one.t_ns))

    def marks(self) -> tuple[Mark, ...]:
        effects = (
            Mark(kind=MarkKind.OBSERVATION, name=one.label, label=one.label, t_ns=one.t_ns)
            for one in self.effects.values()
        )
        found = [*self.alarms.values(), *self.observed.values(), *effects]
        return tuple(sorted(found, key=lambda mark: mark.t_ns))


def worst_of(effects: Sequence[EffectSeen]) -> EffectSeen:
    """The worst of one or more entries of the same label: a grade before a score before none."""

    def badness(one: EffectSeen) -> tuple[int, int]:
        grade = -1 if one.severity is None else _WORSE.index(one.severity)
        return grade, -1 if one.score is None else one.score

    return max(effects, key=badness)


def make_trace(
    about: SessionTrace, events: Iterable[tuple[int, Event]], streams: Streams, unread: int = 0
) -> SessionTrace:
    """The trace of a session.

    Args:
        about: who and when; everything else of it is replaced.
        events: the events of `TRACE_KINDS` with their numbers in the record, in order.
        streams: the streamed readings.
        unread: rows that could not be read.
    """
    gathered = _Gathering()
    for number, event in events:
        gathered.take(number, event)
    curves = gathered.curves(streams)
    pulse = curves.pop(Vital.PR)
    is_pulse = not len(curves[Vital.HR])
    if is_pulse:
        curves[Vital.HR] = pulse
    values = () if gathered.frozen is None else gathered.frozen.values
    baseline = {one.vital: one.value for one in values}
    if is_pulse or Vital.HR not in baseline:
        heart = baseline.get(Vital.PR, baseline.get(Vital.HR))
        if heart is not None:
            baseline[Vital.HR] = heart
    return replace(
        about,
        curves=curves,
        heart_is_pulse=is_pulse,
        baseline={vital: baseline[vital] for vital in TRACED if vital in baseline},
        frozen_ns=None if gathered.frozen is None else gathered.frozen.t_ns,
        began_ns=gathered.began_ns,
        ended_ns=gathered.ended_ns,
        ordered_mg=gathered.ordered_mg,
        delivered_mg=gathered.delivered_mg if gathered.began_ns is not None else None,
        slowed=gathered.slowed,
        paused=gathered.paused,
        stopped=gathered.stopped,
        marks=gathered.marks(),
        effects=gathered.seen(),
        unread=unread,
    )


def value_near(curve: Curve, t_s: float, within_s: float, *, streamed: bool) -> float | None:
    """The value of `curve` at `t_s`, or None where nothing was measured near it.

    Of a cuff: the reading nearest to `t_s`, at most `within_s` away; of two equally near ones the
    earlier. Of a stream: the median of the readings at most `within_s` away.
    """
    first = int(np.searchsorted(curve.t_s, t_s - within_s, side="left"))
    last = int(np.searchsorted(curve.t_s, t_s + within_s, side="right"))
    if first == last:
        return None
    if streamed:
        return float(np.median(curve.values[first:last]))
    away = np.abs(curve.t_s[first:last] - t_s)
    return float(curve.values[first + int(np.argmin(away))])


def stretches(curve: Curve, start_s: float, stretch_s: float) -> Curve:
    """The median of each stretch of `stretch_s` from `start_s` on, at the middle of the stretch."""
    first = int(np.searchsorted(curve.t_s, start_s, side="left"))
    t_s, values = curve.t_s[first:], curve.values[first:]
    if not len(t_s):
        return EMPTY
    places = np.floor((t_s - start_s) / stretch_s).astype(np.int64)
    order = np.lexsort((values, places))
    places, ranked = places[order], values[order]
    numbers, begins, counts = np.unique(places, return_index=True, return_counts=True)
    lower, upper = begins + (counts - 1) // 2, begins + counts // 2
    middles: Floats = start_s + (numbers.astype(np.float64) + 0.5) * stretch_s
    return Curve(t_s=middles, values=(ranked[lower] + ranked[upper]) / 2)


def cut(curve: Curve, start_s: float, end_s: float) -> Curve:
    """The readings from `start_s` to `end_s`, both included."""
    first = int(np.searchsorted(curve.t_s, start_s, side="left"))
    last = int(np.searchsorted(curve.t_s, end_s, side="right"))
    return Curve(t_s=curve.t_s[first:last], values=curve.values[first:last])


def labels_of(marks: Sequence[Mark], kind: MarkKind) -> dict[str, str]:
    """Names of the marks of a kind and what people call them, in order of their names."""
    return dict(sorted((mark.name, mark.label) for mark in marks if mark.kind is kind))
