"""The SQLite that this program is built on: that of SQLCipher, with or without a key.

The one that comes with Python or the system may be of the versions 3.7.0 to 3.51.2, which can
damage a file when two connections write and checkpoint at the same moment (sqlite.org/wal.html,
"the WAL-reset bug"); this one is newer. All of the program opens its files here: two SQLite
libraries in one process do not see each other's locks.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3 as dbapi2  # the same interface, with types
else:
    from sqlcipher3 import dbapi2

Connection = dbapi2.Connection
"""An open file."""

DatabaseError = dbapi2.DatabaseError
Error = dbapi2.Error
"""Root of what this SQLite raises; it is not that of the standard library."""

IntegrityError = dbapi2.IntegrityError
InterfaceError = dbapi2.InterfaceError
OperationalError = dbapi2.OperationalError
ProgrammingError = dbapi2.ProgrammingError

VERSION: tuple[int, ...] = tuple(dbapi2.sqlite_version_info)
"""Version of SQLite."""

OLDEST_SOUND = (3, 51, 3)
"""The first version without the WAL-reset bug."""

MODULE = dbapi2
"""The DB-API module, for SQLAlchemy."""

SQLITE_BUSY = 5
SQLITE_CANTOPEN = 14
SQLITE_CORRUPT = 11
SQLITE_ERROR = 1
SQLITE_FULL = 13
SQLITE_IOERR = 10
SQLITE_LOCKED = 6
SQLITE_NOTADB = 26
SQLITE_PERM = 3
SQLITE_READONLY = 8
"""Result codes (sqlite.org/rescode.html)."""


connect = dbapi2.connect
"""Open a file, as ``sqlite3.connect`` of the standard library does."""


_LOOKED_AT: set[Path] = set()

FileState = tuple[int, int, bool]
"""Size of a file and when it was written, and whether somebody may write into it now."""


def only_look_at(path: Path) -> None:
    """Open the file at `path` for reading so that nothing is made beside it, from now on.

    SQLite makes an index of the write-ahead log beside each file that it reads, and leaves it.
    While nobody writes into the file it is therefore taken as unchanging.
    """
    _LOOKED_AT.add(path.resolve())


def looked_at_state(path: Path) -> FileState | None:
    """The state of a file that is only looked at, to be opened anew in another; else None."""
    if path.resolve() not in _LOOKED_AT:
        return None
    try:
        about = path.stat()
    except OSError:
        return None
    return about.st_size, about.st_mtime_ns, not _is_alone(path)


def has_log(path: Path) -> bool:
    """Whether a write-ahead log beside the file holds what is not in the file yet."""
    log = path.with_name(path.name + "-wal")
    return log.exists() and log.stat().st_size > 0


def file_address(path: Path, *, read_only: bool) -> str:
    """The URI of a file for `connect`; one that is only looked at is taken as unchanging."""
    address = f"{path.resolve().as_uri()}?mode={'ro' if read_only else 'rwc'}"
    unchanging = _is_frozen(path) or (path.resolve() in _LOOKED_AT and _is_alone(path))
    return f"{address}&immutable=1" if read_only and unchanging else address


def _is_alone(path: Path) -> bool:
    """Whether nobody has the file open to write, and no log beside it holds more."""
    return not has_log(path) and not path.with_name(path.name + "-shm").exists()


def _is_frozen(path: Path) -> bool:
    """Whether the write-ahead log can neither exist nor be made: a record on a read-only medium."""
    return not os.access(path.parent, os.W_OK) and not path.with_name(path.name + "-wal").exists()


def compare_as_unicode(raw: Connection) -> None:
    """Let ``lower`` know every letter: as it is, it knows those of English only."""
    raw.create_function("lower", 1, _lower, deterministic=True)


def _lower(value: str | bytes | int | float | None) -> str | bytes | int | float | None:
    return value.lower() if isinstance(value, str) else value
