"""Figures of forwarding to PostgreSQL on this machine: catch-up, a steady tick, what a room feels.

Run: ``python -m bench.forwarding [--hours 8]``. The server is a fresh cluster on 127.0.0.1 with
fsync on; the room's sessions are a simulated infusion (bytes, waves and readings of an oximeter and
a cuff, everything that the rules made of them), recorded again under other names. Network time
comes on top.
"""

from __future__ import annotations

import argparse
import random
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from app.forwarding import Forwarder
from app.rehearsal.simulation import simulate_session
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
STEP = 60
"""Events of about a second."""


def simulated_session(folder: Path) -> list[Event]:
    """The events of one simulated infusion with oximeter and cuff, of nearly two hours."""
    path = folder / "simulated.db"
    result = simulate_session(
        protocol="iv-0.5-40",
        patient_name="typical",
        database=str(path),
        seed=3,
        weight_kg=None,
        start_utc=datetime(2026, 3, 2, 9, tzinfo=UTC),
    )
    with open_database(path, read_only=True) as database:
        return list(Journal(database).read(result.session))


def record(path: Path, name: str, events: Sequence[Event]) -> None:
    """Record one session as a room does: hand-overs of about a second, packed when rows fill."""
    with open_database(path) as database:
        journal = Journal(database)
        for at in range(0, len(events), STEP):
            journal.append(name, events[at : at + STEP])
            if journal.waiting(name) >= MOST_IN_ROW:
                journal.pack(name)
        journal.seal(name)


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


def bench_catch_up(
    postgres: PostgresServer, path: Path, hours: int, events: Sequence[Event]
) -> None:
    for number in range(hours // SESSION_H):
        record(path, f"visit {number}", events)
    size = path.stat().st_size / 1e6
    took, count, rows = send_whole(postgres.new_database(), path)
    print(
        f"catch-up after {hours} h away: {took:.2f} s for {count} events in {rows} rows"
        f" ({size:.1f} MB): {count / took:,.0f} events/s, {rows / took:,.0f} rows/s"
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
        times, worked_s = [], 0.0
        for at in range(0, TICKS * step, step):
            journal.append("tick", events[at : at + step])
            begun, cpu = time.perf_counter(), time.process_time()
            send_all(sender, own.news())
            times.append(time.perf_counter() - begun)
            worked_s += time.process_time() - cpu
            if journal.waiting("tick") >= MOST_IN_ROW:
                journal.pack("tick")
        own.close()
    spent = 1_000 * worked_s / len(times)
    print(f"steady tick, {step} events in one row: {milliseconds(times)}; {spent:.1f} ms processor")


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


def bench_rooms(
    postgres: PostgresServer, folder: Path, events: Sequence[Event], count: int = 8
) -> None:
    """Many rooms that come back at once, each one session behind."""
    paths = [folder / f"room-{number}.db" for number in range(count)]
    for number, path in enumerate(paths):
        record(path, f"visit {number}", events)
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
            events = simulated_session(folder)
            bench_catch_up(postgres, folder / "room.db", hours, events)
            bench_live_rows(postgres, folder)
            bench_tick(postgres, folder)
            bench_arrival(postgres, folder)
            bench_commit(postgres, folder)
            bench_rooms(postgres, folder, events)
    finally:
        postgres.remove()


if __name__ == "__main__":
    main()
