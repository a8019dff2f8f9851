"""Whether a recorded session can be made a visit of a course afterwards."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from protocols.courses.course import CourseView
from protocols.courses.entries import SessionAttached
from protocols.courses.facts import SessionFact


def refuse_attachment(
    entry: SessionAttached,
    course: CourseView,
    facts: Sequence[SessionFact],
    others: Mapping[str, Iterable[str]],
) -> str:
    """Why the session of `entry` cannot be a visit of `course`, in a sentence; empty: it can.

    Visits are numbered as they follow in time: a later session that has the number moves up.

    Args:
        entry: the attachment wished for.
        course: the course as it stands.
        facts: every recorded session of the patient of the course.
        others: the sessions attached to each of the patient's other courses, by their names.
    """
    opened = course.opened
    fact = next((one for one in facts if one.session == entry.session), None)
    if fact is None:
        kind = "simulated" if opened.simulated else "real"
        return (
            f"{entry.session or '(no session)'} is no recorded session of the {kind} patient with "
            f"MRN {opened.mrn}, whose course this is."
        )
    if fact.dose is None:
        return f"No dose was given in session {entry.session}: it is no visit of a course."
    elsewhere = next((name for name, sessions in others.items() if entry.session in sessions), "")
    if elsewhere or fact.course not in ("", opened.course):
        return f"Session {entry.session} is a visit of course {elsewhere or fact.course} already."
    if fact.course == opened.course:
        return f"Session {entry.session} says itself that it is visit {fact.position} of it."
    for line in course.visits:
        given = line.fact
        if given is None or given.dose is None or given.session == entry.session:
            continue
        if given.dose <= fact.dose and line.position >= entry.position:
            return (
                f"Visit {line.position}, session {given.session}, was before session "
                f"{entry.session}: it cannot be visit {entry.position}."
            )
    return ""
