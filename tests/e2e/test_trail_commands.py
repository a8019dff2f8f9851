"""Every command that shows or copies recorded data is on the trail, and changes nothing else."""

from __future__ import annotations

import hashlib
import logging
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy.exc import IntegrityError

from app.commands.registration import run
from app.people.actor import actor
from app.places import database as place_of_database
from app.places import seal_key_path
from app.reception.settings import Settings
from app.reception.sole_use import lock_path
from app.sealing import open_to_write
from app.trail.noting import NOT_NOTED
from protocols.logbook.entries import Entry, Exported, LogbookOpened, Looked, Verified
from storage import sqlite
from storage.database import open_database
from storage.logbook import read_logbooks
from storage.sealing import make_or_load_key
from tests.unit.app import recorded_sessions as recorded

SESSION = recorded.CLOSED


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("record") / "made.db"
    recorded.make_record(path)
    return path


@pytest.fixture
def record(made: Path, tmp_path: Path) -> Path:
    """A copy for an inspector: a record that is not this machine's own."""
    folder = tmp_path / "handed out"
    folder.mkdir()
    return Path(shutil.copy(made, folder / "copy.db"))


@pytest.fixture(autouse=True)
def _log_of_its_own() -> Iterator[None]:
    """Take away what a command adds to the log of the whole process."""
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    for handler in [one for one in root.handlers if one not in before]:
        root.removeHandler(handler)
        handler.close()
    root.setLevel(level)


def entries(place: str | Path | None = None) -> list[Entry]:
    with open_database(place or place_of_database(None), read_only=True) as database:
        return [
            entry
            for book in read_logbooks(database)
            for entry in book.entries
            if not isinstance(entry, LogbookOpened)
        ]


def _triggers(path: Path) -> dict[str, str]:
    with open_database(path, read_only=True) as database, database.reading() as connection:
        found = connection.exec_driver_sql(
            "SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'"
        )
        return {str(name): str(sql) for name, sql in found}


def rows(path: Path) -> list[tuple[object, ...]]:
    """Every row of the sessions."""
    with open_database(path, read_only=True) as database, database.reading() as connection:
        return [
            tuple(row)
            for table in ("session", "journal", "live", "course_entry")
            for row in connection.exec_driver_sql(f"SELECT * FROM {table}")  # noqa: S608
        ]


LOOKS = [
    (("sessions", "list"), "sessions", "sessions list"),
    (("sessions", "account", SESSION), f"session {SESSION}", "sessions account"),
    (("courses", "list"), "courses", "courses list"),
    (("courses", "due"), "courses", "courses due"),
    (
        ("forms", "fill", SESSION, "--form", "session-summary"),
        f"session {SESSION}",
        "forms fill",
    ),
    (("rejudge", SESSION, "--limits", "standard"), f"session {SESSION}", "rejudge"),
    (("verify", SESSION, "--latency"), f"session {SESSION}", "verify"),
    (("cohort", "--simulated"), "sessions", "cohort"),
]


@pytest.mark.parametrize(
    ("arguments", "subject", "place"), LOOKS, ids=lambda value: str(value)[:40]
)
def test_a_look_at_a_copy_is_one_entry_of_this_machine_and_the_copy_stays_as_it_is(
    record: Path, arguments: tuple[str, ...], subject: str, place: str
) -> None:
    before = record.read_bytes()
    status = run([*arguments, "--database", str(record)])
    assert status == 0
    (entry,) = entries()
    assert isinstance(entry, Looked)
    assert (entry.by, entry.subject, entry.place) == (actor(), subject, place)
    assert str(record) in entry.detail
    assert record.read_bytes() == before


def test_a_look_at_this_machines_own_record_leaves_its_sessions_as_they_are(made: Path) -> None:
    own = Path(shutil.copy(made, place_of_database(None)))
    before = rows(own)
    assert run(["sessions", "list"]) == 0
    assert run(["sessions", "account", SESSION]) == 0
    assert rows(own) == before
    looks = [(one.subject, one.detail) for one in entries() if isinstance(one, Looked)]
    assert looks == [("sessions", ""), (f"session {SESSION}", "")]


def test_each_session_compared_is_looked_at(record: Path) -> None:
    assert run(["compare", SESSION, recorded.CUT, "--database", str(record)]) == 0
    assert [one.subject for one in entries()] == [f"session {SESSION}", f"session {recorded.CUT}"]


def test_what_was_searched_for_is_on_the_trail(record: Path) -> None:
    asked = ["--patient", "doe", "--with-alarms"]
    assert run(["sessions", "list", *asked, "--database", str(record)]) == 0
    (entry,) = entries()
    assert isinstance(entry, Looked)
    assert entry.detail.startswith("patient doe, with alarms True; record ")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_a_copy_taken_out_is_noted_with_its_digest(record: Path, tmp_path: Path, form: str) -> None:
    target = tmp_path / f"out.{form}"
    asked = ["--output", str(target), "--format", form]
    status = run(["export", SESSION, *asked, "--database", str(record)])
    assert status == 0
    (entry,) = entries()
    assert isinstance(entry, Exported)
    assert (entry.subject, entry.format) == (f"session {SESSION}", form)
    assert entry.path == str(target.resolve())
    assert entry.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()


def test_a_form_on_paper_is_a_copy_too(record: Path, tmp_path: Path) -> None:
    target = tmp_path / "form.pdf"
    asked = ["--form", "session-summary", "--output", str(target)]
    assert run(["forms", "fill", SESSION, *asked, "--database", str(record)]) == 0
    look, copy = entries()
    assert isinstance(look, Looked)
    assert isinstance(copy, Exported)
    assert copy.sha256 == hashlib.sha256(target.read_bytes()).hexdigest()


def test_a_verification_is_noted_with_its_outcome(record: Path) -> None:
    status = run(["verify", SESSION, "--database", str(record)])
    found = [one for one in entries() if isinstance(one, Verified)]
    assert [(one.subject, bool(one.problem)) for one in found] == [
        (f"session {SESSION}", status != 0)
    ]


@pytest.mark.parametrize("last", [1, 2])
def test_a_trail_that_was_cut_short_with_another_tool_shows(made: Path, last: int) -> None:
    own = Path(shutil.copy(made, place_of_database(None)))
    with open_to_write(own):
        make_or_load_key(seal_key_path())
    assert run(["sessions", "list"]) == 0
    assert run(["sessions", "account", SESSION]) == 0
    book = Path(own)
    raw = sqlite.connect(book)
    raw.execute("DROP TRIGGER log_entry_no_delete")
    raw.execute("DELETE FROM log_entry WHERE seq > (SELECT max(seq) - ? FROM log_entry)", (last,))
    triggers = _triggers(made)
    raw.execute(triggers["log_entry_no_delete"])
    raw.commit()
    raw.close()
    assert run(["verify", str(own)]) == 1


def test_a_whole_trail_verifies(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    own = Path(shutil.copy(made, place_of_database(None)))
    make_or_load_key(seal_key_path())
    assert run(["sessions", "list"]) == 0
    run(["verify", str(own)])
    assert "logbook" in capsys.readouterr().out


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE log_entry SET body = body",
        "DELETE FROM log_entry",
        "REPLACE INTO log_entry SELECT * FROM log_entry WHERE seq = 1",
    ],
)
def test_the_trail_can_only_grow(made: Path, statement: str) -> None:
    own = Path(shutil.copy(made, place_of_database(None)))
    assert run(["sessions", "list"]) == 0
    with (
        open_database(own) as database,
        pytest.raises(IntegrityError, match=r"append-only|grows at its end"),
        database.writing() as connection,
    ):
        connection.exec_driver_sql(statement)
    assert len(entries()) == 1


def test_no_setting_and_no_option_switches_the_trail_off() -> None:
    assert not [name for name in Settings.model_fields if "trail" in name or "log" in name]


def test_what_is_not_there_was_not_looked_at(record: Path) -> None:
    assert run(["sessions", "account", "20200101-nobody", "--database", str(record)]) == 2
    assert not Path(place_of_database(None)).exists()


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="needs a folder it may not write")
def test_a_record_on_a_read_only_medium_is_noted_elsewhere(record: Path) -> None:
    record.parent.chmod(0o500)
    try:
        assert run(["sessions", "list", "--database", str(record)]) == 0
    finally:
        record.parent.chmod(0o700)
    assert len(entries()) == 1


@pytest.mark.expects_log_warnings
def test_where_nothing_can_be_noted_the_command_works_and_says_so_once(
    record: Path,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file where the folder should be")
    monkeypatch.setattr("app.trail.noting.own_place", lambda: str(blocked / "sessions.db"))
    monkeypatch.setattr("app.people.waiting_entries.data_folder", lambda: blocked)
    capsys.readouterr()
    assert run(["sessions", "list", "--database", str(record)]) == 0
    told = capsys.readouterr()
    assert SESSION in told.out
    assert told.err.count(NOT_NOTED) == 1
    assert not lock_path(str(record)).exists()
