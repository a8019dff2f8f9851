"""How soon somebody answered each critical alarm about the patient, and how soon they acted."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

from app.occurrences import Occurrences
from app.reviewing.evidence import Evidence
from protocols.events import (
    Acknowledge,
    AlarmChanged,
    AlarmState,
    Command,
    CommandRefused,
    EnterBp,
    EnterVitals,
    Event,
    PauseInfusion,
    Priority,
    RecordDrug,
    SlowInfusion,
    StopInfusion,
    TakeBp,
    kind_of,
)
from protocols.vitals import PRESSURES

_WORDS: dict[type[Command], str] = {
    PauseInfusion: "infusion paused",
    SlowInfusion: "infusion slowed",
    StopInfusion: "infusion stopped",
    RecordDrug: "drug given",
    TakeBp: "blood pressure repeated",
    EnterBp: "blood pressure taken by hand",
    EnterVitals: "blood pressure taken by hand",
    Acknowledge: "acknowledged",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """One occurrence of a critical alarm about the patient, and what people did.

    Attributes:
        alarm, sentence: which alarm, and what it said when it was raised.
        value_ns: when the value was there that began it.
        raised_ns: when the alarm was raised.
        ended_ns: when it was seen no longer; None where it stood at the end of the record.
        acknowledged_ns: when somebody acknowledged this occurrence; None where nobody did.
        acted_ns, action, by: the first of what people did about it while it stood: pause, slow,
            stop, a drug, a blood pressure repeated, an acknowledgement that says what was done.
        events: the raising; then the acknowledgement and the action, where they were.
    """

    alarm: str
    sentence: str
    value_ns: int
    raised_ns: int
    ended_ns: int | None = None
    acknowledged_ns: int | None = None
    acted_ns: int | None = None
    action: str = ""
    by: str = ""
    events: tuple[int, ...] = ()

    @property
    def to_acknowledged_ns(self) -> int | None:
        """From the value to the acknowledgement, ns."""
        return None if self.acknowledged_ns is None else self.acknowledged_ns - self.value_ns

    @property
    def to_action_ns(self) -> int | None:
        """From the value to the first action, ns."""
        return None if self.acted_ns is None else self.acted_ns - self.value_ns


@dataclass(frozen=True, slots=True, kw_only=True)
class Spread:
    """Median (the lower one of two) and worst of the times that were measured, ns; else None."""

    count: int
    median_ns: int | None = None
    worst_ns: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseFigures:
    """Every critical alarm about the patient, and how soon people were."""

    responses: tuple[Response, ...]

    @property
    def acknowledged(self) -> Spread:
        """From the value to the acknowledgement, of those that somebody acknowledged."""
        return _spread([one.to_acknowledged_ns for one in self.responses])

    @property
    def acted(self) -> Spread:
        """From the value to the first action, of those that somebody acted on."""
        return _spread([one.to_action_ns for one in self.responses])


def _spread(times: Sequence[int | None]) -> Spread:
    known = sorted(one for one in times if one is not None)
    if not known:
        return Spread(count=0)
    median = known[math.ceil(len(known) / 2) - 1]
    return Spread(count=len(known), median_ns=median, worst_ns=known[-1])


def response_figures(evidence: Evidence) -> ResponseFigures:
    """Every occurrence of a high-priority alarm about the patient, oldest first."""
    actions = list(_actions(evidence))
    return ResponseFigures(
        responses=tuple(_with_action(one, actions) for one in _occurrences(evidence))
    )


def _occurrences(evidence: Evidence) -> list[Response]:
    running = Occurrences()
    found: dict[tuple[str, int], Response] = {}
    for number, change in evidence.numbered(AlarmChanged):
        if change.technical:
            continue
        before_ns = running.raised_ns(change.alarm)
        raised = running.take(change)
        if raised and change.priority is Priority.HIGH:
            found[change.alarm, change.t_ns] = Response(
                alarm=change.alarm,
                sentence=change.sentence,
                value_ns=min(change.since_ns, change.t_ns),
                raised_ns=change.t_ns,
                events=(number,),
            )
        if before_ns is None or (change.alarm, before_ns) not in found:
            continue
        one = found[change.alarm, before_ns]
        if not change.state.is_seen:
            found[change.alarm, before_ns] = replace(one, ended_ns=change.t_ns)
        reset = not change.state.is_seen and bool(change.action)  # a latched one ends with it
        acked = change.by and (change.state is AlarmState.ACKED or reset)
        one = found[change.alarm, before_ns]
        if acked and one.acknowledged_ns is None:
            found[change.alarm, before_ns] = replace(
                one, acknowledged_ns=change.t_ns, by=change.by, events=(*one.events, number)
            )
    return sorted(found.values(), key=lambda one: (one.raised_ns, one.alarm))


Action = tuple[int, int, Command]
"""Number, time and the command that the rules accepted."""


def _actions(evidence: Evidence) -> list[Action]:
    """What people did that can answer an alarm, as far as the rules accepted it."""
    found: list[Action] = []
    for number, event in evidence.numbered(Event):
        if isinstance(event, CommandRefused):
            if found and kind_of(found[-1][2]) == event.command and event.t_ns == found[-1][1]:
                found.pop()
        elif isinstance(event, Command) and type(event) in _WORDS and _is_action(event):
            found.append((number, event.t_ns, event))
    return found


def _is_action(command: Command) -> bool:
    if isinstance(command, Acknowledge):
        return bool(command.action.strip())
    if isinstance(command, EnterVitals):
        return any(one.vital in PRESSURES for one in command.values)
    return True


def _with_action(one: Response, actions: Sequence[Action]) -> Response:
    for number, t_ns, command in actions:
        if t_ns < one.raised_ns or (one.ended_ns is not None and t_ns > one.ended_ns):
            continue
        if isinstance(command, Acknowledge) and command.alarm != one.alarm:
            continue
        words = _WORDS[type(command)]
        if isinstance(command, Acknowledge):
            words = f"acknowledged: {command.action.strip()}"
        return replace(
            one,
            acted_ns=t_ns,
            action=words,
            by=command.by,
            events=tuple(dict.fromkeys((*one.events, number))),
        )
    return one
