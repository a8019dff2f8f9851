"""A record file that is damaged, deleted or replaced under the recorder loses nothing."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from protocols.events import Event
from storage import record_writer, sqlite
from storage.database import Database, open_database
from storage.journal import Journal
from storage.recorder import Recorder
from storage.sidefile import find_side_files, side_label
from storage.verification import verify_chain
from tests.unit.storage.event_strategies import small_session, stream

WAIT_S = 20.0

pytestmark = [
    pytest.mark.expects_log_warnings,
    pytest.mark.skipif(sys.platform == "win32", reason="an open file cannot be renamed there"),
]


class Bedside:
    """A recorder on a file, what it said, and which files it moved."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / "record" / "sessions.db"
        self.folders = [folder / "side one", folder / "side two"]
        self.said: list[tuple[bool, str]] = []
        self.moved: list[tuple[Path | None, str]] = []
        self.told = threading.Condition()
        self.recorder = self.start()

    def start(self) -> Recorder:
        self.recorder = Recorder(
            lambda: open_database(self.path),
            self._hear,
            side_folders=self.folders,
            label=side_label(self.path),
            path=self.path,
            on_moved=self._moved,
        )
        return self.recorder

    def _hear(self, working: bool, sentence: str) -> None:
        with self.told:
            self.said.append((working, sentence))
            self.told.notify_all()

    def _moved(self, kept_as: Path | None, why: str, _new: Database) -> None:
        with self.told:
            self.moved.append((kept_as, why))
            self.told.notify_all()

    def wait(self, condition: Callable[[], bool]) -> None:
        with self.told:
            assert self.told.wait_for(condition, WAIT_S), (self.said, self.moved)

    def side_files(self) -> list[Path]:
        return find_side_files(self.folders, side_label(self.path))

    def put(self, events: list[Event], session: str = "s1") -> None:
        """Hand over as a core does: a few at a time."""
        for at in range(0, len(events), 40):
            self.recorder.put(session, events[at : at + 40])

    def read(self, path: Path | None = None, session: str = "s1") -> list[Event]:
        with open_database(path or self.path, read_only=True) as database:
            report = verify_chain(database, session)
            assert report.ok, report.first_problem
            return list(Journal(database).read(session))


@pytest.fixture(autouse=True)
def often(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(record_writer, "READ_BACK_S", 0.2)


@pytest.fixture
def bedside(tmp_path: Path) -> Iterator[Bedside]:
    room = Bedside(tmp_path)
    yield room
    assert room.recorder.close()


def test_a_damaged_file_is_set_aside_and_the_session_is_whole_in_a_new_one(
    bedside: Bedside,
) -> None:
    events = small_session(seconds=60, closed=False)
    bedside.put(events[:2_000])
    assert bedside.recorder.flush(WAIT_S)
    bedside.path.write_bytes(b"\xff" * bedside.path.stat().st_size)
    damaged = bedside.path.with_name(bedside.path.name + "-wal")
    damaged.write_bytes(b"\xff" * damaged.stat().st_size)
    bedside.put(events[2_000:])
    bedside.wait(lambda: bool(bedside.moved))
    assert bedside.recorder.flush(WAIT_S)
    (kept_as, why) = bedside.moved[0]
    assert kept_as is not None
    assert kept_as.exists()
    assert ".damaged-" in kept_as.name
    assert why
    assert bedside.said == []  # never without a recording: no alarm
    assert bedside.read() == events


@pytest.mark.parametrize("closed", [True, False])
def test_damage_is_found_before_a_session_is_let_go(
    bedside: Bedside, monkeypatch: pytest.MonkeyPatch, closed: bool
) -> None:
    monkeypatch.setattr(record_writer, "READ_BACK_S", 1_000.0)
    events = small_session(seconds=60, closed=closed)
    bedside.put(events[:2_000])
    assert bedside.recorder.flush(WAIT_S)
    log = bedside.path.with_name(bedside.path.name + "-wal")
    log.write_bytes(b"\xff" * log.stat().st_size)
    bedside.put(events[2_000:])
    assert bedside.recorder.close(WAIT_S)
    assert bedside.moved
    assert bedside.said == []
    assert bedside.read() == events


def test_a_deleted_file_is_made_again_with_the_whole_session_and_earlier_ones_are_kept(
    bedside: Bedside,
) -> None:
    earlier = list(stream(2))
    bedside.put(earlier, session="s0")
    events = small_session(seconds=60, closed=False)
    bedside.put(events[:2_000])
    assert bedside.recorder.flush(WAIT_S)
    for path in list(bedside.path.parent.iterdir()):
        path.unlink()
    bedside.path.parent.rmdir()
    bedside.wait(lambda: bool(bedside.moved))  # though nothing more comes
    bedside.put(events[2_000:])
    assert bedside.recorder.flush(WAIT_S)
    ((kept_as, why),) = bedside.moved
    assert why == "The file of the record was deleted or moved away."
    assert kept_as is not None
    assert bedside.read(kept_as, session="s0") == earlier
    assert bedside.read(kept_as) == events[: len(bedside.read(kept_as))]
    assert bedside.said == []
    assert bedside.read() == events


def test_a_deleted_log_loses_no_commit(bedside: Bedside) -> None:
    events = small_session(seconds=60, closed=False)
    bedside.put(events[:2_000])
    assert bedside.recorder.flush(WAIT_S)
    bedside.path.with_name(bedside.path.name + "-wal").unlink()
    bedside.put(events[2_000:])
    bedside.wait(lambda: bool(bedside.moved))
    assert bedside.recorder.flush(WAIT_S)
    ((kept_as, why),) = bedside.moved
    assert why == "The write-ahead log of the record was deleted."
    assert kept_as is not None
    assert bedside.read() == events


def test_a_record_that_took_its_place_gets_the_session_and_keeps_its_own(
    bedside: Bedside, tmp_path: Path
) -> None:
    other = tmp_path / "other.db"
    theirs = list(stream(2))
    with open_database(other) as database:
        Journal(database).append("theirs", theirs)
    events = small_session(seconds=60, closed=False)
    bedside.put(events[:2_000])
    assert bedside.recorder.flush(WAIT_S)
    other.replace(bedside.path)
    bedside.put(events[2_000:])
    bedside.wait(lambda: bool(bedside.moved))
    assert bedside.recorder.flush(WAIT_S)
    assert bedside.moved == [(None, "The file of the record was replaced by another one.")]
    assert bedside.read() == events
    assert bedside.read(session="theirs") == theirs


@pytest.mark.parametrize("what", ["text", "another program's", "the same session, otherwise"])
def test_what_took_its_place_and_cannot_be_used_is_set_aside(
    bedside: Bedside, tmp_path: Path, what: str
) -> None:
    other = tmp_path / "other.db"
    if what == "text":
        other.write_text("no database at all, " * 100)
    elif what == "another program's":
        foreign = sqlite.connect(other)
        foreign.execute("CREATE TABLE theirs (x)")
        foreign.commit()
        foreign.close()
    else:
        with open_database(other) as database:
            Journal(database).append("s1", list(stream(2)))
    held = other.read_bytes()
    events = small_session(seconds=30, closed=False)
    bedside.put(events[:500])
    assert bedside.recorder.flush(WAIT_S)
    other.replace(bedside.path)
    bedside.put(events[500:])
    bedside.wait(lambda: bool(bedside.moved))
    assert bedside.recorder.flush(WAIT_S)
    assert bedside.read() == events
    (aside,) = bedside.path.parent.glob("sessions.db.damaged-*Z")
    if what != "the same session, otherwise":  # that one was opened, which changes its log
        assert aside.read_bytes() == held


def test_a_session_that_no_file_holds_is_kept_beside_whole_and_survives_the_process(
    bedside: Bedside,
) -> None:
    events = small_session(seconds=30, closed=False)
    bedside.put(events[:700])
    assert bedside.recorder.flush(WAIT_S)
    for path in list(bedside.path.parent.iterdir()):
        path.unlink()
    bedside.path.parent.rmdir()
    bedside.path.parent.write_text("a file where the folder was")
    bedside.wait(lambda: bool(bedside.said))
    bedside.put(events[700:])
    assert not bedside.recorder.flush(WAIT_S)
    assert [working for working, _ in bedside.said] == [False]
    assert bedside.side_files() != []
    assert bedside.recorder.close()
    bedside.path.parent.unlink()
    bedside.start()
    assert bedside.recorder.flush(WAIT_S)
    assert bedside.read() == events
    assert bedside.side_files() == []


def test_memory_only_is_said_and_still_comes_in(bedside: Bedside) -> None:
    events = small_session(seconds=30, closed=False)
    bedside.put(events[:700])
    assert bedside.recorder.flush(WAIT_S)
    for folder in bedside.folders:
        folder.write_text("no folder")
    for path in list(bedside.path.parent.iterdir()):
        path.unlink()
    bedside.path.parent.rmdir()
    bedside.path.parent.write_text("a file where the folder was")
    bedside.wait(lambda: any("memory only" in sentence for _, sentence in bedside.said))
    bedside.put(events[700:])
    assert not bedside.recorder.flush(WAIT_S)
    bedside.path.parent.unlink()
    assert bedside.recorder.flush(WAIT_S)
    assert bedside.said[-1] == (True, "Recording again; nothing was lost.")
    assert bedside.read() == events


def test_an_older_copy_of_the_file_is_brought_level(bedside: Bedside, tmp_path: Path) -> None:
    events = small_session(seconds=60, closed=False)
    bedside.put(events[:1_000])
    assert bedside.recorder.flush(WAIT_S)
    older = tmp_path / "older.db"
    copier = sqlite.connect(bedside.path, isolation_level=None)
    copier.execute("VACUUM INTO ?", (str(older),))
    copier.close()
    bedside.put(events[1_000:2_500])
    assert bedside.recorder.flush(WAIT_S)
    os.replace(older, bedside.path)
    bedside.put(events[2_500:])
    bedside.wait(lambda: bool(bedside.moved))
    assert bedside.recorder.flush(WAIT_S)
    assert bedside.read() == events


def test_a_disk_that_damages_every_file_is_not_given_more_than_three(
    tmp_path: Path,
) -> None:
    (tmp_path / "record").mkdir()
    room = Bedside(tmp_path)
    events = small_session(seconds=60, closed=False)
    for number in range(4):
        room.put(events[500 * number : 500 * (number + 1)])
        room.recorder.flush(WAIT_S)
        for path in (room.path, room.path.with_name(room.path.name + "-wal")):
            if path.exists():
                path.write_bytes(b"\xff" * path.stat().st_size)
        wanted = min(3, number + 1)
        room.wait(partial(_went_on, room, wanted, number == 3))
    assert room.said[0][0] is False
    assert room.recorder.close()
    assert room.side_files() != []
    room.path.unlink()
    room.start()
    assert room.recorder.flush(WAIT_S)
    assert room.read() == events[:2_000]
    assert room.recorder.close()


def _went_on(room: Bedside, moved: int, failed: bool) -> bool:
    return len(room.moved) == moved and bool(room.said) == failed
