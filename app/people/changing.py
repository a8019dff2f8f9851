"""Changes of accounts, each by an administrator who proved it, each on the trail. Synchronous."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime

from app.clock import iso_utc, utc_now
from app.people.actor import actor
from app.people.credentials import Credentials
from app.people.door import TO_ADMINISTER, Account, Proven, Refused
from app.people.proving import TO_CHANGE_SECRET, Proving
from app.people.roster import Roster
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import (
    CredentialSet,
    Entry,
    LockLifted,
    PersonAdded,
    PersonChanged,
    PersonRetired,
)
from protocols.people import sentences
from protocols.people.account_rules import change_problem, new_problem, retire_problem
from protocols.people.accounts import Person
from protocols.people.rights import Rights
from protocols.people.secret_rules import secret_problem

THERE_ARE_ACCOUNTS = "There are accounts already. Ask an administrator."
UNREADABLE = "The record cannot be read, so nobody knows whether it has accounts. Try again later."
SAME_SECRET = "The new one is the old one. Take another."  # noqa: S105 - a sentence


class Changing:
    """Makes and changes the accounts of one record."""

    def __init__(
        self,
        roster: Roster,
        credentials: Credentials,
        policy: Rights,
        proving: Proving,
        now: Callable[[], datetime] = utc_now,
    ) -> None:
        """Of the accounts in `roster`."""
        self._roster = roster
        self._credentials = credentials
        self._policy = policy
        self._proving = proving
        self._now = now

    def create_first_administrator(
        self, user: str, name: str, roles: Sequence[Role], password: str
    ) -> Account | Refused:
        """Begin the accounts of a record that has none."""
        self._roster.refresh()
        if self._roster.accounts.any:
            return Refused(sentence=THERE_ARE_ACCOUNTS)
        if not self._roster.is_known:
            return Refused(sentence=UNREADABLE)
        wanted = tuple(dict.fromkeys((*roles, Role.ADMINISTRATOR)))
        name = " ".join(name.split())
        problem = new_problem(self._roster.accounts, user, name, wanted) or secret_problem(
            password, Proof.PASSWORD, self._policy.secrets, user, name
        )
        if problem:
            return Refused(sentence=problem)
        verifier = self._credentials.make(password)
        self._note(PersonAdded(by=actor(), at_utc=self._at(), user=user, name=name, roles=wanted))
        made = self._set(name, user, Proof.PASSWORD, verifier, must_change=False)
        self._roster.flush()  # the record file may only be made by this, and others will read it
        return made

    def add(self, by: Proven, user: str, name: str, roles: Sequence[Role]) -> Account | Refused:
        """A new account, still without any secret."""
        name = " ".join(name.split())
        problem = self._problem(by) or new_problem(self._roster.accounts, user, name, roles)
        if problem:
            return Refused(sentence=problem)
        return self._note(
            PersonAdded(
                by=by.account.name, at_utc=self._at(), user=user, name=name, roles=tuple(roles)
            )
        )

    def change(
        self, by: Proven, user: str, name: str, roles: Sequence[Role], reason: str
    ) -> Account | Refused:
        """Other name or roles, and why."""
        name = " ".join(name.split())
        accounts = self._roster.accounts
        problem = self._problem(by) or change_problem(accounts, user, name, roles, reason)
        person = accounts.find(user)
        if problem or person is None:
            return Refused(sentence=problem)
        return self._note(
            PersonChanged(
                by=by.account.name,
                at_utc=self._at(),
                user=person.user,
                name=name,
                roles=tuple(roles),
                reason=reason.strip(),
            )
        )

    def retire(self, by: Proven, user: str, reason: str, *, active: bool) -> Account | Refused:
        """End the use of an account, or allow it again."""
        accounts = self._roster.accounts
        problem = self._problem(by) or retire_problem(accounts, user, reason, active=active)
        person = accounts.find(user)
        if problem or person is None:
            return Refused(sentence=problem)
        return self._note(
            PersonRetired(
                by=by.account.name,
                at_utc=self._at(),
                user=person.user,
                active=active,
                reason=reason.strip(),
            )
        )

    def lift_lock(self, by: Proven, user: str, reason: str) -> Account | Refused:
        """Let somebody try again before the lock-out ends."""
        problem = self._problem(by)
        person = self._roster.accounts.find(user)
        if problem or person is None:
            return Refused(sentence=problem or sentences.NO_ACCOUNT)
        return self._note(
            LockLifted(
                by=by.account.name, at_utc=self._at(), user=person.user, reason=reason.strip()
            )
        )

    def set_secret(self, by: Proven, user: str, proof: Proof, new: str) -> Account | Refused:
        """Set the secret of somebody else; it serves only to set an own one."""
        problem = self._problem(by)
        person = self._roster.accounts.find(user)
        if problem or person is None:
            return Refused(sentence=problem or sentences.NO_ACCOUNT)
        problem = self._secret_problem(person, proof, new)
        if problem:
            return Refused(sentence=problem)
        own = person.user == by.account.user
        verifier = self._credentials.make(new)
        return self._set(by.account.name, person.user, proof, verifier, must_change=not own)

    def set_own_secret(self, user: str, password: str, proof: Proof, new: str) -> Account | Refused:
        """Set the own secret; `password` is the one that `user` has now."""
        proven = self._proving.prove(user, password, Proof.PASSWORD, TO_CHANGE_SECRET)
        if isinstance(proven, Refused):
            return proven
        person = self._roster.accounts.find(user)
        if person is None:
            return Refused(sentence=sentences.NO_ACCOUNT)
        problem = self._secret_problem(person, proof, new)
        if not problem and proof is Proof.PASSWORD and new == password:
            problem = SAME_SECRET
        if problem:
            return Refused(sentence=problem)
        verifier = self._credentials.make(new)
        return self._set(person.name, person.user, proof, verifier, must_change=False)

    def _problem(self, by: Proven) -> str:
        """Why `by` may not change accounts now."""
        self._roster.refresh()
        person = self._roster.accounts.find(by.account.user)
        if person is None or not person.active or Role.ADMINISTRATOR not in person.roles:
            return sentences.NOT_ADMINISTRATOR
        if by.purpose != TO_ADMINISTER or not self._policy.accepts(by.proof, by.purpose):
            return sentences.NOT_ADMINISTRATOR
        return ""

    def _secret_problem(self, person: Person, proof: Proof, new: str) -> str:
        if proof not in (Proof.PASSWORD, Proof.PIN):
            return "Only a password or a PIN can be set."
        return secret_problem(new, proof, self._policy.secrets, person.user, person.name)

    def _set(
        self, by: str, user: str, proof: Proof, verifier: str, *, must_change: bool
    ) -> Account | Refused:
        return self._note(
            CredentialSet(
                by=by,
                at_utc=self._at(),
                user=user,
                proof=proof,
                verifier=verifier,
                must_change=must_change,
            )
        )

    def _note(self, entry: Entry) -> Account | Refused:
        """Note `entry`, which is about a user; the account as it then stands."""
        self._roster.note(entry)
        person = self._roster.accounts.find(str(getattr(entry, "user", "")))
        if person is None:
            return Refused(sentence=sentences.NO_ACCOUNT)
        return self._proving.view(person)

    def _at(self) -> str:
        return iso_utc(self._now())
