"""What the report of a course says: doses, peaks, ratings, side effects, decisions; with proof.

Every row names its session; the numbers of events beside its numbers are events of that session.
What was entered into the course between the sessions is named by the number of its entry.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.care_words import ACTION_WORDS
from app.records.catalogue import OpenedSession
from app.records.course_book import CoursePicture
from app.reviewing.cited import (
    NOTHING,
    Cited,
    CitedFact,
    CitedSession,
    CitedTable,
    number_text,
    said,
    span_text,
    worked_out,
)
from app.reviewing.course_progress import Milestone, ScoreBound
from app.reviewing.figures import SessionFigures
from app.reviewing.page_one import amount_given
from app.reviewing.report_alarms import alarm_runs
from protocols.courses.course import CourseView, VisitLine, VisitStanding
from protocols.courses.entries import (
    CourseClosed,
    DecisionTaken,
    DosePlanned,
    Entry,
    MaintenanceSet,
    RelapsePlanWritten,
    ScoreTaken,
    SessionAttached,
    VisitBooked,
    VisitMissed,
)
from protocols.courses.facts import Score
from protocols.courses.spacing import read_utc
from protocols.events import (
    EffectChanged,
    ObservationRecorded,
    Phase,
    PhaseChanged,
    ScaleRecorded,
    SessionOpened,
)
from protocols.guardrails import plain_text
from protocols.vitals import Vital

KIND = "course-report 1"
"""What the document is, and the version of its form."""

Row = tuple[Cited, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitRead:
    """A session of a course as it was read: opened, and its numbers."""

    opened: OpenedSession
    figures: SessionFigures

    @property
    def cited(self) -> CitedSession:
        """The session, asked for its events."""
        return CitedSession(self.opened)


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
    numbers = _numbers(picture.entries)
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
            _visits(view, read),
            _ratings(view, read, numbers, picture.entries),
            _effects(view, read),
            _decisions(picture.entries),
        ),
        missing=tuple(_missing(picture, read, unread)),
        rests_on=tuple(_rests_on(read)),
    )


def _numbers(entries: Sequence[Entry]) -> dict[int, int]:
    """Numbers of the entries in the course's journal, from 1, by their identity."""
    return {id(entry): number for number, entry in enumerate(entries, 1)}


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


# -- tables --------------------------------------------------------------------------------------


def _visits(view: CourseView | None, read: Mapping[str, VisitRead]) -> CitedTable:
    lines = () if view is None else view.visits
    return CitedTable(
        heading="Visits: doses and peaks",
        headings=(
            "Visit",
            "Date",
            "Session",
            "Ordered",
            "Given",
            "Peak BP, mmHg",
            "Rise",
            "Peak HR, /min",
            "Alarms",
            "Left after",
        ),
        rows=tuple(_visit(line, read) for line in lines),
        shares=(0.9, 1.9, 4.5, 1.3, 1.3, 2.3, 2.4, 1.6, 1.5, 1.8),
        empty="No visit is known.",
        keeps=8,
    )


def _visit(line: VisitLine, read: Mapping[str, VisitRead]) -> Row:
    date = "" if line.due is None else f"{line.due:%Y-%m-%d}"
    head = (said(str(line.position)), said(date))
    if line.fact is None:
        words = str(line.standing)
        if line.missed:
            words += f"; missed: {'; '.join(line.missed)}"
        late = line.standing is VisitStanding.OVERDUE
        return (*head, said(words, strong=late), said(line.dose), *([NOTHING] * 6))
    one = read.get(line.fact.session)
    if one is None:
        given = line.fact.delivered_mg
        text = "" if given is None else f"{plain_text(given, 2)} mg"
        return (
            *head,
            said(f"{line.fact.session} (not read)", strong=True),
            said(line.dose),
            said(text),
            *([NOTHING] * 5),
        )
    return (*head, said(line.fact.session), *_measured(one))


def _measured(one: VisitRead) -> Row:
    cited, figures = one.cited, one.figures
    state = one.opened.state
    ordered = NOTHING
    if state.dose is not None:
        ordered = cited.said_by(f"{plain_text(state.dose.dose_mg)} mg", state.dose)
    peaks = {rise.vital: rise for rise in figures.rises}
    sbp, dbp, heart = (peaks.get(vital) for vital in (Vital.SBP, Vital.DBP, Vital.HR))
    values = [
        "--" if r is None or r.rise.peak is None else number_text(r.rise.peak) for r in (sbp, dbp)
    ]
    rises = [
        "--" if r is None or r.rise.peak_rise is None else f"{r.rise.peak_rise:+g}"
        for r in (sbp, dbp)
    ]
    proof = [number for r in (sbp, dbp) if r is not None for number in r.events]
    frozen = () if sbp is None else sbp.baseline_events
    pulse = NOTHING
    if heart is not None and heart.rise.peak is not None:
        pulse = said(number_text(heart.rise.peak), *heart.events)
    return (
        ordered,
        amount_given(cited, figures),
        said("/".join(values), *proof),
        worked_out("/".join(rises), (*frozen, *proof)),
        pulse,
        _alarms(cited),
        _left_after(cited, figures),
    )


def _alarms(cited: CitedSession) -> Cited:
    """How many alarms about the patient there were."""
    raised = [run.raised for run in alarm_runs(cited)]
    numbers = [number for number, event in raised if not event.technical]
    return worked_out(str(len(numbers)), numbers)


def _left_after(cited: CitedSession, figures: SessionFigures) -> Cited:
    """How long after the start of the drug the patient was discharged."""
    started_ns = figures.started_ns
    ends = [
        (number, event)
        for number, event in cited.all_of(PhaseChanged)
        if isinstance(event, PhaseChanged) and event.after is Phase.DISCHARGED
    ]
    if started_ns is None or not ends:
        return said("not discharged")
    number, event = ends[0]
    return worked_out(span_text(event.t_ns - started_ns), (number,))


def _ratings(
    view: CourseView | None,
    read: Mapping[str, VisitRead],
    numbers: Mapping[int, int],
    entries: Sequence[Entry],
) -> CitedTable:
    scores = () if view is None else view.scores
    return CitedTable(
        heading="Ratings",
        headings=("Taken", "Scale", "Total", "Means", "Flags", "Session or entry", "By"),
        rows=tuple(_rating(score, read, numbers, entries) for score in scores),
        shares=(1.5, 1.2, 1.6, 1.8, 3.2, 4.2, 1.9),
        empty="No rating is known.",
        keeps=10,
    )


def _rating(
    score: Score,
    read: Mapping[str, VisitRead],
    numbers: Mapping[int, int],
    entries: Sequence[Entry],
) -> Row:
    proof: tuple[int, ...] = ()
    where = score.session
    if score.session in read:
        cited = read[score.session].cited
        proof = tuple(
            number
            for number, event in cited.all_of(ScaleRecorded)
            if isinstance(event, ScaleRecorded)
            and (event.scale, event.total, event.by) == (score.scale, score.total, score.by)
        )[-1:]
    elif not score.session:
        where = _entry_of(score, numbers, entries)
    total = "--" if score.total is None else str(score.total)
    flags = "; ".join(score.flags) or ("positive" if score.positive else "")
    return (
        said(f"{score.taken:%Y-%m-%d}"),
        said(score.scale),
        said(total, *proof),
        said(score.band),
        said(flags, strong=bool(score.positive)),
        said(where),
        said(score.by),
    )


def _entry_of(score: Score, numbers: Mapping[int, int], entries: Sequence[Entry]) -> str:
    for entry in entries:
        if (
            isinstance(entry, ScoreTaken)
            and (entry.scale, entry.total, entry.by) == (score.scale, score.total, score.by)
            and read_utc(entry.taken_utc) == score.taken
        ):
            return f"entry {numbers[id(entry)]}"
    return "entered between sessions"


def _effects(view: CourseView | None, read: Mapping[str, VisitRead]) -> CitedTable:
    rows: list[Row] = []
    for line in () if view is None else view.visits:
        if line.fact is not None and line.fact.session in read:
            rows += _effects_of(line.position, read[line.fact.session])
    return CitedTable(
        heading="Side effects and events over the visits",
        headings=("Visit", "Session", "Time", "What", "Severity", "Done"),
        rows=tuple(rows),
        shares=(0.7, 4.2, 2.0, 4.4, 2.0, 2.2),
        empty="None was recorded.",
        keeps=8,
    )


def _effects_of(position: int, one: VisitRead) -> Iterator[Row]:
    cited = one.cited
    standing = one.opened.state.care.effects
    amended = one.opened.history.amended
    last: dict[str, tuple[int, EffectChanged]] = {}
    for number, event in cited.all_of(EffectChanged):
        if isinstance(event, EffectChanged):
            last[event.effect] = (number, event)
    head = (said(str(position)), said(one.opened.line.session))
    for number, event in last.values():
        if event.effect in standing:
            ended = "" if event.ended_ns is not None else ", OPEN"
            yield (
                *head,
                said(cited.time(event.onset_ns), number),
                said(event.label, number),
                said(f"{event.severity}{ended}", number),
                said(ACTION_WORDS[event.action], number),
            )
    for number, noted in cited.all_of(ObservationRecorded):
        if isinstance(noted, ObservationRecorded) and noted.kind == "event":
            correction = amended.of(number)
            severity = "" if noted.severity is None else f"{noted.severity}/10"
            text = f": {noted.text}" if noted.text and noted.text != noted.label else ""
            yield (
                *head,
                said(cited.time(noted.t_ns), number),
                Cited(text=f"{noted.label}{text}", events=(number,), struck=correction is not None),
                Cited(
                    text=severity,
                    events=(number,) if severity else (),
                    struck=correction is not None,
                ),
                NOTHING,
            )


def _decisions(entries: Sequence[Entry]) -> CitedTable:
    return CitedTable(
        heading="Decisions and changes",
        headings=("Entry", "Entered", "What", "Who decided", "Why", "By"),
        rows=tuple(_decision(number, one) for number, one in enumerate(entries, 1) if _tells(one)),
        shares=(0.7, 2.5, 5.4, 2.0, 3.0, 1.9),
        empty="None was taken.",
        keeps=8,
    )


def _tells(entry: Entry) -> bool:
    kinds = (
        DecisionTaken,
        DosePlanned,
        MaintenanceSet,
        VisitMissed,
        RelapsePlanWritten,
        SessionAttached,
        CourseClosed,
    )
    return isinstance(entry, kinds) or (isinstance(entry, VisitBooked) and bool(entry.reason))


def _decision(number: int, entry: Entry) -> Row:
    what, who, why = "", "", str(getattr(entry, "reason", ""))
    match entry:
        case DecisionTaken():
            what, who = f"{entry.decision}: {entry.choice}", entry.prescriber
        case DosePlanned():
            per_kg, fixed = entry.dose_mg_per_kg, entry.dose_mg
            dose = f"{plain_text(per_kg)} mg/kg" if per_kg is not None else ""
            dose = f"{plain_text(fixed)} mg" if fixed is not None else dose
            what, who = f"dose from visit {entry.from_visit} on: {dose}", entry.prescriber
        case MaintenanceSet():
            every = "by need" if entry.interval_d is None else f"every {entry.interval_d} days"
            what, who = f"maintenance {every}", entry.prescriber
        case VisitMissed():
            what = f"visit {entry.position} was missed"
        case VisitBooked():
            what = f"visit {entry.position} moved to {entry.planned_utc}"
        case SessionAttached():
            what = f"session {entry.session} is visit {entry.position}"
        case RelapsePlanWritten():
            what, why = "plan against relapse written", entry.criteria
        case CourseClosed():
            what = "course closed"
    return (
        said(str(number)),
        said(entry.at_utc[:16].replace("T", " ") + " UTC"),
        said(what),
        said(who),
        said(why),
        said(entry.by),
    )


# -- what it rests on ----------------------------------------------------------------------------


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
