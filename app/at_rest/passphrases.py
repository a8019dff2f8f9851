"""Secrets as people give them: typed, or in a file that only they may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from storage.key_file import DataKey, Holder, KeyFile
from storage.key_slots import open_with_passphrase, open_with_secret
from storage.recovery_key import RecoveryKeyError, read_recovery_key

_MOST_BYTES = 4_096


class PassphraseFileError(Exception):
    """A file that holds no passphrase; the text says why and what to do."""


def read_passphrase_file(path: Path) -> str:
    """The first line of a file that only its owner may read.

    Raises:
        PassphraseFileError: it cannot be read, others may read it, or it is empty.
    """
    place = path.expanduser()
    try:
        with place.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            if os.name == "posix" and mode & (stat.S_IRWXG | stat.S_IRWXO):
                raise PassphraseFileError(f"{place} can be read by others: chmod 600 {place}")
            data = file.read(_MOST_BYTES)
    except OSError as error:
        raise PassphraseFileError(f"{place} cannot be read: {error.strerror or error}.") from error
    try:
        text = data.decode().split("\n", 1)[0].strip("\r")
    except UnicodeDecodeError as error:
        raise PassphraseFileError(f"{place} is not text in UTF-8.") from error
    if not text:
        raise PassphraseFileError(f"{place} is empty: write the passphrase into its first line.")
    return text


def open_with_typed(key_file: KeyFile, text: str) -> list[DataKey]:
    """The keys that a typed passphrase or recovery key opens; none when it is wrong.

    Raises:
        RecoveryKeyError: it is written like a recovery key, but a group of it is mistyped.
    """
    found = open_with_passphrase(key_file, text)
    if found:
        return found
    try:
        return open_with_secret(key_file, Holder.RECOVERY, read_recovery_key(text))
    except RecoveryKeyError:
        if _is_like_recovery_key(text):
            raise
        return []


def _is_like_recovery_key(text: str) -> bool:
    groups = text.replace("-", " ").split()
    return len(groups) > 5 and all(len(group) in (4, 5, 6) for group in groups)
