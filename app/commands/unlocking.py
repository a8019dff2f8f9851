"""Unlocking an encrypted record at the command line, and secrets typed there."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import typer

from app.at_rest.key_sources import use_key_sources
from app.commands.answers import BadInputError
from app.places import PASSPHRASE_VARIABLE
from storage.faults import StorageError
from storage.key_file import KeyFile, key_path, read_key_file

_BY_FILE = f"Here by a file with it, named by {PASSPHRASE_VARIABLE}."

TRIES = 3
"""How often a passphrase may be typed before the command gives up."""


def unlock_to_use(place: str, secret_file: Path | None = None) -> None:
    """Unlock the record at `place` where it is encrypted: by what the machine knows, else by hand.

    Raises:
        BadInputError: it stays locked.
    """
    use_key_sources()
    if "://" in place:
        return
    from storage.encryption import LOCKED, UNLOCKED, is_encrypted, missing_key

    path = Path(place).expanduser()
    if not key_path(path).exists():
        if path.is_file() and is_encrypted(path):
            raise BadInputError(f"{place}: {missing_key(path).user_text}")
        return

    try:
        key_file = read_key_file(key_path(Path(place).expanduser()))
    except StorageError as error:
        raise BadInputError(error.user_text) from error
    if key_file is None:
        return
    if secret_file is not None:
        _unlock_with(key_file, read_secret(secret_file))
    if UNLOCKED.find(key_file):
        return
    if secret_file is not None:
        raise BadInputError(f"{place}: the secret in {secret_file} does not open this record.")
    if not sys.stdin.isatty():
        raise BadInputError(f"{place}: {LOCKED} {_by_file()}")
    for _ in range(TRIES):
        if _unlock_with(key_file, ask_secret("Passphrase or recovery key")):
            return
        typer.echo("It does not open this record.", err=True)
    raise BadInputError(f"{place}: {LOCKED}")


def _by_file() -> str:
    named = os.environ.get(PASSPHRASE_VARIABLE, "")
    return f"What {PASSPHRASE_VARIABLE} names, {named}, does not open it." if named else _BY_FILE


def _unlock_with(key_file: KeyFile, text: str) -> bool:
    from app.at_rest.passphrases import open_with_typed
    from storage.encryption import UNLOCKED
    from storage.recovery_key import RecoveryKeyError

    try:
        found = open_with_typed(key_file, text)
    except RecoveryKeyError as error:
        typer.echo(str(error), err=True)
        return False
    UNLOCKED.add(found)
    return bool(found)


def read_secret(path: Path) -> str:
    """The passphrase in a file; BadInputError when there is none that can be used."""
    from app.at_rest.passphrases import PassphraseFileError, read_passphrase_file

    try:
        return read_passphrase_file(path)
    except PassphraseFileError as error:
        raise BadInputError(str(error)) from error


def ask_secret(prompt: str, *, twice: bool = False) -> str:
    """What is typed without being shown; `twice`: it is asked again and must be the same.

    Raises:
        BadInputError: there is no terminal to type at.
    """
    if not sys.stdin.isatty():
        raise BadInputError("No terminal to type at: name a file that holds the passphrase.")
    return str(typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True))
