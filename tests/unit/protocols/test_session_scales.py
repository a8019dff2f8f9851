"""Scales in a visit: what is recorded, what holds the start and the leaving, what nothing loses."""

from __future__ import annotations

from decimal import Decimal
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.events import (
    AdvancePhase,
    AnswerScaleFlag,
    CloseSession,
    DischargeItemChanged,
    EnterBp,
    EnterPatient,
    ItemAnswer,
    ObservationRecorded,
    Phase,
    RecordScale,
    ScaleFlagAnswered,
    ScaleRecorded,
    SessionClosed,
    StartInfusion,
)
from tests.unit.app.session_scenes import Scene
from tests.unit.protocols.shipped_scales import protocol_with

FLAGGED = {"scale": "phq-9", "item": "9"}


@cache
def _text() -> str:
    text = protocol_with("phq-9", "asq", "cadss", "c-ssrs", "bprs", "aldrete", "padss")
    return text.replace("rest_enforced = true", "rest_enforced = false")


def scene() -> Scene:
    return Scene(protocol_text=_text())


def answers(*scores: int, last: str = "") -> tuple[ItemAnswer, ...]:
    given_ = [ItemAnswer(item=str(n), score=score) for n, score in enumerate(scores, start=1)]
    if last:
        item, _, score = last.partition("=")
        given_.append(ItemAnswer(item=item, score=int(score)))
    return tuple(given_)


def phq(scene: Scene, item_nine: int = 0) -> str:
    last = "difficulty=0" if item_nine else ""
    given_ = answers(0, 0, 0, 0, 0, 0, 0, 0, item_nine, last=last)
    return scene.refusal(RecordScale, scale="phq-9", answers=given_)


def test_a_whole_scale_is_recorded_with_its_total_and_what_it_means() -> None:
    visit = scene().to_gate()
    given_ = answers(2, 2, 1, 1, 1, 1, 1, 1, 0, last="difficulty=1")
    assert not visit.refusal(RecordScale, scale="phq-9", answers=given_)
    [recorded] = visit.all(ScaleRecorded)
    assert (recorded.total, recorded.band, recorded.flags) == (10, "moderate", ())
    assert (recorded.name, recorded.version, recorded.answers) == ("PHQ-9", "1", given_)


@pytest.mark.parametrize(
    ("fields", "why"),
    [
        ({"scale": "mood"}, "no scale named mood"),
        ({"scale": "phq-9", "answers": answers(0, 0, 0)}, "Missing: Energy, Appetite"),
        ({"scale": "phq-9", "answers": answers(9)}, "Interest 9: allowed is 0, 1, 2, 3."),
        ({"scale": "phq-9", "answers": (*answers(0), *answers(0))}, "answered twice"),
        ({"scale": "phq-9", "answers": answers(0, last="77=0")}, "has no item 77"),
        ({"scale": "phq-9", "answers": answers(0, last="difficulty=0")}, "is not asked"),
        ({"scale": "phq-9", "total": 5}, "filled in item by item"),
        ({"scale": "phq-9"}, "Missing: Interest"),
        ({"scale": "cadss"}, "Missing: the total"),
        ({"scale": "cadss", "total": 93}, "CADSS 93: allowed is 0 to 92."),
        ({"scale": "cadss", "total": -1}, "CADSS -1: allowed is 0 to 92."),
        ({"scale": "cadss", "result": "low"}, "gives a total and no result"),
        ({"scale": "cadss", "answers": answers(1)}, "has no items here"),
        ({"scale": "c-ssrs", "result": "fine"}, "none, low, moderate, high"),
        ({"scale": "c-ssrs", "total": 1}, "gives a result and no total"),
        ({"scale": "cadss", "total": 3, "skipped": "tired"}, "Nothing is missing"),
        ({"scale": "asq", "skipped": "no time"}, "ASQ cannot be skipped"),
        ({"scale": "asq", "answers": answers(0, 0), "skipped": "left"}, "cannot be skipped"),
    ],
)
def test_what_is_not_a_whole_scale_is_refused_and_named(
    fields: dict[str, object], why: str
) -> None:
    visit = scene().to_gate()
    assert why in visit.refusal(RecordScale, **fields)
    assert not visit.all(ScaleRecorded)


def test_a_scale_belongs_to_a_patient() -> None:
    assert "Enter the patient" in scene().refusal(RecordScale, scale="cadss", total=0)


def test_a_part_that_is_missing_is_recorded_with_its_reason_and_without_a_total() -> None:
    visit = scene().to_gate()
    given_ = answers(3, 3, 3)
    assert not visit.refusal(RecordScale, scale="phq-9", answers=given_, skipped="too tired")
    [recorded] = visit.all(ScaleRecorded)
    assert (recorded.total, recorded.band, recorded.skipped) == (None, "", "too tired")


def test_required_scales_hold_the_start_until_filled_in_or_skipped_with_a_reason() -> None:
    visit = scene().to_gate()
    visit.answer_gate()
    visit.answer_checklists()
    visit.draw_dose()
    said = visit.refusal(AdvancePhase, phase=Phase.BASELINE)
    assert "Not filled in yet: PHQ-9; ASQ; C-SSRS screener." in said
    assert not visit.refusal(RecordScale, scale="phq-9", skipped="done by phone yesterday")
    visit.fill_scale("asq")
    visit.fill_scale("c-ssrs")
    assert not visit.refusal(AdvancePhase, phase=Phase.BASELINE)


def test_a_positive_item_holds_the_start_until_it_is_said_what_was_done() -> None:
    visit = scene().to_baseline()
    assert not phq(visit, item_nine=1)
    assert list(visit.state.scales.flags) == [("phq-9", "9")]
    visit.do(AdvancePhase, phase=Phase.GATE)
    said = visit.refusal(AdvancePhase, phase=Phase.BASELINE)
    assert "“Several days”" in said
    assert "Write what was done." in said
    assert not phq(visit, item_nine=0), "asked again, and now answered with nought"
    assert visit.refusal(AdvancePhase, phase=Phase.BASELINE)
    assert "stays open" in visit.refusal(AnswerScaleFlag, **FLAGGED, action="  ")
    assert not visit.refusal(AnswerScaleFlag, **FLAGGED, action="Dr. Reyes saw the patient")
    assert not visit.refusal(AdvancePhase, phase=Phase.BASELINE)
    [done] = visit.all(ScaleFlagAnswered)
    assert (done.item, done.action) == ("9", "Dr. Reyes saw the patient")
    assert visit.refusal(AnswerScaleFlag, **FLAGGED, action="again")


def test_no_reason_lets_a_patient_leave_with_an_open_flag() -> None:
    visit = scene().to_recovery()
    visit.wait(50 * 60)
    assert not phq(visit, item_nine=2)
    left = {"phase": Phase.DISCHARGED, "reason": "left against advice: insists"}
    assert "Item 9" in visit.refusal(AdvancePhase, **left)
    assert not visit.refusal(AnswerScaleFlag, **FLAGGED, action="escorted to the ward")
    assert not visit.refusal(AdvancePhase, **left)


def test_a_screen_that_was_positive_is_asked_for_again_before_leaving() -> None:
    visit = scene()
    visit.enter_patient()
    given_ = answers(0, 0, 0, 1, 0)
    assert not visit.refusal(RecordScale, scale="asq", answers=given_)
    assert not visit.refusal(AnswerScaleFlag, scale="asq", item="4", action="safety plan made")
    visit.to_recovery()
    visit.wait(50 * 60)
    said = visit.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert "Not filled in yet: ASQ." in said
    visit.fill_scale("asq")
    assert "ASQ" not in visit.refusal(AdvancePhase, phase=Phase.DISCHARGED)


def test_a_negative_screen_is_not_asked_for_again() -> None:
    visit = scene().to_recovery()
    visit.wait(50 * 60)
    assert "ASQ" not in visit.refusal(AdvancePhase, phase=Phase.DISCHARGED)


def test_a_session_that_ends_with_an_open_flag_says_so_in_its_record() -> None:
    visit = scene().to_gate()
    phq(visit, item_nine=3)
    assert not visit.refusal(CloseSession, reason="sent to the emergency department")
    [noted] = [e for e in visit.all(ObservationRecorded) if e.kind == "open flag"]
    assert "Nearly every day" in noted.text
    assert visit.all(SessionClosed)


def aldrete(visit: Scene, **fields: object) -> str:
    given_ = tuple(
        ItemAnswer(item=item, score=2) for item in ("activity", "respiration", "consciousness")
    )
    return visit.refusal(RecordScale, scale="aldrete", answers=given_, **fields)


def test_readings_score_circulation_and_oxygen_and_stand_in_the_record() -> None:
    visit = scene().to_recovery()
    visit.wait(50 * 60)
    assert not visit.refusal(EnterBp, sbp_mmhg=150, dbp_mmhg=90)
    visit.oximeter(5)
    assert not aldrete(visit, confirmed=("oxygen",))
    recorded = visit.all(ScaleRecorded)[-1]
    sources = {a.item: (a.score, a.source) for a in recorded.answers if a.source}
    assert sources == {
        "circulation": (1, "SBP 150 mmHg, +25 % from baseline 120"),
        "oxygen": (2, "SpO2 98 %, on room air"),
    }
    assert (recorded.total, recorded.band) == (9, "pass")
    change = [e for e in visit.all(DischargeItemChanged) if e.item == "aldrete"][-1]
    assert change.met is True
    assert "9 of 10" in change.detail
    assert "SBP 150 mmHg" in change.detail


def test_without_a_present_reading_a_person_answers_and_says_from_where() -> None:
    visit = scene().to_recovery()
    visit.wait(50 * 60)
    visit.oximeter(5)
    said = aldrete(visit, confirmed=("oxygen",))
    assert "Missing: Circulation" in said
    given_ = tuple(
        ItemAnswer(item=item, score=2) for item in ("activity", "respiration", "consciousness")
    )
    by_hand = ItemAnswer(item="circulation", score=2)
    fields = {"scale": "aldrete", "confirmed": ("oxygen",)}
    said = visit.refusal(RecordScale, answers=(*given_, by_hand), **fields)
    assert "say what the answer rests on" in said
    told = ItemAnswer(item="circulation", score=2, source="pulse strong, cuff out of order")
    assert not visit.refusal(RecordScale, answers=(*given_, told), **fields)
    assert visit.all(ScaleRecorded)[-1].total == 10


def test_what_readings_decide_is_not_answered_by_hand() -> None:
    visit = scene().to_recovery()
    visit.wait(50 * 60)
    assert not visit.refusal(EnterBp, sbp_mmhg=178, dbp_mmhg=90)
    told = (ItemAnswer(item="circulation", score=2, source="looks fine"),)
    said = visit.refusal(RecordScale, scale="aldrete", answers=told, skipped="rest later")
    assert "scored by the readings" in said


def test_a_discharge_score_grows_old_and_one_from_before_does_not_count() -> None:
    visit = scene().to_frozen()
    visit.oximeter(5)
    assert not visit.refusal(EnterBp, sbp_mmhg=120, dbp_mmhg=78)
    assert not aldrete(visit, confirmed=("oxygen",))
    assert not visit.refusal(StartInfusion, pump_rate_ml_per_h=Decimal("52.5"))
    visit.wait(41 * 60)
    assert visit.state.discharge["aldrete"].met is None
    visit.wait(20 * 60)
    assert not visit.refusal(EnterBp, sbp_mmhg=122, dbp_mmhg=80)
    visit.oximeter(5)
    assert not aldrete(visit, confirmed=("oxygen",))
    assert visit.state.discharge["aldrete"].met is True
    visit.wait(22 * 60)
    assert visit.state.discharge["aldrete"].met is None
    assert "again" in visit.state.discharge["aldrete"].detail


def test_a_rise_since_the_first_rating_of_the_visit_asks_for_a_review() -> None:
    visit = scene().to_gate()
    names = ("suspiciousness", "hallucinations", "unusual-thought", "disorganisation")
    for score, raised in ((1, False), (2, True)):
        given_ = tuple(ItemAnswer(item=name, score=score) for name in names)
        assert not visit.refusal(RecordScale, scale="bprs", answers=given_)
        assert bool(visit.all(ScaleRecorded)[-1].flags) is raised


step = st.one_of(
    st.tuples(st.just("phq"), st.integers(0, 3)),
    st.tuples(st.just("asq"), st.integers(0, 2)),
    st.tuples(st.just("c-ssrs"), st.sampled_from(["none", "low", "high"])),
    st.tuples(st.just("skip"), st.just(0)),
    st.tuples(st.just("answer"), st.sampled_from([("phq-9", "9"), ("asq", "1"), ("asq", "4")])),
    st.tuples(st.just("phase"), st.sampled_from(list(Phase))),
    st.tuples(st.just("patient"), st.just(0)),
)


@settings(max_examples=25)
@given(st.lists(step, max_size=14))
def test_no_order_of_actions_loses_a_flag_without_an_answer(
    steps: list[tuple[str, object]],
) -> None:
    visit = scene().to_gate()
    visit.answer_gate()
    for kind, value in steps:
        _act(visit, kind, value)
    open_: set[tuple[str, str]] = set()
    for event in visit.record:
        if isinstance(event, ScaleRecorded):
            open_ |= {(event.scale, flag.item) for flag in event.flags}
        elif isinstance(event, ScaleFlagAnswered):
            assert event.action
            open_.discard((event.scale, event.item))
    assert set(visit.state.scales.flags) == open_
    assert set(visit.pipeline.session.visit.scale_flags) == open_
    if open_:
        assert visit.state.phase in (Phase.SETUP, Phase.GATE, Phase.BASELINE)
        assert visit.refusal(AdvancePhase, phase=Phase.BASELINE)


def _act(visit: Scene, kind: str, value: object) -> None:
    if kind == "phq" and isinstance(value, int):
        phq(visit, value)
    elif kind == "asq" and isinstance(value, int):
        given_ = answers(value, 0, 0, 0, *((1,) if value else ()))
        visit.do(RecordScale, scale="asq", answers=given_)
    elif kind == "c-ssrs":
        visit.do(RecordScale, scale="c-ssrs", result=value)
    elif kind == "skip":
        visit.do(RecordScale, scale="phq-9", answers=answers(0), skipped="later")
    elif kind == "answer" and isinstance(value, tuple):
        visit.do(AnswerScaleFlag, scale=value[0], item=value[1], action="seen")
    elif kind == "phase":
        visit.do(AdvancePhase, phase=value)
    else:
        visit.do(
            EnterPatient,
            given_name="Other",
            family_name="Person",
            mrn="8",
            birth_date="1970-01-01",
            sex="male",
        )
