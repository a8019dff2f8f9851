"""Bytes on disk of a whole session with pulse wave, after it was closed, and of what they are.

Run: ``python -m bench.disk_size [--hours 2]``.
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
from collections import Counter
from pathlib import Path

from bench._session import make_session, record_session
from protocols.events import kind_of
from storage.database import open_database


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Size of a session on disk")
    parser.add_argument("--hours", type=float, default=2.0)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        open_database(folder / "empty.db").close()
        events = list(make_session(hours=hours))
        record_session(folder / "bench.db", events)
        size = sum(item.stat().st_size for item in folder.glob("bench.db*"))
        empty = sum(item.stat().st_size for item in folder.glob("empty.db*"))
        print(f"disk: a session of {hours:g} h with pleth, {len(events)} events (target 1.2 MB)")
        print(f"  all files               {size / 1e6:8.3f} MB")
        print(f"  of which an empty file  {empty / 1e6:8.3f} MB")
        with sqlite3.connect(folder / "bench.db") as raw:
            rows = raw.execute("SELECT kind, count(*), sum(length(body)) FROM journal GROUP BY 1")
            for kind, count, bodies in sorted(rows, key=lambda row: -row[2])[:6]:
                print(f"  rows {kind:18} {bodies / 1e6:8.3f} MB in {count} rows")
    counts = Counter(kind_of(event) for event in events).most_common(4)
    print("  events: " + ", ".join(f"{count} {kind}" for kind, count in counts))


if __name__ == "__main__":
    main()
