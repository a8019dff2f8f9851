"""Prints what the program did about many faults of the links to its monitors.

Every driver is read on a pseudo-terminal and over TCP at once, in real time, with a bedside window
drawn beside it. Usage: python -m bench.link_faults [--faults N] [--seed S] [--write FILE]; N faults
a driver, 12 by default; with --write the tables go into a page of the docs. Run as an administrator
who may open every port, "permission lost" cannot be thrown: take that right away, for example by
``setpriv --bounding-set=-dac_override,-dac_read_search``.
"""

from __future__ import annotations

import argparse
import logging
import platform
import random
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from app.bedside.window import BedsideWindow  # noqa: E402
from app.bridge import Bridge  # noqa: E402
from app.live import LiveSession  # noqa: E402
from app.places import program_version  # noqa: E402
from app.verification import compare  # noqa: E402
from devices.registry import DRIVERS  # noqa: E402
from protocols.events import ChunkReceived, Event  # noqa: E402
from storage.database import open_database  # noqa: E402
from storage.journal import Journal  # noqa: E402
from tests.e2e.link_faults.faults import FAULTS, Outcome, faults_for, throw  # noqa: E402
from tests.e2e.link_faults.hall import Hall, Stand, open_hall  # noqa: E402

COPIES = {"datex-s5": 4, "dinamap": 2, "intellivue": 2, "nellcor": 2, "masimo": 2, "ivy-450c": 2}
"""Monitors with a long quiet limit stand in the hall several times, so that all end together."""

TICK_MS = 20
START_S = 3.0
"""The window is made and shown first; from then on no wait is excused."""

INTRODUCTION = """\
What the program does when the link to a monitor fails. Every driver is read on a pseudo-terminal
and over TCP at once, in real time, by the readers, the core and the recorder of the bedside
program, with its window drawn beside them; the monitors are simulated and disturbed on the wire. An
alarm is due within the driver's quiet limit and one second. A link must be well again within 2 s of
the first byte; a monitor that speaks rarely (Nellcor every 2 s, S/5 every 5 s) has its interval
more.

Noise, half frames, bit errors, pieces and a second program leave some words whole: there an alarm
is due only if nothing was understood for the quiet limit. A blood-pressure module that answers only
while it measures has no quiet limit."""


class Screen:
    """A bedside window over the session, and how long it ever kept a person waiting."""

    def __init__(self) -> None:
        self.longest_s = 0.0
        self._began_s = self._last_s = time.monotonic()
        self._timer = QTimer()
        self._timer.setInterval(TICK_MS)
        self._timer.timeout.connect(self._tick)

    def watch(self, live: LiveSession) -> None:
        self._bridge = Bridge(live.runtime, live.clock)
        self._window = BedsideWindow(self._bridge, "nobody")
        self._window.resize(1920, 1080)
        self._window.show()
        self._bridge.start()
        self._timer.start()

    def close(self) -> None:
        self._timer.stop()
        self._bridge.stop()
        self._window.close()

    def _tick(self) -> None:
        now_s = time.monotonic()
        if now_s - self._began_s > START_S:
            self.longest_s = max(self.longest_s, now_s - self._last_s - TICK_MS / 1000)
        self._last_s = now_s


class Errors(logging.Handler):
    """Keeps what the program logged as an error of its own."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.kept: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.kept.append(record.getMessage())


def throw_all(hall: Hall, stand: Stand, seed: int, count: int) -> list[Outcome]:
    chance = random.Random(f"{seed} {stand.device}")
    if not hall.wait_well(stand.device, 60):
        raise RuntimeError(f"{stand.device} was never well")
    kinds = faults_for(stand)
    first = chance.randrange(len(kinds))
    return [throw(hall, stand, kinds[(first + i) % len(kinds)], chance) for i in range(count)]


def run(count: int, seed: int, folder: Path) -> tuple[list[Outcome], list[str]]:
    errors = Errors()
    logging.getLogger().addHandler(errors)
    screen = Screen()
    outcomes: list[Outcome] = []
    with open_hall(folder, copies=COPIES, before_start=screen.watch) as hall:
        shares = {name: 2 * COPIES.get(name, 1) for name in DRIVERS}
        with ThreadPoolExecutor(max_workers=len(hall.stands)) as threads:
            runs: list[Future[list[Outcome]]] = [
                threads.submit(throw_all, hall, stand, seed, -(-count // shares[stand.spec.name]))
                for stand in hall.stands.values()
            ]
            while not all(one.done() for one in runs):
                QApplication.processEvents()
                time.sleep(0.005)
        screen.close()
        for one in runs:
            outcomes += one.result()
        session = hall.live.session
    record = read_record(folder, session)
    lost = sum(bytes_of(record, device) != bytes(hall.delivered[device]) for device in hall.stands)
    read = sum(len(data) for data in hall.delivered.values())
    same = compare(record, closed=False).difference is None
    facts = [
        f"faults thrown: {len(outcomes)}, on {len(hall.stands)} ports at once",
        f"readings with a value: {hall.watch.read}; wrong ones: {len(hall.watch.wrong)}",
        f"bytes read from the ports: {read}; ports of which a byte is not in the record: {lost}",
        f"the record replayed gives itself: {'yes' if same else 'NO'}",
        f"longest that the screen kept a person waiting: {screen.longest_s:.2f} s",
        f"errors of the program in its log: {len(errors.kept)}",
    ]
    facts += [f"  wrong: {reading}" for reading in hall.watch.wrong[:10]]
    facts += [f"  error: {text}" for text in errors.kept[:10]]
    return outcomes, facts


def read_record(folder: Path, session: str) -> list[Event]:
    with open_database(str(folder / "hall.db"), read_only=True) as database:
        return list(Journal(database).read(session))


def bytes_of(record: Sequence[Event], device: str) -> bytes:
    return b"".join(
        event.data
        for event in record
        if isinstance(event, ChunkReceived) and event.device == device
    )


def table(heading: str, groups: dict[str, list[Outcome]]) -> list[str]:
    rows = [
        f"| {heading} | faults | alarm due | in time | soonest to latest alarm, s | back again | "
        "latest, s | over its limit |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, outcomes in groups.items():
        due = [o for o in outcomes if o.alarm_limit_s is not None]
        alarms = [o.alarm_s for o in due if o.alarm_s is not None]
        back = [o.back_s for o in outcomes if o.came_back]
        late = sum(o.came_back and o.back_s > o.back_limit_s for o in outcomes)
        rows.append(
            f"| {name} | {len(outcomes)} | {len(due)} | {sum(o.alarmed_in_time for o in due)} | "
            + (f"{min(alarms):.2f} to {max(alarms):.2f}" if alarms else "-")
            + f" | {len(back)} | {max(back, default=0):.2f} | {late} |"
        )
    return rows


def grouped(outcomes: Iterable[Outcome], key: str) -> dict[str, list[Outcome]]:
    groups: dict[str, list[Outcome]] = defaultdict(list)
    for outcome in outcomes:
        groups[str(getattr(outcome, key))].append(outcome)
    return dict(groups)


def page(outcomes: list[Outcome], facts: list[str], seed: int) -> str:
    kinds = grouped(outcomes, "fault")
    ordered = {fault.name: kinds[fault.name] for fault in FAULTS if fault.name in kinds}
    missing = [fault.name for fault in FAULTS if fault.name not in kinds]
    bad = [o for o in outcomes if not o.is_good]
    return (
        "\n".join(
            [
                "# Faults of the links",
                "",
                INTRODUCTION,
                "",
                f"Made by `bench/link_faults.py` with seed {seed} on {datetime.now(UTC):%Y-%m-%d}, "
                f"program {program_version()}, {platform.system()}, two cores.",
                "",
                *(f"- {fact}" for fact in facts),
                f"- kinds that could not be thrown here: {', '.join(missing) or 'none'}",
                "",
                *table("driver", grouped(outcomes, "driver")),
                "",
                *table("fault", ordered),
                "",
                *table("port", grouped(outcomes, "port")),
                "",
                f"Faults whose alarm was late or whose link was: {len(bad)}.",
                "",
                *(
                    f"- {o.device}, {o.fault}: alarm {o.alarm_s} s of {o.alarm_limit_s}, "
                    f"back {o.back_s:.2f} s of {o.back_limit_s:g}"
                    for o in bad[:40]
                ),
            ]
        ).rstrip()
        + "\n"
    )


def main() -> None:
    options = argparse.ArgumentParser()
    options.add_argument("--faults", type=int, default=12)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--write", type=Path)
    chosen = options.parse_args()
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        outcomes, facts = run(chosen.faults, chosen.seed, Path(folder))
    text = page(outcomes, facts, chosen.seed)
    print(text)
    if chosen.write is not None:
        chosen.write.write_text(text, encoding="utf-8")
    del application


if __name__ == "__main__":
    main()
