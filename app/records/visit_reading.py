"""Opens a recorded visit and works out what the desk of courses shows of it."""

from __future__ import annotations

from app.places import NoSuchResourceError, read_review_criteria
from app.records.catalogue import Catalogue, CatalogueError
from app.reviewing.figures import figures_of
from app.reviewing.visit_pictures import VisitPicture, picture_visit
from protocols.review_criteria import CriteriaError, ReviewCriteria, parse_criteria


class VisitReader:
    """Pictures of visits out of a catalogue, which notes each look."""

    def __init__(self, catalogue: Catalogue) -> None:
        """Open sessions through `catalogue`."""
        self._catalogue = catalogue

    def visit(self, session: str) -> VisitPicture:
        """The picture of one session.

        Raises:
            CatalogueError: it cannot be opened, or the criteria have mistakes.
        """
        criteria = _criteria()
        opened = self._catalogue.open_session(session)
        return picture_visit(opened, figures_of(opened, criteria))


def _criteria() -> ReviewCriteria:
    try:
        return parse_criteria(*read_review_criteria())
    except (NoSuchResourceError, CriteriaError) as error:
        raise CatalogueError(str(error)) from error
