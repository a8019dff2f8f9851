"""Encrypting and backing up a record from the command line."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from storage.database import open_database
from storage.encryption import UNLOCKED, is_encrypted
from storage.journal import Journal
from storage.key_file import key_path
from tests.unit.storage.event_strategies import small_session

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture(autouse=True)
def _cheap_passphrases(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Parameters stand in each slot, so that weaker ones are read like any."""
    monkeypatch.setattr("storage.key_slots._MEMORY_KIB", 1_024)
    yield
    UNLOCKED.ask()
    UNLOCKED.forget()


@pytest.fixture
def command(command: Command) -> Command:
    """Runs one command in this process, with nothing unlocked before it."""

    def call(*arguments: str) -> tuple[int, str, str]:
        UNLOCKED.forget()
        return command(*arguments)

    return call


@pytest.fixture
def record(user_folder: Path) -> Path:
    """The record of this user, plain, with one session."""
    path = user_folder / "sessions.db"
    with open_database(path) as database:
        Journal(database).append("one", small_session())
    return path


def secret(folder: Path, name: str, text: str) -> str:
    file = folder / name
    file.write_text(text + "\n")
    file.chmod(0o600)
    return str(file)


def test_a_record_is_encrypted_used_given_other_holders_and_made_plain_again(
    command: Command, record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = secret(tmp_path, "first", "the first passphrase")
    second = secret(tmp_path, "second", "the second passphrase")
    assert command("encryption", "status")[1].strip() == f"{record}: not encrypted"

    status, out, _ = command("encryption", "on", "--secret-file", first)
    assert status == 0
    assert "1 sessions" in out
    assert "all equal" in out
    assert "destroy it yourself" in out
    found = re.search(r"(?:[0-9A-Z]{5}-){7}[0-9A-Z]{5}", out)
    assert found is not None
    recovery = secret(tmp_path, "recovery", found.group())
    assert is_encrypted(record)

    status, _, err = command("sessions", "list")
    assert status == 2
    assert "encrypted and locked" in err
    monkeypatch.setenv("INFUSION_ROOM_PASSPHRASE_FILE", first)
    status, out, _ = command("sessions", "list")
    assert status == 0
    assert "one" in out
    copy = tmp_path / "copy.csv"
    status, out, _ = command("export", "one", "--output", str(copy))
    assert status == 0
    assert "This copy is not encrypted" in out
    assert "This copy is not encrypted" in copy.read_text()
    monkeypatch.delenv("INFUSION_ROOM_PASSPHRASE_FILE")

    change = ("encryption", "change-passphrase", "--secret-file")
    assert command(*change, first, "--new-secret-file", second)[0] == 0
    assert command(*change, first, "--new-secret-file", second)[0] == 2
    status, out, _ = command("encryption", "recovery-key", "--secret-file", recovery)
    assert status == 0
    status, _, err = command("encryption", "recovery-key", "--secret-file", recovery)
    assert status == 2
    assert "does not open" in err

    described = json.loads(command("encryption", "status", "--json")[1])
    assert described["encrypted"] is True
    assert [holder["kind"] for holder in described["holders"]] == ["passphrase", "recovery-key"]
    [clear] = described["in_the_clear"]
    assert Path(clear).name.startswith("sessions.db.plain-")

    arguments = ("encryption", "rekey", "--secret-file", second, "--new-secret-file", first)
    assert command(*arguments)[0] == 0
    assert command("encryption", "off", "--secret-file", first)[0] == 0
    assert not is_encrypted(record)
    assert command("backups", "verify", str(record))[0] == 0
    assert len(list(record.parent.glob("sessions.db.*-*Z"))) == 3


@pytest.mark.expects_log_warnings
def test_a_wrong_secret_and_a_key_file_that_is_gone_are_named_and_nobody_is_asked_who_it_is(
    command: Command, record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = secret(tmp_path, "first", "the first passphrase")
    second = secret(tmp_path, "second", "the second passphrase")
    assert command("encryption", "on", "--secret-file", first)[0] == 0
    monkeypatch.setenv("INFUSION_ROOM_PASSPHRASE_FILE", second)
    status, _, err = command("sessions", "list")
    assert (status, f"names, {second}, does not open it" in err) == (2, True)
    key_path(record).rename(tmp_path / "hidden.key")
    change = ("people", "add", "eve", "--name", "Eve", "--by", "anna", "--by-secret-file", first)
    for asked in (("people", "list"), change, ("sessions", "list"), ("logbook", "list")):
        status, out, err = command(*asked)
        assert (status, out, "its key file" in err, err.count("\n")) == (2, "", True, 1)
    assert not list(record.parent.glob("*.log-*"))


def test_encryption_is_refused_while_a_bedside_runs_or_events_wait_beside(
    command: Command, record: Path, tmp_path: Path
) -> None:
    from app.reception.sole_use import SoleUse
    from storage.sidefile import side_label

    words = secret(tmp_path, "words", "four words on paper")
    held = SoleUse(str(record))
    status, _, err = command("encryption", "on", "--secret-file", words)
    held.release()
    assert status == 2
    assert "Another bedside program is running" in err

    side = record.with_name(f"{side_label(record)}.side-{1:020d}.jsonl")
    side.write_text("")
    status, _, err = command("encryption", "on", "--secret-file", words)
    assert status == 2
    assert "waits to be brought into the record" in err
    side.unlink()
    short = secret(tmp_path, "short", "short")
    status, _, err = command("encryption", "on", "--secret-file", short)
    assert status == 2
    assert "it needs 12" in err
    assert not key_path(record).exists()


def test_backups_are_made_listed_rehearsed_and_restored(
    command: Command, record: Path, tmp_path: Path
) -> None:
    status, out, _ = command("backups", "make")
    assert status == 0
    assert "on the same disk" in out
    assert "not encrypted" in out
    status, out, _ = command("backups", "list", "--json")
    [backup] = json.loads(out)
    assert backup["rows"]["session"] == 1
    status, out, _ = command("backups", "list")
    assert "never deletes a backup" in out
    assert "Last backup: " in out
    status, out, _ = command("backups", "rehearse")
    assert status == 0
    assert "can be restored: 1 sessions" in out

    target = tmp_path / "new" / "sessions.db"
    status, out, _ = command("backups", "restore", backup["path"], "--to", str(target))
    assert status == 0
    assert backup["sha256"] in out
    status, _, err = command("backups", "restore", backup["path"], "--to", str(target))
    assert status == 2
    assert "is there already" in err
    assert command("backups", "verify", backup["path"])[0] == 0

    spoiled = bytearray(Path(backup["path"]).read_bytes())
    spoiled[-100] ^= 1
    Path(backup["path"]).write_bytes(spoiled)
    assert command("backups", "verify", backup["path"])[0] == 1
    status, out, _ = command("backups", "rehearse")
    assert status == 1
    assert "The rehearsal failed." in out


def test_what_is_older_is_listed_only_where_the_site_says_how_long_it_keeps(
    command: Command, record: Path
) -> None:
    status, _, err = command("backups", "list", "--older")
    assert status == 2
    assert "retention_years is not set" in err
    status, _, err = command("backups", "rehearse")
    assert status == 2
    assert "make one with" in err
    assert command("backups", "make", "--database", "postgresql+psycopg://h/d")[0] == 2
