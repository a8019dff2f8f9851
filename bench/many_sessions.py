"""What lists, searches and the start of a bedside cost with 10,000 recorded sessions in one file.

Run: ``python -m bench.many_sessions [--sessions 10000] [--whole 500] [--keep FILE]``. One visit is
simulated; its rows are copied under new names, patients, rooms and days. The newest ``--whole``
sessions have every row, the others all but the packed streams (a copy with every row of 10,000
sessions takes 11 GB). Chains are those of the first: nothing here verifies them.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import cycle
from pathlib import Path
from typing import Any

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication

from app.damaged_files import ready_file
from app.reception.cut_sessions import find_cut_session
from app.reception.earlier_patients import read_earlier_patients
from app.reception.visits import Reception
from app.records.archive import Archive
from app.records.catalogue import Search
from app.review.sessions_desk import PAGE
from app.review.sources import Sources
from app.review.window import ReviewWindow
from bench._session import make_session
from protocols.events import Event, SessionOpened
from storage.database import Database, open_database
from storage.journal import Journal
from storage.monitors import last_rooms, last_slots
from storage.sealing import Sealer, make_or_load_key
from storage.seals import seal_due
from storage.sessions import list_sessions, read_trends, unfinished

FAMILIES = ("Meyer", "Öztürk", "Nguyen", "O'Brien", "Schäfer", "García", "Ivanova", "Żak", "Lee")
GIVEN = ("Anna", "Jörg", "Minh", "Zoë", "Paul", "İpek", "Olga", "Tom", "Ewa", "Li")
COLUMNS = "first_seq, last_seq, first_t_ns, last_t_ns, kind, body, chain"
CUT = "20261126-080000-room1-0000"
ROUNDS = 9


def make_file(path: Path, sessions: int, whole: int) -> None:
    """Write the file: `sessions` sessions over two years, the newest `whole` with every row."""
    with open_database(path) as database:
        journal = Journal(database)
        batch = list(make_session(hours=1.0))
        for first in range(0, len(batch), 500):
            journal.append("template", batch[first : first + 500])
        journal.seal("template")
        with database.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            copy_template(raw, sessions, whole)
        write_cut(journal, batch)
        database.compact()


def write_cut(journal: Journal, events: list[Event]) -> None:
    """A session that was cut, whole as it was recorded: a start looks at its chain."""
    opened = events[0]
    assert isinstance(opened, SessionOpened)
    cut = [replace(opened, session=CUT, room="Room 1"), *events[1 : len(events) // 4]]
    for first in range(0, len(cut), 500):
        journal.append(CUT, cut[first : first + 500])


def copy_template(raw: Any, sessions: int, whole: int) -> None:
    """Copy the rows of the template; the triggers are made again when all are there."""
    triggers = raw.execute("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'").fetchall()
    template = raw.execute("SELECT * FROM session WHERE name = 'template'")
    names = [column[0] for column in template.description]
    row = dict(zip(names, template.fetchone(), strict=True))
    every = raw.execute(f"SELECT {COLUMNS} FROM journal WHERE session_id = 1").fetchall()  # noqa: S608 - names of our own
    rare = [one for one in every if one[4] != "pack"]
    raw.execute("BEGIN IMMEDIATE")
    for name, _ in triggers:
        raw.execute(f"DROP TRIGGER {name}")
    add_session = f"INSERT INTO session ({', '.join(names)}) VALUES ({', '.join('?' * len(names))})"  # noqa: S608
    add_row = f"INSERT INTO journal (session_id, {COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?, ?)"  # noqa: S608
    for number, changed in enumerate(cards(sessions), start=2):
        raw.execute(add_session, list((row | changed | {"id": number}).values()))
        rows = every if number > sessions + 1 - whole else rare
        raw.executemany(add_row, [(number, *one) for one in rows])
    for _, sql in triggers:
        raw.execute(sql)
    raw.execute("COMMIT")


def cards(sessions: int) -> Iterator[dict[str, Any]]:
    """Name, day, room and patient of each session, the oldest first."""
    chance = random.Random(7)
    start = datetime(2024, 11, 1, 8, tzinfo=UTC)
    patients = [
        (f"{chance.choice(FAMILIES).upper()}, {chance.choice(GIVEN)}", f"MRN-{number:06d}")
        for number in range(max(1, sessions // 4))
    ]
    for number in range(sessions):
        begun = start + timedelta(minutes=number * 105)
        patient, mrn = chance.choice(patients)
        room = f"Room {number % 10 + 1}"
        yield {
            "name": f"{begun:%Y%m%d-%H%M%S}-room{number % 10 + 1}-{number:04x}",
            "started_utc": begun.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "room": room,
            "patient": patient,
            "mrn": mrn,
            "simulated": 0,
            "closed": 1,
            "protocol": ("iv-0.5-40", "spravato-56", "im-0.5")[number % 3],
            "alarms": number % 4,
            "phase": "discharged",
        }


def timed(title: str, work: Callable[[], object]) -> None:
    """Print the median of the time that `work` takes once it ran once, by the wall and the CPU."""
    work()
    walls, cpus = [], []
    for _ in range(ROUNDS):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1e3)
        cpus.append((time.process_time() - cpu) * 1e3)
    wall, cpu = statistics.median(walls), statistics.median(cpus)
    print(f"{title:52} p50 {wall:7.1f} ms, worst {max(walls):7.1f}; on the processor {cpu:6.1f} ms")


def find(archive: Archive, search: Search) -> tuple[int, int]:
    """The first page, and the count, as the window asks for them."""
    return len(archive.list_sessions(search, most=PAGE)), archive.count_sessions(search)


def open_and_close(path: Path, *, read_only: bool) -> None:
    open_database(path, read_only=read_only).close()


def show_window(database: Database) -> None:
    """The review's window as a person sees it: made, listed, the newest session open, painted."""
    window = ReviewWindow(Sources(catalogue=Archive(database)))
    window.resize(1920, 1080)
    window.show()
    QApplication.processEvents()
    window.grab()
    window.close()
    window.deleteLater()
    QApplication.processEvents()


def time_search(database: Database) -> None:
    """Print what a search typed into the window costs, until the list is painted."""
    window = ReviewWindow(Sources(catalogue=Archive(database)))
    window.resize(1920, 1080)
    window.show()
    words = cycle(("meyer", "lee", "özt", "ivanova"))

    def search() -> None:
        window.sessions.list.patient.setText(next(words))
        window.sessions.list.view.grab()

    timed("search typed in the window, list painted", search)
    window.close()


def measure_sealing(path: Path) -> None:
    """Print what sealing costs at a start: once for all that was never sealed, then each time."""
    with tempfile.TemporaryDirectory() as folder, open_database(path) as database:
        database.sealer = Sealer(make_or_load_key(Path(folder) / "key.pem"))
        began = time.perf_counter()
        seal_due(database)
        print(f"{'seal what never was, once':52} {(time.perf_counter() - began) * 1e3:12.1f} ms")
        timed("look for what must be sealed, at each start", lambda: seal_due(database))


def measure_start(path: Path) -> None:
    """Print what the bedside reads before its first page."""
    timed("first look at the file for damage", lambda: ready_file(path))
    desk = Reception(str(path))
    timed("what the first page shows", lambda: (desk.cut_session(), desk.machine_warnings()))
    desk.close()


def measure(path: Path) -> None:
    """Print every figure."""
    with open_database(path, read_only=True) as database:
        found = list_sessions(database)
        newest, middle = found[0].session, found[len(found) // 2].session
        archive = Archive(database)
        room = found[0].room
        timed("list, newest page and count (review)", lambda: find(archive, Search()))
        timed("list, all", lambda: list_sessions(database))
        for words in ("meyer", "özt", "mrn-0012", "nobody"):
            timed(
                f"search '{words}', newest page and count",
                lambda words=words: find(archive, Search(patient=words)),
            )
        timed(
            "search by protocol and alarms",
            lambda: find(archive, Search(protocol="im-0.5", with_alarms=True)),
        )
        timed("open the newest session (rows only: trends)", lambda: read_trends(database, newest))
        timed("open the newest session (review)", lambda: archive.open_session(newest))
        timed("open one in the middle (review)", lambda: archive.open_session(middle))
        timed("unfinished sessions", lambda: unfinished(database))
        timed("the cut session to decide on", lambda: find_cut_session(database))
        timed("monitors last used in this room", lambda: last_slots(database, room))
        timed(
            "rooms of two monitors that no session knows", lambda: last_rooms(database, ("a", "b"))
        )
        timed("earlier patients", lambda: read_earlier_patients(database, simulated=False))
        application = QApplication.instance() or QApplication([])
        timed("review window: made, listed, newest open, painted", lambda: show_window(database))
        time_search(database)
        del application
    measure_sealing(path)
    measure_start(path)
    timed("open the file for reading", lambda: open_and_close(path, read_only=True))
    timed("open the file for writing", lambda: open_and_close(path, read_only=False))
    print(f"resident at most {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--sessions", type=int, default=10_000)
    parser.add_argument("--whole", type=int, default=100)
    parser.add_argument("--keep", type=Path, help="use this file, made first where it is not there")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = arguments.keep or Path(folder) / "many.db"
        if not path.exists():
            began = time.perf_counter()
            make_file(path, arguments.sessions, arguments.whole)
            size = path.stat().st_size / 1e6
            print(f"made {arguments.sessions} sessions, {size:.0f} MB, in", end=" ")
            print(f"{time.perf_counter() - began:.0f} s")
        measure(path)


if __name__ == "__main__":
    main()
