"""Whether the file that is open is still the file of that name.

SQLite goes on writing into a file that was deleted or replaced; nothing of it would be found again.
"""

from __future__ import annotations

import os
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from storage.database import Database

_Identity = tuple[int, int]


class FileWatch:
    """Knows the file of a database and its write-ahead log as they were when it was opened."""

    def __init__(self, path: Path) -> None:
        """Remember the file at `path`, which has just been opened."""
        self.path = path
        self._log = path.with_name(path.name + "-wal")
        self._file_was = _identity(path)
        self._log_was = _identity(self._log)

    def problem(self) -> str:
        """What became of the file, in a sentence; empty while it is the one that was opened."""
        found = _identity(self.path)
        if found != self._file_was:
            became = "deleted or moved away" if found is None else "replaced by another one"
            return f"The file of the record was {became}."
        log = _identity(self._log)
        if self._log_was is None:
            self._log_was = log
        if log != self._log_was:
            became = "deleted" if log is None else "replaced"
            return f"The write-ahead log of the record was {became}."
        return ""

    @property
    def is_replaced(self) -> bool:
        """Whether another file has the name now."""
        return _identity(self.path) not in (None, self._file_was)

    def let_go(self, database: Database) -> None:
        """Close `database`, whose file or log is no longer its own, without harm to what is there.

        A log without its file, or beside another file, would be taken for that file's; a foreign
        one beside the right file would be removed by its name. Each is kept under a dated name.
        """
        ours = _identity(self._log) == self._log_was
        same_file = _identity(self.path) == self._file_was
        if same_file and not ours:
            self._move_log()
        database.close()
        if not same_file and ours:
            self._move_log()

    def _move_log(self) -> None:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        for path in (self._log, self.path.with_name(self.path.name + "-shm")):
            with suppress(OSError):
                path.rename(path.with_name(f"{path.name}.damaged-{stamp}"))


def _identity(path: Path) -> _Identity | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_dev, found.st_ino
