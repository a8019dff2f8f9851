"""Accounts survive a database that cannot be read or written, is replaced, or is damaged."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from app.people.account_copy import copy_path
from app.people.door import Proven
from protocols.events.terms import Proof, Role
from protocols.logbook.entries import PersonAdded
from protocols.people.accounts import ACCOUNT_ENTRIES
from storage import sqlite
from storage.canonical import chain_next
from storage.database import open_database
from storage.faults import Fault, StorageError
from storage.logbook import LOG_FORM
from tests.unit.app.people.houses import (
    PASSWORD,
    PIN,
    administrator,
    entries_of,
    make_house,
    taken,
    wait_for,
    with_people,
)


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A record with two accounts."""
    path = tmp_path / "record.db"
    house = make_house(path)
    with_people(house)
    assert house.close()
    return path


def users(place: Path) -> list[str]:
    house = make_house(place)
    found = [account.user for account in house.accounts()]
    assert house.keeper.flush()
    house.close()
    return found


def remove_record(place: Path) -> None:
    for suffix in ("", "-wal", "-shm"):
        place.with_name(place.name + suffix).unlink(missing_ok=True)


def test_the_copy_is_its_owners_alone_and_holds_the_entries_of_accounts(place: Path) -> None:
    copy = copy_path(str(place))
    if sys.platform != "win32":
        assert stat.S_IMODE(copy.stat().st_mode) == 0o600
    lines = [json.loads(json.loads(line)["entry"]) for line in copy.read_text().splitlines()]
    kept = [entry for entry in entries_of(place) if isinstance(entry, ACCOUNT_ENTRIES)]
    assert len(lines) == len(kept)
    assert {kind for kind, _ in lines} == {"person_added", "credential_set"}


def test_an_empty_new_record_is_filled_from_the_copy_once(place: Path) -> None:
    before = [entry for entry in entries_of(place) if isinstance(entry, ACCOUNT_ENTRIES)]
    remove_record(place)
    for _ in range(2):
        assert users(place) == ["anna", "ben"]
        after = [entry for entry in entries_of(place) if isinstance(entry, ACCOUNT_ENTRIES)]
        assert after == before


def test_a_record_put_back_from_before_has_the_newest_accounts_again(place: Path) -> None:
    older = place.read_bytes()
    house = make_house(place)
    taken(house.retire_person(administrator(house), "ben", "left"))
    taken(house.add_person(administrator(house), "cora", "Cora", (Role.QA,)))
    assert house.close()
    remove_record(place)
    place.write_bytes(older)
    again = make_house(place)
    assert [(a.user, a.active) for a in again.accounts()] == [
        ("anna", True),
        ("cora", True),
        ("ben", False),
    ]
    assert again.close()


def test_a_copy_that_is_gone_is_made_again_from_the_record(place: Path) -> None:
    copy = copy_path(str(place))
    before = copy.read_bytes()
    copy.unlink()
    assert users(place) == ["anna", "ben"]
    assert copy.read_bytes() == before


def test_a_line_that_was_changed_in_the_copy_is_never_taken_over(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = copy_path(str(place))
    copy.write_text(copy.read_text().replace("Ben Okafor", "Eve Mallory"))
    remove_record(place)
    house = make_house(place)
    assert [account.name for account in house.accounts()] == ["Anna Berg"]
    assert "not what was written" in house.notice
    assert house.close()
    caplog.clear()


def append_by_hand(copy: Path, entry: PersonAdded, **more: str) -> None:
    """Append `entry` as whoever can write the file but has no key of the site would."""
    chain = bytes.fromhex(json.loads(copy.read_text().splitlines()[-1])["chain"])
    body = LOG_FORM.canonical(entry)
    row = {"chain": chain_next(chain, body).hex(), "entry": body.decode(), **more}
    with copy.open("a") as file:
        file.write(json.dumps(row) + "\n")


@pytest.mark.parametrize("record_is_there", [True, False])
@pytest.mark.parametrize("signed", [{}, {"key": "0" * 16, "signature": "00" * 64}])
def test_what_nobody_with_the_sites_key_appended_to_the_copy_gives_no_account(
    place: Path, record_is_there: bool, signed: dict[str, str], caplog: pytest.LogCaptureFixture
) -> None:
    eve = PersonAdded(
        by="Anna Berg",
        at_utc="2026-11-26T10:00:00.000Z",
        user="eve",
        name="Eve Mallory",
        roles=(Role.ADMINISTRATOR,),
    )
    append_by_hand(copy_path(str(place)), eve, **signed)
    if not record_is_there:
        remove_record(place)
    house = make_house(place)
    assert [account.user for account in house.accounts()] == ["anna", "ben"]
    assert "no key of this site signed" in house.notice
    assert house.keeper.flush()
    assert eve not in entries_of(place)
    assert house.close()
    caplog.clear()


def test_a_damaged_copy_is_set_aside_and_made_again(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    copy = copy_path(str(place))
    whole = copy.read_text()
    copy.write_text(whole.replace("person_added", "person_abbed"))
    assert users(place) == ["anna", "ben"]
    assert copy.read_text() == whole
    assert len(list(place.parent.glob("*.people.damaged-*"))) == 1
    assert "kept as" in caplog.text
    caplog.clear()


def test_a_last_line_that_was_cut_short_counts_as_none(place: Path) -> None:
    copy = copy_path(str(place))
    whole = copy.read_bytes()
    copy.write_bytes(whole[:-7])
    remove_record(place)
    assert users(place) == ["anna", "ben"]


def test_people_sign_in_while_the_database_is_locked(
    place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    house = make_house(place)
    lock = sqlite.connect(place, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)
    assert not house.keeper.flush()
    lock.close()
    wait_for(lambda: house.keeper.flush())
    assert house.close()
    caplog.clear()


def test_people_sign_in_by_the_copy_while_the_database_cannot_be_read(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise StorageError(Fault.IO, "The disk does not answer.")

    before = entries_of(place)
    monkeypatch.setattr("app.people.roster.open_database", refuse)
    monkeypatch.setattr("app.people.log_keeper.open_database", refuse)
    house = make_house(place)
    assert house.has_accounts
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)
    assert house.close()
    monkeypatch.undo()
    assert users(place) == ["anna", "ben"]
    after = entries_of(place)
    assert len(after) == len(before) + 1  # the sign-in; the accounts are not noted a second time
    caplog.clear()


def test_what_waits_beside_the_record_counts_at_the_next_start(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise StorageError(Fault.FULL, "The disk is full.")

    monkeypatch.setattr("app.people.log_keeper.open_database", refuse)
    house = make_house(place)
    taken(house.retire_person(administrator(house), "ben", "left"))
    for _ in range(3):
        house.proving.prove("anna", "wrong", Proof.PIN)
    assert house.close()
    second = make_house(place)
    ben, anna = second.account("ben"), second.account("anna")
    assert ben is not None
    assert anna is not None
    assert not ben.active
    assert anna.locked_until_utc
    assert second.close()
    caplog.clear()


def test_a_damaged_logbook_keeps_its_accounts_by_the_copy_and_says_so(place: Path) -> None:
    seq = next(
        number
        for number, entry in enumerate(entries_of(place), start=1)
        if isinstance(entry, PersonAdded) and entry.user == "ben"
    )
    raw = sqlite.connect(place, isolation_level=None)
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type='trigger'").fetchall():
        raw.execute(f'DROP TRIGGER "{name}"')
    (body,) = raw.execute("SELECT body FROM log_entry WHERE seq=?", (seq,)).fetchone()
    changed = body.replace(b"Ben", b"Eve")
    raw.execute("UPDATE log_entry SET body=? WHERE seq=?", (changed, seq))
    raw.close()
    house = make_house(place)
    assert [account.name for account in house.accounts()] == ["Anna Berg", "Ben Okafor RN"]
    assert "is not what was recorded" in house.notice
    assert isinstance(house.proving.prove("ben", PASSWORD, Proof.PASSWORD), Proven)
    assert house.close()


def test_a_record_that_cannot_be_read_gets_no_second_first_administrator(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "record.db"
    open_database(path).close()

    def refuse(*_: object, **__: object) -> object:
        raise StorageError(Fault.IO, "The disk does not answer.")

    monkeypatch.setattr("app.people.roster.open_database", refuse)
    house = make_house(path)
    answer = house.changing.create_first_administrator("eve", "Eve", (), PASSWORD)
    assert "cannot be read" in str(answer)
    assert house.close()


def test_a_record_that_is_locked_counts_as_one_with_accounts(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> object:
        raise StorageError(Fault.UNSUITABLE, "The record is encrypted and locked.")

    with monkeypatch.context() as locked:
        for name in ("open_database", "cipher_for"):
            locked.setattr(f"app.people.roster.{name}", refuse)
        house = make_house(place)
        assert house.has_accounts
        assert house.accounts() == []
        answer = house.changing.create_first_administrator("eve", "Eve", (), PASSWORD)
        assert "cannot be read" in str(answer)
    assert isinstance(house.proving.prove("ben", PIN, Proof.PIN), Proven)
    assert house.close()
