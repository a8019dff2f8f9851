"""The tables of a course's report: visits, ratings, side effects, decisions, each with proof."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from app.care_words import ACTION_WORDS
from app.records.catalogue import OpenedSession
from app.reviewing.cited import (
    NOTHING,
    Cited,
    CitedSession,
    CitedTable,
    number_text,
    said,
    span_text,
    worked_out,
)
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
)
from protocols.guardrails import plain_text
from protocols.vitals import Vital

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


def visits_table(view: CourseView | None, read: Mapping[str, VisitRead]) -> CitedTable:
    """Each visit: dose ordered and given, peaks, alarms about the patient, when they left."""
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
        if event.after is Phase.DISCHARGED
    ]
    if started_ns is None or not ends:
        return said("not discharged")
    number, event = ends[0]
    return worked_out(span_text(event.t_ns - started_ns), (number,))


def ratings_table(
    view: CourseView | None,
    read: Mapping[str, VisitRead],
    entries: Sequence[Entry],
) -> CitedTable:
    """Every rating in order: its total, what it means, and where it was taken."""
    scores = () if view is None else view.scores
    return CitedTable(
        heading="Ratings",
        headings=("Taken", "Scale", "Total", "Means", "Flags", "Session or entry", "By"),
        rows=tuple(_rating(score, read, entries) for score in scores),
        shares=(1.5, 1.2, 1.6, 1.8, 3.2, 4.2, 1.9),
        empty="No rating is known.",
        keeps=10,
    )


def _rating(
    score: Score,
    read: Mapping[str, VisitRead],
    entries: Sequence[Entry],
) -> Row:
    proof: tuple[int, ...] = ()
    where = score.session
    if score.session in read:
        cited = read[score.session].cited
        proof = tuple(
            number
            for number, event in cited.all_of(ScaleRecorded)
            if (event.scale, event.total, event.by) == (score.scale, score.total, score.by)
        )[-1:]
    elif not score.session:
        where = _entry_of(score, entries)
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


def _entry_of(score: Score, entries: Sequence[Entry]) -> str:
    for number, entry in enumerate(entries, 1):
        if (
            isinstance(entry, ScoreTaken)
            and (entry.scale, entry.total, entry.by) == (score.scale, score.total, score.by)
            and read_utc(entry.taken_utc) == score.taken
        ):
            return f"entry {number}"
    return "entered between sessions"


def effects_table(view: CourseView | None, read: Mapping[str, VisitRead]) -> CitedTable:
    """Side effects and events of every visit that was read."""
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
    last = {event.effect: (number, event) for number, event in cited.all_of(EffectChanged)}
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
        if noted.kind == "event":
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


def decisions_table(entries: Sequence[Entry]) -> CitedTable:
    """What was decided and changed between the visits, by the number of its entry."""
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
