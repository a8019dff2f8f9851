"""The world's faults around the record, sorted, each with a sentence for people."""

from __future__ import annotations

import errno
import sqlite3
from enum import StrEnum

from sqlalchemy.exc import DBAPIError


class Fault(StrEnum):
    """Kind of a fault of the world around the record."""

    FULL = "full"
    LOCKED = "locked"
    CORRUPT = "corrupt"
    READ_ONLY = "read-only"
    IO = "io"
    MISSING = "missing"
    FOREIGN = "foreign"
    NEWER = "newer"
    UNSUITABLE = "unsuitable"


class StorageError(Exception):
    """A fault of the world, never a bug of ours.

    Attributes:
        fault: its kind.
        user_text: what is wrong and what to do, in one or two sentences.
    """

    def __init__(self, fault: Fault, user_text: str) -> None:
        super().__init__(user_text)
        self.fault = fault
        self.user_text = user_text


_BY_CODE: dict[int, tuple[Fault, str]] = {
    sqlite3.SQLITE_FULL: (
        Fault.FULL,
        "The disk that holds the record is full. Free some space on it.",
    ),
    sqlite3.SQLITE_BUSY: (
        Fault.LOCKED,
        "Another program holds the record. Close it, or wait until it is done.",
    ),
    sqlite3.SQLITE_LOCKED: (
        Fault.LOCKED,
        "Another program holds the record. Close it, or wait until it is done.",
    ),
    sqlite3.SQLITE_CORRUPT: (
        Fault.CORRUPT,
        "The file of the record is damaged. It is kept; a new one has to be made.",
    ),
    sqlite3.SQLITE_NOTADB: (
        Fault.CORRUPT,
        "The file of the record is not a database. It is kept; a new one has to be made.",
    ),
    sqlite3.SQLITE_READONLY: (
        Fault.READ_ONLY,
        "The record may not be written. Check the rights of its file and folder.",
    ),
    sqlite3.SQLITE_PERM: (
        Fault.READ_ONLY,
        "The record may not be written. Check the rights of its file and folder.",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        Fault.MISSING,
        "The file of the record cannot be opened. Check that its folder exists and may be used.",
    ),
    sqlite3.SQLITE_IOERR: (
        Fault.IO,
        "The disk that holds the record does not answer as it should. Check the disk.",
    ),
}

_BY_ERRNO: dict[int, int] = {
    errno.ENOSPC: sqlite3.SQLITE_FULL,
    errno.EDQUOT: sqlite3.SQLITE_FULL,
    errno.EFBIG: sqlite3.SQLITE_FULL,
    errno.EROFS: sqlite3.SQLITE_READONLY,
    errno.EACCES: sqlite3.SQLITE_READONLY,
    errno.EPERM: sqlite3.SQLITE_READONLY,
    errno.ENOENT: sqlite3.SQLITE_CANTOPEN,
    errno.EIO: sqlite3.SQLITE_IOERR,
}

_OTHER_TABLES = ("no such column", "no such table", "malformed")
"""What SQLite says when the tables are not those that their version promises."""


def sort_error(error: BaseException) -> StorageError | None:
    """The fault of the world that `error` stands for, or None when `error` is a bug of ours."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, DBAPIError) and isinstance(error.orig, BaseException):
        return sort_error(error.orig)
    code: int | None = None
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None and not isinstance(
            error, sqlite3.ProgrammingError | sqlite3.InterfaceError
        ):
            code = sqlite3.SQLITE_CORRUPT  # a text that is no text, found by Python itself
        if code == sqlite3.SQLITE_ERROR and str(error).startswith(_OTHER_TABLES):
            code = sqlite3.SQLITE_CORRUPT
    elif isinstance(error, UnicodeDecodeError):
        code = sqlite3.SQLITE_CORRUPT  # the database's own words, with a name that is no text
    elif isinstance(error, OSError):
        code = _BY_ERRNO.get(error.errno or 0, sqlite3.SQLITE_IOERR)
    if code is None:
        return None
    known = _BY_CODE.get(code & 0xFF)
    return None if known is None else StorageError(*known)
