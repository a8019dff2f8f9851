"""In a session the course holds a dose that comes too soon, or before its decision."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.course_holds import course_holds, spacing_verdict
from protocols.courses.course import DECISION_ITEM, SPACING_ITEM
from protocols.courses.spacing import SpacingKind
from protocols.events import (
    AdvancePhase,
    AnswerGate,
    CourseStanding,
    EnterPatient,
    GateItemChanged,
    Phase,
    PhaseChanged,
    StartInfusion,
)
from protocols.wall_clock import WallClock
from tests.unit.app.session_scenes import Scene

OPENED = datetime(2026, 3, 2, 9, tzinfo=UTC)
CLOCK = WallClock(t_ns=0, utc="2026-03-02T09:00:00.000Z", utc_offset_min=60)


def standing(hours_ago: float | None = None, *, decision: str = "") -> CourseStanding:
    last = "" if hours_ago is None else (OPENED - timedelta(hours=hours_ago)).isoformat()
    return CourseStanding(
        course="c1",
        template="twice-weekly-3wk 1",
        last_dose_utc=last,
        spacing_hard_h=Decimal(20),
        spacing_soft_h=Decimal(44),
        decision=decision,
    )


class CourseScene(Scene):
    """A visit of a patient whose course says `told`."""

    def __init__(self, told: CourseStanding | None) -> None:
        self.told = told
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
            standing=self.told,
        )

    def ready_for_baseline(self) -> CourseScene:
        self.to_gate()
        self.answer_gate()
        self.answer_checklists()
        self.draw_dose()
        self.fill_scales()
        return self

    def go_on(self) -> str:
        return self.refusal(AdvancePhase, phase=Phase.BASELINE)

    def passes(self, item: str, *, prescriber: str = "P. Reyes", reason: str = "agreed") -> str:
        return self.refusal(
            AnswerGate, item=item, answer="passed", prescriber=prescriber, reason=reason
        )


def test_a_dose_before_the_hard_limit_is_refused_and_nobody_passes_it() -> None:
    scene = CourseScene(standing(18)).ready_for_baseline()
    assert "none is given before 20 h" in scene.go_on()
    assert "cannot be passed" in scene.passes(SPACING_ITEM)
    assert "none is given before 20 h" in scene.go_on()


def test_before_the_soft_limit_a_named_prescriber_decides_with_a_reason() -> None:
    scene = CourseScene(standing(30)).ready_for_baseline()
    assert "a prescriber decides" in scene.go_on()
    assert "Name the prescriber" in scene.passes(SPACING_ITEM, prescriber=" ")
    assert "only with a reason" in scene.passes(SPACING_ITEM, reason="")
    assert "a prescriber decides" in scene.go_on()
    assert not scene.passes(SPACING_ITEM)
    [changed] = [e for e in scene.all(GateItemChanged) if e.item == SPACING_ITEM]
    assert (changed.state, changed.prescriber, changed.detail) == (
        "overridden",
        "P. Reyes",
        "agreed",
    )
    assert not scene.go_on()


def test_an_open_decision_holds_until_a_prescriber_passes_it() -> None:
    scene = CourseScene(standing(100, decision="Did it help?")).ready_for_baseline()
    assert "Did it help" in scene.go_on()
    assert "nothing to pass" in scene.passes(SPACING_ITEM)
    assert not scene.passes(DECISION_ITEM)
    assert not scene.go_on()


def test_far_enough_and_decided_nothing_holds() -> None:
    assert not CourseScene(standing(44)).ready_for_baseline().go_on()
    assert not CourseScene(standing()).ready_for_baseline().go_on()
    assert not CourseScene(None).ready_for_baseline().go_on()


def test_the_start_itself_is_refused_when_the_patient_is_entered_anew_with_another_course() -> None:
    scene = CourseScene(None)
    scene.to_frozen()
    scene.told = standing(18)
    scene.enter_patient()
    scene.order()
    scene.check()
    assert "none is given before 20 h" in scene.refusal(
        StartInfusion, pump_rate_ml_per_h=Decimal("52.5")
    )
    assert Phase.INFUSING not in [change.after for change in scene.all(PhaseChanged)]


def test_a_pass_falls_with_the_standing_it_was_given_for() -> None:
    scene = CourseScene(standing(30)).ready_for_baseline()
    assert not scene.passes(SPACING_ITEM)
    scene.enter_patient()
    assert not scene.passes(SPACING_ITEM)
    scene.told = standing(25)
    scene.enter_patient()
    assert scene.all(GateItemChanged)[-1].state == "held"
    assert "a prescriber decides" in scene.go_on()


def test_waiting_in_the_session_is_counted() -> None:
    scene = CourseScene(standing(43.9)).ready_for_baseline()
    assert scene.go_on()
    scene.wait(7 * 60)
    assert not scene.go_on()


@pytest.mark.parametrize(
    ("told", "clock", "why"),
    [
        (replace(standing(30), last_dose_utc="yesterday"), CLOCK, "cannot be read"),
        (replace(standing(30), spacing_hard_h=None), CLOCK, "no limits"),
        (standing(30), None, "no time of day"),
        (standing(30), replace(CLOCK, utc="now"), "no time of day"),
    ],
)
def test_what_cannot_be_told_holds(told: CourseStanding, clock: WallClock | None, why: str) -> None:
    [hold] = course_holds(told, clock, 0)
    assert (hold.item, hold.hard) == (SPACING_ITEM, False)
    assert why in hold.sentence


def test_a_last_dose_in_the_future_holds_hard_and_names_the_clock() -> None:
    [hold] = course_holds(standing(-5), CLOCK, 0)
    assert hold.hard
    assert "Check the clock" in hold.sentence


@given(st.floats(0, 200), st.integers(0, 10**15))
def test_the_session_clock_says_what_the_wall_clock_says(hours: float, t_ns: int) -> None:
    told = standing(hours)
    later = replace(told, last_dose_utc=standing(hours + t_ns / 3.6e12).last_dose_utc)
    kinds = (spacing_verdict(told, CLOCK, t_ns).kind, spacing_verdict(later, CLOCK, 0).kind)
    near = min(abs(hours + t_ns / 3.6e12 - bound) for bound in (20, 44))
    assert kinds[0] is kinds[1] or near < 1e-6
    assert SpacingKind.UNKNOWN not in kinds
