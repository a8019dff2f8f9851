"""Encrypted records: which keys this process has unlocked, and with which a file is opened.

SQLCipher encrypts each page of the database and of its write-ahead log (AES-256, HMAC-SHA512) under
a random data key that never stands in a setting, an address or a log. `UNLOCKED` holds the keys of
this process; whoever composes the program gives it sources to ask, and unlocks by hand else.
"""

from __future__ import annotations

import math
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path

from storage import sqlite
from storage.faults import Fault, StorageError
from storage.key_file import DataKey, KeyFile, key_path, read_key_file

KeySource = Callable[[KeyFile], Sequence[DataKey]]
"""Asked for the keys of a record; gives none where it knows none. Must raise nothing."""

ASK_AGAIN_S = 10.0
"""A record that no source could unlock is asked for again after so long."""

LOCKED = "The record is encrypted and locked. Unlock it with its passphrase or its recovery key."
"""What a person reads where no key is at hand."""

_SAMPLED_PAGES = 32
_PAGE_BYTES = 2_048
_RANDOM_BITS = 7.7
"""Bits a byte: 20,000 random pages had 7.87 or more each; in a plain database some have fewer."""

_BUSY_TIMEOUT_MS = 1_000

_MAGIC = b"SQLite format 3\x00"


class UnlockedKeys:
    """The data keys that this process may use. Thread-safe; they end with the process."""

    def __init__(self) -> None:
        self._keys: dict[tuple[str, str], DataKey] = {}
        self._used: dict[Path, DataKey] = {}
        self._sources: list[KeySource] = []
        self._asked: dict[str, float] = {}
        self._lock = threading.Lock()

    def add(self, keys: Sequence[DataKey]) -> None:
        """Unlock with `keys` from now on."""
        with self._lock:
            self._keys.update({(key.record, key.key): key for key in keys})
            self._asked.clear()

    def ask(self, *sources: KeySource) -> None:
        """Ask these sources, in turn, for keys that are not unlocked yet."""
        with self._lock:
            self._sources = list(sources)
            self._asked.clear()

    def all(self) -> tuple[DataKey, ...]:
        """Every key that is unlocked, to be handed to another process of this program."""
        with self._lock:
            return tuple(self._keys.values())

    def forget(self) -> None:
        """Lock everything again."""
        with self._lock:
            self._keys.clear()
            self._used.clear()
            self._asked.clear()

    def find(self, key_file: KeyFile) -> list[DataKey]:
        """The unlocked keys of a record, in the order of its key file; the sources are asked."""
        found = self._known(key_file)
        if found or not self._may_ask(key_file.record):
            return found
        from storage.key_slots import open_with_record  # plain records load no cryptography

        for other in self.all():
            self.add(open_with_record(key_file, other))
        for source in list(self._sources):
            if self._known(key_file):
                break
            self.add(source(key_file))
        found = self._known(key_file)
        if not found:
            with self._lock:
                self._asked[key_file.record] = time.monotonic()
        return found

    def note_used(self, path: Path, key: DataKey | None) -> None:
        """Remember that the file at `path` was opened with `key`, or without one."""
        with self._lock:
            if key is None:
                self._used.pop(path, None)
            else:
                self._used[path] = key

    def used(self, path: Path) -> DataKey | None:
        """The key that the file at `path` was last opened with."""
        with self._lock:
            return self._used.get(path)

    def _known(self, key_file: KeyFile) -> list[DataKey]:
        with self._lock:
            wanted = [(key_file.record, key.key) for key in key_file.keys]
            return [self._keys[name] for name in wanted if name in self._keys]

    def _may_ask(self, record: str) -> bool:
        with self._lock:
            asked = self._asked.get(record)
        return asked is None or time.monotonic() - asked > ASK_AGAIN_S


UNLOCKED = UnlockedKeys()
"""The keys of this process."""


def adopt(keys: Sequence[DataKey]) -> None:
    """Take over the keys of the process that began this one."""
    UNLOCKED.add(keys)


def key_for(path: Path) -> DataKey | None:
    """The key to open the database file at `path` with; None for a plain file.

    A plain file beside which a key file lies is opened as it is: its encryption was cut short.
    A file that is not there yet is made under the key file beside it.

    Raises:
        StorageError: `Fault.ENCRYPTED`: it is encrypted, and no key that fits is unlocked.
    """
    path = path.resolve()
    key_file = _key_file_of(path)
    if key_file is None:
        return UNLOCKED.used(path)
    fresh = not path.exists() or path.stat().st_size == 0
    keys = UNLOCKED.find(key_file)
    if fresh:
        if not keys:
            raise StorageError(Fault.ENCRYPTED, LOCKED)
        UNLOCKED.note_used(path, keys[0])
        return keys[0]
    for key in keys:
        if _opens(path, key):
            UNLOCKED.note_used(path, key)
            return key
    if _opens(path, None):
        UNLOCKED.note_used(path, None)
        return None
    if not keys:
        raise StorageError(Fault.ENCRYPTED, LOCKED)
    return _key_of_damaged(path, keys)


def is_encrypted(path: Path) -> bool:
    """Whether the file at `path` is, or will be made as, an encrypted record.

    Not while the same process has the file open: closing it here would drop SQLite's locks.
    """
    if not path.exists() or path.stat().st_size == 0:
        return key_path(path).exists()
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) != _MAGIC and (key_path(path).exists() or looks_random(path))


def looks_random(path: Path) -> bool:
    """Whether every page looked at is as random as only encrypted pages are.

    Not while the same process has the file open: closing it here would drop SQLite's locks.
    """
    size = path.stat().st_size
    if size < _PAGE_BYTES or size % 512:
        return False
    pages = size // _PAGE_BYTES
    step = max(1, pages // _SAMPLED_PAGES)
    with path.open("rb") as file:
        for page in range(0, pages, step):
            file.seek(page * _PAGE_BYTES)
            if _entropy_bits(file.read(_PAGE_BYTES)) < _RANDOM_BITS:
                return False
    return True


def explain_unreadable(path: Path, fault: StorageError) -> StorageError:
    """What an unreadable file really is: an encrypted one whose key file is gone is not damaged."""
    if fault.fault is not Fault.CORRUPT or UNLOCKED.used(path.resolve()) is not None:
        return fault
    if key_path(path).exists() or not looks_random(path):
        return fault
    return missing_key(path)


def missing_key(path: Path) -> StorageError:
    """What to say of an encrypted record without its key file."""
    return StorageError(
        Fault.ENCRYPTED,
        f"The record is encrypted, but its key file {key_path(path)} is missing. Put it back:"
        " a copy lies with each backup.",
    )


def unlock(raw: sqlite.Connection, key: DataKey) -> None:
    """Give a fresh connection its key, before anything is read. SQLCipher stays silent."""
    raw.execute("PRAGMA cipher_log_level=NONE")
    raw.execute(f"PRAGMA key={quoted_key(key)}")
    raw.execute("PRAGMA cipher_compatibility=4")
    raw.execute(f"PRAGMA cipher_page_size={key.page_bytes}")


def quoted_key(key: DataKey) -> str:
    """The raw key with its salt as SQLCipher takes it in a statement."""
    return f"\"x'{key.secret.hex()}{key.salt.hex()}'\""


def _key_file_of(path: Path) -> KeyFile | None:
    """The key file beside `path`; one that was lost or spoiled while its record is in use: none."""
    try:
        return read_key_file(key_path(path))
    except StorageError:
        if UNLOCKED.used(path) is None:
            raise
        return None


def _opens(path: Path, key: DataKey | None) -> bool:
    """Whether the pages of the file at `path` are those of `key`; without one: plain."""
    raw = _connect(path)
    try:
        if key is not None:
            unlock(raw, key)
        raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    except sqlite.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code not in (sqlite.SQLITE_NOTADB, sqlite.SQLITE_CORRUPT):
            raise
        return code == sqlite.SQLITE_CORRUPT  # damaged behind a first page that is right
    finally:
        raw.close()
    return True


def _key_of_damaged(path: Path, keys: Sequence[DataKey]) -> DataKey:
    """The key whose salt the unreadable file begins with: its first page is damaged.

    Raises:
        StorageError: the file belongs to none of `keys`.
    """
    salt = _salt_of(path)
    for key in keys:
        if key.salt == salt:
            return key
    raise StorageError(
        Fault.ENCRYPTED,
        f"The record is encrypted with another key than that in {key_path(path)}. Put back the"
        " key file that belongs to it: a copy lies with each backup.",
    )


def _salt_of(path: Path) -> bytes:
    """What the file begins with, read by SQLite itself: another reader would drop its locks."""
    raw = _connect(path)
    try:
        raw.execute("PRAGMA cipher_log_level=NONE")
        raw.execute(f"PRAGMA key=\"x'{'00' * 32}'\"")
        with suppress(sqlite.DatabaseError):  # the salt is read before the page is found wrong
            raw.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        row = raw.execute("PRAGMA cipher_salt").fetchone()
    finally:
        raw.close()
    return b"" if row is None else bytes.fromhex(row[0])


def _connect(path: Path) -> sqlite.Connection:
    address = sqlite.file_address(path, read_only=True)
    raw = sqlite.connect(address, uri=True, check_same_thread=False, isolation_level=None)
    raw.execute(f"PRAGMA busy_timeout={_BUSY_TIMEOUT_MS}")
    return raw


def _entropy_bits(data: bytes) -> float:
    size = len(data)
    return -sum(n / size * math.log2(n / size) for n in Counter(data).values())
