"""The accounts of a record, folded from the entries of its logbook.

An entry about a user who has no account changes nothing but the count of their tries.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from types import MappingProxyType

from protocols.events.terms import Proof, Role
from protocols.logbook.entries import (
    CredentialSet,
    Entry,
    LockLifted,
    PersonAdded,
    PersonChanged,
    PersonRetired,
    SignedIn,
    SignInRefused,
)
from protocols.people.lock_out import Tries
from protocols.people.rights import LockOut

ACCOUNT_ENTRIES = (PersonAdded, PersonChanged, PersonRetired, CredentialSet)
"""Entries that say who may sign in, and with what."""

FOLDED = (*ACCOUNT_ENTRIES, LockLifted, SignedIn, SignInRefused)
"""Every entry that changes what is known of an account."""

START = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Credential:
    """A password or PIN as it is kept: its argon2id verifier; see `CredentialSet`."""

    verifier: str
    must_change: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One account: its words, its secrets by their kind, and the wrong tries in a row."""

    user: str
    name: str
    roles: tuple[Role, ...]
    active: bool = True
    secrets: Mapping[Proof, Credential] = field(default_factory=lambda: MappingProxyType({}))
    tries: Tries = field(default_factory=Tries)


@dataclass(frozen=True, slots=True, kw_only=True)
class Accounts:
    """Every account by its key (`account_key`), and the newest time that the logbook knows."""

    people: Mapping[str, Person] = field(default_factory=lambda: MappingProxyType({}))
    newest: datetime = START

    def find(self, user: str) -> Person | None:
        """The account of `user`, whatever the case of the letters."""
        return self.people.get(account_key(user))

    @property
    def any(self) -> bool:
        """Whether anybody has an account, retired or not."""
        return bool(self.people)


def account_key(user: str) -> str:
    """What two spellings of a user or a name have in common: no case, single spaces."""
    return " ".join(user.split()).casefold()


def fold_accounts(accounts: Accounts, entries: Iterable[Entry], rule: LockOut) -> Accounts:
    """The accounts after `entries`, in their order."""
    people = dict(accounts.people)
    newest = accounts.newest
    for entry in entries:
        at = _moment(entry.at_utc, newest)
        person = _after(people, entry, at, newest, rule)
        if person is not None:
            people[account_key(person.user)] = person
        newest = max(newest, at)
    return Accounts(people=MappingProxyType(people), newest=newest)


def _after(
    people: Mapping[str, Person], entry: Entry, at: datetime, newest: datetime, rule: LockOut
) -> Person | None:
    """The person whom `entry` is about, as they stand after it; None: it changes nobody."""
    if isinstance(entry, PersonAdded):
        known = people.get(account_key(entry.user))
        if known is not None:
            return replace(known, name=entry.name, roles=entry.roles)
        return Person(user=entry.user, name=entry.name, roles=entry.roles)
    if not isinstance(entry, FOLDED):
        return None
    known = people.get(account_key(entry.user))
    if known is None:
        return None
    if isinstance(entry, PersonChanged):
        return replace(known, name=entry.name, roles=entry.roles)
    if isinstance(entry, PersonRetired):
        return replace(known, active=entry.active)
    if isinstance(entry, CredentialSet):
        secret = Credential(verifier=entry.verifier, must_change=entry.must_change)
        return replace(known, secrets=MappingProxyType({**known.secrets, entry.proof: secret}))
    if isinstance(entry, SignInRefused):
        if not entry.counts:
            return None
        return replace(known, tries=known.tries.after_wrong(at, newest, rule))
    return replace(known, tries=Tries())


def _moment(text: str, otherwise: datetime) -> datetime:
    """The time in `text`; `otherwise` where it is none."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return otherwise
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
