"""What may be added to a course: the checks of each entry, as sentences for the person."""

from __future__ import annotations

from protocols.courses.entries import (
    CheckAnswered,
    CourseClosed,
    CourseOpened,
    DecisionTaken,
    DosePlanned,
    Entry,
    IntegrationDone,
    MaintenanceSet,
    ScoreTaken,
    SessionAttached,
    VisitBooked,
    VisitMissed,
)
from protocols.courses.spacing import read_utc
from protocols.courses.state import CourseState
from protocols.courses.template import CourseTemplate
from protocols.wall_clock import is_iso_date


def refuse_entry(template: CourseTemplate, state: CourseState, entry: Entry) -> str:
    """Why `entry` cannot be added to a course, in a sentence; empty where it can."""
    if isinstance(entry, CourseOpened):
        return _refuse_opening(template, state, entry)
    if state.opened is None:
        return "There is no such course."
    if not entry.by.strip():
        return "Say who makes the entry."
    if state.closed is not None and not isinstance(entry, ScoreTaken | SessionAttached):
        return "The course is closed: nothing is planned in it any more."
    match entry:
        case VisitBooked() | VisitMissed():
            return _refuse_visit(template, state, entry)
        case DecisionTaken() | MaintenanceSet() | DosePlanned():
            return _refuse_prescribed(template, entry)
        case ScoreTaken():
            if read_utc(entry.taken_utc) is None:
                return f"{entry.taken_utc}: not a time."
            if entry.total is None and entry.positive is None and not entry.note.strip():
                return "Enter a total, or what was found."
            if entry.total is not None and not 0 <= entry.total <= 500:
                return f"Total {entry.total}: allowed is 0 to 500."
        case IntegrationDone():
            return "" if is_iso_date(entry.on) else f"{entry.on}: write the date as YYYY-MM-DD."
        case CheckAnswered():
            return "" if is_iso_date(entry.on) else f"{entry.on}: write the date as YYYY-MM-DD."
        case CourseClosed():
            return "" if entry.reason.strip() else "Closing a course needs a reason."
        case SessionAttached():
            return _refuse_attached(template, state, entry)
    return ""


def _refuse_opening(template: CourseTemplate, state: CourseState, entry: CourseOpened) -> str:
    if state.opened is not None:
        return "The course is open already."
    missing = [
        name
        for name, text in (
            ("who opens it", entry.by),
            ("record number (MRN)", entry.mrn),
            ("prescriber", entry.prescriber),
            ("primary scale", entry.scale),
        )
        if not text.strip()
    ]
    if missing:
        return f"Missing: {', '.join(missing)}."
    if template.variant(entry.variant) is None:
        known = ", ".join(variant.id for variant in template.variants)
        return f"{template.id} has no variant {entry.variant or '(none chosen)'}; it has: {known}."
    if entry.scale not in template.scales:
        known = ", ".join(template.scales)
        return f"{entry.scale} cannot be the primary scale of {template.id}; it can be: {known}."
    return (
        ""
        if is_iso_date(entry.first_date)
        else (f"First visit {entry.first_date or '(no date)'}: write the date as YYYY-MM-DD.")
    )


def _refuse_visit(
    template: CourseTemplate, state: CourseState, entry: VisitBooked | VisitMissed
) -> str:
    planned = _planned(template, state)
    if entry.position < 1 or (entry.position > planned and template.maintenance is None):
        return f"Visit {entry.position}: this course has visits 1 to {planned}."
    if isinstance(entry, VisitMissed):
        return "" if entry.reason.strip() else "Say why the visit was missed."
    if read_utc(entry.planned_utc) is None:
        return f"{entry.planned_utc or '(no time)'}: not a time."
    if entry.position in state.bookings and not entry.reason.strip():
        return "The visit has an appointment: moving it needs a reason."
    return ""


def _refuse_attached(template: CourseTemplate, state: CourseState, entry: SessionAttached) -> str:
    planned = _planned(template, state)
    if entry.position < 1 or (entry.position > planned and template.maintenance is None):
        return f"Visit {entry.position}: this course has visits 1 to {planned}."
    return "" if entry.reason.strip() else "Say why the session is attached afterwards."


def _planned(template: CourseTemplate, state: CourseState) -> int:
    variant = None if state.opened is None else template.variant(state.opened.variant)
    return 0 if variant is None else len(variant.visits)


def _refuse_prescribed(
    template: CourseTemplate, entry: DecisionTaken | MaintenanceSet | DosePlanned
) -> str:
    if not entry.prescriber.strip():
        return "Name the prescriber who decides."
    if not entry.reason.strip():
        return "A decision needs its reason."
    if isinstance(entry, DosePlanned):
        if (entry.dose_mg is None) is (entry.dose_mg_per_kg is None):
            return "Give the dose either in mg or in mg/kg."
        return ""
    if isinstance(entry, MaintenanceSet):
        plan = template.maintenance
        if plan is None:
            return f"{template.id} has no maintenance."
        if entry.interval_d is None:
            return "" if plan.by_need else "This course has no maintenance by need."
        if entry.interval_d not in plan.choices_d:
            known = ", ".join(str(days) for days in plan.choices_d)
            return f"{entry.interval_d} days: allowed is {known}."
    return ""
