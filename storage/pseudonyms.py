"""Pseudonyms and shifts of dates that only the site which made them can follow.

Both come from a secret of the site by HMAC-SHA256: the same patient has the same pseudonym and the
same shift in every copy, and whoever lacks the secret can neither find the patient behind one nor
undo the other. The secret is 32 random bytes in hexadecimal in a file that only its owner may read,
beside the key that seals. Where it is lost, copies made later do not match earlier ones.
"""

from __future__ import annotations

import hmac
import os
import secrets
from base64 import b32encode
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from storage.whole_files import keep_also_as, write_whole

SECRET_NAME = "pseudonym-key"  # noqa: S105 - the name of its file
"""File of the secret, beside the key that seals."""

SECRET_BYTES = 32
LEAST_SHIFT_DAYS, MOST_SHIFT_DAYS = 30, 1_095
"""How many days earlier the dates of a copy are, at least and at most [design]."""

_LETTERS = 10


class PseudonymError(Exception):
    """There is no usable secret; the text is the sentence for people."""


@dataclass(frozen=True, slots=True)
class Pseudonyms:
    """What stands for a patient and a session in de-identified copies of this site."""

    secret: bytes = field(repr=False)

    def patient(self, identity: str) -> str:
        """A pseudonym for the patient known by `identity`, for example ``P-K3VZ7QH2MA``."""
        return "P-" + self._letters("patient", identity)

    def session(self, name: str) -> str:
        """A pseudonym for the session `name`."""
        return "S-" + self._letters("session", name)

    def shift_days(self, identity: str) -> int:
        """By how many whole days the dates of this patient move; below 0, for all move back."""
        spread = MOST_SHIFT_DAYS - LEAST_SHIFT_DAYS + 1
        number = int.from_bytes(self._digest("shift", identity)[:8], "big")
        return -(LEAST_SHIFT_DAYS + number % spread)

    def _letters(self, purpose: str, text: str) -> str:
        return b32encode(self._digest(purpose, text)).decode()[:_LETTERS]

    def _digest(self, purpose: str, text: str) -> bytes:
        message = f"infusion-room {purpose} 1\n{text}".encode("utf-8", "surrogateescape")
        return hmac.digest(self.secret, message, "sha256")


def make_or_load_secret(path: Path) -> Pseudonyms:
    """The secret in the file at `path`; where there is no file, a new one is made (mode 0600).

    Raises:
        PseudonymError: the file cannot be read or made, or holds no such secret.
    """
    try:
        if not path.exists():
            _make(path)
        secret = bytes.fromhex(path.read_text("ascii").strip())
    except OSError as error:
        raise PseudonymError(
            f"The secret of pseudonyms {path} cannot be used: {error.strerror}."
        ) from error
    except ValueError:
        secret = b""
    if len(secret) != SECRET_BYTES:
        raise PseudonymError(
            f"The file {path} holds no secret of pseudonyms. Put it back from a backup; with "
            "another one the same patient has another pseudonym."
        )
    return Pseudonyms(secret)


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = path.with_name(f".{path.name}.{os.getpid()}")
    write_whole(part, secrets.token_hex(SECRET_BYTES).encode())
    try:
        with suppress(FileExistsError):  # another program was quicker: its secret is the site's
            keep_also_as(part, path)
    finally:
        part.unlink()
