"""What a cohort over many recorded sessions costs, and comparing eight of them.

Run: ``python -m bench.cohort [--sessions 1000] [--hours 2] [--keep FILE]``. One visit of a
simulated patient with a 75 Hz pleth is recorded and sealed; all its rows are copied under new
names, patients, rooms and days. The record is read from the file, as the desk reads it.
"""

from __future__ import annotations

import argparse
import os
import resource
import tempfile
import time
from pathlib import Path
from typing import Any

from app.records.cohort_reading import SessionCohorts
from app.records.many_sessions import CohortAnswer, CohortSearch
from bench._session import make_session
from bench.many_sessions import copy_template
from storage.database import Database, open_database
from storage.journal import Journal
from storage.sessions import list_sessions


def make_file(path: Path, sessions: int, hours: float) -> None:
    """Write the template and its copies."""
    with open_database(path) as database:
        journal = Journal(database)
        batch = list(make_session(hours=hours))
        for first in range(0, len(batch), 500):
            journal.append("template", batch[first : first + 500])
        journal.seal("template")
        with database.engine.connect() as connection:
            raw: Any = connection.connection.driver_connection
            copy_template(raw, sessions, sessions)


def count(database: Database, search: CohortSearch) -> tuple[CohortAnswer, float, float]:
    """A cohort, with seconds by the wall and on the processor."""
    wall, cpu = time.perf_counter(), time.process_time()
    answer = SessionCohorts(database).cohort(search, lambda _share: True)
    if answer is None:
        raise SystemExit("The cohort was stopped.")
    return answer, time.perf_counter() - wall, time.process_time() - cpu


def measure(path: Path) -> None:
    """Print what a cohort and a comparison cost."""
    with open_database(path, read_only=True) as database:
        for title, search in (
            ("all", CohortSearch()),
            ("one room", CohortSearch(room="Room 3")),
            ("first visits", CohortSearch(first_visits=True)),
        ):
            answer, wall, cpu = count(database, search)
            n = answer.cohort.sessions
            print(
                f"{title:14} {n:5} sessions of {answer.cohort.patients:4} patients: "
                f"{wall:6.2f} s ({1e3 * wall / max(1, n):5.1f} ms each), processor {cpu:6.2f} s"
            )
        names = [one.session for one in list_sessions(database, most=8)]
        wall = time.perf_counter()
        SessionCohorts(database).traces(names)
        print(f"traces of {len(names)} sessions to compare: {time.perf_counter() - wall:6.2f} s")
    peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"highest memory of the process, making the file included: {peak_mb:.0f} MB")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sessions", type=int, default=1_000)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--keep", type=Path, default=None)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        path = asked.keep or Path(folder) / "sessions.db"
        if not path.exists():
            make_file(path, asked.sessions, asked.hours)
        print(
            f"{asked.sessions} sessions of {asked.hours:g} h: {os.path.getsize(path) / 1e6:.0f} MB"
        )
        measure(path)


if __name__ == "__main__":
    main()
