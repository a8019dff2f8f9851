"""Kills the recorder with SIGKILL at random moments and looks at what is left.

Run: ``python -m bench.kill9 [--kills 200] [--seed 1]``. One session goes on through all kills.
Before each kill a child streams it through the recorder and says what it handed over and what it
knows to be committed; afterwards the parent opens the file, checks chain and order, and starts the
next child where the journal ends.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

from protocols.events import Event, WriteNote
from storage import journal as journal_module
from storage import record_writer
from storage.canonical import is_routine
from storage.database import Database, open_database
from storage.journal import Journal
from storage.recorder import Recorder
from storage.verification import verify_chain

PROJECT_ROOT = Path(__file__).resolve().parents[1]
SESSION = "killed"
PATTERN_S = 21
"""Seconds of the stream that repeats."""

ROW = 300
"""Events in a packed row here: small, so that kills meet the packing too."""


@cache
def pattern() -> list[Event]:
    """Events that repeat for ever: a stream, and a note now and then."""
    from bench.journal import stream

    events: list[Event] = []
    for event in stream(PATTERN_S):
        events.append(event)
        if len(events) % 97 == 0:
            events.append(WriteNote(t_ns=event.t_ns, by="bench", text=f"note {len(events)}"))
    return events


def event_at(seq: int) -> Event:
    """The event of number `seq` (from 1) of the session; times go on from lap to lap."""
    lap, index = divmod(seq - 1, len(pattern()))
    event = pattern()[index]
    return replace(event, t_ns=event.t_ns + lap * PATTERN_S * 1_000_000_000)


def say(letter: str, seq: int) -> None:
    """Tell the parent, past every buffer of this process."""
    os.write(1, f"{letter} {seq} {time.monotonic_ns()}\n".encode())


def run_child(path: Path, pace_s: float) -> None:
    """Stream the session from where the journal ends, for ever."""
    journal_module.MOST_IN_ROW = record_writer.PACK_AT = ROW
    with open_database(path) as database:
        head = Journal(database).head(SESSION)
    seq = 0 if head is None else head.seq
    recorder = Recorder(lambda: open_database(path), lambda _ok, _text: os._exit(3))
    say("S", seq)
    rounds = 0
    while True:
        events = [event_at(seq + 1 + n) for n in range(3)]
        seq += len(events)
        say("P", seq)
        recorder.put(SESSION, events)
        rounds += 1
        if rounds % 40 == 0 and recorder.flush(5.0):
            say("C", seq)
        time.sleep(pace_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """What one kill left.

    Attributes:
        put, committed, kept: numbers of the last event handed over, of the last known to be
            committed, and of the last that is in the file.
        lost_ms: age of the oldest event that was lost, at the moment of the kill; 0 if none was.
        rare_lost_ms: the same for events that are committed at once.
        reopen_ms: time to open the file afterwards, recovery included.
    """

    put: int
    committed: int
    kept: int
    lost_ms: float
    rare_lost_ms: float
    reopen_ms: float


class CampaignError(Exception):
    """A kill left a record that is not whole."""


def kill_once(path: Path, wait_s: float, pace_s: float) -> Kill:
    """Run a child, kill it after `wait_s` of streaming, and look at the file.

    Raises:
        CampaignError: a committed event is gone, the order is wrong, or the chain is broken.
    """
    said = stream_and_kill(path, wait_s, pace_s)
    killed_ns = said.killed_ns
    started = time.perf_counter()
    with open_database(path) as database:
        reopen_ms = (time.perf_counter() - started) * 1e3
        kept = 0 if Journal(database).head(SESSION) is None else whole_events(database)
        if kept < said.committed:
            raise CampaignError(f"{said.committed} were committed, {kept} are there")
        if kept > said.put:
            raise CampaignError(f"{said.put} were handed over, {kept} are there")
    lost = {seq: at for seq, at in said.puts.items() if seq > kept}
    rare = [at for seq, at in lost.items() if not is_routine(event_at(seq))]
    return Kill(
        put=said.put,
        committed=said.committed,
        kept=kept,
        lost_ms=max(((killed_ns - at) / 1e6 for at in lost.values()), default=0.0),
        rare_lost_ms=max(((killed_ns - at) / 1e6 for at in rare), default=0.0),
        reopen_ms=reopen_ms,
    )


def whole_events(database: Database) -> int:
    """How many events the session has, each the one handed over, on an unbroken chain.

    Raises:
        CampaignError: one is another, or the chain is broken.
    """
    report = verify_chain(database, SESSION)
    if not report.ok:
        raise CampaignError(report.first_problem)
    for seq, event in enumerate(Journal(database).read(SESSION), 1):
        if event != event_at(seq):
            raise CampaignError(f"event {seq} is not the one handed over")
    return report.events


@dataclass(slots=True)
class Said:
    """What a child said before it was killed."""

    puts: dict[int, int]
    put: int = 0
    committed: int = 0
    killed_ns: int = 0


def stream_and_kill(path: Path, wait_s: float, pace_s: float) -> Said:
    """Run a child until the kill and gather what it said."""
    child = subprocess.Popen(
        [sys.executable, str(Path(__file__)), "--child", str(path), "--pace", str(pace_s)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(PROJECT_ROOT)},
    )
    if child.stdout is None:
        raise CampaignError("the child has no output")
    said = Said(puts={})
    first = child.stdout.readline().split()
    if len(first) != 3:
        child.wait()
        raise CampaignError("the child did not start")
    said.put = said.committed = int(first[1])

    def kill() -> None:
        said.killed_ns = time.monotonic_ns()
        child.send_signal(signal.SIGKILL)

    timer = threading.Timer(wait_s, kill)
    timer.start()
    with child.stdout:
        for line in child.stdout:
            letter, number, at = line.split()
            if letter == "P":
                for seq in range(said.put + 1, int(number) + 1):
                    said.puts[seq] = int(at)
                said.put = int(number)
            elif letter == "C":
                said.committed = int(number)
    timer.join()
    if child.wait() != -signal.SIGKILL:
        raise CampaignError(f"the child ended by itself with {child.returncode}")
    return said


def run_campaign(path: Path, kills: int, seed: int) -> list[Kill]:
    """Kill `kills` times.

    Raises:
        CampaignError: a kill left a record that is not whole.
    """
    rng = random.Random(seed)
    return [
        kill_once(path, rng.uniform(0.0, 0.7), rng.choice((0.0005, 0.005, 0.04)))
        for _ in range(kills)
    ]


def main() -> None:
    """Run the campaign, or be its child."""
    parser = argparse.ArgumentParser(description="kill -9 campaign against the recorder")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--child", type=Path)
    parser.add_argument("--pace", type=float, default=0.005)
    options = parser.parse_args()
    if options.child is not None:
        run_child(options.child, options.pace)
        return
    with tempfile.TemporaryDirectory() as folder:
        found = run_campaign(Path(folder) / "killed.db", options.kills, options.seed)
    figures = {
        "committed events lost": 0,
        "files that did not open, broken chains": 0,
        "kills that left more than was acknowledged": sum(k.kept > k.committed for k in found),
        "oldest event lost, worst, ms": max(kill.lost_ms for kill in found),
        "oldest alarm, command or phase lost, worst, ms": max(k.rare_lost_ms for k in found),
        "reopening with recovery, worst, ms": max(kill.reopen_ms for kill in found),
    }
    print(f"kill -9: {len(found)} kills of one session of {found[-1].kept} events")
    for name, value in figures.items():
        print(f"  {name:48} {value:6.0f}")


if __name__ == "__main__":
    main()
