"""Pictures of the desks over many sessions: courses, comparison, cohort."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import cast

from PySide6.QtCore import QElapsedTimer, QSize
from PySide6.QtWidgets import QApplication, QWidget

from app.reception.courses import Courses
from app.records.archive import Archive
from app.records.catalogue import Search
from app.records.cohort_reading import SessionCohorts
from app.records.course_book import NewCourse
from app.rehearsal.course_nurse import CourseNurse
from app.rehearsal.simulation import simulate_session
from app.review.cohort_desk import CohortDesk
from app.review.compare_desk import CompareDesk
from app.review.courses_desk import CoursesDesk
from app.review.sources import Sources
from app.review.window import ReviewWindow
from storage.database import open_database

FIRST = datetime(2026, 10, 5, 9, tzinfo=UTC)
LOOKED = datetime(2026, 10, 21, 8, tzinfo=UTC)
VISITS = ((0, 19), (3, 15), (7, 11), (10, 8), (14, 4))
"""Days from the first visit and PHQ-9 totals."""

OTHERS = ("typical", "hypertensive", "mild", "typical", "panic")
MRN = "DEMO-0004"
SIZE = QSize(1366, 768)
WAIT_MS = 60_000

Save = Callable[[QWidget, str], None]


def make_course_record(place: str) -> None:
    """A course of five visits of one simulated patient, and five visits of others; minutes."""
    now = [FIRST]
    book = Courses(place, now=lambda: now[0])
    wanted = NewCourse(
        mrn=MRN,
        patient="DEMO, Devon",
        template="twice-weekly-3wk",
        variant="monday-thursday",
        first_date=f"{FIRST:%Y-%m-%d}",
        prescriber="P. Example MD",
        scale="phq-9",
        simulated=True,
    )
    book.open_course(wanted, "R. Example RN")
    for number, (day, phq9) in enumerate(VISITS):
        now[0] = FIRST + timedelta(days=day)
        offer = book.offers(MRN, simulated=True)[0]
        simulate_session(
            protocol="iv-0.5-40",
            patient_name="strong",
            database=place,
            seed=10 + number,
            weight_kg=Decimal(70),
            start_utc=now[0],
            make_nurse=lambda patient, kg, o=offer, p=phq9: CourseNurse(patient, kg, o, p),
        )
    for number, name in enumerate(OTHERS):
        simulate_session(
            protocol="iv-0.5-40",
            patient_name=name,
            database=place,
            seed=40 + number,
            weight_kg=Decimal(72),
            start_utc=FIRST + timedelta(days=20 + number),
        )


def picture_many(place: str, save: Save) -> None:
    """The three desks over the record at `place`, each as a person sees it after a moment."""
    with open_database(place, read_only=True) as record:
        window = ReviewWindow(
            Sources(
                catalogue=Archive(record),
                place=place,
                courses=Courses(place, now=lambda: LOOKED),
                many=SessionCohorts(record),
            )
        )
        window.resize(SIZE)
        window.show()
        courses = cast(CoursesDesk, window.turn_to("Courses"))
        _wait(lambda: not courses.listing.busy and not courses.work.busy)
        save(window, "courses-desk")
        compare = cast(CompareDesk, window.turn_to("Compare"))
        lines = Archive(record).list_sessions(Search(patient=MRN))
        compare.choice.choose(lines[::-1])
        compare.values.setCurrentIndex(1)
        _wait(lambda: compare.comparison is not None)
        save(window, "compare-desk")
        cohort = cast(CohortDesk, window.turn_to("Cohort"))
        cohort.kind.setCurrentIndex(1)
        cohort.start()
        _wait(lambda: cohort.answer is not None)
        cohort.table.selectRow(3)
        save(window, "cohort-desk")
        window.close()


def _wait(done: Callable[[], bool]) -> None:
    watch = QElapsedTimer()
    watch.start()
    while not done() and watch.elapsed() < WAIT_MS:
        QApplication.processEvents()
