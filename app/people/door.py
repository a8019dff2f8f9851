"""What windows ask of the program about people. No devices, no storage, no Qt.

A window is given a `People`; `app.people.house` makes it over the real record. Whatever takes time
(a secret is hashed for about 0.2 s, on purpose) happens in a thread of its own; the window passes a
`done`, and `deliver` calls it later, in the thread that calls `deliver`: a window's timer.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from protocols.events import PersonIdentified
from protocols.events.terms import Proof, Role
from protocols.people.rights import Rights

TO_ADMINISTER = "people"
"""Purpose of a proof that allows changing accounts; a PIN is not enough for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """One account as it stands now.

    Attributes:
        user: what is typed to sign in; `name` is what stands in records.
        active: False once retired.
        locked_until_utc: until when wrong tries keep it shut, ISO 8601 in UTC; empty: it is not.
        has_password, has_pin: which secrets it has.
        must_change: the secrets that somebody else set; they serve only to set own ones.
    """

    user: str
    name: str
    roles: tuple[Role, ...]
    active: bool = True
    locked_until_utc: str = ""
    has_password: bool = False
    has_pin: bool = False
    must_change: tuple[Proof, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """Somebody proved who they are. Where `account.must_change` has `proof`, they first set one."""

    account: Account
    proof: Proof
    purpose: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """What was asked was not done; `sentence` says why and what to do, for the person.

    Attributes:
        tries_left: wrong tries left before the account rests; None where that is not the matter.
        until_utc: until when the account rests, ISO 8601 in UTC, or empty.
    """

    sentence: str
    tries_left: int | None = None
    until_utc: str = ""


Answered = Callable[[Proven | Refused], None]
"""Called with what came of a proof."""

Changed = Callable[[Account | Refused], None]
"""Called with the account as it then stands, or with why it was not changed."""


class People(Protocol):
    """The people of one record. Every method returns at once; none raises for a person's mistake.

    What is done here is noted in the record's logbook, at the place that this was made for.
    """

    @property
    def has_accounts(self) -> bool:
        """Whether anybody has an account; without one, names are typed and nothing is asked."""
        ...

    @property
    def policy(self) -> Rights:
        """The rights and numbers in force."""
        ...

    @property
    def policy_text(self) -> str:
        """The same as the file has it, for the opening of a session."""
        ...

    def accounts(self) -> Sequence[Account]:
        """Every account as it stands now, in order of the names; retired ones last."""
        ...

    def account(self, user: str) -> Account | None:
        """The account of `user`, whatever the case of the letters; None: there is none."""
        ...

    def prove(self, user: str, secret: str, proof: Proof, purpose: str, done: Answered) -> None:
        """Check `secret` as the password or PIN of `user`.

        `purpose` is empty to sign in, the kind of a command to stand for it, or `TO_ADMINISTER`.
        """
        ...

    def create_first_administrator(
        self, user: str, name: str, roles: Sequence[Role], password: str, done: Changed
    ) -> None:
        """Begin the accounts of a record that has none; administrator is added to `roles`."""
        ...

    def add_person(
        self, by: Proven, user: str, name: str, roles: Sequence[Role]
    ) -> Account | Refused:
        """A new account, still without any secret. `by` is an administrator who proved it."""
        ...

    def change_person(
        self, by: Proven, user: str, name: str, roles: Sequence[Role], reason: str
    ) -> Account | Refused:
        """Other name or roles of an account, and why."""
        ...

    def retire_person(
        self, by: Proven, user: str, reason: str, *, active: bool = False
    ) -> Account | Refused:
        """End the use of an account, or with `active` allow it again; nothing is deleted."""
        ...

    def set_own_secret(
        self, user: str, password: str, proof: Proof, new: str, done: Changed
    ) -> None:
        """Set the own password or PIN; `password` is the one that `user` has now."""
        ...

    def set_secret(self, by: Proven, user: str, proof: Proof, new: str, done: Changed) -> None:
        """Set the secret of somebody else, who must change it before it serves for anything."""
        ...

    def lift_lock(self, by: Proven, user: str, reason: str) -> Account | Refused:
        """Let `user` try again before the lock-out ends."""
        ...

    def note_sign_out(self, user: str, cause: str) -> None:
        """`user` left this place, or it was locked: `cause` says which (``by hand``)."""
        ...

    def enter_emergency(self, name: str, reason: str) -> None:
        """Somebody works without signing in: always possible, noted and flagged."""
        ...

    def look_again(self, done: Callable[[], None]) -> None:
        """Take in what others noted since, as accounts made on the command line."""
        ...

    def deliver(self) -> bool:
        """Call every `done` that is due, in this thread; whether others are still worked on."""
        ...


def identify(proven: Proven) -> PersonIdentified:
    """What a session is told of somebody who proved who they are, and for what."""
    account = proven.account
    return PersonIdentified(
        t_ns=0,
        user=account.user,
        name=account.name,
        roles=account.roles,
        proof=proven.proof,
        purpose=proven.purpose,
    )


def identify_unproven(name: str, reason: str) -> PersonIdentified:
    """What a session is told of somebody who works without signing in, and why."""
    return PersonIdentified(t_ns=0, user="", name=name, roles=(), proof=Proof.NONE, reason=reason)
