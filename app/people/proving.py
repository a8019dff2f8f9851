"""Whether somebody is who they say: the secret checked, the tries counted, both on the trail.

Synchronous; an answer takes about 0.2 s, as long for a user who has no account. Nothing here waits
for the database: what could be read last, and the copy beside it, serve as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta

from app.clock import iso_utc, utc_now
from app.people.actor import actor
from app.people.credentials import Credentials
from app.people.door import Account, Proven, Refused
from app.people.roster import Roster
from protocols.events.terms import Proof
from protocols.logbook.entries import CredentialSet, SignedIn, SignInRefused
from protocols.people import sentences
from protocols.people.accounts import Credential, Person, account_key
from protocols.people.lock_out import Tries
from protocols.people.rights import Rights

TO_CHANGE_SECRET = "set_secret"  # noqa: S105 - the name of a purpose
"""Purpose of the proof that goes with setting an own password or PIN."""

MOST_STRANGERS = 1_000
"""Users without an account whose tries are counted too, so that a guess tells not who has one."""


def clock_words(until: datetime) -> str:
    """The local time of day from which on it is allowed again: the next whole minute."""
    return f"{until.astimezone() + timedelta(seconds=60, microseconds=-1):%H:%M}"


class Proving:
    """Proofs of the people of one record at one place."""

    def __init__(
        self,
        roster: Roster,
        credentials: Credentials,
        policy: Rights,
        where: Callable[[], str],
        now: Callable[[], datetime] = utc_now,
        waited_s: Callable[[], float] = time.monotonic,
    ) -> None:
        """By the accounts of `roster`; `waited_s` is a clock that nobody can set."""
        self._roster = roster
        self._credentials = credentials
        self._policy = policy
        self._where = where
        self._now = now
        self._waited_s = waited_s
        self._strangers: dict[str, Tries] = {}
        self._rests: dict[tuple[str, int], float] = {}

    def prove(self, user: str, secret: str, proof: Proof, purpose: str = "") -> Proven | Refused:
        """Whether `secret` is the password or PIN of `user`, enough for `purpose`."""
        self._roster.refresh()
        person = self._roster.accounts.find(user)
        if not self._policy.accepts(proof, purpose):
            return self._refuse(person, proof, purpose, sentences.NOT_WITH_PIN)
        until = self.rests_until(account_key(user), self._tries(user))
        if until is not None:
            sentence = sentences.rests_until(clock_words(until))
            refused = self._refuse(person, proof, purpose, sentence)
            return Refused(sentence=refused.sentence, until_utc=iso_utc(until))
        known = None if person is None else person.secrets.get(proof)
        checked = self._credentials.check(secret, "" if known is None else known.verifier)
        if not checked.fits or person is None or known is None:
            return self._count_wrong(user, person, proof, purpose)
        if not person.active:
            return self._refuse(person, proof, purpose, sentences.RETIRED)
        return self._accept(person, known, checked.renewed, proof, purpose)

    def view(self, person: Person) -> Account:
        """The account of `person` as it stands now."""
        until = self.rests_until(account_key(person.user), person.tries)
        return Account(
            user=person.user,
            name=person.name,
            roles=person.roles,
            active=person.active,
            locked_until_utc="" if until is None else iso_utc(until),
            has_password=Proof.PASSWORD in person.secrets,
            has_pin=Proof.PIN in person.secrets,
            must_change=tuple(
                proof for proof in (Proof.PASSWORD, Proof.PIN) if _must_change(person, proof)
            ),
        )

    def rests_until(self, key: str, tries: Tries) -> datetime | None:
        """Until when an account rests after wrong tries; None: it does not.

        It ends when the wall clock says so, or once this program has waited as long itself: a clock
        that was set to another year must not keep somebody out for a year.
        """
        rule = self._policy.lock_out
        until = tries.until(rule)
        if until is None or self._now() >= until:
            return None
        now_s = self._waited_s()
        began_s = self._rests.setdefault((key, tries.wrong), now_s)
        left_s = tries.rest(rule).total_seconds() - (now_s - began_s)
        if left_s <= 0:
            return None
        return min(until, self._now() + timedelta(seconds=left_s))

    def _tries(self, user: str) -> Tries:
        person = self._roster.accounts.find(user)
        if person is not None:
            return person.tries
        return self._strangers.get(account_key(user), Tries())

    def _accept(
        self, person: Person, known: Credential, renewed: str, proof: Proof, purpose: str
    ) -> Proven | Refused:
        changing = purpose == TO_CHANGE_SECRET
        if known.must_change and purpose and not changing:
            return self._refuse(person, proof, purpose, sentences.MUST_CHANGE)
        at = iso_utc(self._now())
        if renewed:
            self._roster.note(
                CredentialSet(
                    by="program",
                    at_utc=at,
                    user=person.user,
                    proof=proof,
                    verifier=renewed,
                    must_change=known.must_change,
                )
            )
        self._roster.note(
            SignedIn(
                by=person.name,
                at_utc=at,
                user=person.user,
                proof=proof,
                purpose=purpose,
                place=self._where(),
            )
        )
        self._rests = {key: began for key, began in self._rests.items() if key[0] != person.user}
        fresh = self._roster.accounts.find(person.user) or person
        return Proven(account=self.view(fresh), proof=proof, purpose=purpose)

    def _count_wrong(self, user: str, person: Person | None, proof: Proof, purpose: str) -> Refused:
        """One more wrong try; of a user without an account only this program counts."""
        rule = self._policy.lock_out
        now = self._now()
        if person is None:
            key = account_key(user)
            if len(self._strangers) >= MOST_STRANGERS:
                self._strangers.clear()
            self._strangers[key] = self._tries(user).after_wrong(now, now, rule)
        self._refuse(person, proof, purpose, "wrong", counts=person is not None)
        tries = self._tries(user)
        until = self.rests_until(account_key(user), tries)
        if until is not None:
            sentence = sentences.rests_until(clock_words(until))
            return Refused(sentence=sentence, tries_left=0, until_utc=iso_utc(until))
        left = tries.left(rule)
        sentence = f"{sentences.NOT_RECOGNISED} {sentences.tries_left(left)}"
        return Refused(sentence=sentence, tries_left=left)

    def _refuse(
        self,
        person: Person | None,
        proof: Proof,
        purpose: str,
        why: str,
        *,
        counts: bool = False,
    ) -> Refused:
        """What was typed as a user who has no account is not noted: it may be a password."""
        self._roster.note(
            SignInRefused(
                by=actor(),
                at_utc=iso_utc(self._now()),
                user="" if person is None else person.user,
                proof=proof,
                why=why if person is not None else "no such account",
                counts=counts,
                purpose=purpose,
                place=self._where(),
            )
        )
        return Refused(sentence=why)


def _must_change(person: Person, proof: Proof) -> bool:
    known = person.secrets.get(proof)
    return known is not None and known.must_change
