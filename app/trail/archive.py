"""The recorded sessions, each look at them noted."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

from app.records.archive import Archive
from app.records.catalogue import (
    OpenedSession,
    Progress,
    RecordedSession,
    Search,
    SessionLine,
    TrailLine,
    Verdict,
)
from app.trail.noting import SESSIONS, Trail, subject_of
from app.trail.reading import merge, read_trail_elsewhere
from storage.database import Database

STOOD_S = 2.0
"""A search whose answer stood for so long was looked at; before that somebody was still typing."""


class WatchedArchive(Archive):
    """An `Archive` whose looks, copies and verifications are on the trail."""

    def __init__(
        self, database: Database, trail: Trail, waited_s: Callable[[], float] = time.monotonic
    ) -> None:
        """Look at `database`; note on `trail`."""
        super().__init__(database)
        self._trail = trail
        self._waited_s = waited_s
        self._shown: tuple[Search, float] | None = None

    def list_sessions(
        self, search: Search, first: int = 0, most: int | None = None
    ) -> list[SessionLine]:
        """The sessions asked for; the list is one look, and so is each search that stood."""
        found = super().list_sessions(search, first, most)
        now_s = self._waited_s()
        if self._shown is None or self._shown[0] != search:
            if self._shown is not None and now_s - self._shown[1] >= STOOD_S:
                self._note_shown()
            self._shown = (search, now_s)
        if not search.narrows:
            self._note_shown()
        return found

    def open_session(self, session: str) -> OpenedSession:
        """Open a session to its full trends."""
        opened = super().open_session(session)
        self._note_shown()
        self._trail.looked(subject_of(session))
        return opened

    def read_session(self, session: str) -> RecordedSession:
        """Load every event of a session that a screen shows."""
        recorded = super().read_session(session)
        self._trail.looked(subject_of(session))
        return recorded

    def trail(self, session: str = "") -> list[TrailLine]:
        """What is on the trail of the record and on that of this machine, newest first."""
        self._trail.flush()
        found = super().trail(session)
        own = self._trail.place
        if self._database.path is not None and self._database.path.resolve() == Path(own).resolve():
            return found
        return merge(found, read_trail_elsewhere(own, session))

    def verify(self, session: str, progress: Progress) -> Verdict | None:
        """Check the chain, then replay and compare."""
        verdict = super().verify(session, progress)
        if verdict is not None:
            problem = "" if verdict.good else " ".join(verdict.sentences)
            self._trail.verified(subject_of(session), problem)
        return verdict

    def close(self) -> None:
        """Note the search that is shown at the end."""
        self._note_shown()

    def _note_shown(self) -> None:
        if self._shown is not None:
            self._trail.looked(SESSIONS, search_words(self._shown[0]))


def search_words(search: Search) -> str:
    """What a search asks for, in words; empty where it does not narrow the list."""
    alarms = {None: "", True: "with alarms", False: "without alarms"}[search.with_alarms]
    parts = [
        f"patient {search.patient}" if search.patient else "",
        "" if search.since is None else f"from {search.since.isoformat()}",
        "" if search.until is None else f"to {search.until.isoformat()}",
        f"protocol {search.protocol}" if search.protocol else "",
        alarms,
    ]
    return ", ".join(part for part in parts if part)
