"""Reads many sessions at once: traces to compare, and the figures of a whole selection."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation

from app.places import NoSuchResourceError, read_cohort_file
from app.records.catalogue import CatalogueError, Progress
from app.records.courses import picture_course, read_facts
from app.records.many_sessions import CohortAnswer, CohortSearch
from app.records.trace_reading import read_trace
from app.reviewing.cohort import CohortSession, measure, summarise
from app.reviewing.cohort_rules import CohortFileError, CohortRules, parse_cohort_rules
from app.reviewing.published import Published, PublishedFileError, parse_published
from app.reviewing.traces import SessionTrace
from protocols.courses.outcome import Outcome
from storage.clock import write_utc
from storage.courses import RecordedCourse, read_courses
from storage.database import Database
from storage.faults import Fault, StorageError
from storage.sessions import (
    SessionStatus,
    SessionSummary,
    find_summary,
    list_rooms,
    list_sessions,
)

_TRACES_SHARE = 0.9
"""Of the whole work the share that reading the sessions is reckoned to be."""


def load_cohort_rules() -> CohortRules:
    """What is counted, from the program's file or the site's own.

    Raises:
        CatalogueError: the file has mistakes.
    """
    try:
        return parse_cohort_rules(*read_cohort_file("cohort"))
    except (NoSuchResourceError, CohortFileError) as error:
        raise CatalogueError(str(error)) from error


def load_published() -> Published:
    """The published figures, from the program's file or the site's own.

    Raises:
        CatalogueError: the file has mistakes.
    """
    try:
        return parse_published(*read_cohort_file("published"))
    except (NoSuchResourceError, PublishedFileError) as error:
        raise CatalogueError(str(error)) from error


class SessionCohorts:
    """A `ManySessions` over one database."""

    def __init__(self, database: Database) -> None:
        """Look at `database`, which should be open for reading only."""
        self._database = database

    def rules(self) -> CohortRules:
        """What is counted, read anew; CatalogueError where the file has mistakes."""
        return load_cohort_rules()

    def published(self) -> Published:
        """The published figures, read anew; CatalogueError where the file has mistakes."""
        return load_published()

    def rooms(self) -> list[str]:
        """Names of the rooms with sessions.

        Raises:
            CatalogueError: the database cannot be read.
        """
        try:
            return list_rooms(self._database)
        except StorageError as error:
            raise CatalogueError(error.user_text) from error

    def traces(self, sessions: Sequence[str]) -> list[SessionTrace]:
        """The traces of `sessions`, in this order.

        Raises:
            CatalogueError: one of them is not there, or the database cannot be read.
        """
        try:
            return [
                read_trace(self._database, find_summary(self._database, session))
                for session in sessions
            ]
        except StorageError as error:
            raise CatalogueError(error.user_text) from error

    def cohort(self, search: CohortSearch, progress: Progress) -> CohortAnswer | None:
        """The cohort of a search, one session after the other; None when `progress` stopped it.

        Raises:
            CatalogueError: the database cannot be read, or the file of what is counted.
        """
        rules = load_cohort_rules()
        try:
            return self._cohort(search, rules, progress)
        except StorageError as error:
            raise CatalogueError(error.user_text) from error

    def _cohort(
        self, search: CohortSearch, rules: CohortRules, progress: Progress
    ) -> CohortAnswer | None:
        selected = select_sessions(list_sessions(self._database), search)
        chosen = [one for one in selected if one.status is not SessionStatus.OPEN]
        measured: list[CohortSession] = []
        unreadable: list[str] = []
        for number, summary in enumerate(chosen):
            if not progress(_TRACES_SHARE * number / len(chosen)):
                return None
            try:
                measured.append(measure(read_trace(self._database, summary, whole=False), rules))
            except StorageError as error:
                if error.fault is not Fault.CORRUPT:
                    raise
                unreadable.append(summary.session)
        outcomes = self._outcomes(chosen, search, progress)
        if outcomes is None:
            return None
        progress(1.0)
        return CohortAnswer(
            search=search,
            cohort=summarise(measured, outcomes, rules),
            running=len(selected) - len(chosen),
            unreadable=tuple(unreadable),
            courses=len(outcomes),
        )

    def _outcomes(
        self, chosen: Sequence[SessionSummary], search: CohortSearch, progress: Progress
    ) -> list[Outcome] | None:
        """The outcome of each course with a visit among `chosen`; None when stopped."""
        names = {one.session for one in chosen}
        patients = {one.mrn for one in chosen if one.mrn}
        found: dict[str, list[RecordedCourse]] = {}
        for course in read_courses(self._database):
            opened = course.opened
            if opened.mrn in patients and opened.simulated == search.simulated:
                found.setdefault(opened.mrn, []).append(course)
        outcomes: list[Outcome] = []
        now = datetime.now(UTC).astimezone()
        for number, (mrn, courses) in enumerate(found.items()):
            if not progress(_TRACES_SHARE + (1 - _TRACES_SHARE) * number / len(found)):
                return None
            facts = read_facts(self._database, mrn, now, simulated=search.simulated)
            for course in courses:
                view = picture_course(course, facts, now).view
                given = () if view is None else (line.fact for line in view.visits)
                if view is not None and any(f is not None and f.session in names for f in given):
                    outcomes.append(view.outcome)
        return outcomes


def select_sessions(
    summaries: Iterable[SessionSummary], search: CohortSearch
) -> list[SessionSummary]:
    """The sessions of a search among all those of the record, in their order."""
    everyone = list(summaries)
    first = _first_visits(everyone) if search.first_visits else None
    since, until = _midnight(search.since), _midnight(search.until, days=1)
    return [
        one
        for one in everyone
        if one.simulated == search.simulated
        and (not search.protocol or one.protocol == search.protocol)
        and (not search.room or one.room == search.room)
        and (since is None or one.started_at >= since)
        and (until is None or one.started_at < until)
        and (first is None or one.session in first)
    ]


def _first_visits(everyone: Sequence[SessionSummary]) -> set[str]:
    """The first session with drug that the record has of each record number."""
    found: dict[tuple[str, bool], SessionSummary] = {}
    for one in everyone:
        key = (one.mrn, one.simulated)
        if not one.mrn or not _gave_drug(one):
            continue
        if key not in found or one.started_at < found[key].started_at:
            found[key] = one
    return {one.session for one in found.values()}


def _gave_drug(summary: SessionSummary) -> bool:
    try:
        return Decimal(summary.delivered_mg or "0") > 0
    except InvalidOperation:
        return False


def _midnight(day: date | None, days: int = 0) -> str | None:
    """The beginning of `day` on this machine's clock, as the record writes times."""
    if day is None:
        return None
    return write_utc(datetime.combine(day + timedelta(days=days), time.min).astimezone(UTC))
