"""Checklists, side effects, who is there, drugs with their purpose, and what follows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.care import open_checklists
from protocols.definition import (
    ChecklistTime,
    DefinitionError,
    describe,
    parse_protocol,
)
from protocols.events import (
    AdvancePhase,
    AnswerChecklist,
    ChangeEffect,
    ChecklistChanged,
    DrugAction,
    EffectChanged,
    HandOver,
    IntegrationPlanned,
    NotePresence,
    ObservationRecorded,
    Phase,
    PlanIntegration,
    PresenceChanged,
    RecordDrug,
    ReportEffect,
    Severity,
)
from protocols.visit import Visit
from tests.unit.app.session_scenes import NURSE, PROTOCOL_TEXT, Scene, definition

MIN = 60
CARE = definition().care
NS_PER_MIN = 60_000_000_000


def visit_of(scene: Scene) -> Visit:
    return scene.pipeline.session.visit


def report(scene: Scene, term: str = "nausea", **fields: object) -> str:
    given = {"severity": Severity.MILD, "action": DrugAction.NONE, **fields}
    return scene.refusal(ReportEffect, term=term, **given)


def change(scene: Scene, effect: str = "effect-1", **fields: object) -> str:
    given = {"severity": Severity.MILD, "action": DrugAction.NONE, **fields}
    return scene.refusal(ChangeEffect, effect=effect, **given)


# -- checklists ------------------------------------------------------------------------------------


def test_a_required_list_is_open_until_every_item_is_answered() -> None:
    scene = Scene()
    listed = next(one for one in CARE.checklists if one.required)
    for number, item in enumerate(listed.items):
        (said,) = open_checklists(visit_of(scene), ChecklistTime.BEFORE)
        assert f"{len(listed.items) - number} of {len(listed.items)} not answered" in said
        assert not scene.refusal(
            AnswerChecklist,
            checklist=listed.id,
            item=item.id,
            answer=item.answers[-1],
            text="said so",
        )
    assert open_checklists(visit_of(scene), ChecklistTime.BEFORE) == ()


def test_optional_lists_hold_nothing() -> None:
    optional = [one for one in CARE.checklists if not one.required]
    assert optional
    scene = Scene().to_baseline()
    assert all((one.id, one.items[0].id) not in scene.state.care.answers for one in optional)
    assert open_checklists(visit_of(scene), ChecklistTime.BEFORE) == ()


@pytest.mark.parametrize(
    ("checklist", "item", "answer", "text", "said"),
    [
        ("setting", "light", "bright", "", "Choose one of: dim, normal."),
        ("setting", "music", "playlist", " ", "“playlist” needs “Which”."),
        ("setting", "nothing", "yes", "", "no checklist item setting/nothing"),
        ("nothing", "light", "dim", "", "no checklist item nothing/light"),
    ],
)
def test_an_answer_that_is_none_is_refused(
    checklist: str, item: str, answer: str, text: str, said: str
) -> None:
    scene = Scene()
    refused = scene.refusal(
        AnswerChecklist, checklist=checklist, item=item, answer=answer, text=text
    )
    assert said in refused
    assert not scene.all(ChecklistChanged)


@given(answer=st.text(max_size=12), text=st.text(max_size=8))
def test_no_answer_counts_that_the_list_does_not_offer(answer: str, text: str) -> None:
    scene = Scene(links=False)
    refused = scene.refusal(
        AnswerChecklist, checklist="iv-site", item="gauge", answer=answer, text=text
    )
    item = CARE.checklist("iv-site")
    assert item is not None
    gauge = item.item("gauge")
    assert gauge is not None
    counts = answer in gauge.answers and (answer not in gauge.needs_text or bool(text.strip()))
    assert bool(refused) is not counts


# -- side effects ----------------------------------------------------------------------------------


def test_an_effect_has_its_onset_and_keeps_what_a_change_leaves_out() -> None:
    scene = Scene()
    scene.wait(10 * MIN)
    assert not report(scene, age_s=4 * MIN, treatment="slow breathing", text="left side")
    scene.wait(5 * MIN)
    assert not change(scene, severity=Severity.SEVERE, action=DrugAction.PAUSED)
    now = scene.state.care.effects["effect-1"]
    assert now.onset_ns == 6 * NS_PER_MIN
    assert (now.severity, now.action) == (Severity.SEVERE, DrugAction.PAUSED)
    assert (now.treatment, now.text, now.ended_ns) == ("slow breathing", "left side", None)
    assert not change(scene, ended=True, age_s=MIN)
    assert scene.state.care.effects["effect-1"].ended_ns == 14 * NS_PER_MIN
    assert scene.state.care.open_effects == ()


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"term": "hiccups"}, "lists no side effect named hiccups"),
        ({"age_s": -1.0}, "0 min or more"),
        ({"age_s": float("nan")}, "0 min or more"),
        ({"age_s": float("inf")}, "0 min or more"),
        ({"age_s": 11.0 * MIN}, "before this session began"),
    ],
)
def test_an_effect_that_cannot_be_is_refused(fields: dict[str, object], said: str) -> None:
    scene = Scene()
    scene.wait(10 * MIN)
    assert said in report(scene, **fields)  # type: ignore[arg-type]
    assert not scene.all(EffectChanged)


def test_an_effect_cannot_end_before_it_began_nor_change_once_over() -> None:
    scene = Scene()
    scene.wait(10 * MIN)
    assert not report(scene)
    assert "before it began" in change(scene, ended=True, age_s=MIN)
    assert not change(scene, ended=True)
    assert "has ended" in change(scene, severity=Severity.SEVERE)
    assert "No side effect effect-9" in change(scene, "effect-9")


@pytest.mark.parametrize(
    ("term", "serious", "needs"),
    [("nausea", None, False), ("nausea", False, False), ("nausea", True, True),
     ("chest-pain", None, True), ("chest-pain", False, True)],
)  # fmt: skip
def test_urgent_and_serious_effects_are_recorded_at_once_and_hold_discharge_until_told(
    term: str, serious: bool | None, needs: bool
) -> None:
    scene = Scene().to_recovery()
    scene.meet_discharge()
    assert not report(scene, term, serious=serious)
    scene.wait(3600)
    scene.meet_discharge()
    held = scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert ("no prescriber named" in held) is needs
    assert not change(scene, serious=serious, prescriber="P. Reyes MD")
    assert "no prescriber named" not in scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)


# -- drugs, people, what follows -------------------------------------------------------------------


def test_a_drug_has_its_purpose_and_the_time_it_was_given() -> None:
    scene = Scene()
    scene.wait(10 * MIN)
    assert not scene.refusal(
        RecordDrug, drug="Ondansetron", dose="4 mg", route="IV", purpose="pre-medication", age_s=300
    )
    (drug,) = scene.all(ObservationRecorded)
    assert (drug.label, drug.text, drug.purpose) == ("Ondansetron", "4 mg IV", "pre-medication")
    assert drug.happened_ns == 5 * NS_PER_MIN
    assert "is no purpose" in scene.refusal(RecordDrug, drug="X", dose="1 mg", purpose="sleep")
    for age_s in (-1.0, 13 * 3600.0, float("nan")):
        assert "Given before now" in scene.refusal(RecordDrug, drug="X", dose="1 mg", age_s=age_s)


def test_the_observer_leaves_only_by_handing_over_while_drug_acts() -> None:
    scene = Scene().to_infusing()
    assert scene.refusal(NotePresence, person="T. Berg", role="gardener", present=True)
    assert scene.refusal(NotePresence, person=" ", role="nurse", present=True)
    assert scene.refusal(NotePresence, person="T. Berg", role="", present=True)
    for person in ("T. Berg", NURSE):
        assert not scene.refusal(NotePresence, person=person, role="therapist", present=True)
    refused = scene.refusal(NotePresence, person=NURSE, role="nurse", present=False)
    assert "hand over first" in refused
    assert not scene.refusal(HandOver, to="B. Lind")
    assert not scene.refusal(NotePresence, person=NURSE, role="nurse", present=False)
    assert scene.state.care.present == {"T. Berg": "therapist"}
    assert "not noted as present" in scene.refusal(
        NotePresence, person="Nobody", role="nurse", present=False
    )
    assert [change.present for change in scene.all(PresenceChanged)] == [True, True, False]


def test_nobody_takes_over_without_a_name() -> None:
    assert "Name who" in Scene().to_infusing().refusal(HandOver, to="  ")


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"on": "2026-03-01"}, "is past: today is 2026-03-02"),
        ({"on": "next week"}, "YYYY-MM-DD"),
        ({"minutes": 59}, "allowed is 60 to 90 min"),
        ({"minutes": 91}, "allowed is 60 to 90 min"),
        ({"modality": "hypnosis"}, "Choose one of: EMDR"),
    ],
)
def test_an_integration_session_that_cannot_be_is_refused(
    fields: dict[str, object], said: str
) -> None:
    scene = Scene()
    given = {"on": "2026-03-03", "minutes": 60, "modality": "none", **fields}
    assert said in scene.refusal(PlanIntegration, **given)
    assert not scene.all(IntegrationPlanned)


@pytest.mark.parametrize("modality", CARE.integration.modalities if CARE.integration else ())
def test_an_integration_session_is_planned_with_each_kind(modality: str) -> None:
    scene = Scene()
    assert not scene.refusal(
        PlanIntegration, on="2026-03-02", minutes=90, modality=modality, with_whom=" T. Berg "
    )
    planned = scene.state.care.integration
    assert planned is not None
    assert (planned.on, planned.minutes, planned.with_whom) == ("2026-03-02", 90, "T. Berg")


# -- data ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("repeat_after_min = [5, 10]", "repeat_after_min = [10, 5]", "runs backwards"),
        ("minutes = [60, 90]", "minutes = [90, 60]", "runs backwards"),
        ('needs_text = ["playlist", "meditation"]', 'needs_text = ["drums"]', "none of answers"),
        ('{ id = "light"', '{ id = "call-button"', "a second time"),
        ('id = "vomiting"\nlabel = "Vomiting"\nmeddra', 'id = "nausea"\nlabel = "V"\nmeddra',
         "a second time"),
        ('when = "during"', 'when = "during"\nrequired = true', "lists before or after"),
        ('id = "recheck"\ntext', 'id = "slow"\ntext', "a second time"),
    ],
)  # fmt: skip
def test_a_mistake_in_a_part_of_the_care_is_named_with_its_file(
    old: str, new: str, said: str
) -> None:
    assert old in PROTOCOL_TEXT, old
    with pytest.raises(DefinitionError) as caught:
        parse_protocol(PROTOCOL_TEXT.replace(old, new, 1), "site.toml")
    assert any(said in problem.message for problem in caught.value.problems)
    assert all(problem.file.startswith("parts/") for problem in caught.value.problems)


def test_codes_of_licensed_vocabularies_are_left_to_the_site() -> None:
    assert all(effect.meddra_pt == "" and effect.snomed == "" for effect in CARE.effects)


def test_the_page_says_what_surrounds_the_dose_and_that_no_dose_is_recommended() -> None:
    page = describe(definition())
    assert "no dose is recommended by the program" in page
    for listed in CARE.checklists:
        assert listed.title in page
    for drug in CARE.rescue_drugs:
        assert f"{drug.name}: {drug.usual}" in page
    for step in CARE.rescue_steps:
        assert step.text in page
