"""Comparisons and cohorts of a record, each look at them noted."""

from __future__ import annotations

from collections.abc import Sequence

from app.records.catalogue import Progress
from app.records.cohort_reading import SessionCohorts
from app.records.many_sessions import CohortAnswer, CohortSearch
from app.reviewing.traces import SessionTrace
from app.trail.noting import SESSIONS, Trail, subject_of
from storage.database import Database


class WatchedCohorts(SessionCohorts):
    """`SessionCohorts` whose looks are on the trail: each session compared, each cohort made."""

    def __init__(self, database: Database, trail: Trail) -> None:
        """Look at `database`; note on `trail`."""
        super().__init__(database)
        self._trail = trail

    def traces(self, sessions: Sequence[str]) -> list[SessionTrace]:
        """The traces of `sessions`, in this order."""
        found = super().traces(sessions)
        for session in sessions:
            self._trail.looked(subject_of(session), "compared with others")
        return found

    def cohort(self, search: CohortSearch, progress: Progress) -> CohortAnswer | None:
        """The cohort of a search."""
        answer = super().cohort(search, progress)
        if answer is not None:
            self._trail.looked(SESSIONS, f"cohort: {search.words}")
        return answer
