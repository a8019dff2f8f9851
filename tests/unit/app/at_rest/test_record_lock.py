"""A locked record is unlocked by a person, or work goes on in a new one that only they can open."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import keyring
import pytest
from keyring.backend import KeyringBackend
from keyring.errors import KeyringError

from app.at_rest.beside import files_in_the_clear, waiting_files
from app.at_rest.holders import (
    HolderError,
    add_passphrase,
    add_store,
    change_passphrase,
    read_holders,
    renew_recovery_key,
)
from app.at_rest.key_sources import use_key_sources
from app.at_rest.passphrases import PassphraseFileError, open_with_typed, read_passphrase_file
from app.at_rest.record_lock import WRONG, RecordLock, bring_in
from app.at_rest.records_beside import notice_of_records_beside, records_beside
from app.at_rest.system_store import NO_STORE, StoreError
from app.people.account_copy import AccountCopy
from app.people.waiting_entries import WaitingEntries
from protocols.events import SessionOpened, WriteNote
from protocols.events.terms import Role
from protocols.logbook.entries import PersonAdded
from storage.database import Database, open_database
from storage.encryption import UNLOCKED, is_encrypted
from storage.faults import Fault, StorageError
from storage.journal import Journal
from storage.key_file import key_path
from storage.recorder import Recorder
from storage.recovery_key import write_recovery_key
from storage.sealed_lines import cipher_for
from storage.sidefile import find_side_files, side_label
from storage.verification import verify_record
from tests.unit.storage.event_strategies import small_session
from tests.unit.storage.holders import AUTHOR, SECRET, encrypt, unlock

NOW = datetime(2026, 11, 26, 12, tzinfo=UTC)
RECOVERY = write_recovery_key(SECRET)
NAME = "Zwetschgenbaum"


@pytest.fixture(autouse=True)
def _locked_afterwards(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("storage.key_slots._MEMORY_KIB", 1_024)  # stands in each slot
    yield
    UNLOCKED.ask()
    UNLOCKED.forget()


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """An encrypted record with one session, locked."""
    path = tmp_path / "sessions.db"
    with open_database(path) as database:
        Journal(database).append("one", small_session())
    encrypt(path)
    UNLOCKED.forget()
    for plain in tmp_path.glob("*.plain-*"):
        plain.unlink()
    return path


class Store(KeyringBackend):
    """A store of secrets in memory."""

    priority = 1.0  # type: ignore[assignment]

    def __init__(self) -> None:
        super().__init__()
        self.kept: dict[tuple[str, str], str] = {}
        self.broken = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.broken:
            raise KeyringError("the store is closed")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        self.kept[service, username] = password


@pytest.fixture
def store() -> Iterator[Store]:
    before = keyring.get_keyring()
    made = Store()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


def test_a_plain_record_is_not_locked(tmp_path: Path) -> None:
    path = tmp_path / "sessions.db"
    assert RecordLock(str(path)).sentence == ""
    open_database(path).close()
    assert RecordLock(str(path)).sentence == ""
    assert RecordLock("postgresql+psycopg://server/records").sentence == ""


def test_the_recovery_key_unlocks_and_anything_else_is_refused_in_words(record: Path) -> None:
    lock = RecordLock(str(record))
    assert lock.sentence.startswith("The record is encrypted and locked.")
    assert lock.can_unlock
    assert lock.unlock("some other words") == WRONG
    mistyped = ("0" if RECOVERY[0] != "0" else "1") + RECOVERY[1:]
    assert "Group 1 " in lock.unlock(mistyped)
    assert lock.unlock(RECOVERY.lower()) == ""
    assert lock.sentence == ""


def test_without_its_key_file_no_secret_is_asked_for(record: Path) -> None:
    key_path(record).unlink()
    lock = RecordLock(str(record))
    assert "its key file" in lock.sentence
    assert not lock.can_unlock
    assert "its key file" in lock.unlock(RECOVERY)


def test_work_goes_on_in_a_record_that_only_the_holders_of_the_locked_one_can_open(
    record: Path,
) -> None:
    before = record.read_bytes()
    place, sentence = RecordLock(str(record)).begin_beside(NOW)
    beside = Path(place)
    assert beside.name in sentence
    opened, *rest = small_session()
    assert isinstance(opened, SessionOpened)
    with open_database(beside) as database:
        note = WriteNote(t_ns=1_000_000, by=NAME, text=NAME)
        Journal(database).append("while locked", [opened, note, *rest])
    assert NAME.encode() not in beside.read_bytes()
    assert record.read_bytes() == before
    assert records_beside(str(record)) == [beside]
    assert beside.name in notice_of_records_beside(str(record))

    UNLOCKED.forget()
    with pytest.raises(StorageError) as caught:
        open_database(beside)
    assert caught.value.fault is Fault.ENCRYPTED

    unlock(record)
    with open_database(beside, read_only=True) as database:
        head = Journal(database).head("while locked")
    for _ in range(2):  # done twice it adds nothing twice
        taken = bring_in(str(record), beside, AUTHOR)
        assert taken.is_whole
    assert records_beside(str(record)) == []
    with open_database(record) as database:
        assert Journal(database).head("while locked") == head
        assert Journal(database).head("one") is not None
        assert not verify_record(database).problems


def test_where_the_key_file_is_gone_the_new_record_is_plain_and_this_is_said(record: Path) -> None:
    key_path(record).unlink()
    place, sentence = RecordLock(str(record)).begin_beside(NOW)
    assert "not encrypted" in sentence
    assert not is_encrypted(Path(place))


def test_a_passphrase_file_unlocks_without_anybody_and_only_if_it_is_private(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    unlock(record)
    add_passphrase(record, "four words on paper", NOW)
    UNLOCKED.forget()
    file = tmp_path / "passphrase"
    file.write_text("four words on paper\n")
    file.chmod(0o600)
    monkeypatch.setenv("INFUSION_ROOM_PASSPHRASE_FILE", str(file))
    use_key_sources()
    open_database(record).close()

    UNLOCKED.forget()
    file.chmod(0o644)
    use_key_sources()
    with caplog.at_level(logging.WARNING), pytest.raises(StorageError):
        open_database(record)
    assert "can be read by others" in caplog.text
    assert "four words" not in caplog.text
    with pytest.raises(PassphraseFileError, match="chmod 600"):
        read_passphrase_file(file)


def test_a_changed_passphrase_opens_and_the_earlier_one_no_longer_does(record: Path) -> None:
    unlock(record)
    add_passphrase(record, "the first passphrase", NOW)
    add_passphrase(record, "somebody else's words", NOW)
    with pytest.raises(HolderError, match="does not open"):
        change_passphrase(record, "not the passphrase", "the second passphrase", NOW)
    change_passphrase(record, "the first passphrase", "the second passphrase", NOW)
    holders = read_holders(record)
    assert open_with_typed(holders, "the first passphrase") == []
    assert open_with_typed(holders, "the second passphrase")
    assert open_with_typed(holders, "somebody else's words")
    assert open_with_typed(holders, RECOVERY)


def test_a_new_recovery_key_puts_the_earlier_one_out(record: Path) -> None:
    unlock(record)
    new = renew_recovery_key(record, NOW)
    assert open_with_typed(read_holders(record), RECOVERY) == []
    assert open_with_typed(read_holders(record), new)


def test_the_systems_store_unlocks_without_anybody(
    record: Path, store: Store, caplog: pytest.LogCaptureFixture
) -> None:
    unlock(record)
    add_store(record, NOW)
    add_store(record, NOW)
    assert len(store.kept) == 1
    UNLOCKED.forget()
    use_key_sources()
    open_database(record).close()

    UNLOCKED.forget()
    store.broken = True
    use_key_sources()
    with pytest.raises(StorageError):
        open_database(record)
    assert "the store is closed" in caplog.text


def test_an_account_without_a_store_is_told_so(record: Path) -> None:
    unlock(record)
    before = keyring.get_keyring()
    from keyring.backends.fail import Keyring

    keyring.set_keyring(Keyring())
    try:
        with pytest.raises(StoreError) as caught:
            add_store(record, NOW)
    finally:
        keyring.set_keyring(before)
    assert str(caught.value) == NO_STORE


def files_that_hold(folder: Path, *words: str) -> list[str]:
    return sorted(
        str(file)
        for file in folder.rglob("*")
        if file.is_file() and any(word.encode() in file.read_bytes() for word in words)
    )


def recorder_of(record: Path, open_it: Callable[[], Database]) -> Recorder:
    return Recorder(
        open_it,
        lambda _ok, _text: None,
        side_folders=[record.parent],
        label=side_label(record),
        cipher=cipher_for(record),
    )


def refused() -> Database:
    raise StorageError(Fault.FULL, "The disk is full.")


def test_no_file_of_an_encrypted_record_says_a_name_while_and_after_it_is_written(
    record: Path, tmp_path: Path
) -> None:
    unlock(record)
    session, *_ = small_session()
    notes = [WriteNote(t_ns=n * 1_000_000, by=NAME, text=f"{NAME} {n}") for n in range(1, 400)]
    recorder = recorder_of(record, lambda: open_database(record))
    recorder.put("two", [session, *notes[:200]])
    assert recorder.flush(20)
    assert record.with_name("sessions.db-wal").stat().st_size > 0
    assert files_that_hold(tmp_path, NAME) == []
    assert recorder.close()

    recorder = recorder_of(record, refused)
    recorder.put("two", notes[200:300])
    assert not recorder.flush(20)
    side = find_side_files([tmp_path], side_label(record))
    assert side
    assert waiting_files(record) == side
    assert files_in_the_clear(record) == []
    assert files_that_hold(tmp_path, NAME) == []
    assert recorder.close()
    assert files_that_hold(tmp_path, NAME) == []

    recorder = recorder_of(record, lambda: open_database(record))
    recorder.put("two", notes[300:])
    assert recorder.flush(20)
    assert files_that_hold(tmp_path, NAME) == []
    assert recorder.close()
    assert not find_side_files([tmp_path], side_label(record))
    with open_database(record, read_only=True) as database:
        read = [e.text for e in Journal(database).read("two") if isinstance(e, WriteNote)]
    assert read == [note.text for note in notes]


def test_entries_that_wait_and_the_copy_of_accounts_are_sealed_too(
    record: Path, tmp_path: Path
) -> None:
    unlock(record)
    cipher = cipher_for(record)
    entry = PersonAdded(
        by=NAME, at_utc="2026-11-26T12:00:00.000Z", user=NAME, name=NAME, roles=(Role.NURSE,)
    )
    waiting = WaitingEntries(str(record), [tmp_path])
    assert waiting.keep([entry], cipher)
    copy = AccountCopy(str(record))
    assert copy.add([entry], cipher)
    assert files_that_hold(tmp_path, NAME) == []
    assert waiting.read(waiting.files()[0], cipher) == [entry]
    assert copy.read(cipher) == ((entry,), "")
