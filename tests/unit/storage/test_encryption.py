"""An encrypted record opens with its key alone, and a locked one is never taken for damaged."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from protocols.events import WriteNote
from protocols.logbook.entries import Changed
from storage import sqlite
from storage.content import read_content
from storage.database import Database, open_database, open_or_replace
from storage.encryption import LOCKED, UNLOCKED, is_encrypted, looks_random
from storage.encryption import unlock as give_key
from storage.faults import Fault, StorageError
from storage.journal import Journal
from storage.key_file import (
    DataKey,
    KeyFile,
    WrappedKey,
    key_path,
    read_key_file,
    write_key_file,
)
from storage.key_slots import draw_key, draw_record_name, wrapped_key
from storage.logbook import read_logbooks
from storage.recoding import decrypt_record, encrypt_record, rekey_record
from storage.sealed_lines import PlainLines, cipher_for
from storage.verification import verify_all
from tests.unit.storage.event_strategies import small_session
from tests.unit.storage.holders import AUTHOR, NOW, encrypt, new_key, prepare_new, unlock
from tests.unit.storage.test_database import SAFEGUARDS, pragma

PROJECT_ROOT = Path(__file__).resolve().parents[3]
NAME = "Zwetschgenbaum"


@pytest.fixture(autouse=True)
def _locked_afterwards() -> Iterator[None]:
    yield
    UNLOCKED.forget()


@pytest.fixture
def recorded(database_path: Path) -> Path:
    """A plain record with a session that names somebody."""
    with open_database(database_path) as database:
        note = WriteNote(t_ns=1_000_000, by=NAME, text=f"{NAME} sits up")
        first, *rest = small_session()
        Journal(database).append("one", [first, note, *rest])
    return database_path


@pytest.fixture
def encrypted(recorded: Path) -> Path:
    encrypt(recorded)
    return recorded


def files_that_hold(folder: Path, name: str) -> list[str]:
    return sorted(
        p.name for p in folder.rglob("*") if p.is_file() and name.encode() in p.read_bytes()
    )


@pytest.mark.parametrize("read_only", [False, True])
def test_every_connection_to_an_encrypted_record_has_the_safeguards(
    encrypted: Path, read_only: bool
) -> None:
    open_database(encrypted).close()
    with (
        open_database(encrypted, read_only=read_only) as database,
        database.reading() as one,
        database.reading() as other,
    ):
        for connection in (one, other):
            assert {name: pragma(connection, name) for name in SAFEGUARDS} == SAFEGUARDS
            assert pragma(connection, "auto_vacuum") == 2


def open_for_writing(path: Path) -> Database:
    return open_database(path)


def open_for_reading(path: Path) -> Database:
    return open_database(path, read_only=True)


def open_to_record(path: Path) -> Database:
    return open_or_replace(path)[0]


@pytest.mark.parametrize("way", [open_for_writing, open_for_reading, open_to_record])
@pytest.mark.parametrize("state", ["locked", "no key file", "key file of another record"])
def test_a_locked_record_is_refused_in_words_and_never_set_aside(
    encrypted: Path, tmp_path: Path, way: object, state: str
) -> None:
    before = encrypted.read_bytes()
    UNLOCKED.forget()
    if state == "no key file":
        key_path(encrypted).rename(tmp_path / "lost")
    elif state != "locked":
        key_path(encrypted).unlink()
        prepare_new(encrypted)
    assert callable(way)
    with pytest.raises(StorageError, match="The record is encrypted") as caught:
        way(encrypted)
    assert caught.value.fault is Fault.ENCRYPTED
    assert encrypted.read_bytes() == before
    assert not list(tmp_path.glob("*.damaged-*"))
    if state == "no key file":
        (tmp_path / "lost").rename(key_path(encrypted))
        unlock(encrypted)
        way(encrypted).close()


def test_a_damaged_page_of_an_encrypted_record_is_damage_and_set_aside_with_its_key(
    encrypted: Path, tmp_path: Path
) -> None:
    spoiled = bytearray(encrypted.read_bytes())
    spoiled[300] ^= 1
    encrypted.write_bytes(spoiled)
    database, kept = open_or_replace(encrypted)
    database.close()
    assert kept is not None
    assert key_path(kept).read_bytes() == key_path(encrypted).read_bytes()
    assert is_encrypted(encrypted)
    with open_database(encrypted) as database:
        assert verify_all(database) == {}


def test_a_flipped_bit_in_the_salt_that_the_file_begins_with_does_not_lock_it(
    encrypted: Path,
) -> None:
    spoiled = bytearray(encrypted.read_bytes())
    spoiled[3] ^= 1
    encrypted.write_bytes(spoiled)
    with open_database(encrypted, read_only=True) as database:
        assert verify_all(database)["one"].ok


def test_a_plain_file_that_is_garbage_is_still_damage(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    path.write_bytes(b"no database at all" * 400)
    database, kept = open_or_replace(path)
    database.close()
    assert kept is not None


def test_a_plain_record_does_not_look_encrypted_whatever_is_packed_in_it(recorded: Path) -> None:
    assert not looks_random(recorded)
    assert not is_encrypted(recorded)


def test_a_lost_key_file_does_not_stop_a_program_that_has_the_record_unlocked(
    encrypted: Path,
) -> None:
    open_database(encrypted).close()
    key_path(encrypted).unlink()
    with open_database(encrypted) as database:
        assert Journal(database).head("one") is not None


def test_a_record_on_a_read_only_medium_opens_with_its_key(
    encrypted: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("storage.sqlite._is_frozen", lambda _path: True)
    with open_database(encrypted, read_only=True) as database:
        assert verify_all(database)["one"].ok
    assert not list(tmp_path.glob("*-wal"))


def test_another_process_opens_it_with_its_own_key_while_this_one_writes(encrypted: Path) -> None:
    program = (
        "import sys; from pathlib import Path;"
        "from tests.unit.storage.holders import unlock;"
        "from storage.database import open_database; from storage.journal import Journal;"
        "path = Path(sys.argv[1]); unlock(path);"
        "print(Journal(open_database(path, read_only=True)).head('one').seq)"
    )
    with open_database(encrypted) as database, database.writing():
        head = Journal(database)
        seen = subprocess.run(
            [sys.executable, "-c", program, str(encrypted)],
            cwd=PROJECT_ROOT,
            capture_output=True,
            text=True,
            check=True,
        )
    assert seen.stderr == ""
    with open_database(encrypted) as database:
        head = Journal(database)
        found = head.head("one")
    assert found is not None
    assert int(seen.stdout) == found.seq


def test_nothing_is_printed_where_a_key_is_wrong_or_a_page_damaged(
    encrypted: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    UNLOCKED.forget()
    key_path(encrypted).unlink()
    prepare_new(encrypted)
    with pytest.raises(StorageError):
        open_database(encrypted)
    captured = capfd.readouterr()
    assert captured.err == captured.out == ""


def test_encrypting_changes_no_row_and_leaves_the_plain_file_to_its_owner(
    recorded: Path, tmp_path: Path
) -> None:
    with open_database(recorded) as database:
        database.compact()
    with closing(sqlite.connect(recorded)) as raw:
        before = read_content(raw)
    key, wrapped = new_key()
    done = encrypt_record(recorded, key, wrapped, AUTHOR)
    assert done.content == before
    assert files_that_hold(tmp_path, NAME) == [done.kept.name]
    with open_database(done.kept, read_only=True) as plain:
        assert verify_all(plain)["one"].ok
    with open_database(recorded, read_only=True) as database:
        report = verify_all(database)["one"]
        assert report.ok
        assert database.find_damage(thorough=True) is None
        entries = read_logbooks(database)[0].entries
    assert isinstance(entries[-1], Changed)
    assert (entries[-1].subject, entries[-1].before, entries[-1].after) == (
        "encryption",
        "off",
        "on",
    )
    with pytest.raises(StorageError, match="encrypted already"):
        encrypt_record(recorded, *new_key(), AUTHOR)


def test_taking_the_encryption_away_keeps_the_encrypted_file_with_its_key(encrypted: Path) -> None:
    done = decrypt_record(encrypted, AUTHOR)
    UNLOCKED.forget()
    assert not key_path(encrypted).exists()
    with open_database(encrypted) as database:
        assert verify_all(database)["one"].ok
    with pytest.raises(StorageError) as caught:
        open_database(done.kept)
    assert caught.value.user_text == LOCKED
    unlock(done.kept)
    with open_database(done.kept, read_only=True) as database:
        assert verify_all(database)["one"].ok


def test_after_another_key_the_old_one_opens_only_the_file_that_is_kept(encrypted: Path) -> None:
    key_file = read_key_file(key_path(encrypted))
    assert key_file is not None
    old = UNLOCKED.find(key_file)[0]
    done = rekey_record(encrypted, *new_key(key_file.record), AUTHOR)
    now = read_key_file(key_path(encrypted))
    assert now is not None
    assert len(now.keys) == 1
    assert now.keys[0].key != old.key
    UNLOCKED.forget()
    UNLOCKED.add([old])
    with pytest.raises(StorageError):
        open_database(encrypted)
    open_database(done.kept, read_only=True).close()
    unlock(encrypted)
    with open_database(encrypted) as database:
        assert verify_all(database)["one"].ok


def test_a_key_file_of_another_page_size_makes_and_opens_files_of_that_size(
    recorded: Path, tmp_path: Path
) -> None:
    def key_of_large_pages() -> tuple[DataKey, WrappedKey]:
        key = draw_key(draw_record_name(), 4_096)
        return key, wrapped_key(key, NOW)

    fresh = tmp_path / "fresh.db"
    key, wrapped = key_of_large_pages()
    write_key_file(key_path(fresh), KeyFile(record=key.record, keys=(wrapped,)))
    UNLOCKED.add([key])
    open_database(fresh).close()
    encrypt_record(recorded, *key_of_large_pages(), AUTHOR)
    for path in (fresh, recorded):
        with open_database(path, read_only=True) as database, database.reading() as connection:
            assert int(str(pragma(connection, "page_size"))) == 4_096
            assert database.find_damage(thorough=True) is None


def test_encrypting_is_refused_while_somebody_has_the_record_open(recorded: Path) -> None:
    with open_database(recorded, read_only=True) as reader, reader.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM session").scalar()
        with pytest.raises(StorageError) as caught:
            encrypt_record(recorded, *new_key(), AUTHOR)
    assert caught.value.fault is Fault.LOCKED
    assert not is_encrypted(recorded)
    encrypt_record(recorded, *new_key(), AUTHOR)
    assert is_encrypted(recorded)


def test_encrypting_is_refused_where_the_copy_has_no_room(
    recorded: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(recorded.parent)._replace(free=1_000)
    monkeypatch.setattr("storage.recoding.shutil.disk_usage", lambda _folder: full)
    with pytest.raises(StorageError, match="Nothing was changed") as caught:
        encrypt_record(recorded, *new_key(), AUTHOR)
    assert caught.value.fault is Fault.FULL
    assert not is_encrypted(recorded)


@pytest.mark.skipif(not hasattr(__import__("os"), "fork"), reason="the killed runs are forks")
def test_killed_at_any_step_the_record_opens_whole_and_the_step_can_be_done_again(
    recorded: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "killed"
    folder.mkdir()
    with open_database(recorded) as database:
        database.compact()
    shutil.copy(recorded, folder / "plain.db")
    encrypt(recorded)
    shutil.copy(recorded, folder / "secret.db")
    shutil.copy(key_path(recorded), key_path(folder / "secret.db"))
    UNLOCKED.forget()
    child = Path(__file__).with_name("recoding_child.py")
    answer = subprocess.run(
        [sys.executable, str(child), str(folder)],
        cwd=PROJECT_ROOT,
        env={"PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=True,
    )
    counts = dict(line.split() for line in answer.stdout.splitlines())
    assert {name: int(number) for name, number in counts.items()} == {
        "on": 6,
        "off": 7,
        "rekey": 7,
    }
    for action, number in counts.items():
        for step in range(int(number)):
            _check_and_finish(action, folder / f"{action}-{step}" / "sessions.db")


def _check_and_finish(action: str, path: Path) -> None:
    """The record is whole under one key or none, and the action can be asked for again."""
    if key_path(path).exists():
        unlock(path)
    with open_database(path) as database:
        assert verify_all(database)["one"].ok, path
    was_encrypted = is_encrypted(path)
    if action == "on" and not was_encrypted:
        encrypt_record(path, *new_key(), AUTHOR)
    elif action == "off" and was_encrypted:
        decrypt_record(path, AUTHOR)
    elif action == "rekey":
        key_file = read_key_file(key_path(path))
        assert key_file is not None
        rekey_record(path, *new_key(key_file.record), AUTHOR)
    assert is_encrypted(path) is (action != "off")
    UNLOCKED.forget()
    if action != "off":
        unlock(path)
    with open_database(path) as database:
        assert verify_all(database)["one"].ok, path
    assert not path.with_name("sessions.db.copying").exists()


def test_lines_beside_an_encrypted_record_are_sealed_for_it_alone(
    encrypted: Path, tmp_path: Path
) -> None:
    cipher = cipher_for(encrypted)
    line = f'["one",1,["{NAME}"]]'.encode()
    sealed = cipher.seal_line(line)
    assert NAME.encode() not in sealed
    assert b"\n" not in sealed
    assert cipher.seal_line(line) != sealed
    assert cipher.open_line(sealed) == line
    assert cipher.open_line(line) == line
    for place in range(0, len(sealed), 5):
        spoiled = bytearray(sealed)
        spoiled[place] ^= 2
        if place == 0:
            continue  # no sealed line any more, and then no line of ours either
        with pytest.raises(ValueError, match=r"."):
            cipher.open_line(bytes(spoiled))
    prepare_new(tmp_path / "other.db")
    with pytest.raises(ValueError, match="another record"):
        cipher_for(tmp_path / "other.db").open_line(sealed)
    with pytest.raises(ValueError, match="encrypted"):
        PlainLines().open_line(sealed)


def test_a_connection_without_the_key_reads_nothing_of_the_write_ahead_log(
    encrypted: Path, tmp_path: Path
) -> None:
    with open_database(encrypted) as database:
        note = WriteNote(t_ns=2_000_000, by=NAME, text=NAME)
        Journal(database).append("two", [small_session()[0], note])
        wal = encrypted.with_name(encrypted.name + "-wal").read_bytes()
        assert len(wal) > 4_000
        assert NAME.encode() not in wal
    key = UNLOCKED.all()[-1]
    with closing(sqlite.connect(encrypted)) as raw:
        give_key(raw, key)
        assert raw.execute("PRAGMA cipher_integrity_check").fetchall() == []
