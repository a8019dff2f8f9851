"""Backups: how long one takes, and the worst commit of a session that runs beside it.

The record holds one session of two hours, then copies of it until it has the size of a clinic's.
A recorder goes on at the bedside's rate in this process while the backup runs as the program runs
it: in a process of its own with low priority.

Run: ``python -m bench.backup [--hours 2] [--megabytes 200] [--seconds 20]``.
"""

from __future__ import annotations

import argparse
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path

from app.at_rest.backing_up import begin_backup
from bench._session import make_session
from bench.encryption import EVERY_S, percentiles, pieces_of, prepare, write_session
from bench.journal import synthetic_session
from storage.backup import list_backups, rehearse_restore
from storage.database import PAGE_BYTES, open_database
from storage.encryption import UNLOCKED
from storage.journal import Journal
from storage.record_note import Author

AUTHOR = Author(by="bench", program="bench")


def grow(path: Path, megabytes: int) -> None:
    """Add rows like those of packed sessions until the file has that size."""
    with open_database(path) as database:
        number = 0
        events = list(synthetic_session(600))
        while path.stat().st_size < megabytes * 1e6:
            number += 1
            journal = Journal(database)
            journal.append(f"grown-{number}", events)
            journal.seal(f"grown-{number}")
        database.compact()


def commit_beside(path: Path, stop: threading.Event, seconds: int) -> list[float]:
    """Commit at the bedside's rate until `stop`; how long each took."""
    times = []
    with open_database(path) as database:
        journal = Journal(database)
        name = f"beside-{time.monotonic_ns()}"
        journal.append(name, [next(synthetic_session(1))])
        for piece in pieces_of(seconds):
            if stop.is_set():
                break
            begun = time.perf_counter()
            journal.append(name, piece)
            times.append(time.perf_counter() - begun)
            stop.wait(max(0.0, EVERY_S - times[-1]))
    return times


def run_beside(path: Path, seconds: int, work: Callable[[], float]) -> tuple[float, list[float]]:
    """Do `work` while a session goes on; what it gave, and the times of the commits."""
    stop = threading.Event()
    times: list[float] = []
    thread = threading.Thread(target=lambda: times.extend(commit_beside(path, stop, seconds)))
    thread.start()
    time.sleep(1.0)
    try:
        return work(), times
    finally:
        stop.set()
        thread.join()


def print_one(folder: Path, title: str, path: Path, seconds: int) -> None:
    """Time of a backup alone, of one beside a session, and of a rehearsal."""
    backups = folder / f"backups {title}"

    def wait_for_backup() -> float:
        begun = time.perf_counter()
        begin_backup(str(path), backups, UNLOCKED.all()).wait()
        return time.perf_counter() - begun

    quiet = run_beside(path, 10, lambda: time.sleep(8.0) or 8.0)[1]
    alone_s = wait_for_backup()
    beside_s, times = run_beside(path, seconds, wait_for_backup)
    newest = list_backups(backups)[0]
    assert newest.problem == "", newest.problem
    begun = time.perf_counter()
    rehearse_restore(newest.path, AUTHOR)
    rehearsal_s = time.perf_counter() - begun
    print(f"  {title}: {newest.size / 1e6:.1f} MB, {newest.sessions} sessions")
    print(f"    backup with its check, alone / beside a session  {alone_s:6.1f} / {beside_s:.1f} s")
    print(f"    commits without a backup   {percentiles(quiet)}")
    print(f"    commits beside the backup  {percentiles(times)}")
    print(f"    rehearsed restore          {rehearsal_s:6.1f} s")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Backups beside a running session")
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--megabytes", type=int, default=100)
    parser.add_argument("--seconds", type=int, default=120)
    options = parser.parse_args()
    events = list(make_session(hours=options.hours, patient="typical"))
    print("backup: in a process of its own, priority 15 lower; a session commits beside it")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for title, page_bytes in (("plain", None), ("encrypted", PAGE_BYTES)):
            path = folder / f"{title}.db"
            prepare(path, page_bytes)
            write_session(path, events)
            print_one(folder, f"{title}, {options.hours:g} h", path, options.seconds)
            grow(path, options.megabytes)
            print_one(folder, f"{title}, large", path, options.seconds)


if __name__ == "__main__":
    main()
