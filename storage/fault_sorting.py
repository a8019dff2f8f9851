"""Sorts the world's faults: of SQLite, of the disk, of a server.

Everything that it needs is loaded with it: on a disk that fails nothing more can be.
"""

from __future__ import annotations

import errno

from sqlalchemy.exc import DBAPIError

from storage import sqlite
from storage.faults import Fault, StorageError
from storage.server_faults import is_server_error, sort_server_error

_BY_CODE: dict[int, tuple[Fault, str]] = {
    sqlite.SQLITE_FULL: (
        Fault.FULL,
        "The disk that holds the record is full. Free some space on it.",
    ),
    sqlite.SQLITE_BUSY: (
        Fault.LOCKED,
        "Another program holds the record. Close it, or wait until it is done.",
    ),
    sqlite.SQLITE_LOCKED: (
        Fault.LOCKED,
        "Another program holds the record. Close it, or wait until it is done.",
    ),
    sqlite.SQLITE_CORRUPT: (
        Fault.CORRUPT,
        "The file of the record is damaged. It is kept; a new one has to be made.",
    ),
    sqlite.SQLITE_NOTADB: (
        Fault.CORRUPT,
        "The file of the record is not a database. It is kept; a new one has to be made.",
    ),
    sqlite.SQLITE_READONLY: (
        Fault.READ_ONLY,
        "The record may not be written. Check the rights of its file and folder.",
    ),
    sqlite.SQLITE_PERM: (
        Fault.READ_ONLY,
        "The record may not be written. Check the rights of its file and folder.",
    ),
    sqlite.SQLITE_CANTOPEN: (
        Fault.MISSING,
        "The file of the record cannot be opened. Check that its folder exists and may be used.",
    ),
    sqlite.SQLITE_IOERR: (
        Fault.IO,
        "The disk that holds the record does not answer as it should. Check the disk.",
    ),
}

_BY_ERRNO: dict[int, int] = {
    errno.ENOSPC: sqlite.SQLITE_FULL,
    errno.EDQUOT: sqlite.SQLITE_FULL,
    errno.EFBIG: sqlite.SQLITE_FULL,
    errno.EROFS: sqlite.SQLITE_READONLY,
    errno.EACCES: sqlite.SQLITE_READONLY,
    errno.EPERM: sqlite.SQLITE_READONLY,
    errno.ENOENT: sqlite.SQLITE_CANTOPEN,
    errno.EIO: sqlite.SQLITE_IOERR,
}

_OTHER_TABLES = ("no such column", "no such table", "malformed")
"""What SQLite says when the tables are not those that their version promises."""


def sort_error(error: BaseException) -> StorageError | None:
    """The fault of the world that `error` stands for, or None when `error` is a bug of ours."""
    if isinstance(error, StorageError):
        return error
    if isinstance(error, DBAPIError) and isinstance(error.orig, BaseException):
        return sort_error(error.orig)
    if is_server_error(error):
        return sort_server_error(error)
    code: int | None = None
    if isinstance(error, sqlite.Error):
        code = getattr(error, "sqlite_errorcode", None)
        if code is None and not isinstance(error, sqlite.ProgrammingError | sqlite.InterfaceError):
            code = sqlite.SQLITE_CORRUPT  # a text that is no text, found by Python itself
        if code == sqlite.SQLITE_ERROR and str(error).startswith(_OTHER_TABLES):
            code = sqlite.SQLITE_CORRUPT
    elif isinstance(error, UnicodeDecodeError):
        code = sqlite.SQLITE_CORRUPT  # the database's own words, with a name that is no text
    elif isinstance(error, OSError):
        code = _BY_ERRNO.get(error.errno or 0, sqlite.SQLITE_IOERR)
    if code is None:
        return None
    known = _BY_CODE.get(code & 0xFF)
    return None if known is None else StorageError(*known)
