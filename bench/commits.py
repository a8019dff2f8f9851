"""What a commit costs at the bedside's own rate, what is written for it, and what an hour takes.

Run: ``python -m bench.commits [--seconds 180] [--folder DIR]``. A visit of the simulated room is
handed to the real recorder in real time, from the beginning of the infusion; the recorder's own
thread commits it into a real file in ``--folder``. Beside that one hour is recorded at once, for
its size.

Written bytes are those of ``/proc/self/io``: ``wchar`` is what the program handed to the system,
``write_bytes`` whole pages of 4 KiB that had to go to the disk. The journal of the file system and
what the disk itself writes for them are not in it.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import takewhile
from pathlib import Path

from bench._session import make_session, record_session
from protocols.events import ChunkReceived, Event, Phase, PhaseChanged
from protocols.vitals import NS_PER_S
from storage import sqlite
from storage.canonical import canonical
from storage.database import open_database
from storage.journal import Journal
from storage.recorder import Recorder

TICK_S = 0.04
"""How often events are handed over, as pieces of 40 ms come from a port."""

SETTLE_S = 5.0


@dataclass
class Commits:
    """Times of `Journal.append` and of packing, s."""

    appended: list[float]
    packed: list[float]


def watch_journal() -> Commits:
    """Time every commit of the recorder from now on."""
    found = Commits([], [])

    def timed(name: str, into: list[float]) -> None:
        real = getattr(Journal, name)

        def call(self: Journal, *args: object, **named: object) -> object:
            began = time.perf_counter()
            result = real(self, *args, **named)
            into.append(time.perf_counter() - began)
            return result

        setattr(Journal, name, call)

    timed("append", found.appended)
    timed("pack", found.packed)
    return found


def written() -> tuple[int, int]:
    """Bytes handed to the system, and bytes of pages for the disk, by this process so far."""
    lines = Path("/proc/self/io").read_text(encoding="ascii").splitlines()
    told = dict(line.split(": ") for line in lines)
    return int(told["wchar"]), int(told["write_bytes"])


def play(recorder: Recorder, session: str, events: Sequence[Event], start_ns: int) -> None:
    """Hand `events` over in real time, the one at `start_ns` now."""
    began = time.monotonic()
    waiting: Iterator[Event] = iter(events)
    held = next(waiting, None)
    while held is not None:
        until_ns = start_ns + int((time.monotonic() - began) * NS_PER_S)
        batch = []
        while held is not None and held.t_ns <= until_ns:
            batch.append(held)
            held = next(waiting, None)
        if batch:
            recorder.put(session, batch)
        time.sleep(TICK_S)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of them lie."""
    return sorted(values)[min(len(values) - 1, int(len(values) * share))]


def in_ms(values: Sequence[float]) -> str:
    """p50, p99 and the worst, ms."""
    if not values:
        return "none"
    p50, p99 = statistics.median(values), percentile(values, 0.99)
    worst = max(values)
    return f"p50 {p50 * 1e3:.2f}, p99 {p99 * 1e3:.2f}, worst {worst * 1e3:.1f} ms (n {len(values)})"


def measure_rate(folder: Path, seconds: float) -> float:
    """Print what the recorder's commits cost in real time; gives bytes for the disk an hour."""
    events = list(make_session(hours=1.0))
    start_ns = next(
        event.t_ns
        for event in events
        if isinstance(event, PhaseChanged) and event.after is Phase.INFUSING
    )
    before = [event for event in events if event.t_ns < start_ns]
    end_ns = start_ns + int(seconds * NS_PER_S)
    live = list(takewhile(lambda event: event.t_ns < end_ns, events[len(before) :]))
    place = folder / "live.db"
    recorder = Recorder(
        lambda: open_database(place),
        lambda _working, _detail: None,
        side_folders=[folder],
        label="b",
    )
    for first in range(0, len(before), 2_000):
        recorder.put("live", before[first : first + 2_000])
    recorder.flush(60.0)
    time.sleep(SETTLE_S)
    commits = watch_journal()
    handed, paged = written()
    player = threading.Thread(target=play, args=(recorder, "live", live, start_ns))
    player.start()
    player.join()
    recorder.flush(60.0)
    handed, paged = (after - first for after, first in zip(written(), (handed, paged), strict=True))
    recorder.close()
    payload = sum(len(canonical(event)) for event in live)
    raw = sum(len(event.data) for event in live if isinstance(event, ChunkReceived))
    rate = len(commits.appended) / seconds
    print(
        f"recorder in real time, {seconds:g} s of an infusion: {len(live) / seconds:.0f} events/s"
    )
    print(f"  commits            {rate:.1f} a second, {in_ms(commits.appended)}")
    print(f"  packing            {in_ms(commits.packed)}")
    print(f"  bytes of monitors  {raw / seconds:,.0f} B/s; as events {payload / seconds:,.0f} B/s")
    print(f"  handed to system   {handed / seconds:,.0f} B/s = {handed / payload:.2f} x the events")
    print(f"  pages for the disk {paged / seconds:,.0f} B/s = {paged / payload:.2f} x the events")
    return paged / seconds * 3_600


def measure_size(folder: Path) -> float:
    """Print what an hour takes in the closed file; gives its bytes."""
    place = folder / "hour.db"
    open_database(place).close()
    empty = sum(one.stat().st_size for one in folder.glob("hour.db*"))
    record_session(place, make_session(hours=1.0))
    size = sum(one.stat().st_size for one in folder.glob("hour.db*")) - empty
    with sqlite.connect(place) as raw:
        query = "SELECT sum(length(body)), count(*) FROM journal WHERE kind {} 'pack'"
        packed, runs = raw.execute(query.format("=")).fetchone()
        rare, rows = raw.execute(query.format("<>")).fetchone()
    print(
        f"an hour of the simulated room in the closed file: {size / 1e6:.2f} MB"
        f" (and {empty / 1e6:.2f} MB of an empty file)"
    )
    print(f"  packed bytes, waves and readings {packed / 1e6:.2f} MB in {runs} rows")
    print(f"  events with a row of their own   {rare / 1e6:.2f} MB in {rows} rows")
    return float(size)


def main() -> None:
    """Print every figure."""
    parser = argparse.ArgumentParser(description="Cost of commits at the bedside's rate")
    parser.add_argument("--seconds", type=float, default=180.0)
    parser.add_argument("--folder", type=Path, help="on the disk to be measured")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        size = measure_size(folder)
        an_hour = measure_rate(folder, arguments.seconds)
        print(
            f"pages for the disk an hour: {an_hour / 1e6:.0f} MB = {an_hour / size:.0f} x what the "
            "closed file keeps of it"
        )


if __name__ == "__main__":
    main()
