"""Throws crashes and disk faults at a record, and looks at what is left of it.

Run: ``python -m bench.record_faults [--kills 420] [--cuts 720] [--faults 260] [--seed 1]``. The
real start (`app.damaged_files.ready_file`) and the real recorder run in child processes on scripted
sessions and note what they handed over and what was acknowledged. After each fault the record is
opened as the program opens it, every acknowledged event must be there, in order, on an unbroken
chain, and the session must go on. The power cuts and injected faults need Linux and a C compiler.
"""

from __future__ import annotations

import argparse
import errno
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from app.damaged_files import RecordCare, ready_file
from app.recording import make_recorder
from app.sealing import ready_sealing
from bench._power_cut import Disk, NoCompilerError, build_disk_log, preloaded, read_operations
from bench._scripted_record import (
    LENGTH,
    Feeder,
    Notes,
    event_at,
    read_notes,
    session_name,
    shrink_rows,
)
from storage import sqlite
from storage.database import open_database
from storage.faults import StorageError
from storage.journal import Journal
from storage.sessions import list_sessions
from storage.verification import verify_chain

PROJECT_ROOT = Path(__file__).resolve().parents[1]
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


# What a child does -------------------------------------------------------------------------------


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
    lock = sqlite.connect(record_of(folder), isolation_level=None)
    lock.execute("BEGIN IMMEDIATE")
    recorder = make_recorder(str(record_of(folder)), lambda _ok, _text: None)
    recorder.expect(session_name(1), 51)
    recorder.put(session_name(1), [event_at(1, n) for n in range(51, seq + 1)])
    recorder.flush(0.1)
    recorder.close(20.0)
    lock.close()


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
        time.sleep(rng.choice((0.0, 0.001, 0.004)))
    os._exit(0)


def _move_away(path: Path, rng: random.Random) -> None:
    """Damage or delete the file under the recorder."""
    log = path.with_name(path.name + "-wal")
    with suppress(OSError):
        if rng.random() < 0.5:
            with path.open("r+b") as file:
                file.write(rng.randbytes(4_096))
            with log.open("r+b") as file:
                file.write(rng.randbytes(4_096))
        else:
            path.unlink()


# What is looked at afterwards --------------------------------------------------------------------


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
            kept = _whole_sessions(path, set(notes.put) | set(notes.committed), may_be_cut)
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
        after = _whole_sessions(path, {feeder.number}, may_be_cut)
        if after[feeder.number] != feeder.seq:
            wrong = wrong or f"after going on {after[feeder.number]} events, not {feeder.seq}"
        with open_database(path, read_only=True) as database:
            damage = database.find_damage(thorough=True)
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


class RaisedError(Exception):
    """A session is not as it was handed over."""


def _whole_sessions(path: Path, numbers: set[int], may_be_cut: bool = False) -> dict[int, int]:
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
            cut = may_be_cut and report.first_problem.startswith("The end is cut off")
            if not report.ok and not cut:
                raise RaisedError(f"{name}: {report.first_problem}")
            events = list(Journal(database).read(name))
            if events != [event_at(number, seq) for seq in range(1, len(events) + 1)]:
                raise RaisedError(f"{name}: an event is another")
            kept[number] = len(events)
    return kept


# The three campaigns -----------------------------------------------------------------------------


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


def _last_notes(folder: Path, last: tuple[int, int]) -> Notes:
    acks = folder / "acks"
    lines = acks.read_text().splitlines() if acks.exists() else []
    notes = read_notes(iter(lines))
    notes.committed = {last[0]: last[1]} | notes.committed if last[1] else notes.committed
    return notes


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
    finding = examine(folder, _last_notes(folder, last), struck_ns, "kill -9", what)
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
        target = folder / f"cut-{index}"
        target.mkdir()
        disk.after_cut(target, rng)
        yield examine(target, notes, operations[index].t_ns, "power cut", kind)
        shutil.rmtree(target)


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
    notes = _last_notes(folder / "record", last)
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
    told: list[str] = []
    sentence = ready_file(path)
    care = RecordCare(path, told.append)
    idle = threading.Event()
    care.when_idle = idle.set
    care.start()
    idle.wait(20.0)
    care.stop()
    finding = examine(
        folder, Notes(), 0, "damaged between sessions", "1 to 4 pages", may_be_cut=True
    )
    return finding if finding.wrong or sentence or told else _silent(path, finding)


def _silent(path: Path, finding: Finding) -> Finding:
    """Nothing was said: then nothing may be missing."""
    kept = _whole_sessions(path, {1, 2, 3})
    if kept == {1: LENGTH, 2: LENGTH, 3: kept[3]} and kept[3] >= 400:
        return finding
    return replace(finding, wrong=f"events are gone and nothing was said: {kept}")


# Running it --------------------------------------------------------------------------------------


def run_share(kills: int, cuts: int, faults: int, seed: int) -> Iterator[Finding]:
    """One worker's share of the campaign, in a process that was started with the disk recorder."""
    shrink_rows()
    logging.disable(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as place:
        os.environ["XDG_DATA_HOME"] = f"{place}/data"
        folder = Path(place)
        for number in range(kills):
            kind = KINDS[number % len(KINDS)]
            one = seed * 100_000 + number
            yield replace(kill_once(folder / f"kill-{number}", kind, one), seed=one)
        per_log = 30
        for number in range(-(-cuts // per_log)):
            kind = KINDS[number % len(KINDS)]
            some = min(per_log, cuts - number * per_log)
            yield from cut_power(folder / f"power-{number}", kind, seed * 7_919 + number, some)
            shutil.rmtree(folder / f"power-{number}")
        for number in range(faults):
            place_of = folder / f"fault-{number}"
            one = seed * 100_000 + number
            throw = damage_between if number % 5 == 4 else fault_once
            yield replace(throw(place_of, one), seed=one)
            shutil.rmtree(place_of, ignore_errors=True)


def run_campaign(kills: int, cuts: int, faults: int, seed: int, workers: int = 2) -> list[Finding]:
    """The whole campaign, shared between `workers`.

    Raises:
        NoCompilerError: the recorder of the disk cannot be built here.
        RuntimeError: a worker failed.
    """
    with tempfile.TemporaryDirectory() as place:
        library = build_disk_log(Path(place))
        env = {**os.environ, "LD_PRELOAD": str(library), "PYTHONPATH": str(PROJECT_ROOT)}
        shares = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.record_faults", "--worker", str(seed + worker)]
                + [str(-(-count // workers)) for count in (kills, cuts, faults)],
                env=env,
                stdout=subprocess.PIPE,
                text=True,
            )
            for worker in range(workers)
        ]
        findings: list[Finding] = []
        for share in shares:
            answer, _ = share.communicate()
            if share.returncode:
                raise RuntimeError(f"a worker ended with {share.returncode}")
            findings += [Finding(**json.loads(line)) for line in answer.splitlines()]
    return findings


def table(findings: list[Finding]) -> list[str]:
    """The findings as a table in Markdown."""
    rows = [
        "| thrown | while or at | times | acknowledged events lost | records not whole |"
        " oldest sample missing, ms | recording again after, ms (median, worst) |",
        "|---|---|---|---|---|---|---|",
    ]
    groups: dict[tuple[str, str], list[Finding]] = {}
    for finding in findings:
        groups.setdefault((finding.group, finding.what), []).append(finding)
    for (group, what), members in sorted(groups.items()):
        times = sorted(member.again_ms for member in members)
        rows.append(
            f"| {group} | {what} | {len(members)} | {sum(m.lost for m in members)}"
            f" | {sum(bool(m.wrong) for m in members)}"
            f" | {max(m.missing_ms for m in members):.0f}"
            f" | {times[len(times) // 2]:.0f}, {times[-1]:.0f} |"
        )
    return rows


def main() -> None:
    """Run the campaign, or a worker's share of it."""
    parser = argparse.ArgumentParser(description="crashes and disk faults against the record")
    parser.add_argument("--kills", type=int, default=420)
    parser.add_argument("--cuts", type=int, default=720)
    parser.add_argument("--faults", type=int, default=260)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--worker", nargs=4, type=int, metavar=("SEED", "KILLS", "CUTS", "FAULTS"))
    options = parser.parse_args()
    if options.worker:
        seed, kills, cuts, faults = options.worker
        for finding in run_share(kills, cuts, faults, seed):
            os.write(1, json.dumps(asdict(finding)).encode() + b"\n")
        return
    try:
        findings = run_campaign(options.kills, options.cuts, options.faults, options.seed)
    except NoCompilerError as error:
        print(f"not run: {error}")
        return
    print("\n".join(table(findings)))
    put = sum(finding.put for finding in findings)
    kept = sum(finding.kept for finding in findings)
    print(f"\n{len(findings)} faults; {sum(f.lost for f in findings)} acknowledged events lost;")
    print(f"{kept} of {put} events handed over before a fault are there: {100 * kept / put:.2f} %")
    for finding in findings:
        if finding.wrong or finding.lost:
            print(f"WRONG {finding}")


if __name__ == "__main__":
    main()
