"""The entries of a logbook. They are appended, never changed.

`by` is the person at the program (``os:anna`` is an account of the operating system, where nobody
signed in; ``program`` is the program itself), `at_utc` the wall clock, ISO 8601 in UTC with
milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.terms import Proof, Role


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """Anything that a logbook says."""

    by: str
    at_utc: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LogbookOpened(Entry):
    """The first entry: `logbook` is the unique name of this logbook and so of its record file."""

    logbook: str
    program: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonAdded(Entry):
    """An account: `user` is what is typed to sign in, `name` what stands in records."""

    user: str
    name: str
    roles: tuple[Role, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonChanged(Entry):
    """Name or roles of an account are these from now on, and why."""

    user: str
    name: str
    roles: tuple[Role, ...]
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonRetired(Entry):
    """An account may no longer be used (`active` False), or may be again; never deleted."""

    user: str
    active: bool
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CredentialSet(Entry):
    """A password or PIN was set; `verifier` is its argon2id hash in PHC form, never itself.

    `must_change`: it was set by somebody else and serves only to set an own one.
    """

    user: str
    proof: Proof
    verifier: str
    must_change: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn(Entry):
    """`user` proved who they are; `purpose` says for what (empty: to work), `place` where."""

    user: str
    proof: Proof
    purpose: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignInRefused(Entry):
    """Somebody did not prove to be `user`, and why. `counts`: a wrong password or PIN."""

    user: str
    proof: Proof
    why: str
    counts: bool = True
    purpose: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LockLifted(Entry):
    """An administrator let `user` try again before the lock-out ended."""

    user: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOut(Entry):
    """`user` left, or the place was locked; `cause` says which and why."""

    user: str
    cause: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class EmergencyEntered(Entry):
    """Somebody works without signing in; `name` was only typed, and `reason` says why."""

    name: str
    reason: str
    place: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked(Entry):
    """Something recorded was shown.

    `subject` is ``session NAME``, ``sessions``, ``course NAME``, ``patient MRN`` or ``logbook``,
    `place` ``review``, ``replay`` or the command.
    """

    subject: str
    place: str
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Exported(Entry):
    """A copy left the record's protection: its form, where it went, its SHA-256 in hexadecimal."""

    subject: str
    format: str
    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed(Entry):
    """Something outside the sessions was changed: settings, rules files, encryption.

    `before` and `after` are texts for people; a secret is never among them.
    """

    subject: str
    before: str
    after: str
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyMade(Entry):
    """A key that seals records: Ed25519, `public_key` hexadecimal, `key` its short name."""

    key: str
    public_key: str


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalEnded(Entry):
    """A session was closed or amended after its close, or something was entered in a course.

    Attributes:
        subject: ``session NAME`` or ``course NAME``.
        seq: the number of its last event or entry then.
        chain: its chain value after that, hexadecimal.
    """

    subject: str
    seq: int
    chain: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Verified(Entry):
    """A record was checked; `problem` is the first thing wrong, or empty."""

    subject: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp(Entry):
    """A backup was made and opened again; `problem` says what was wrong with it, or is empty."""

    path: str
    sha256: str
    sessions: int
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored(Entry):
    """This record was put back from a backup."""

    path: str
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FileSetAside(Entry):
    """A damaged record file was set aside, and what could be taken over from it."""

    path: str
    why: str
    salvaged: str


ENTRY_KINDS: dict[str, type[Entry]] = {
    "logbook_opened": LogbookOpened,
    "person_added": PersonAdded,
    "person_changed": PersonChanged,
    "person_retired": PersonRetired,
    "credential_set": CredentialSet,
    "signed_in": SignedIn,
    "sign_in_refused": SignInRefused,
    "lock_lifted": LockLifted,
    "signed_out": SignedOut,
    "emergency_entered": EmergencyEntered,
    "looked": Looked,
    "exported": Exported,
    "changed": Changed,
    "key_made": KeyMade,
    "journal_ended": JournalEnded,
    "verified": Verified,
    "backed_up": BackedUp,
    "restored": Restored,
    "file_set_aside": FileSetAside,
}
"""Every kind of entry by its name in the record."""
