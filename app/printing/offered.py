"""The documents of a session as windows offer them: what each is, what it lacks, how it is made.

No Qt, no storage: windows are given a `Documents`; `app.printing.document_maker` makes one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from app.printing.result_document import WrittenDocument
from app.records.catalogue import OpenedSession

Progress = Callable[[float], bool]
"""Told the share done (0 to 1); answers whether to go on."""

NEVER_SENT = "Nothing is sent anywhere: the file is for you to print, check, sign or submit."


class Sort(StrEnum):
    """What sort of document it is."""

    REPORT = "report"
    FORM = "form"
    SHEET = "sheet"


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A document that can be made of a session.

    Attributes:
        sort, name: which; the report has no name of its own.
        title: for people.
        about: what it is for and what becomes of it, in a sentence.
        file_name: proposed.
    """

    sort: Sort
    name: str
    title: str
    about: str
    file_name: str


class Documents(Protocol):
    """Makes documents. Every method may be slow, or raise `DocumentError` or `CatalogueError`."""

    def offers(self, opened: OpenedSession) -> Sequence[Offer]:
        """What is offered of a session, its report first."""
        ...

    def lacks(self, opened: OpenedSession, offer: Offer) -> Sequence[str]:
        """What is missing in it, a line each; empty where nothing is."""
        ...

    def write(
        self, opened: OpenedSession, offer: Offer, path: Path, progress: Progress
    ) -> WrittenDocument | None:
        """Make it, write it whole, seal it and note it; None when `progress` stopped it."""
        ...

    def write_course(self, course: str, path: Path, progress: Progress) -> WrittenDocument | None:
        """Make the report of a course, as `write` does."""
        ...
