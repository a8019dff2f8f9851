"""The courses of one record: read as they stand now, and added to, for windows and commands.

Writing waits for the recorder of a running session as any other writer does, and holds the lock
for one row.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from app.clock import iso_utc, utc_now
from app.places import RESOURCES, NoSuchResourceError, names_of, read_course_template
from app.reception.shared_record import AWAY, LOOK_AGAIN, OWN_ONLY, SharedRecord
from app.records.course_book import CourseError, CourseOffer, CoursePicture, NewCourse
from app.records.courses import (
    clinic_rate,
    list_pictures,
    picture_courses,
    read_facts,
    read_last_dose,
)
from app.sealing import open_to_write
from protocols.courses.admission import refuse_entry
from protocols.courses.attachment import refuse_attachment
from protocols.courses.course import CourseView
from protocols.courses.entries import CourseOpened, Entry, SessionAttached
from protocols.courses.exposure import sum_exposure
from protocols.courses.facts import SessionFact
from protocols.courses.outcome import ResponseRate
from protocols.courses.parse import CourseFileError, parse_rules, parse_template
from protocols.courses.rules import CourseRules
from protocols.courses.standing import (
    course_line,
    course_standing,
    exposure_line,
    standing_without_course,
)
from protocols.courses.state import CourseState, fold_entries
from protocols.courses.template import CourseTemplate
from protocols.events import LastDose
from storage.course_sharing import add_shared
from storage.courses import CourseRefusedError, append_entry, read_courses
from storage.database import Database, open_database
from storage.faults import StorageError

RULES_FILE = RESOURCES / "course-rules" / "standard.toml"
"""The clinic's rules for courses that are opened from now on."""


def local_now() -> datetime:
    """The present in the zone of this machine."""
    return utc_now().astimezone()


T = TypeVar("T")


class Courses:
    """A `CourseBook` over the record at one place.

    Attributes:
        place: the room's record.
        note: what the person should know of the last answer, or empty.
    """

    def __init__(self, place: str, now: Callable[[], datetime] = local_now) -> None:
        """Serve the record at `place`; `now` gives aware local times."""
        self.place = self._place = place
        self._now = now
        self._server: SharedRecord | None = None
        self.note = ""

    def share(self, server: SharedRecord) -> None:
        """Read `server`, which rooms share, as long as it answers; add to courses there first."""
        self._server = server

    def templates(self) -> Sequence[CourseTemplate]:
        """The shipped templates."""
        return [self.template(name)[0] for name in names_of("courses")]

    def template(self, name: str) -> tuple[CourseTemplate, str]:
        """A template by shipped name or path, and its text; CourseError where it has mistakes."""
        try:
            text, path = read_course_template(name)
            return parse_template(text, path), text
        except (NoSuchResourceError, CourseFileError) as error:
            raise CourseError(str(error)) from error

    def rules(self) -> tuple[CourseRules, str]:
        """The clinic's rules in force, and their text; CourseError where they have mistakes."""
        try:
            text = RULES_FILE.read_text(encoding="utf-8")
            return parse_rules(text, str(RULES_FILE)), text
        except (OSError, UnicodeDecodeError, CourseFileError) as error:
            raise CourseError(f"{RULES_FILE}: {error}") from error

    def courses(self) -> Sequence[CoursePicture]:
        """Every course as it stands now."""
        return self._pictures(None)

    def list_courses(self, go_on: Callable[[float], bool]) -> Sequence[CoursePicture] | None:
        """Every course as it stands now; None when `go_on`, told the share done, stopped it."""
        if not self._has_record():
            return ()
        now = self._now()
        return self._read(lambda database: list_pictures(database, now, go_on))

    def course(self, name: str) -> CoursePicture:
        """One course; CourseError where there is none. Only its patient's sessions are read."""
        now = self._now()

        def read(database: Database) -> list[CoursePicture]:
            mrns = [one.opened.mrn for one in read_courses(database) if one.course == name]
            return picture_courses(database, now, mrn=mrns[0]) if mrns else []

        found = self._read(read) if self._has_record() else []
        for one in found:
            if one.course == name:
                return one
        raise CourseError(f"There is no course {name}.")

    def courses_of(self, mrn: str) -> Sequence[CoursePicture]:
        """Every course of one record number as it stands now."""
        return self._pictures(mrn)

    def response_rate(self, pictures: Sequence[CoursePicture]) -> ResponseRate:
        """The clinic's own response rate in `pictures`."""
        return clinic_rate(pictures)

    def offers(self, mrn: str, *, simulated: bool, but: str = "") -> Sequence[CourseOffer]:
        """The open courses of a patient, and last what holds without one."""
        if not self._has_record():
            return ()
        now = self._now()
        rules, _ = self.rules()

        def read(
            database: Database,
        ) -> tuple[Sequence[SessionFact], Sequence[CoursePicture], LastDose | None]:
            facts = read_facts(database, mrn, now, simulated=simulated, but=but)
            pictures = picture_courses(database, now, mrn=mrn, but=but)
            return facts, pictures, read_last_dose(database, facts)

        facts, pictures, last_dose = self._read(read)
        views = [
            one.view
            for one in pictures
            if one.view is not None and one.view.is_open and one.opened.simulated == simulated
        ]
        exposure = sum_exposure(facts, now)
        alone = CourseOffer(
            standing=standing_without_course(facts, rules, now),
            line=" ".join(f"no course; {exposure_line(exposure, now)} {self.note}".split()),
        )
        offers = [
            replace(offer, last_dose=last_dose)
            for offer in (*(_offer(view) for view in views), alone)
        ]
        trouble = " ".join(
            f"Course {one.course} cannot be relied on: {one.problem}"
            for one in pictures
            if one.problem and one.opened.simulated == simulated
        )
        unread = ", ".join(fact.session for fact in facts if not fact.readable)
        if unread:
            trouble += f" The record of {unread} cannot be read whole: a dose may be missing in it."
        return [_held(offer, trouble.strip()) for offer in offers] if trouble else offers

    def open_course(self, wanted: NewCourse, by: str) -> str:
        """Open a course and give its name."""
        _, template_text = self.template(wanted.template)
        _, rules_text = self.rules()
        now = self._now()
        name = f"{now:%Y%m%d}-{wanted.template}-{secrets.token_hex(3)}"
        self.add(
            name,
            CourseOpened(
                by=by,
                at_utc=iso_utc(now),
                course=name,
                mrn=wanted.mrn.strip(),
                patient=wanted.patient,
                template_text=template_text,
                rules_text=rules_text,
                variant=wanted.variant,
                first_date=wanted.first_date,
                prescriber=wanted.prescriber,
                scale=wanted.scale,
                indication=wanted.indication,
                bipolar=wanted.bipolar,
                simulated=wanted.simulated,
            ),
        )
        return name

    def add(self, course: str, entry: Entry) -> None:
        """Add an entry to a course; `at_utc` empty: now."""
        dated = entry if entry.at_utc else replace(entry, at_utc=iso_utc(self._now()))
        opening = isinstance(entry, CourseOpened)
        if not opening and self._server is None and not self._has_record():
            raise CourseError(f"There is no record at {self._place}.")
        try:
            with open_to_write(self._place) as database:
                if self._server is None or opening:
                    append_entry(database, course, dated, _check)
                else:
                    self._add_shared(self._server, database, course, dated)
            if self._server is not None:
                self._server.nudge()
        except CourseRefusedError as error:
            raise CourseError(str(error)) from error
        except StorageError as error:
            raise CourseError(f"{self._place}: {error.user_text}") from error

    @staticmethod
    def _add_shared(server: SharedRecord, own: Database, course: str, entry: Entry) -> None:
        if not server.answers():
            raise CourseError(AWAY)
        with ExitStack() as stack:
            try:
                shared = stack.enter_context(server.opened(read_only=False))
            except StorageError as error:
                raise CourseError(f"{AWAY} {error.user_text}") from error
            try:
                add_shared(shared, own, course, entry, _check)
            except StorageError as error:
                raise CourseError(f"{error.user_text} {LOOK_AGAIN}") from error

    def attach(self, session: str, course: str, *, position: int, reason: str, by: str) -> None:
        """Make a recorded session visit `position` of a course; CourseError says why it cannot."""
        picture = self.course(course)
        if picture.view is None:
            raise CourseError(f"Nothing can be added: {picture.problem}")
        opened = picture.opened
        entry = SessionAttached(
            by=by, at_utc="", session=session, position=position, reason=reason.strip()
        )
        now = self._now()
        facts = self._read(
            lambda database: read_facts(database, opened.mrn, now, simulated=opened.simulated)
        )
        others = {
            one.course: fold_entries(CourseState(), one.entries).attached
            for one in self._pictures(opened.mrn)
            if one.course != course
        }
        refusal = refuse_attachment(entry, picture.view, facts, others)
        if refusal:
            raise CourseError(refusal)
        self.add(course, entry)

    def _pictures(self, mrn: str | None) -> list[CoursePicture]:
        if not self._has_record():
            return []
        return self._read(lambda database: picture_courses(database, self._now(), mrn=mrn))

    def _has_record(self) -> bool:
        return self._server is not None or "://" in self._place or self._has_file()

    def _read(self, work: Callable[[Database], T]) -> T:
        """What `work` makes of the server's record as long as that answers, else of the room's."""
        self.note = ""
        if self._server is not None and (self._server.answers() or not self._has_file()):
            try:
                with self._server.opened(read_only=True) as shared:
                    return work(shared)
            except StorageError as error:
                if not self._has_file():
                    raise CourseError(error.user_text) from error
        if self._server is not None:
            self.note = OWN_ONLY
        try:
            with open_database(self._place, read_only=True) as database:
                return work(database)
        except StorageError as error:
            raise CourseError(f"{self._place}: {error.user_text}") from error

    def _has_file(self) -> bool:
        return Path(self._place).expanduser().exists()


def _check(before: tuple[Entry, ...], entry: Entry) -> str:
    """Why `entry` may not follow the entries `before`."""
    opened = before[0] if before else entry
    if not isinstance(opened, CourseOpened):
        return "There is no such course."
    try:
        template = parse_template(opened.template_text, "course template")
    except CourseFileError as error:
        return f"The template of the course cannot be read: {error}"
    return refuse_entry(template, fold_entries(CourseState(), before), entry)


def _held(offer: CourseOffer, trouble: str) -> CourseOffer:
    """`offer`, held until a prescriber passes what is wrong with a course of the patient."""
    decision = f"{offer.standing.decision} {trouble}".strip()
    return replace(offer, standing=replace(offer.standing, decision=decision))


def _offer(view: CourseView) -> CourseOffer:
    coming = view.next
    planned = coming is not None and coming.position <= view.planned
    return CourseOffer(
        standing=course_standing(view),
        line=course_line(view),
        visit=0 if coming is None else coming.position,
        visits_planned=view.planned if planned else None,
        protocols=view.template.protocols,
        dose="" if coming is None else coming.dose,
    )
