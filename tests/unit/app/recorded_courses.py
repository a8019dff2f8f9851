"""A course of four simulated visits in a record, and a session outside of it, by the real rules."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from session_scenes import Scene

from app.clock import iso_utc
from app.reception.courses import Courses
from app.records.course_book import NewCourse
from app.rehearsal.course_nurse import phq9_answers
from protocols.events import (
    CloseSession,
    CourseStanding,
    EnterBp,
    EnterPatient,
    Event,
    Input,
    PauseInfusion,
    RecordEvent,
    RecordScale,
    ResumeInfusion,
    SessionOpened,
)
from storage.database import open_database
from storage.journal import Journal

FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
DAYS = (0, 3, 7, 10)
PHQ9 = (20, 14, 9, 4)
SESSIONS = tuple(f"visit-{number}" for number in (1, 2, 3, 4))
OUTSIDE = "outside"
"""A session of another patient, without a course."""

RISES = (40, 30, 20, 10)
"""Rise of SBP at 40 min of each visit, mmHg; DBP rises by half of it."""

MINUTES = (10, 20, 30, 40, 55, 70)
SHARES = (0.3, 0.6, 0.8, 1.0, 0.5, 0.2)
"""Of the rise, by minute from the start of drug."""

BASELINE = (120, 78)
WANTED = NewCourse(
    mrn="MRN-7",
    patient="Example, Ana",
    template="twice-weekly-3wk",
    variant="monday-thursday",
    first_date="2026-03-02",
    prescriber="P. Reyes",
    scale="phq-9",
    simulated=True,
)


class CourseVisit(Scene):
    """A visit with pressures at `MINUTES`; the oximeter speaks for some seconds at each."""

    def __init__(
        self, session: str, begun: datetime, mrn: str, standing: CourseStanding | None = None
    ) -> None:
        self.session, self.begun, self.mrn, self.standing = session, begun, mrn, standing
        self.number, self.phq9 = 0, 5
        super().__init__()

    def feed(self, event: Input) -> list[Event]:
        if isinstance(event, SessionOpened):
            event = replace(event, session=self.session, utc=iso_utc(self.begun))
        return super().feed(event)

    def enter_patient(self) -> None:
        assert not self.refusal(
            EnterPatient,
            given_name="Ana" if self.number else "Bo",
            family_name="Example",
            mrn=self.mrn,
            birth_date="1980-02-03",
            sex="female",
            height_cm=Decimal(170),
            visit=self.number,
            standing=self.standing,
        )

    def fill_scale(self, scale: str) -> None:
        if scale != "phq-9":
            super().fill_scale(scale)
            return
        assert not self.refusal(RecordScale, scale=scale, answers=phq9_answers(self.phq9))

    def run(self, rise: float, *, paused: bool) -> list[Event]:
        self.to_infusing(*BASELINE)
        began_s = self.now_s
        for minute, share in zip(MINUTES, SHARES, strict=True):
            self.wait(began_s + minute * 60 - 10 - self.now_s)
            self.oximeter(10, pr=round(70 + 20 * share), spo2=91 if paused and minute == 30 else 97)
            sbp, dbp = BASELINE[0] + round(rise * share), BASELINE[1] + round(rise * share / 2)
            self.enter(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
            if minute == 20:
                assert not self.refusal(RecordEvent, term="nausea", severity=self.number + 1)
            if minute == 20 and paused:
                assert not self.refusal(PauseInfusion, reason="pressure")
                self.wait(1)
                assert not self.refusal(ResumeInfusion)
        self.wait(600)
        assert not self.refusal(CloseSession, reason="end of the test")
        return list(self.record)


def make_course(place: Path) -> str:
    """Write the course with its visits and the session outside; gives the course's name."""
    now = [FIRST]
    book = Courses(str(place), now=lambda: now[0])
    course = book.open_course(WANTED, "N. Okafor")
    for number, (day, phq9, rise) in enumerate(zip(DAYS, PHQ9, RISES, strict=True), start=1):
        now[0] = FIRST + timedelta(days=day)
        [offer, _] = book.offers(WANTED.mrn, simulated=True)
        visit = CourseVisit(SESSIONS[number - 1], now[0], WANTED.mrn, offer.standing)
        visit.number, visit.phq9 = number, phq9
        write(place, visit.session, visit.run(rise, paused=number == 2))
    other = CourseVisit(OUTSIDE, FIRST + timedelta(days=1), "MRN-9")
    write(place, OUTSIDE, other.run(0, paused=False))
    return course


def write(place: Path, session: str, events: Sequence[Event]) -> None:
    with open_database(place) as database:
        journal = Journal(database)
        journal.append(session, events)
        journal.seal(session)
