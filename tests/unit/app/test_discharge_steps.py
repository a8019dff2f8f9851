"""What the scripted nurse measures again: a pressure that leaving waits for, and no other."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.rehearsal.discharge_steps import next_pressure
from protocols.events import BpState, EnterBp, TakeBp
from tests.unit.app.session_scenes import Scene

ANOTHER = TakeBp(t_ns=0, by="")


def recovered() -> Scene:
    """A patient whose two pressures meet the criterion."""
    scene = Scene().to_recovery()
    scene.meet_discharge()
    assert scene.state.discharge["bp"].met is True
    return scene


def test_a_pressure_grown_old_is_taken_again() -> None:
    scene = recovered()
    assert next_pressure(scene.state, scene.now_ns) is None
    scene.wait(25 * 60)
    assert next_pressure(scene.state, scene.now_ns) == ANOTHER


def test_the_second_of_two_waits_for_the_spacing_of_the_criterion() -> None:
    scene = Scene().to_recovery()
    assert next_pressure(scene.state, scene.now_ns) == ANOTHER
    scene.enter(EnterBp, sbp_mmhg=120, dbp_mmhg=80)
    scene.wait(599)
    assert next_pressure(scene.state, scene.now_ns) is None
    scene.wait(1)
    assert next_pressure(scene.state, scene.now_ns) == ANOTHER


@pytest.mark.parametrize("busy", [BpState.REQUESTED, BpState.MEASURING])
def test_none_is_asked_for_while_the_cuff_is_at_it(busy: BpState) -> None:
    scene = Scene().to_recovery()
    assert next_pressure(replace(scene.state, bp_state=busy), scene.now_ns) is None
