"""The trail of one bedside: what is shown and copied there beside the running session."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

from app.people.actor import actor
from app.people.log_keeper import LogKeeper
from app.reception.courses import Courses
from app.reception.desk import CutSession, EarlierPatient
from app.reception.settings import Settings
from app.trail.courses import WatchedCourses
from app.trail.noting import SESSIONS, Trail, subject_of
from protocols.events import PersonIdentified

WHERE: Final = "bedside"
LONGEST: Final = 400
"""Characters of one side of a change that are kept."""


class RoomTrail:
    """Notes what people at one bedside look at. What they do is in the sessions themselves."""

    def __init__(self, keeper: LogKeeper, person: Callable[[], PersonIdentified | None]) -> None:
        """By way of `keeper`; `person` says who is signed in."""
        self._trail = Trail(keeper, WHERE, who=lambda: _name(person()))

    def courses(self, place: str) -> Courses:
        """The courses of the record at `place`, each look noted."""
        return WatchedCourses(place, self._trail)

    def patients(self, found: Sequence[EarlierPatient]) -> Sequence[EarlierPatient]:
        """Patients of earlier sessions, as they are offered."""
        if found:
            self._trail.looked(SESSIONS, "earlier patients")
        return found

    def cut(self, found: CutSession | None) -> CutSession | None:
        """The session that was cut, as the first page shows it."""
        if found is not None:
            self._trail.looked(subject_of(found.session), "cut, on the first page")
        return found

    def settings(self, before: Settings, after: Settings) -> None:
        """Settings were saved; nothing where they are the same."""
        changes = differences(before, after)
        if changes is not None:
            self._trail.changed("settings", *changes)

    def copy(self, session: str, form: str, path: Path) -> None:
        """A document was made of a session."""
        self._trail.exported(subject_of(session) if session else SESSIONS, form, path)


def _name(person: PersonIdentified | None) -> str:
    return actor() if person is None else person.name


def differences(before: Settings, after: Settings) -> tuple[str, str] | None:
    """What of the settings differs, as it was and as it is; None where nothing does."""
    old, new = before.model_dump(mode="json"), after.model_dump(mode="json")
    changed = [name for name in new if old.get(name) != new[name]]
    if not changed:
        return None
    return (
        "; ".join(f"{name}: {old.get(name)}" for name in changed)[:LONGEST],
        "; ".join(f"{name}: {new[name]}" for name in changed)[:LONGEST],
    )
