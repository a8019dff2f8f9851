"""The desks of the review by name, in the order of their tabs; made when first turned to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from PySide6.QtWidgets import QWidget

from app.review.sources import Sources
from app.theme import Theme


class Desk(Protocol):
    """What the window asks of a desk, which is a `QWidget` as well."""

    def look_again(self) -> None:
        """Read anew what is shown."""
        ...

    def dress(self, look: Theme) -> None:
        """Take the colours and sizes in force."""
        ...

    def finish(self) -> None:
        """Stop what still works, and wait for its threads."""
        ...


class OpenSession(Protocol):
    """Turns to the desk of sessions and opens a session there."""

    def __call__(self, session: str, t_ns: int | None = None) -> None:
        """Open the session of that name, at session time `t_ns` in ns where one is given."""
        ...


MakeDesk = Callable[[Sources, OpenSession], QWidget]
"""Makes a desk, which has the methods of `Desk`; it shows sessions by opening them elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPlace:
    """One desk: its tab, what it is for in a sentence, and how it is made."""

    name: str
    purpose: str
    make: MakeDesk


def _files(sources: Sources, _open: OpenSession) -> QWidget:
    from app.review.files_desk import FilesDesk

    return FilesDesk(sources.files, sources.first_file, can_judge=sources.asker is not None)


FILES = "Files"
OTHER_LIMITS = "Other limits"


def _make_courses(sources: Sources, open_session: OpenSession) -> QWidget:
    from app.records.visit_reading import VisitReader
    from app.review.courses_desk import CoursesDesk

    visits = VisitReader(sources.catalogue)
    return CoursesDesk(sources.courses, visits, open_session, sources.documents)


def _make_compare(sources: Sources, _open_session: OpenSession) -> QWidget:
    from app.review.compare_desk import CompareDesk
    from app.review.plain_desk import PlainDesk

    if sources.many is None:
        return PlainDesk(_NOT_HAD)
    return CompareDesk(sources.catalogue, sources.many, sources.courses, sources.many_files)


def _make_cohort(sources: Sources, _open_session: OpenSession) -> QWidget:
    from app.records.catalogue import CatalogueError
    from app.review.cohort_desk import CohortDesk
    from app.review.plain_desk import PlainDesk

    if sources.many is None:
        return PlainDesk(_NOT_HAD)
    try:
        rules, published = sources.many.rules(), sources.many.published()
    except CatalogueError as error:
        return PlainDesk(str(error))
    return CohortDesk(sources.catalogue, sources.many, rules, published, sources.many_files)


def _make_limits(sources: Sources, open_session: OpenSession) -> QWidget:
    from app.qa.limits_desk import LimitsDesk
    from app.review.plain_desk import PlainDesk

    if sources.asker is None:
        return PlainDesk(_NOT_HAD)
    return LimitsDesk(sources.catalogue, sources.asker, open_session)


def _make_burden(sources: Sources, open_session: OpenSession) -> QWidget:
    from app.qa.burden_desk import BurdenDesk
    from app.review.plain_desk import PlainDesk

    if sources.burden is None:
        return PlainDesk(_NOT_HAD)
    return BurdenDesk(sources.burden, open_session)


def _make_verify(sources: Sources, open_session: OpenSession) -> QWidget:
    from app.qa.verify_desk import VerifyDesk
    from app.review.plain_desk import PlainDesk

    if sources.verifier is None:
        return PlainDesk("This record cannot be verified here.")
    return VerifyDesk(sources.catalogue, sources.verifier, open_session)


_NOT_HAD = "This record gives no figures of many sessions here."

DESKS: tuple[DeskPlace, ...] = (
    DeskPlace(
        name="Courses",
        purpose="Doses, peaks, ratings and side effects over the visits of a course.",
        make=_make_courses,
    ),
    DeskPlace(
        name="Compare",
        purpose="Two to eight sessions laid over each other on the start of drug or an alarm.",
        make=_make_compare,
    ),
    DeskPlace(
        name="Cohort",
        purpose="The site's own rates over many sessions, beside the published ones.",
        make=_make_cohort,
    ),
    DeskPlace(
        name="Verify",
        purpose="Whether sessions and the record are whole and the rules give them again.",
        make=_make_verify,
    ),
    DeskPlace(
        name=OTHER_LIMITS,
        purpose="Which alarms other limits would have given, over sessions and files of numbers.",
        make=_make_limits,
    ),
    DeskPlace(
        name="Alarm burden",
        purpose="How many alarms by room, rule and week, how short, how soon answered; no names.",
        make=_make_burden,
    ),
    DeskPlace(
        name=FILES,
        purpose="Recordings of other monitors and programs, checked before they are shown.",
        make=_files,
    ),
)
"""Those beside the desk of sessions, which is always there and first."""
