"""Bytes on disk of a whole session with pulse wave, after it was closed, and of what they are.

An ordinary patient and one with many alarms; each rare event has a row of its own.

Run: ``python -m bench.disk_size [--hours 2]``.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from bench._session import make_session, record_session
from protocols.events import AlarmChanged
from storage import sqlite
from storage.database import open_database


def print_size(folder: Path, patient: str, hours: float) -> None:
    """Make, record and look at one session."""
    events = list(make_session(hours=hours, patient=patient))
    place = folder / f"{patient}.db"
    record_session(place, events)
    size = sum(item.stat().st_size for item in folder.glob(place.name + "*"))
    changes = sum(isinstance(event, AlarmChanged) for event in events)
    print(f"  {patient:10} {size / 1e6:6.3f} MB   {len(events)} events, {changes} alarm changes")
    with sqlite.connect(place) as raw:
        rows = raw.execute("SELECT kind, count(*), sum(length(body)) FROM journal GROUP BY 1")
        largest = sorted(rows, key=lambda row: -row[2])[:4]
    parts = (f"{size / 1e6:.3f} MB in {count} rows of {kind}" for kind, count, size in largest)
    print("             " + ", ".join(parts))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Size of a session on disk")
    parser.add_argument("--hours", type=float, default=2.0)
    hours = parser.parse_args().hours
    print(f"disk: all files of a closed session of {hours:g} h with pleth (target 1.2 MB)")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_database(folder / "empty.db").close()
        empty = sum(item.stat().st_size for item in folder.glob("empty.db*"))
        print(f"  empty file {empty / 1e6:6.3f} MB")
        for patient in ("typical", "strong"):
            print_size(folder, patient, hours)


if __name__ == "__main__":
    main()
