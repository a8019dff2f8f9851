"""The keeper of a logbook loses nothing and notes nothing twice, whatever happens to the disk."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.people.log_keeper import LogKeeper
from app.people.waiting_entries import WaitingEntries
from protocols.logbook.entries import Entry, Looked
from storage import sqlite
from storage.database import open_database
from storage.faults import Fault, StorageError
from storage.logbook import append_log, own_logbook
from storage.sealed_lines import PlainLines
from tests.unit.app.people.houses import entries_of, wait_for


def look(number: int) -> Looked:
    return Looked(
        by="Anna",
        at_utc=f"2026-11-26T09:00:{number % 60:02d}.{number // 60:03d}Z",
        subject=f"session {number}",
        place="review",
    )


def noted(place: Path) -> list[Entry]:
    return [entry for entry in entries_of(place) if isinstance(entry, Looked)]


@pytest.fixture
def place(tmp_path: Path) -> Path:
    path = tmp_path / "record.db"
    open_database(path).close()
    return path


@pytest.fixture
def keeper(place: Path) -> Iterator[LogKeeper]:
    made = LogKeeper(str(place))
    yield made
    assert made.close()


class _Full:
    """Lets the database be full until `end`."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._monkeypatch = monkeypatch
        monkeypatch.setattr("app.people.log_keeper.open_database", self._refuse)

    @staticmethod
    def _refuse(place: str) -> object:
        raise StorageError(Fault.FULL, f"{place}: the disk is full.")

    def end(self) -> None:
        self._monkeypatch.setattr("app.people.log_keeper.open_database", open_database)


def test_a_keeper_that_has_nothing_to_note_starts_no_thread(place: Path) -> None:
    before = threading.active_count()
    keeper = LogKeeper(str(place))
    keeper.bring_in()
    assert keeper.flush()
    assert threading.active_count() == before
    assert keeper.close()
    with pytest.raises(RuntimeError):
        keeper.note(look(1))


def test_entries_are_in_the_database_in_their_order(keeper: LogKeeper, place: Path) -> None:
    for number in range(100):
        keeper.note(look(number))
    assert keeper.flush()
    assert noted(place) == [look(number) for number in range(100)]


def test_while_the_disk_is_full_entries_wait_beside_and_come_in_by_themselves(
    keeper: LogKeeper,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr("app.people.log_keeper.RETRY_S", 0.05)
    full = _Full(monkeypatch)
    for number in range(3):
        keeper.note(look(number))
        assert not keeper.flush()
    assert len(keeper.waiting.files()) == 3
    full.end()
    wait_for(lambda: not keeper.waiting.files())
    keeper.note(look(3))
    assert keeper.flush()
    assert noted(place) == [look(number) for number in range(4)]
    assert "the disk is full" in caplog.text
    caplog.clear()


def test_while_another_program_holds_the_lock_nobody_waits_and_nothing_is_lost(
    keeper: LogKeeper, place: Path, caplog: pytest.LogCaptureFixture
) -> None:
    keeper.note(look(0))
    assert keeper.flush()
    lock = sqlite.connect(place, isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    keeper.note(look(1))
    assert not keeper.flush()
    lock.close()
    keeper.note(look(2))
    assert keeper.flush()
    assert noted(place) == [look(0), look(1), look(2)]
    caplog.clear()


def test_what_one_run_left_beside_the_record_the_next_brings_in_first(
    place: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    full = _Full(monkeypatch)
    first = LogKeeper(str(place))
    first.note(look(0))
    first.note(look(1))
    assert first.close()
    full.end()
    second = LogKeeper(str(place))
    second.note(look(2))
    assert second.close()
    assert noted(place) == [look(0), look(1), look(2)]
    assert not second.waiting.files()
    caplog.clear()


def test_bringing_in_that_was_cut_short_repeats_nothing(place: Path) -> None:
    waiting = WaitingEntries(str(place))
    assert waiting.keep([look(0), look(1), look(2)], PlainLines())
    keeper = LogKeeper(str(place))
    keeper.bring_in()
    keeper.flush()
    keeper.close()
    # the same file again, as a cut between the last commit and the deletion leaves it
    assert waiting.keep([look(0), look(1), look(2)], PlainLines())
    again = LogKeeper(str(place))
    again.note(look(3))
    assert again.close()
    assert noted(place) == [look(number) for number in range(4)]


@pytest.mark.parametrize("already", [0, 1, 2, 3])
def test_a_cut_at_any_entry_of_a_file_loses_and_repeats_nothing(place: Path, already: int) -> None:
    looks = [look(number) for number in range(3)]
    first = LogKeeper(str(place))
    first.note(look(10))
    first.close()
    with open_database(place) as database:
        name = own_logbook(database)
        assert name is not None
        for one in looks[:already]:
            append_log(database, name, one)
    assert WaitingEntries(str(place)).keep(looks, PlainLines())
    keeper = LogKeeper(str(place))
    keeper.bring_in()
    assert keeper.flush()
    assert keeper.close()
    assert noted(place) == [look(10), *looks]


def test_a_file_that_was_cut_while_written_is_never_taken_for_entries(place: Path) -> None:
    waiting = WaitingEntries(str(place))
    assert waiting.keep([look(0)], PlainLines())
    (made,) = waiting.files()
    made.rename(made.with_suffix(".new"))  # as it is called until it is whole
    assert waiting.files() == []


def test_where_no_disk_takes_them_entries_wait_in_memory(
    keeper: LogKeeper,
    place: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    full = _Full(monkeypatch)
    monkeypatch.setattr(keeper.waiting, "_folders", (place / "no folder can be here",))
    keeper.note(look(0))
    assert not keeper.flush()
    full.end()
    keeper.note(look(1))
    assert keeper.flush()
    assert noted(place) == [look(0), look(1)]
    caplog.clear()
