"""The secret that a bedside and its staff stations share: where it is kept, and a new one."""

from __future__ import annotations

import os
import secrets
import stat
from pathlib import Path

SECRET_VARIABLE = "INFUSION_ROOM_STAFF_SECRET"  # noqa: S105 - its name only
"""Environment variable that holds the secret itself."""

LEAST_CHARACTERS = 16
MOST_CHARACTERS = 1024

UNNAMED = (
    "No secret for staff stations: make one with `main.py staff --new-secret FILE`, copy the file "
    "to both machines, and name it in the settings there or with --secret-file."
)


class SecretError(Exception):
    """There is no secret that can be used; the text says why and what to do."""


def find_secret(option: str | None, settings_file: str) -> bytes:
    """The secret: of the file named by `option`, else the variable's, else that of the settings.

    Raises:
        SecretError: none is named, or the one that is cannot be used.
    """
    if option:
        return read_secret(Path(option))
    named = os.environ.get(SECRET_VARIABLE)
    if named:
        return _checked(named, SECRET_VARIABLE)
    if settings_file:
        return read_secret(Path(settings_file))
    raise SecretError(UNNAMED)


def read_secret(path: Path) -> bytes:
    """The secret in the file `path`.

    Raises:
        SecretError: the file cannot be read, others may read it, or it holds no secret.
    """
    place = path.expanduser()
    try:
        with place.open("rb") as file:
            if os.name == "posix" and os.fstat(file.fileno()).st_mode & (
                stat.S_IRWXG | stat.S_IRWXO
            ):
                raise SecretError(f"{place} can be read by others: chmod 600 {place}")
            data = file.read(4 * MOST_CHARACTERS)
    except OSError as error:
        raise SecretError(f"{place} cannot be read: {error.strerror or error}.") from error
    try:
        return _checked(data.decode("utf-8"), str(place))
    except UnicodeDecodeError as error:
        raise SecretError(f"{place} holds no text.") from error


def write_new_secret(path: Path) -> None:
    """Write a new random secret of 64 hexadecimal digits that only this user can read.

    Raises:
        SecretError: the file is there already, or cannot be written.
    """
    place = path.expanduser()
    try:
        handle = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(secrets.token_hex(32) + "\n")
    except FileExistsError as error:
        raise SecretError(f"{place} is there already and is left as it is.") from error
    except OSError as error:
        raise SecretError(f"{place} cannot be written: {error.strerror or error}.") from error


def _checked(text: str, where: str) -> bytes:
    words = text.strip()
    if not LEAST_CHARACTERS <= len(words) <= MOST_CHARACTERS:
        raise SecretError(
            f"{where}: the secret has {len(words)} characters; from {LEAST_CHARACTERS} to "
            f"{MOST_CHARACTERS} are taken."
        )
    return words.encode()
