"""Two simulated visits of one patient in one course: the second knows the first from the record.

Real rooms, readers, rules and recorder; the nurse takes what the course says of the visit into the
session, as a nurse at the bedside does, and fills in the PHQ-9 as the patient answers it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from app.commands.registration import run
from app.reception.courses import Courses
from app.records.course_book import CourseOffer, NewCourse
from app.rehearsal.course_nurse import CourseNurse
from app.rehearsal.simulation import SimulationResult, simulate_session
from app.state import ViewState
from protocols.courses.course import CourseView, VisitStanding
from protocols.courses.outcome import OutcomeKind
from protocols.courses.spacing import SpacingKind
from protocols.events import Phase
from tests.e2e.test_simulate import DOSE_MG, shorter_protocol

pytestmark = [pytest.mark.timeout(400), pytest.mark.xdist_group("simulated course")]

DOSE = Decimal(DOSE_MG)
MRN = "DEMO-0001"
FIRST = datetime(2026, 3, 2, 9, tzinfo=UTC)
TOO_SOON = FIRST + timedelta(hours=10)
SECOND = FIRST + timedelta(hours=72)


class HeldError(Exception):
    """The session came to a start that was refused; the text is the refusal."""


def raise_when_held(state: ViewState) -> None:
    for refusal in state.refusals:
        if "none is given before" in refusal.reason:
            raise HeldError(refusal.reason)


@dataclass(slots=True)
class Clinic:
    """One record, and the time at which somebody looks at it."""

    place: str
    protocol: str
    now: datetime = FIRST

    @property
    def book(self) -> Courses:
        return Courses(self.place, now=lambda: self.now)

    def offer(self) -> CourseOffer:
        """What the open course says of a visit now."""
        return self.book.offers(MRN, simulated=True)[0]

    def visit(
        self, phq9: int, progress: Callable[[ViewState], None] | None = None
    ) -> SimulationResult:
        offer = self.offer()
        return simulate_session(
            protocol=self.protocol,
            patient_name="normotensive",
            database=self.place,
            seed=1,
            weight_kg=Decimal(70),
            start_utc=self.now,
            progress=progress,
            make_nurse=lambda patient, weight_kg: CourseNurse(patient, weight_kg, offer, phq9),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """What was seen from the opening of the course until an hour after its second visit."""

    clinic: Clinic
    course: str
    first: SimulationResult
    held: str
    before_second: CourseOffer
    second: SimulationResult
    view: CourseView


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    folder = tmp_path_factory.mktemp("course")
    clinic = Clinic(str(folder / "sessions.db"), str(shorter_protocol(folder)))
    course = clinic.book.open_course(
        NewCourse(
            mrn=MRN,
            patient="Demo, Alex",
            template="twice-weekly-3wk",
            variant="monday-thursday",
            first_date="2026-03-02",
            prescriber="P. Example MD",
            scale="phq-9",
            simulated=True,
        ),
        "R. Example RN",
    )
    first = clinic.visit(phq9=18)
    clinic.now = TOO_SOON
    with pytest.raises(HeldError) as held:
        clinic.visit(phq9=18, progress=raise_when_held)
    clinic.now = SECOND
    before_second = clinic.offer()
    second = clinic.visit(phq9=8)
    clinic.now = SECOND + timedelta(hours=2)
    view = clinic.book.course(course).view
    assert view is not None
    return Story(
        clinic=clinic,
        course=course,
        first=first,
        held=str(held.value),
        before_second=before_second,
        second=second,
        view=view,
    )


def dose_began(start: datetime, result: SimulationResult) -> datetime:
    [began_s] = [p["t_s"] for p in result.outline.phases if p["phase"] == Phase.INFUSING]
    return start + timedelta(seconds=float(str(began_s)))


def test_the_second_visit_is_number_two_of_those_planned(story: Story) -> None:
    assert story.view.position == 2
    assert story.view.planned == 6
    patient = story.second.state.patient
    assert patient is not None
    assert (patient.visit, patient.visits_planned) == (2, 6)
    sessions = [line.fact.session for line in story.view.visits if line.fact is not None]
    assert sessions == [story.first.session, story.second.session]
    standings = [line.standing for line in story.view.visits]
    assert standings == [VisitStanding.DONE] * 2 + [VisitStanding.PLANNED] * 4
    assert story.view.unattached == ()


def test_the_last_dose_is_known_from_the_record(story: Story) -> None:
    standing = story.before_second.standing
    began = dose_began(FIRST, story.first)
    told = datetime.fromisoformat(standing.last_dose_utc)
    assert abs(told - began) <= timedelta(milliseconds=1)
    assert (standing.doses_before, standing.total_before_mg) == (1, DOSE)
    assert story.before_second.last_dose is not None
    assert story.before_second.last_dose.amount_mg == DOSE
    assert story.before_second.line.startswith("visit 2 of 6 of twice-weekly-3wk; last dose 2 days")


def test_a_visit_too_soon_is_held_and_gives_no_dose(story: Story) -> None:
    earliest = (dose_began(FIRST, story.first) + timedelta(hours=20)).strftime("%Y-%m-%d %H:%M")
    assert "none is given before 20 h" in story.held
    assert f"Wait until {earliest}" in story.held
    assert story.view.exposure.doses == 2
    last = story.view.exposure.last
    assert last is not None
    assert story.view.spacing(last + timedelta(hours=19.9)).kind is SpacingKind.HARD
    assert story.view.spacing(last + timedelta(hours=20.1)).kind is SpacingKind.SOFT


def test_a_visit_after_the_spacing_is_held_by_nothing(story: Story) -> None:
    assert [refused.reason for refused in story.second.refused] == []
    passed = [dict(line.fact.passed) for line in story.view.visits if line.fact is not None]
    assert passed == [{}, {}]
    last = story.view.exposure.last
    assert last is not None
    assert story.view.spacing(last + timedelta(hours=44)).kind is SpacingKind.CLEAR


def test_both_doses_add_up(story: Story) -> None:
    exposure = story.view.exposure
    assert (exposure.doses, exposure.total_mg, exposure.incomplete) == (2, 2 * DOSE, 0)
    assert (exposure.recent_doses, exposure.recent_mg) == (2, 2 * DOSE)
    assert exposure.words == "56.0 mg in 2 doses"


def test_the_outcome_is_judged_on_the_recorded_ratings(story: Story) -> None:
    outcome = story.view.outcome
    assert outcome.kind is OutcomeKind.RESPONSE
    assert outcome.baseline is not None
    assert outcome.latest is not None
    assert (outcome.baseline.total, outcome.baseline.session) == (18, story.first.session)
    assert (outcome.latest.total, outcome.latest.session) == (8, story.second.session)
    assert (outcome.responded, outcome.in_remission, outcome.positive) == (True, False, ())
    assert "PHQ-9 18 → 8 (−56 %)" in outcome.sentence
    rate = story.clinic.book.response_rate(story.clinic.book.courses())
    assert (rate.responders, rate.known) == (1, 1)


def test_sessions_and_course_are_proved_by_the_command(
    story: Story, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(("courses", "verify", "--database", story.clinic.place, "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["course"], told["chain_ok"], told["entries"]) == (story.course, True, 1)
    for name in (story.first.session, story.second.session):
        assert run(("verify", name, "--database", story.clinic.place, "--json")) == 0
        assert json.loads(capsys.readouterr().out)["replay_identical"] is True
