"""A recorded session by time: state and history at any moment, and the moments worth a step. No Qt.

Every 30 s of session time there is a keyframe: the state then, and how far each series had grown.
A moment is the keyframe before it and the events in between; both are the same as if every event
from the beginning had been folded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum

from app.history import WAVE_KEPT_S, History, PhaseSpan
from app.state import ViewState, fold
from protocols.events import (
    AlarmChanged,
    AlarmState,
    DeliveryChanged,
    Event,
    GapFound,
    ObservationRecorded,
    PhaseChanged,
    Reading,
    SessionResumed,
    TaskChanged,
    TaskState,
    WaveReceived,
)
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, PRESSURES, Vital

KEYFRAME_NS = 30 * NS_PER_S
"""Session time between two keyframes."""


class StepKind(StrEnum):
    """What a step goes to."""

    EVENT = "event"
    ALARM = "alarm"
    MISSED = "missed check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A moment worth a step: when, of which kind, and in words; `alarm` is what rang, if any."""

    t_ns: int
    kind: StepKind
    text: str
    alarm: AlarmChanged | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Keyframe:
    """Everything after the first `taken` events, the series as their lengths."""

    t_ns: int
    taken: int
    state: ViewState = field(repr=False)
    lengths: Mapping[Vital, int]
    pressures: int
    listed: int
    phases: tuple[PhaseSpan, ...]
    gaps_s: tuple[tuple[float, float], ...]
    corrected: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """A session at `t_ns`: its state, its history, and how many events had happened."""

    t_ns: int
    taken: int
    state: ViewState = field(repr=False)
    history: History = field(repr=False)


class Track:
    """The events of a recorded session, in order, to be entered anywhere."""

    def __init__(self, events: Sequence[Event], numbers: Sequence[int] = ()) -> None:
        """Work out keyframes and steps.

        `numbers` are the numbers of `events` in the record; without them, from 1.
        """
        self.events = tuple(events)
        self.numbers = tuple(numbers) or tuple(range(1, len(self.events) + 1))
        self._times = [event.t_ns for event in self.events]
        self._waves = [n for n, event in enumerate(self.events) if isinstance(event, WaveReceived)]
        self._whole = History(as_entered=True)
        self._keyframes = self._make_keyframes()
        self._opened = 0
        self.steps = tuple(_steps(self._whole))

    @property
    def end_ns(self) -> int:
        """Session time of the last event."""
        return self._times[-1] if self._times else 0

    def between(self, taken: int, t_ns: int) -> tuple[Event, ...]:
        """The events after the first `taken`, up to and including `t_ns`."""
        return self.events[taken : bisect_right(self._times, t_ns)]

    def at(self, t_ns: int) -> Moment:
        """The session at `t_ns`."""
        place = bisect_right(self._keyframes, t_ns, key=lambda frame: frame.t_ns) - 1
        frame = self._keyframes[max(0, place)]
        state, history = frame.state, self._history(frame)
        for wave in self._waves_before(frame, t_ns):
            history.add(wave)
        between = self.between(frame.taken, t_ns)
        for number, event in zip(self.numbers[frame.taken :], between, strict=False):
            state = fold(state, event)
            history.add(event, number)
        return Moment(t_ns=t_ns, taken=frame.taken + len(between), state=state, history=history)

    def next_step(self, t_ns: int, kind: StepKind) -> Step | None:
        """The first step of `kind` after `t_ns`; every kind of step counts as an event."""
        later = (step for step in self.steps if step.t_ns > t_ns and _is(step, kind))
        return next(later, None)

    def previous_step(self, t_ns: int, kind: StepKind) -> Step | None:
        """The last step of `kind` before `t_ns`; every kind of step counts as an event."""
        earlier = (step for step in reversed(self.steps) if step.t_ns < t_ns and _is(step, kind))
        return next(earlier, None)

    def _make_keyframes(self) -> list[_Keyframe]:
        frames: list[_Keyframe] = []
        state, whole = ViewState(), self._whole
        # streamed readings touch nothing but themselves: only the last of each need be folded
        latest: dict[Vital, Reading] = {}
        valued: dict[Vital, Reading] = {}
        due_ns = 0
        for taken, event in enumerate(self.events):
            if event.t_ns >= due_ns:
                before_ns = self._times[taken - 1] if taken else 0
                state = _settle(state, valued, latest, before_ns)
                frames.append(_frame(before_ns, taken, state, whole))
                due_ns = (event.t_ns // KEYFRAME_NS + 1) * KEYFRAME_NS
            if isinstance(event, WaveReceived):
                continue
            whole.add(event, self.numbers[taken])
            if isinstance(event, Reading) and _streams(event):
                latest[event.vital] = event
                if event.value is not None:
                    valued[event.vital] = event
            else:
                if isinstance(event, Reading):  # what it corrects must be known to the state
                    state = _settle(state, valued, latest, state.t_ns)
                    valued.clear()
                    latest.clear()
                state = fold(state, event)
        return frames or [_frame(0, 0, state, whole)]

    def _waves_before(self, frame: _Keyframe, t_ns: int) -> list[Event]:
        oldest = bisect_left(self._times, t_ns - round(WAVE_KEPT_S * NS_PER_S))
        first = bisect_left(self._waves, oldest)
        last = bisect_left(self._waves, frame.taken)
        return [self.events[number] for number in self._waves[first:last]]

    def _history(self, frame: _Keyframe) -> History:
        history, whole = History(), self._whole
        for vital, length in frame.lengths.items():
            history.trends[vital] = whole.trends[vital].first(length)
        points = whole.blood_pressures[: frame.pressures]
        history.blood_pressures = [replace(point) for point in points]
        history.phases = list(frame.phases)
        history.gaps_s = list(frame.gaps_s)
        history.listed = whole.listed[: frame.listed]
        history.numbers = whole.numbers[: frame.listed]
        for number, event in zip(history.numbers, history.listed, strict=True):
            history.amended.note(number, event)
        for reading in whole.corrected[: frame.corrected]:
            history.corrected.append(reading)
            history.stand(reading)
        self._opened += 1
        history.version = self._opened * (len(self.events) + 1)  # no two histories look alike
        return history


def _settle(
    state: ViewState, valued: Mapping[Vital, Reading], latest: Mapping[Vital, Reading], t_ns: int
) -> ViewState:
    for readings in (valued, latest):
        for reading in readings.values():
            if state.readings.get(reading.vital) is not reading:
                state = fold(state, reading)
    return state if t_ns <= state.t_ns else replace(state, t_ns=t_ns)


def _frame(t_ns: int, taken: int, state: ViewState, whole: History) -> _Keyframe:
    return _Keyframe(
        t_ns=t_ns,
        taken=taken,
        state=state,
        lengths={vital: len(series) for vital, series in whole.trends.items()},
        pressures=len(whole.blood_pressures),
        listed=len(whole.listed),
        phases=tuple(whole.phases),
        gaps_s=tuple(whole.gaps_s),
        corrected=len(whole.corrected),
    )


def _streams(reading: Reading) -> bool:
    """Whether only the last of many such readings matters to a state."""
    return not (
        reading.vital in PRESSURES or reading.spot or reading.manual or is_correction(reading)
    )


def _is(step: Step, kind: StepKind) -> bool:
    return kind is StepKind.EVENT or step.kind is kind


def _steps(history: History) -> list[Step]:
    steps: list[Step] = []
    ringing: set[str] = set()
    for event in history.listed:
        step: Step | None = None
        if isinstance(event, AlarmChanged):
            if event.state is AlarmState.OFF:
                ringing.discard(event.alarm)
            elif event.state is AlarmState.SOUNDING and event.alarm not in ringing:
                ringing.add(event.alarm)
                step = Step(t_ns=event.t_ns, kind=StepKind.ALARM, text=event.sentence, alarm=event)
        elif isinstance(event, TaskChanged):
            if event.state is TaskState.MISSED:
                missed = f"{event.label} missed"
                step = Step(t_ns=event.t_ns, kind=StepKind.MISSED, text=missed)
        elif (text := _words(event)) is not None:
            step = Step(t_ns=event.t_ns, kind=StepKind.EVENT, text=text)
        if step is not None:
            steps.append(step)
    return steps


def _words(event: Event) -> str | None:
    if isinstance(event, PhaseChanged):
        return event.after.value
    if isinstance(event, ObservationRecorded):
        return event.label
    if isinstance(event, DeliveryChanged):
        return event.cause
    if isinstance(event, SessionResumed | GapFound):
        return "recording went on after a gap"
    return None
