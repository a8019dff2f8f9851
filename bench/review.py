"""What a clinician waits for in the review: first curve, waveform, every frame of zoom and pan.

Run: ``python -m bench.review [--hours 2]``. The session comes from a simulated patient through the
real pipeline, is recorded, sealed and read back from its file; the window is 1920 x 1080, offscreen
unless a platform is named. A frame is everything from the event of the wheel, the pointer or the
key to the painted plots, with the pulse wave in them.
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import QApplication

from app.records.archive import Archive
from app.records.provenance import RecordedOrigins
from app.records.waves import RecordedWaves
from app.review.lanes.lane import Picked
from app.review.sources import Sources
from app.review.trend_view import TrendView
from app.review.window import ReviewWindow
from bench.open_session import record
from protocols.vitals import NS_PER_S, Vital
from storage.database import open_database

ROUNDS = 5
ONE_FRAME_MS = 1000 / 60
LEFT = Qt.MouseButton.LeftButton
NONE = Qt.KeyboardModifier.NoModifier


def resident_mb() -> float:
    """Memory of this process that is in use now, MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def first_curve(
    application: QApplication, review: ReviewWindow, session: str
) -> tuple[float, float]:
    """From opening to the first painted plots, and to waveform and pyramid shown, ms."""
    started = time.perf_counter()
    review.sessions.open(session)
    review.repaint()
    painted = time.perf_counter()
    middle = review.sessions.page.middle
    application.processEvents()
    while middle.depths.busy:
        application.processEvents()
        time.sleep(0.001)
    return (painted - started) * 1e3, (time.perf_counter() - started) * 1e3


def wheel(view: TrendView, share: float, steps: int) -> None:
    """Turn the wheel over the plots at `share` of their width."""
    cursor = view.cursor_line
    place = QPointF(cursor.stage.left + share * cursor.stage.pixels, 40)
    event = QWheelEvent(
        place,
        cursor.mapToGlobal(place.toPoint()).toPointF(),
        QPoint(0, 0),
        QPoint(0, 120 * steps),
        Qt.MouseButton.NoButton,
        NONE,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(cursor, event)


def mouse(view: TrendView, kind: QEvent.Type, x: float) -> None:
    """The pointer at column `x` of the plots, with its button down."""
    place = QPointF(x, 40)
    buttons = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else LEFT
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else LEFT
    where = view.cursor_line.mapToGlobal(place.toPoint()).toPointF()
    QApplication.sendEvent(view.cursor_line, QMouseEvent(kind, place, where, button, buttons, NONE))


def key(view: TrendView, which: Qt.Key) -> None:
    """A key for the cursor."""
    QApplication.sendEvent(view.cursor_line, QKeyEvent(QEvent.Type.KeyPress, which, NONE))


def gestures(view: TrendView) -> Iterator[tuple[str, Callable[[], None]]]:
    """The frames, each with what it is called."""
    for span_s in (1200, 60, 8):
        middle = view.window_shown.whole_ns // 2
        half = span_s * NS_PER_S // 2
        yield "", lambda: view.show_whole()
        while view.window_shown.span_ns > span_s * NS_PER_S * 1.2:
            yield "zoom in", lambda: wheel(view, 0.4, 1)
        yield "", lambda a=middle - half, b=middle + half: view.show_span(a, b)
        yield "", lambda: mouse(view, QEvent.Type.MouseButtonPress, 800)
        for step in range(30):
            name = f"pan at {span_s} s"
            yield name, lambda x=800 - 12 * step: mouse(view, QEvent.Type.MouseMove, x)
        yield "", lambda: mouse(view, QEvent.Type.MouseButtonRelease, 440)
        while not view.window_shown.is_whole:
            yield "zoom out", lambda: wheel(view, 0.6, -1)
    for _ in range(30):
        yield "cursor", lambda: key(view, Qt.Key.Key_Right)


def frames(application: QApplication, review: ReviewWindow) -> None:
    """Run the gestures and print what each frame took."""
    view = review.sessions.page.middle.view
    took: dict[str, list[tuple[float, float]]] = {}
    for name, act in gestures(view):
        started, cpu = time.perf_counter(), time.process_time()
        act()
        view.repaint()
        spent = ((time.perf_counter() - started) * 1e3, (time.process_time() - cpu) * 1e3)
        application.processEvents()
        if name:
            took.setdefault(name, []).append(spent)
    for name, figures in [*took.items(), ("all frames", [one for f in took.values() for one in f])]:
        walls, cpus = zip(*figures, strict=True)
        p50, p95 = np.percentile(walls, (50, 95))
        late = sum(one > ONE_FRAME_MS for one in walls)
        print(
            f"{name:14} p50 {p50:5.1f} ms, p95 {p95:5.1f} ms, worst {max(walls):5.1f} ms,"
            f" n {len(walls):3}, longer than a frame at 60 Hz: {late}"
            f" (processor p95 {np.percentile(cpus, 95):.1f} ms)"
        )


def origins(application: QApplication, review: ReviewWindow) -> None:
    """Print what a click on a reading takes until its bytes stand on the card."""
    page = review.sessions.page
    assert page.opened is not None
    stream = page.opened.streams[Vital.SPO2]
    waits = []
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        number = int(stream.numbers[int(share * (len(stream.numbers) - 1))])
        started = time.perf_counter()
        page.middle.view.picked.emit(Picked(t_ns=0, number=number))
        while page.middle.depths.busy:
            application.processEvents()
            time.sleep(0.001)
        waits.append((time.perf_counter() - started) * 1e3)
    print(f"click to card  median {statistics.median(waits):5.1f} ms, worst {max(waits):5.1f} ms")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--hours", type=float, default=2.0)
    hours = parser.parse_args().hours
    application = QApplication.instance() or QApplication([])
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "sessions.db"
        session = record(path, hours)
        with open_database(path, read_only=True) as database:
            sources = Sources(
                catalogue=Archive(database),
                waves=RecordedWaves(database),
                origins=RecordedOrigins(database),
            )
            review = ReviewWindow(sources)
            review.resize(1920, 1080)
            review.show()
            application.processEvents()
            before = resident_mb()
            opened = [first_curve(application, review, session) for _ in range(ROUNDS)]
            curves, whole = zip(*opened, strict=True)
            print(f"{hours:g} h session with pleth, {path.stat().st_size / 1e6:.2f} MB on disk")
            for name, figures in (("first curve", curves), ("waveform shown", whole)):
                middle, worst = statistics.median(figures), max(figures)
                print(f"{name:14} median {middle:5.1f} ms, worst {worst:5.1f} ms")
            wave = review.sessions.page.middle.view.canvas.wave
            assert wave is not None
            samples = sum(len(track.t_ns) for track in wave.tracks)
            held = sum(track.bytes for track in wave.tracks) / 1e6
            print(f"{samples} samples; they and their pyramid take {held:.1f} MB")
            frames(application, review)
            origins(application, review)
            print(f"memory in use {resident_mb():.0f} MB, before the first session {before:.0f} MB")
            review.close()


if __name__ == "__main__":
    main()
