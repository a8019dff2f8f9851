"""A recovery key as people print and type it: groups of four characters, each with a check.

Crockford's alphabet (no I, L, O or U) for 160 random bits: eight groups. The check of a group is a
weighted sum over GF(32) with the group's place in it, so that each single wrong character, each
swap of two neighbours and each swap of two groups is noticed, and the group is named.
"""

from __future__ import annotations

import secrets

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""The 32 characters, by their values."""

GROUPS = 8
"""Groups of a recovery key."""

GROUP_LETTERS = 4
"""Characters of a group before its check."""

_SECRET_BYTES = GROUPS * GROUP_LETTERS * 5 // 8
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


class RecoveryKeyError(Exception):
    """What was typed is no recovery key; the text says where."""


def draw_recovery_key() -> bytes:
    """160 random bits."""
    return secrets.token_bytes(_SECRET_BYTES)


def write_recovery_key(secret: bytes) -> str:
    """`secret` as its eight groups of five characters, joined by hyphens."""
    number = int.from_bytes(secret, "big")
    letters = [(number >> shift) & 31 for shift in range(len(secret) * 8 - 5, -1, -5)]
    groups = [letters[at : at + GROUP_LETTERS] for at in range(0, len(letters), GROUP_LETTERS)]
    return "-".join(
        "".join(ALPHABET[value] for value in (*group, _check(group, place)))
        for place, group in enumerate(groups)
    )


def read_recovery_key(text: str) -> bytes:
    """The secret that was typed; case, spaces and hyphens do not matter.

    Raises:
        RecoveryKeyError: a group is missing or mistyped; it is named.
    """
    joined = "".join(text.upper().split()).replace("-", "").translate(_READ_AS)
    size = GROUP_LETTERS + 1
    if len(joined) != GROUPS * size:
        raise RecoveryKeyError(
            f"A recovery key has {GROUPS} groups of {size} characters; these are {len(joined)}"
            f" characters instead of {GROUPS * size}."
        )
    number = 0
    for place in range(GROUPS):
        group = joined[place * size : (place + 1) * size]
        values = [ALPHABET.find(letter) for letter in group]
        if -1 in values or _check(values[:-1], place) != values[-1]:
            raise RecoveryKeyError(f"Group {place + 1} ({group}) is mistyped. Look at it again.")
        for value in values[:-1]:
            number = number << 5 | value
    return number.to_bytes(_SECRET_BYTES, "big")


def _check(group: list[int], place: int) -> int:
    total = place + 1
    for weight, value in enumerate(group, start=1):
        total ^= _times(1 << weight, value)
    return total


def _times(a: int, b: int) -> int:
    """Product in GF(32) by the polynomial x^5 + x^2 + 1."""
    product = 0
    while b:
        if b & 1:
            product ^= a
        a <<= 1
        if a & 32:
            a ^= 0b100101
        b >>= 1
    return product
