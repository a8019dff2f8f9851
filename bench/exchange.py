"""Copies of one two-hour session with a 75 Hz pulse wave: sizes, times to write and to load.

Run: ``python bench/exchange.py [--hours 2] [--rounds 5]``. The session comes from a simulated
patient through the real pipeline with jittering arrivals, is recorded and sealed. Each copy is made
as the program makes it, then opened by the library of its format, which reads every signal whole;
our own file is opened for review, and read for a copy. Times are medians, on the wall and of the
processor alone; the first round, which loads the libraries, is left out.
"""

from __future__ import annotations

import argparse
import gzip
import json
import resource
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import pyedflib

from app.exchange.copying import CopyError, make_copy
from app.exchange.forms import FORMS, CopyForm
from app.exchange.libraries import load_extra, unwarned
from app.exchange.session_copy import read_copy
from app.records.archive import Archive
from bench._session import make_session
from protocols.events import SessionOpened
from storage.database import Database, open_database
from storage.journal import Journal

TO_BEAT = {
    CopyForm.VITAL: "1.3 MB, loads in 66 ms",
    CopyForm.WFDB: "1.1 MB, 6 ms",
    CopyForm.EDF: "1.9 MB, 28 ms",
}


def record(path: Path, hours: float) -> str:
    """Record and seal a session; gives its name."""
    events = make_session(hours=hours)
    session = ""
    with open_database(path) as database:
        journal = Journal(database)
        while batch := list(islice(events, 200)):
            if isinstance(batch[0], SessionOpened):
                session = batch[0].session
            journal.append(session, batch)
            if journal.waiting(session) > 20_000:
                journal.pack(session)
        journal.seal(session)
    return session


@dataclass(frozen=True, slots=True)
class Cost:
    """Medians, ms: on the wall, and of this process's processor alone."""

    wall_ms: float
    cpu_ms: float

    def __str__(self) -> str:
        return f"{self.wall_ms:.0f}/{self.cpu_ms:.0f} ms"


def median(rounds: int, work: Callable[[], object]) -> Cost:
    """What `work` costs, the first time left out."""
    walls, cpus = [], []
    for _ in range(rounds + 1):
        wall, cpu = time.perf_counter(), time.process_time()
        work()
        walls.append((time.perf_counter() - wall) * 1000)
        cpus.append((time.process_time() - cpu) * 1000)
    return Cost(statistics.median(walls[1:]), statistics.median(cpus[1:]))


def size_of(path: Path) -> int:
    """Bytes of a file, or of the files of a folder."""
    return path.stat().st_size if path.is_file() else sum(p.stat().st_size for p in path.iterdir())


def load_edf(path: Path) -> object:
    with pyedflib.EdfReader(str(path)) as reader:
        return [reader.readSignal(number) for number in range(reader.signals_in_file)]


def load_wfdb(path: Path) -> object:
    wfdb = load_extra("wfdb")
    with unwarned():
        return [wfdb.rdrecord(str(one.with_suffix(""))) for one in sorted(path.glob("*.hea"))]


def load_vital(path: Path) -> object:
    with unwarned():
        return load_extra("vitaldb").VitalFile(str(path))


LOADERS: dict[CopyForm, Callable[[Path], object]] = {
    CopyForm.EDF: load_edf,
    CopyForm.WFDB: load_wfdb,
    CopyForm.VITAL: load_vital,
    CopyForm.FHIR: lambda path: json.loads(path.read_bytes()),
    CopyForm.JSON: lambda path: json.loads(path.read_bytes()),
}


def measure(database: Database, session: str, folder: Path, rounds: int) -> None:
    """Print a line for each format."""
    number = iter(range(10_000))

    def write(form: CopyForm) -> Path:
        path = folder / f"{next(number)}{FORMS[form].ending}"
        make_copy(database, session, form, path)
        return path

    print(f"{'copy':<10}{'size':>10}{'gzip':>10}{'write':>16}{'load':>16}   to beat")
    for form in CopyForm:
        try:
            path = write(form)
        except CopyError as error:
            print(f"{form:<10}{error}")
            continue
        written = median(rounds, partial(write, form))
        loader = LOADERS.get(form)
        loaded = "-" if loader is None else str(median(rounds, partial(loader, path)))
        packed = "" if path.is_dir() else megabytes(len(gzip.compress(path.read_bytes(), 6)))
        print(
            f"{form:<10}{megabytes(size_of(path)):>10}{packed:>10}{written!s:>16}{loaded:>16}"
            f"   {TO_BEAT.get(form, '')}"
        )


def megabytes(count: int) -> str:
    return f"{count / 1e6:.2f} MB"


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        place = folder / "sessions.db"
        session = record(place, options.hours)

        def opened(work: Callable[[Database], Any]) -> Callable[[], object]:
            def run() -> object:
                with open_database(place, read_only=True) as database:
                    return work(database)

            return run

        rounds = options.rounds
        trends = median(rounds, opened(lambda db: Archive(db).open_session(session)))
        whole = median(rounds, opened(lambda db: read_copy(db, session)))
        print(f"our file: {megabytes(size_of(place))}, with every byte that was received")
        print(f"  opened to its full trends in {trends}; everything for a copy read in {whole}")
        with open_database(place, read_only=True) as database:
            measure(database, session, folder, rounds)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory of this process, libraries and all: {peak:.0f} MB", file=sys.stderr)


if __name__ == "__main__":
    main()
