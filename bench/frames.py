"""Prints what a frame of the run page costs at 1920 x 1080 with four strips and three trends.

A two-hour session lies behind the trends; four waves of 75 Hz come in. A frame is everything from
the new events to the painted widgets. Usage: python -m bench.frames [frames]
"""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests" / "gui")]

import session_stories as stories  # noqa: E402

from app.bedside.window import BedsideWindow  # noqa: E402
from app.history import WaveRing  # noqa: E402
from app.plots.sweep import SweepStrip  # noqa: E402
from protocols.events import Event, WaveReceived  # noqa: E402
from protocols.vitals import NS_PER_S, Vital  # noqa: E402

FRAMES = 600
FRAME_NS = NS_PER_S // 30
UPDATE_WAIT_S = 0.012
"""Qt asks for a repaint up to 5 ms later; the wait is not counted."""

EXTRA = (Vital.CUFF, Vital.HR, Vital.RR)


def incoming(from_ns: int, until_ns: int) -> Iterator[Event]:
    for second in range(from_ns // NS_PER_S + 1, until_ns // NS_PER_S + 1):
        yield stories.reading(Vital.PR, 80 + round(6 * math.sin(second / 20)), second)
        yield stories.reading(Vital.SPO2, 97 + second % 2, second)
    packet = NS_PER_S // 3
    for index in range(from_ns // packet + 1, until_ns // packet + 1):
        values = tuple(round(128 + 90 * math.sin((index * 25 + n) / 8)) for n in range(25))
        yield WaveReceived(
            t_ns=index * packet,
            device="oximeter",
            vital=Vital.PLETH,
            interval_ns=stories.PLETH_INTERVAL_NS,
            full_scale=255,
            usable=True,
            values=values,
        )


def two_hours() -> stories.StoryFeed:
    feed = stories.calm(minutes=40)
    start_s = feed.clock_ns // NS_PER_S
    feed.apply(stories.streams(start_s, 7200))
    for minute in range(start_s // 60, 120, 5):
        feed.apply(stories.cuff(minute * 60, 140 + minute % 7, 88))
    feed.clock_ns = 7200 * NS_PER_S
    return feed


def main(frames: int = FRAMES) -> None:
    app = QApplication.instance() or QApplication([])
    feed = two_hours()
    window = BedsideWindow(feed, stories.NURSE)
    window.resize(1920, 1080)
    rings: dict[Vital, WaveRing] = {}
    for vital in EXTRA:
        window.run.add_strip(vital, SweepStrip("hr", vital.value))
        rings[vital] = feed.history.waves.setdefault(vital, WaveRing(stories.PLETH_INTERVAL_NS))
    window.show()
    costs: list[tuple[float, bool]] = []
    for _ in range(frames):
        before = feed.clock_ns
        feed.clock_ns += FRAME_NS
        events = list(incoming(before, feed.clock_ns))
        started = time.perf_counter()
        feed.apply(events)
        for event in events:
            if isinstance(event, WaveReceived):
                for ring in rings.values():
                    ring.add(event)
        feed.advanced.emit()
        drawn = time.perf_counter()
        time.sleep(UPDATE_WAIT_S)
        painting = time.perf_counter()
        app.processEvents()
        cost = 1000 * (time.perf_counter() - painting + drawn - started)
        costs.append((cost, before // NS_PER_S != feed.clock_ns // NS_PER_S))
    window.close()
    for name, chosen in (
        ("all frames", [cost for cost, _ in costs]),
        ("frames with new trends (one a second)", [cost for cost, whole in costs if whole]),
    ):
        p50, p95, p99 = np.percentile(chosen, (50, 95, 99))
        print(f"{name}: p50 {p50:.1f} ms, p95 {p95:.1f} ms, p99 {p99:.1f} ms, n {len(chosen)}")
    busy = sum(cost for cost, _ in costs) / (frames * 1000 / 30)
    print(f"share of one core at 30 frames a second: {100 * busy:.0f} %")


if __name__ == "__main__":
    main(*(int(argument) for argument in sys.argv[1:]))
