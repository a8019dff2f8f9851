"""Passwords and PINs as argon2id verifiers: made, checked, renewed. They are kept nowhere else."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from protocols.people.rights import Secrets
from protocols.people.secret_rules import LONGEST, as_hashed

if TYPE_CHECKING:
    from argon2 import PasswordHasher


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """Whether a secret fits; `renewed` is a new verifier where the cost has grown, else empty."""

    fits: bool
    renewed: str = ""


class Credentials:
    """Makes and checks verifiers at the cost that the rights file names. Takes about 0.1 s each."""

    def __init__(self, rules: Secrets) -> None:
        """Hash at the cost of `rules`."""
        self._rules = rules
        self._nobody = ""

    @cached_property
    def _hasher(self) -> PasswordHasher:
        from argon2 import PasswordHasher, Type  # slow to load, and most starts sign nobody in

        return PasswordHasher(
            time_cost=self._rules.time_cost,
            memory_cost=self._rules.memory_kib,
            parallelism=self._rules.parallelism,
            type=Type.ID,
        )

    def make(self, secret: str) -> str:
        """The verifier of `secret` in PHC form, with a salt of its own."""
        return self._hasher.hash(as_hashed(secret))

    def check(self, secret: str, verifier: str) -> Checked:
        """Whether `secret` fits `verifier`.

        An empty `verifier`, where there is no such account, never fits and takes as long.
        """
        from argon2.exceptions import InvalidHashError, VerificationError

        text = as_hashed(secret)[: LONGEST + 1]
        try:
            self._hasher.verify(verifier or self._dummy(), text)
        except (InvalidHashError, VerificationError):
            return Checked(fits=False)
        if not verifier:
            return Checked(fits=False)
        stale = self._hasher.check_needs_rehash(verifier)
        return Checked(fits=True, renewed=self.make(secret) if stale else "")

    def _dummy(self) -> str:
        """The verifier of a secret that nobody knows."""
        if not self._nobody:
            self._nobody = self._hasher.hash(secrets.token_hex(32))
        return self._nobody
