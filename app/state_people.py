"""What a screen shows of people: who is at the bedside, how that was proven, and the lock."""

from __future__ import annotations

from dataclasses import dataclass, replace

from protocols.events import PersonIdentified, StationLocked
from protocols.events.terms import Proof
from protocols.people.rights import Rights
from protocols.people.rights_file import parse_rights


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleShown:
    """The people of a session at one moment.

    Attributes:
        rights: what is in force, or None where nobody has an account.
        person: who is at the bedside; None while nobody said who they are, as after a cut.
        locked: how the bedside was locked, or None while it is not.
        lately: the last person proven for one command (`purpose`), or None.
    """

    rights: Rights | None = None
    person: PersonIdentified | None = None
    locked: StationLocked | None = None
    lately: PersonIdentified | None = None

    @property
    def name(self) -> str:
        """Who is at the bedside, as actions name them; empty while nobody is known."""
        return "" if self.person is None else self.person.name

    @property
    def emergency(self) -> bool:
        """Whether somebody works without having signed in; to be flagged all the while."""
        return self.person is not None and self.person.proof is Proof.NONE

    def with_identified(self, event: PersonIdentified) -> PeopleShown:
        """After `event`: somebody at the bedside, or proven for one command."""
        if event.purpose:
            return replace(self, lately=event)
        return replace(self, person=event, locked=None)

    def with_lock(self, event: StationLocked) -> PeopleShown:
        """After `event`."""
        return replace(self, locked=event if event.locked else None)

    def after_cut(self) -> PeopleShown:
        """After a cut: who was at the bedside then says nothing of now."""
        return PeopleShown(rights=self.rights)


def people_shown(people_text: str) -> PeopleShown:
    """Nobody yet, under the rights in `people_text` of a session (empty: none)."""
    return PeopleShown(
        rights=parse_rights(people_text, "rights of this session") if people_text else None
    )
