"""Where the program finds the key of an encrypted record without asking anybody."""

from __future__ import annotations

import logging
import os
from collections.abc import Sequence
from pathlib import Path

from app.places import PASSPHRASE_VARIABLE
from storage.encryption import UNLOCKED
from storage.key_file import DataKey, Holder, KeyFile

_log = logging.getLogger(__name__)


def use_key_sources() -> None:
    """Let encrypted records of this process be unlocked by a passphrase file or the system."""
    UNLOCKED.ask(from_passphrase_file, from_system_store)


def from_passphrase_file(key_file: KeyFile) -> Sequence[DataKey]:
    """The keys that the passphrase in the file named by the environment opens."""
    from app.at_rest.passphrases import (
        PassphraseFileError,
        open_with_typed,
        read_passphrase_file,
    )
    from storage.recovery_key import RecoveryKeyError

    named = os.environ.get(PASSPHRASE_VARIABLE)
    if not named:
        return ()
    try:
        found = open_with_typed(key_file, read_passphrase_file(Path(named)))
    except (PassphraseFileError, RecoveryKeyError) as error:
        _log.warning("%s", error)
        return ()
    if not found:
        _log.warning("the passphrase in %s does not open this record", named)
    return found


def from_system_store(key_file: KeyFile) -> Sequence[DataKey]:
    """The keys that the secret in the system's store opens, where the record has a slot there."""
    slots = [slot for key in key_file.keys for slot in key.slots]
    if not any(slot.kind is Holder.SYSTEM_STORE for slot in slots):
        return ()
    from app.at_rest.system_store import StoreError, find_secret
    from storage.key_slots import open_with_secret

    try:
        secret = find_secret(key_file.record)
    except StoreError as error:
        _log.warning("%s", error)
        return ()
    if secret is None:
        return ()
    return open_with_secret(key_file, Holder.SYSTEM_STORE, secret)
