"""One bedside program a record: a lock that ends with the process, however it ends. No Qt."""

from __future__ import annotations

import hashlib
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import IO

from app.places import data_folder

if sys.platform == "win32":
    import msvcrt
else:
    import fcntl


class InUseError(Exception):
    """Another program holds the record; the text says so in a sentence."""


class SoleUse:
    """Holds the lock of one record from construction to `release`.

    The lock is the system's own on an open file, so a killed process leaves none behind. The file
    itself stays; it carries the process number of the last holder, for people.
    """

    def __init__(self, database: str) -> None:
        """Take the lock of `database` (a path or a URL).

        Raises:
            InUseError: another process holds it, or it cannot be made.
        """
        self.path = lock_path(database)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self._file: IO[bytes] = open(self.path, "a+b")  # noqa: SIM115 - held until release
        except OSError as error:
            raise InUseError(f"{self.path} cannot be made: {error.strerror or error}.") from error
        try:
            _lock(self._file)
        except OSError:
            self._file.close()
            raise InUseError(
                f"Another bedside program is running with the record {database}{_holder(self.path)}"
                ". Use that window, or close it first."
            ) from None
        self._file.truncate(0)
        self._file.write(str(os.getpid()).encode())
        self._file.flush()

    def release(self) -> None:
        """Give the lock up. May be called again."""
        if not self._file.closed:
            self._file.close()


def lock_path(database: str) -> Path:
    """The file that is locked for `database`; it begins with the number of its last holder."""
    if "://" in database:
        digest = hashlib.sha256(database.encode()).hexdigest()[:16]
        return data_folder() / f"record-{digest}.lock"
    path = Path(database).expanduser().resolve()
    return path.with_name(f"{path.name}.lock")


def _holder(path: Path) -> str:
    with suppress(OSError):
        number = path.read_bytes()[:20].decode("ascii", "replace").strip()
        if number.isdigit():
            return f" (process {number})"
    return ""


def _lock(file: IO[bytes]) -> None:
    """Lock `file` for this process, at once or with OSError."""
    if sys.platform == "win32":
        # far beyond the process number, which others may then still read
        file.seek(1 << 20)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        file.seek(0)
    else:
        fcntl.flock(file.fileno(), fcntl.LOCK_EX | fcntl.LOCK_NB)


def is_held(path: Path) -> bool:
    """Whether a process holds the lock file at `path`; nothing of it is changed."""
    try:
        file = path.open("rb")
    except OSError:
        return False
    with file:
        try:
            _lock(file)
        except OSError:
            return True
    return False
