"""Makes the documents of sessions and courses out of what was opened, and has them written."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Protocol

from app.places import names_of, program_version
from app.printing.documents import (
    SHEETS,
    DocumentError,
    Site,
    fill_from,
    forms_for,
    load_form,
    load_sheet,
    make_form,
    make_sheet,
)
from app.printing.fitting import LayoutStoppedError
from app.printing.offered import NEVER_SENT, Offer, Progress, Sort
from app.printing.office import Office
from app.printing.result_document import WrittenDocument
from app.records.catalogue import CatalogueError, OpenedSession
from app.records.course_book import CourseError, CoursePicture
from app.review_criteria import load_criteria
from app.reviewing.course_progress import milestones, score_bounds
from app.reviewing.course_report import CourseReport, course_report_of
from app.reviewing.course_tables import VisitRead
from app.reviewing.figures import figures_of
from app.reviewing.session_report import KIND, SessionReport, report_of
from protocols.courses.parse import CourseFileError, parse_rules
from protocols.forms import FilledForm

_REPORT = Offer(
    sort=Sort.REPORT,
    name="",
    title="Report of the session",
    about=f"One to four pages; every number bears the number of its event. {NEVER_SENT}",
    file_name="report.pdf",
)


class FindsCourse(Protocol):
    """Finds a course by name."""

    def course(self, name: str) -> CoursePicture:
        """One course; CourseError where there is none."""
        ...


class DocumentMaker:
    """Makes documents, in any thread. What is opened of a record is opened by `open_session`."""

    def __init__(
        self,
        office: Office,
        site: Callable[[], Site],
        *,
        open_session: Callable[[str], OpenedSession],
        courses: FindsCourse | None = None,
    ) -> None:
        """`site` is asked each time; `courses` finds courses, where there are any."""
        self._office = office
        self._site = site
        self._open = open_session
        self._courses = courses

    # -- of a session ----------------------------------------------------------------------------

    def offers(self, opened: OpenedSession) -> Sequence[Offer]:
        """The report, then the forms and sheets for its protocol; DocumentError."""
        session = opened.line.session
        offers = [_offer_of(_REPORT, session)]
        for form in forms_for(opened.line.protocol):
            about = f"Filled from the record, version {form.version}. {NEVER_SENT}"
            offers.append(
                Offer(
                    sort=Sort.FORM,
                    name=form.id,
                    title=form.title,
                    about=about,
                    file_name=f"{session}-{form.id}.pdf",
                )
            )
        for name in names_of(SHEETS):
            sheet = load_sheet(name)
            if sheet.is_for(opened.line.protocol):
                offers.append(
                    Offer(
                        sort=Sort.SHEET,
                        name=name,
                        title=sheet.title,
                        about="For the patient, in large type; what is not recorded is a line to "
                        f"write on. {NEVER_SENT}",
                        file_name=f"{session}-{sheet.id}.pdf",
                    )
                )
        return offers

    def lacks(self, opened: OpenedSession, offer: Offer) -> Sequence[str]:
        """What is missing in a document, a line each; DocumentError, CatalogueError."""
        if offer.sort is Sort.REPORT:
            return self.session_report(opened).missing
        filled = self._fill(opened, offer)
        return [f"{one.field.label}: {one.evidence}" for one in filled.missing]

    def session_report(self, opened: OpenedSession) -> SessionReport:
        """What the report of a session says."""
        return report_of(opened, figures_of(opened, load_criteria().criteria), program_version())

    def write(
        self, opened: OpenedSession, offer: Offer, path: Path, progress: Progress
    ) -> WrittenDocument | None:
        """Make a document of `opened`, write it to `path`, seal it and note it.

        Returns:
            None when `progress` stopped it; nothing is written then.

        Raises:
            DocumentError, CatalogueError: it cannot be made or written.
        """
        subject = f"session {opened.line.session}"
        if not progress(0.0):
            return None
        if offer.sort is Sort.REPORT:
            return self._write_report(self.session_report(opened), path, subject, progress)
        filled, site = self._fill(opened, offer), self._site()
        record = opened.history.record
        make = make_form if offer.sort is Sort.FORM else make_sheet
        data = make(filled, record, site)
        if not progress(0.9):
            return None
        form = filled.form
        return self._office.write(
            data,
            path,
            kind=f"{offer.sort} {form.id} {form.version}",
            content=hashlib.sha256(data).hexdigest(),
            subject=subject,
        )

    def _fill(self, opened: OpenedSession, offer: Offer) -> FilledForm:
        load = load_form if offer.sort is Sort.FORM else load_sheet
        return fill_from(load(offer.name), opened.history.record, self._site())

    def _write_report(
        self, report: SessionReport, path: Path, subject: str, progress: Progress
    ) -> WrittenDocument | None:
        from app.printing.session_report import content_digest, session_report_pdf

        paper, key = self._site().paper, self._office.key_name
        try:
            data = session_report_pdf(report, paper=paper, sealed_with=key, progress=progress)
        except LayoutStoppedError:
            return None
        return self._office.write(
            data, path, kind=KIND, content=content_digest(report), subject=subject
        )

    # -- of a course -----------------------------------------------------------------------------

    def write_course(self, course: str, path: Path, progress: Progress) -> WrittenDocument | None:
        """Make the report of a course, write it to `path`, seal it and note it.

        Returns:
            None when `progress` stopped it; nothing is written then.

        Raises:
            DocumentError, CatalogueError: it cannot be made or written, or there is no such course.
        """
        report = self.course_report(course, progress)
        if report is None:
            return None
        from app.printing.course_report import content_digest, course_report_pdf

        paper, key = self._site().paper, self._office.key_name
        try:
            data = course_report_pdf(report, paper=paper, sealed_with=key, progress=progress)
        except LayoutStoppedError:
            return None
        return self._office.write(
            data,
            path,
            kind="course-report 1",
            content=content_digest(report),
            subject=f"course {course}",
        )

    def course_report(self, course: str, progress: Progress) -> CourseReport | None:
        """What the report of a course says; None when `progress` stopped it.

        Raises:
            DocumentError: there is no such course.
        """
        picture = self._picture(course)
        view = picture.view
        lines = () if view is None else view.visits
        names = [line.fact.session for line in lines if line.fact is not None]
        read: dict[str, VisitRead] = {}
        unread: list[str] = []
        criteria = load_criteria().criteria
        for number, name in enumerate(names):
            if not progress(0.25 * number / len(names)):
                return None
            try:
                opened = self._open(name)
            except CatalogueError as error:
                unread.append(f"Session {name} cannot be opened: {error}")
                continue
            read[name] = VisitRead(opened=opened, figures=figures_of(opened, criteria))
        return _course_report(picture, read, unread)

    def _picture(self, course: str) -> CoursePicture:
        if self._courses is None:
            raise DocumentError("The courses of this record cannot be reached from here.")
        try:
            return self._courses.course(course)
        except CourseError as error:
            raise DocumentError(str(error)) from error


def _course_report(
    picture: CoursePicture, read: Mapping[str, VisitRead], unread: Sequence[str]
) -> CourseReport:
    view = picture.view
    if view is None:
        return course_report_of(picture, read, program_version(), unread=unread)
    try:
        rules = parse_rules(picture.opened.rules_text, "rules of the course")
    except CourseFileError as error:
        return course_report_of(
            picture, read, program_version(), unread=[*unread, f"Its rules cannot be read: {error}"]
        )
    return course_report_of(
        picture,
        read,
        program_version(),
        bounds=score_bounds(view, rules),
        reached=milestones(view, rules),
        unread=unread,
    )


def _offer_of(offer: Offer, session: str) -> Offer:
    return Offer(
        sort=offer.sort,
        name=offer.name,
        title=offer.title,
        about=offer.about,
        file_name=f"{session}-{offer.file_name}",
    )
