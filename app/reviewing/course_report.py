"""What the report of a course says: doses, peaks, ratings, side effects, decisions; with proof.

Every row names its session; the numbers of events beside its numbers are events of that session.
What was entered into the course between the sessions is named by the number of its entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.records.course_book import CoursePicture
from app.reviewing.cited import (
    Cited,
    CitedFact,
    CitedTable,
    said,
)
from app.reviewing.course_progress import Milestone, ScoreBound
from app.reviewing.course_tables import (
    VisitRead,
    decisions_table,
    effects_table,
    ratings_table,
    visits_table,
)
from protocols.courses.course import CourseView, VisitStanding
from protocols.courses.facts import Score
from protocols.events import (
    SessionOpened,
)

KIND = "course-report 1"
"""What the document is, and the version of its form."""

Row = tuple[Cited, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseReport:
    """A report, before it has a layout.

    Attributes:
        course, patient, simulated: whose.
        program: version of the program that made it.
        who: facts at the head.
        outcome: the outcome in sentences, with the definitions it was judged by.
        scale: the primary scale; `scores` its ratings for the chart, `bounds` where outcomes begin.
        doses: days on which the drug was given, for the chart.
        tables: visits, ratings, side effects, decisions.
        missing: what the course or its sessions lack, a sentence each.
        rests_on: sessions with number of events and chain value, one a line.
    """

    course: str
    patient: str
    simulated: bool
    program: str
    who: tuple[CitedFact, ...]
    outcome: tuple[str, ...]
    scale: str
    scores: tuple[Score, ...]
    bounds: tuple[ScoreBound, ...]
    doses: tuple[datetime, ...]
    tables: tuple[CitedTable, ...]
    missing: tuple[str, ...]
    rests_on: tuple[str, ...]


def course_report_of(
    picture: CoursePicture,
    read: Mapping[str, VisitRead],
    program: str,
    *,
    bounds: Sequence[ScoreBound] = (),
    reached: Sequence[Milestone] = (),
    unread: Sequence[str] = (),
) -> CourseReport:
    """The report of a course.

    Args:
        picture: the course as it stands.
        read: its sessions by name, as far as they could be opened.
        program: version of the program that makes the report.
        bounds: the totals at which response, remission and relapse begin.
        reached: which of them was reached first by which rating.
        unread: why a session is not among those read, a sentence each.
    """
    view = picture.view
    rated = () if view is None else tuple(s for s in view.scores if s.scale == view.opened.scale)
    return CourseReport(
        course=picture.course,
        patient=picture.opened.patient,
        simulated=picture.opened.simulated,
        program=program,
        who=tuple(_who(picture)),
        outcome=tuple(_outcome(view, bounds, reached)),
        scale=picture.opened.scale,
        scores=tuple(one for one in rated if one.total is not None),
        bounds=tuple(bounds),
        doses=tuple(_doses(view)),
        tables=(
            visits_table(view, read),
            ratings_table(view, read, picture.entries),
            effects_table(view, read),
            decisions_table(picture.entries),
        ),
        missing=tuple(_missing(picture, read, unread)),
        rests_on=tuple(_rests_on(read)),
    )


def _who(picture: CoursePicture) -> Iterator[CitedFact]:
    opening, view = picture.opened, picture.view
    yield CitedFact(name="Patient", values=(said(f"{opening.patient}, MRN {opening.mrn}"),))
    told = [said(f"{picture.course}, opened {opening.at_utc[:10]} by {opening.by} (entry 1)")]
    if view is not None:
        template = view.template
        told.append(said(f"template {template.id} version {template.version}, {opening.variant}"))
        told.append(said(f"visit {view.position} of {view.planned}"))
        if view.maintenance_given:
            told.append(said(f"{view.maintenance_given} visits of maintenance"))
        told.append(said("open" if view.is_open else "closed"))
    yield CitedFact(name="Course", values=tuple(told))
    bipolar = {True: "known bipolar disorder", False: "no bipolar disorder known"}
    yield CitedFact(
        name="Indication",
        values=(
            said(opening.indication or "not stated"),
            said(
                "bipolar disorder not asked"
                if opening.bipolar is None
                else bipolar[opening.bipolar]
            ),
        ),
    )
    yield CitedFact(
        name="Prescriber", values=(said(opening.prescriber), said(f"rated by {opening.scale}"))
    )


def _outcome(
    view: CourseView | None, bounds: Sequence[ScoreBound], reached: Sequence[Milestone]
) -> Iterator[str]:
    if view is None:
        yield "The outcome is not known: the course cannot be read."
        return
    outcome = view.outcome
    yield outcome.sentence
    yield from outcome.positive
    for one in reached:
        where = f"session {one.score.session}" if one.score.session else "outside a session"
        yield (f"First {one.name}: {one.score.taken:%Y-%m-%d}, total {one.score.total} ({where}).")
    if bounds:
        yield f"Bounds on {view.opened.scale}: {', '.join(one.words for one in bounds)}."
    yield f"Judged by: {outcome.definition}."


def _doses(view: CourseView | None) -> Iterator[datetime]:
    for line in () if view is None else view.visits:
        if line.fact is not None and line.fact.dose is not None:
            yield line.fact.dose


def _missing(
    picture: CoursePicture, read: Mapping[str, VisitRead], unread: Sequence[str]
) -> Iterator[str]:
    if picture.problem:
        yield picture.problem
    yield from unread
    view = picture.view
    if view is None:
        return
    for session in view.unattached:
        yield f"Session {session} lies in the time of the course and belongs to no course."
    for decision in view.decisions:
        yield f"To be decided before the next dose: {decision.sentence}"
    if view.outcome.baseline is None:
        yield f"No rating by {view.opened.scale} from before the first dose: no change is known."
    for line in view.visits:
        if line.standing is VisitStanding.ELSEWHERE:
            yield f"Visit {line.position} is not in this record."
    for name, one in read.items():
        yield from (f"{name}: {sentence}" for sentence in one.opened.missing)


def _rests_on(read: Mapping[str, VisitRead]) -> Iterator[str]:
    for name, one in read.items():
        opening = next(iter(one.cited.all_of(SessionOpened)), None)
        program = "" if opening is None else f", recorded with {getattr(opening[1], 'program', '')}"
        yield f"{name}: {one.opened.count} events, chain {one.opened.chain}{program}"
