"""Pictures of QA's work: a replay as the nurse saw it, and the desk of verification."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.printing.office import Office
from app.qa.verify_desk import VerifyDesk
from app.records.archive import Archive
from app.records.catalogue import RecordedSession
from app.records.verifying_here import VerifierHere
from app.replay.feed import ReplayFeed
from app.replay.steps import StepKind
from app.replay.window import ReplayWindow
from app.review.sources import Sources
from app.review.window import ReviewWindow
from protocols.events import ScreenShown
from protocols.vitals import NS_PER_S
from storage.database import Database

Save = Callable[[QWidget, str], None]
MOST_S = 120.0


def picture_replay(recorded: RecordedSession, size: QSize, save: Save) -> None:
    """A replay at an alarm, the list of alarms open as it was.

    The simulated visit has no window, so what one would have told is put beside its events.
    """
    feed = ReplayFeed(recorded)
    alarm = next(step for step in feed.track.steps if step.kind is StepKind.ALARM and step.alarm)
    for step in feed.track.steps:
        began = feed.track.drug_began_ns or 0
        if step.alarm is not None and not step.alarm.technical and step.t_ns > began:
            alarm = step
            break
    told = [
        _shown(0, "preparation"),
        _shown(feed.track.drug_began_ns or 0, "run"),
        _shown(alarm.t_ns + 2 * NS_PER_S, "run", "alarms"),
    ]
    events = sorted([*recorded.events, *told], key=lambda event: event.t_ns)
    feed = ReplayFeed(replace(recorded, events=tuple(events), numbers=()))
    window = ReplayWindow(feed)
    window.resize(size)
    window.show()
    for _ in range(3):
        QApplication.processEvents()
    feed.seek(alarm.t_ns)
    window.transport.take_step(StepKind.EVENT, back=True)
    window.transport.take_step(StepKind.ALARM)
    feed.seek(alarm.t_ns + 6 * NS_PER_S)
    window.transport.say(alarm.text)
    save(window, "replay")
    window.close()


def _shown(t_ns: int, page: str, panel: str = "") -> ScreenShown:
    return ScreenShown(
        t_ns=t_ns,
        page=page,
        panel=panel,
        locked=False,
        covered=False,
        width_px=1920,
        height_px=1080,
        scale=1.0,
        theme="dark",
    )


def picture_verify(database: Database, place: str, size: QSize, save: Save) -> None:
    """The desk of verification after all was verified, one session at hand."""
    verifier = VerifierHere(database, Path(place).name, office=Office(None, None))
    sources = Sources(catalogue=Archive(database), place=Path(place).name, verifier=verifier)
    window = ReviewWindow(sources)
    window.resize(size)
    window.show()
    desk = window.turn_to("Verify")
    if not isinstance(desk, VerifyDesk):
        raise TypeError("not the desk of verification")
    desk.verify_all()
    begun_s = time.monotonic()
    while desk.work.busy and time.monotonic() - begun_s < MOST_S:
        QApplication.processEvents()
        time.sleep(0.01)
    desk.table.selectRow(0)
    save(window, "verify-desk")
    window.close()
