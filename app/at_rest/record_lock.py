"""The locked record of a bedside: unlocked by a person, or left alone while work goes on beside it.

A patient never waits for a passphrase. Where nobody has it, the bedside records into a new file
beside the locked record, encrypted for the holders of that record alone: the locked record's key
file has a public key for this. Once the record is unlocked, the new file opens by itself and its
sessions are brought in.
"""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from app.at_rest.records_beside import MADE_WHILE_LOCKED, done_mark
from app.places import data_folder
from app.sealing import open_to_write, sealed_at_both_ends
from storage.database import PAGE_BYTES, open_database
from storage.encryption import UNLOCKED, key_for
from storage.faults import Fault, StorageError
from storage.key_file import KeyFile, key_path, read_key_file, write_key_file
from storage.key_slots import deposit_slot, draw_key, draw_record_name, wrapped_key
from storage.record_note import Author, note_change
from storage.recovery_key import RecoveryKeyError
from storage.salvage import Salvage, Salvaged

WRONG = "This does not open the record. Look at capital letters and the keyboard's language."


class RecordLock:
    """Whether the record at `place` is locked, and what can be done about it."""

    def __init__(self, place: str) -> None:
        """Look at the record at `place`; one on a server is never locked here."""
        self.place = place
        self._path = None if "://" in place else Path(place).expanduser()

    @property
    def sentence(self) -> str:
        """Why the record is locked, in a sentence; empty when it is not."""
        if self._path is None:
            return ""
        try:
            key_for(self._path)
            if not key_path(self._path).exists() and self._path.exists():
                open_database(self._path, read_only=True).close()
        except StorageError as error:
            return error.user_text if error.fault is Fault.ENCRYPTED else ""
        except OSError:
            return ""  # said by who opens it
        return ""

    @property
    def can_unlock(self) -> bool:
        """Whether a secret could open it: not where its key file is gone or spoiled."""
        return self._key_file() is not None

    def unlock(self, text: str) -> str:
        """Try a passphrase or a recovery key; empty when the record is open now, else why not."""
        from app.at_rest.passphrases import open_with_typed

        key_file = self._key_file()
        if key_file is None:
            return self.sentence
        try:
            UNLOCKED.add(open_with_typed(key_file, text))
        except RecoveryKeyError as error:
            return str(error)
        return self.sentence and (self.sentence if UNLOCKED.find(key_file) else WRONG)

    def begin_beside(self, now: datetime) -> tuple[str, str]:
        """A new record to work in while this one stays locked.

        Returns:
            Its place, and a sentence for people.

        Raises:
            StorageError: it cannot be made.
        """
        path = self._free_path(now)
        key_file = self._key_file()
        if key_file is None:
            open_database(path).close()
            return str(path), (
                f"The record is locked. This room records into {path.name}, which is not encrypted:"
                " the key file of the record is missing."
            )
        key = draw_key(draw_record_name(), PAGE_BYTES)
        newest = key_file.keys[0]
        slot = deposit_slot(key, key_file.record, newest.deposit, now)
        wrapped = replace(wrapped_key(key, now), slots=(slot,))
        write_key_file(key_path(path), KeyFile(record=key.record, keys=(wrapped,)))
        UNLOCKED.add([key])
        open_database(path).close()
        return str(path), (
            f"The record is locked. This room records into {path.name}, encrypted for those who"
            " can open the record; earlier sessions are not shown."
        )

    def _key_file(self) -> KeyFile | None:
        if self._path is None:
            return None
        try:
            return read_key_file(key_path(self._path))
        except StorageError:
            return None

    def _free_path(self, now: datetime) -> Path:
        path = (self._path or data_folder() / "sessions.db").resolve()
        folder = path.parent if os.access(path.parent, os.W_OK) else data_folder()
        stem = f"{path.stem}-{MADE_WHILE_LOCKED}-{now:%Y%m%dT%H%M%SZ}"
        made, number = folder / f"{stem}.db", 1
        while made.exists() or key_path(made).exists():
            number += 1
            made = folder / f"{stem}-{number}.db"
        return made


def bring_in(place: str, other: Path, author: Author) -> Salvaged:
    """Take the sessions, courses and logbook of `other` over into the record at `place`.

    Done twice it adds nothing twice. `other` stays as it is, marked as brought in when it is whole.

    Raises:
        StorageError: one of the two cannot be opened, or the record does not take it.
    """
    with sealed_at_both_ends(place), open_to_write(place) as record:
        with Salvage(other, record, may_search=False) as salvage:
            taken = salvage.take_all()
        note_change(record, author, "sessions", "", f"brought in from {other}: {taken.sentence}")
    if taken.is_whole:
        done_mark(other).touch()
    return taken
