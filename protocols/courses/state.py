"""A course as its own entries tell it: folded one by one, so that batches make no difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import TypeVar

from protocols.courses.entries import (
    CheckAnswered,
    Choice,
    CourseClosed,
    CourseOpened,
    DecisionTaken,
    DosePlanned,
    Entry,
    IntegrationDone,
    LifestyleNoted,
    MaintenanceSet,
    RelapsePlanWritten,
    ScoreTaken,
    SessionAttached,
    TrialRecorded,
    VisitBooked,
    VisitMissed,
)

_Key = TypeVar("_Key")
_Value = TypeVar("_Value")


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseState:
    """What the entries of one course add up to. Mappings are by position, decision or session.

    Attributes:
        bookings: the newest appointment of each visit; gone once it was missed.
        missed: appointments that were not kept, in order.
        decisions: the newest decision taken at each gate.
    """

    opened: CourseOpened | None = None
    bookings: Mapping[int, VisitBooked] = field(default_factory=lambda: MappingProxyType({}))
    missed: tuple[VisitMissed, ...] = ()
    decisions: Mapping[str, DecisionTaken] = field(default_factory=lambda: MappingProxyType({}))
    attached: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))
    scores: tuple[ScoreTaken, ...] = ()
    integrations: tuple[IntegrationDone, ...] = ()
    maintenance: MaintenanceSet | None = None
    doses: tuple[DosePlanned, ...] = ()
    trials: tuple[TrialRecorded, ...] = ()
    checks: Mapping[str, CheckAnswered] = field(default_factory=lambda: MappingProxyType({}))
    relapse_plan: RelapsePlanWritten | None = None
    lifestyle: tuple[LifestyleNoted, ...] = ()
    closed: CourseClosed | None = None

    @property
    def stopped(self) -> DecisionTaken | None:
        """The newest decision, where it was to stop."""
        latest = max(self.decisions.values(), key=lambda one: one.at_utc, default=None)
        return latest if latest is not None and latest.choice is Choice.STOP else None

    def dose_plan(self, position: int) -> DosePlanned | None:
        """What a prescriber planned for a visit instead of the template's dose."""
        plans = [plan for plan in self.doses if plan.from_visit <= position]
        return plans[-1] if plans else None


def fold_entries(state: CourseState, entries: Iterable[Entry]) -> CourseState:
    """`state` with `entries` added, in their order."""
    for entry in entries:
        state = _fold(state, entry)
    return state


def _fold(state: CourseState, entry: Entry) -> CourseState:
    match entry:
        case CourseOpened():
            return replace(state, opened=state.opened or entry)
        case VisitBooked():
            return replace(state, bookings=_put(state.bookings, entry.position, entry))
        case VisitMissed():
            kept = {p: one for p, one in state.bookings.items() if p != entry.position}
            return replace(state, missed=(*state.missed, entry), bookings=MappingProxyType(kept))
        case DecisionTaken():
            return replace(state, decisions=_put(state.decisions, entry.decision, entry))
        case SessionAttached():
            return replace(state, attached=_put(state.attached, entry.session, entry.position))
        case ScoreTaken():
            return replace(state, scores=(*state.scores, entry))
        case IntegrationDone():
            return replace(state, integrations=(*state.integrations, entry))
        case MaintenanceSet():
            return replace(state, maintenance=entry)
        case DosePlanned():
            return replace(state, doses=(*state.doses, entry))
        case _:
            return _fold_notes(state, entry)


def _fold_notes(state: CourseState, entry: Entry) -> CourseState:
    match entry:
        case TrialRecorded():
            return replace(state, trials=(*state.trials, entry))
        case CheckAnswered():
            return replace(state, checks=_put(state.checks, entry.check, entry))
        case RelapsePlanWritten():
            return replace(state, relapse_plan=entry)
        case LifestyleNoted():
            return replace(state, lifestyle=(*state.lifestyle, entry))
        case CourseClosed():
            return replace(state, closed=entry)
        case _:
            return state


def _put(mapping: Mapping[_Key, _Value], key: _Key, value: _Value) -> Mapping[_Key, _Value]:
    return MappingProxyType({**mapping, key: value})
