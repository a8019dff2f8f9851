"""Whatever is done to a record with another tool is found, and the first place is named."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import pytest

from protocols.events import Event
from storage import sqlite
from storage.canonical import canonical, chain_next, chain_start, parse
from storage.database import open_database
from storage.faults import Fault, StorageError
from storage.heads import heads_path
from storage.journal import Journal
from storage.verification import ChainReport, verify_all, verify_chain, verify_record
from tests.unit.storage.event_strategies import small_session, stream


def tamper(path: Path, *statements: str) -> None:
    """Change the file as somebody with another tool would: all guards off."""
    raw = sqlite.connect(path, isolation_level=None)
    for (name,) in raw.execute("SELECT name FROM sqlite_schema WHERE type='trigger'").fetchall():
        raw.execute(f"DROP TRIGGER {name}")
    for statement in statements:
        assert raw.execute(statement).rowcount != 0, statement
    raw.close()


def report_of(path: Path, session: str = "s1") -> ChainReport:
    with open_database(path, read_only=True) as database:
        return verify_chain(database, session)


@pytest.fixture
def closed_session(database_path: Path) -> tuple[Path, list[Event]]:
    events = small_session()
    with open_database(database_path) as database:
        journal = Journal(database)
        journal.append("s1", events)
        journal.seal("s1")
    return database_path, events


def test_a_whole_record_is_found_whole(closed_session: tuple[Path, list[Event]]) -> None:
    path, events = closed_session
    report = report_of(path)
    chain = chain_start("s1")
    for event in events:
        chain = chain_next(chain, canonical(event))
    assert (report.ok, report.first_problem, report.events) == (True, "", len(events))
    assert report.head.chain == chain
    assert report.head_confirmed is True


def test_an_open_session_is_verified_too(database_path: Path) -> None:
    with open_database(database_path) as database:
        Journal(database).append("s1", list(stream(3)))
    report = report_of(database_path)
    assert (report.ok, report.head_confirmed) == (True, None)


TAMPERINGS = [
    (
        "UPDATE journal SET body = replace(body, 'Ana', 'Eva') WHERE kind='patient_recorded'",
        "not of its type",
    ),
    (
        "UPDATE journal SET body = CAST(replace(CAST(body AS TEXT), 'Ana', 'Eva') AS BLOB)"
        " WHERE kind='patient_recorded'",
        "events 3 to 3 (patient_recorded) is not what was recorded",
    ),
    ("UPDATE journal SET chain = zeroblob(32) WHERE first_seq=2", "events 2 to 2 (enter_patient)"),
    ("UPDATE journal SET first_t_ns = first_t_ns + 1 WHERE first_seq=1", "says other times"),
    ("UPDATE journal SET last_t_ns = 7 WHERE kind='write_note'", "(write_note) says other times"),
    ("UPDATE journal SET kind = 'take_bp' WHERE kind='write_note'", "kind write_note"),
    ("DELETE FROM journal WHERE first_seq=2", "Events 2 to 2 are missing"),
    ("DELETE FROM journal WHERE first_seq=4", "are missing"),
    ("UPDATE journal SET body = substr(body, 1, 90) WHERE first_seq=4", "cannot be read"),
    (
        "INSERT INTO journal SELECT session_id, 2000, 2000, 0, 0, kind, body, chain FROM journal"
        " WHERE kind='write_note'",
        "missing",
    ),
    ("DELETE FROM journal WHERE first_seq=(SELECT max(first_seq) FROM journal)", "cut off"),
    ("UPDATE journal SET last_seq = last_seq + 1 WHERE first_seq=1", "holds 1 events"),
]


@pytest.mark.parametrize(("statement", "words"), TAMPERINGS)
def test_a_changed_row_is_found_and_named(
    closed_session: tuple[Path, list[Event]], statement: str, words: str
) -> None:
    path, _ = closed_session
    tamper(path, statement)
    report = report_of(path)
    assert not report.ok
    assert words in report.first_problem


def test_two_rows_that_changed_places_are_found(
    closed_session: tuple[Path, list[Event]],
) -> None:
    path, events = closed_session
    places = [n for n, e in enumerate(events, 1) if type(e).__name__ == "AlarmChanged"][:2]
    a, b = places
    tamper(
        path,
        *(
            f"UPDATE journal SET first_seq={new}, last_seq={new} WHERE first_seq={old}"  # noqa: S608
            for old, new in ((a, 9000), (b, a), (9000, b))
        ),
    )
    report = report_of(path)
    assert f"events {a} to {a}" in report.first_problem
    assert report.events == a - 1


def test_a_chain_made_anew_is_found_by_the_head_beside_the_database(
    closed_session: tuple[Path, list[Event]],
) -> None:
    path, events = closed_session
    changed = [
        parse(canonical(event).replace(b"Ana", b"Eva")) if b"Ana" in canonical(event) else event
        for event in events
    ]
    path.rename(path.with_suffix(".old"))
    with open_database(path) as database:
        journal = Journal(database)
        journal.append("s1", changed)
        journal.pack("s1", everything=True)
    report = report_of(path)
    assert not report.ok
    assert "made anew" in report.first_problem
    assert report.head_confirmed is False
    heads_path(path).unlink()
    assert report_of(path).ok


def test_events_after_the_close_are_found(closed_session: tuple[Path, list[Event]]) -> None:
    path, events = closed_session
    noted = heads_path(path).read_bytes()
    with open_database(path) as database:
        Journal(database).append("s1", list(stream(1)))
    assert report_of(path).ok
    heads_path(path).write_bytes(noted)
    last = len(events)
    assert f"Events {last + 1} to {last + 52} were added after the close" in (
        report_of(path).first_problem
    )


def test_a_session_that_was_taken_out_is_found(closed_session: tuple[Path, list[Event]]) -> None:
    path, _ = closed_session
    tamper(path, "DELETE FROM journal", "DELETE FROM session")
    with open_database(path, read_only=True) as database:
        report = verify_record(database)
        with pytest.raises(StorageError) as caught:
            verify_chain(database, "s1")
    assert caught.value.fault is Fault.MISSING
    assert "The session s1 is missing: the heads file notes its end" in report.first_problem


def test_any_flipped_byte_is_found_or_changes_no_event(
    closed_session: tuple[Path, list[Event]], tmp_path: Path
) -> None:
    path, events = closed_session
    data = path.read_bytes()
    rng = random.Random(5)
    copy = tmp_path / "copy.db"
    found = 0
    for _ in range(100):
        place = rng.randrange(len(data))
        damaged = bytearray(data)
        damaged[place] ^= 1 << rng.randrange(8)
        for stale in tmp_path.glob("copy.db*"):
            stale.unlink()
        copy.write_bytes(damaged)
        shutil.copy(heads_path(path), heads_path(copy))
        try:
            ok = report_of(copy).ok
        except StorageError:
            ok = False
        found += not ok
        if ok:
            with open_database(copy, read_only=True) as database:
                assert list(Journal(database).read("s1")) == events, place
    assert found > 10


def test_all_sessions_are_verified_at_once(closed_session: tuple[Path, list[Event]]) -> None:
    path, _ = closed_session
    with open_database(path) as database:
        Journal(database).append("s2", small_session("s2", closed=False))
    tamper(path, "UPDATE journal SET chain=zeroblob(32) WHERE session_id=2 AND first_seq=1")
    with open_database(path, read_only=True) as database:
        reports = verify_all(database)
    assert {name: report.ok for name, report in reports.items()} == {"s1": True, "s2": False}
