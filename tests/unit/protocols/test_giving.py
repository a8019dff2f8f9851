"""Doses given at once: behind the same guard as a pump, spaced, counted, and never twice."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.places import read_protocol
from protocols.events import (
    AdvancePhase,
    DeliveryChanged,
    DoseGiven,
    EndHold,
    EnterBp,
    FreezeBaseline,
    GiveDose,
    HoldEnded,
    LineMark,
    MarkLine,
    PauseInfusion,
    Phase,
    PhaseChanged,
    SlowInfusion,
    StartInfusion,
    StopInfusion,
    TaskChanged,
    TaskState,
)
from tests.unit.app.session_scenes import PRESCRIBER, Scene

S = 1_000_000_000
MIN = 60
FIRST_DEVICE = Decimal(28)


def scene_of(protocol: str) -> Scene:
    return Scene(protocol_text=read_protocol(protocol)[0])


def phases(scene: Scene) -> list[Phase]:
    return [change.after for change in scene.all(PhaseChanged)]


def give(scene: Scene, amount: str = "28", **more: object) -> str:
    return scene.refusal(GiveDose, amount_mg=Decimal(amount), lot="L1", **more)


def due_minutes(scene: Scene, item: str = "bp") -> list[float]:
    """Minutes from the first dose at which `item` came due in the observation."""
    first = scene.all(DoseGiven)[0].t_ns
    return sorted(
        {
            round((task.due_ns - first) / S / MIN, 2)
            for task in scene.all(TaskChanged)
            if task.item == item
            and task.state is TaskState.DUE
            and task.task.startswith("recovery")
        }
    )


def test_an_injection_is_one_moment_and_the_observation_begins_with_it() -> None:
    scene = scene_of("im-0.5").to_frozen()
    assert give(scene, "35", site="left deltoid") == ""
    (given,) = scene.all(DoseGiven)
    assert (given.number, given.of, given.total_mg) == (1, 1, Decimal(35))
    assert (given.lot, given.site) == ("L1", "left deltoid")
    assert phases(scene)[-2:] == [Phase.INFUSING, Phase.RECOVERY]
    (delivered,) = scene.all(DeliveryChanged)
    assert (delivered.delivered_mg, delivered.finished) == (Decimal(35), True)
    assert scene.state.delivered_mg(scene.now_ns) == 35
    assert "cannot go to infusing" in give(scene, "35")


@pytest.mark.parametrize("amount", ["34", "350", "3.5", "0", "-35", "NaN"])
def test_another_amount_than_the_order_is_not_taken(amount: str) -> None:
    scene = scene_of("im-0.5").to_frozen()
    assert "35.0 mg is the order" in give(scene, amount)
    assert scene.state.phase is Phase.BASELINE


def test_devices_follow_each_other_at_the_protocols_distance() -> None:
    scene = scene_of("spravato-84").to_frozen()
    assert give(scene) == ""
    assert scene.state.phase is Phase.INFUSING
    scene.wait(2 * MIN + 50)
    assert "2:10 min are left" in give(scene)
    assert len(scene.all(DoseGiven)) == 1
    scene.wait(2 * MIN + 10)
    assert give(scene) == ""
    scene.wait(5 * MIN)
    assert give(scene) == ""
    assert [one.number for one in scene.all(DoseGiven)] == [1, 2, 3]
    assert scene.all(DoseGiven)[-1].total_mg == 84
    assert scene.state.phase is Phase.RECOVERY
    assert "cannot go to infusing" in give(scene)


def test_a_device_given_too_early_is_recorded_with_its_reason_and_not_by_a_slip() -> None:
    scene = scene_of("spravato-56").to_frozen()
    give(scene)
    scene.wait(MIN)
    assert give(scene) != ""
    assert give(scene, reason="patient used it at once") == ""
    assert scene.all(DoseGiven)[-1].reason == "patient used it at once"


def test_no_dose_is_given_around_the_guard_of_a_start() -> None:
    scene = scene_of("spravato-56").to_baseline()
    refused = give(scene)
    assert "Accept the baseline" in refused
    assert scene.all(DoseGiven) == []


def test_stopping_between_devices_ends_the_drug_with_what_was_given() -> None:
    scene = scene_of("spravato-84").to_frozen()
    give(scene)
    scene.wait(3 * MIN)
    assert scene.refusal(StopInfusion, reason="dizzy") == ""
    assert phases(scene)[-2:] == [Phase.STOPPED, Phase.RECOVERY]
    assert scene.all(DeliveryChanged)[-1].delivered_mg == FIRST_DEVICE
    assert give(scene) != ""


def test_what_belongs_to_a_pump_is_refused_where_nothing_is_infused() -> None:
    scene = scene_of("spravato-56").to_frozen()
    rate = Decimal(50)
    assert "nothing is infused" in scene.refusal(StartInfusion, pump_rate_ml_per_h=rate)
    give(scene)
    for refused in (
        scene.refusal(PauseInfusion),
        scene.refusal(SlowInfusion, percent=50),
        scene.refusal(MarkLine, mark=LineMark.DRUG_AT_PATIENT),
    ):
        assert refused.startswith("Nothing ")


def test_what_is_given_at_once_is_refused_where_a_pump_runs() -> None:
    scene = Scene().to_frozen()
    assert "start the pump" in give(scene, "35")
    assert scene.state.phase is Phase.BASELINE


def test_the_two_hour_clock_of_a_spray_counts_from_the_first_device() -> None:
    scene = scene_of("spravato-56").to_frozen()
    give(scene)
    scene.wait(5 * MIN)
    give(scene)
    scene.wait(114 * MIN)
    refused = scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert "at least 120 min from the first dose: 1 min are left" in refused
    scene.wait(MIN)
    refused = scene.refusal(AdvancePhase, phase=Phase.DISCHARGED)
    assert "are left" not in refused


def test_pressure_after_a_spray_is_due_by_the_clock_of_the_first_device() -> None:
    scene = scene_of("spravato-84").to_frozen()
    for _ in range(3):
        give(scene)
        scene.wait(5 * MIN)
    scene.wait(120 * MIN)
    assert due_minutes(scene)[:3] == [40, 60, 90]


def test_a_lozenge_is_held_and_how_it_ended_is_recorded() -> None:
    scene = scene_of("sl-100").to_frozen()
    assert "Nothing is held" in scene.refusal(EndHold, outcome="swallowed")
    give(scene, "100")
    scene.wait(12 * MIN)
    assert "Choose one of" in scene.refusal(EndHold, outcome="lost")
    assert scene.refusal(EndHold, outcome="spat out") == ""
    (ended,) = scene.all(HoldEnded)
    assert (ended.outcome, ended.held_ns) == ("spat out", 12 * MIN * S)
    assert "recorded already" in scene.refusal(EndHold, outcome="swallowed")


def test_a_baseline_collects_nothing_after_the_first_dose() -> None:
    scene = scene_of("im-0.5").to_frozen(sbp=120, dbp=78)
    give(scene, "35")
    scene.wait(60)
    scene.refusal(EnterBp, sbp_mmhg=180, dbp_mmhg=110)
    assert scene.refusal(FreezeBaseline, reason="again", by=PRESCRIBER) != ""
    assert scene.state.baseline_event is not None
    assert scene.state.baseline_event.values[0].value == 120


def test_a_replay_of_the_inputs_gives_the_outputs_again() -> None:
    from tests.unit.app.session_scenes import normalised, record_of

    scene = scene_of("spravato-56").to_frozen()
    give(scene)
    scene.wait(6 * MIN)
    give(scene)
    scene.wait(30 * MIN)
    scene.refusal(EnterBp, sbp_mmhg=131, dbp_mmhg=84)
    assert normalised(record_of(scene.inputs)) == normalised(
        [event for event in scene.record if event.t_ns <= scene.inputs[-1].t_ns]
    )
