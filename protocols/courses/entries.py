"""The entries of a course's own journal: what people decide and do between the sessions.

Entries are appended, never changed. `by` is the person at the program, `at_utc` when it was
entered, ISO 8601 in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Choice(StrEnum):
    """What a decision came to. With ``change`` the course goes on as changed by other entries."""

    CONTINUE = "continue"
    CHANGE = "change"
    STOP = "stop"


class TrialOutcome(StrEnum):
    """What an earlier treatment came to."""

    REMISSION = "remission"
    RESPONSE = "response"
    NO_RESPONSE = "no response"
    NOT_TOLERATED = "not tolerated"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Anything entered into a course."""

    by: str
    at_utc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOpened(Entry):
    """The first entry of every course: whose it is, and all that is in force, whole.

    Attributes:
        course: unique name of the course.
        mrn, patient: record number, and name as people read it.
        template_text, rules_text: the template and the clinic's course rules, verbatim (TOML).
        variant: id of the variant of the template.
        first_date: date of the first visit as planned, ISO 8601.
        scale: id of the primary scale: response and remission are judged on it.
        bipolar: whether a bipolar disorder is known; None: not asked.
        simulated: a course of a simulated patient, for ever.
    """

    course: str
    mrn: str
    patient: str
    template_text: str
    rules_text: str
    variant: str
    first_date: str
    prescriber: str
    scale: str
    indication: str = ""
    bipolar: bool | None = None
    simulated: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitBooked(Entry):
    """A visit has an appointment; booking it again moves it and needs a reason.

    Positions above the planned ones are visits of maintenance.
    """

    position: int
    planned_utc: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitMissed(Entry):
    """A visit was not kept; it stays to be given."""

    position: int
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionTaken(Entry):
    """A prescriber decided what a decision gate asks."""

    decision: str
    choice: Choice
    prescriber: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionAttached(Entry):
    """A recorded session is a visit of this course, where the session does not say so itself.

    Attaching it again corrects its position. An entry without a reason is of an older version.
    """

    session: str
    position: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreTaken(Entry):
    """A rating outside a session.

    Attributes:
        taken_utc: when it was taken, ISO 8601 in UTC.
        positive: whether an item that always asks for an action (thoughts of death or self-harm)
            was positive; None: not known.
    """

    scale: str
    total: int | None
    taken_utc: str
    positive: bool | None = None
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntegrationDone(Entry):
    """The integration session after a visit took place, on a date in ISO 8601."""

    position: int
    on: str
    minutes: int | None = None
    with_whom: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MaintenanceSet(Entry):
    """The interval of maintenance in days; None: by need."""

    interval_d: int | None
    prescriber: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DosePlanned(Entry):
    """Another dose than the template's is planned from a visit on."""

    from_visit: int
    prescriber: str
    reason: str
    dose_mg_per_kg: Decimal | None = None
    dose_mg: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialRecorded(Entry):
    """An earlier treatment: what, how much at most, how many weeks, and what it came to."""

    treatment: str
    max_dose: str
    weeks: int | None
    outcome: TrialOutcome


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckAnswered(Entry):
    """A question that is asked at intervals, answered on a date in ISO 8601."""

    check: str
    answer: str
    on: str
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RelapsePlanWritten(Entry):
    """The plan against relapse; the newest one counts."""

    warning_signs: str
    support_people: str
    criteria: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LifestyleNoted(Entry):
    """Sleep, exercise, nutrition and support as told at a follow-up; each may be empty."""

    sleep: str = ""
    exercise: str = ""
    nutrition: str = ""
    support: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseClosed(Entry):
    """The course ended; no entry follows but ratings and sessions of afterwards."""

    reason: str


ENTRY_KINDS: dict[str, type[Entry]] = {
    "course_opened": CourseOpened,
    "visit_booked": VisitBooked,
    "visit_missed": VisitMissed,
    "decision_taken": DecisionTaken,
    "session_attached": SessionAttached,
    "score_taken": ScoreTaken,
    "integration_done": IntegrationDone,
    "maintenance_set": MaintenanceSet,
    "dose_planned": DosePlanned,
    "trial_recorded": TrialRecorded,
    "check_answered": CheckAnswered,
    "relapse_plan_written": RelapsePlanWritten,
    "lifestyle_noted": LifestyleNoted,
    "course_closed": CourseClosed,
}
"""Every kind of entry by the name that the record keeps."""
