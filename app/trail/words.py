"""What an entry of a logbook says, in words for a table. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from enum import Enum
from typing import Any

from protocols.logbook.entries import (
    ENTRY_KINDS,
    BackedUp,
    Changed,
    CredentialSet,
    Entry,
    Exported,
    FileSetAside,
    JournalEnded,
    Looked,
    SignedIn,
    SignedOut,
    SignInRefused,
    Verified,
)

_KIND_WORDS = {kind: name.replace("_", " ") for name, kind in ENTRY_KINDS.items()}
_LEFT_OUT = ("by", "at_utc", "verifier")

Words = tuple[str, str]
"""What was done, and the rest of what there is to say of it."""


def entry_words(entry: Entry) -> Words:
    """What `entry` says; what a password or PIN is checked with is never among it."""
    say = _WORDS.get(type(entry))
    return _plain(entry) if say is None else say(entry)


def _plain(entry: Entry) -> Words:
    told = [
        f"{field.name.replace('_', ' ')} {_text(value)}"
        for field in fields(entry)
        if field.name not in _LEFT_OUT and (value := getattr(entry, field.name)) not in ("", (), 0)
    ]
    return _KIND_WORDS[type(entry)], ", ".join(told)


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(_text(one) for one in value)
    return str(value.value if isinstance(value, Enum) else value)


def _at(place: str) -> str:
    return f" at {place}" if place else ""


def _looked(entry: Looked) -> Words:
    detail = f" ({entry.detail})" if entry.detail else ""
    return "looked", f"{entry.subject} in {entry.place}{detail}"


def _exported(entry: Exported) -> Words:
    digest = f"SHA-256 {entry.sha256}" if entry.sha256 else "no digest: it could not be read again"
    return "copy", f"{entry.subject} as {entry.format} to {entry.path}, {digest}"


def _changed(entry: Changed) -> Words:
    because = f" ({entry.reason})" if entry.reason else ""
    return "changed", f"{entry.subject}: {entry.before} → {entry.after}{because}"


def _verified(entry: Verified) -> Words:
    return "verified", f"{entry.subject}: {entry.problem or 'whole'}"


def _ended(entry: JournalEnded) -> Words:
    return "end noted", f"{entry.subject} at {entry.seq}"


def _signed_in(entry: SignedIn) -> Words:
    purpose = f" for {entry.purpose}" if entry.purpose else ""
    return "signed in", f"{entry.user} by {entry.proof.value}{purpose}{_at(entry.place)}"


def _refused(entry: SignInRefused) -> Words:
    return "refused", f"{entry.user} by {entry.proof.value}{_at(entry.place)}: {entry.why}"


def _signed_out(entry: SignedOut) -> Words:
    return "signed out", f"{entry.user}{_at(entry.place)}: {entry.cause}"


def _credential(entry: CredentialSet) -> Words:
    change = ", to be changed at the next sign-in" if entry.must_change else ""
    return f"{entry.proof.value} set", f"of {entry.user}{change}"


def _backed_up(entry: BackedUp) -> Words:
    how = entry.problem or f"whole, {entry.sessions} sessions"
    return "backup", f"{entry.path}: {how}"


def _set_aside(entry: FileSetAside) -> Words:
    return "set aside", f"{entry.path}: {entry.why} Taken over: {entry.salvaged}"


_WORDS: dict[type[Entry], Callable[[Any], Words]] = {
    BackedUp: _backed_up,
    Changed: _changed,
    CredentialSet: _credential,
    Exported: _exported,
    FileSetAside: _set_aside,
    JournalEnded: _ended,
    Looked: _looked,
    SignInRefused: _refused,
    SignedIn: _signed_in,
    SignedOut: _signed_out,
    Verified: _verified,
}
