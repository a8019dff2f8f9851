"""The site's key: made and named once, used by whoever records, and never in the way."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from app.commands.registration import build
from app.places import seal_key_path
from app.recording import make_recorder, ready_database
from app.sealing import known_site_keys, open_to_write, ready_sealing, sealed_at_both_ends
from protocols.logbook.entries import KeyMade
from storage.courses import append_entry
from storage.database import open_database
from storage.heads import heads_path, read_heads
from storage.journal import Journal
from storage.logbook import read_logbooks
from storage.verification import verify_record
from tests.unit.app.recorded_sessions import CLOSED, visit
from tests.unit.storage.event_strategies import small_session
from tests.unit.storage.tamper_judging import ask_alone
from tests.unit.storage.test_courses import OPENED


@pytest.fixture
def place(tmp_path: Path) -> str:
    return str(tmp_path / "sessions.db")


def record(place: str) -> None:
    recorder = make_recorder(place, lambda _ok, _text: None)
    recorder.put(CLOSED, visit())
    assert recorder.flush(10)
    assert recorder.close()


def verify(*arguments: str) -> tuple[int, str]:
    done = CliRunner().invoke(build("verify"), ["verify", *arguments], standalone_mode=False)
    return int(done.return_value or 0), done.output


def keys_named(place: str) -> list[KeyMade]:
    with open_database(place, read_only=True) as database:
        [logbook] = read_logbooks(database)
    return [entry for entry in logbook.entries if isinstance(entry, KeyMade)]


def test_the_key_is_made_at_the_first_recording_and_named_once_in_each_record(place: str) -> None:
    assert not seal_key_path().exists()
    assert ready_database(place) == ""
    assert ready_sealing(place) == ""
    [made] = keys_named(place)
    assert known_site_keys().public == {made.key: bytes.fromhex(made.public_key)}
    other = place + ".other"
    ready_sealing(other)
    assert [entry.key for entry in keys_named(other)] == [made.key]


def test_whoever_writes_names_the_key_so_that_the_seals_can_be_checked_elsewhere(
    place: str,
) -> None:
    with open_to_write(place) as database:
        append_entry(database, "c1", OPENED, lambda _before, _new: "")
        [made] = keys_named(place)
    assert ask_alone(Path(place)) == ""
    assert ask_alone(Path(place), "--key", made.key) == ""


def test_a_recorded_session_is_sealed_and_the_logbook_of_its_time_too(place: str) -> None:
    ready_database(place)
    record(place)
    with open_database(place, read_only=True) as database:
        report = verify_record(database, known_site_keys())
    assert report.problems == []
    [session], [logbook] = report.sessions, report.logbooks
    assert session.seal is not None
    assert logbook.seal is not None


def test_what_the_program_missed_is_sealed_when_it_begins_and_when_it_ends(place: str) -> None:
    with sealed_at_both_ends(place):
        assert not Path(place).exists(), "no record is made for its own sake"
        ready_database(place)
        with open_database(place) as database:
            unsealed = read_heads(heads_path(Path(place))).ends
            assert database.sealer is None
        record(place)
    assert len(read_heads(heads_path(Path(place))).ends) > len(unsealed)


@pytest.mark.expects_log_warnings
def test_without_a_usable_key_all_is_recorded_and_a_sentence_says_so(place: str) -> None:
    seal_key_path().parent.mkdir(parents=True)
    seal_key_path().write_text("no key")
    sentence = ready_database(place)
    assert sentence == (
        f"Sessions are recorded but not sealed. The file {seal_key_path()} is not a key that can"
        " seal."
    )
    record(place)
    status, told = verify(place)
    assert "seal     not sealed" in told
    assert "chain    ok" in told
    assert "keys     none known here" in told
    assert "record   ok" in told, (status, told)


def test_verify_names_key_and_seal_and_whose_keys_it_trusts(place: str) -> None:
    ready_database(place)
    record(place)
    [made] = keys_named(place)
    _, told = verify(place)
    assert f"seal     by key {made.key} on 20" in told
    assert f"keys     trusted: {made.key}" in told
    status, told = verify(place, "--key", "0123456789abcdef")
    assert status == 1
    assert f"is by the key {made.key}, which is not known" in told
    status, told = verify(place, "--json")
    objects = [json.loads(line) for line in told.splitlines()]
    assert [next(iter(item)) for item in objects] == ["session", "logbook", "record"]
    assert objects[0]["seal"]["key"] == made.key
    assert objects[-1]["ok"] is True
    assert objects[-1]["known_keys"] == [made.key]


def test_a_session_whose_rules_cannot_be_read_is_told_in_a_line(place: str) -> None:
    with open_database(place) as database:
        Journal(database).append("s1", small_session("s1"))
    status, told = verify(place)
    assert status == 1
    assert "chain    ok" in told
    assert "replay   not possible: what was in force cannot be read: protocol of this" in told


def test_the_verifier_is_handed_out_as_it_ships(tmp_path: Path) -> None:
    target = tmp_path / "verify_record.py"
    status, told = verify("--write-verifier", str(target))
    assert status == 0
    assert told.startswith(f"{target}: run it with python3")
    shipped = Path(__file__).resolve().parents[3] / "resources" / "verifier" / "verify_record.py"
    assert target.read_bytes() == shipped.read_bytes()
