"""A damaged record is set aside at the start, and taken over from while the new one is in use."""

from __future__ import annotations

import random
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from app.damaged_files import WHOLE_FILE, RecordCare, begin_care, ready_file, waiting_files
from bench._scripted_record import LENGTH, event_at, session_name
from protocols.events.terms import Role
from protocols.logbook.entries import FileSetAside, PersonAdded, Verified
from storage.database import open_database, set_aside
from storage.journal import Journal
from storage.logbook import append_log, open_logbook, read_logbooks

NOW = datetime(2026, 11, 26, 9, tzinfo=UTC)
STAMP = "2026-11-26T09:00:00.000Z"
WAIT_S = 20.0

pytestmark = pytest.mark.expects_log_warnings


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """Two closed sessions, a third that was cut, and an account."""
    path = tmp_path / "sessions.db"
    with open_database(path) as database:
        person = PersonAdded(by="os:it", at_utc=STAMP, user="a", name="A", roles=(Role.QA,))
        append_log(database, open_logbook(database, NOW, "1"), person)
        journal = Journal(database)
        for number, last in ((1, LENGTH), (2, LENGTH), (3, 400)):
            journal.append(session_name(number), [event_at(number, n) for n in range(1, last + 1)])
            if last == LENGTH:
                journal.seal(session_name(number))
    return path


def spoil(path: Path, at: int = 0, size: int = 4_096) -> None:
    content = bytearray(path.read_bytes())
    content[at : at + size] = random.Random(1).randbytes(size)
    path.write_bytes(content)


def events_of(path: Path, number: int) -> int:
    with open_database(path, read_only=True) as database:
        return len(list(Journal(database).read(session_name(number))))


def entries_of(path: Path) -> list[object]:
    with open_database(path, read_only=True) as database:
        return [entry for logbook in read_logbooks(database) for entry in logbook.entries]


def look_after(path: Path) -> list[str]:
    """Let the background do what it has to; what it told."""
    told: list[str] = []
    done = threading.Event()
    care = RecordCare(path, told.append)
    care.when_idle = done.set
    care.start()
    assert done.wait(WAIT_S)
    care.stop()
    return told


def test_a_sound_record_is_opened_without_a_word(record: Path) -> None:
    before = record.read_bytes()
    assert ready_file(record) == ""
    assert look_after(record) == []
    assert record.read_bytes() == before


def test_accounts_and_the_newest_session_are_there_before_anything_else(record: Path) -> None:
    spoil(record)
    sentence = ready_file(record)
    assert "Of its newest session 400 events were taken over, nothing is missing" in sentence
    assert "Earlier sessions follow in the background" in sentence
    assert events_of(record, 3) == 400
    kinds = [type(entry) for entry in entries_of(record)]
    assert PersonAdded in kinds
    assert FileSetAside in kinds
    ((kept_as, why),) = waiting_files(record)
    assert kept_as.exists()
    assert why
    (told,) = look_after(record)
    assert "3 of 3 sessions are whole in the new file" in told
    assert [events_of(record, number) for number in (1, 2, 3)] == [LENGTH, LENGTH, 400]
    assert waiting_files(record) == []
    assert look_after(record) == []


def test_a_start_that_was_cut_while_it_set_a_file_aside_is_finished_at_the_next(
    record: Path,
) -> None:
    spoil(record)
    set_aside(record)
    care = begin_care(str(record), lambda _sentence: None)
    assert care is not None
    care.stop()
    assert events_of(record, 3) == 400


def test_damage_that_only_the_whole_check_finds_is_told_and_acted_on_at_the_next_start(
    record: Path,
) -> None:
    with open_database(record, read_only=True) as database, database.reading() as connection:
        page = connection.exec_driver_sql(
            "SELECT rootpage FROM sqlite_schema WHERE name = 'ix_session_mrn'"
        ).scalar()
    spoil(record, (int(page) - 1) * 2_048, 2_048)
    assert ready_file(record) == ""
    (told,) = look_after(record)
    assert "set aside, and taken over from, at the next start" in told
    assert any(isinstance(e, Verified) and e.subject == WHOLE_FILE for e in entries_of(record))
    assert "It is kept as" in ready_file(record)
    look_after(record)
    assert [events_of(record, number) for number in (1, 2, 3)] == [LENGTH, LENGTH, 400]
    assert ready_file(record) == ""
