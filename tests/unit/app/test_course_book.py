"""Courses over a real record: entries written, sessions read, the next visit offered."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from app.reception.courses import Courses
from app.records.course_book import CourseError, CourseOffer, NewCourse
from protocols.courses.course import DECISION_ITEM, VisitStanding
from protocols.courses.entries import Choice, DecisionTaken, SessionAttached, VisitBooked
from protocols.events import (
    AnswerGate,
    CloseSession,
    CourseStanding,
    EnterPatient,
    Event,
    Phase,
    PhaseChanged,
    SessionOpened,
)
from storage.database import open_database
from storage.journal import Journal
from tests.unit.app.session_scenes import Scene

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
"""When every scene begins."""

WANTED = NewCourse(
    mrn="MRN-7",
    patient="Example, Ana",
    template="two-then-four",
    variant="twice-weekly",
    first_date="2026-03-02",
    prescriber="P. Reyes",
    scale="phq-9",
    simulated=True,
)
WHO = {"by": "N. Okafor", "at_utc": ""}


class Visit(Scene):
    """A whole visit of MRN-7, with the standing its course had."""

    def __init__(self, standing: CourseStanding | None = None, number: int = 1) -> None:
        self.standing, self.number = standing, number
        super().__init__()

    def enter_patient(self) -> None:
        assert not self.refusal(
            EnterPatient,
            given_name="Ana",
            family_name="Example",
            mrn="MRN-7",
            birth_date="1980-02-03",
            sex="female",
            height_cm=Decimal(170),
            visit=self.number,
            standing=self.standing,
        )


class Clinic:
    def __init__(self, place: Path) -> None:
        self.place = place
        self.now = OPENED
        self.book = Courses(str(place), now=lambda: self.now)

    def record(self, events: list[Event], session: str) -> None:
        renamed = [
            replace(event, session=session) if isinstance(event, SessionOpened) else event
            for event in events
        ]
        with open_database(self.place) as database:
            Journal(database).append(session, renamed)

    def offers(self) -> Sequence[CourseOffer]:
        return self.book.offers("MRN-7", simulated=True)


@pytest.fixture
def clinic(tmp_path: Path) -> Clinic:
    return Clinic(tmp_path / "sessions.db")


def test_a_course_is_followed_from_its_opening_to_the_second_visit(clinic: Clinic) -> None:
    course = clinic.book.open_course(WANTED, "N. Okafor")
    [offer, alone] = clinic.offers()
    assert offer.line == "visit 1 of 6 of two-then-four; no dose in this record"
    assert (offer.visit, offer.visits_planned, offer.last_dose) == (1, 6, None)
    assert alone.standing.course == ""
    scene = Visit(offer.standing).to_recovery()
    assert not scene.refusal(CloseSession, reason="test ends")
    clinic.record(scene.record, "s1")
    clinic.now = OPENED + timedelta(days=2, hours=2)
    [offer, alone] = clinic.offers()
    assert offer.line == "visit 2 of 6 of two-then-four; last dose 2 days ago; 35.0 mg in 1 dose"
    assert alone.line == "no course; last dose 2 days ago; 35.0 mg in 1 dose"
    assert offer.standing.doses_before == alone.standing.doses_before == 1
    assert offer.standing.total_before_mg == 35
    started = next(e.t_ns for e in scene.all(PhaseChanged) if e.after is Phase.INFUSING)
    began = OPENED + timedelta(microseconds=started / 1000)
    assert offer.standing.last_dose_utc == began.isoformat("T", "milliseconds")[:-6] + "Z"
    assert offer.last_dose is not None
    assert offer.last_dose.amount_mg == 35
    [picture] = clinic.book.courses()
    assert picture.view is not None
    first = picture.view.visits[0]
    assert (first.standing, picture.course) == (VisitStanding.DONE, course)
    assert first.fact is not None
    assert (first.fact.peak_sbp_mmhg, first.fact.whole) == (None, True)


def test_a_session_under_way_has_given_an_amount_that_is_not_known_yet(clinic: Clinic) -> None:
    clinic.book.open_course(WANTED, "N. Okafor")
    scene = Visit(clinic.offers()[0].standing).to_infusing()
    clinic.record(scene.record, "s1")
    clinic.now = OPENED + timedelta(hours=1)
    assert clinic.offers()[0].line.endswith("at least 0.0 mg in 1 dose")
    assert clinic.book.offers("MRN-7", simulated=True, but="s1")[0].line.endswith(
        "no dose in this record"
    )


def test_real_and_simulated_patients_are_never_mixed(clinic: Clinic) -> None:
    clinic.book.open_course(WANTED, "N. Okafor")
    clinic.record(Visit().to_recovery().record, "s1")
    [alone] = clinic.book.offers("MRN-7", simulated=False)
    assert alone.line == "no course; no dose in this record"


def attach(
    clinic: Clinic,
    session: str,
    course: str,
    reason: str = "the course was opened later",
    by: str = "N. Okafor",
) -> None:
    clinic.book.attach(session, course, position=1, reason=reason, by=by)


def test_a_session_recorded_without_its_course_can_be_attached(clinic: Clinic) -> None:
    course = clinic.book.open_course(WANTED, "N. Okafor")
    clinic.record(Visit().to_recovery().record, "s1")
    clinic.now = OPENED + timedelta(days=1)
    view = clinic.book.course(course).view
    assert view is not None
    assert (view.position, view.unattached) == (0, ("s1",))
    attach(clinic, "s1", course)
    picture = clinic.book.course(course)
    assert picture.view is not None
    assert (picture.view.position, picture.view.unattached) == (1, ())
    assert picture.entries[-1] == SessionAttached(
        by="N. Okafor",
        at_utc="2026-03-03T09:00:00.000Z",
        session="s1",
        position=1,
        reason="the course was opened later",
    )


def test_what_cannot_be_attached_is_refused_and_leaves_no_entry(clinic: Clinic) -> None:
    course = clinic.book.open_course(WANTED, "N. Okafor")
    other = clinic.book.open_course(
        replace(WANTED, template="four-visit", variant="two-weeks"), "N"
    )
    real = clinic.book.open_course(replace(WANTED, simulated=False), "N")
    clinic.record(Visit().to_recovery().record, "s1")
    for session, place, words in (
        ("nobody", course, "nobody is no recorded session of the simulated patient"),
        ("s1", real, "s1 is no recorded session of the real patient"),
        ("s1", "nothing", "no course nothing"),
    ):
        with pytest.raises(CourseError, match=words):
            attach(clinic, session, place)
    with pytest.raises(CourseError, match="Say why the session is attached"):
        attach(clinic, "s1", course, reason=" ")
    with pytest.raises(CourseError, match="Say who makes the entry"):
        attach(clinic, "s1", course, by="")
    attach(clinic, "s1", other)
    with pytest.raises(CourseError, match=f"s1 is a visit of course {other} already"):
        attach(clinic, "s1", course)
    assert len(clinic.book.course(course).entries) == 1


def test_a_decision_is_asked_in_the_session_and_its_pass_is_read_back(clinic: Clinic) -> None:
    course = clinic.book.open_course(WANTED, "N. Okafor")
    for number in (1, 2):
        told = replace(clinic.offers()[0].standing, last_dose_utc="")
        clinic.record(Visit(told, number).to_recovery().record, f"s{number}")
        clinic.now += timedelta(days=1)
    standing = clinic.offers()[0].standing
    assert "did they help enough for four more" in standing.decision
    scene = Visit(replace(standing, last_dose_utc=""), 3)
    scene.to_gate()
    assert not scene.refusal(
        AnswerGate, item=DECISION_ITEM, answer="passed", prescriber="P. Reyes", reason="helped"
    )
    scene.answer_gate()
    scene.enter_patient = lambda: None  # type: ignore[method-assign]
    scene.to_gate = lambda: scene  # type: ignore[method-assign]
    scene.to_recovery()
    clinic.record(scene.record, "s3")
    assert clinic.offers()[0].standing.decision == ""
    taken = DecisionTaken(
        **WHO, decision="trial", choice=Choice.STOP, prescriber="P. Reyes", reason="enough"
    )
    clinic.book.add(course, taken)
    assert "P. Reyes stopped the course: enough." in clinic.offers()[0].standing.decision


def test_what_the_rules_refuse_is_told_in_a_sentence(clinic: Clinic) -> None:
    with pytest.raises(CourseError, match="no such courses file"):
        clinic.book.open_course(replace(WANTED, template="nothing"), "N")
    with pytest.raises(CourseError, match="Missing: prescriber"):
        clinic.book.open_course(replace(WANTED, prescriber=""), "N")
    course = clinic.book.open_course(WANTED, "N")
    with pytest.raises(CourseError, match="visits 1 to 6"):
        clinic.book.add(course, VisitBooked(**WHO, position=9, planned_utc="2026-03-05"))
    with pytest.raises(CourseError, match="no such course"):
        clinic.book.add("other", VisitBooked(**WHO, position=1, planned_utc="2026-03-05"))


def test_a_damaged_course_holds_every_visit_of_its_patient(clinic: Clinic) -> None:
    course = clinic.book.open_course(WANTED, "N")
    clinic.book.add(course, VisitBooked(**WHO, position=1, planned_utc="2026-03-02T09:00:00Z"))
    with open_database(clinic.place) as database, database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER course_entry_no_update")
        connection.exec_driver_sql("UPDATE course_entry SET kind = 'visit_missed' WHERE seq = 2")
    for offer in clinic.offers():
        assert "cannot be relied on" in offer.standing.decision


def test_a_session_that_cannot_be_read_holds_because_a_dose_may_be_in_it(clinic: Clinic) -> None:
    clinic.record(Visit().to_infusing().record, "s1")
    with open_database(clinic.place) as database, database.writing() as connection:
        connection.exec_driver_sql("DROP TRIGGER journal_no_update")
        connection.exec_driver_sql("UPDATE journal SET body = x'00' WHERE kind = 'phase_changed'")
    [alone] = clinic.offers()
    assert alone.standing.last_dose_utc == ""
    assert "s1 cannot be read whole: a dose may be missing" in alone.standing.decision


def test_where_there_is_no_record_there_is_no_course(tmp_path: Path) -> None:
    book = Courses(str(tmp_path / "none.db"))
    assert list(book.courses()) == []
    assert list(book.offers("MRN-7", simulated=True)) == []
    assert not (tmp_path / "none.db").exists()
    assert "twice-weekly-3wk" in [template.id for template in book.templates()]


def test_a_folder_that_cannot_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database")
    with pytest.raises(CourseError, match=r"text\.db"):
        Courses(str(tmp_path / "text.db")).courses()
