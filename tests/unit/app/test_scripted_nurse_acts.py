"""The scripted nurse: by the book, as a person could, never twice because she is asked often."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest

from app.pipeline import Pipeline
from app.rehearsal.scripted_nurse import PRESCRIBER, SECOND_NURSE, ScriptedNurse
from app.state import ViewState, fold
from devices.simulation.patient import SimulatedPatient
from protocols.events import (
    CheckDose,
    ClockAnchored,
    Command,
    CommandRefused,
    DosePlanned,
    EnterPatient,
    Event,
    OrderDose,
    Phase,
    PhaseChanged,
)
from tests.unit.app.session_scenes import opening

S = 1_000_000_000


class Preparation:
    """A nurse in front of the real rules, without a monitor; `step_s` between looks."""

    def __init__(self, step_s: float, *, only: bool = False) -> None:
        self.patient = SimulatedPatient("normotensive", seed=1)
        self.nurse = ScriptedNurse(self.patient, Decimal(70))
        self.state = ViewState()
        self.pipeline = Pipeline()
        self.record: list[Event] = []
        self.step_ns = round(step_s * S)
        self.look = self.nurse.prepare_only if only else self.nurse.act
        self._take(opening([]))

    def _take(self, event: object) -> None:
        events = [event, *self.pipeline.step(event)]
        self.record += events
        for one in events:
            self.state = fold(self.state, one)

    def run(self, seconds: int) -> None:
        for number in range(1, round(seconds * S / self.step_ns) + 1):
            t_ns = number * self.step_ns
            self._take(ClockAnchored(t_ns=t_ns, utc="2026-03-02T09:00:00.000Z", utc_offset_min=0))
            for command in self.look(self.state, t_ns):
                self._take(command)

    @property
    def commands(self) -> list[Command]:
        return [replace(e, t_ns=0) for e in self.record if isinstance(e, Command)]


def test_she_reaches_the_baseline_with_no_refusal_but_of_a_pressure_without_a_monitor() -> None:
    room = Preparation(1.0)
    room.run(300)
    assert room.state.phase is Phase.BASELINE
    refused = {e.command for e in room.record if isinstance(e, CommandRefused)}
    assert refused <= {"take_bp", "freeze_baseline"}
    assert room.commands[0].by
    assert isinstance(room.commands[0], EnterPatient)


def test_order_and_check_are_those_of_two_other_people() -> None:
    room = Preparation(1.0)
    room.run(40)
    [order] = [e for e in room.commands if isinstance(e, OrderDose)]
    [check] = [e for e in room.commands if isinstance(e, CheckDose)]
    assert (order.by, check.by) == (PRESCRIBER, SECOND_NURSE)
    [plan] = [e for e in room.record if isinstance(e, DosePlanned)]
    assert check.dose_mg == plan.dose_mg == 35


@pytest.mark.parametrize("step_s", [0.04, 0.2])
def test_looking_more_often_does_not_make_her_act_more_often(step_s: float) -> None:
    seldom, often = Preparation(1.0), Preparation(step_s)
    seldom.run(100)
    often.run(100)
    assert seldom.commands == often.commands


def test_a_room_made_ready_stops_at_the_baseline() -> None:
    room = Preparation(1.0, only=True)
    room.run(400)
    assert [e.after for e in room.record if isinstance(e, PhaseChanged)] == [
        Phase.GATE,
        Phase.BASELINE,
    ]


def test_before_a_session_she_does_nothing() -> None:
    nurse = ScriptedNurse(SimulatedPatient("mild", seed=2), Decimal(60))
    assert nurse.act(ViewState(), 10 * S) == []
    assert nurse.prepare_only(ViewState(), 10 * S) == []
