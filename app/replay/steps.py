"""The moments of a recorded session that are worth a step, and the gaps in it. No Qt."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from protocols.events import (
    AlarmChanged,
    AlarmState,
    DeliveryChanged,
    Event,
    GapFound,
    ObservationRecorded,
    PhaseChanged,
    SessionResumed,
    TaskChanged,
    TaskState,
)


class StepKind(StrEnum):
    """What a step goes to."""

    EVENT = "event"
    ALARM = "alarm"
    ACKNOWLEDGED = "acknowledgement"
    MISSED = "missed check"
    GAP = "gap"
    OTHER = "alarm under other limits"


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A moment worth a step: when, of which kind, and in words; `alarm` is what rang, if any."""

    t_ns: int
    kind: StepKind
    text: str
    alarm: AlarmChanged | None = None

    def counts_as(self, kind: StepKind) -> bool:
        """Whether a step to `kind` may end here: all that happened are events."""
        if kind is StepKind.EVENT:
            return self.kind is not StepKind.OTHER
        return self.kind is kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Gap:
    """Nothing was recorded from `start_ns` until `end_ns`, and why, for people."""

    start_ns: int
    end_ns: int
    cause: str


def find_gaps(listed: Iterable[Event]) -> tuple[Gap, ...]:
    """The gaps that `listed` events tell of, in order."""
    gaps: list[Gap] = []
    for event in listed:
        if isinstance(event, GapFound):
            cause = event.cause
        elif isinstance(event, SessionResumed):
            who = f"resumed by {event.by}" if event.by else "resumed"
            cause = f"the session was cut, {who}: {event.reason}" if event.reason else who
        else:
            continue
        gaps.append(Gap(start_ns=event.gap_start_ns, end_ns=event.t_ns, cause=cause))
    return tuple(gaps)


def find_steps(listed: Iterable[Event]) -> tuple[Step, ...]:
    """The steps among `listed` events, in order of time."""
    steps: list[Step] = []
    ringing: set[str] = set()
    for event in listed:
        step = _alarm_step(event, ringing) if isinstance(event, AlarmChanged) else _step(event)
        if step is not None:
            steps.append(step)
    # a gap is met where it begins, though it is told where it ends
    return tuple(sorted(steps, key=lambda step: step.t_ns))


def _alarm_step(event: AlarmChanged, ringing: set[str]) -> Step | None:
    if event.state is AlarmState.OFF:
        ringing.discard(event.alarm)
    elif event.state is AlarmState.SOUNDING and event.alarm not in ringing:
        ringing.add(event.alarm)
        return Step(t_ns=event.t_ns, kind=StepKind.ALARM, text=event.sentence, alarm=event)
    elif event.state is AlarmState.ACKED and event.by:
        action = f", {event.action}" if event.action else ""
        text = f"{event.by} acknowledged{action}: {event.sentence}"
        return Step(t_ns=event.t_ns, kind=StepKind.ACKNOWLEDGED, text=text)
    return None


def _step(event: Event) -> Step | None:
    if isinstance(event, TaskChanged):
        if event.state is not TaskState.MISSED:
            return None
        return Step(t_ns=event.t_ns, kind=StepKind.MISSED, text=f"{event.label} missed")
    if isinstance(event, SessionResumed | GapFound):
        (gap,) = find_gaps((event,))
        return Step(t_ns=gap.start_ns, kind=StepKind.GAP, text=f"nothing recorded: {gap.cause}")
    text = _words(event)
    return None if text is None else Step(t_ns=event.t_ns, kind=StepKind.EVENT, text=text)


def _words(event: Event) -> str | None:
    if isinstance(event, PhaseChanged):
        return event.after.value
    if isinstance(event, ObservationRecorded):
        return event.label
    if isinstance(event, DeliveryChanged):
        return event.cause
    return None
