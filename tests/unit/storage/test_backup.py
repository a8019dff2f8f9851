"""Backups are whole, checked and restorable while the record is in use, or say why not."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from protocols.events import SessionClosed, WriteNote
from protocols.logbook.entries import BackedUp, Restored
from storage import backup as backup_module
from storage import sqlite
from storage.backup import (
    Backup,
    check_backup,
    is_on_the_same_disk,
    list_backups,
    make_backup,
    manifest_path,
    older_than,
    rehearse_restore,
    restore_backup,
)
from storage.database import open_database
from storage.encryption import UNLOCKED, looks_random
from storage.faults import Fault, StorageError
from storage.heads import heads_path
from storage.journal import Journal
from storage.key_file import key_path
from storage.logbook import read_logbooks
from storage.verification import verify_record
from tests.unit.storage.event_strategies import small_session
from tests.unit.storage.holders import AUTHOR, encrypt, unlock

PROJECT_ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def _locked_afterwards() -> Iterator[None]:
    yield
    UNLOCKED.forget()


@pytest.fixture(params=["plain", "encrypted"])
def record(request: pytest.FixtureRequest, database_path: Path) -> Path:
    """A record with a closed session whose end is noted, plain and encrypted."""
    with open_database(database_path) as database:
        journal = Journal(database)
        journal.append("one", small_session())
        journal.append(
            "one",
            [SessionClosed(t_ns=9_000_000_000, by="N", reason="done", delivered_mg=Decimal(0))],
        )
        journal.seal("one")
    if request.param == "encrypted":
        encrypt(database_path)
    return database_path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "backups"


def entries(path: Path) -> list[object]:
    with open_database(path, read_only=True) as database:
        return [entry for book in read_logbooks(database) for entry in book.entries]


def test_a_backup_is_whole_and_stands_in_the_logbook_and_its_manifest(
    record: Path, folder: Path
) -> None:
    made = make_backup(record, folder, AUTHOR)
    assert made.problem == ""
    assert made.sessions == 1
    assert list_backups(folder, record) == [made]
    assert list_backups(folder, record.with_name("other.db")) == []
    assert heads_path(made.path).read_bytes() == heads_path(record).read_bytes()
    assert made.encrypted is key_path(record).exists() is looks_random(made.path)
    noted = entries(record)[-1]
    assert isinstance(noted, BackedUp)
    assert (noted.path, noted.sha256, noted.problem) == (str(made.path), made.sha256, "")
    assert check_backup(made.path).sha256 == made.sha256
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith(".")) == []


def test_a_backup_of_a_record_in_use_has_all_that_was_committed_before_it(
    record: Path, folder: Path
) -> None:
    with open_database(record) as database:
        journal = Journal(database)
        journal.append("two", [small_session()[0], WriteNote(t_ns=1, by="N", text="in the log")])
        made = make_backup(record, folder, AUTHOR)
        journal.append("two", [WriteNote(t_ns=2, by="N", text="after it")])
    with open_database(made.path, read_only=True) as copy:
        head = Journal(copy).head("two")
    assert head is not None
    assert head.seq == 2
    assert made.problem == ""


def test_a_backup_is_restored_elsewhere_with_the_same_rows_and_hashes(
    record: Path, folder: Path, tmp_path: Path
) -> None:
    made = make_backup(record, folder, AUTHOR)
    target = tmp_path / "elsewhere" / "sessions.db"
    check = restore_backup(made.path, target, AUTHOR)
    assert check.sha256 == made.sha256
    assert check.content is not None
    assert check.content.rows == made.rows
    with open_database(target) as restored:
        report = verify_record(restored)
    assert report.ok
    assert report.has_heads
    noted = entries(target)[-1]
    assert isinstance(noted, Restored)
    assert noted.sha256 == made.sha256


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are those of POSIX")
def test_copies_of_the_record_are_readable_by_their_owner_alone(
    record: Path, folder: Path, tmp_path: Path
) -> None:
    before = os.umask(0o022)
    try:
        backup = make_backup(record, folder, AUTHOR)
        restored = tmp_path / "restored.db"
        restore_backup(backup.path, restored, AUTHOR)
    finally:
        os.umask(before)
    copies = [record, backup.path, restored, *folder.glob("*.heads"), *folder.glob("*.people")]
    assert {path.name: path.stat().st_mode & 0o077 for path in copies if path.exists()} == {
        path.name: 0 for path in copies if path.exists()
    }


def test_nothing_is_written_over_by_a_restore(record: Path, folder: Path, tmp_path: Path) -> None:
    made = make_backup(record, folder, AUTHOR)
    before = record.read_bytes()
    with pytest.raises(StorageError, match="is there already"):
        restore_backup(made.path, record, AUTHOR)
    assert record.read_bytes() == before
    lone = tmp_path / "lone.db"
    heads_path(lone).write_bytes(b"heads of another record\n")
    with pytest.raises(StorageError, match=r"heads is there already"):
        restore_backup(made.path, lone, AUTHOR)
    assert not lone.exists()


def test_a_damaged_backup_is_told_and_not_restored(
    record: Path, folder: Path, tmp_path: Path
) -> None:
    made = make_backup(record, folder, AUTHOR)
    spoiled = bytearray(made.path.read_bytes())
    spoiled[len(spoiled) // 2] ^= 0x10
    made.path.write_bytes(spoiled)
    assert check_backup(made.path).problem
    target = tmp_path / "elsewhere" / "sessions.db"
    with pytest.raises(StorageError, match="is not whole") as caught:
        restore_backup(made.path, target, AUTHOR)
    assert caught.value.fault is Fault.CORRUPT
    assert not target.parent.exists()
    with pytest.raises(StorageError, match="is not whole"):
        rehearse_restore(made.path, AUTHOR)


def test_a_backup_made_of_a_record_that_was_tampered_with_is_kept_and_the_fault_told(
    record: Path, folder: Path
) -> None:
    with open_database(record) as database, database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER journal_no_delete")
        connection.exec_driver_sql("DELETE FROM journal WHERE first_seq = 2")
    made = make_backup(record, folder, AUTHOR)
    assert "missing" in made.problem
    assert list_backups(folder, record)[0].problem == made.problem
    assert made.path.is_file()


def test_a_rehearsal_restores_checks_and_leaves_nothing(record: Path, folder: Path) -> None:
    made = make_backup(record, folder, AUTHOR)
    before = sorted(folder.iterdir())
    assert rehearse_restore(made.path, AUTHOR).sha256 == made.sha256
    assert sorted(folder.iterdir()) == before


def test_without_room_nothing_is_begun(
    record: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(record.parent)._replace(free=1_000)
    monkeypatch.setattr("storage.backup.shutil.disk_usage", lambda _folder: full)
    with pytest.raises(StorageError, match="needs") as caught:
        make_backup(record, folder, AUTHOR)
    assert caught.value.fault is Fault.FULL
    assert list(folder.iterdir()) == []


def test_a_disk_that_fills_during_the_backup_leaves_no_half_copy(
    record: Path, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = backup_module.sync_file

    def full(path: Path) -> None:
        real(path)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(path))

    monkeypatch.setattr(backup_module, "sync_file", full)
    with pytest.raises(StorageError, match="No space left") as caught:
        make_backup(record, folder, AUTHOR)
    assert caught.value.fault is Fault.FULL
    assert not list(folder.glob("*.db"))
    assert not list(folder.glob(".*"))
    assert list_backups(folder) == []
    monkeypatch.setattr(backup_module, "sync_file", real)
    assert make_backup(record, folder, AUTHOR).problem == ""


def test_of_what_is_no_record_nothing_is_left_among_the_backups(
    tmp_path: Path, folder: Path
) -> None:
    foreign = tmp_path / "foreign.db"
    with closing(sqlite.connect(foreign)) as raw:
        raw.execute("CREATE TABLE a (b)")
        raw.commit()
    with pytest.raises(StorageError, match="belongs to another program"):
        make_backup(foreign, folder, AUTHOR)
    assert list(folder.iterdir()) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_not_be_written_is_said(record: Path, folder: Path) -> None:
    folder.mkdir()
    folder.chmod(0o500)
    with pytest.raises(StorageError, match="Permission denied"):
        make_backup(record, folder, AUTHOR)
    folder.chmod(0o700)


def test_a_copy_whose_manifest_is_gone_is_no_backup_but_can_still_be_restored(
    record: Path, folder: Path, tmp_path: Path
) -> None:
    made = make_backup(record, folder, AUTHOR)
    manifest_path(made.path).unlink()
    assert list_backups(folder) == []
    restore_backup(made.path, tmp_path / "r" / "sessions.db", AUTHOR)


def test_an_encrypted_backup_opens_on_a_clean_machine_with_its_own_key_file(
    database_path: Path, folder: Path, tmp_path: Path
) -> None:
    with open_database(database_path) as database:
        Journal(database).append("one", small_session())
    encrypt(database_path)
    made = make_backup(database_path, folder, AUTHOR)
    carried = tmp_path / "carried"
    shutil.copytree(folder, carried)
    shutil.rmtree(folder)
    UNLOCKED.forget()
    program = (
        "import sys; from pathlib import Path;"
        "from tests.unit.storage.holders import AUTHOR, unlock;"
        "from storage.backup import restore_backup;"
        "source, target = map(Path, sys.argv[1:]); unlock(source);"
        "print(restore_backup(source, target, AUTHOR).sha256)"
    )
    source, target = carried / made.path.name, tmp_path / "clean home" / "sessions.db"
    answer = subprocess.run(
        [sys.executable, "-c", program, str(source), str(target)],
        cwd=PROJECT_ROOT,
        env={"HOME": str(tmp_path / "clean home"), "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert answer.stdout.strip() == made.sha256
    with pytest.raises(StorageError, match="encrypted and locked"):
        open_database(target)
    unlock(target)
    with open_database(target) as database:
        assert verify_record(database).ok


def test_what_is_older_than_the_site_keeps_is_only_listed_and_never_the_newest() -> None:
    def backup(year: int) -> Backup:
        return Backup(
            path=Path(f"{year}.db"),
            made_utc=f"{year}-02-28T12:00:00.000Z",
            source="sessions.db",
            size=1,
            sha256="",
            rows={},
            encrypted=False,
            problem="",
            program="",
        )

    leap_day = datetime(2028, 2, 29, 12, tzinfo=UTC)
    newest_first = [backup(2027), backup(2022), backup(2021), backup(2017)]
    found = [one.path.name for one in older_than(newest_first, 6, leap_day)]
    assert found == ["2021.db", "2017.db"]
    assert older_than([backup(2000)], 6, leap_day) == []


def test_the_same_disk_is_recognised_before_the_folder_is_there(record: Path, folder: Path) -> None:
    assert is_on_the_same_disk(folder / "not" / "yet", record)
    elsewhere = Path("/dev/shm")
    if elsewhere.is_dir() and elsewhere.stat().st_dev != record.stat().st_dev:
        assert not is_on_the_same_disk(elsewhere, record)


def test_the_copy_needs_no_write_ahead_log(record: Path, folder: Path) -> None:
    made = make_backup(record, folder, AUTHOR)
    if made.encrypted:
        return
    with closing(sqlite.connect(made.path)) as raw:
        assert raw.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    assert not list(folder.glob("*-wal"))
