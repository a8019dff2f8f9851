"""What windows know of courses: pictures of them, and what may be entered. No Qt, no storage.

The windows are given a `CourseBook`; `app.reception.courses` makes one over the record.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from protocols.courses.course import CourseView
from protocols.courses.entries import CourseOpened, Entry
from protocols.courses.outcome import ResponseRate
from protocols.courses.template import CourseTemplate
from protocols.events import CourseStanding, LastDose


class CourseError(Exception):
    """What was asked could not be done; the text says why and what to do, for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CoursePicture:
    """One course: its entries as recorded, and the view of it; None where it cannot be made.

    `problem` says what is wrong with the rows or the files within; empty when nothing is.
    """

    course: str
    opened: CourseOpened
    entries: tuple[Entry, ...]
    view: CourseView | None
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CourseOffer:
    """What a patient's next visit may belong to: one open course, or none.

    Attributes:
        standing: what goes into the session with the patient.
        line: for people, for example ``visit 3 of 6 of twice-weekly-3wk; last dose 2 days ago``.
        visit: number of the visit in the course; 0: the course says nothing.
        visits_planned: of the course; None: none, or a visit of maintenance.
        protocols: protocols that the course allows; empty: any.
        dose: the planned dose in words, or empty.
        last_dose: the dose of the patient's last visit; None where the record has none.
    """

    standing: CourseStanding
    line: str
    visit: int = 0
    visits_planned: int | None = None
    protocols: tuple[str, ...] = ()
    dose: str = ""
    last_dose: LastDose | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewCourse:
    """A course as a person wants it opened; nothing in it has a default."""

    mrn: str
    patient: str
    template: str
    variant: str
    first_date: str
    prescriber: str
    scale: str
    indication: str = ""
    bipolar: bool | None = None
    simulated: bool = False


class CourseBook(Protocol):
    """The courses of the record. Every method may be slow, or raise `CourseError`."""

    def templates(self) -> Sequence[CourseTemplate]:
        """The templates that a course can be opened with."""
        ...

    def courses(self) -> Sequence[CoursePicture]:
        """Every course as it stands now."""
        ...

    def list_courses(self, go_on: Callable[[float], bool]) -> Sequence[CoursePicture] | None:
        """The same; None when `go_on`, told the share done (0 to 1), stopped it."""
        ...

    def course(self, name: str) -> CoursePicture:
        """One course as it stands now."""
        ...

    def courses_of(self, mrn: str) -> Sequence[CoursePicture]:
        """Every course of one record number as it stands now."""
        ...

    def response_rate(self, pictures: Sequence[CoursePicture]) -> ResponseRate:
        """The clinic's own response rate in `pictures`."""
        ...

    def offers(self, mrn: str, *, simulated: bool, but: str = "") -> Sequence[CourseOffer]:
        """The open courses of a patient, and last what holds without one.

        The session named `but` is left out: it is the one being prepared.
        """
        ...

    def open_course(self, wanted: NewCourse, by: str) -> str:
        """Open a course and give its name."""
        ...

    def add(self, course: str, entry: Entry) -> None:
        """Add an entry to a course; `at_utc` empty: now."""
        ...
