"""The record on a server: append-only for everybody, of one version, and silent about passwords."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError
from sqlalchemy.exc import InterfaceError as AlchemyInterfaceError

from protocols.courses.entries import CourseClosed, CourseOpened
from storage.course_sharing import add_shared
from storage.courses import CourseRefusedError, append_entry, find_course
from storage.database import Database, open_database, open_server
from storage.fault_sorting import sort_error
from storage.faults import Fault, StorageError
from storage.journal import Journal
from storage.logbook import open_logbook
from storage.own_rows import OwnRows
from storage.schema import SCHEMA_VERSION
from storage.sending import Sender, send_all
from storage.server import (
    is_server,
    make_engine,
    reader_grants,
    room_grants,
    server_name,
    shown_place,
)
from storage.verification import verify_all
from tests.cut_network import CutNetwork
from tests.postgres_server import PostgresServer, database_of
from tests.unit.storage.event_strategies import small_session, stream

EVENTS = [*small_session(closed=False), *stream(2, start_s=32)]

FORBIDDEN = [
    "UPDATE journal SET body = 'x'",
    "UPDATE journal SET first_t_ns = 0",
    "DELETE FROM journal",
    "TRUNCATE journal",
    "TRUNCATE session CASCADE",
    "INSERT INTO journal SELECT * FROM journal WHERE first_seq = 1"
    " ON CONFLICT (session_id, first_seq) DO UPDATE SET body = 'x'",
    "INSERT INTO journal SELECT session_id, 99999, 99999, 0, 0, kind, body, chain FROM journal"
    " WHERE first_seq = 1",
    "INSERT INTO journal SELECT session_id, first_seq, last_seq, 0, 0, 'pack', body,"
    " decode(repeat('00', 32), 'hex') FROM live LIMIT 1",
    "INSERT INTO journal SELECT session_id, first_seq, last_seq + 1, 0, 0, 'pack', body, chain"
    " FROM live LIMIT 1",
    "UPDATE live SET body = 'x'",
    "DELETE FROM live",
    "TRUNCATE live",
    "INSERT INTO live SELECT session_id, 99999, 99999, 0, 0, kind, body, chain FROM live LIMIT 1",
    "DELETE FROM session",
    "UPDATE session SET name = 'other'",
    "UPDATE session SET id = 77",
    "UPDATE course_entry SET body = 'x'",
    "DELETE FROM course_entry",
    "INSERT INTO course_entry SELECT course, 5, mrn, kind, body, chain FROM course_entry LIMIT 1",
    "TRUNCATE course_entry",
    "TRUNCATE log_entry",
    "TRUNCATE seal",
]

OPENED = CourseOpened(
    by="a",
    at_utc="2026-11-01T09:00:00.000Z",
    course="c1",
    mrn="4711",
    patient="Doe, Jane",
    template_text="x",
    rules_text="y",
    variant="",
    first_date="2026-11-02",
    prescriber="p",
    scale="phq-9",
    indication="",
    bipolar=None,
    simulated=True,
)


def anything(_before: object, _entry: object) -> str:
    return ""


def closed(by: str) -> CourseClosed:
    return CourseClosed(by=by, at_utc="2026-11-03T09:00:00.000Z", reason="done")


@pytest.fixture(scope="module")
def address(postgres: PostgresServer) -> str:
    return postgres.new_database()


@pytest.fixture(scope="module")
def recorded(address: str) -> Iterator[Database]:
    """A record with packed, live and rare rows, and a course."""
    with open_database(address) as server:
        journal = Journal(server)
        journal.append("s1", EVENTS[:200])
        journal.pack("s1", everything=True)
        journal.append("s1", EVENTS[200:])
        append_entry(server, "c1", OPENED, anything)
        yield server


@pytest.mark.parametrize("statement", FORBIDDEN)
def test_not_even_the_owner_can_change_what_is_recorded(recorded: Database, statement: str) -> None:
    with pytest.raises(IntegrityError), recorded.writing() as connection:
        connection.execute(text(statement))
    head = Journal(recorded).head("s1")
    assert head is not None
    assert head.seq == len(EVENTS)


def test_after_all_that_the_record_is_whole(recorded: Database) -> None:
    assert list(Journal(recorded).read("s1")) == EVENTS
    assert [report.ok for report in verify_all(recorded).values()] == [True]


def test_rows_that_a_pack_covers_leave_and_no_others(postgres: PostgresServer) -> None:
    with open_database(postgres.new_database()) as server:
        journal = Journal(server)
        journal.append("s1", EVENTS[:100])
        journal.append("s2", EVENTS[:100])
        journal.pack("s1", everything=True)
        with server.reading() as connection:
            left = connection.execute(text("SELECT DISTINCT session_id FROM live")).scalars().all()
        assert left == [2]
        assert [report.ok for report in verify_all(server).values()] == [True, True]


def test_two_programs_that_make_the_tables_at_once_wait_for_each_other(
    postgres: PostgresServer,
) -> None:
    address = postgres.new_database(with_tables=False)
    failed: list[BaseException] = []

    def make() -> None:
        try:
            open_server(address).close()
        except BaseException as error:
            failed.append(error)

    threads = [threading.Thread(target=make) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failed == []
    [(version,)] = postgres.sql(database_of(address), "SELECT version_num FROM alembic_version")
    assert int(str(version)) == SCHEMA_VERSION


def test_a_newer_record_is_refused_in_the_same_words_as_a_file(postgres: PostgresServer) -> None:
    address = postgres.new_database()
    postgres.sql(database_of(address), "UPDATE alembic_version SET version_num = '0099'")
    for read_only in (True, False):
        with pytest.raises(
            StorageError, match=r"newer version of this program \(format 99;"
        ) as got:
            open_server(address, read_only=read_only)
        assert got.value.fault is Fault.NEWER


def test_another_program_s_database_is_left_alone(postgres: PostgresServer) -> None:
    address = postgres.new_database(with_tables=False)
    postgres.sql(database_of(address), "CREATE TABLE session (x int)")
    with pytest.raises(StorageError) as got:
        open_server(address)
    assert got.value.fault is Fault.FOREIGN


def test_an_empty_database_is_made_by_who_may_and_only_read_by_nobody(
    postgres: PostgresServer,
) -> None:
    address = postgres.new_database(with_tables=False)
    with pytest.raises(StorageError, match="server prepare"):
        open_server(address, read_only=True)
    postgres.sql("postgres", "DROP ROLE IF EXISTS nobody_here", "CREATE ROLE nobody_here LOGIN")
    with pytest.raises(StorageError, match=r"as their owner: main\.py server prepare"):
        open_server(postgres.url(database_of(address), user="nobody_here"))


def test_a_room_s_account_can_forward_and_nothing_else(
    postgres: PostgresServer, database_path: Path
) -> None:
    address = postgres.new_database()
    name = database_of(address)
    postgres.sql("postgres", *(f"DROP ROLE IF EXISTS {role}" for role in ("room_x", "reader_x")))
    grants = [*room_grants("room_x"), *reader_grants("reader_x")]
    postgres.sql(name, "CREATE ROLE room_x LOGIN", "CREATE ROLE reader_x LOGIN", *grants)
    with open_database(database_path) as own:
        journal = Journal(own)
        room = open_server(postgres.url(name, user="room_x"))
        rows = OwnRows(database_path)
        sender = Sender(room, rows)
        for events in (EVENTS[:200], EVENTS[200:]):
            journal.append("s1", events)
            assert send_all(sender, sender.survey()) == {}
            journal.pack("s1", everything=True)
            assert send_all(sender, sender.survey()) == {}
    for statement in (
        "DELETE FROM live",
        "DELETE FROM journal",
        "UPDATE journal SET kind = 'x'",
        "UPDATE session SET name = 'x'",
        "DROP TABLE live",
        "ALTER TABLE live DISABLE TRIGGER ALL",
        "UPDATE alembic_version SET version_num = '0001'",
    ):
        with pytest.raises(StorageError) as got, room.writing() as connection:
            connection.execute(text(statement))
        assert got.value.fault is Fault.READ_ONLY
    rows.close()
    room.close()
    with open_server(postgres.url(name, user="reader_x"), read_only=True) as reader:
        assert list(Journal(reader).read("s1")) == EVENTS
        assert [report.ok for report in verify_all(reader).values()] == [True]


def test_a_reader_sees_one_state_and_can_write_nothing(recorded: Database, address: str) -> None:
    with open_server(address, read_only=True) as reader:
        with reader.reading() as connection:
            count = text("SELECT count(*) FROM session")
            before = connection.execute(count).scalar()
            Journal(recorded).append("another", EVENTS[:3])
            assert connection.execute(count).scalar() == before
        with pytest.raises(StorageError) as got, reader.reading() as connection:
            connection.execute(text("INSERT INTO session (name) VALUES ('x')"))
        assert got.value.fault is Fault.READ_ONLY
        with pytest.raises(StorageError), reader.writing():
            pass


def test_no_logbook_is_begun_on_a_server(recorded: Database) -> None:
    with pytest.raises(StorageError, match="own record"):
        open_logbook(recorded, datetime.now(UTC), "0.1")


# -- faults ----------------------------------------------------------------------------------------


def test_a_wrong_password_a_missing_database_and_a_missing_server_are_told_apart(
    postgres: PostgresServer,
) -> None:
    postgres.sql(
        "postgres",
        "DROP ROLE IF EXISTS asked_for_password",
        "CREATE ROLE asked_for_password LOGIN PASSWORD 'right' IN ROLE pg_read_all_data",
    )
    place = postgres.url("made")
    told = {
        place.replace("owner@", "asked_for_password:wrong-4711@"): Fault.REFUSED,
        place.replace("/made", "/nowhere"): Fault.MISSING,
        "postgresql+psycopg://owner@127.0.0.1:1/made": Fault.AWAY,
        "postgresql+psycopg://owner@no-such-host.invalid/made": Fault.AWAY,
        f"{place}?sslmode=require": Fault.REFUSED,
        "mysql://x@y/z": Fault.UNSUITABLE,
    }
    for address, fault in told.items():
        with pytest.raises(StorageError) as got:
            open_server(address, patience_s=5)
        assert got.value.fault is fault, address
        assert "wrong-4711" not in got.value.user_text
    open_server(place.replace("owner@", "asked_for_password:right@"), read_only=True).close()


def test_a_password_file_of_libpq_is_used(
    postgres: PostgresServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    postgres.sql(
        "postgres",
        "DROP ROLE IF EXISTS asked_for_password",
        "CREATE ROLE asked_for_password LOGIN PASSWORD 'from-file' IN ROLE pg_read_all_data",
    )
    file = tmp_path / "pgpass"
    file.write_text("127.0.0.1:*:*:asked_for_password:from-file\n")
    file.chmod(0o600)
    monkeypatch.setenv("PGPASSFILE", str(file))
    open_server(postgres.url("made", user="asked_for_password"), read_only=True).close()


@pytest.mark.parametrize(
    ("state", "fault"),
    [
        ("53100", Fault.FULL),
        ("25006", Fault.READ_ONLY),
        ("57P01", Fault.AWAY),
        ("08006", Fault.AWAY),
        ("28P01", Fault.REFUSED),
        ("40001", Fault.LOCKED),
        ("55P03", Fault.LOCKED),
        ("58030", Fault.IO),
        ("XX001", Fault.CORRUPT),
    ],
)
def test_faults_of_a_server_have_their_sentences(state: str, fault: Fault) -> None:
    error = psycopg.errors.lookup(state)("the server's own words")
    found = sort_error(error)
    assert found is not None
    assert found.fault is fault
    assert found.user_text.endswith(".")


def test_a_mistake_of_ours_is_no_fault_of_the_world() -> None:
    assert sort_error(psycopg.errors.lookup("42601")("syntax error")) is None
    assert sort_error(psycopg.errors.lookup("23505")("duplicate key")) is None
    assert sort_error(AlchemyInterfaceError("x", {}, Exception("y"))) is None


def test_a_network_that_swallows_an_answer_is_given_up(postgres: PostgresServer) -> None:
    name = database_of(postgres.new_database())
    with CutNetwork(postgres.port) as network:
        address = postgres.url(name, port=network.port)
        with open_server(address, patience_s=0.5, ping=False) as server:
            with server.reading() as connection:
                connection.execute(text("SELECT 1"))
            network.swallow()
            with pytest.raises(StorageError) as got, server.reading() as connection:
                connection.execute(text("SELECT 1"))
    assert got.value.fault is Fault.AWAY


def test_no_password_is_ever_shown() -> None:
    for address in (
        "postgresql+psycopg://nurse:secret@db.clinic:5433/rooms?sslmode=verify-full",
        "postgresql+psycopg://nurse@db.clinic:5433/rooms?password=secret",
        "postgresql://nurse:secret@[broken",
    ):
        assert "secret" not in shown_place(address)
        assert is_server(address)
    assert shown_place("/data/sessions.db") == "/data/sessions.db"
    assert not is_server("sqlite:///x.db")
    assert "secret" not in repr(make_engine("postgresql+psycopg://nurse:secret@db/rooms"))


def test_a_server_is_known_by_place_and_not_by_account() -> None:
    names = {
        server_name(f"postgresql+psycopg://{account}@db.clinic/rooms{more}")
        for account in ("a", "b:secret")
        for more in ("", "?sslmode=verify-full")
    }
    assert names == {"db.clinic:5432/rooms"}
    assert server_name("postgresql+psycopg://a@db.clinic:5433/rooms") not in names


# -- courses that rooms share ----------------------------------------------------------------------


@pytest.fixture
def rooms(tmp_path: Path) -> list[Database]:
    made = [open_database(tmp_path / f"{name}.db") for name in ("one", "two")]
    return made


def test_rooms_that_add_to_one_course_continue_each_other(
    postgres: PostgresServer, rooms: list[Database]
) -> None:
    one, two = rooms
    append_entry(one, "c1", OPENED, anything)
    with open_server(postgres.new_database()) as server:
        for room, by in ((one, "first"), (two, "second"), (one, "third")):
            add_shared(server, room, "c1", closed(by), anything)
        shared = find_course(server, "c1").entries
        assert [entry.by for entry in shared] == ["a", "first", "second", "third"]
        assert find_course(one, "c1").entries == shared
        assert find_course(two, "c1").entries == shared[:3]
    for room in rooms:
        room.close()


def test_a_room_whose_entries_differ_from_the_server_s_changes_nothing(
    postgres: PostgresServer, rooms: list[Database]
) -> None:
    one, two = rooms
    for room in rooms:
        append_entry(room, "c1", OPENED, anything)
    append_entry(two, "c1", closed("made alone"), anything)
    with open_server(postgres.new_database()) as server:
        add_shared(server, one, "c1", closed("first"), anything)
        before = find_course(server, "c1").entries
        with pytest.raises(CourseRefusedError, match="other entries than this room"):
            add_shared(server, two, "c1", closed("second"), anything)
        assert find_course(server, "c1").entries == before
        assert len(find_course(two, "c1").entries) == 2
    for room in rooms:
        room.close()
