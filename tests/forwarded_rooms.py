"""Rooms that record and forward, for tests: what they recorded, and that a server has just that."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import Any

from sqlalchemy import text

from app.forwarding import Forwarder, Pace
from protocols.events import Event
from storage.canonical import canonical
from storage.database import Database, open_database
from storage.journal import Journal
from storage.verification import verify_all

FAST = Pace(
    look_s=0.01, ask_s=0.05, survey_s=60, first_wait_s=0.02, last_wait_s=0.1, patience_s=0.7
)
"""So that a test does not wait."""

PATIENCE_S = 20.0

_DERIVED = "name, started_utc, room, patient, mrn, simulated, closed, phase, delivered_mg, alarms"


@contextmanager
def forwarding(address: str, path: Path, pace: Pace = FAST, **more: Any) -> Iterator[Forwarder]:
    """A forwarder that runs for the time of the block; at its end it sends what is left."""
    forwarder = Forwarder(address, path, pace=pace, chance=random.Random(1), **more)
    forwarder.start()
    drain_s = 0.0
    try:
        yield forwarder
        drain_s = PATIENCE_S
    finally:
        forwarder.stop(drain_s)


def wait_until(true: Callable[[], bool], patience_s: float = PATIENCE_S) -> None:
    """Wait for what must come; a failure says that it did not."""
    give_up = time.monotonic() + patience_s
    while not true():
        assert time.monotonic() < give_up, "it did not come to that in time"
        time.sleep(0.01)


def all_sent(forwarder: Forwarder) -> bool:
    standing = forwarder.standing
    return standing.reached and standing.waiting == 0


def record_in_pieces(
    path: Path, session: str, events: list[Event], *, size: int = 40, pack: int = 7
) -> Iterator[int]:
    """Record `events` in commits of `size`, packing now and then; gives each commit's number."""
    with open_database(path) as database:
        journal = Journal(database)
        for number, at in enumerate(range(0, len(events), size)):
            journal.append(session, events[at : at + size])
            if number % pack == pack - 1:
                journal.pack(session, everything=True)
            yield number
        journal.seal(session)


def assert_server_has_all(address: str, *paths: Path) -> None:
    """The server has every event, entry and seal of these rooms, in order, and nothing else."""
    with open_database(address, read_only=True) as server:
        expected: dict[str, list[Event]] = {}
        tables: dict[str, list[tuple[Any, ...]]] = {}
        for path in paths:
            with open_database(path, read_only=True) as own:
                for session in _sessions(own):
                    expected[session] = list(Journal(own).read(session))
                    assert Journal(own).head(session) == Journal(server).head(session)
                for name, query in _TABLES.items():
                    tables.setdefault(name, []).extend(_rows(own, query))
        assert set(_sessions(server)) == set(expected)
        for session, events in expected.items():
            assert list(Journal(server).read(session)) == events
            head = Journal(server).head(session)
            assert head is not None
            assert (head.seq, head.chain) == (len(events), _chain(session, events))
        for name, query in _TABLES.items():
            assert _rows(server, query) == sorted(tables[name]), name
        assert [r.first_problem for r in verify_all(server).values() if not r.ok] == []


_TABLES = {
    "session": f"SELECT {_DERIVED} FROM session",  # noqa: S608 - columns named here
    "course_entry": "SELECT course, seq, mrn, kind, body, chain FROM course_entry",
    "log_entry": "SELECT logbook, seq, kind, body, chain FROM log_entry",
    "seal": "SELECT subject, seq, chain, at_utc, key, signature FROM seal",
}


def _chain(session: str, events: list[Event]) -> bytes:
    """The chain as docs/file-format.md says it, worked out here once more."""
    chain = sha256(b"infusion-room journal 1\n" + session.encode()).digest()
    for event in events:
        chain = sha256(chain + canonical(event)).digest()
    return chain


def _rows(database: Database, query: str) -> list[tuple[Any, ...]]:
    with database.reading() as connection:
        return sorted(tuple(_plain(v) for v in row) for row in connection.execute(text(query)))


def _plain(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else value


def _sessions(database: Database) -> list[str]:
    with database.reading() as connection:
        return list(connection.execute(text("SELECT name FROM session ORDER BY name")).scalars())
