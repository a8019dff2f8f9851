"""The recorder never drops an event, whatever happens to the database."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from protocols.events import Event, WriteNote
from storage import sqlite
from storage.database import Database, open_database
from storage.faults import Fault, StorageError
from storage.heads import heads_path, read_heads
from storage.journal import Journal
from storage.recorder import Recorder
from storage.sidefile import find_side_files, side_label
from storage.verification import verify_chain
from tests.unit.storage.event_strategies import small_session, stream

PROJECT_ROOT = Path(__file__).resolve().parents[3]
WAIT_S = 20.0
OTHER = WriteNote(t_ns=0, by="x", text="y")


class Room:
    """A database that can be made to refuse, a recorder on it, and what the recorder said."""

    def __init__(self, path: Path, folders: list[Path]) -> None:
        self.path = path
        self.folders = folders
        self.refusal: Exception | None = None
        self.said: list[tuple[bool, str]] = []
        self.told = threading.Condition()
        self.recorder: Recorder | None = None
        self._locks: list[sqlite.Connection] = []

    def open(self) -> Database:
        if self.refusal is not None:
            raise self.refusal
        return open_database(self.path)

    def _hear(self, working: bool, sentence: str) -> None:
        with self.told:
            self.said.append((working, sentence))
            self.told.notify_all()

    def start(self) -> Recorder:
        self.recorder = Recorder(
            self.open, self._hear, side_folders=self.folders, label=side_label(self.path)
        )
        return self.recorder

    def wait_until_told(self, condition: Callable[[], bool]) -> None:
        with self.told:
            assert self.told.wait_for(condition, WAIT_S), self.said

    def side_files(self) -> list[Path]:
        return find_side_files(self.folders, side_label(self.path))

    def refuse(self, recorder: Recorder) -> None:
        """Make the open connection fail and every new one: the lock is held, then the disk full."""
        self.refusal = full()
        lock = sqlite.connect(self.path, isolation_level=None, check_same_thread=False)
        lock.execute("BEGIN IMMEDIATE")
        self._locks.append(lock)
        recorder.put("other", [OTHER])
        self.wait_until_told(lambda: bool(self.said))

    def allow(self) -> None:
        self.refusal = None
        while self._locks:
            self._locks.pop().close()

    def read(self, session: str = "s1") -> list[Event]:
        with open_database(self.path, read_only=True) as database:
            assert verify_chain(database, session).ok
            return list(Journal(database).read(session))


@pytest.fixture
def room(database_path: Path, tmp_path: Path) -> Iterator[Room]:
    room = Room(database_path, [tmp_path / "side one", tmp_path / "side two"])
    yield room
    room.allow()
    if room.recorder is not None:
        assert room.recorder.close()


def full() -> StorageError:
    return StorageError(Fault.FULL, "The disk is full.")


def test_all_that_is_put_is_there_in_order(room: Room) -> None:
    events = small_session()
    recorder = room.start()
    before = recorder.last_commit_ns
    for event in events:
        recorder.put("s1", [event])
    assert recorder.flush(WAIT_S)
    assert recorder.last_commit_ns > before
    assert recorder.last_alive_ns >= recorder.last_commit_ns
    assert recorder.backlog == 0
    assert room.read() == events
    assert room.said == []
    assert [e.subject for e in read_heads(heads_path(room.path)).ends] == ["session s1"]


def test_closing_writes_what_is_left(room: Room) -> None:
    events = list(stream(5))
    recorder = room.start()
    recorder.put("s1", events)
    recorder.put("s1", [])
    assert recorder.close()
    assert recorder.close()
    assert room.read() == events
    with pytest.raises(RuntimeError, match="after close"):
        recorder.put("s1", events)


def test_a_stream_is_packed_while_it_runs(room: Room) -> None:
    events = list(stream(200))
    recorder = room.start()
    for at in range(0, len(events), 700):
        recorder.put("s1", events[at : at + 700])
        assert recorder.flush(WAIT_S)
    assert recorder.close()
    with open_database(room.path, read_only=True) as database, database.reading() as connection:
        live = connection.exec_driver_sql("SELECT sum(last_seq-first_seq+1) FROM live").scalar()
        packs = connection.exec_driver_sql("SELECT count(*) FROM journal").scalar()
    assert live < 4_096
    assert packs == 2
    assert room.read() == events


@pytest.mark.parametrize("good", [0, 3, 40])
def test_while_the_database_refuses_events_go_beside_it_and_come_in_later(
    room: Room, good: int
) -> None:
    events = small_session()
    room.refusal = None if good else full()
    recorder = room.start()
    recorder.put("s1", events[:good])
    assert recorder.flush(WAIT_S) is bool(good)
    room.refuse(recorder)
    recorder.put("s1", events[good : good + 30])
    assert not recorder.flush(WAIT_S)
    recorder.put("s1", events[good + 30 : good + 60])
    assert not recorder.flush(WAIT_S)
    (side,) = room.side_files()
    assert side.parent == room.folders[0]
    lines = [json.loads(line) for line in side.read_text("utf-8").splitlines()]
    numbers = [line[:2] for line in lines if line[0] == "s1"]
    assert numbers == [["s1", n] for n in range(good + 1, good + 61)]
    assert [working for working, _ in room.said] == [False]
    room.allow()
    recorder.put("s1", events[good + 60 :])
    assert recorder.flush(WAIT_S)
    assert [working for working, _ in room.said] == [False, True]
    assert room.read() == events
    assert room.read("other") == [OTHER]
    assert room.side_files() == []


def test_a_lock_held_by_another_program_is_waited_out(room: Room) -> None:
    recorder = room.start()
    events = list(stream(4))
    recorder.put("s1", events[:10])
    assert recorder.flush(WAIT_S)
    other = sqlite.connect(room.path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    recorder.put("s1", events[10:])
    room.wait_until_told(lambda: bool(room.said))
    assert "Another program" in room.said[0][1]
    other.close()
    room.wait_until_told(lambda: room.said[-1][0])
    assert recorder.flush(WAIT_S)
    assert room.read() == events


def test_the_next_run_brings_in_what_the_last_left_beside(room: Room) -> None:
    events = small_session()
    room.refusal = full()
    recorder = room.start()
    recorder.put("s1", events)
    assert not recorder.flush(WAIT_S)
    assert recorder.close()
    (side,) = room.side_files()
    with side.open("ab") as file:
        file.write(b'["s1",999999,["chunk_rec')  # a line that a kill cut off
    room.refusal = None
    recorder = room.start()
    assert recorder.flush(WAIT_S)
    assert room.read() == events
    assert room.side_files() == []
    assert [e.subject for e in read_heads(heads_path(room.path)).ends] == ["session s1"]


def test_an_import_that_was_cut_short_repeats_nothing(room: Room) -> None:
    events = small_session()
    room.refusal = full()
    recorder = room.start()
    recorder.put("s1", events)
    assert not recorder.flush(WAIT_S)
    assert recorder.close()
    with open_database(room.path) as database:
        Journal(database).append("s1", events[:77])
    room.refusal = None
    assert room.start().flush(WAIT_S)
    assert room.read() == events


def test_side_files_of_another_database_are_left_alone(room: Room, tmp_path: Path) -> None:
    theirs = room.folders[0] / f"{side_label(tmp_path / 'other' / 'sessions.db')}.side-1.jsonl"
    theirs.parent.mkdir()
    theirs.write_text("theirs")
    recorder = room.start()
    recorder.put("s1", list(stream(1)))
    assert recorder.flush(WAIT_S)
    assert theirs.read_text() == "theirs"


@pytest.mark.expects_log_warnings
def test_a_damaged_line_is_reported_and_its_file_kept(room: Room) -> None:
    events = list(stream(1))
    room.refusal = full()
    recorder = room.start()
    recorder.put("s1", events)
    assert not recorder.flush(WAIT_S)
    assert recorder.close()
    (side,) = room.side_files()
    lines = side.read_bytes().splitlines(keepends=True)
    lines[3] = b"nonsense\n"
    side.write_bytes(b"".join(lines))
    room.refusal = None
    assert room.start().flush(WAIT_S)
    assert room.read() == events[:3] + events[4:]
    assert room.side_files() == []
    assert side.with_suffix(".damaged").read_bytes() == b"".join(lines)


def test_the_second_folder_takes_over_when_the_first_cannot(room: Room) -> None:
    room.folders[0].write_text("a file where the folder should be")
    room.refusal = full()
    recorder = room.start()
    recorder.put("s1", list(stream(1)))
    assert not recorder.flush(WAIT_S)
    (side,) = room.side_files()
    assert side.parent == room.folders[1]
    room.refusal = None
    assert recorder.flush(WAIT_S)
    assert room.read() == list(stream(1))


def test_memory_keeps_what_no_disk_takes_and_moves_it_when_one_does(room: Room) -> None:
    for folder in room.folders:
        folder.write_text("no folder")
    room.refusal = full()
    recorder = room.start()
    events = list(stream(3))
    recorder.put("s1", events[:50])
    assert not recorder.flush(WAIT_S)
    recorder.put("s1", events[50:90])
    assert not recorder.flush(WAIT_S)
    assert room.side_files() == []
    room.folders[0].unlink()
    recorder.put("s1", events[90:])
    assert not recorder.flush(WAIT_S)
    assert len(room.side_files()) >= 1
    room.refusal = None
    assert recorder.flush(WAIT_S)
    assert room.read() == events


@pytest.mark.expects_log_warnings
def test_an_event_that_cannot_be_written_is_said_and_stops_no_other(room: Room) -> None:
    recorder = room.start()
    events = list(stream(1))
    bad = WriteNote(t_ns=1, by="x", text={1})  # type: ignore[arg-type]
    recorder.put("s1", [events[0], bad, *events[1:]])
    recorder.flush(WAIT_S)
    room.wait_until_told(lambda: any("fault of the program" in text for _, text in room.said))
    assert recorder.flush(WAIT_S)
    assert room.read() == events
    assert not any(working for working, _ in room.said)


@pytest.mark.expects_log_warnings
def test_a_listener_that_fails_stops_nothing(database_path: Path, tmp_path: Path) -> None:
    refusals: list[Exception] = [full()]

    def open_it() -> Database:
        if refusals:
            raise refusals.pop()
        return open_database(database_path)

    def listen(working: bool, sentence: str) -> None:
        raise KeyError(sentence)

    recorder = Recorder(open_it, listen, side_folders=[tmp_path / "side"])
    recorder.put("s1", list(stream(1)))
    assert recorder.flush(WAIT_S)
    assert recorder.close()


def test_a_close_that_was_cut_short_is_finished_at_the_next_start(room: Room) -> None:
    with open_database(room.path) as database:
        Journal(database).append("s1", small_session())
    assert room.start().flush(WAIT_S)
    assert [e.subject for e in read_heads(heads_path(room.path)).ends] == ["session s1"]
    with open_database(room.path, read_only=True) as database:
        assert Journal(database).unsealed() == []


SMALL_DISK = """
import resource, signal, sys
from pathlib import Path
from storage.database import open_database
from storage.recorder import Recorder
from tests.unit.storage.event_strategies import small_session
path, side = Path(sys.argv[1]), Path(sys.argv[2])
events = small_session(seconds=60, closed=False)
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
said = []
recorder = Recorder(
    lambda: open_database(path), lambda ok, text: said.append(ok), side_folders=[side]
)
for at in range(0, 200, 10):
    recorder.put("s1", events[at : at + 10])
    recorder.flush(20)
hard = resource.getrlimit(resource.RLIMIT_FSIZE)[1]
limit = 20_000  # the log is longer already, and so is the file once it takes the log in
print(path.with_name(path.name + "-wal").stat().st_size > limit)
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
at = 200
while not said:
    recorder.put("s1", events[at : at + 50])
    at += 50
    recorder.flush(20)
print(said, any(side.iterdir()))
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
recorder.put("s1", events[at:])
print(recorder.flush(20), said, any(side.iterdir()), recorder.close())
"""


@pytest.mark.skipif(sys.platform == "win32", reason="limits on file size of POSIX")
def test_a_disk_that_fills_up_loses_nothing(room: Room, tmp_path: Path) -> None:
    side = tmp_path / "other disk"
    side.mkdir()
    answer = subprocess.run(
        [sys.executable, "-c", SMALL_DISK, str(room.path), str(side)],
        cwd=PROJECT_ROOT,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.stdout.splitlines() == [
        "True",
        "[False] True",
        "True [False, True] False True",
    ], answer.stderr
    assert room.read() == small_session(seconds=60, closed=False)
