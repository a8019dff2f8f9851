"""Pre-flight: every prompt and every alarm of a protocol, and nothing that a session has not."""

from __future__ import annotations

import pytest

from app.rules_files import load_rules
from protocols.definition import ProtocolDefinition
from protocols.events import Giving, Phase, TaskState
from protocols.limits import LimitsProfile
from protocols.preflight import Preflight, Prompt, Stage, giving_min, preflight
from protocols.preflight_page import describe_preflight
from protocols.schedule import Schedule
from tests.unit.protocols.shipped import NAMES, shipped

NS_PER_MIN = 60_000_000_000


def limits() -> LimitsProfile:
    return load_rules("iv-0.5-40").limits


def found_for(name: str) -> Preflight:
    return preflight(shipped(name), limits())


def asks(name: str, stage: Stage) -> list[Prompt]:
    return [one for one in found_for(name).prompts if one.stage is stage]


@pytest.mark.parametrize("name", NAMES)
def test_every_question_observation_criterion_and_scale_is_among_the_prompts(name: str) -> None:
    definition = shipped(name)
    said = [one.ask for one in found_for(name).prompts]
    for item in definition.gate:
        assert item.question in said
    for criterion in definition.discharge:
        assert criterion.label in said
    for row in definition.schedule:
        assert row.label in said
    for due in definition.scales_due:
        scale = definition.scale(due.scale)
        assert scale is not None
        assert f"{scale.name}: {scale.title}" in said
    for listed in definition.care.checklists:
        assert f"Checklist: {listed.title}" in said


@pytest.mark.parametrize("name", NAMES)
def test_prompts_stand_in_the_order_of_a_visit(name: str) -> None:
    prompts = found_for(name).prompts
    order = [list(Stage).index(one.stage) for one in prompts]
    assert order == sorted(order)
    for stage in Stage:
        times = [one.minute for one in prompts if one.stage is stage and one.minute is not None]
        assert times == sorted(times)
    assert all(one.counted_from for one in prompts if one.minute is not None)


def announced(definition: ProtocolDefinition, phase: Phase, until_min: int) -> set[tuple[str, int]]:
    """What the schedule of a session announces as due in `phase`, by label and minute."""
    schedule = Schedule(definition.schedule)
    changes = schedule.enter_phase(0, phase, 0)
    changes += schedule.advance(until_min * NS_PER_MIN)
    return {(one.label, one.due_ns // NS_PER_MIN) for one in changes if one.state is TaskState.DUE}


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("phase", [Phase.INFUSING, Phase.RECOVERY])
def test_observations_stand_at_the_minutes_at_which_a_session_asks_for_them(
    name: str, phase: Phase
) -> None:
    definition = shipped(name)
    stage = Stage.GIVING if phase is Phase.INFUSING else Stage.RECOVERY
    until_min = (
        giving_min(definition.dose)
        if phase is Phase.INFUSING
        else definition.recovery.minimum_s // 60
    )
    labels = {row.label for row in definition.schedule}
    listed = {(one.ask, one.minute) for one in asks(name, stage) if one.ask in labels}
    assert listed == announced(definition, phase, until_min)


def test_devices_are_given_in_turn_five_minutes_apart() -> None:
    given = [
        (one.minute, one.ask) for one in asks("spravato-84", Stage.GIVING) if "Give" in one.ask
    ]
    assert given == [
        (0, "Give device 1 of 3, 28 mg"),
        (5, "Give device 2 of 3, 28 mg"),
        (10, "Give device 3 of 3, 28 mg"),
    ]


def test_a_lozenge_ends_its_hold() -> None:
    assert (10, "End of the hold, 10 to 15 min after the lozenge") in [
        (one.minute, one.ask) for one in asks("sl-200", Stage.GIVING)
    ]


def test_an_infusion_reads_the_pump_back_and_marks_the_line() -> None:
    said = [one.ask for one in asks("iv-0.5-40", Stage.GIVING)]
    assert said[0] == "Read back the pump's own rate and start"
    assert "Mark: drug reached the patient" in said
    assert "Mark: drug reached the patient" not in [one.ask for one in asks("im-0.5", Stage.GIVING)]


@pytest.mark.parametrize(
    ("name", "minute", "detail"),
    [
        ("iv-0.5-40", 60, "before 30 min is leaving against advice"),
        ("spravato-56", 120, "earlier is leaving against advice"),
        ("im-0.5", 90, "earlier is leaving against advice"),
    ],
)
def test_the_earliest_time_to_leave_is_among_the_prompts(
    name: str, minute: int, detail: str
) -> None:
    [stay] = [one for one in asks(name, Stage.RECOVERY) if one.ask == "Earliest time to leave"]
    assert stay.minute == minute
    assert detail in stay.detail


def test_every_alarm_rule_is_told_with_sentence_limit_priority_and_next_step() -> None:
    found = found_for("iv-0.5-40")
    assert {one.rule for one in found.alarms} == {rule.id for rule in limits().rules}
    for one in found.alarms:
        rule = limits().rule(one.rule)
        assert (one.sentence, one.next_step) == (rule.sentence(), rule.next_step)
        assert (one.priority, one.delay_s) == (rule.priority, rule.delay_s)
    [high] = [one for one in found.alarms if one.rule == "sbp-high-critical"]
    assert (high.limits, high.priority, high.delay_s) == (("180 mmHg",), "high", 0.0)
    ranks = [("high", "medium", "low").index(one.priority) for one in found.alarms]
    assert ranks == sorted(ranks)


@pytest.mark.parametrize("name", NAMES)
def test_alarms_of_a_pump_sound_only_where_something_is_infused(name: str) -> None:
    pumped = {one.rule for one in found_for(name).alarms if one.rule.startswith("pump-")}
    assert bool(pumped) == (shipped(name).dose.giving is Giving.INFUSION)


def test_the_page_says_everything_once_more() -> None:
    found = found_for("spravato-56")
    page = describe_preflight(found)
    for one in found.prompts:
        assert one.ask in page
        assert one.detail in page
    for alarm in found.alarms:
        assert alarm.sentence in page
        assert alarm.next_step in page


@pytest.mark.parametrize("name", NAMES)
def test_the_check_of_sound_is_asked_for_where_the_policy_asks_for_it(name: str) -> None:
    policy = load_rules("iv-0.5-40").signals
    assert policy is not None
    found = preflight(shipped(name), limits(), policy).prompts
    [asked] = [one for one in found if one.stage is Stage.BASELINE and "alarm sounds" in one.ask]
    assert "holds the first dose" in asked.detail
    assert not any("alarm sounds" in one.ask for one in found_for(name).prompts)
