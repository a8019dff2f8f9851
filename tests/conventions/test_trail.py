"""No command and no window shows what is recorded without a line on the trail."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
COMMANDS = sorted((ROOT / "app" / "commands").glob("*.py"))
OPENS = re.compile(r"\bopened_to_read\(")
SHOWS_NOTHING = {
    "database.py",  # opens for the others
    "server.py",  # counts rows and compares digests
    "salvage.py",  # takes rows over, and is in the logbook by itself
    "backups.py",  # is in the logbook by itself
}


@pytest.mark.parametrize("path", COMMANDS, ids=lambda path: path.name)
def test_a_command_that_opens_a_record_keeps_a_trail(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    if path.name not in SHOWS_NOTHING and OPENS.search(text):
        assert "on_trail(" in text


def test_the_windows_over_recorded_sessions_note_what_they_show() -> None:
    review = (ROOT / "app" / "commands" / "review.py").read_text(encoding="utf-8")
    assert "WatchedArchive(" in review
    assert not re.search(r"(?<!Watched)\bArchive\(", review)
    replay = (ROOT / "app" / "commands" / "replay.py").read_text(encoding="utf-8")
    assert "trail.looked(" in replay


def test_the_bedside_is_given_watched_courses() -> None:
    text = (ROOT / "app" / "reception" / "visits.py").read_text(encoding="utf-8")
    assert "RoomTrail(" in text
    assert not re.search(r"(?<!Watched)\bCourses\(", text)
