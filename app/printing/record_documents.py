"""What makes and writes the documents of one record, put together for a window or a command."""

from __future__ import annotations

from collections.abc import Callable

from app.places import seal_key_path
from app.printing.document_maker import DocumentMaker, FindsCourse
from app.printing.documents import Site
from app.printing.office import Office, ready_key
from app.records.catalogue import OpenedSession
from app.trail.noting import Trail
from storage.database import Database
from storage.export import leaves_protection


def office_of(record: Database, trail: Trail, paper: str = "A4") -> Office:
    """Writes documents of `record`, sealed where the site's key is ready, each copy noted."""
    return Office(
        trail,
        ready_key(seal_key_path()),
        paper=paper,
        unprotected=leaves_protection(record),
    )


def documents_of(
    record: Database,
    trail: Trail,
    site: Callable[[], Site],
    *,
    open_session: Callable[[str], OpenedSession],
    courses: FindsCourse | None = None,
) -> DocumentMaker:
    """Makes the documents of `record`; sessions of courses are opened by `open_session`."""
    office = office_of(record, trail, site().paper)
    return DocumentMaker(office, site, open_session=open_session, courses=courses)
