"""What windows and commands ask of many sessions at once: traces to compare, and a cohort.

No Qt, no storage. `app.records.cohort_reading` makes a `ManySessions` over the record.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Protocol

from app.records.catalogue import Progress
from app.reviewing.alignment import Comparison
from app.reviewing.cohort import Cohort
from app.reviewing.cohort_rules import CohortRules
from app.reviewing.cohort_table import cohort_sentences
from app.reviewing.published import Published
from app.reviewing.traces import SessionTrace


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortSearch:
    """Which sessions a cohort is made of; what is empty or None does not narrow it.

    Attributes:
        since, until: first and last day of the start, both included, on this machine's clock.
        simulated: simulated sessions, or real ones; never both.
        first_visits: only the first session with drug that this record has of each patient.
    """

    since: date | None = None
    until: date | None = None
    protocol: str = ""
    room: str = ""
    simulated: bool = False
    first_visits: bool = False

    @property
    def words(self) -> str:
        """For people: what is counted."""
        parts = [
            "simulated sessions" if self.simulated else "real sessions",
            "" if self.since is None else f"from {self.since.isoformat()}",
            "" if self.until is None else f"to {self.until.isoformat()}",
            f"protocol {self.protocol}" if self.protocol else "",
            self.room,
            "first visits only" if self.first_visits else "",
        ]
        return ", ".join(part for part in parts if part)


@dataclass(frozen=True, slots=True, kw_only=True)
class CohortAnswer:
    """A cohort and what it was made of.

    Attributes:
        running: sessions of the selection that still run: not counted.
        unreadable: names of sessions of which nothing could be read: not counted.
        courses: courses with a visit in the selection; `course_problem` why they are not known.
    """

    search: CohortSearch
    cohort: Cohort
    running: int = 0
    unreadable: tuple[str, ...] = ()
    courses: int = 0
    course_problem: str = ""


def answer_sentences(answer: CohortAnswer, confidence: float) -> list[str]:
    """What must be known of the selection before its figures are read."""
    told = cohort_sentences(answer.cohort, confidence)
    if answer.running:
        told.insert(1, f"{answer.running} sessions still run and are not counted.")
    if answer.unreadable:
        told.insert(1, f"Not readable, not counted: {', '.join(answer.unreadable)}.")
    return told


class ManySessions(Protocol):
    """The recorded sessions, many at once. Looking never changes them; every method may raise."""

    def rules(self) -> CohortRules:
        """What is counted; CatalogueError where the file of it has mistakes."""
        ...

    def published(self) -> Published:
        """The published figures; CatalogueError where the file of them has mistakes."""
        ...

    def rooms(self) -> list[str]:
        """Names of the rooms with sessions; CatalogueError."""
        ...

    def traces(self, sessions: Sequence[str]) -> list[SessionTrace]:
        """The traces of `sessions`, in this order; CatalogueError."""
        ...

    def cohort(self, search: CohortSearch, progress: Progress) -> CohortAnswer | None:
        """The cohort of a search; None when `progress` stopped it; CatalogueError."""
        ...


class ManyWriter(Protocol):
    """Writes what was made of many sessions as CSV, PDF or HTML, as the ending of a path says.

    Each gives what was written, in a sentence. CatalogueError.
    """

    def write_cohort(
        self, answer: CohortAnswer, rules: CohortRules, published: Published, path: Path
    ) -> str:
        """Write a cohort beside what is `published`."""
        ...

    def write_comparison(self, comparison: Comparison, path: Path) -> str:
        """Write sessions laid over each other."""
        ...
