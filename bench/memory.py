"""Resident memory over an accelerated session of eight hours, with the window that shows it.

Run: ``python -m bench.memory [--hours 8]``. The events go through the pipeline, the recorder and
the bedside window's feed; the window (1920 x 1080) is drawn once every five seconds of the session.
Printed each hour, and at the end the slope after the first hour.
"""

from __future__ import annotations

import argparse
import gc
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import psutil
from PySide6.QtWidgets import QApplication

from app.bedside.window import BedsideWindow
from app.feed import Feed
from bench._session import COMMIT_NS, make_session
from protocols.events import Command, Event, SessionOpened
from protocols.vitals import NS_PER_S
from storage.database import open_database
from storage.recorder import Recorder

ROOT = Path(__file__).resolve().parents[1]
DRAW_EVERY_NS = 5 * NS_PER_S
HOUR_NS = 3600 * NS_PER_S


class Played(Feed):
    """A feed without a runtime: what a person does comes with the events."""

    def submit(self, command: Command) -> None:
        """Nobody is at this window."""
        raise RuntimeError(f"unexpected: {command}")


def figures() -> tuple[float, int, int, int]:
    """Resident memory in MB, Python objects, threads, open files."""
    gc.collect()
    process = psutil.Process()
    return (
        process.memory_info().rss / 1e6,
        len(gc.get_objects()),
        threading.active_count(),
        process.num_fds() if sys.platform != "win32" else 0,
    )


def slope_per_hour(points: list[tuple[float, float]]) -> float:
    """Least-squares slope of (hours, MB)."""
    mean_t = sum(t for t, _ in points) / len(points)
    mean_v = sum(v for _, v in points) / len(points)
    spread = sum((t - mean_t) ** 2 for t, _ in points)
    return sum((t - mean_t) * (v - mean_v) for t, v in points) / spread if spread else 0.0


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description="Memory over a long session")
    parser.add_argument("--hours", type=float, default=8.0)
    hours = parser.parse_args().hours
    application = QApplication.instance() or QApplication([])
    feed = Played()
    print(f"memory: {hours:g} h of a session in quick motion (target 250 MB, flat)")
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "bench.db"
        # made by another process, as in daily use: making tables loads what is needed once only
        make = f"from storage.database import open_database; open_database({str(place)!r}).close()"
        subprocess.run([sys.executable, "-c", make], cwd=ROOT, check=True)
        recorder = Recorder(lambda: open_database(place), lambda _ok, _text: None)
        window: BedsideWindow | None = None
        session = ""
        waiting: list[Event] = []
        points: list[tuple[float, float]] = []
        draw_ns, print_ns = DRAW_EVERY_NS, 0
        began = time.monotonic()
        for event in make_session(hours=hours):
            if isinstance(event, SessionOpened):
                session = event.session
            waiting.append(event)
            if event.t_ns - waiting[0].t_ns < COMMIT_NS:
                continue
            recorder.put(session, waiting)
            feed.apply(waiting)
            waiting = []
            if event.t_ns < draw_ns:
                continue
            draw_ns = event.t_ns + DRAW_EVERY_NS
            if window is None:
                window = BedsideWindow(feed, "R. Example RN")
                window.resize(1920, 1080)
                window.show()
            feed.advanced.emit()
            application.processEvents()
            if recorder.backlog > 500:
                recorder.flush(60.0)
            if event.t_ns >= print_ns:
                print_ns += HOUR_NS // 2
                rss, objects, threads, files = figures()
                points.append((event.t_ns / HOUR_NS, rss))
                print(
                    f"  {event.t_ns / HOUR_NS:5.1f} h   {rss:6.1f} MB   {objects} objects,"
                    f" {threads} threads, {files} files   ({time.monotonic() - began:.0f} s)",
                    flush=True,
                )
        recorder.put(session, waiting)
        recorder.close(60.0)
    late = [point for point in points if point[0] >= 1.0] or points
    print(f"  largest {max(v for _, v in points):.1f} MB, slope {slope_per_hour(late):+.2f} MB/h")


if __name__ == "__main__":
    main()
