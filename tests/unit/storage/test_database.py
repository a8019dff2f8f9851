"""The database opens with every safeguard on, or says in a sentence why it does not open."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from storage import sqlite
from storage.database import Database, migrate, open_database, open_or_replace, set_aside
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.schema import APPLICATION_ID, SCHEMA_VERSION, Base

PROJECT_ROOT = Path(__file__).resolve().parents[3]


def pragma(connection: Connection, name: str) -> object:
    return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


SAFEGUARDS = {
    "journal_mode": "wal",
    "synchronous": 2,
    "foreign_keys": 1,
    "recursive_triggers": 1,
    "cell_size_check": 1,
    "trusted_schema": 0,
    "application_id": APPLICATION_ID,
    "user_version": SCHEMA_VERSION,
}


@pytest.mark.parametrize("read_only", [False, True])
def test_every_connection_has_the_safeguards(database_path: Path, read_only: bool) -> None:
    with open_database(database_path) as writer, writer.writing() as connection:
        connection.execute(text("SELECT 1"))
    with (
        open_database(database_path, read_only=read_only) as database,
        database.reading() as one,
        database.reading() as other,
    ):
        for connection in (one, other):
            assert {name: pragma(connection, name) for name in SAFEGUARDS} == SAFEGUARDS


def test_a_new_file_is_made_with_its_folder(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "é 100%?#.db"
    with open_database(path) as database:
        assert database.find_damage(thorough=True) is None
    with open_database(path, check=True) as database:
        assert database.path == path
    address = f"sqlite:///{tmp_path}/by address.db"
    with open_database(address) as database:
        assert database.path == tmp_path / "by address.db"


def test_migrations_make_the_declared_tables(database: Database) -> None:
    declared = create_engine("sqlite://")
    Base.metadata.create_all(declared)
    found, wanted = inspect(database.engine), inspect(declared)
    for table in wanted.get_table_names():
        assert [(c["name"], str(c["type"]), c["nullable"]) for c in found.get_columns(table)] == [
            (c["name"], str(c["type"]), c["nullable"]) for c in wanted.get_columns(table)
        ]
        for aspect in ("get_pk_constraint", "get_foreign_keys", "get_indexes"):
            assert getattr(found, aspect)(table) == getattr(wanted, aspect)(table), (table, aspect)
    declared.dispose()


def test_migrating_a_file_of_this_version_changes_nothing(database: Database) -> None:
    def schema() -> list[object]:
        with database.reading() as connection:
            return list(connection.exec_driver_sql("SELECT sql FROM sqlite_schema").scalars())

    before = schema()
    with database.writing() as connection:
        migrate(connection)
    assert schema() == before


def test_a_file_of_a_newer_program_is_refused(database_path: Path) -> None:
    with sqlite.connect(database_path) as raw:
        raw.execute(f"PRAGMA user_version={SCHEMA_VERSION + 1}")
    raw.close()
    with pytest.raises(StorageError, match=r"newer version.*Update this program") as caught:
        open_database(database_path)
    assert caught.value.fault is Fault.NEWER


def test_another_programs_file_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "theirs.db"
    with sqlite.connect(path) as raw:
        raw.execute("CREATE TABLE theirs (x)")
    raw.close()
    before = path.read_bytes()
    with pytest.raises(StorageError, match="belongs to another program") as caught:
        open_database(path)
    assert caught.value.fault is Fault.FOREIGN
    assert path.read_bytes() == before


@pytest.mark.parametrize("content", [b"this is no database at all" * 400, b"SQLite format 3\0x"])
def test_a_damaged_file_is_named_and_can_be_set_aside(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(content)
    with pytest.raises(StorageError) as caught:
        open_database(path)
    assert caught.value.fault is Fault.CORRUPT
    assert "kept" in caught.value.user_text
    moment = datetime(2026, 3, 2, 9, 0, 5, tzinfo=UTC)
    kept = [set_aside(path, moment)]
    path.write_bytes(b"again")
    kept.append(set_aside(path, moment))
    assert [p.name for p in kept] == [
        "sessions.db.damaged-20260302T090005Z",
        "sessions.db.damaged-20260302T090005Z-2",
    ]
    assert kept[0].read_bytes() == content
    open_database(path).close()


def test_a_damaged_file_is_replaced_and_a_whole_one_is_not(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(b"nonsense" * 999)
    database, kept = open_or_replace(path)
    database.close()
    assert kept is not None
    assert kept.read_bytes() == b"nonsense" * 999
    database, kept = open_or_replace(path, check=True)
    database.close()
    assert kept is None
    with pytest.raises(StorageError) as caught:
        open_or_replace(tmp_path / "sessions.db" / "x.db")
    assert caught.value.fault is not Fault.CORRUPT


def test_damage_inside_is_found_when_asked_for(database_path: Path) -> None:
    data = bytearray(database_path.read_bytes())
    size = int.from_bytes(data[16:18], "big")
    for page in range(2, len(data) // size):
        data[page * size : page * size + 8] = b"\xff" * 8
    database_path.write_bytes(data)
    with pytest.raises(StorageError) as caught:
        open_database(database_path, check=True)
    assert caught.value.fault is Fault.CORRUPT


def test_a_locked_database_says_so(database: Database, database_path: Path) -> None:
    other = sqlite.connect(database_path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StorageError, match="Another program") as caught, database.writing():
        pass
    assert caught.value.fault is Fault.LOCKED
    other.rollback()
    other.close()
    with database.writing():
        pass


def test_reading_needs_a_file_and_writes_nothing(database_path: Path, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no record") as caught:
        open_database(tmp_path / "absent.db", read_only=True)
    assert caught.value.fault is Fault.MISSING
    with open_database(database_path, read_only=True) as database:
        with pytest.raises(StorageError, match="reading only"), database.writing():
            pass
        with pytest.raises(StorageError) as caught, database.reading() as connection:
            connection.execute(text("INSERT INTO session (name) VALUES ('x')"))
        assert caught.value.fault is Fault.READ_ONLY


@pytest.mark.parametrize(
    ("address", "fault"),
    [
        ("sqlite://", Fault.UNSUITABLE),
        ("nonsense://host/x", Fault.UNSUITABLE),
        ("://", Fault.UNSUITABLE),
    ],
)
def test_an_unusable_address_is_refused_in_a_sentence(address: str, fault: Fault) -> None:
    with pytest.raises(StorageError) as caught:
        open_database(address)
    assert caught.value.fault is fault


def test_a_path_through_a_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(StorageError):
        open_database(tmp_path / "file" / "sessions.db")


READ_ONLY_FOLDER = """
import os, sys
from storage.database import open_database
from storage.faults import StorageError
path = sys.argv[1]
with open_database(path, read_only=True) as database:
    database.find_damage()  # what is loaded late is loaded while this user may read the program
if os.getuid() == 0:
    os.setuid(65534)
with open_database(path, read_only=True) as database:
    print(database.find_damage(thorough=True))
for name in (path, path + ".new"):
    try:
        with open_database(name) as database, database.writing() as connection:
            connection.exec_driver_sql("DELETE FROM live")
        print("written")
    except StorageError as error:
        print(error.fault.value)
"""


@pytest.mark.skipif(not hasattr(os, "getuid"), reason="rights of POSIX")
def test_a_read_only_folder_can_be_read_and_is_refused_for_writing(database_path: Path) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        target = folder / "sessions.db"
        target.write_bytes(database_path.read_bytes())
        target.chmod(0o444)
        folder.chmod(0o555)
        command = [sys.executable, "-B", "-c", READ_ONLY_FOLDER, str(target)]
        answer = subprocess.run(
            command, cwd=PROJECT_ROOT, capture_output=True, text=True, check=False
        )
        folder.chmod(0o755)
    assert answer.stdout.split() == ["None", "read-only", "missing"], answer.stderr


def test_a_fault_of_ours_is_no_fault_of_the_world() -> None:
    assert sort_error(ValueError("x")) is None
    assert sort_error(sqlite.ProgrammingError("x")) is None
    full = sort_error(OSError(28, "No space left on device"))
    assert full is not None
    assert full.fault is Fault.FULL


def test_a_message_of_the_database_that_is_no_text_is_damage() -> None:
    fault = sort_error(UnicodeDecodeError("utf-8", b"\xcf", 0, 1, "invalid continuation byte"))
    assert fault is not None
    assert fault.fault is Fault.CORRUPT


@pytest.mark.skipif(sys.platform == "win32", reason="rights of files are others there")
def test_a_new_file_and_its_log_are_their_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with open_database(path) as database, database.writing() as connection:
        connection.exec_driver_sql("SELECT 1")
        for made in (path, path.with_name("new.db-wal")):
            assert stat.S_IMODE(made.stat().st_mode) == 0o600


def test_a_record_that_could_not_be_made_leaves_no_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_database: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("storage.database._settle_version", refuse)
    with pytest.raises(StorageError):
        open_database(tmp_path / "new.db")
    assert list(tmp_path.iterdir()) == []
