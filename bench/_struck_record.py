"""A record that is struck: how it begins, what a child process does with it, what is left of it."""

from __future__ import annotations

import os
import random
import shutil
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from app.damaged_files import RecordCare, ready_file
from app.recording import make_recorder
from app.sealing import ready_sealing
from bench._scripted_record import LENGTH, Feeder, Notes, event_at, read_notes, session_name
from storage.database import open_database
from storage.faults import StorageError
from storage.journal import Journal
from storage.sessions import list_sessions
from storage.sidefile import Entry, SideStore, side_label
from storage.verification import verify_chain

PROJECT_ROOT = Path(__file__).resolve().parents[1]
_CUT_OFF = ("The end is cut off", "The seal of session")
"""How the words begin that tell of an end, or of its seal, that went with a destroyed file."""

EARLIER = PROJECT_ROOT / "tests" / "golden" / "version-1.db"
KINDS = ("stream", "seal", "import", "migration", "salvage", "moved")
"""What a child is doing when it is struck: streaming and packing; closing a session; bringing in
side files; bringing an older file to this version; taking over from a damaged file; recording into
another file because its own was damaged or deleted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one fault left.

    Attributes:
        group: what was thrown; `what` says it more exactly.
        lost: acknowledged events that are not there.
        missing_ms: age of the oldest event that had been handed over and is not there.
        put: events handed over, of which `kept` are there.
        again_ms: from the start of the program to its first acknowledged event.
        wrong: what else is wrong, in a sentence; empty when nothing is.
    """

    group: str
    what: str
    lost: int = 0
    missing_ms: float = 0.0
    put: int = 0
    kept: int = 0
    again_ms: float = 0.0
    wrong: str = ""
    seed: int = 0


def record_of(folder: Path) -> Path:
    """The record file in a folder."""
    return folder / "sessions.db"


def prepare(folder: Path, kind: str, rng: random.Random) -> tuple[int, int]:
    """Make the record that a child of `kind` begins with; the session and event that come last."""
    folder.mkdir(parents=True)
    path = record_of(folder)
    if kind == "migration":
        shutil.copy(EARLIER, path)
    seq = LENGTH - rng.randint(1, 60) if kind == "seal" else rng.randint(250, 450)
    if kind == "import":
        with open_database(path) as database:
            Journal(database).append(session_name(1), [event_at(1, n) for n in range(1, 51)])
        _leave_beside(folder, seq)
    elif kind != "migration":
        with open_database(path) as database:
            journal = Journal(database)
            journal.append(session_name(1), [event_at(1, n) for n in range(1, seq + 1)])
            journal.pack(session_name(1))
    else:
        seq = 0
    if kind == "salvage":
        content = bytearray(path.read_bytes())
        content[:100] = rng.randbytes(100)
        path.write_bytes(content)
    return 1, seq


def _leave_beside(folder: Path, seq: int) -> None:
    """Leave events 51 to `seq` in a side file, as a process killed while the disk is full does."""
    store = SideStore([folder], side_label(record_of(folder)))
    for first in range(51, seq + 1, 10):
        some = range(first, min(first + 10, seq + 1))
        store.add([Entry(session=session_name(1), seq=n, event=event_at(1, n)) for n in some])


def run_child(folder: Path, kind: str, last: tuple[int, int], seed: int, seconds: float) -> None:
    """Start as the program does, record for `seconds`, and end without an end."""
    rng = random.Random(seed)
    path = record_of(folder)
    ready_file(path)
    ready_sealing(str(path))
    care = RecordCare(path, lambda _sentence: None)
    if kind in ("salvage", "moved"):
        care.start()
    whole = folder / "whole"

    def moved(_sentence: str) -> None:
        care.look_again()
        whole.touch()

    whole.touch()
    recorder = make_recorder(str(path), lambda _ok, _text: None, moved)
    recorder.expect(session_name(last[0]), last[1] + 1)
    feeder = Feeder(recorder, folder / "acks", *last)
    until = time.monotonic() + seconds
    rounds = 0
    while time.monotonic() < until:
        feeder.put(rng.randint(1, 6))
        rounds += 1
        if rounds % 12 == 0:
            feeder.confirm()
        if kind == "moved" and rounds % 90 == 40:
            whole.unlink(missing_ok=True)
            _move_away(path, rng)
            feeder.note_gone()
        time.sleep(rng.choice((0.0, 0.001, 0.004)))
    os._exit(0)


def _move_away(path: Path, rng: random.Random) -> None:
    """Damage or delete the file under the recorder; earlier sessions may be lost with it."""
    log = path.with_name(path.name + "-wal")
    with suppress(OSError):
        if rng.random() < 0.5:
            with path.open("r+b") as file:
                file.write(rng.randbytes(4_096))
            with log.open("r+b") as file:
                file.write(rng.randbytes(4_096))
        else:
            path.unlink()


def examine(
    folder: Path, notes: Notes, struck_ns: int, group: str, what: str, *, may_be_cut: bool = False
) -> Finding:
    """Start as the program does after a fault, look for every acknowledged event, and go on.

    With `may_be_cut` a session may lack its end, as the heads file then says.
    """
    path = record_of(folder)
    started = time.perf_counter()
    said: list[tuple[bool, str]] = []
    wrong = ""
    kept: dict[int, int] = {}
    try:
        ready_file(path)
        ready_sealing(str(path))
        recorder = make_recorder(str(path), lambda ok, text: said.append((ok, text)))
        try:
            level = recorder.flush(20.0)
            kept = whole_sessions(path, set(notes.put) | set(notes.committed), may_be_cut)
            wrong = "" if level else f"not level: {said}"
            number = max(kept, default=1)
            feeder = Feeder(recorder, folder / "acks-after", number, kept.get(number, 0))
            recorder.expect(session_name(number), kept.get(number, 0) + 1)
            feeder.put()
            level = feeder.confirm(20.0)
            again_ms = (time.perf_counter() - started) * 1e3
            feeder.put(40)
            wrong = wrong or ("" if feeder.confirm(20.0) and level else f"does not go on: {said}")
            feeder.close()
        finally:
            recorder.close(20.0)
        damage = _start_again(path)
        after = whole_sessions(path, {feeder.number}, may_be_cut)
        if after[feeder.number] != feeder.seq:
            wrong = wrong or f"after going on {after[feeder.number]} events, not {feeder.seq}"
        wrong = wrong or (f"damaged: {damage}" if damage else "")
    except (StorageError, RaisedError) as error:
        wrong, again_ms = f"{type(error).__name__}: {error}", 0.0
    lost = sum(max(0, seq - kept.get(n, 0)) for n, seq in notes.committed.items())
    gone = [at for (n, seq), at in notes.times.items() if seq > kept.get(n, 0)]
    return Finding(
        group=group,
        what=what,
        lost=lost,
        missing_ms=max(((struck_ns - at) / 1e6 for at in gone), default=0.0),
        put=len(notes.times),
        kept=len(notes.times) - len(gone),
        again_ms=again_ms,
        wrong=wrong,
    )


def _start_again(path: Path) -> str | None:
    """Start once more; damage that only the check of the whole file finds is acted on then."""
    with open_database(path, read_only=True) as database:
        damage = database.find_damage(thorough=True)
    if damage is not None:
        look_after(path)  # tells, and notes it for the next start
        ready_file(path)
        look_after(path)
    ready_sealing(str(path))
    with open_database(path, read_only=True) as database:
        return database.find_damage(thorough=True)


def look_after(path: Path) -> list[str]:
    """Let the background do all that is due; what it told."""
    told: list[str] = []
    idle = threading.Event()
    care = RecordCare(path, told.append)
    care.when_idle = idle.set
    care.start()
    idle.wait(20.0)
    care.stop()
    return told


class RaisedError(Exception):
    """A session is not as it was handed over."""


def whole_sessions(path: Path, numbers: set[int], may_be_cut: bool = False) -> dict[int, int]:
    """How many events each session has, all of them the ones handed over, on an unbroken chain."""
    kept: dict[int, int] = {}
    with open_database(path, read_only=True) as database:
        there = {summary.session for summary in list_sessions(database)}
        for number in numbers | {n for n in range(1, 9) if session_name(n) in there}:
            name = session_name(number)
            if name not in there:
                kept[number] = 0
                continue
            report = verify_chain(database, name, whole_file=False)
            cut = may_be_cut and report.first_problem.startswith(_CUT_OFF)
            if not report.ok and not cut:
                raise RaisedError(f"{name}: {report.first_problem}")
            events = list(Journal(database).read(name))
            if events != [event_at(number, seq) for seq in range(1, len(events) + 1)]:
                raise RaisedError(f"{name}: an event is another")
            kept[number] = len(events)
    return kept


def last_notes(folder: Path, last: tuple[int, int]) -> Notes:
    acks = folder / "acks"
    lines = acks.read_text().splitlines() if acks.exists() else []
    return read_notes(iter(lines), {last[0]: last[1]} if last[1] else {})
