"""Log entries that wait beside the record while its database cannot be written.

Each hand-over makes one file of its own, whole or not at all: a temporary name, brought to the
disk, then the final name. A file is deleted once its entries are in the logbook. Two entries that
are alike to the millisecond are one, so that bringing in what was cut short repeats nothing.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from app.places import data_folder
from protocols.logbook.entries import Entry
from storage.logbook import LOG_FORM
from storage.sealed_lines import Cipher
from storage.sidefile import side_label

_log = logging.getLogger(__name__)


class WaitingEntries:
    """The files of waiting entries of one record, oldest first."""

    def __init__(self, place: str, folders: Sequence[Path] = ()) -> None:
        """Those of the record at `place`: beside it, else in the user's data folder."""
        beside = [] if "://" in place else [Path(place).expanduser().resolve().parent]
        self._folders = tuple(folders) or (*beside, data_folder())
        self._label = f"{side_label(place)}.log-"

    def files(self) -> list[Path]:
        """Every file, oldest first."""
        found: set[Path] = set()
        for folder in self._folders:
            with suppress(OSError):
                found |= set(folder.glob(f"{self._label}*.jsonl"))
        return sorted(found, key=lambda path: path.name)

    def read(self, path: Path, cipher: Cipher) -> list[Entry]:
        """The entries of one file; a line that cannot be read is told to the log.

        Raises:
            OSError: the file cannot be read at the moment.
        """
        entries: list[Entry] = []
        for number, line in enumerate(path.read_bytes().splitlines(), start=1):
            try:
                entries.append(LOG_FORM.parse(cipher.open_line(line)))
            except ValueError:
                _log.exception("line %d of %s is damaged", number, path)
        return entries

    def keep(self, entries: Sequence[Entry], cipher: Cipher) -> bool:
        """Keep `entries` on some disk; whether one took them."""
        lines = b"".join(cipher.seal_line(LOG_FORM.canonical(one)) + b"\n" for one in entries)
        return any(self._keep_in(folder, lines) for folder in self._folders)

    def _keep_in(self, folder: Path, lines: bytes) -> bool:
        name = f"{self._label}{time.time_ns():020d}-{os.getpid()}.jsonl"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            handle, made = tempfile.mkstemp(dir=folder, prefix=self._label, suffix=".new")
        except OSError:
            return False
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(lines)
                file.flush()
                os.fsync(file.fileno())
            Path(made).replace(folder / name)
        except OSError:
            with suppress(OSError):
                Path(made).unlink()
            return False
        return True
