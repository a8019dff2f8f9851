"""What a visit that begins is told of people: the rights in force and who is signed in."""

from __future__ import annotations

from dataclasses import dataclass

from app.people.house import House
from app.reception.desk import DeskError
from protocols.events import PersonIdentified
from protocols.events.terms import Proof
from protocols.people.authority import EMERGENCY_ROLES
from protocols.people.rights import Rights


@dataclass(frozen=True, slots=True, kw_only=True)
class PeopleOfVisit:
    """Rights and person of one visit.

    Attributes:
        text: the rights file in force; empty where nobody has an account.
        person: who is signed in, or None.
        rights: the same as `text`, read.
    """

    text: str = ""
    person: PersonIdentified | None = None
    rights: Rights | None = None

    def observer(self, typed: str) -> str:
        """Who is recorded as the observer from the start: `typed` where nobody has an account.

        Where people have accounts it is who is signed in, if they may take a patient over.
        """
        if self.rights is None:
            return typed
        right = self.rights.of_command("hand_over")
        if self.person is None or right is None:
            return ""
        unproven = self.person.proof is Proof.NONE
        roles = EMERGENCY_ROLES if unproven else self.person.roles
        return "" if right.roles.isdisjoint(roles) else self.person.name


def people_of_visit(people: House, person: PersonIdentified | None) -> PeopleOfVisit:
    """What a visit with real monitors is told.

    Raises:
        DeskError: people have accounts, and the rights file of this site cannot be used.
    """
    if not people.has_accounts:
        return PeopleOfVisit()
    if people.rights_problem:
        raise DeskError(people.rights_problem)
    return PeopleOfVisit(text=people.policy_text, person=person, rights=people.policy)
