"""A session taken out whole, with its seals and heads lines, is missed by the logbook.

The logbook notes the end of each journal in the transaction that records it; both verifiers hold
the journals against what it notes.
"""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest

from protocols.events import AddendumAdded
from protocols.logbook.entries import JournalEnded, KeyMade
from storage import sqlite
from storage.database import Database, open_database
from storage.export import export_json
from storage.heads import heads_path
from storage.journal import Journal
from storage.logbook import append_log, open_logbook, read_kinds, read_logbooks
from storage.sealing import Sealer, make_or_load_key, public_path
from storage.seals import seal_due
from storage.verification import verify_record
from tests.unit.storage.event_strategies import S, small_session
from tests.unit.storage.sealed_record import AMENDED, EVERY_KIND, SealedRecord, make_sealed_record
from tests.unit.storage.tamper_judging import ask_alone, ask_program, copy_record
from tests.unit.storage.tampering_whole import remake, remove_whole
from tests.unit.storage.test_courses import BOOKED, OPENED, add
from tests.unit.storage.test_seals_taken_away import both, rewrite

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
UNSEALED_WHOLE = "Nothing in this record is sealed, though a key was given to check it by."


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> SealedRecord:
    return make_sealed_record(tmp_path_factory.mktemp("sealed"))


@pytest.fixture
def logged(database_path: Path) -> Iterator[Database]:
    """A record with a logbook and without a key."""
    with open_database(database_path) as database:
        open_logbook(database, NOON, "test")
        yield database


def ended(database: Database) -> list[JournalEnded]:
    return [e for e in read_kinds(database, JournalEnded) if isinstance(e, JournalEnded)]


def noted(database: Database) -> list[tuple[str, int, str]]:
    return [(entry.subject, entry.seq, entry.chain) for entry in ended(database)]


def last_noted(record: SealedRecord, session: str) -> JournalEnded:
    with open_database(record.path, read_only=True) as database:
        return [e for e in ended(database) if e.subject == f"session {session}"][-1]


@pytest.mark.parametrize("session", [EVERY_KIND, AMENDED])
def test_a_session_taken_out_whole_with_seals_and_heads_lines_is_missed_by_the_logbook(
    record: SealedRecord, tmp_path: Path, session: str
) -> None:
    path = copy_record(record, tmp_path)
    rewrite(path, lambda raw: remove_whole(session, raw, random.Random(1)), f"session {session}")
    assert both(path, record) == {
        f"Session {session}: the logbook notes its end at event"
        f" {last_noted(record, session).seq} on 2026-03-02; it is not there."
    }


def test_a_course_taken_out_whole_is_missed_by_the_logbook(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)

    def gone(raw: sqlite.Connection) -> None:
        raw.execute("DELETE FROM course_entry WHERE course = 'course-b'")

    rewrite(path, gone, "course course-b")
    assert both(path, record) == {
        "Course course-b: the logbook notes its end at entry 3 on 2026-03-02; it is not there."
    }


def test_the_logbook_cut_along_with_the_session_is_missed_by_its_own_seals(
    record: SealedRecord, tmp_path: Path
) -> None:
    path = copy_record(record, tmp_path)

    def gone(raw: sqlite.Connection) -> None:
        remove_whole(EVERY_KIND, raw, random.Random(1))
        first = "(SELECT min(seq) FROM log_entry WHERE kind = 'journal_ended')"
        raw.execute(f"DELETE FROM log_entry WHERE seq >= {first}")  # noqa: S608 - ours

    rewrite(path, gone, f"session {EVERY_KIND}")
    (said,) = both(path, record)
    assert said.startswith("Logbook logbook-")
    assert ": The end is cut off: " in said


def test_each_close_each_amendment_and_each_entry_of_a_course_is_noted_once(
    logged: Database,
) -> None:
    journal = Journal(logged)
    journal.append("s1", small_session("s1", seconds=9, closed=False))
    assert noted(logged) == [], "an open session has no end yet"
    closed = journal.append("s1", small_session("s1", seconds=9)[-1:])
    journal.seal("s1")
    late = AddendumAdded(t_ns=20 * S, text="late", by="N", reason="forgotten")
    amended = journal.append("s1", [late])
    assert noted(logged) == [
        ("session s1", closed.seq, closed.chain.hex()),
        ("session s1", amended.seq, amended.chain.hex()),
    ]
    add(logged, OPENED)
    add(logged, BOOKED)
    assert [(entry.subject, entry.seq) for entry in ended(logged)[2:]] == [
        (f"course {OPENED.course}", 1),
        (f"course {OPENED.course}", 2),
    ]
    [logbook] = read_logbooks(logged)
    assert logbook.problem == ""
    assert verify_record(logged).problems == []


def test_a_session_made_anew_without_any_key_has_another_chain_value_than_the_logbook(
    logged: Database, database_path: Path
) -> None:
    Journal(logged).append("s1", small_session("s1", seconds=9))
    Journal(logged).pack("s1", everything=True)
    [entry] = ended(logged)
    rewrite(database_path, partial(_remake, "s1"), "session s1")
    assert ask_program(database_path) == ask_alone(database_path)
    assert ask_program(database_path) == (
        f"Session s1: the logbook notes its end at event {entry.seq} on {entry.at_utc[:10]}; it has"
        " another chain value there."
    )


def _remake(session: str, raw: sqlite.Connection) -> None:
    remake(session, raw, random.Random(1))


def test_an_amendment_cut_off_without_any_key_is_missed_by_the_logbook(
    logged: Database, database_path: Path
) -> None:
    journal = Journal(logged)
    journal.append("s1", small_session("s1", seconds=9))
    journal.seal("s1")
    late = AddendumAdded(t_ns=20 * S, text="late", by="N", reason="forgotten")
    seq = journal.append("s1", [late]).seq

    def cut(raw: sqlite.Connection) -> None:
        raw.execute("DELETE FROM journal WHERE first_seq = ?", (seq,))

    rewrite(database_path, cut, "session s1")
    said = {ask_program(database_path), ask_alone(database_path)}
    assert said == {
        f"Session s1: the logbook notes its end at event {seq} on {ended(logged)[-1].at_utc[:10]};"
        " it is not there."
    }


def test_a_power_cut_before_the_logbook_is_sealed_loses_neither_close_nor_note(
    logged: Database, tmp_path: Path, database_path: Path
) -> None:
    key = make_or_load_key(tmp_path / "key.pem")
    logged.sealer = Sealer(key)
    made = KeyMade(by="program", at_utc="", key=key.name, public_key=key.public.hex())
    append_log(logged, open_logbook(logged, NOON, "test"), made)
    Journal(logged).append("s1", small_session("s1", seconds=9))  # nothing after it is done
    with open_database(database_path) as again:
        assert [entry.subject for entry in ended(again)] == ["session s1"]
        again.sealer = logged.sealer
        seal_due(again)
        assert verify_record(again).problems == []
    seals = [json.loads(line) for line in heads_path(database_path).read_bytes().splitlines()]
    assert [seal["seq"] for seal in seals if seal["subject"].startswith("logbook ")] == [3]


def test_an_append_that_fails_leaves_neither_close_nor_note(logged: Database) -> None:
    journal = Journal(logged)
    events = small_session("s1", seconds=9)
    journal.append("s1", events[:-1])
    with logged.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE UPDATE ON session WHEN NEW.closed"
            " BEGIN SELECT RAISE(ABORT, 'no'); END"
        )
    with pytest.raises(Exception, match="no"):
        journal.append("s1", events[-1:])
    assert noted(logged) == []


def test_a_logbook_that_takes_nothing_never_hinders_recording(
    logged: Database, caplog: pytest.LogCaptureFixture
) -> None:
    with logged.writing() as connection:
        connection.exec_driver_sql(
            "CREATE TRIGGER refuse BEFORE INSERT ON log_entry"
            " BEGIN SELECT RAISE(ABORT, 'nothing is taken'); END"
        )
    events = small_session("s1", seconds=9)
    with caplog.at_level(logging.CRITICAL, logger="storage.journal_ends"):
        Journal(logged).append("s1", events)
    assert list(Journal(logged).read("s1")) == events
    assert noted(logged) == []


def test_a_session_whose_end_no_logbook_notes_is_whole(database_path: Path) -> None:
    with open_database(database_path) as database:
        Journal(database).append("s1", small_session("s1", seconds=9))
        open_logbook(database, NOON, "test")
        Journal(database).append("s2", small_session("s2", seconds=9))
        assert [entry.subject for entry in ended(database)] == ["session s2"]
    assert (ask_program(database_path), ask_alone(database_path)) == ("", "")


def test_a_copy_holds_nothing_of_the_note(logged: Database, database_path: Path) -> None:
    Journal(logged).append("s1", small_session("s1", seconds=9))
    copy = database_path.with_name("copy.json")
    export_json(logged, "s1", copy)
    assert "journal_ended" not in copy.read_text(encoding="utf-8")
    assert ask_alone(copy) == ""


def test_a_given_key_in_a_record_without_a_seal_is_a_fault(
    logged: Database, database_path: Path, tmp_path: Path
) -> None:
    key_path = tmp_path / "key" / "seal-key.pem"
    key = str(public_path(key_path, make_or_load_key(key_path).name))
    journal = Journal(logged)
    journal.append("s1", small_session("s1", seconds=9, closed=False))
    assert (ask_program(database_path, key), ask_alone(database_path, "--key", key)) == ("", "")
    journal.append("s1", small_session("s1", seconds=9)[-1:])
    assert (ask_program(database_path), ask_alone(database_path)) == ("", "")
    assert ask_program(database_path, key) == UNSEALED_WHOLE
    assert ask_alone(database_path, "--key", key) == UNSEALED_WHOLE
