"""Makes the pictures of the documentation: real windows over a simulated session, off screen.

Run by ``make screenshots``. The session is simulated into a temporary record; every picture says
SIMULATED where the window does.
"""

from __future__ import annotations

import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

import numpy as np
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication, QWidget
from screenshots_copies import picture_copies
from screenshots_documents import picture_documents
from screenshots_episodes import picture_episodes
from screenshots_files import picture_files
from screenshots_limits import picture_limits
from screenshots_many import make_course_record, picture_many
from screenshots_plots import picture_plots
from screenshots_qa import picture_replay, picture_verify

from app.bedside.start_page import Door
from app.bedside.station import Station
from app.bedside.window import BedsideWindow
from app.reception.visits import Reception
from app.records.archive import Archive
from app.rehearsal.simulation import simulate_session
from app.screenshots import FULL_HD, Moment, choose_moments, picture_session, show_baseline
from app.theme import load_fonts
from protocols.events import Event
from storage.database import open_database

FOLDER = Path(__file__).resolve().parent / "images"
SMALL = QSize(1366, 768)
LARGEST_KB = 300
MOST_COLOURS = 256
START_UTC = datetime(2026, 11, 21, 13, 45, 40, tzinfo=UTC)


PICTURED: list[QWidget] = []
"""Windows are ended in order at the end, not when nothing names them any more."""


def main() -> None:
    """Make every picture and say how large each became."""
    application = QApplication([])
    load_fonts()
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        database = str(Path(folder) / "sessions.db")
        for patient, seed in (("mild", 2), ("typical", 1), ("strong", 1)):
            print(f"simulating: {patient}")
            result = simulate_session(
                protocol="iv-0.5-40",
                patient_name=patient,
                database=database,
                seed=seed,
                weight_kg=None,
                start_utc=START_UTC,
            )
        picture_first_pages(database)
        picture_episodes(FULL_HD, save)
        with open_database(database, read_only=True) as record:
            archive = Archive(record)
            picture_plots(record, result.session, FULL_HD, save)
            picture_copies(record, result.session, FULL_HD, save)
            picture_files(record, result.session, FULL_HD, save)
            picture_documents(record, result.session, FULL_HD, save, FOLDER)
            recorded = archive.read_session(result.session)
            picture_bedside(recorded.events)
            picture_replay(recorded, FULL_HD, save)
            picture_verify(record, database, SMALL, save)
            picture_limits(record, database, FULL_HD, save)
        courses = str(Path(folder) / "courses.db")
        print("simulating: a course")
        make_course_record(courses)
        picture_many(courses, save)
    for window in dict.fromkeys(PICTURED):
        window.deleteLater()
    application.processEvents()
    for path in sorted(FOLDER.glob("*.png")):
        size = shrink(path)
        print(f"{path.name}: {size / 1000:.0f} kB")


def picture_bedside(events: tuple[Event, ...]) -> None:
    """The bedside before, during and after, and once on a small screen."""
    found = {moment.name: moment.t_ns for moment in choose_moments(events)}
    wanted = [
        Moment(name="bedside-preparation", t_ns=found["preparation"], prepare=show_baseline),
        Moment(name="bedside-run", t_ns=found["run"]),
        Moment(name="bedside-panel", t_ns=found["run"], prepare=open_panel("event")),
        Moment(name="bedside-by-hand", t_ns=found["run"], prepare=open_panel("by-hand")),
        Moment(name="bedside-alarm", t_ns=found["alarm"]),
        Moment(name="bedside-alarm-list", t_ns=found["alarm"], prepare=open_panel("alarms")),
        Moment(name="bedside-discharge", t_ns=found["recovery"], prepare=open_panel("discharge")),
        Moment(name="bedside-summary", t_ns=found["summary"]),
    ]
    take(events, sorted(wanted, key=lambda moment: moment.t_ns), FULL_HD)
    take(events, [Moment(name="bedside-small-screen", t_ns=found["alarm"])], SMALL)


def take(events: tuple[Event, ...], moments: list[Moment], size: QSize) -> None:
    """Picture `moments` and drop the numbers from the names."""
    for path in picture_session(events, moments, FOLDER, size):
        path.replace(path.with_name(path.name.partition("-")[2]))


def open_panel(name: str):
    """What opens the side panel `name`."""

    def prepare(window: BedsideWindow) -> None:
        window.run.open_panel(name)

    return prepare


def picture_first_pages(database: str) -> None:
    """The three doors and the page that connects monitors."""
    desk = Reception(database)
    desk.settings = desk.settings.model_copy(update={"without_accounts": True})
    station = Station(desk, "N. Okafor RN")
    station.resize(FULL_HD)
    station.show()
    station.show_first_page()
    save(station, "first-page")
    station.start.doors[Door.MONITOR].click()
    save(station, "connect-a-monitor")
    station.leave()
    desk.close()


def save(window: QWidget, name: str) -> None:
    """Let the layout settle and write what `window` shows; it is ended with the program."""
    PICTURED.append(window.window())
    for _ in range(6):
        QApplication.processEvents()
    window.grab().save(str(FOLDER / f"{name}.png"), "PNG", 0)


def shrink(path: Path) -> int:
    """Keep a picture below the largest size: fewer colours where it must be; its size in bytes."""
    size = path.stat().st_size
    if size > LARGEST_KB * 1000:
        image = QImage(str(path)).convertToFormat(QImage.Format.Format_RGB32)
        pixels = np.frombuffer(image.constBits(), dtype=np.uint32)
        colours, counts = np.unique(pixels, return_counts=True)
        kept = colours[np.argsort(counts)[::-1][:MOST_COLOURS]].tolist()
        plain = Qt.ImageConversionFlag.ThresholdDither
        image = image.convertToFormat(QImage.Format.Format_Indexed8, kept, plain)
        image.save(str(path), "PNG", 0)
        size = path.stat().st_size
    return size


if __name__ == "__main__":
    main()
