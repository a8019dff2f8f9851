"""What encryption costs: commits at the bedside's rate and in a tight loop, opening, reading, size.

Plain and encrypted records take their commits in turn, so that all meet the same machine; opening,
reading and verifying are given in processor time. Encrypted with pages of 2,048 bytes, as the
program makes them, and of 4,096.

Run: ``python -m bench.encryption [--seconds 60] [--hours 2]``.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack
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


def commits(
    paths: Sequence[Path], pieces: Sequence[Sequence[Event]], every_s: float
) -> list[list[tuple[float, float]]]:
    """Wall and processor time of each append, in turn to each record, so that all meet one machine.

    One turn each `every_s`; 0: as fast as it goes.
    """
    times: list[list[tuple[float, float]]] = [[] for _ in paths]
    with ExitStack() as stack:
        journals = [Journal(stack.enter_context(open_database(path))) for path in paths]
        for journal in journals:
            journal.append("bench", [next(synthetic_session(1))])
        for number, piece in enumerate(pieces):
            begun = time.perf_counter()
            for place in range(len(paths)):
                turn = (place + number) % len(paths)
                wall, own = time.perf_counter(), time.thread_time()
                journals[turn].append("bench", piece)
                times[turn].append((time.perf_counter() - wall, time.thread_time() - own))
            time.sleep(max(0.0, every_s - (time.perf_counter() - begun)))
    return times


def print_commits(folder: Path, kinds: Sequence[tuple[str, int | None]], seconds: int) -> None:
    """Commits to one record of each kind, at the bedside's rate and in a tight loop."""
    for name, every_s in (("true rate", EVERY_S), ("tight loop", 0.0)):
        paths = [folder / f"{title} {name}.db" for title, _ in kinds]
        for path, (_, page_bytes) in zip(paths, kinds, strict=True):
            prepare(path, page_bytes)
        for (title, _), found in zip(
            kinds, commits(paths, pieces_of(seconds), every_s), strict=True
        ):
            own_ms = 1e3 * sorted(own for _, own in found)[len(found) // 2]
            wall = percentiles([wall for wall, _ in found])
            print(f"  commit, {name:10} {title:20}  {wall}  processor p50 {own_ms:.2f} ms")


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
    """The shortest processor time of `times` runs, in milliseconds: other work does not count."""
    found = []
    for _ in range(times):
        begun = time.thread_time()
        work()
        found.append(time.thread_time() - begun)
    return 1e3 * min(found)


def print_one(folder: Path, title: str, page_bytes: int | None, events: Sequence[Event]) -> None:
    """Opening, reading, verifying and size of one kind of record."""
    path = folder / f"{title}.db"
    prepare(path, page_bytes)
    session = write_session(path, events)
    size = path.stat().st_size

    def verify() -> None:
        with open_database(path, read_only=True) as database:
            assert verify_chain(database, session).ok

    print(
        f"  {title:20}  open {best_of(20, lambda: _open(path)):5.1f} ms"
        f"   read every row {best_of(5, lambda: _read(path)):5.1f} ms"
        f"   verify {best_of(2, verify):6.0f} ms   {size / 1e6:6.3f} MB"
    )


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
    begun = time.perf_counter()  # its threads' processor time is not this one's
    assert open_with_passphrase(key_file, "four words on paper") == [key]
    print(f"  unlocking by passphrase {1e3 * (time.perf_counter() - begun):6.0f} ms")
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
        print_commits(Path(name), kinds, arguments.seconds)
        for title, page_bytes in kinds:
            print_one(Path(name), title, page_bytes, events)
        print_slots(Path(name))


if __name__ == "__main__":
    main()
