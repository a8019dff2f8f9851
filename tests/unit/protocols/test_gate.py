"""The gate: what passes a hold, by whom; how often a baseline that holds may be repeated."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.composition import NamedText, compose, part_names
from protocols.definition import GateItem, GateState, HoldKind, parse_protocol
from protocols.events import (
    AdvancePhase,
    AnswerGate,
    BaselineFrozen,
    EnterBp,
    FreezeBaseline,
    GateItemChanged,
    Phase,
)
from tests.unit.app.session_scenes import NURSE, PRESCRIBER, PROTOCOL_TEXT, Scene

OLDER = PROTOCOL_TEXT[: PROTOCOL_TEXT.index("[holds]")] + PROTOCOL_TEXT[
    PROTOCOL_TEXT.index("[[gate]]") :
].replace('hold = "stop"', 'hold = "hard"').replace('hold = "override"', 'hold = "soft"')
"""The same protocol as files were written before holds were told apart."""

PARTS = Path(__file__).resolve().parents[3] / "resources" / "protocols" / "parts"
EVERY = "gate/every-room"
ROOMS = ("gate/psychiatric", "gate/pain", EVERY)

BLANK = st.sampled_from(["", " ", "\t", "  \n "])
WORDS = st.text(max_size=12)


def item(hold: HoldKind, *, prescriber_named: bool = True) -> GateItem:
    return GateItem(
        id="heart",
        section="Health",
        question="Recent heart attack?",
        answers=("no", "yes", "unclear"),
        passes=("no",),
        hold=hold,
        prescriber_named=prescriber_named,
    )


def protocol_of(room: str) -> str:
    """The shipped protocol with the gate of another room, or with that of every room alone."""
    own = PROTOCOL_TEXT.partition("\n#: file ")[0]
    line = '    "gate/psychiatric",\n'
    own = own.replace(line, "" if room == EVERY else line.replace("gate/psychiatric", room))
    parts = [
        NamedText(file=name, text=(PARTS / f"{name}.toml").read_text(encoding="utf-8"))
        for name in part_names(own)
    ]
    return compose(own, parts)


# -- what passes a hold ----------------------------------------------------------------------------


@given(
    hold=st.sampled_from([HoldKind.STOP, HoldKind.HARD]),
    answer=WORDS | st.sampled_from(["yes", "unclear"]),
    reason=WORDS,
    prescriber=WORDS,
    confirmed=st.booleans(),
    named=st.booleans(),
)
def test_no_path_of_answers_passes_a_stop(
    hold: HoldKind, answer: str, reason: str, prescriber: str, confirmed: bool, named: bool
) -> None:
    verdict = item(hold, prescriber_named=named).judge(
        answer, reason, prescriber, confirmed=confirmed
    )
    assert (verdict.state is GateState.HELD) is (answer != "no")


@given(
    hold=st.sampled_from([HoldKind.SOFT, HoldKind.OVERRIDE]),
    reason=WORDS,
    prescriber=BLANK,
    confirmed=st.booleans(),
)
def test_no_hold_passes_without_a_named_prescriber(
    hold: HoldKind, reason: str, prescriber: str, confirmed: bool
) -> None:
    verdict = item(hold).judge("yes", reason, prescriber, confirmed=confirmed)
    assert verdict.state is GateState.HELD
    assert verdict.detail


@given(hold=st.sampled_from(HoldKind), reason=BLANK, prescriber=WORDS, confirmed=st.booleans())
def test_no_hold_passes_without_a_reason(
    hold: HoldKind, reason: str, prescriber: str, confirmed: bool
) -> None:
    verdict = item(hold).judge("yes", reason, prescriber, confirmed=confirmed)
    assert verdict.state is GateState.HELD


@pytest.mark.parametrize(
    ("hold", "confirmed", "state"),
    [
        (HoldKind.SOFT, False, GateState.OVERRIDDEN),
        (HoldKind.OVERRIDE, False, GateState.HELD),
        (HoldKind.OVERRIDE, True, GateState.OVERRIDDEN),
    ],
)
def test_an_override_is_asked_for_twice_and_a_soft_hold_once(
    hold: HoldKind, confirmed: bool, state: GateState
) -> None:
    verdict = item(hold).judge("yes", "cardiologist agreed", "P. Reyes MD", confirmed=confirmed)
    assert verdict.state is state


def test_the_record_keeps_the_prescriber_and_who_entered_it() -> None:
    scene = Scene().to_gate()
    scene.fill_scales()
    scene.answer_gate(but="heart")
    scene.do(AnswerGate, item="heart", answer="yes", reason="stent in 2019", prescriber=PRESCRIBER)
    assert "order once more" in scene.refusal(AdvancePhase, phase=Phase.BASELINE)
    assert scene.all(GateItemChanged)[-1].prescriber == ""
    scene.do(
        AnswerGate,
        item="heart",
        answer="yes",
        reason="stent in 2019",
        prescriber=f" {PRESCRIBER} ",
        confirmed=True,
    )
    passed = scene.all(GateItemChanged)[-1]
    assert (passed.state, passed.by, passed.prescriber) == ("overridden", NURSE, PRESCRIBER)
    assert not scene.refusal(AdvancePhase, phase=Phase.BASELINE)


def test_a_text_that_an_answer_asks_for_is_named_where_it_is_missing() -> None:
    scene = Scene().to_gate()
    scene.fill_scales()
    scene.answer_gate(but="escort")
    scene.do(AnswerGate, item="escort", answer="yes", reason="  ")
    assert scene.state.gate["escort"].detail == "“yes” needs “Name and telephone of the escort”."
    assert scene.refusal(AdvancePhase, phase=Phase.BASELINE)
    scene.do(AnswerGate, item="escort", answer="yes", reason="Ms Lind, 555 0142")
    assert scene.state.gate["escort"].detail == "Ms Lind, 555 0142"
    assert not scene.refusal(AdvancePhase, phase=Phase.BASELINE)


# -- older files -----------------------------------------------------------------------------------


def test_an_older_file_still_means_what_it_meant() -> None:
    older = parse_protocol(OLDER, "older")
    consent, heart = older.gate_item("consent"), older.gate_item("heart")
    assert consent is not None
    assert heart is not None
    assert consent.judge("no", "says so", "P. Reyes MD", confirmed=True).state is GateState.HELD
    assert heart.judge("yes", "cardiologist agreed").state is GateState.OVERRIDDEN
    assert not older.holds.rest_enforced


def test_a_session_under_an_older_file_passes_start_limits_by_a_reason_and_counts_no_tries() -> (
    None
):
    scene = Scene(protocol_text=OLDER).to_frozen(150, 80)
    assert scene.all(BaselineFrozen)[-1].attempt == 0
    assert not scene.refusal(
        AnswerGate, by=PRESCRIBER, item="start-limit/sbp", answer="override", reason="white coat"
    )


# -- the gates shipped -----------------------------------------------------------------------------


@pytest.mark.parametrize("room", ROOMS)
def test_every_gate_of_the_project_is_valid_and_names_prescribers(room: str) -> None:
    definition = parse_protocol(protocol_of(room), room)
    assert definition.holds.prescriber_named
    assert definition.holds.rest_enforced
    asked = {one.id: one.hold for one in definition.gate}
    for stop in ("identity", "consent", "order", "drug", "escort", "hypersensitivity", "vascular"):
        assert asked[stop] is HoldKind.STOP
    assert asked["heart"] is HoldKind.OVERRIDE
    sections = [one.section for one in definition.gate]
    headings = list(dict.fromkeys(sections))
    assert sections == sorted(sections, key=headings.index), "each heading stands once"
    assert not any(one.hold is HoldKind.HARD for one in definition.gate)


def test_active_psychosis_stops_in_every_room() -> None:
    for room in ROOMS:
        asked = parse_protocol(protocol_of(room), room).gate_item("psychosis")
        assert asked is not None
        assert asked.hold is HoldKind.STOP


def test_no_question_stands_in_two_parts() -> None:
    asked = [
        question["id"]
        for path in sorted((PARTS / "gate").glob("*.toml"))
        for question in tomllib.loads(path.read_text(encoding="utf-8"))["gate"]
    ]
    assert len(asked) > len(ROOMS)
    assert sorted(asked) == sorted(set(asked))


# -- start limits and tries ------------------------------------------------------------------------


def again(scene: Scene, sbp: int, dbp: int, *, after_s: float = 300) -> str:
    """Take the baseline again, two pressures from `after_s` on; why it is refused, or empty."""
    scene.wait(after_s)
    assert not scene.refusal(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
    scene.wait(70)
    scene.oximeter(5)
    scene.type_scores()
    assert not scene.refusal(EnterBp, sbp_mmhg=sbp, dbp_mmhg=dbp)
    return scene.refusal(FreezeBaseline, reason="repeat: held")


def test_tries_are_counted_and_after_the_last_only_the_prescriber_decides() -> None:
    scene = Scene().to_frozen(150, 80)
    assert not again(scene, 148, 80)
    assert not again(scene, 146, 80)
    assert [frozen.attempt for frozen in scene.all(BaselineFrozen)] == [1, 2, 3]
    assert "3 of 3 tries are used: a prescriber" in again(scene, 120, 80)
    refused = scene.refusal(
        AnswerGate, item="start-limit/sbp", answer="override", reason="white coat", prescriber=" "
    )
    assert "Name the prescriber" in refused
    assert not scene.refusal(
        AnswerGate,
        item="start-limit/sbp",
        answer="override",
        reason="white coat, home 128/78",
        prescriber=PRESCRIBER,
    )
    assert scene.state.gate["start-limit/sbp"].prescriber == PRESCRIBER


def test_a_baseline_within_the_limits_is_no_try() -> None:
    scene = Scene().to_frozen(150, 80)
    assert not again(scene, 124, 80)
    assert [frozen.attempt for frozen in scene.all(BaselineFrozen)] == [1, 0]


def test_a_repeat_waits_and_pressures_too_soon_count_only_with_a_reason() -> None:
    scene = Scene().to_frozen(150, 80)
    said = again(scene, 124, 80, after_s=60)
    assert "0 of 2 blood pressures count" in said
    assert "or give a reason" in said
    assert not scene.refusal(FreezeBaseline, reason="repeat: held", rest_reason="must leave at 3")
    assert scene.all(BaselineFrozen)[-1].rest_reason == "must leave at 3"


def test_a_hard_start_limit_is_passed_only_when_ordered_twice() -> None:
    scene = Scene().to_frozen(165, 80)
    given = {
        "item": "start-limit/sbp",
        "answer": "override",
        "reason": "home 128/78",
        "prescriber": PRESCRIBER,
    }
    assert "once more" in scene.refusal(AnswerGate, **given)
    assert not scene.refusal(AnswerGate, confirmed=True, **given)


@given(prescriber=BLANK, reason=WORDS, confirmed=st.booleans())
def test_a_start_limit_never_passes_without_a_named_prescriber(
    prescriber: str, reason: str, confirmed: bool
) -> None:
    refused = frozen_scene().refusal(
        AnswerGate,
        item="start-limit/sbp",
        answer="override",
        reason=reason,
        prescriber=prescriber,
        confirmed=confirmed,
    )
    assert refused


_SCENES: list[Scene] = []


def frozen_scene() -> Scene:
    """One session whose baseline holds, for every example: a refusal leaves it as it was."""
    if not _SCENES:
        _SCENES.append(Scene().to_frozen(165, 80))
    return _SCENES[0]
