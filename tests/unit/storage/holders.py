"""Encrypted records for tests, whose holder is a recovery key that everybody here knows."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from storage.database import PAGE_BYTES
from storage.encryption import UNLOCKED
from storage.key_file import (
    DataKey,
    Holder,
    KeyFile,
    WrappedKey,
    key_path,
    read_key_file,
    write_key_file,
)
from storage.key_slots import (
    draw_key,
    draw_record_name,
    open_with_secret,
    secret_slot,
    wrapped_key,
)
from storage.recoding import encrypt_record
from storage.record_note import Author

SECRET = bytes(range(20))
AUTHOR = Author(by="os:anna", program="test")
NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)


def new_key(record: str | None = None) -> tuple[DataKey, WrappedKey]:
    key = draw_key(record or draw_record_name(), PAGE_BYTES)
    slot = secret_slot(key, Holder.RECOVERY, SECRET, NOW)
    return key, replace(wrapped_key(key, NOW), slots=(slot,))


def encrypt(path: Path) -> DataKey:
    key, wrapped = new_key()
    encrypt_record(path, key, wrapped, AUTHOR)
    return key


def prepare_new(path: Path) -> DataKey:
    """Put a key file where there is no record yet, and unlock it."""
    key, wrapped = new_key()
    write_key_file(key_path(path), KeyFile(record=key.record, keys=(wrapped,)))
    UNLOCKED.add([key])
    return key


def unlock(path: Path) -> None:
    """Unlock the record at `path` as a person with its recovery key does."""
    key_file = read_key_file(key_path(path))
    assert key_file is not None
    UNLOCKED.add(open_with_secret(key_file, Holder.RECOVERY, SECRET))
