"""Records that were begun beside a locked one, and wait to be brought into it."""

from __future__ import annotations

from pathlib import Path

from app.places import data_folder

MADE_WHILE_LOCKED = "while-locked"
"""What the names of such records say."""


def records_beside(place: str) -> list[Path]:
    """Records made while that at `place` was locked and not brought in yet, the oldest first."""
    if "://" in place:
        return []
    path = Path(place).expanduser().resolve()
    found = {
        file
        for folder in (path.parent, data_folder())
        for file in folder.glob(f"{path.stem}-{MADE_WHILE_LOCKED}-*.db")
    }
    return sorted(file for file in found if not done_mark(file).exists())


def notice_of_records_beside(place: str) -> str:
    """A sentence about records that wait to be brought in; empty when there are none."""
    waiting = records_beside(place)
    if not waiting:
        return ""
    return (
        f"{_files(len(waiting))} while the record was locked, to be brought in:"
        f" main.py encryption bring-in ({waiting[0].name})."
    )


def _files(count: int) -> str:
    return "A file was recorded" if count == 1 else f"{count} files were recorded"


def done_mark(path: Path) -> Path:
    """The empty file that says that the record at `path` was brought in."""
    return path.with_name(f"{path.name}.brought-in")
