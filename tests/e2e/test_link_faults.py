"""Every driver, every kind of fault of a link: alarmed, nothing wrong, nothing lost, back again."""

from __future__ import annotations

import random
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from app.verification import compare
from protocols.events import ChunkReceived, Event
from storage.database import open_database
from storage.journal import Journal
from tests.e2e.link_faults.faults import Outcome, faults_for, throw
from tests.e2e.link_faults.hall import Hall, Stand, open_hall

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")

SHORT = 1
"""Faults thrown at each port in the default run; the campaign throws every kind many times."""


def some_faults(hall: Hall, stand: Stand, seed: int, count: int) -> list[Outcome]:
    chance = random.Random(f"{seed} {stand.device}")
    assert hall.wait_well(stand.device, 60), f"{stand.device} was never well"
    kinds = faults_for(stand)
    return [throw(hall, stand, chance.choice(kinds), chance) for _ in range(count)]


def recorded(folder: Path, session: str) -> list[Event]:
    with open_database(str(folder / "hall.db"), read_only=True) as database:
        return list(Journal(database).read(session))


def bytes_of(record: list[Event], device: str) -> bytes:
    return b"".join(
        event.data
        for event in record
        if isinstance(event, ChunkReceived) and event.device == device
    )


@pytest.mark.timeout(300)
def test_faults_of_every_link_are_alarmed_and_overcome_and_lose_nothing(tmp_path: Path) -> None:
    with open_hall(tmp_path) as hall:
        with ThreadPoolExecutor(max_workers=len(hall.stands)) as threads:
            runs = [
                threads.submit(some_faults, hall, stand, 1, SHORT) for stand in hall.stands.values()
            ]
            outcomes = [outcome for run in runs for outcome in run.result()]
        session = hall.live.session
    assert [o for o in outcomes if not o.came_back] == []
    assert [o for o in outcomes if o.alarm_limit_s is not None and o.alarm_s is None] == []
    assert hall.watch.wrong == []
    record = recorded(tmp_path, session)
    for device in hall.stands:
        assert bytes_of(record, device) == bytes(hall.delivered[device])
    assert compare(record, closed=False).difference is None
