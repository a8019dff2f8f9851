"""Ends of chains are sealed with a key outside the record, and sealing never hinders recording."""

from __future__ import annotations

import json
import logging
import os
import stat
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from protocols.events import AddendumAdded
from protocols.logbook.entries import KeyMade
from storage.database import Database, open_database
from storage.heads import Head, NotedEnd, append_ends, heads_path, read_heads
from storage.journal import Journal
from storage.logbook import append_log, open_logbook
from storage.recorder import Recorder
from storage.sealing import (
    KnownKeys,
    Sealer,
    SealingError,
    key_name,
    load_key,
    make_or_load_key,
    public_path,
    read_known_keys,
    signature_fits,
    site_keys,
)
from storage.seals import read_seals, seal_due, seal_logbooks
from storage.verification import verify_chain, verify_record
from tests.unit.storage.event_strategies import S, small_session
from tests.unit.storage.test_courses import BOOKED, OPENED, add

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture
def key_path(tmp_path: Path) -> Path:
    return tmp_path / "config" / "seal-key.pem"


@pytest.fixture
def sealer(key_path: Path) -> Sealer:
    moments = (NOON + timedelta(seconds=n) for n in range(1000))
    return Sealer(make_or_load_key(key_path), now=lambda: next(moments))


@pytest.fixture
def sealed(database_path: Path, sealer: Sealer) -> Iterator[Database]:
    with open_database(database_path) as database:
        database.sealer = sealer
        logbook = open_logbook(database, NOON, "test")
        key = sealer.key
        append_log(
            database,
            logbook,
            KeyMade(by="program", at_utc="", key=key.name, public_key=key.public.hex()),
        )
        yield database


def seals_of(database: Database, subject: str) -> list[NotedEnd]:
    with database.reading() as connection:
        return read_seals(connection, subject)


def close(database: Database, session: str = "s1") -> Head:
    journal = Journal(database)
    journal.append(session, small_session(session))
    return journal.seal(session)


def test_a_key_is_made_once_for_its_owner_alone_and_found_again(key_path: Path) -> None:
    made = make_or_load_key(key_path)
    assert stat.S_IMODE(key_path.stat().st_mode) == 0o600
    assert stat.S_IMODE(key_path.parent.stat().st_mode) == 0o700
    assert make_or_load_key(key_path).public == made.public
    assert load_key(key_path).name == made.name == key_name(made.public)
    beside = sorted(path.name for path in key_path.parent.iterdir())
    assert beside == [f"{made.name}.public.pem", "seal-key.pem"]
    assert read_known_keys([str(public_path(key_path, made.name))]).public == {
        made.name: made.public
    }


def test_a_file_that_is_no_key_is_never_written_over(key_path: Path) -> None:
    key_path.parent.mkdir()
    key_path.write_text("precious")
    with pytest.raises(SealingError, match="is not a key that can seal"):
        make_or_load_key(key_path)
    assert key_path.read_text() == "precious"


def test_a_folder_that_takes_no_key_is_told_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(SealingError, match=r"key file .* cannot be made: "):
        make_or_load_key(tmp_path / "file" / "seal-key.pem")


def test_what_is_signed_is_exactly_what_the_format_says(sealer: Sealer) -> None:
    seal = sealer.seal("session Ä", Head(seq=3, chain=b"\x01" * 32))
    name = sealer.key.name
    expected = (
        b"infusion-room seal 1\n"
        b'{"at_utc":"2026-03-02T12:00:00.000Z","chain":"' + b"01" * 32 + b'","key":"'
        b"" + name.encode() + '","seq":3,"subject":"session Ä"}'.encode()
    )
    assert seal.signed_bytes == expected
    Ed25519PublicKey.from_public_bytes(sealer.key.public).verify(seal.signature, expected)
    assert signature_fits(seal, sealer.key.public)
    assert not signature_fits(seal, bytes(32))


def test_a_session_is_sealed_with_its_close_in_one_transaction(sealed: Database) -> None:
    head = close(sealed)
    [seal] = seals_of(sealed, "session s1")
    assert seal.head == head
    assert read_heads(heads_path(sealed.path or Path())).of("session s1") == [seal]
    report = verify_chain(sealed, "s1")
    assert (report.ok, report.seal) == (True, seal)


def test_an_open_session_is_not_sealed(sealed: Database) -> None:
    Journal(sealed).append("s1", small_session("s1", closed=False))
    assert seals_of(sealed, "session s1") == []
    assert verify_chain(sealed, "s1").ok


def test_what_is_added_after_the_close_is_sealed_again(sealed: Database) -> None:
    close(sealed)
    head = Journal(sealed).append(
        "s1", [AddendumAdded(t_ns=32 * S, text="late", by="N", reason="forgotten")]
    )
    assert [seal.head.seq for seal in seals_of(sealed, "session s1")] == [head.seq - 1, head.seq]
    assert verify_chain(sealed, "s1").ok


def test_an_addition_without_a_seal_after_a_sealed_close_is_told(sealed: Database) -> None:
    head = close(sealed)
    sealed.sealer = None
    addendum = AddendumAdded(t_ns=32 * S, text="forged", by="N", reason="none")
    Journal(sealed).append("s1", [addendum])
    n = head.seq
    expected = f"Events {n + 1} to {n + 1} were added after the close, which is sealed at event {n}"
    assert expected in verify_chain(sealed, "s1").first_problem


def test_each_entry_of_a_course_is_sealed(sealed: Database) -> None:
    add(sealed, OPENED, BOOKED)
    assert [seal.head.seq for seal in seals_of(sealed, "course c1")] == [1, 2]
    seal_logbooks(sealed)
    assert verify_record(sealed).ok


def test_a_missed_seal_is_made_up_for_and_a_line_that_was_lost_is_written(
    sealed: Database, sealer: Sealer
) -> None:
    sealed.sealer = None
    close(sealed)
    add(sealed, OPENED)
    assert seals_of(sealed, "session s1") == []
    sealed.sealer = sealer
    seal_due(sealed)
    (session,), (course,) = seals_of(sealed, "session s1"), seals_of(sealed, "course c1")
    heads = heads_path(sealed.path or Path())
    assert verify_record(sealed).ok
    heads.write_bytes(b"")
    assert "no longer in the heads file" in verify_record(sealed).first_problem
    seal_due(sealed)
    assert {session, course} <= set(read_heads(heads).ends)
    assert verify_record(sealed).ok


def test_the_logbook_is_sealed_only_where_it_grew(sealed: Database, sealer: Sealer) -> None:
    seal_due(sealed)
    seal_due(sealed)
    [subject] = {end.subject for end in read_heads(heads_path(sealed.path or Path())).ends}
    assert len(seals_of(sealed, subject)) == 1
    made = KeyMade(by="N", at_utc="", key="other", public_key="00")
    append_log(sealed, subject.split()[1], made)
    assert verify_record(sealed).ok, "a logbook may go on after its seal"
    seal_due(sealed)
    assert len(seals_of(sealed, subject)) == 2


def test_a_seal_that_was_taken_away_is_not_made_up_for(sealed: Database, sealer: Sealer) -> None:
    close(sealed, "s1")
    close(sealed, "s2")
    with sealed.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER seal_no_delete")
        connection.exec_driver_sql("DELETE FROM seal WHERE subject = 'session s1'")
    seal_due(sealed)
    assert seals_of(sealed, "session s1") == []
    heads = heads_path(sealed.path or Path())
    assert "no longer in the record" in verify_record(sealed).first_problem
    kept = [line for line in heads.read_bytes().splitlines() if b"session s1" not in line]
    heads.write_bytes(b"".join(line + b"\n" for line in kept))
    seal_due(sealed)
    assert seals_of(sealed, "session s1") == []
    found = verify_record(sealed).first_problem
    assert found == "Session s1: It is not sealed, though later sessions are."


def test_what_the_heads_file_tells_otherwise_is_not_sealed_afterwards(
    sealed: Database, sealer: Sealer
) -> None:
    sealed.sealer = None
    head = close(sealed)
    heads = heads_path(sealed.path or Path())
    heads.unlink()
    longer = Head(seq=head.seq + 9, chain=b"\x02" * 32)
    append_ends(heads, [NotedEnd(subject="session s1", head=longer, at_utc="x")])
    sealed.sealer = sealer
    seal_due(sealed)
    assert seals_of(sealed, "session s1") == []
    assert "The end is cut off" in verify_record(sealed).first_problem


def test_a_seal_by_a_key_that_nobody_knows_is_told(sealed: Database, sealer: Sealer) -> None:
    close(sealed)
    assert verify_record(sealed, KnownKeys(names=frozenset({sealer.key.name}))).ok
    other = KnownKeys(names=frozenset({"0123456789abcdef"}))
    report = verify_record(sealed, other)
    assert f"is by the key {sealer.key.name}, which is not known" in report.first_problem


def test_a_key_that_was_lost_is_still_known_by_its_public_half(key_path: Path) -> None:
    lost = make_or_load_key(key_path)
    key_path.unlink()
    new = make_or_load_key(key_path)
    assert lost.name != new.name
    assert site_keys(key_path).public == {lost.name: lost.public, new.name: new.public}
    with pytest.raises(SealingError, match="neither a key file nor the name of a key"):
        read_known_keys(["nothing"])


class _Broken(Sealer):
    """A sealer whose key fails."""

    def seal(self, subject: str, head: Head) -> NotedEnd:
        raise RuntimeError("no signature today")


@pytest.mark.expects_log_warnings
def test_a_seal_that_fails_leaves_the_session_recorded_and_the_recorder_at_work(
    database_path: Path, sealer: Sealer, caplog: pytest.LogCaptureFixture
) -> None:
    told: list[tuple[bool, str]] = []

    def opened() -> Database:
        database = open_database(database_path)
        database.sealer = _Broken(sealer.key)
        return database

    recorder = Recorder(opened, lambda ok, text: told.append((ok, text)))
    recorder.put("s1", small_session("s1"))
    assert recorder.flush(10)
    assert recorder.close()
    assert told == []
    assert "session s1 is recorded but not sealed" in caplog.text
    with open_database(database_path, read_only=True) as database:
        report = verify_chain(database, "s1")
        events = list(Journal(database).read("s1"))
    assert (report.ok, report.seal, events) == (True, None, small_session("s1"))


@pytest.mark.expects_log_warnings
@pytest.mark.skipif(os.name == "nt", reason="a folder takes the place of a file otherwise there")
def test_a_heads_file_that_takes_no_line_hinders_nothing(
    sealed: Database, caplog: pytest.LogCaptureFixture
) -> None:
    heads_path(sealed.path or Path()).mkdir()
    with caplog.at_level(logging.WARNING):
        head = Journal(sealed).append("s1", small_session("s1"))
    assert "the end of session s1 is not noted beside the record" in caplog.text
    assert [seal.head for seal in seals_of(sealed, "session s1")] == [head]


def test_the_recorder_seals_what_an_earlier_run_missed(database_path: Path, sealer: Sealer) -> None:
    with open_database(database_path) as database:
        Journal(database).append("s1", small_session("s1"))

    def opened() -> Database:
        database = open_database(database_path)
        database.sealer = sealer
        return database

    recorder = Recorder(opened, lambda _ok, _text: None)
    assert recorder.flush(10)
    assert recorder.close()
    with open_database(database_path, read_only=True) as database:
        assert len(seals_of(database, "session s1")) == 1


def test_old_lines_new_lines_and_torn_lines_of_the_heads_file_are_told_apart(
    tmp_path: Path, sealer: Sealer
) -> None:
    path = tmp_path / "x.heads"
    assert not read_heads(path).exists
    old = '{"session":"a","seq":3,"chain":"00ff","utc":"2026-03-02T09:00:00+00:00"}'
    seal = sealer.seal("session a", Head(seq=4, chain=b"\x01" * 32))
    torn = seal.line[:50]
    path.write_bytes(old.encode() + b'\n[]\n{"session":"b","seq":3\n' + torn)
    append_ends(path, [seal])
    found = read_heads(path)
    assert [end.head.seq for end in found.of("session a")] == [3, 4]
    assert found.ends[1] == seal
    assert found.unreadable == ((2, b"[]"), (3, b'{"session":"b","seq":3'), (4, torn))
    assert json.loads(seal.line)["signature"] == seal.signature.hex()


def test_a_line_of_a_seal_that_a_power_cut_tore_is_no_fault_once_it_is_whole_again(
    sealed: Database,
) -> None:
    close(sealed)
    heads = heads_path(sealed.path or Path())
    heads.write_bytes(heads.read_bytes()[:-40])
    seal_due(sealed)
    assert verify_record(sealed).ok
