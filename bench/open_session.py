"""What opening and moving cost: a two-hour session opened for review, and entered for replay.

Run: ``python bench/open_session.py [--hours 2]``. The session comes from a simulated patient
through the real pipeline, is recorded, sealed and read back from its file; the windows are painted
at 1920 x 1080, offscreen unless a platform is named.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import tempfile
import time
from collections.abc import Callable
from itertools import islice
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QCoreApplication
from PySide6.QtWidgets import QApplication

from app.records.archive import Archive
from app.records.catalogue import Search
from app.replay.feed import ReplayFeed
from app.replay.track import Track
from app.replay.window import ReplayWindow
from app.review.sources import Sources
from app.review.window import ReviewWindow
from bench._session import make_session
from protocols.events import SessionOpened
from storage.database import open_database
from storage.journal import Journal

ROUNDS = 10
SCRUBS = 100


def record(path: Path, hours: float) -> str:
    """Make the session and write it; gives its name."""
    events = make_session(hours=hours)
    with open_database(path) as database:
        journal = Journal(database)
        session = ""
        while batch := list(islice(events, 200)):
            if isinstance(batch[0], SessionOpened):
                session = batch[0].session
            journal.append(session, batch)
            if journal.waiting(session) > 20_000:
                journal.pack(session)
        journal.seal(session)
    return session


def timed_ms(action: Callable[[], object]) -> tuple[float, float]:
    """Wall time and processor time of `action`, ms."""
    wall, cpu = time.perf_counter(), time.process_time()
    action()
    return (time.perf_counter() - wall) * 1e3, (time.process_time() - cpu) * 1e3


def say(what: str, figures: list[tuple[float, float]]) -> None:
    """Print median and worst of wall and processor time."""
    walls, cpus = [wall for wall, _ in figures], [cpu for _, cpu in figures]
    print(
        f"{what:44} median {statistics.median(walls):6.1f} ms, worst {max(walls):6.1f} ms"
        f"   (processor {statistics.median(cpus):6.1f} ms, worst {max(cpus):6.1f} ms)"
    )


def measure(path: Path, session: str) -> None:
    """Open, load and scrub, each several times."""
    application = QApplication.instance() or QApplication([])
    chance = random.Random(1)
    with open_database(path, read_only=True) as database:
        archive = Archive(database)
        assert [line.session for line in archive.list_sessions(Search())] == [session]
        say(
            "open to full trends",
            [timed_ms(lambda: archive.open_session(session)) for _ in range(ROUNDS)],
        )
        review = ReviewWindow(Sources(catalogue=archive))
        review.resize(1920, 1080)
        review.show()
        application.processEvents()

        def open_and_paint() -> None:
            review.open(session)
            review.repaint()
            application.processEvents()

        say("open and paint the review", [timed_ms(open_and_paint) for _ in range(ROUNDS)])
        review.close()
        loaded = archive.read_session(session)
        say("load for replay", [timed_ms(lambda: archive.read_session(session)) for _ in range(3)])
        say("keyframes", [timed_ms(lambda: Track(loaded.events)) for _ in range(3)])
        feed = ReplayFeed(loaded)
        places = [chance.randrange(feed.end_ns) for _ in range(SCRUBS)]
        say(
            "state and history at any moment",
            [timed_ms(lambda t=t: feed.track.at(t)) for t in places],
        )
        replay = ReplayWindow(feed)
        replay.resize(1920, 1080)
        replay.show()
        application.processEvents()

        def scrub(t_ns: int) -> None:
            feed.seek(t_ns)
            replay.repaint()
            application.processEvents()

        say("scrub and paint", [timed_ms(lambda t=t: scrub(t)) for t in places])
        say("drag of the slider, a frame", drag(replay, application))
        for speed in (60, 600):
            say(f"play at {speed} times, a frame", play(feed, speed, replay, application))
        replay.close()


def drag(replay: ReplayWindow, application: QCoreApplication) -> list[tuple[float, float]]:
    """The slider moved over a quarter of the session while it is down, a step each frame."""
    slider = replay.transport.slider
    slider.setSliderDown(True)
    quarter = slider.maximum() // 4

    def move(value: int) -> None:
        slider.setValue(value)
        replay.transport.settle()
        replay.repaint()
        application.processEvents()

    figures = [timed_ms(lambda n=n: move(quarter + n * quarter // 60)) for n in range(60)]
    slider.setSliderDown(False)
    return figures


def play(
    feed: ReplayFeed, speed: float, replay: ReplayWindow, application: QCoreApplication
) -> list[tuple[float, float]]:
    """Frames of 33 ms at `speed`, as far apart in session time as they would be."""
    feed.seek(feed.end_ns // 4)

    def frame() -> None:
        feed.move_on(round(33e6 * speed))
        replay.repaint()
        application.processEvents()

    return [timed_ms(frame) for _ in range(60)]


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    hours = parser.parse_args().hours
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sessions.db"
        session = record(path, hours)
        print(f"{hours:g} h session with pleth: {path.stat().st_size / 1e6:.2f} MB on disk")
        measure(path, session)


if __name__ == "__main__":
    main()
