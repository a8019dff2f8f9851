"""Figures of the journal: size of a two-hour session with pleth, time to read, to open, to verify.

Run: ``python -m bench.journal [--hours 2]``. The session is synthetic: an oximeter that sends 75
frames of five bytes a second in 25 chunks, three readings a second of pulse rate and saturation,
a clock anchor a minute and observations that come due, stamped with jitter of whole milliseconds.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import numpy as np

from protocols.events import (
    ChunkReceived,
    ClockAnchored,
    Event,
    Reading,
    SessionClosed,
    SessionOpened,
    TaskChanged,
    TaskState,
    WaveReceived,
)
from protocols.vitals import Quality, Vital
from storage.database import open_database
from storage.export import export_csv, export_json
from storage.journal import MOST_IN_ROW, Journal
from storage.sessions import list_sessions, read_trends
from storage.verification import verify_chain

T = TypeVar("T")
MS = 1_000_000


def pulse_wave(seconds: int, seed: int) -> tuple[list[int], list[int], list[int]]:
    """Pleth counts, pulse rate and saturation, 75 values a second."""
    noise = np.random.default_rng(seed)
    t = np.arange(seconds * 75) / 75
    rate = 72 + 9 * np.sin(t / 600) + 3 * np.sin(2 * np.pi * t / 5)
    phase = np.cumsum(rate / 60 / 75) % 1
    beat = np.exp(-(((phase - 0.2) / 0.1) ** 2)) + 0.35 * np.exp(-(((phase - 0.5) / 0.12) ** 2))
    wave = 128 + (60 + 15 * np.sin(t / 97)) * (beat - 0.5) + 3 * np.sin(2 * np.pi * t / 4)
    counts = np.clip(np.rint(wave + noise.normal(0, 0.6, len(t))), 0, 254).astype(int)
    spo2 = 97 + (np.floor(t / 37) % 2)
    return counts.tolist(), rate.astype(int).tolist(), spo2.astype(int).tolist()


def fourth_byte(place: int, rate: int, spo2: int) -> int:
    """The byte of a packet of 25 frames that carries the numerics (Nonin data format 2)."""
    high, low = rate >> 7, rate & 127
    table = {0: high, 1: low, 2: spo2, 3: 0x20, 8: spo2, 9: spo2, 10: spo2, 11: spo2}
    return (table | {13: high, 14: low, 15: spo2, 16: spo2, 19: high, 20: low}).get(place, 0)


def stream(seconds: int, seed: int = 1) -> Iterator[Event]:
    """The events of a streaming oximeter, in order."""
    jitter = random.Random(seed)
    counts, rates, spo2s = pulse_wave(seconds, seed)
    for first in range(0, seconds * 75, 3):
        data = bytearray()
        for at in range(first, first + 3):
            status = 0x81 if at % 25 == 0 else 0x80
            frame = [1, status, counts[at], fourth_byte(at % 25, rates[at], spo2s[at])]
            data += bytes([*frame, sum(frame) % 256])
        t_ns = int((first + 3) / 0.075 + jitter.choice((0, 0, 1, 1, 2, 2, 3, 4, 7))) * MS
        yield ChunkReceived(t_ns=t_ns, device="oximeter", data=bytes(data))
        yield WaveReceived(
            t_ns=t_ns,
            device="oximeter",
            vital=Vital.PLETH,
            interval_ns=13_333_333,
            full_scale=255,
            usable=True,
            values=tuple(counts[first : first + 3]),
        )
        if first % 25 < 3:
            for vital, value in ((Vital.PR, rates[first]), (Vital.SPO2, spo2s[first])):
                yield Reading(
                    t_ns=t_ns,
                    vital=vital,
                    value=float(value),
                    quality=Quality.GOOD,
                    source="oximeter",
                    measured_ns=t_ns,
                )


def synthetic_session(seconds: int) -> Iterator[Event]:
    """A whole session of `seconds`."""
    yield SessionOpened(
        t_ns=0,
        session="bench",
        schema=1,
        program="bench",
        utc="2026-03-02T09:00:00.000Z",
        utc_offset_min=60,
        room="Room 1",
        simulated=True,
        protocol_text='id = "bench"\n' + "# about as long as a protocol file is\n" * 150,
        limits_text="# about as long as a limits file is\n" * 100,
        rules_digest="0" * 64,
        devices=(),
        vitals=(),
    )
    next_minute = 60
    last = 0
    for event in stream(seconds):
        last = event.t_ns
        yield event
        if event.t_ns >= next_minute * 1_000 * MS:
            yield ClockAnchored(t_ns=last, utc="2026-03-02T09:01:00.000Z", utc_offset_min=60)
            if next_minute % 300 == 0:
                yield from tasks(last, next_minute)
            next_minute += 60
    yield SessionClosed(t_ns=last, by="bench", reason="", delivered_mg=Decimal("35.0"))


def tasks(t_ns: int, second: int) -> Iterator[Event]:
    """Six observations of the schedule that change their state."""
    for item in ("bp", "rr", "moaas", "nausea", "anxiety", "temp"):
        for state in (TaskState.UPCOMING, TaskState.DUE, TaskState.DONE):
            yield TaskChanged(
                t_ns=t_ns,
                task=f"infusing/{item}/{second // 60}",
                item=item,
                label=item.upper(),
                state=state,
                due_ns=t_ns,
                closes_ns=t_ns + 300_000 * MS,
            )


def timed(what: str, action: Callable[[], T]) -> T:
    """Do `action` and print how long it took, by the wall and on the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    result = action()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    print(f"  {what:44} {wall * 1e3:9.1f} ms   (processor {cpu * 1e3:.1f} ms)")
    return result


def verify_alone(path: Path) -> None:
    """Verify the file with the verifier that needs Python only, in a process of its own."""
    verifier = Path(__file__).resolve().parents[1] / "resources" / "verifier" / "verify_record.py"
    subprocess.run([sys.executable, "-I", verifier, path], check=True, stdout=subprocess.DEVNULL)


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Figures of the journal")
    parser.add_argument("--hours", type=float, default=2.0)
    seconds = int(parser.parse_args().hours * 3600)
    events = list(synthetic_session(seconds))
    print(f"journal: a session of {seconds / 3600:g} h, {len(events)} events")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        with open_database(path) as database:
            database.compact()
            empty = path.stat().st_size
            journal = Journal(database)

            def record() -> int:
                commits = 0
                for at in range(0, len(events), 14):
                    journal.append("bench", events[at : at + 14])
                    commits += 1
                    if journal.waiting("bench") >= MOST_IN_ROW:
                        journal.pack("bench")
                return commits

            wall = time.perf_counter()
            commits = record()
            wall = time.perf_counter() - wall
            print(f"  {'commit of a quarter second':44} {wall / commits * 1e3:9.2f} ms each")
            timed("seal: pack the rest, compact, note the head", lambda: journal.seal("bench"))
        size = sum(item.stat().st_size for item in Path(folder).iterdir())
        print(f"  {'on disk, all files':44} {size / 1e6:9.2f} MB")
        print(f"  {'of which an empty database':44} {empty / 1e6:9.2f} MB")
        with timed("open the file", lambda: open_database(path, read_only=True)) as database:
            timed("list sessions", lambda: list_sessions(database))
            trends = timed("open to full trends", lambda: read_trends(database, "bench"))
            back = timed("read all events", lambda: list(Journal(database).read("bench")))
            assert back == events
            assert len(trends.vitals[Vital.SPO2].t_s) == seconds * 3
            report = timed("verify chain and file", lambda: verify_chain(database, "bench"))
            assert report.ok, report.first_problem
            timed("verify with the stand-alone verifier", lambda: verify_alone(path))
            target = Path(folder)
            timed("export CSV", lambda: export_csv(database, "bench", target / "a.csv"))
            timed("export JSON", lambda: export_json(database, "bench", target / "a.json"))


if __name__ == "__main__":
    main()
