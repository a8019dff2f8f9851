"""What counting alarms over many sessions costs, and judging one session again after an edit.

Run: ``python -m bench.burden [--sessions 2000] [--whole 100] [--keep FILE]``. The record is that of
`bench.many_sessions`: copies of one simulated visit under other names, days and rooms.
"""

from __future__ import annotations

import argparse
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.places import read_limits
from app.records.burden_reading import BurdenArchive
from app.records.limits_asking import RecordAsker
from app.rejudging.draft import Draft, Origin
from app.rejudging.limit_parts import Part, Place
from app.reviewing.alarm_burden import (
    CountedSession,
    Span,
    by_room,
    by_rule,
    by_span,
    room_by_rule,
    span_by_rule,
    total_of,
)
from bench.many_sessions import make_file
from storage.database import Database, open_database
from storage.sessions import list_sessions

ROUNDS = 5


def timed(title: str, work: Callable[[], object], rounds: int = ROUNDS) -> None:
    """Print the median of the time that `work` takes, by the wall and on the processor."""
    walls, cpus = [], []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    wall, cpu = statistics.median(walls), statistics.median(cpus)
    print(f"{title:56} p50 {wall:8.1f} ms; on the processor {cpu:8.1f} ms")


def count(sessions: list[CountedSession]) -> None:
    """Everything that the desk shows."""
    by_room(sessions)
    by_rule(sessions)
    by_span(sessions, Span.WEEK)
    room_by_rule(sessions)
    span_by_rule(sessions, Span.WEEK)


def measure_burden(database: Database, place: str) -> None:
    """Print what reading and counting cost."""
    archive = BurdenArchive(database, place)
    found: list[CountedSession] = []

    def read() -> None:
        found[:] = archive.read(None, None, lambda _share: True) or []

    timed("read every alarm", read)
    timed("count by room, rule, week and both tables", lambda: count(found))
    total = total_of(found)
    print(f"{total.count} alarms in {total.sessions} sessions, {total.hours:.0f} h monitored")


def measure_edit(database: Database, place: str) -> None:
    """Print what an edit of a limit costs until the session at hand is judged by it."""
    asker = RecordAsker(database, place)
    session = list_sessions(database, most=1)[0].session
    draft = Draft(Origin(name="standard", text=read_limits("standard")[0]))
    where = Place(subject="sbp-high-warning", part=Part.LIMIT)
    timed("judge one session for the first time", lambda: first(asker, session, draft), 1)
    values = iter(range(155, 155 + ROUNDS))

    def edit() -> None:
        draft.change(where, float(next(values)))
        asker.ask_one(session, draft.text, "")

    timed("edit a limit, check the file, judge the session again", edit)


def first(asker: RecordAsker, session: str, draft: Draft) -> None:
    """Read and judge one session."""
    asker.ask_one(session, draft.text, "")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=2_000)
    parser.add_argument("--whole", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="file to make, or to use again")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = wanted.keep or Path(folder) / "many.db"
        if not path.exists():
            make_file(path, wanted.sessions, wanted.whole)
        with open_database(path, read_only=True) as database:
            measure_burden(database, str(path))
            measure_edit(database, str(path))
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{'most memory at any time':56} {peak_mb:12.0f} MB")


if __name__ == "__main__":
    main()
