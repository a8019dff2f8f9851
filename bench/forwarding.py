"""Figures of forwarding to PostgreSQL on this machine: catch-up, a steady tick, what a room feels.

Run: ``python -m bench.forwarding [--hours 8]``. The server is a fresh cluster on 127.0.0.1 with
fsync on; the room's sessions are the synthetic streams of ``bench.journal`` (an oximeter at 75 Hz
with bytes, waves and readings), four of two hours, packed as a closed session is. Network time
comes on top.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from pathlib import Path

from app.forwarding import Forwarder
from bench.journal import stream
from protocols.events import Event, WriteNote
from storage.database import open_database, open_server
from storage.journal import MOST_IN_ROW, Journal
from storage.own_rows import OwnRows
from storage.sending import Sender, Sent, send_all
from tests.cut_network import CutNetwork
from tests.postgres_server import NoPostgresError, PostgresServer, database_of
from tests.unit.storage.event_strategies import small_session

SESSION_H = 2
TICKS = 300


def record(path: Path, name: str, seconds: int, *, closed: bool) -> int:
    """Record one session as a room does, packed when rows fill; gives its events."""
    opened, *_, last = small_session(name)
    count = 0
    with open_database(path) as database:
        journal = Journal(database)
        journal.append(name, [opened])
        batch: list[Event] = []
        for event in stream(seconds):
            batch.append(event)
            if len(batch) == MOST_IN_ROW // 2:
                journal.append(name, batch)
                count += len(batch)
                batch = []
                if journal.waiting(name) >= MOST_IN_ROW:
                    journal.pack(name)
        journal.append(name, [*batch, *([last] if closed else [])])
        if closed:
            journal.seal(name)
    return count + len(batch) + 2


def milliseconds(values: Sequence[float]) -> str:
    ordered = sorted(value * 1_000 for value in values)
    at = [ordered[min(len(ordered) - 1, int(len(ordered) * p))] for p in (0.5, 0.95, 0.99)]
    return f"p50 {at[0]:.2f}  p95 {at[1]:.2f}  p99 {at[2]:.2f}  max {ordered[-1]:.2f} ms"


def send_whole(address: str, path: Path) -> tuple[float, int, int]:
    """Send all of a room to a server; seconds, events and rows."""
    rows, events = 0, 0

    def count(_name: str, sent: Sent) -> None:
        nonlocal rows, events
        rows += sent.rows
        events += sent.added

    own = OwnRows(path)
    begun = time.perf_counter()
    with open_server(address, ping=False) as server:
        sender = Sender(server, own)
        send_all(sender, sender.survey(), count)
    own.close()
    return time.perf_counter() - begun, events, rows


def bench_catch_up(postgres: PostgresServer, path: Path, hours: int) -> None:
    for number in range(hours // SESSION_H):
        record(path, f"visit {number}", SESSION_H * 3600, closed=True)
    size = path.stat().st_size / 1e6
    took, events, rows = send_whole(postgres.new_database(), path)
    print(
        f"catch-up after {hours} h away: {took:.2f} s for {events} events in {rows} rows"
        f" ({size:.1f} MB): {events / took:,.0f} events/s, {rows / took:,.0f} rows/s"
    )


def bench_live_rows(postgres: PostgresServer, folder: Path) -> None:
    """The same where nothing is packed: a row for each hand-over of 0.25 s."""
    path = folder / "live.db"
    with open_database(path) as database:
        journal = Journal(database)
        opened, *_ = small_session("live")
        journal.append("live", [opened])
        events = list(stream(600))
        for at in range(0, len(events), 13):
            journal.append("live", events[at : at + 13])
    took, count, rows = send_whole(postgres.new_database(), path)
    print(
        f"catch-up of 10 min that are not packed: {took:.2f} s for {count} events in {rows} rows:"
        f" {count / took:,.0f} events/s, {rows / took:,.0f} rows/s"
    )


def bench_tick(postgres: PostgresServer, folder: Path) -> None:
    """One second of a running session, from commit in the room to commit on the server."""
    path = folder / "tick.db"
    events = list(stream(TICKS + 10))
    step = len(events) // (TICKS + 10)
    with (
        open_database(path) as database,
        open_server(postgres.new_database(), ping=False) as server,
    ):
        journal = Journal(database)
        journal.append("tick", [small_session("tick")[0]])
        own = OwnRows(path)
        own.mark()
        sender = Sender(server, own)
        sender.send_session("tick")
        times = []
        for at in range(0, TICKS * step, step):
            journal.append("tick", events[at : at + step])
            begun = time.perf_counter()
            send_all(sender, own.news())
            times.append(time.perf_counter() - begun)
            if journal.waiting("tick") >= MOST_IN_ROW:
                journal.pack("tick")
        own.close()
    print(f"steady tick, {step} events in one row: {milliseconds(times)}")


def bench_commit(postgres: PostgresServer, folder: Path) -> None:
    """What a commit in the room costs: alone, beside a forwarder, beside one without a server."""
    away = postgres.new_database()
    with CutNetwork(postgres.port) as network:
        network.swallow()
        swallowed = postgres.url(database_of(away), port=network.port)
        for title, address in (
            ("alone", ""),
            ("while forwarding", postgres.new_database()),
            ("while the network swallows everything", swallowed),
        ):
            path = folder / f"commit-{len(title)}.db"
            events = list(stream(TICKS))
            step = len(events) // TICKS
            open_database(path).close()
            forwarder = Forwarder(address, path, chance=random.Random(1)) if address else None
            if forwarder is not None:
                forwarder.start()
            times = []
            with open_database(path) as database:
                journal = Journal(database)
                for number in range(TICKS):
                    batch = events[number * step : (number + 1) * step]
                    note = WriteNote(t_ns=batch[-1].t_ns, by="x", text="y")
                    begun = time.perf_counter()
                    journal.append("s", [*batch, note])
                    times.append(time.perf_counter() - begun)
                    time.sleep(0.01)
            if forwarder is not None:
                network.mend() if address == swallowed else None
                forwarder.stop(10)
            print(f"commit in the room, {title}: {milliseconds(times)}")


def bench_arrival(postgres: PostgresServer, folder: Path) -> None:
    """How long after its commit in the room an event can be read on the server."""
    address, path = postgres.new_database(), folder / "arrival.db"
    open_database(path).close()
    forwarder = Forwarder(address, path, chance=random.Random(1))
    forwarder.start()
    late = []
    chance = random.Random(2)
    with open_database(path) as database, open_server(address, read_only=True) as reader:
        journal, there = Journal(database), Journal(reader)
        for number in range(40):
            head = journal.append("s", [WriteNote(t_ns=number, by="x", text="y")])
            begun = time.perf_counter()
            while there.head("s") != head:
                time.sleep(0.005)
            late.append(time.perf_counter() - begun)
            time.sleep(chance.random() * 0.5)
    forwarder.stop()
    print(f"from commit in the room to reading on the server: {milliseconds(late)}")


def bench_rooms(postgres: PostgresServer, folder: Path, count: int = 8) -> None:
    """Many rooms that come back at once, each two hours behind."""
    paths = [folder / f"room-{number}.db" for number in range(count)]
    record(paths[0], "visit", SESSION_H * 3600, closed=True)
    for number, path in enumerate(paths[1:], start=1):
        record(path, f"visit {number}", 600, closed=True)
    address = postgres.new_database()
    threads = [threading.Thread(target=send_whole, args=(address, path)) for path in paths]
    begun = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    print(f"{count} rooms at once: {time.perf_counter() - begun:.2f} s")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=int, default=8)
    hours = parser.parse_args().hours
    try:
        postgres = PostgresServer()
    except NoPostgresError as error:
        print(f"forwarding: {error}")
        return
    try:
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            bench_catch_up(postgres, folder / "room.db", hours)
            bench_live_rows(postgres, folder)
            bench_tick(postgres, folder)
            bench_arrival(postgres, folder)
            bench_commit(postgres, folder)
            bench_rooms(postgres, folder)
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
