"""What a course says to a session and to a list of what is due, in values and sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from protocols.courses.course import CourseView, VisitStanding
from protocols.courses.exposure import Exposure, sum_exposure
from protocols.courses.facts import SessionFact
from protocols.courses.outcome import OutcomeKind
from protocols.courses.reminders import RatingStanding
from protocols.courses.rules import CourseRules
from protocols.events import CourseStanding


class DueKind(StrEnum):
    """What is due in a course."""

    VISIT = "visit"
    DECISION = "decision"
    RATING = "rating"
    CHECK = "question"
    OUTCOME = "outcome"
    MAINTENANCE = "maintenance"


@dataclass(frozen=True, slots=True, kw_only=True)
class DueItem:
    """One thing that is due in a course: when (None: now), and whether its time has passed."""

    kind: DueKind
    sentence: str
    due: datetime | None = None
    overdue: bool = False


def course_standing(view: CourseView) -> CourseStanding:
    """What the patient's course says of the next visit."""
    return CourseStanding(
        course=view.opened.course,
        template=f"{view.template.id} {view.template.version}",
        last_dose_utc=_utc(view.exposure.last),
        spacing_hard_h=view.template.spacing.hard_h,
        spacing_soft_h=view.template.spacing.soft_h,
        decision=" ".join(decision.sentence for decision in view.decisions),
        doses_before=view.exposure.doses,
        total_before_mg=view.exposure.total_mg,
    )


def standing_without_course(
    facts: Sequence[SessionFact], rules: CourseRules, now: datetime
) -> CourseStanding:
    """What the record says of a patient who has no course: the clinic's spacing holds."""
    exposure = sum_exposure(facts, now)
    return CourseStanding(
        course="",
        template="",
        last_dose_utc=_utc(exposure.last),
        spacing_hard_h=rules.spacing.hard_h,
        spacing_soft_h=rules.spacing.soft_h,
        doses_before=exposure.doses,
        total_before_mg=exposure.total_mg,
    )


def course_line(view: CourseView) -> str:
    """``visit 3 of 6 of twice-weekly-3wk; last dose 2 days ago; 105.0 mg in 2 doses``."""
    return f"{_visit_words(view)}; {exposure_line(view.exposure, view.now)}"


def exposure_line(exposure: Exposure, now: datetime) -> str:
    """``last dose 2 days ago; 105.0 mg in 2 doses``."""
    if exposure.last is None:
        return exposure.words
    return f"last dose {_ago(exposure.last, now)}; {exposure.words}"


def _visit_words(view: CourseView) -> str:
    name = view.template.id
    if not view.is_open:
        return f"closed course {name}"
    if view.next is None:
        return f"{view.position} of {view.planned} visits of {name} given, none planned"
    if view.next.position <= view.planned:
        return f"visit {view.next.position} of {view.planned} of {name}"
    return f"maintenance visit {view.next.position - view.planned} of {name}"


def _ago(moment: datetime, now: datetime) -> str:
    hours = (now - moment).total_seconds() / 3600
    if hours < 0:
        return f"at {moment:%Y-%m-%d %H:%M}, later than now: check the clock"
    if hours < 48:
        return f"{int(hours)} h ago"
    return f"{int(hours // 24)} days ago"


def due_items(view: CourseView) -> tuple[DueItem, ...]:
    """Everything that waits for somebody in an open course, what is overdue first."""
    if not view.is_open:
        return ()
    items = [
        DueItem(kind=DueKind.DECISION, sentence=decision.sentence, overdue=False)
        for decision in view.decisions
    ]
    if view.outcome.kind in (OutcomeKind.WORSENING, OutcomeKind.RELAPSE):
        items.append(DueItem(kind=DueKind.OUTCOME, sentence=view.outcome.sentence, overdue=True))
    items += _visit_items(view)
    items += [
        DueItem(
            kind=DueKind.RATING,
            sentence=f"{rating.label} ({rating.scale}) of visit {rating.position}",
            due=rating.due,
        )
        for rating in view.ratings
        if rating.standing is RatingStanding.DUE
    ]
    items += [
        DueItem(kind=DueKind.CHECK, sentence=check.question, due=check.due, overdue=True)
        for check in view.checks
        if check.due <= view.now
    ]
    return tuple(sorted(items, key=lambda item: not item.overdue))


def _visit_items(view: CourseView) -> list[DueItem]:
    coming = view.next
    if coming is None:
        return []
    upkeep = coming.position > view.planned
    kind = DueKind.MAINTENANCE if upkeep else DueKind.VISIT
    if coming.due is None:
        by_need = view.state.maintenance is not None
        return [] if by_need else [DueItem(kind=kind, sentence=view.interval_problem)]
    if coming.standing is VisitStanding.PLANNED:
        return []
    overdue = coming.standing is VisitStanding.OVERDUE
    name = f"Maintenance visit {coming.position - view.planned}"
    words = name if upkeep else f"Visit {coming.position} of {view.planned}"
    booked = ", appointment" if coming.booked else ""
    missed = f", missed: {coming.missed[-1]}" if coming.missed else ""
    return [
        DueItem(kind=kind, sentence=f"{words}{booked}{missed}", due=coming.due, overdue=overdue)
    ]


def _utc(moment: datetime | None) -> str:
    if moment is None:
        return ""
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
