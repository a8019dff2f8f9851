"""Who is at the bedside, whose proof for a command stands, and what is therefore not taken.

Without rights (a session of a record that has no accounts) everything is taken, as ever. Persons
are told apart by their accounts, not by how a name is spelt; who works without one is told apart
by the name.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from protocols.events import (
    AssessEpisodes,
    CheckDose,
    Command,
    CommandRefused,
    DosePlanned,
    Event,
    OrderDose,
    Output,
    PersonIdentified,
    SessionClosed,
    SessionResumed,
    SignRecord,
    StationLocked,
    kind_of,
)
from protocols.events.terms import Proof, Role
from protocols.people import sentences
from protocols.people.accounts import account_key
from protocols.people.rights import CommandRight, Rights
from protocols.vitals import NS_PER_S

PROGRAM = "program"
"""`by` of what the program does itself; no account may have this name."""

UNSAID_COUNTS_S = 60
"""How long a proof stands in a session without rights, s; a signature needs one even there."""

EMERGENCY_ROLES = frozenset({Role.NURSE})
"""What somebody may act as who works without signing in."""


UNPROVEN_NEVER = ("sign_record",)
"""Kinds of command that nobody does without having signed in."""


class Authority:
    """The people of one session, as its events tell of them."""

    def __init__(self, rights: Rights | None = None) -> None:
        """Nobody is at the bedside yet; without `rights` nobody needs to be."""
        self.rights = rights
        self.person: PersonIdentified | None = None
        self.locked = False
        self._proofs: list[PersonIdentified] = []
        self._known: dict[str, PersonIdentified] = {}
        self._ordered: set[str] = set()

    def note(self, event: Event) -> None:
        """Take what `event` says of people; other events say nothing."""
        if isinstance(event, PersonIdentified):
            self._known[account_key(event.name)] = event
            if event.purpose:
                self._proofs.append(event)
            else:
                self.person, self.locked = event, False
        elif isinstance(event, StationLocked):
            self.locked = event.locked
            if event.locked:
                self._proofs.clear()
        elif isinstance(event, SessionResumed | SessionClosed):
            self.person, self.locked = None, False
            self._proofs.clear()

    def signer(self, by: str, t_ns: int) -> PersonIdentified | None:
        """Who `by` is as proven for signing at `t_ns`; None where nobody proved it."""
        return self._proven("sign_record", by, t_ns)

    def refusal(self, command: Command, givers: Sequence[str] = ()) -> str:
        """Why `command` is not taken, in a sentence; empty where it is.

        `givers` are the names of those who gave the drug, none of whom witnesses its waste.
        """
        kind = kind_of(command)
        if self.rights is None or command.by == PROGRAM:
            return ""
        right = self.rights.of_command(kind)
        if right is None:
            return sentences.unnamed_command(kind)
        if right.always:
            return ""
        if self.locked:
            return sentences.LOCKED
        actor = self._actor(command, kind, right)
        if isinstance(actor, str):
            return actor
        held = "" if actor is None else self._role_problem(command, actor, right)
        return held or self._second_problem(command, kind, right, actor, givers)

    def after(self, command: Command, outputs: list[Output]) -> list[Output]:
        """`outputs` of `command`, marked where it was a verbal order; a proof serves only once."""
        if self.rights is None or any(isinstance(one, CommandRefused) for one in outputs):
            return outputs
        for one in outputs:
            self.note(one)
        verbal = isinstance(command, OrderDose) and self._is_verbal(command)
        if isinstance(command, OrderDose):
            entered = _marks_of(self.person) if verbal and self.person else set()
            self._ordered = self._marks(command.by) | entered
        kind = kind_of(command)
        self._proofs = [proof for proof in self._proofs if proof.purpose != kind]
        if not verbal or self.person is None:
            return outputs
        name = self.person.name
        return [
            replace(one, taken_by=name) if isinstance(one, DosePlanned) else one for one in outputs
        ]

    def _actor(
        self, command: Command, kind: str, right: CommandRight
    ) -> PersonIdentified | str | None:
        """Who does it; a sentence where that is nobody who may; None for a verbal order."""
        proven = self._proven(kind, command.by, command.t_ns)
        if proven is not None:
            return proven
        if right.proven:
            return sentences.must_prove(command.by, self._counts_s)
        if self.person is None:
            return sentences.NOBODY_SIGNED_IN
        if account_key(command.by) == account_key(self.person.name):
            return self.person
        if not right.verbal_to.isdisjoint(_roles_of(self.person)) and command.by.strip():
            return self._named_problem(command.by, None, right.roles) or None
        return sentences.is_another(command.by, self.person.name)

    def _role_problem(self, command: Command, actor: PersonIdentified, right: CommandRight) -> str:
        if actor.proof is Proof.NONE and kind_of(command) in UNPROVEN_NEVER:
            return sentences.SIGNING_UNPROVEN
        if right.roles.isdisjoint(_roles_of(actor)):
            return sentences.lacks_role(actor.name, right.roles)
        if isinstance(command, SignRecord) and self.rights is not None:
            wanted = self.rights.signatures[command.meaning]
            if wanted.isdisjoint(actor.roles):
                return sentences.lacks_role(actor.name, wanted)
        if isinstance(command, AssessEpisodes) and self.rights is not None:
            closing = self.rights.closing
            if closes(command) and closing.isdisjoint(_roles_of(actor)):
                return sentences.lacks_role(actor.name, closing)
        if isinstance(command, CheckDose) and self._ordered & _marks_of(actor):
            return sentences.same_person(actor.name)
        return ""

    def _second_problem(
        self,
        command: Command,
        kind: str,
        right: CommandRight,
        actor: PersonIdentified | None,
        givers: Sequence[str],
    ) -> str:
        """Why the second person whom the command names does not stand for it."""
        name = str(getattr(command, right.second)).strip() if right.second else ""
        if not name:
            return ""
        second = self._proven(kind, name, command.t_ns)
        if right.second_verbal:
            return self._named_problem(name, second, right.second_roles)
        if second is None:
            return sentences.must_prove(name, self._counts_s)
        if right.second_roles.isdisjoint(_roles_of(second)):
            return sentences.lacks_role(second.name, right.second_roles)
        parts = set[str]().union(*(self._marks(giver) for giver in givers))
        if actor is not None:
            parts |= _marks_of(actor)
        return sentences.same_person(second.name) if parts & _marks_of(second) else ""

    def _named_problem(
        self, name: str, proven: PersonIdentified | None, roles: frozenset[Role]
    ) -> str:
        """Somebody named who need not be there; whoever is known in this session needs a role."""
        person = proven or self._known.get(account_key(name))
        if person is None or not roles.isdisjoint(_roles_of(person)):
            return ""
        return sentences.lacks_role(person.name, roles)

    def _proven(self, kind: str, name: str, t_ns: int) -> PersonIdentified | None:
        """Who proved to be `name` for this kind of command, not too long before `t_ns`.

        A name without a proof counts only while the bedside itself works without signing in.
        """
        emergency = self.person is not None and self.person.proof is Proof.NONE
        found = [
            proof
            for proof in self._proofs
            if proof.purpose == kind
            and account_key(proof.name) == account_key(name)
            and t_ns - proof.t_ns <= self._counts_s * NS_PER_S
            and (emergency or proof.proof is not Proof.NONE)
        ]
        return found[-1] if found else None

    def _is_verbal(self, order: OrderDose) -> bool:
        if self._proven(kind_of(order), order.by, order.t_ns) is not None:
            return False
        return self.person is None or account_key(order.by) != account_key(self.person.name)

    @property
    def _counts_s(self) -> int:
        return UNSAID_COUNTS_S if self.rights is None else self.rights.proof_counts_s

    def _marks(self, name: str) -> set[str]:
        """What somebody of that name is told apart by: the account, where known, and the name."""
        person = self._known.get(account_key(name))
        return {f"name {account_key(name)}"} if person is None else _marks_of(person)


def closes(command: AssessEpisodes) -> bool:
    """Whether it closes episodes or opens them again, and does not only comment on them."""
    return command.outcome is not None or command.reopened


def _marks_of(person: PersonIdentified) -> set[str]:
    marks = {f"name {account_key(person.name)}"}
    return marks | {f"user {account_key(person.user)}"} if person.user else marks


def _roles_of(person: PersonIdentified) -> Iterable[Role]:
    return EMERGENCY_ROLES if person.proof is Proof.NONE else person.roles
