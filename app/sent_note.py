"""When the server last had all of a room's record: a small file beside it, for the next start."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from storage.whole_files import write_whole

_KEY = "all_sent_utc"


def note_path(record: Path) -> Path:
    """The note beside the record at `record`."""
    return record.with_name(f"{record.name}.sent")


def write_note(record: Path, now: datetime) -> None:
    """Note that the server has all at `now`; a note that cannot be written is only missed."""
    try:
        write_whole(note_path(record), json.dumps({_KEY: now.isoformat()}).encode())
    except OSError:
        return


def level_ago_s(record: Path, now: datetime | None = None) -> float:
    """How long ago the server had all, s; 0 where nothing is known."""
    try:
        noted = datetime.fromisoformat(json.loads(note_path(record).read_bytes())[_KEY])
        return max(0.0, ((now or datetime.now(UTC)) - noted).total_seconds())
    except (OSError, ValueError, KeyError, TypeError):
        return 0.0
