"""Tampers with a sealed record in every way and counts what both verifiers find and name.

Every table, every kind of row and every column, tables and triggers, and the heads file; then bits
of the bare file. Usage: python -m bench.tamper [--flips N] [--bits N] [--seed S] [--write FILE];
without a figure a small part, so that `make bench` stays short. With --write the tables go into a
page of the docs.
"""

from __future__ import annotations

import argparse
import platform
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.places import program_version  # noqa: E402
from storage import sqlite  # noqa: E402
from tests.unit.storage.sealed_record import SealedRecord, make_sealed_record  # noqa: E402
from tests.unit.storage.tamper_judging import (  # noqa: E402
    Outcome,
    ask_alone,
    ask_program,
    copy_record,
    judge,
)
from tests.unit.storage.tampering import COLUMNS  # noqa: E402
from tests.unit.storage.tampering_whole import all_tamperings  # noqa: E402

INTRODUCTION = """\
What was done to a sealed record with another tool, and what found it: the program (`main.py
verify`) and the verifier that needs Python only (`resources/verifier/verify_record.py`), both
with the site's key. The record has a row of every kind of event and entry: single events, long
ones, packed as columns and as lines, live rows, an amended session and one that is still open,
two courses, a logbook, seals, a heads file. The forger is careful: triggers are taken off for the
deed and put back exactly, indexes stay right, chains are made anew where that can be done without
the key. *Named* is a deed whose first sentence says the session, course, logbook or trigger and,
where rows were touched, their events or entries; *alike* one where both verifiers say the same
sentence.

Not tried, because nothing there is recorded: the order of lines in the heads file and of rows on
the disk, and `committed_utc` of a session that is still open. A session or course that is
taken out whole, with those after it renumbered, is missed by the logbook, which notes each end. Not
found by anybody: the end of a logbook cut back to an earlier seal of it, and with it a session
whose end it noted since; a logbook made anew where it was never sealed; everything since an
older copy of record and heads file; and, where no key is given, a record whose every
seal went together with the
key that its logbook named. Keep the heads file, or a copy, where whoever writes the record cannot
write."""


def do_some(
    place: str, key: str, flips: int, seed: int, part: int, parts: int, step: int
) -> list[Outcome]:
    """The deeds of one of several processes, every `step`-th of all."""
    record = SealedRecord(path=Path(place), public_key=Path(key))
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for number, tampering in enumerate(all_tamperings(record.path, flips=flips)):
            if number % (parts * step) == part * step:
                outcomes.append(judge(record, tampering, Path(folder), f"{seed} {number}"))
    return outcomes


def strip(outcome: Outcome) -> tuple[str, str, bool, bool, bool, bool, str]:
    """What of an outcome can be sent between processes."""
    t = outcome.tampering
    words = f"{t.table}: {t.deed} ({t.what}): {outcome.program!r} / {outcome.alone!r}"
    return (
        *(t.table, t.deed, outcome.found, outcome.found_alone),
        *(outcome.named, outcome.agree, words),
    )


Row = tuple[str, str, bool, bool, bool, bool, str]


def work(arguments: tuple[str, str, int, int, int, int, int]) -> list[Row]:
    return [strip(outcome) for outcome in do_some(*arguments)]


def contents(path: Path) -> list[object] | None:
    """All that a file records, or None where it cannot be read."""
    try:
        with closing(sqlite.connect(f"{path.resolve().as_uri()}?mode=ro", uri=True)) as raw:
            found: list[object] = raw.execute(
                "SELECT type, name, sql FROM sqlite_schema ORDER BY 1, 2"
            ).fetchall()
            for table, columns in COLUMNS.items():
                names = ", ".join(f"typeof({c}), hex({c})" for c in columns)
                found += raw.execute(f"SELECT {names} FROM {table} ORDER BY rowid").fetchall()  # noqa: S608
            return found
    except (sqlite.Error, UnicodeDecodeError):
        return None


def flip_bits(record: SealedRecord, count: int, seed: int) -> tuple[int, int, int]:
    """Flip single bits of the file.

    Returns:
        How many the program found, the other verifier found, and how many changed nothing recorded.
    """
    chance = random.Random(seed)
    before = contents(record.path)
    data = record.path.read_bytes()
    found = alone = harmless = 0
    with tempfile.TemporaryDirectory() as name:
        for _ in range(count):
            path = copy_record(record, Path(name))
            changed = bytearray(data)
            changed[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
            path.write_bytes(changed)
            key = str(record.public_key)
            one, other = bool(ask_program(path, key)), bool(ask_alone(path, "--key", key))
            found, alone = found + one, alone + other
            if not (one and other) and contents(path) == before:
                harmless += 1
    return found, alone, harmless


def table(rows: Iterable[Row]) -> list[str]:
    """The rows of the page: where, deed, how often, found, named."""
    groups: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows:
        groups[row[0], row[1]].append(row)
    lines = [
        "| where | deed | done | program | alone | named | alike |",
        "|---|---|---|---|---|---|---|",
    ]
    for (where, deed), members in groups.items():
        counts = [len(members), *(sum(m[i] for m in members) for i in range(2, 6))]
        lines.append(f"| {where} | {deed} | {' | '.join(map(str, counts))} |")
    members = [m for group in groups.values() for m in group]
    counts = [len(members), *(sum(m[i] for m in members) for i in range(2, 6))]
    lines.append(f"| **all** | | {' | '.join(f'**{n}**' for n in counts)} |")
    return lines


def page(rows: Sequence[Row], bits: tuple[int, int, int, int], flips: int, seed: int) -> str:
    """The page of the docs."""
    done, found, alone, harmless = bits
    return "\n".join(
        [
            "# Tampering",
            "",
            INTRODUCTION,
            "",
            f"Version {program_version()}, Python {platform.python_version()}, SQLite"
            f" {'.'.join(map(str, sqlite.VERSION))}; seed {seed}, {flips} flipped bits in each"
            " column of each kind of row. Again: `.venv/bin/python -m bench.tamper --flips"
            f" {flips} --bits {done} --seed {seed} --write docs/tamper.md`.",
            "",
            *table(rows),
            "",
            f"**Bits of the bare file.** {done} single bits of the database file were flipped:"
            f" {found} found by the program, {alone} by the other verifier; {harmless} of the rest"
            " changed nothing that is recorded (free pages, bytes that SQLite does not use):"
            f" {done - found - harmless} changed something else and were not found by the program."
            " Such bits were looked for among 3,000 more; they were of three sorts: `committed_utc`"
            " of the open session, one kind of white space for another in the text of a table, the"
            " letters of the name that SQLite itself gives an index.",
            "",
        ]
    )


def main() -> None:
    """Do it and print or write the page."""
    parser = argparse.ArgumentParser(description="Tamper with a record in every way")
    parser.add_argument("--flips", type=int, default=0, help="bits in each column; 0: a small part")
    parser.add_argument("--bits", type=int, default=20, help="bits of the bare file")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--write", type=Path)
    given = parser.parse_args()
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as name:
        record = make_sealed_record(Path(name))
        place, key = str(record.path), str(record.public_key)
        step = 1 if given.flips else 40
        jobs = [(place, key, max(1, given.flips), given.seed, part, 2, step) for part in range(2)]
        with ProcessPoolExecutor(2) as processes:
            rows = [row for found in processes.map(work, jobs) for row in found]
        bits = (given.bits, *flip_bits(record, given.bits, given.seed))
    text = page(rows, bits, max(1, given.flips), given.seed)
    if given.write is None:
        print(text)
    else:
        given.write.write_text(text, encoding="utf-8")
    for row in rows:
        if not all(row[2:6]):
            print("NOT FOUND, NAMED OR ALIKE", row[6])
    print(f"{len(rows)} deeds in {time.monotonic() - began:.0f} s")


if __name__ == "__main__":
    main()
