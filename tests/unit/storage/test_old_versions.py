"""Files of older versions are read as they are, and brought to this version for writing."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine

from protocols.events import Event, WriteNote
from storage import sqlite
from storage.courses import append_entry, read_courses
from storage.database import migrate, open_database
from storage.journal import Journal
from storage.schema import SCHEMA_VERSION
from tests.unit.storage.event_strategies import opened, small_session, stream
from tests.unit.storage.test_courses import OPENED


@pytest.fixture
def first_version(tmp_path: Path) -> Path:
    """A file of version 1 with one session, some of it still in live rows."""
    path = tmp_path / "old.db"
    with open_database(path) as database:
        Journal(database).append("s1", small_session())
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        migrate(connection, "0001")
        first = connection.exec_driver_sql(
            "SELECT sql FROM sqlite_schema WHERE name = 'live_only_packed_leave'"
        ).scalar_one()
    engine.dispose()
    with sqlite.connect(path) as raw:
        raw.execute("DROP TRIGGER live_only_packed_leave")
        raw.execute(first)
        for table in ("course_entry", "log_entry", "seal"):
            raw.execute(f"DROP TABLE {table}")
        raw.execute("UPDATE alembic_version SET version_num = '0001'")
        raw.execute("PRAGMA user_version=1")
    raw.close()
    return path


def triggers(path: Path) -> dict[str, str]:
    with sqlite.connect(path) as raw:
        rows = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    raw.close()
    return dict(rows)


def version(path: Path) -> int:
    with sqlite.connect(path) as raw:
        (found,) = raw.execute("PRAGMA user_version").fetchone()
    raw.close()
    return int(found)


def test_a_file_of_version_1_is_read_as_it_is(first_version: Path) -> None:
    before = first_version.read_bytes()
    with open_database(first_version, read_only=True) as database:
        events = list(Journal(database).read("s1"))
    assert events == small_session()
    assert version(first_version) == 1
    assert first_version.read_bytes() == before


def test_writing_brings_it_to_this_version_with_the_same_safeguards(first_version: Path) -> None:
    old = triggers(first_version)
    with open_database(first_version) as database:
        assert list(Journal(database).read("s1")) == small_session()
    assert version(first_version) == SCHEMA_VERSION
    new = triggers(first_version)
    chained = ("no_update", "no_delete", "in_order")
    added = {f"{table}_{name}" for table in ("course_entry", "log_entry") for name in chained}
    added |= {"seal_no_update", "seal_no_delete"}
    assert new.keys() == old.keys() | added
    assert [name for name in old if new[name] != old[name]] == ["live_only_packed_leave"]


def test_a_file_of_version_1_takes_a_course(first_version: Path) -> None:
    with open_database(first_version, read_only=True) as database:
        assert read_courses(database) == []
    with open_database(first_version) as database:
        append_entry(database, "c1", OPENED, lambda before, new: "")
        assert [found.opened for found in read_courses(database)] == [OPENED]
        assert list(Journal(database).read("s1")) == small_session()


def packing_steps(path: Path, rare: int) -> int:
    """Virtual machine steps of SQLite for packing one minute after `rare` rare events."""
    notes: list[Event] = [WriteNote(t_ns=i * 1_000_000, by="N", text="a note") for i in range(rare)]
    with open_database(path) as database:
        journal = Journal(database)
        journal.append("s1", [opened("s1"), *notes])
        for second in range(60):
            journal.append("s1", list(stream(1, start_s=rare // 1000 + 1 + second)))
        steps = 0

        def count() -> int:
            nonlocal steps
            steps += 1
            return 0

        with database.writing() as connection:
            raw = connection.connection.dbapi_connection
            assert raw is not None
            raw.set_progress_handler(count, 100)
        journal.pack("s1", everything=True)
        return steps


def test_packing_costs_no_more_late_in_a_session_than_early(tmp_path: Path) -> None:
    early = packing_steps(tmp_path / "early.db", 50)
    late = packing_steps(tmp_path / "late.db", 5000)
    assert early > 0
    assert late < 3 * early


def test_a_live_row_that_no_pack_covers_cannot_leave(tmp_path: Path) -> None:
    path = tmp_path / "live.db"
    with open_database(path) as database:
        Journal(database).append("s1", [opened("s1"), *stream(3)])
    with sqlite.connect(path) as raw:
        (rows,) = raw.execute("SELECT count(*) FROM live").fetchone()
        assert rows
        with pytest.raises(sqlite.IntegrityError, match="only packed rows leave"):
            raw.execute("DELETE FROM live")
    raw.close()
