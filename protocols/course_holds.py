"""What the patient's course says of a dose today: spacing since the last one, open decisions.

The time since the last dose is that of the session's wall clock. What cannot be told holds too,
until a prescriber passes it; only the hard limit of spacing cannot be passed.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from protocols.courses.course import DECISION_ITEM, SPACING_ITEM
from protocols.courses.spacing import (
    SpacingKind,
    SpacingLimits,
    SpacingVerdict,
    judge_spacing,
    read_utc,
)
from protocols.definition import GateState
from protocols.events import AnswerGate, CourseStanding, EnterPatient, GateItemChanged, Output
from protocols.visit import Visit, refuse
from protocols.wall_clock import WallClock

COURSE_ITEM = "course/"
"""Prefix of the gate items of a course."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseHold:
    """Why the course holds the dose; `hard` when nobody can pass it."""

    item: str
    sentence: str
    hard: bool = False


def course_holds(
    standing: CourseStanding | None, clock: WallClock | None, t_ns: int
) -> tuple[CourseHold, ...]:
    """Everything in the patient's course that holds a dose at session time `t_ns`."""
    if standing is None:
        return ()
    found = []
    spacing = spacing_verdict(standing, clock, t_ns)
    if spacing.kind is not SpacingKind.CLEAR:
        hard = spacing.kind is SpacingKind.HARD
        found.append(CourseHold(item=SPACING_ITEM, sentence=spacing.sentence, hard=hard))
    if standing.decision:
        found.append(CourseHold(item=DECISION_ITEM, sentence=standing.decision))
    return tuple(found)


def spacing_verdict(standing: CourseStanding, clock: WallClock | None, t_ns: int) -> SpacingVerdict:
    """Whether a dose at session time `t_ns` is far enough from the last; UNKNOWN says why not."""
    if not standing.last_dose_utc:
        return SpacingVerdict(kind=SpacingKind.CLEAR)
    last = read_utc(standing.last_dose_utc)
    if last is None:
        return _unknown(f"the time of the last dose, {standing.last_dose_utc!r}, cannot be read")
    if standing.spacing_hard_h is None or standing.spacing_soft_h is None:
        return _unknown("no limits of spacing are known")
    now = None if clock is None else _aware(clock, t_ns)
    if now is None:
        return _unknown("this session has no time of day")
    limits = SpacingLimits(hard_h=standing.spacing_hard_h, soft_h=standing.spacing_soft_h)
    return judge_spacing(last, now, limits)


def _unknown(why: str) -> SpacingVerdict:
    return SpacingVerdict(
        kind=SpacingKind.UNKNOWN,
        sentence=f"Whether the last dose is long enough ago is not known: {why}. A prescriber "
        "decides.",
    )


def _aware(clock: WallClock, t_ns: int) -> datetime | None:
    try:
        zone = timezone(timedelta(minutes=clock.utc_offset_min))
        return clock.local(t_ns).replace(tzinfo=zone)
    except ValueError:
        return None


def open_holds(visit: Visit, t_ns: int) -> tuple[CourseHold, ...]:
    """What holds the dose of this visit at `t_ns` and was not passed."""
    return tuple(hold for hold in _all(visit, t_ns) if hold.hard or hold.item not in visit.passes)


def held_sentences(visit: Visit, t_ns: int) -> tuple[str, ...]:
    """`open_holds` in sentences."""
    return tuple(hold.sentence for hold in open_holds(visit, t_ns))


def pass_hold(visit: Visit, command: AnswerGate) -> list[Output]:
    """A named prescriber passes what the course holds, with a reason."""
    hold = next((h for h in _all(visit, command.t_ns) if h.item == command.item), None)
    if hold is None:
        return refuse(command, "The course holds nothing of that kind: nothing to pass.")
    if hold.hard:
        return refuse(command, f"This cannot be passed. {hold.sentence}")
    if not command.prescriber.strip():
        return refuse(command, "Name the prescriber who decides.")
    if not command.reason.strip():
        return refuse(command, "What the course holds is passed only with a reason.")
    visit.passes[command.item] = hold.sentence
    return [_changed(command, hold.item, GateState.OVERRIDDEN, command.reason)]


def take_back_passes(visit: Visit, command: EnterPatient) -> list[Output]:
    """Take back what was passed, where `command` brings another standing than the patient has."""
    before = None if visit.patient is None else visit.patient.standing
    if before == command.standing:
        return []
    taken_back = sorted(visit.passes)
    visit.passes.clear()
    sentences = {h.item: h.sentence for h in _holds(visit, command.standing, command.t_ns)}
    return [
        GateItemChanged(
            t_ns=command.t_ns,
            item=item,
            state=GateState.HELD.value,
            answer="",
            by=command.by,
            detail=sentences.get(item, "The course of the patient was chosen anew."),
        )
        for item in taken_back
    ]


def _all(visit: Visit, t_ns: int) -> tuple[CourseHold, ...]:
    return _holds(visit, None if visit.patient is None else visit.patient.standing, t_ns)


def _holds(visit: Visit, standing: CourseStanding | None, t_ns: int) -> tuple[CourseHold, ...]:
    return course_holds(standing, visit.wall_clock, t_ns)


def _changed(command: AnswerGate, item: str, state: GateState, detail: str) -> GateItemChanged:
    return GateItemChanged(
        t_ns=command.t_ns,
        item=item,
        state=state.value,
        answer=command.answer,
        by=command.by,
        detail=detail,
        prescriber=command.prescriber,
    )
