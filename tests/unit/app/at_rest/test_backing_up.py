"""After a session the record is backed up by a process of its own; how it ended is not lost."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest

from app.at_rest.backing_up import (
    SAME_DISK,
    BackupKeeper,
    LastBackup,
    back_up,
    backup_folder,
    failed_backup,
    keep_last,
    last_backup,
    same_disk_warning,
)
from app.places import data_folder
from app.reception.settings import Settings
from protocols.events import SessionClosed, WriteNote
from storage.backup import list_backups
from storage.database import open_database
from storage.encryption import UNLOCKED
from storage.faults import StorageError
from storage.journal import Journal
from tests.unit.storage.event_strategies import small_session
from tests.unit.storage.holders import encrypt

WAIT_S = 40.0
CLOSED = SessionClosed(t_ns=9_000_000_000, by="N", reason="done", delivered_mg=Decimal(0))


@pytest.fixture(autouse=True)
def _locked_afterwards() -> Iterator[None]:
    yield
    UNLOCKED.forget()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    with open_database(path) as database:
        Journal(database).append("one", small_session())
    return path


class Room:
    """A keeper, and what it said."""

    def __init__(self, record: Path, settings: Settings, *, on: bool = True) -> None:
        self.failed: list[str] = []
        self.told = threading.Event()
        self.keeper = BackupKeeper(str(record), lambda: settings, self._hear, on=on, quiet_s=0.0)

    def _hear(self, sentence: str) -> None:
        self.failed.append(sentence)
        self.told.set()


def wait_for_last(record: Path) -> None:
    given_up = threading.Event()
    for _ in range(int(WAIT_S / 0.1)):
        if last_backup(str(record)) is not None:
            return
        given_up.wait(0.1)
    pytest.fail("no backup ended")


def test_a_closed_session_of_an_encrypted_record_is_backed_up_without_anything_being_asked(
    record: Path, tmp_path: Path
) -> None:
    encrypt(record)
    folder = tmp_path / "backups"
    room = Room(record, Settings(backup_folder=str(folder)))
    room.keeper.listen([WriteNote(t_ns=1, by="N", text="goes on")])
    assert last_backup(str(record)) is None
    room.keeper.listen([CLOSED])
    wait_for_last(record)
    room.keeper.close()
    last = last_backup(str(record))
    assert last is not None
    assert last.words().endswith(", checked.")
    assert room.failed == []
    [backup] = list_backups(folder, record)
    assert backup.encrypted
    assert backup.problem == ""
    assert str(backup.path) == last.path


def test_a_backup_that_fails_is_told_and_stands_at_the_next_start(
    record: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "a file"
    folder.write_text("no folder")
    room = Room(record, Settings(backup_folder=str(folder)))
    room.keeper.listen([CLOSED])
    assert room.told.wait(WAIT_S)
    room.keeper.close()
    assert room.failed == [failed_backup(str(record))]
    assert "failed: " in room.failed[0]
    assert str(folder) in room.failed[0]


@pytest.mark.parametrize(
    ("settings", "on"), [(Settings(backup_automatic=False), True), (Settings(), False)]
)
def test_nothing_is_backed_up_where_it_is_switched_off(
    record: Path, settings: Settings, on: bool
) -> None:
    room = Room(record, settings, on=on)
    room.keeper.listen([CLOSED])
    room.keeper.close()
    assert last_backup(str(record)) is None


def test_a_backup_by_hand_is_kept_as_the_last_one_and_a_good_one_ends_the_complaint(
    record: Path, tmp_path: Path
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("")
    with pytest.raises(StorageError):
        back_up(str(record), blocked)
    assert failed_backup(str(record))
    backup = back_up(str(record), tmp_path / "backups")
    assert failed_backup(str(record)) == ""
    last = last_backup(str(record))
    assert last is not None
    assert last.path == str(backup.path)


def test_a_note_of_the_last_backup_that_is_damaged_says_nothing(record: Path) -> None:
    keep_last(str(record), problem="the disk is full")
    [note] = data_folder().glob("*.last-backup.json")
    note.write_text('{"at_utc": "yesterday"}')
    assert last_backup(str(record)) is None
    assert failed_backup(str(record)) == ""


def test_the_folder_is_beside_the_data_folder_unless_the_site_names_one(tmp_path: Path) -> None:
    assert backup_folder(Settings()).parent == data_folder().parent
    assert backup_folder(Settings()) != data_folder()
    named = Settings(backup_folder=str(tmp_path / "named"))
    assert backup_folder(named) == tmp_path / "named"


def test_a_folder_on_the_same_disk_is_warned_of(record: Path, tmp_path: Path) -> None:
    assert same_disk_warning(Settings(backup_folder=str(tmp_path)), str(record)) == SAME_DISK


def test_a_copy_of_a_record_that_is_not_whole_is_not_said_to_have_failed() -> None:
    problem = "The logbook is missing."
    made = LastBackup(at_utc="2026-11-26T17:21:00.000Z", path="/b/one.db", problem=problem)
    assert made.words().endswith(f"made, but what it holds is not whole: {problem}")
    none = LastBackup(at_utc="2026-11-26T17:21:00.000Z", problem="no room")
    assert none.words().endswith("failed: no room")
