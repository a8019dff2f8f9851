"""What the desks of the review are given, put together over one record."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.people.door import People
from app.printing.documents import Site
from app.printing.record_documents import documents_of, office_of
from app.records.burden_reading import BurdenArchive
from app.records.catalogue import Catalogue
from app.records.copying import RecordCopies
from app.records.limits_asking import RecordAsker
from app.records.looked_at import LookedAt
from app.records.many_files import ManyFiles
from app.records.provenance import RecordedOrigins
from app.records.record_check import ForeignRecord
from app.records.verifying_here import VerifierHere
from app.records.waves import RecordedWaves
from app.review.sources import Sources
from app.trail.courses import WatchedCourses
from app.trail.foreign_files import WatchedFiles
from app.trail.many_sessions import WatchedCohorts
from app.trail.noting import Trail
from storage.database import Database
from storage.server import shown_place


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewedRecord:
    """The record that is reviewed.

    Attributes:
        record: opened read-only.
        seen: how it is looked at.
        place: as it was named.
        trail: where looks and copies are noted.
        catalogue: its sessions.
        people: who may sign and amend.
        who: who is at the window now.
        site: the site's card and paper.
    """

    record: Database
    seen: LookedAt
    place: str
    trail: Trail
    catalogue: Catalogue
    people: People
    who: Callable[[], str]
    site: Site


def sources_of(reviewed: ReviewedRecord, first_file: Path | None) -> Sources:
    """Everything that a desk may be given; `first_file` was named at the start."""
    record, trail, place, who = reviewed.record, reviewed.trail, reviewed.place, reviewed.who
    seen, catalogue = reviewed.seen, reviewed.catalogue
    courses = WatchedCourses(seen.place, trail)
    office, files = office_of(record, trail, reviewed.site.paper), WatchedFiles(trail)
    return Sources(
        catalogue=catalogue,
        place=shown_place(place),
        people=reviewed.people,
        copies=RecordCopies(record, trail),
        documents=documents_of(
            record,
            trail,
            lambda: reviewed.site,
            open_session=catalogue.open_session,
            courses=courses,
        ),
        courses=courses,
        many=WatchedCohorts(record, trail),
        many_files=ManyFiles(office, trail, place, who=who),
        asker=RecordAsker(
            record,
            seen.place,
            trail,
            office=office,
            named=place,
            files=WatchedFiles(trail),
            who=who,
        ),
        burden=BurdenArchive(record, seen.place, trail, office=office, named=place, who=who),
        verifier=VerifierHere(record, place, trail, who=who),
        waves=RecordedWaves(record),
        origins=RecordedOrigins(record),
        files=files,
        first_file=first_file,
        check=ForeignRecord(record, seen) if seen.foreign else None,
    )
