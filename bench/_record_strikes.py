"""What is thrown at a record: kills, power cuts, faults of the disk, damage."""

from __future__ import annotations

import errno
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from app.damaged_files import ready_file
from app.reception.cut_sessions import close_cut_session
from app.recording import make_recorder
from app.resumption import read_cut_record
from bench._power_cut import Disk, preloaded, read_operations
from bench._scripted_record import LENGTH, Feeder, Notes, event_at, session_name
from bench._struck_record import (
    PROJECT_ROOT,
    Finding,
    examine,
    last_notes,
    look_after,
    prepare,
    record_of,
    run_child,
    whole_sessions,
)
from storage import sqlite
from storage.database import open_database
from storage.faults import StorageError
from storage.journal import Journal
from storage.sessions import list_sessions
from storage.verification import verify_chain


def in_child(work: Callable[[], None]) -> int:
    """Do `work` in a process of its own; its number."""
    child = os.fork()
    if child:
        return child
    try:
        logging.disable(logging.CRITICAL)
        work()
        os._exit(0)
    except BaseException as error:
        os.write(2, f"child: {error!r}\n".encode())
        os._exit(3)


def kill_once(folder: Path, kind: str, seed: int) -> Finding:
    """SIGKILL at a random moment."""
    rng = random.Random(seed)
    last = prepare(folder, kind, rng)
    child = in_child(lambda: run_child(folder, kind, last, seed, 30.0))
    wait_s = rng.uniform(0.0, 0.15 if kind in ("import", "migration", "salvage") else 0.5)
    time.sleep(wait_s)
    struck_ns = time.monotonic_ns()
    os.kill(child, signal.SIGKILL)
    _, status = os.waitpid(child, 0)
    homeless = kind == "moved" and not (folder / "whole").exists()
    what = f"{kind}, before the new file" if homeless else kind
    notes = last_notes(folder, last)
    finding = examine(folder, notes, struck_ns, "kill -9", what, may_be_cut=kind == "moved")
    if os.WIFSIGNALED(status):
        return finding
    return Finding(group="kill -9", what=kind, wrong=finding.wrong or "the child ended by itself")


def cut_power(folder: Path, kind: str, seed: int, cuts: int) -> Iterator[Finding]:
    """One child whose disk is logged; the power is cut at `cuts` random moments of the log."""
    rng = random.Random(seed)
    live = folder / "live"
    last = prepare(live, kind, rng)
    start = folder / "start"
    shutil.copytree(live, start)
    log = folder / "log"

    def work() -> None:
        preloaded().disk_log_to(str(live).encode(), str(log).encode())
        run_child(live, kind, last, seed, 0.9)

    _, status = os.waitpid(in_child(work), 0)
    operations = list(read_operations(log))
    if status or not operations:
        yield Finding(group="power cut", what=kind, wrong=f"the child failed: {status}")
        return
    chosen = sorted(rng.sample(range(len(operations)), min(cuts, len(operations))))
    disk = Disk(start, str(live))
    notes = Notes()
    notes.committed = {last[0]: last[1]} if last[1] else {}
    at = 0
    for index in chosen:
        while at <= index:
            operation = operations[at]
            at += 1
            if operation.name.endswith("/acks"):
                for line in operation.data.decode().splitlines():
                    notes.take(line)
            else:
                disk.do(operation)
        shutil.rmtree(live)
        live.mkdir()  # side files carry the name of their record's place
        disk.after_cut(live, rng)
        homeless = kind == "moved" and not disk.has(f"{live}/whole")
        what = f"{kind}, before the new file" if homeless else kind
        yield examine(
            live, notes, operations[index].t_ns, "power cut", what, may_be_cut=kind == "moved"
        )


@dataclass(frozen=True, slots=True)
class Fault:
    """A fault of the disk: `op` on names with `match` fails `count` times after `after` calls."""

    name: str
    op: str
    match: str
    error: int


FAULTS = tuple(
    Fault(f"{word} {title}", op, match, error)
    for word, op, error in (
        ("full disk at a write of", "w", errno.ENOSPC),
        ("I/O error at a write of", "w", errno.EIO),
        ("I/O error at a sync of", "s", errno.EIO),
        ("read-only disk at the opening of", "o", errno.EROFS),
        ("I/O error at anything of", "*", errno.EIO),
    )
    for title, match in (
        ("the database", "sessions.db"),
        ("its log", "-wal"),
        ("a side file", ".side-"),
        ("everything", "/"),
    )
)
OTHERS = ("locked", "damaged", "deleted", "log deleted", "folder deleted", "replaced")


def fault_once(folder: Path, seed: int) -> Finding:
    """A fault while the session runs; it is lifted later, or the process is killed under it."""
    rng = random.Random(seed)
    last = prepare(folder / "record", "stream", rng)
    answer = folder / "answer"
    fault = rng.choice(FAULTS)
    other = rng.choice(OTHERS) if rng.random() < 0.4 else ""
    killed = rng.random() < 0.3 and not other
    what = (other and f"file {other}") or (fault.name + (", then killed" if killed else ""))

    def work() -> None:
        _live_through(folder / "record", last, seed, fault, other, answer, killed=killed)

    child = in_child(work)
    _, status = os.waitpid(child, 0)
    notes = last_notes(folder / "record", last)
    # a fault of the test itself, not of the record
    if status and not killed:
        return Finding(group="disk fault", what=what, wrong=f"the child failed: {status}")
    if killed:
        said = json.loads(answer.read_text())
        finding = examine(folder / "record", notes, said["ns"], "disk fault", what)
        return finding if said["beside"] else _unheld(finding)
    missing = json.loads(answer.read_text())
    finding = examine(folder / "record", notes, time.monotonic_ns(), "disk fault", what)
    if not missing["level"]:
        return Finding(group="disk fault", what=what, wrong=f"not level: {missing['said']}")
    return finding


def _unheld(finding: Finding) -> Finding:
    """Killed while no disk took anything: what was handed over after that is lost, as was said."""
    return replace(finding, group="killed with no disk at all", missing_ms=0.0)


def _live_through(
    folder: Path,
    last: tuple[int, int],
    seed: int,
    fault: Fault,
    other: str,
    answer: Path,
    *,
    killed: bool,
) -> None:
    rng = random.Random(seed + 1)
    path = record_of(folder)
    said: list[tuple[bool, str]] = []
    shim = preloaded()
    shim.disk_log_to(str(folder).encode(), b"")
    recorder = make_recorder(str(path), lambda ok, text: said.append((ok, text)))
    recorder.expect(session_name(last[0]), last[1] + 1)
    feeder = Feeder(recorder, folder / "acks", *last)
    for _ in range(rng.randint(5, 40)):
        feeder.put()
    feeder.confirm()
    lift: Callable[[], None] = lambda: None  # noqa: E731 - replaced below
    if other:
        lift = _strike(folder, other, rng)
    else:
        count = rng.choice((1, 2, 7, -1))
        shim.disk_fail(
            fault.op.encode(), fault.match.encode(), rng.randint(0, 20), count, fault.error
        )
    for _ in range(rng.randint(10, 50)):
        feeder.put()
        time.sleep(0.002)
    held = recorder.flush(0.7)
    if killed:
        beside = held or not any("memory only" in text for _, text in said)
        answer.write_text(json.dumps({"ns": time.monotonic_ns(), "beside": beside}))
        os._exit(0)
    shim.disk_fail(b"*", b"", 0, 0, 0)
    lift()
    for _ in range(10):
        feeder.put()
    level = feeder.confirm(25.0)
    recorder.close(20.0)
    answer.write_text(json.dumps({"level": level, "said": said}))


def _strike(folder: Path, other: str, rng: random.Random) -> Callable[[], None]:
    """Do to the record file what is named; what undoes it."""
    path = record_of(folder)
    if other == "locked":
        lock = sqlite.connect(path, isolation_level=None)
        lock.execute("BEGIN IMMEDIATE")
        return lock.close
    if other == "damaged":
        for target in (path, path.with_name(path.name + "-wal")):
            size = target.stat().st_size if target.exists() else 0
            with target.open("r+b") as file:
                for _ in range(6 if size else 0):
                    file.seek(rng.randrange(size) // 512 * 512)
                    file.write(rng.randbytes(512))
    elif other == "deleted":
        path.unlink()
    elif other == "log deleted":
        path.with_name(path.name + "-wal").unlink(missing_ok=True)
    elif other == "folder deleted":
        shutil.move(folder, folder.with_name("elsewhere"))
        return lambda: None
    else:
        other_file = folder / "other.db"
        with open_database(other_file) as database:
            Journal(database).append("theirs", [event_at(7, n) for n in range(1, 30)])
        other_file.replace(path)
    return lambda: None


def damage_between(folder: Path, seed: int) -> Finding:
    """Pages damaged while no program runs: what holds is taken over, and what is lost is said."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    path = record_of(folder)
    with open_database(path) as database:
        journal = Journal(database)
        for number in (1, 2, 3):
            last = LENGTH if number < 3 else 400
            journal.append(session_name(number), [event_at(number, n) for n in range(1, last + 1)])
            if number < 3:
                journal.seal(session_name(number))
    content = bytearray(path.read_bytes())
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(content) // 2_048) * 2_048
        content[at : at + 2_048] = rng.randbytes(2_048)
    path.write_bytes(content)
    sentence = ready_file(path)
    told = look_after(path)
    finding = examine(
        folder, Notes(), 0, "damaged between sessions", "1 to 4 pages", may_be_cut=True
    )
    return finding if finding.wrong or sentence or told else _silent(path, finding)


def _silent(path: Path, finding: Finding) -> Finding:
    """Nothing was said: then nothing may be missing."""
    kept = whole_sessions(path, {1, 2, 3})
    if kept == {1: LENGTH, 2: LENGTH, 3: kept[3]} and kept[3] >= 400:
        return finding
    return replace(finding, wrong=f"events are gone and nothing was said: {kept}")


def kill_program(folder: Path, seed: int) -> Finding:
    """SIGKILL of the whole program (`simulate`), then its session is resumed and closed."""
    rng = random.Random(seed)
    folder.mkdir(parents=True)
    path = record_of(folder)
    env = {name: value for name, value in os.environ.items() if name != "LD_PRELOAD"}
    command = [sys.executable, "main.py", "simulate", "--speed", "60", "--database", str(path)]
    program = subprocess.Popen(command, cwd=PROJECT_ROOT, env=env, stdout=subprocess.DEVNULL)
    until = time.monotonic() + 60.0
    while time.monotonic() < until and not _sessions(path):
        time.sleep(0.1)
    time.sleep(rng.uniform(0.5, 6.0))
    program.send_signal(signal.SIGKILL)
    program.wait()
    started = time.perf_counter()
    ready_file(path)
    (session,) = _sessions(path)
    cut = read_cut_record(str(path), session)
    close_cut_session(str(path), session, "bench", "the program was killed")
    again_ms = (time.perf_counter() - started) * 1e3
    with open_database(path, read_only=True) as database:
        report = verify_chain(database, session)
        whole = tuple(Journal(database).read(session))
    same = whole[: len(cut.past)] == cut.past
    wrong = report.first_problem or ("" if same else "the events before the cut changed")
    return Finding(group="kill -9", what="the whole program", again_ms=again_ms, wrong=wrong)


def _sessions(path: Path) -> list[str]:
    if not path.exists():
        return []
    try:
        with open_database(path, read_only=True) as database:
            return [s.session for s in list_sessions(database) if s.duration_s > 0]
    except StorageError:
        return []
