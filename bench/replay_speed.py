"""How many times faster than real time a recorded session goes through the whole pipeline.

Run: ``python -m bench.replay_speed [--hours 2]``. A session with a streaming pulse wave (75 Hz, in
pieces of 40 ms), blood pressures, alarms, observations and a nurse is made first; then its inputs
run through the pipeline, are compared with what was recorded, and are read from the file besides.
"""

from __future__ import annotations

import argparse
import gc
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from app.pipeline import Pipeline
from app.verification import compare
from bench._session import make_session, record_session
from protocols.events import Event, Input
from storage.database import open_database
from storage.journal import Journal


def rerun(inputs: list[Input]) -> int:
    """Step a new pipeline through `inputs`; how many outputs came."""
    pipeline = Pipeline()
    return sum(len(pipeline.step(event)) for event in inputs)


def verify(events: list[Event]) -> None:
    """Replay and compare; a difference ends the bench."""
    verdict = compare(events, closed=True)
    if not verdict.identical:
        raise RuntimeError(f"the replay differs: {verdict.difference}")


def print_speed(what: str, hours: float, action: Callable[[], object]) -> None:
    """Do `action` twice, print the better time: by the wall, and on the processor."""
    best_wall = best_cpu = float("inf")
    for _ in range(2):
        gc.collect()
        wall, cpu = time.perf_counter(), time.process_time()
        action()
        best_wall = min(best_wall, time.perf_counter() - wall)
        best_cpu = min(best_cpu, time.process_time() - cpu)
    times = hours * 3600 / best_wall
    print(
        f"  {what:42} {best_wall:6.2f} s = {times:6.0f} x real time"
        f"   (processor {best_cpu:.2f} s = {hours * 3600 / best_cpu:.0f} x)"
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Speed of replay")
    parser.add_argument("--hours", type=float, default=2.0)
    hours = parser.parse_args().hours
    events = list(make_session(hours=hours))
    inputs = [event for event in events if isinstance(event, Input)]
    print(
        f"replay: a session of {hours:g} h, {len(events)} events, {len(inputs)} inputs"
        " (target 1500 x real time)"
    )
    print_speed("inputs through the whole pipeline", hours, lambda: rerun(inputs))
    print_speed("the same, compared with the record", hours, lambda: verify(events))
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "bench.db"
        name = record_session(place, events)
        with open_database(place, read_only=True) as database:
            print_speed(
                "the same, read from the file",
                hours,
                lambda: verify(list(Journal(database).read(name))),
            )


if __name__ == "__main__":
    main()
