"""A recorded session by time: state and history at any moment, and the moments worth a step. No Qt.

Every 30 s of session time there is a keyframe: the state then, and how far each series had grown.
A moment is the keyframe before it and the events in between; both are the same as if every event
from the beginning had been folded.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from app.history import WAVE_KEPT_S, History, PhaseSpan
from app.replay.steps import Gap, Step, StepKind, find_gaps, find_steps
from app.state import ViewState, fold
from protocols.events import (
    ClockAnchored,
    Event,
    Phase,
    PhaseChanged,
    Reading,
    ScreenShown,
    SessionOpened,
    WaveReceived,
)
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, PRESSURES, Vital
from protocols.wall_clock import WallClock

KEYFRAME_NS = 30 * NS_PER_S
"""Session time between two keyframes."""


SCREEN_KNOWN_NS = 5 * NS_PER_S
"""A window first recorded this soon after the session began was so from its beginning."""


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
        self._telling: list[int] = []  # places of the events that forms and lists are made of
        self._keyframes = self._make_keyframes()
        self._opened = 0
        self.steps = find_steps(self._whole.listed)
        self.gaps = find_gaps(self._whole.listed)
        self._screens = [event for event in self.events if isinstance(event, ScreenShown)]

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

    def add_steps(self, steps: Sequence[Step]) -> None:
        """Add what the record does not hold: alarms under other limits."""
        self.steps = tuple(sorted((*self.steps, *steps), key=lambda step: step.t_ns))

    @property
    def clocks(self) -> tuple[WallClock, ...]:
        """Every word of the record on the wall clock, in order."""
        told = (e for e in self.events if isinstance(e, SessionOpened | ClockAnchored))
        return tuple(
            WallClock(t_ns=e.t_ns, utc=e.utc, utc_offset_min=e.utc_offset_min) for e in told
        )

    @property
    def drug_began_ns(self) -> int | None:
        """When the drug began, or None where it never did."""
        begun = (e for e in self._whole.listed if isinstance(e, PhaseChanged))
        return next((e.t_ns for e in begun if e.after is Phase.INFUSING), None)

    @property
    def has_screens(self) -> bool:
        """Whether what the window showed was recorded at all."""
        return bool(self._screens)

    def screen_at(self, t_ns: int) -> ScreenShown | None:
        """What the window showed at `t_ns`; None where that was not recorded."""
        place = bisect_right(self._screens, t_ns, key=lambda shown: shown.t_ns) - 1
        if place >= 0:
            return self._screens[place]
        known = self._screens and self._screens[0].t_ns <= SCREEN_KNOWN_NS
        return self._screens[0] if known else None

    def gap_at(self, t_ns: int) -> Gap | None:
        """The gap in which `t_ns` lies, or None while the session was recorded."""
        return next((gap for gap in self.gaps if gap.start_ns <= t_ns < gap.end_ns), None)

    def next_step(self, t_ns: int, kind: StepKind) -> Step | None:
        """The first step of `kind` after `t_ns`; every kind of step counts as an event."""
        later = (step for step in self.steps if step.t_ns > t_ns and step.counts_as(kind))
        return next(later, None)

    def previous_step(self, t_ns: int, kind: StepKind) -> Step | None:
        """The last step of `kind` before `t_ns`; every kind of step counts as an event."""
        steps = reversed(self.steps)
        earlier = (step for step in steps if step.t_ns < t_ns and step.counts_as(kind))
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
            streams = isinstance(event, Reading) and _streams(event)
            if _add_telling(whole, event, self.numbers[taken]) or not streams:
                self._telling.append(taken)
            if isinstance(event, Reading) and streams:
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
        for place in self._telling[: bisect_left(self._telling, frame.taken)]:
            event = self.events[place]
            history.record.note(event)
            if not (isinstance(event, Reading) and _streams(event)):
                history.entries.skip_to(self.numbers[place] - 1)
                history.entries.note(event)
                history.latencies.add(event)
        self._opened += 1
        history.version = self._opened * (len(self.events) + 1)  # no two histories look alike
        return history


def _add_telling(whole: History, event: Event, number: int) -> bool:
    """Add `event` to `whole`; whether it is a streamed value of which forms keep the moment."""
    if not isinstance(event, Reading):
        whole.add(event, number)
        return False
    before = _kept(whole, event.vital)
    whole.add(event, number)
    return _kept(whole, event.vital) != before


def _kept(history: History, vital: Vital) -> int:
    points = history.record.points.get(vital)
    return 0 if points is None else len(points)


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
