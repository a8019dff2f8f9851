"""Pictures of page one and of the episodes of a session whose review has begun."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from PySide6.QtCore import QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.amending import amend_record
from app.records.archive import Archive
from app.records.waves import RecordedWaves
from app.rehearsal.simulation import simulate_session
from app.review.sources import Sources
from app.review.window import ReviewWindow
from app.review_criteria import load_criteria
from app.reviewing.episodes import find_episodes
from protocols.events import AssessEpisodes, EpisodeOutcome, FindEpisodes
from storage.database import open_database

REVIEWER = "C. Novak PhD"
START_UTC = datetime(2026, 11, 21, 13, 45, 40, tzinfo=UTC)


def picture_episodes(size: QSize, save: Callable[[QWidget, str], object]) -> None:
    """A session with an emergency: its numbers, and its episodes, of which one is closed."""
    with tempfile.TemporaryDirectory() as folder:
        place = str(Path(folder) / "sessions.db")
        session = simulate_session(
            protocol="iv-0.5-40",
            patient_name="emergency",
            database=place,
            seed=1,
            weight_kg=None,
            start_utc=START_UTC,
        ).session
        begin_review(place, session)
        with open_database(place, read_only=True) as record:
            window = ReviewWindow(Sources(catalogue=Archive(record), waves=RecordedWaves(record)))
            window.resize(size)
            window.show()
            window.open(session)
            page = window.sessions.page
            page.numbers.open_group("Critical alarms", is_open=True)
            _settle()
            save(window, "review-page-one")
            page.look.click()
            page.episodes.list.setCurrentRow(1)
            _settle()
            save(window, "review-episodes")
            window.close()
            window.sessions.finish()


def begin_review(place: str, session: str) -> None:
    """Find the episodes of `session` and close the first."""
    in_force = load_criteria()
    with open_database(place, read_only=True) as record:
        opened = Archive(record).open_session(session)
    found = find_episodes(opened, in_force.criteria)
    finding = FindEpisodes(
        t_ns=0,
        by=REVIEWER,
        criteria_text=in_force.text,
        found=found,
        counted_seq=opened.count,
    )
    closing = AssessEpisodes(
        t_ns=0,
        by=REVIEWER,
        episodes=(found[0].key,),
        comment="Slowed to 50 % and rechecked as ordered; settled by 20:40.",
        outcome=EpisodeOutcome.ACTED_ON,
    )
    amend_record(place, session, (finding, closing))


def _settle() -> None:
    for _ in range(20):
        QApplication.processEvents()
