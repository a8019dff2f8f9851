"""The system's store of secrets: a random secret for each record, which unwraps its slot there.

Windows' Credential Locker, macOS' Keychain, Secret Service on Linux desktops. Where there is none,
a sentence says so.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")

SERVICE = "infusion-room record"
"""Under what the store lists the secrets of this program."""

PATIENCE_S = 5.0
"""How long the store may take: one that asks a person on a desktop may never answer."""

NO_STORE = (
    "This account has no store of secrets that the program can use (Windows: Credential Locker,"
    " macOS: Keychain, Linux: Secret Service of a desktop session). Use a passphrase."
)


class StoreError(Exception):
    """The system's store cannot be used; the text says why."""


def keep_secret(record: str, secret: bytes) -> None:
    """Put the secret of `record` into the store.

    Raises:
        StoreError: there is no store, or it refuses.
    """
    import keyring

    _ask(lambda: keyring.set_password(SERVICE, record, secret.hex()))
    if find_secret(record) != secret:
        raise StoreError("The system's store did not keep the secret.")


def find_secret(record: str) -> bytes | None:
    """The secret of `record`, or None where the store has none.

    Raises:
        StoreError: there is no store, or it does not answer.
    """
    import keyring

    found = _ask(lambda: keyring.get_password(SERVICE, record))
    try:
        return None if found is None else bytes.fromhex(found)
    except ValueError as error:
        raise StoreError("The system's store holds something else under this name.") from error


def _ask(call: Callable[[], T]) -> T:
    """Ask the store in a thread of its own, for a limited time."""
    from keyring.errors import KeyringError, NoKeyringError

    answers: list[T] = []
    failures: list[Exception] = []

    def work() -> None:
        try:
            answers.append(call())
        except Exception as error:  # stores raise whatever their system raises
            failures.append(error)

    thread = threading.Thread(target=work, name="system-store", daemon=True)
    thread.start()
    thread.join(PATIENCE_S)
    if answers:
        return answers[0]
    if not failures:
        raise StoreError(f"The system's store of secrets did not answer within {PATIENCE_S:g} s.")
    if isinstance(failures[0], NoKeyringError):
        raise StoreError(NO_STORE) from failures[0]
    kind = "refused" if isinstance(failures[0], KeyringError) else "failed"
    raise StoreError(f"The system's store of secrets {kind}: {failures[0]}") from failures[0]
