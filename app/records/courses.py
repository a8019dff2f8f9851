"""Courses as windows and commands see them: entries and recorded sessions made into one picture.

The record is opened by the caller. Simulated patients and real ones are never mixed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from functools import lru_cache

from app.records.course_book import CoursePicture
from app.records.rare_events import read_rare, read_rare_counted
from protocols.courses.course import view_course
from protocols.courses.facts import Score, SessionFact
from protocols.courses.outcome import ResponseRate, response_rate
from protocols.courses.parse import CourseFileError, parse_rules, parse_template
from protocols.courses.rules import CourseRules
from protocols.courses.state import CourseState, fold_entries
from protocols.courses.template import CourseTemplate
from protocols.definition import DefinitionError, GateState, parse_protocol
from protocols.events import (
    ClockAnchored,
    DeliveryChanged,
    DoseGiven,
    DosePlanned,
    EnterPatient,
    EntryCorrected,
    Event,
    GateItemChanged,
    IntegrationPlanned,
    LastDose,
    PatientRecorded,
    Phase,
    PhaseChanged,
    Reading,
    ScaleRecorded,
    SessionClosed,
    SessionOpened,
    SessionResumed,
)
from protocols.record_entries import LATE, is_correction
from protocols.vitals import Vital
from storage.clock import RecordedClock, parse_utc
from storage.courses import RecordedCourse, read_courses
from storage.database import Database
from storage.sessions import SessionSummary, list_sessions

_CLOCK = (SessionOpened, ClockAnchored, SessionResumed)
_TOLD = (
    PatientRecorded,
    PhaseChanged,
    DosePlanned,
    DeliveryChanged,
    DoseGiven,
    ScaleRecorded,
    GateItemChanged,
    IntegrationPlanned,
    SessionClosed,
    EntryCorrected,
    Reading,
)
COURSE_ITEMS = "course/"
"""How the gate items of a course begin."""


def read_facts(
    database: Database, mrn: str, now: datetime, *, simulated: bool, but: str = ""
) -> tuple[SessionFact, ...]:
    """The recorded sessions of a patient, the oldest first; all but the session named `but`.

    Raises:
        StorageError: the record cannot be read.
    """
    mine = [
        summary
        for summary in list_sessions(database, patient=mrn)
        if summary.mrn == mrn and summary.simulated == simulated and summary.session != but
    ]
    return tuple(_read_fact(database, summary, now) for summary in reversed(mine))


def _read_fact(database: Database, summary: SessionSummary, now: datetime) -> SessionFact:
    events, unread = read_rare_counted(database, summary.session, (*_CLOCK, *_TOLD))
    started = parse_utc(summary.started_at)
    fact = make_fact(summary.session, started or now, summary.protocol, events, now)
    return replace(fact, readable=unread == 0 and started is not None)


class _Reading:
    """Gathers one session's facts from its events, in order."""

    def __init__(self, now: datetime) -> None:
        self.clock = RecordedClock()
        self.now = now
        self.patient: EnterPatient | None = None
        self.planned: DosePlanned | None = None
        self.dose_ns: int | None = None
        self.delivered_mg: Decimal | None = None
        self.finished = False
        self.passed: dict[str, str] = {}
        self.pressures: dict[tuple[Vital, int, str], float] = {}
        self.scales: list[tuple[int, ScaleRecorded]] = []
        self.integration = ""

    def take(self, event: Event) -> None:
        self.clock.add(event)
        match event:
            case PatientRecorded():
                self.patient = event.entry
            case DosePlanned():
                self.planned = event
            case PhaseChanged(after=Phase.INFUSING):
                self._begin(event.t_ns)
            case DeliveryChanged():
                self.delivered_mg = event.delivered_mg
                self.finished = event.finished or event.cause == "stop"
            case DoseGiven():
                self._begin(event.t_ns)
                self.delivered_mg = event.total_mg
                self.finished = True
            case SessionClosed():
                self.delivered_mg = max(self.delivered_mg or Decimal(0), event.delivered_mg)
                self.finished = True
            case GateItemChanged() if event.item.startswith(COURSE_ITEMS):
                self._pass(event)
            case ScaleRecorded():
                self.scales.append((event.t_ns, event))
            case IntegrationPlanned():
                self.integration = f"{event.on}, {event.minutes} min {event.modality}".strip()
            case EntryCorrected():
                self._correct(event)
            case Reading():
                self._note_pressure(event)

    def _correct(self, correction: EntryCorrected) -> None:
        if correction.withdrawn and correction.target_kind == "scale_recorded":
            place = (correction.subject, correction.target_t_ns)
            self.scales = [one for one in self.scales if (one[1].scale, one[0]) != place]

    def _begin(self, t_ns: int) -> None:
        if self.dose_ns is None:
            self.dose_ns = t_ns

    def _pass(self, event: GateItemChanged) -> None:
        if event.state == GateState.OVERRIDDEN:
            self.passed[event.item] = f"{event.prescriber}: {event.detail}"
        else:
            self.passed.pop(event.item, None)

    def _note_pressure(self, reading: Reading) -> None:
        """A corrected pressure stands in place of the other; a withdrawn one never counts."""
        if reading.vital not in (Vital.SBP, Vital.DBP):
            return
        key = (reading.vital, reading.measured_ns, reading.source)
        if reading.value is not None and (key in self.pressures or self._is_after(reading)):
            self.pressures[key] = reading.value
        elif is_correction(reading):
            self.pressures.pop(key, None)

    def _is_after(self, reading: Reading) -> bool:
        if self.dose_ns is None or is_correction(reading):
            return False
        return reading.note != LATE or reading.measured_ns >= self.dose_ns

    def peak(self, vital: Vital) -> float | None:
        """The highest pressure since the dose, or None."""
        values = (value for key, value in self.pressures.items() if key[0] is vital)
        return max(values, default=None)

    def moment(self, t_ns: int, opened: datetime) -> datetime:
        return (self.clock.utc(t_ns) or opened).astimezone(self.now.tzinfo)

    def scores(self, session: str, opened: datetime) -> tuple[Score, ...]:
        """The newest answer to each scale; one that was only skipped is no score."""
        found: dict[str, Score] = {}
        for t_ns, scale in self.scales:
            if scale.skipped and scale.total is None and not scale.flags:
                continue
            found[scale.scale] = Score(
                scale=scale.scale,
                taken=self.moment(t_ns, opened),
                total=scale.total,
                band=scale.band,
                positive=_is_positive(scale),
                flags=tuple(flag.sentence for flag in scale.flags),
                by=scale.by,
                session=session,
            )
        return tuple(found.values())


def _is_positive(scale: ScaleRecorded) -> bool | None:
    """None where items are missing: what was not asked is not negative."""
    if scale.flags:
        return True
    complete = scale.total is not None or (scale.band and not scale.skipped)
    return False if complete else None


def make_fact(
    session: str, opened: datetime, protocol: str, events: Iterable[Event], now: datetime
) -> SessionFact:
    """What a course needs to know of one session; times are in the zone of `now`."""
    reading = _Reading(now)
    for event in events:
        reading.take(event)
    standing = None if reading.patient is None else reading.patient.standing
    course = "" if standing is None else standing.course
    return SessionFact(
        session=session,
        opened=opened.astimezone(now.tzinfo),
        protocol=protocol,
        dose=None if reading.dose_ns is None else reading.moment(reading.dose_ns, opened),
        dose_mg_per_kg=None if reading.planned is None else reading.planned.dose_mg_per_kg,
        delivered_mg=None if reading.dose_ns is None else reading.delivered_mg,
        whole=reading.finished,
        course=course,
        position=reading.patient.visit if course and reading.patient is not None else 0,
        passed=tuple(reading.passed.items()),
        peak_sbp_mmhg=reading.peak(Vital.SBP),
        peak_dbp_mmhg=reading.peak(Vital.DBP),
        scores=reading.scores(session, opened),
        integration=reading.integration,
    )


def read_last_dose(database: Database, facts: Sequence[SessionFact]) -> LastDose | None:
    """The dose planned in the last session that gave one; None where it cannot be told.

    Raises:
        StorageError: the record cannot be read.
    """
    given = [fact for fact in facts if fact.dose is not None]
    if not given:
        return None
    last = max(given, key=lambda fact: fact.dose or fact.opened)
    opened: SessionOpened | None = None
    planned: DosePlanned | None = None
    for event in read_rare(database, last.session, (SessionOpened, DosePlanned)):
        if isinstance(event, SessionOpened):
            opened = event
        elif isinstance(event, DosePlanned):
            planned = event
    if opened is None or planned is None:
        return None
    try:
        definition = parse_protocol(opened.protocol_text, "recorded protocol")
    except DefinitionError:
        return None
    return LastDose(amount_mg=planned.dose_mg, drug=definition.drug, route=definition.route)


def list_pictures(
    database: Database, now: datetime, go_on: Callable[[float], bool]
) -> list[CoursePicture] | None:
    """Every course; None when `go_on`, which is told the share done (0 to 1), stopped it.

    Raises:
        StorageError: the record cannot be read.
    """
    facts: dict[tuple[str, bool], tuple[SessionFact, ...]] = {}
    found: list[CoursePicture] = []
    all_recorded = read_courses(database)
    for number, recorded in enumerate(all_recorded):
        if not go_on(number / len(all_recorded)):
            return None
        found.append(_pictured(database, recorded, now, facts))
    return found


def picture_courses(
    database: Database, now: datetime, *, mrn: str | None = None, but: str = ""
) -> list[CoursePicture]:
    """Every course, or those of one record number; the session named `but` is left out.

    Raises:
        StorageError: the record cannot be read.
    """
    facts: dict[tuple[str, bool], tuple[SessionFact, ...]] = {}
    return [
        _pictured(database, recorded, now, facts, but=but)
        for recorded in read_courses(database, mrn=mrn)
    ]


def _pictured(
    database: Database,
    recorded: RecordedCourse,
    now: datetime,
    facts: dict[tuple[str, bool], tuple[SessionFact, ...]],
    *,
    but: str = "",
) -> CoursePicture:
    """The picture of one course; the sessions of a patient are read once into `facts`."""
    key = (recorded.opened.mrn, recorded.opened.simulated)
    if key not in facts:
        facts[key] = read_facts(database, key[0], now, simulated=key[1], but=but)
    return picture_course(recorded, facts[key], now)


def picture_course(
    recorded: RecordedCourse, facts: Sequence[SessionFact], now: datetime
) -> CoursePicture:
    """The picture of one course from its entries and the patient's sessions."""
    view, problem = None, recorded.problem
    try:
        template, rules = course_files(recorded)
        state = fold_entries(CourseState(), recorded.entries)
        view = view_course(template, rules, state, facts, now)
    except (CourseFileError, ValueError) as error:
        problem = f"{problem} {error}".strip()
    return CoursePicture(
        course=recorded.course,
        opened=recorded.opened,
        entries=recorded.entries,
        view=view,
        problem=problem,
    )


def course_files(recorded: RecordedCourse) -> tuple[CourseTemplate, CourseRules]:
    """Template and rules in force in a course.

    Raises:
        CourseFileError: they cannot be read by this version.
    """
    return _template(recorded.opened.template_text), _rules(recorded.opened.rules_text)


@lru_cache(maxsize=64)
def _template(text: str) -> CourseTemplate:
    return parse_template(text, "course template")


@lru_cache(maxsize=16)
def _rules(text: str) -> CourseRules:
    return parse_rules(text, "course rules")


def clinic_rate(pictures: Iterable[CoursePicture]) -> ResponseRate:
    """The clinic's own response rate in the courses that have had a dose."""
    return response_rate(
        picture.view.outcome
        for picture in pictures
        if picture.view is not None and picture.view.position > 0
    )
