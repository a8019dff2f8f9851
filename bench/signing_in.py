"""Figures of signing in: the check of a secret, and the accounts out of a long logbook.

Run: ``python -m bench.signing_in [--looks 30000]``. The check is that of the shipped rights file,
with the trail it leaves; the logbook has two accounts and then looks alone, as a room's has.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

from app.clock import iso_utc, utc_now
from app.people.house import House
from protocols.events.terms import Proof
from protocols.logbook.entries import Looked
from storage.database import open_database
from storage.logbook import append_log, own_logbook

PASSWORD = "correct horse battery staple"  # noqa: S105 - of a record that is thrown away
TRIES = 20


def main() -> None:
    """Print both figures."""
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--looks", type=int, default=3_000)
    looks = arguments.parse_args().looks
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "record.db"
        house = House(str(place))
        house.changing.create_first_administrator("anna", "Anna", (), PASSWORD)
        known = [_seconds(lambda: house.proving.prove("anna", PASSWORD, Proof.PASSWORD))]
        known += [
            _seconds(lambda: house.proving.prove("anna", PASSWORD, Proof.PASSWORD))
            for _ in range(TRIES)
        ]
        unknown = [_seconds(partial(_stranger, house, number)) for number in range(TRIES)]
        house.close()
        print(f"proof of an account    median {_median(known):.3f} s, longest {max(known):.3f} s")
        print(
            f"a user without account median {_median(unknown):.3f} s, longest {max(unknown):.3f} s"
        )
        _append_looks(place, looks)
        again = House(str(place))
        print(f"accounts of a logbook of {looks} looks: {_seconds(again.accounts):.3f} s")
        print(f"what came since: {_seconds(again._roster.refresh):.4f} s")
        again.close()


def _stranger(house: House, number: int) -> None:
    house.proving.prove(f"nobody{number}", PASSWORD, Proof.PASSWORD)


def _append_looks(place: Path, looks: int) -> None:
    with open_database(place) as database:
        name = own_logbook(database)
        assert name is not None
        for number in range(looks):
            look = Looked(
                by="Anna", at_utc=iso_utc(utc_now()), subject=f"session {number}", place="review"
            )
            append_log(database, name, look)


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def _median(values: list[float]) -> float:
    return sorted(values)[len(values) // 2]


if __name__ == "__main__":
    main()
