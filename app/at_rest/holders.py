"""Who may unlock an encrypted record: slots added, exchanged and taken away in its key file."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path

from app.at_rest.system_store import find_secret, keep_secret
from storage.encryption import UNLOCKED, key_for
from storage.faults import Fault, StorageError
from storage.key_file import (
    DataKey,
    Holder,
    KeyFile,
    Slot,
    WrappedKey,
    key_path,
    read_key_file,
    write_key_file,
)
from storage.key_slots import (
    draw_key,
    open_with_passphrase,
    passphrase_slot,
    secret_slot,
    wrapped_key,
)
from storage.recovery_key import draw_recovery_key, write_recovery_key

WORDS = {
    Holder.PASSPHRASE: "passphrase",
    Holder.SYSTEM_STORE: "this account's store of the system",
    Holder.RECOVERY: "recovery key",
    Holder.DEPOSIT: "the holders of another record",
}
"""The holders, for people."""

_STORE_BYTES = 32


class HolderError(Exception):
    """A holder could not be changed; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NewKey:
    """A data key with its first holders; `recovery` is shown once and kept nowhere."""

    key: DataKey
    wrapped: WrappedKey
    recovery: str


def make_key(
    record: str, page_bytes: int, passphrase: str, now: datetime, *, in_store: bool
) -> NewKey:
    """A new data key for `record`: a passphrase, a recovery key and, if wished, the system's store.

    Raises:
        UnsuitableSecretError: the passphrase is too short.
        StoreError: the system has no store that can be used.
    """
    key = draw_key(record, page_bytes)
    recovery = draw_recovery_key()
    slots = [
        passphrase_slot(key, passphrase, now),
        secret_slot(key, Holder.RECOVERY, recovery, now),
    ]
    if in_store:
        slots.append(_store_slot(key, now))
    wrapped = replace(wrapped_key(key, now), slots=tuple(slots))
    return NewKey(key=key, wrapped=wrapped, recovery=write_recovery_key(recovery))


def read_holders(path: Path) -> KeyFile:
    """The key file of the record at `path`.

    Raises:
        HolderError: it has none.
        StorageError: it is damaged.
    """
    key_file = read_key_file(key_path(path))
    if key_file is None:
        raise HolderError(f"{path} is not encrypted.")
    return key_file


def add_passphrase(path: Path, passphrase: str, now: datetime) -> None:
    """Let `passphrase` open the record as well.

    Raises:
        HolderError, StorageError, UnsuitableSecretError: it is not so then.
    """
    _change(path, lambda key, slots: (*slots, passphrase_slot(key, passphrase, now)))


def change_passphrase(path: Path, old: str, new: str, now: datetime) -> None:
    """Let `new` open the record instead of `old`; other passphrases stay.

    Raises:
        HolderError: `old` opens nothing.
        StorageError, UnsuitableSecretError: it is not so then.
    """
    if not open_with_passphrase(read_holders(path), old):
        raise HolderError("This passphrase does not open the record.")

    def exchanged(key: DataKey, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        kept = tuple(slot for slot in slots if not _opens(path, slot, old))
        return (*kept, passphrase_slot(key, new, now))

    _change(path, exchanged)


def add_store(path: Path, now: datetime) -> None:
    """Let this account's store of the system open the record.

    Raises:
        HolderError, StorageError, StoreError: it is not so then.
    """

    def added(key: DataKey, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        others = tuple(slot for slot in slots if slot.kind is not Holder.SYSTEM_STORE)
        return (*others, _store_slot(key, now))

    _change(path, added)


def renew_recovery_key(path: Path, now: datetime) -> str:
    """A new recovery key, to be printed; every earlier one opens nothing from now on.

    Raises:
        HolderError, StorageError: the earlier one stays.
    """
    secret = draw_recovery_key()

    def renewed(key: DataKey, slots: tuple[Slot, ...]) -> tuple[Slot, ...]:
        others = tuple(slot for slot in slots if slot.kind is not Holder.RECOVERY)
        return (*others, secret_slot(key, Holder.RECOVERY, secret, now))

    _change(path, renewed)
    return write_recovery_key(secret)


def is_in_store(key_file: KeyFile) -> bool:
    """Whether a slot is kept for the system's store."""
    return any(slot.kind is Holder.SYSTEM_STORE for key in key_file.keys for slot in key.slots)


def _opens(path: Path, slot: Slot, passphrase: str) -> bool:
    key_file = read_holders(path)
    alone = tuple(
        replace(key, slots=tuple(one for one in key.slots if one == slot)) for key in key_file.keys
    )
    return bool(open_with_passphrase(replace(key_file, keys=alone), passphrase))


def _store_slot(key: DataKey, now: datetime) -> Slot:
    """A slot for the store's secret of this record, which is made where there is none."""
    secret = find_secret(key.record)
    if secret is None or len(secret) != _STORE_BYTES:
        secret = secrets.token_bytes(_STORE_BYTES)
        keep_secret(key.record, secret)
    return secret_slot(key, Holder.SYSTEM_STORE, secret, now)


def _change(path: Path, change: Callable[[DataKey, tuple[Slot, ...]], tuple[Slot, ...]]) -> None:
    key_file = read_holders(path)
    present = key_for(path)
    if present is None:
        raise HolderError(f"{path} is not encrypted yet.")
    if present not in UNLOCKED.find(key_file):
        raise StorageError(Fault.ENCRYPTED, "The key file is not that of this record.")
    keys = tuple(
        replace(key, slots=change(present, key.slots)) if key.key == present.key else key
        for key in key_file.keys
    )
    try:
        write_key_file(key_path(path), replace(key_file, keys=keys))
    except OSError as error:
        raise HolderError(
            f"{key_path(path)} cannot be written: {error.strerror or error}. Nothing was changed."
        ) from error
