"""Accounts and logbook from the command line; each change proves who asks for it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from app.people.house import House
from app.reception.settings import Settings, save_settings
from protocols.events.terms import Proof
from storage import sqlite
from storage.courses import read_courses
from storage.database import open_database
from tests.e2e.test_amended_session import run_amended
from tests.unit.app import recorded_sessions as recorded
from tests.unit.app.people.houses import OTHER, PASSWORD, PIN, cheap_rights

Command = Callable[..., tuple[int, str, str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with settings, files of secrets, and the place of a record."""
    monkeypatch.setattr("app.reception.settings.user_config_path", lambda *_, **__: tmp_path)
    monkeypatch.setenv("INFUSION_ROOM_DATABASE", str(tmp_path / "record.db"))
    save_settings(Settings(rights=cheap_rights(tmp_path)))
    secrets = {"anna": PASSWORD, "first": OTHER, "pin": PIN, "wrong": "not the password"}
    for name, secret in secrets.items():
        path = tmp_path / name
        path.write_text(f"{secret}\n", encoding="utf-8")
        path.chmod(0o600)
    return tmp_path


@pytest.fixture(autouse=True)
def _in_folder(folder: Path) -> None:
    """Every command finds the settings and the record of its folder."""


@pytest.fixture
def anna(command: Command, folder: Path) -> tuple[str, ...]:
    """Anna is the first administrator; the options with which she proves it."""
    made = command(
        "people", "add", "anna", "--name", "Anna Berg", "--secret-file", str(folder / "anna")
    )
    assert (made[0], made[2]) == (0, "")
    assert made[1].startswith("anna  Anna Berg  administrator  password\nMake a second")
    return ("--by", "anna", "--by-secret-file", str(folder / "anna"))


@pytest.fixture
def ben(command: Command, folder: Path, anna: tuple[str, ...]) -> str:
    """Ben is a nurse whose password Anna set."""
    status, out, err = command(
        *("people", "add", "ben", "--name", "Ben Okafor RN", "--role", "nurse"),
        *("--secret-file", str(folder / "first"), *anna),
    )
    assert (status, out, err) == (0, "ben  Ben Okafor RN  nurse  password (must be changed)\n", "")
    return "ben"


def accounts(command: Command) -> dict[str, dict[str, object]]:
    status, out, err = command("people", "list", "--json")
    assert (status, err) == (0, "")
    return {account["user"]: account for account in json.loads(out)}


def test_a_record_without_accounts_lists_none_and_changes_none(command: Command) -> None:
    assert command("people", "list", "--json") == (0, "[]\n", "")
    assert command("people", "list") == (0, "-\n", "")
    status, out, err = command("people", "retire", "anna", "--reason", "x", "--by", "anna")
    assert (status, out) == (2, "")
    assert "first administrator" in err


def test_an_account_is_added_without_a_secret_too(
    command: Command, anna: tuple[str, ...], folder: Path
) -> None:
    status, out, _ = command("people", "add", "quinn", "--name", "Quinn", "--role", "qa", *anna)
    assert status == 0
    assert "set-password quinn" in out
    assert accounts(command)["quinn"]["has_password"] is False


def test_name_and_roles_are_changed(command: Command, ben: str, anna: tuple[str, ...]) -> None:
    asked = ("--role", "nurse", "--role", "prescriber", "--reason", "studied", *anna)
    status, out, _ = command("people", "change", ben, *asked)
    assert (status, "nurse, prescriber" in out) == (0, True)
    assert accounts(command)["ben"]["name"] == "Ben Okafor RN"


def test_an_account_is_retired_and_restored(
    command: Command, ben: str, anna: tuple[str, ...]
) -> None:
    assert command("people", "retire", ben, "--reason", "left", *anna)[0] == 0
    assert accounts(command)["ben"]["active"] is False
    assert command("people", "restore", ben, "--reason", "is back", *anna)[0] == 0
    assert accounts(command)["ben"]["active"] is True


def test_own_secrets_are_set_with_the_present_password(
    command: Command, ben: str, folder: Path
) -> None:
    own = ("--by", "ben", "--by-secret-file", str(folder / "first"))
    changed = ("people", "set-password", ben, "--secret-file", str(folder / "anna"), *own)
    assert command(*changed)[0] == 0
    status, _, err = command("people", "set-pin", ben, "--secret-file", str(folder / "pin"), *own)
    assert status == 2
    assert "tries are left" in err
    own = ("--by", "ben", "--by-secret-file", str(folder / "anna"))
    assert command("people", "set-pin", ben, "--secret-file", str(folder / "pin"), *own)[0] == 0
    ben_now = accounts(command)["ben"]
    assert (ben_now["has_pin"], ben_now["must_change"]) == (True, [])


def test_a_secret_set_by_an_administrator_must_be_changed(
    command: Command, ben: str, anna: tuple[str, ...], folder: Path
) -> None:
    asked = ("people", "set-pin", ben, "--secret-file", str(folder / "pin"), *anna)
    assert command(*asked)[0] == 0
    assert accounts(command)["ben"]["must_change"] == ["password", "pin"]


def test_a_lock_out_is_shown_and_lifted(
    command: Command, ben: str, anna: tuple[str, ...], folder: Path
) -> None:
    house = House(str(folder / "record.db"), rights=str(folder / "cheap.toml"))
    for _ in range(3):
        house.proving.prove("ben", "wrong", Proof.PASSWORD)
    house.close()
    assert accounts(command)["ben"]["locked_until_utc"]
    assert "rests until" in command("people", "list")[1]
    assert command("people", "unlock", ben, "--reason", "asked", *anna)[0] == 0
    assert accounts(command)["ben"]["locked_until_utc"] == ""


CHANGES = [
    ("add", "cora", "--name", "Cora", "--role", "nurse"),
    ("change", "ben", "--name", "Eve", "--reason", "x"),
    ("retire", "ben", "--reason", "x"),
    ("restore", "ben", "--reason", "x"),
    ("set-password", "ben", "--secret-file", "{folder}/anna"),
    ("set-pin", "ben", "--secret-file", "{folder}/pin"),
    ("unlock", "ben", "--reason", "x"),
]


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change[0])
def test_no_change_without_the_password_of_an_administrator(
    command: Command, ben: str, folder: Path, change: tuple[str, ...]
) -> None:
    before = accounts(command)
    words = [word.format(folder=folder) for word in change]
    wrong = ("--by", "anna", "--by-secret-file", str(folder / "wrong"))
    status, out, err = command("people", *words, *wrong)
    assert (status, out) == (2, "")
    assert "is not the password" in err
    nobody = command("people", *words, "--by", "anna")
    assert (nobody[0], nobody[1]) == (2, "")
    assert accounts(command) == before


def test_no_secret_can_be_given_as_an_argument(command: Command) -> None:
    for option in ("--password", "--secret", "--pin"):
        status, _, err = command("people", "set-password", "ben", option, "x")
        assert status == 2
        assert "No such option" in err


def test_the_logbook_is_listed_by_kind_user_and_day(
    command: Command, ben: str, folder: Path
) -> None:
    status, out, err = command("logbook", "list", "--json")
    assert (status, err) == (0, "")
    rows = json.loads(out)
    assert [row["kind"] for row in rows[:3]] == [
        "logbook_opened",
        "person_added",
        "credential_set",
    ]
    assert not any("verifier" in row for row in rows)
    assert "$argon2id" not in out
    about_ben = json.loads(command("logbook", "list", "--user", "BEN", "--json")[1])
    assert {row["user"] for row in about_ben} == {"ben"}
    signed = json.loads(command("logbook", "list", "--kind", "signed_in", "--json")[1])
    assert {row["kind"] for row in signed} == {"signed_in"}
    assert json.loads(command("logbook", "list", "--since", "2999-01-01", "--json")[1]) == []
    assert "Ben Okafor RN" in command("logbook", "list")[1]
    for wrong in (("--kind", "nonsense"), ("--since", "yesterday")):
        assert command("logbook", "list", *wrong)[0] == 2


def test_the_logbook_is_exported_once_to_a_new_file_and_that_is_noted(
    command: Command, ben: str, folder: Path
) -> None:
    output = folder / "log.jsonl"
    status, _, err = command("logbook", "export", "--output", str(output))
    assert (status, err) == (0, "")
    text = output.read_text(encoding="utf-8")
    kinds = [json.loads(line)["kind"] for line in text.splitlines()]
    assert kinds[0] == "logbook_opened"
    assert "$argon2id" not in text
    noted = json.loads(command("logbook", "list", "--kind", "exported", "--json")[1])
    assert [(row["path"], len(row["sha256"])) for row in noted] == [(str(output), 64)]
    assert command("logbook", "export", "--output", str(output))[0] == 2
    assert output.read_text(encoding="utf-8") == text


def test_a_logbook_that_was_changed_is_listed_as_far_as_it_is_whole(
    command: Command, ben: str, folder: Path
) -> None:
    raw = sqlite.connect(folder / "record.db", isolation_level=None)
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type='trigger'").fetchall():
        raw.execute(f'DROP TRIGGER "{name}"')
    raw.execute("UPDATE log_entry SET chain=zeroblob(32) WHERE seq=3")
    raw.close()
    status, out, err = command("logbook", "list", "--json")
    assert status == 1
    assert len(json.loads(out)) == 2
    assert "entry 3" in err


def test_roles_hold_for_signatures_in_a_session_that_is_older_than_the_accounts(
    command: Command, folder: Path
) -> None:
    session = run_amended(str(folder / "record.db"))
    made = command(
        *("people", "add", "anna", "--name", "Anna Berg", "--role", "nurse"),
        *("--secret-file", str(folder / "anna")),
    )
    assert made[0] == 0
    anna = ("--by", "anna", "--by-secret-file", str(folder / "anna"))
    status, _, err = command("amend", session, "--sign", "approved", *anna)
    assert (status, err.startswith("This is done by a prescriber")) == (2, True), err
    assert err.endswith("Anna Berg is none.\n")
    assert command("amend", session, "--sign", "performed", *anna)[0] == 0


def test_a_nurse_comments_on_episodes_and_does_not_close_them(
    command: Command, folder: Path
) -> None:
    session = recorded.CLOSED
    recorded.write(folder / "record.db", session, recorded.visit())
    made = command(
        *("people", "add", "anna", "--name", "Anna Berg", "--role", "nurse"),
        *("--secret-file", str(folder / "anna")),
    )
    assert made[0] == 0
    anna = ("--by", "anna", "--by-secret-file", str(folder / "anna"))
    closing = ("--all", "--comment", "seen", "--outcome", "expected")
    status, _, err = command("amend", session, "--find-episodes", *closing, *anna)
    assert (status, "Anna Berg is none." in err) == (2, True), err
    status, out, err = command(
        "amend", session, "--find-episodes", "--all", "--comment", "seen", *anna
    )
    assert status == 0, err
    assert "review begun by Anna Berg" in out


def test_entries_of_courses_need_the_password_of_who_makes_them_where_there_are_accounts(
    command: Command, folder: Path
) -> None:
    opening = (
        *("courses", "open", "four-visit", "--variant", "two-weeks", "--mrn", "T-1"),
        *("--patient", "Doe, Jane", "--first", "2026-12-01", "--prescriber", "Cara Lind MD"),
        *("--scale", "phq-9", "--by"),
    )
    status, course, err = command(*opening, "Typed Name RN")
    assert (status, err) == (0, "")
    made = command(
        *("people", "add", "anna", "--name", "Anna Berg", "--role", "nurse"),
        *("--secret-file", str(folder / "anna")),
    )
    assert made[0] == 0
    wrong = ("--by-secret-file", str(folder / "wrong"))
    right = ("--by-secret-file", str(folder / "anna"))
    score = ("courses", "score", course.strip(), "phq-9", "18", "--taken", "2026-11-25T10:00")
    assert command(*opening, "Cara Lind MD", *right)[0] == 2
    assert command(*score, "--by", "anna", *wrong)[0] == 2
    assert command(*score, "--by", "anna", *right) == (0, "", "")
    with open_database(folder / "record.db", read_only=True) as database:
        entries = read_courses(database)[0].entries
    assert [entry.by for entry in entries] == ["Typed Name RN", "Anna Berg"]


@pytest.mark.parametrize("what", ["text", "folder"])
def test_what_is_no_record_is_not_said_to_have_no_accounts(
    command: Command, folder: Path, what: str
) -> None:
    path = folder / what
    if what == "folder":
        path.mkdir()
    else:
        path.write_text("no record", encoding="utf-8")
    for asked in (("people", "list"), ("encryption", "status"), ("logbook", "list")):
        status, out, err = command(*asked, "--database", str(path))
        if asked[0] == "encryption" and what == "text":
            assert (status, out) == (0, f"{path}: not encrypted\n")
        else:
            assert (status, out, err.count("\n")) == (2, "", 1), err
