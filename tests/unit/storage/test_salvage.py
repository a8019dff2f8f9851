"""From a damaged file everything is taken over that its chains prove, and what is lost is said."""

from __future__ import annotations

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from protocols.events.terms import Role
from protocols.logbook.entries import Looked, PersonAdded
from storage.database import Database, open_database
from storage.journal import Journal
from storage.logbook import append_log, open_logbook, read_logbooks
from storage.page_carving import carve_rows
from storage.salvage import Salvage, Salvaged
from storage.sessions import list_sessions
from tests.unit.storage.event_strategies import small_session, stream

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
NAMES = ("s1", "s2", "s3")


def make_record(path: Path) -> None:
    """Three sessions, the last unfinished; a logbook with an account."""
    with open_database(path) as database:
        logbook = open_logbook(database, NOW, "1.0")
        entry = PersonAdded(
            by="os:it",
            at_utc="2026-11-26T09:00:00.000Z",
            user="anna",
            name="Anna",
            roles=(Role.QA,),
        )
        append_log(database, logbook, entry)
        for number in range(40):
            look = Looked(
                by="anna", at_utc="2026-11-26T09:00:00.000Z", subject="s", place=str(number)
            )
            append_log(database, logbook, look)
        journal = Journal(database)
        for name in NAMES:
            events = small_session(name, seconds=60, closed=name != "s3")
            journal.append(name, events[:2_000])
            journal.pack(name)
            journal.append(name, events[2_000:])
            if name != "s3":
                journal.seal(name)


@pytest.fixture
def damaged(tmp_path: Path) -> Path:
    path = tmp_path / "sessions.db"
    make_record(path)
    return path


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Database]:
    with open_database(tmp_path / "new.db") as database:
        yield database


def salvage(damaged: Path, target: Database) -> Salvaged:
    with Salvage(damaged, target) as work:
        return work.take_all()


def read(target: Database, name: str) -> list[object]:
    return list(Journal(target).read(name))


def test_of_a_sound_file_everything_is_taken_over_and_twice_adds_nothing(
    damaged: Path, target: Database
) -> None:
    for _ in range(2):
        found = salvage(damaged, target)
        assert [saved.session for saved in found.sessions] == ["s3", "s2", "s1"]
        assert all(saved.is_whole for saved in found.sessions)
        assert found.entries_lost == 0
    for name in NAMES:
        assert read(target, name) == small_session(name, seconds=60, closed=name != "s3")
    (logbook,) = read_logbooks(target)
    assert logbook.problem == ""
    assert logbook.head.seq == 44


def test_rows_carved_from_the_bytes_are_those_that_sqlite_reads(damaged: Path) -> None:
    carved = {row.values for row in carve_rows(damaged)}
    with open_database(damaged, read_only=True) as database, database.reading() as connection:
        for query in ("SELECT * FROM journal", "SELECT * FROM live", "SELECT * FROM log_entry"):
            for row in connection.exec_driver_sql(query):
                assert tuple(row) in carved


@pytest.mark.parametrize("broken", ["header", "schema", "tree"])
def test_a_file_that_sqlite_cannot_use_is_read_from_its_bytes(
    damaged: Path, target: Database, broken: str
) -> None:
    data = bytearray(damaged.read_bytes())
    if broken == "header":
        data[:100] = bytes(100)
    elif broken == "schema":
        data[:2_048] = b"\xff" * 2_048
    else:  # every page inside a tree, so that no leaf is reached from above
        for at in range(2_048, len(data), 2_048):
            if data[at] in (0x05, 0x02):
                data[at : at + 2_048] = bytes(2_048)
    damaged.write_bytes(data)
    found = salvage(damaged, target)
    assert {saved.session for saved in found.sessions} == set(NAMES)
    assert all(saved.is_whole for saved in found.sessions), found.sentence
    for name in NAMES:
        assert read(target, name) == small_session(name, seconds=60, closed=name != "s3")
    (logbook,) = read_logbooks(target)
    assert logbook.head.seq == 44


def test_a_session_that_lost_a_row_is_cut_there_and_the_loss_is_counted(
    damaged: Path, target: Database
) -> None:
    with open_database(damaged, read_only=True) as database, database.reading() as connection:
        body = connection.exec_driver_sql(
            "SELECT body FROM journal WHERE kind = 'pack' AND session_id = 2 AND first_seq > 1000"
        ).scalar()
    data = damaged.read_bytes()
    at = data.index(body[:60])
    damaged.write_bytes(data[:at] + b"\0" * 40 + data[at + 40 :])
    (damaged.parent / "sessions.db.heads").unlink()  # else a closed session is taken as it is
    found = salvage(damaged, target)
    lost = {saved.session: saved.known - saved.events for saved in found.sessions}
    (hurt,) = [name for name, events in lost.items() if events]  # they have the same stream
    assert f"the other {lost[hurt]} lie unreadable" in found.sentence
    kept = read(target, hurt)
    assert kept == small_session(hurt, seconds=60, closed=hurt != "s3")[: len(kept)]
    unfinished = {s.session for s in list_sessions(target) if s.status.value != "closed"}
    assert unfinished == {hurt, "s3"}


@pytest.mark.parametrize("seed", range(4))
def test_whatever_is_damaged_nothing_false_is_taken_over(
    damaged: Path, target: Database, seed: int
) -> None:
    rng = random.Random(seed)
    data = bytearray(damaged.read_bytes())
    for _ in range(rng.randint(1, 12)):
        at = rng.randrange(len(data) // 512) * 512
        data[at : at + 512] = rng.choice((bytes(512), rng.randbytes(512), b"\xff" * 512))
    if rng.random() < 0.3:
        del data[rng.randrange(len(data)) :]
    damaged.write_bytes(data)
    (damaged.parent / "sessions.db.heads").unlink()
    found = salvage(damaged, target)
    for saved in found.sessions:
        if saved.events:
            kept = read(target, saved.session)
            assert len(kept) == saved.events
            whole = small_session(saved.session, seconds=60, closed=saved.session != "s3")
            assert kept == whole[: len(kept)]
    assert target.find_damage(thorough=True) is None


def test_what_the_new_file_has_already_goes_on_from_there(damaged: Path, target: Database) -> None:
    events = small_session("s3", seconds=60, closed=False)
    Journal(target).append("s3", events[:333])
    Journal(target).append("other", list(stream(1)))
    assert all(saved.is_whole for saved in salvage(damaged, target).sessions)
    assert read(target, "s3") == events
    assert read(target, "other") == list(stream(1))


def test_another_session_of_the_same_name_is_left_alone(
    damaged: Path, target: Database, caplog: pytest.LogCaptureFixture
) -> None:
    mine = list(stream(1))
    Journal(target).append("s2", mine)
    found = salvage(damaged, target)
    assert read(target, "s2") == mine
    assert not next(saved for saved in found.sessions if saved.session == "s2").is_whole
    assert "another one" in caplog.text
    caplog.clear()
