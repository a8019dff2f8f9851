"""What lies beside a record: files that wait to be brought in, and copies in the clear."""

from __future__ import annotations

from pathlib import Path

from app.people.waiting_entries import WaitingEntries
from app.places import data_folder
from storage.encryption import is_encrypted
from storage.sidefile import find_side_files, side_label

_MAGIC = b"SQLite format 3\x00"
_PLAIN_LINES = (b"[", b"{")


def waiting_files(path: Path) -> list[Path]:
    """Side files and entries of the logbook that are not in the record at `path` yet."""
    folders = [path.resolve().parent, data_folder()]
    return [*find_side_files(folders, side_label(path)), *WaitingEntries(str(path)).files()]


def files_in_the_clear(path: Path) -> list[Path]:
    """Files of the record at `path` that anybody can read: earlier plain copies, side files.

    Heads, keys and locks hold nothing of a patient and are left out.
    """
    place = path.resolve()
    label = side_label(path)
    patterns = (f"{place.name}*", f".{place.name}*", f"{label}.*")
    near = [file for pattern in patterns for file in place.parent.glob(pattern)]
    found = {
        file
        for file in (*near, *data_folder().glob(f"{label}.*"))
        if file.is_file() and file.suffix not in (".heads", ".key", ".lock")
    }
    return sorted(file for file in found if file != place and _is_clear(file))


def _is_clear(file: Path) -> bool:
    with file.open("rb") as opened:
        start = opened.read(len(_MAGIC))
    if start.startswith(_PLAIN_LINES):
        return True
    return start == _MAGIC or (file.suffix == ".copying" and not is_encrypted(file))
