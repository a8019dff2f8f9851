"""What a new password or PIN must be; the numbers are those of the rights file."""

from __future__ import annotations

import unicodedata

from protocols.events.terms import Proof
from protocols.people.accounts import account_key
from protocols.people.rights import Secrets
from protocols.people.sentences import too_short

LONGEST = 256
"""Longest secret taken, in characters: hashing more would only cost time."""

_DIGITS = "01234567890"


def as_hashed(secret: str) -> str:
    """`secret` as it is hashed: the same whatever way a keyboard composes its letters (NFKC)."""
    return unicodedata.normalize("NFKC", secret)


def secret_problem(secret: str, proof: Proof, rules: Secrets, user: str, name: str) -> str:
    """Why `secret` may not be the password or PIN of `user`, in a sentence; empty: it may."""
    text = as_hashed(secret)
    if len(text) > LONGEST:
        return f"At most {LONGEST} characters are taken."
    if proof is Proof.PIN:
        return _pin_problem(text, rules.pin_length)
    if len(text) < rules.password_length:
        return too_short("password", len(text), rules.password_length)
    if len(set(text)) < 4:
        return "The password repeats too few characters. Take several words."
    if account_key(text) in (account_key(user), account_key(name)):
        return "The password is the name of its owner. Take several other words."
    return ""


def _pin_problem(pin: str, shortest: int) -> str:
    if not (pin.isascii() and pin.isdigit()):
        return "A PIN has digits only."
    if len(pin) < shortest:
        return f"The PIN has {len(pin)} digits; at least {shortest} are needed."
    if len(set(pin)) == 1 or pin in _DIGITS or pin in _DIGITS[::-1]:
        return f"{pin[:2]}... is guessed first. Take digits in no row."
    return ""
