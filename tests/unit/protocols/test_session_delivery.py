"""Delivery and discharge as stories: the dose over time, and what lets a patient go."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.events import (
    AdvancePhase,
    AnswerDischarge,
    CloseSession,
    DeliveryChanged,
    DischargeItemChanged,
    EnterBp,
    EnterValue,
    GapFound,
    ObservationRecorded,
    PauseInfusion,
    Phase,
    PhaseChanged,
    ResumeInfusion,
    SessionResumed,
    SlowInfusion,
    StartInfusion,
    StopInfusion,
    TaskChanged,
    TaskState,
)
from protocols.vitals import Vital
from tests.unit.app.session_scenes import (
    NURSE,
    Scene,
    definition,
    oximeter_packet,
)

PUMP = Decimal("52.5")
S = 1_000_000_000
FIFTY_MG_PER_MIN = Fraction(35, 40)


def start(scene: Scene, rate: Decimal = PUMP) -> str:
    return scene.refusal(StartInfusion, pump_rate_ml_per_h=rate)


# -- delivery --------------------------------------------------------------------------------------


def resume(scene: Scene, gap_s: int) -> list[str]:
    """Come back after `gap_s` without a record; what is noted of the gap."""
    gap_start_ns = scene.now_ns
    scene.feed(
        SessionResumed(
            t_ns=gap_start_ns + gap_s * S,
            gap_start_ns=gap_start_ns,
            utc="2026-01-31T10:00:00.000Z",
            by=NURSE,
            reason="power cut",
        )
    )
    return [noted.text for noted in scene.all(ObservationRecorded) if noted.kind == "gap"]


def test_a_gap_says_how_much_of_the_dose_is_counted_in_it() -> None:
    scene = Scene().to_infusing()
    scene.wait(600)
    (text,) = resume(scene, 240)
    assert text.startswith("Nothing was recorded for 4:00 min. 3.5 mg are counted in it")


def test_sleep_of_the_machine_says_so_too() -> None:
    scene = Scene().to_infusing()
    scene.wait(600)
    slept_ns = scene.now_ns
    scene.feed(GapFound(t_ns=slept_ns + 240 * S, gap_start_ns=slept_ns, cause="the machine slept"))
    (noted,) = (e for e in scene.all(ObservationRecorded) if e.kind == "gap")
    assert noted.text.startswith("Nothing was recorded for 4:00 min. 3.5 mg are counted in it")
    assert noted.by == "program"


def test_a_clock_that_was_set_back_leaves_the_dose_open_and_asks_for_the_pump() -> None:
    scene = Scene().to_infusing()
    scene.wait(600)
    scene.feed(
        SessionResumed(
            t_ns=scene.now_ns,
            gap_start_ns=scene.now_ns,
            utc="2026-01-31T09:00:00.000Z",
            by=NURSE,
            reason="power cut",
            gap_from_wall_clock=False,
            clock_back_s=725.0,
        )
    )
    (noted,) = (e for e in scene.all(ObservationRecorded) if e.kind == "gap")
    assert "12:05 min before the end of the record" in noted.text
    assert "read the volume given from the pump" in noted.text


def test_a_gap_while_nothing_ran_counts_nothing() -> None:
    scene = Scene().to_infusing()
    scene.do(PauseInfusion)
    assert resume(scene, 240) == []
    assert resume(Scene().to_gate(), 240) == []


def test_the_dose_ends_at_its_own_time_and_not_before() -> None:
    scene = Scene().to_infusing()
    began = scene.all(PhaseChanged)[-1].t_ns
    scene.wait(2399.999)
    assert scene.state.phase is Phase.INFUSING
    scene.wait(5000)
    ended = scene.all(PhaseChanged)[-1]
    assert (ended.after, ended.t_ns) == (Phase.RECOVERY, began + 2400 * S)
    assert scene.all(DeliveryChanged)[-1].delivered_mg == 35
    assert scene.all(DeliveryChanged)[-1].finished


_DEEDS = st.lists(
    st.tuples(
        st.integers(1, 900_000),
        st.sampled_from(["pause", "resume", "slow", "stop", "wait"]),
        st.integers(1, 100),
    ),
    max_size=8,
)


@given(deeds=_DEEDS)
def test_the_delivered_amount_is_the_integral_over_what_the_pump_did(
    deeds: list[tuple[int, str, int]],
) -> None:
    scene = Scene().to_infusing()
    percent, running, given_mg, over = 100, True, Fraction(0), False
    for wait_ms, deed, share in [*deeds, (1, "wait", 1)]:
        if running and not over:
            given_mg += FIFTY_MG_PER_MIN * percent / 100 * Fraction(wait_ms, 60_000)
        if given_mg >= 35:
            given_mg, over = Fraction(35), True
        scene.wait(wait_ms / 1000)
        kinds = {"pause": PauseInfusion, "resume": ResumeInfusion, "stop": StopInfusion}
        if deed == "slow":
            refused = scene.refusal(SlowInfusion, percent=share)
            if not over:
                percent = share
                assert not refused
        elif deed in kinds:
            refused = scene.refusal(kinds[deed])
            wanted = running if deed == "pause" else not running
            assert bool(refused) is (over or (deed != "stop" and not wanted))
            if not refused:
                running = deed == "resume"
                over = over or deed == "stop"
        else:
            refused = "nothing done"
        if over:
            assert scene.state.phase is Phase.RECOVERY
        delivery = scene.pipeline.session.visit.delivery
        assert delivery is not None
        assert delivery.delivered_mg(scene.now_ns) == given_mg
        assert scene.state.delivered_mg(scene.now_ns) == pytest.approx(float(given_mg), abs=1e-6)


def test_a_pause_stops_the_drug_and_not_the_clock_of_the_observations() -> None:
    scene = Scene().to_infusing()
    scene.wait(240)
    scene.do(PauseInfusion, reason="SBP high")
    made = scene.wait(120)
    due = [e for e in made if isinstance(e, TaskChanged) and e.state is TaskState.DUE]
    assert [task.task for task in due] == ["infusing/bp/5"]
    scene.do(ResumeInfusion)
    began = scene.all(PhaseChanged)[-3].t_ns
    scene.wait(3000)
    ended = scene.all(PhaseChanged)[-1]
    assert (ended.after, ended.t_ns) == (Phase.RECOVERY, began + (2400 + 120) * S)


@pytest.mark.parametrize("percent", [0, -5, 101, 1000])
def test_a_rate_above_the_ordered_one_or_of_nothing_is_refused(percent: int) -> None:
    scene = Scene().to_infusing()
    assert "1 to 100" in scene.refusal(SlowInfusion, percent=percent)
    assert scene.pipeline.session.visit.delivery is not None
    assert scene.pipeline.session.visit.delivery.percent == 100


def test_a_stop_is_for_good_and_recovery_counts_from_it() -> None:
    scene = Scene().to_infusing()
    scene.wait(600)
    assert not scene.refusal(StopInfusion, reason="patient asks")
    assert [c.after for c in scene.all(PhaseChanged)][-2:] == [Phase.STOPPED, Phase.RECOVERY]
    assert scene.all(DeliveryChanged)[-1].delivered_mg == Decimal("8.75")
    assert scene.refusal(ResumeInfusion)
    assert start(scene)
    assert "60 min are left" in scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    scene.wait(1200)
    assert scene.state.delivered_mg(scene.now_ns) == 8.75


def test_a_session_is_not_closed_over_a_running_pump() -> None:
    scene = Scene().to_infusing()
    assert "Stop the infusion" in scene.refusal(CloseSession, reason="end of shift")
    scene.do(PauseInfusion)
    assert "Stop the infusion" in scene.refusal(CloseSession, reason="end of shift")
    scene.do(StopInfusion)
    assert "reason" in scene.refusal(CloseSession)
    assert not scene.refusal(CloseSession, reason="transferred to the ward")


# -- discharge -------------------------------------------------------------------------------------


def test_discharge_is_refused_with_every_reason_and_granted_when_all_is_met() -> None:
    scene = Scene().to_recovery()
    scene.wait(600)
    said = scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert "50 min are left" in said
    for criterion in definition().discharge:
        assert criterion.label.rstrip(".?") in said
    scene.wait(50 * 60)
    scene.meet_discharge()
    assert not scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)


def test_recovery_lasts_its_minimum_to_the_second() -> None:
    scene = Scene().to_recovery()
    scene.wait(47 * 60 - 1)
    scene.meet_discharge()
    at_s = scene.all(PhaseChanged)[-1].t_ns / S
    scene.wait(at_s + 3599.999 - scene.now_s)
    scene.oximeter(0)
    assert "1 min are left" in scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    scene.now_s = at_s + 3600
    scene.bytes("oximeter", oximeter_packet())
    assert not scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)


def test_leaving_early_is_recorded_with_its_reason() -> None:
    scene = Scene().to_recovery()
    assert not scene.refusal(
        AdvancePhase, phase=Phase.DISCHARGED, reason="leaves against advice: child care"
    )
    left = scene.all(PhaseChanged)[-1]
    assert (left.after, left.by) == (Phase.DISCHARGED, NURSE)
    assert "against advice" in left.reason


@pytest.mark.parametrize(
    ("vital", "value", "criterion"),
    [
        (Vital.MOAAS, 4, "moaas"),
        (Vital.NAUSEA, 4, "nausea"),
    ],
)
def test_a_score_out_of_its_bound_keeps_the_patient(
    vital: Vital, value: float, criterion: str
) -> None:
    scene = Scene().to_recovery()
    scene.wait(50 * 60)
    scene.meet_discharge()
    scene.do(EnterValue, vital=vital, value=value)
    label = next(c.label for c in definition().discharge if c.id == criterion)
    assert label in scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert scene.state.discharge[criterion].met is False


@pytest.mark.parametrize(
    ("sbp", "dbp", "met"),
    [(144, 80, True), (145, 80, False), (95, 78, False), (96, 78, True), (120, 94, False)],
)
def test_pressure_at_discharge_is_within_a_fifth_of_baseline(sbp: int, dbp: int, met: bool) -> None:
    """Baseline 120/78: 96 to 144 over 62.4 to 93.6."""
    scene = Scene().to_recovery()
    scene.wait(50 * 60)
    scene.meet_discharge()
    assert scene.state.discharge["bp"].met is True
    scene.do(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
    assert (scene.state.discharge["bp"].met is True) is met


def test_two_pressures_in_a_row_must_be_ten_minutes_apart() -> None:
    scene = Scene().to_recovery()
    scene.do(EnterBp, sbp_mmhg=120, dbp_mmhg=80)
    scene.wait(599)
    scene.do(EnterBp, sbp_mmhg=120, dbp_mmhg=80)
    assert scene.state.discharge["bp"].met is None
    scene.wait(1)
    scene.do(EnterBp, sbp_mmhg=120, dbp_mmhg=80)
    assert scene.state.discharge["bp"].met is True


def test_an_old_reading_no_longer_lets_the_patient_go() -> None:
    scene = Scene().to_recovery()
    scene.wait(50 * 60)
    scene.meet_discharge()
    scene.wait(21 * 60)
    said = scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert "Fully alert" in said
    assert "SpO2" in said


@pytest.mark.parametrize("answer", ["no", "maybe", ""])
def test_a_discharge_answer_must_be_one_of_those_offered(answer: str) -> None:
    scene = Scene().to_recovery()
    scene.do(AnswerDischarge, item="gait", answer=answer)
    assert scene.state.discharge["gait"].met is (False if answer == "no" else None)
    assert scene.refusal(AnswerDischarge, item="bp", answer="yes")
    assert scene.refusal(AnswerDischarge, item="nothing", answer="yes")


def test_no_discharge_rests_on_an_old_pressure_and_the_criterion_opens_by_itself() -> None:
    scene = Scene().to_recovery()
    scene.wait(3600)
    scene.meet_discharge()
    limit_s = definition().recovery.reading_max_age_s
    scene.wait(limit_s)
    assert scene.state.discharge["bp"].met is True
    changes = [e for e in scene.wait(300) if isinstance(e, DischargeItemChanged)]
    (opened,) = [change for change in changes if change.item == "bp"]
    assert opened.met is None
    assert opened.detail.endswith(f"last reading over {limit_s // 60} min ago: take another")
    label = next(c.label for c in definition().discharge if c.id == "bp")
    assert label in scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert not scene.refusal(EnterBp, sbp_mmhg=121, dbp_mmhg=79)
    assert scene.state.discharge["bp"].met is True


def test_an_old_pressure_that_failed_is_open_and_not_a_verdict() -> None:
    scene = Scene().to_recovery()
    scene.enter(EnterBp, sbp_mmhg=172, dbp_mmhg=80)
    assert scene.state.discharge["bp"].met is False
    scene.wait(definition().recovery.reading_max_age_s + 60)
    assert scene.state.discharge["bp"].met is None


def test_discharge_is_not_judged_before_recovery() -> None:
    scene = Scene().to_infusing()
    assert "recovery" in scene.refusal(AnswerDischarge, item="gait", answer="yes")
    scene.wait(600)
    assert not scene.all(DischargeItemChanged)
