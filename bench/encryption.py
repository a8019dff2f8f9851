"""What encryption costs: commits at the bedside's rate and in a tight loop, opening, reading, size.

Plain and encrypted records of the same session in the same run, one after the other, so that both
meet the same machine. Encrypted with pages of 2,048 bytes, as the program makes them, and of 4,096.

Run: ``python -m bench.encryption [--seconds 60] [--hours 2]``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from bench._session import make_session
from bench.journal import stream, synthetic_session
from protocols.events import Event, SessionOpened
from storage.database import PAGE_BYTES, open_database
from storage.encryption import UNLOCKED
from storage.journal import MOST_IN_ROW, Journal
from storage.key_file import Holder, KeyFile, key_path, write_key_file
from storage.key_slots import (
    draw_key,
    draw_record_name,
    open_with_passphrase,
    passphrase_slot,
    secret_slot,
    wrapped_key,
)
from storage.sealed_lines import cipher_for
from storage.verification import verify_chain

EVERY_S = 0.25
"""A bedside commits about four times a second: frequent events wait at most 150 ms for others."""


def prepare(path: Path, page_bytes: int | None) -> None:
    """Lay a key file where the record will be; None: it stays plain."""
    if page_bytes is None:
        return
    now = datetime.now(UTC)
    key = draw_key(draw_record_name(), page_bytes)
    slot = secret_slot(key, Holder.RECOVERY, b"r" * 20, now)
    wrapped = replace(wrapped_key(key, now), slots=(slot,))
    write_key_file(key_path(path), KeyFile(record=key.record, keys=(wrapped,)))
    UNLOCKED.add([key])


def percentiles(times_s: Sequence[float]) -> str:
    """p50, p99 and the worst, in milliseconds."""
    ordered = sorted(times_s)
    p99 = ordered[min(len(ordered) - 1, round(0.99 * len(ordered)))]
    return (
        f"p50 {1e3 * ordered[len(ordered) // 2]:6.2f}  p99 {1e3 * p99:6.2f}"
        f"  worst {1e3 * ordered[-1]:6.2f} ms  (n {len(ordered)})"
    )


def commits(path: Path, pieces: Sequence[Sequence[Event]], every_s: float) -> list[float]:
    """How long each append took, one `every_s` (0: as fast as it goes)."""
    times = []
    with open_database(path) as database:
        journal = Journal(database)
        journal.append("bench", [next(synthetic_session(1))])
        for piece in pieces:
            begun = time.perf_counter()
            journal.append("bench", piece)
            times.append(time.perf_counter() - begun)
            time.sleep(max(0.0, every_s - times[-1]))
    return times


def write_session(path: Path, events: Sequence[Event]) -> str:
    """Write a whole closed session in large commits; its name."""
    name = next(event.session for event in events if isinstance(event, SessionOpened))
    with open_database(path) as database:
        journal = Journal(database)
        for at in range(0, len(events), MOST_IN_ROW):
            journal.append(name, events[at : at + MOST_IN_ROW])
        journal.seal(name)
    return name


def pieces_of(seconds: int) -> list[list[Event]]:
    """A stream in the pieces that the recorder commits at once."""
    pieces: list[list[Event]] = [[]]
    for event in stream(seconds):
        if event.t_ns >= len(pieces) * EVERY_S * 1e9:
            pieces.append([])
        pieces[-1].append(event)
    return [piece for piece in pieces if piece]


def best_of(times: int, work: Callable[[], object]) -> float:
    """The shortest of `times` runs, in milliseconds."""
    found = []
    for _ in range(times):
        begun = time.perf_counter()
        work()
        found.append(time.perf_counter() - begun)
    return 1e3 * min(found)


def print_one(
    folder: Path, title: str, page_bytes: int | None, seconds: int, events: Sequence[Event]
) -> None:
    """The figures of one kind of record."""
    print(f"  {title}")
    pieces = pieces_of(seconds)
    for name, every_s in (("true rate", EVERY_S), ("tight loop", 0.0)):
        path = folder / f"{title} {name}.db"
        prepare(path, page_bytes)
        print(f"    commit, {name:10}  {percentiles(commits(path, pieces, every_s))}")
    path = folder / f"{title}.db"
    prepare(path, page_bytes)
    session = write_session(path, events)
    size = path.stat().st_size

    def verify() -> None:
        with open_database(path, read_only=True) as database:
            assert verify_chain(database, session).ok

    print(f"    open for reading   {best_of(20, lambda: _open(path)):6.1f} ms")
    print(f"    read every row     {best_of(5, lambda: _read(path)):6.1f} ms")
    print(f"    verify             {best_of(2, verify):6.0f} ms")
    print(f"    size               {size / 1e6:6.3f} MB")


def _read(path: Path) -> None:
    with open_database(path, read_only=True) as database, database.reading() as connection:
        connection.exec_driver_sql("SELECT sum(length(body)) FROM journal").scalar()


def _open(path: Path) -> None:
    open_database(path, read_only=True).close()


def print_slots(folder: Path) -> None:
    """How long a passphrase takes, and a line beside the record."""
    now = datetime.now(UTC)
    key = draw_key(draw_record_name(), PAGE_BYTES)
    slot = passphrase_slot(key, "four words on paper", now)
    key_file = KeyFile(record=key.record, keys=(replace(wrapped_key(key, now), slots=(slot,)),))
    unlock = best_of(5, lambda: open_with_passphrase(key_file, "four words on paper"))
    print(f"  unlocking by passphrase {unlock:6.0f} ms")
    path = folder / "lines.db"
    prepare(path, PAGE_BYTES)
    cipher = cipher_for(path)
    line = b"x" * 400
    seal = best_of(5, lambda: [cipher.seal_line(line) for _ in range(1_000)])
    print(f"  sealing a line of 400 bytes beside the record {seal:6.3f} µs")


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="What encryption costs")
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--hours", type=float, default=2.0)
    arguments = parser.parse_args()
    print(f"encryption: {arguments.seconds} s of commits, a session of {arguments.hours:g} h")
    kinds = (("plain", None), ("encrypted", PAGE_BYTES), ("encrypted, 4 kB pages", 4_096))
    events = list(make_session(hours=arguments.hours, patient="typical"))
    with tempfile.TemporaryDirectory() as name:
        for title, page_bytes in kinds:
            print_one(Path(name), title, page_bytes, arguments.seconds, events)
        print_slots(Path(name))


if __name__ == "__main__":
    main()
