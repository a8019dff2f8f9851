"""How fast recorded sessions are judged again under other limits.

Run: ``python -m bench.rejudge [--sessions 1000] [--hours 2] [--keep FILE]``. Sessions of numerics
are made and stored once; what is measured is all that the command does from there: starting the
processes, opening the database, reading the rows, judging under the standard limits with one number
changed, pairing with the recorded alarms, and the report.
"""

from __future__ import annotations

import argparse
import resource
import tempfile
import time
from pathlib import Path

from app.places import read_limits
from app.rejudging.batch import MOST_PROCESSES, Task, judge_sessions
from app.rejudging.journal import read_recording
from app.rejudging.judging import judge_recording
from app.rejudging.report import text_report
from app.rejudging.results import Result, summarise
from bench._numerics import store
from protocols.limits import parse_limits
from storage.database import open_database

TARGET_S = 60
CHANGED = ("value = 165, absolute = [145, 190]", "value = 160, absolute = [145, 190]")


def measure_parts(place: Path, limits_text: str, sessions: list[str]) -> None:
    """Reading and judging of some sessions in this process, apart."""
    limits = parse_limits(limits_text, "limits")
    begun = time.process_time()
    with open_database(place, read_only=True) as database:
        recordings = [read_recording(database, name) for name in sessions]
    read_s = time.process_time() - begun
    begun = time.process_time()
    judged = [judge_recording(recording, limits) for recording in recordings]
    thin_s = time.process_time() - begun
    begun = time.process_time()
    judge_recording(recordings[0], limits, thin=False)
    full_s = time.process_time() - begun
    count = len(sessions)
    share = sum(one.account.judged for one in judged) / sum(one.account.readings for one in judged)
    print(f"  reading                    {read_s / count * 1000:7.1f} ms of processor a session")
    print(
        f"  judging, thinned           {thin_s / count * 1000:7.1f} ms   ({share:.1%} of readings)"
    )
    print(f"  judging every reading      {full_s * 1000:7.1f} ms   (the first session)")


def measure_all(place: Path, limits_text: str, sessions: list[str], processes: int) -> None:
    """The whole command, by the wall."""
    begun = time.perf_counter()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    task = Task(database=str(place), sessions=tuple(sessions), limits_text=limits_text)
    results = [one for one in judge_sessions(task, processes=processes) if isinstance(one, Result)]
    limits = parse_limits(limits_text, "limits")
    report = text_report(summarise(results, limits, None), "bench")
    wall_s = time.perf_counter() - begun
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu_s = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"  {len(results)} sessions, {processes} processes   {wall_s:6.1f} s = "
        f"{len(results) / wall_s:.1f} sessions/s   (target {TARGET_S} s for 1000; "
        f"processor of the processes {cpu_s:.1f} s)"
    )
    print("  " + report.splitlines()[2])


def main() -> None:
    """Make the sessions, print the figures."""
    parser = argparse.ArgumentParser(description="Speed of rejudging")
    parser.add_argument("--sessions", type=int, default=1000)
    parser.add_argument("--distinct", type=int, default=40)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--processes", type=int, default=MOST_PROCESSES)
    parser.add_argument("--keep", type=Path, default=None, help="use or make the sessions there")
    options = parser.parse_args()
    text = read_limits("standard")[0]
    assert CHANGED[0] in text
    with tempfile.TemporaryDirectory() as folder:
        place = options.keep or Path(folder) / "bench.db"
        if not place.exists():
            begun = time.perf_counter()
            store(place, min(options.distinct, options.sessions), options.sessions, options.hours)
            made_s, size_mb = time.perf_counter() - begun, place.stat().st_size / 1e6
            print(f"  made in {made_s:.0f} s, {size_mb:.0f} MB")
        names = [f"bench-{number:04}" for number in range(options.sessions)]
        measure_parts(place, text.replace(*CHANGED), names[: min(20, options.distinct)])
        measure_all(place, text.replace(*CHANGED), names, options.processes)


if __name__ == "__main__":
    main()
