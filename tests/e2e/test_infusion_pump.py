"""Infusions with a pump on a real port: true to the timer, slow, and never told anything."""

from __future__ import annotations

import sys
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from app.opening import open_session
from app.rehearsal.lockstep import LockstepRun
from app.rehearsal.scripted_nurse import ScriptedNurse
from app.rules_files import load_rules
from app.state import ViewState
from app.verification import compare
from devices.registry import DRIVERS
from devices.simulation.patient import SimulatedPatient
from devices.simulation.pump_drive import DriveFaults
from devices.simulation.room import SimulatedRoom
from protocols.events import (
    AlarmChanged,
    AlarmState,
    BytesSent,
    Command,
    Event,
    LinkChanged,
    LinkState,
    PauseInfusion,
    Phase,
    PumpReported,
    ResumeInfusion,
    SlowInfusion,
    StopInfusion,
)
from protocols.vitals import NS_PER_S

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="no pseudo-terminals on Windows")

MIN = 60 * NS_PER_S


class BusyNurse(ScriptedNurse):
    """Also pauses, resumes, slows and stops, at these minutes after the start."""

    acts: dict[float, Command]

    def act(self, state: ViewState, now_ns: int) -> list[Command]:
        commands = super().act(state, now_ns)
        started_ns = state.infusion_started_ns
        for minute in [m for m in self.acts if started_ns is not None]:
            if now_ns >= started_ns + round(minute * MIN):
                commands.append(self._at(self.acts.pop(minute), now_ns))
        return commands

    def _at(self, command: Command, now_ns: int) -> Command:
        return replace(command, t_ns=now_ns, by="R. Example RN")


class Kept:
    """A recording that is only kept."""

    def __init__(self) -> None:
        self.events: list[Event] = []

    def put(self, session: str, events: list[Event]) -> None:
        self.events += events


class RecoveryReachedError(Exception):
    """The infusion is over, and so is what is looked at here."""


def until_recovery(state: ViewState) -> None:
    if state.phase is Phase.RECOVERY and state.t_ns > state.phase_since_ns + MIN:
        raise RecoveryReachedError


def visit(
    driver: str, acts: dict[float, Command], faults: DriveFaults | None = None
) -> tuple[ViewState, list[Event]]:
    """A visit into recovery with a pump of `driver`; the nurse does `acts` at their minutes."""
    rules = load_rules("iv-0.5-40")
    patient = SimulatedPatient("typical", seed=1, weight_kg=70.0)
    nurse = BusyNurse(patient, Decimal(70))
    nurse.acts = dict(acts)
    kept = Kept()
    monitors = {"oximeter": "nonin", "bp": "suntech", "pump": driver}
    start = datetime(2026, 3, 2, 9, tzinfo=UTC)
    with SimulatedRoom.of_patient(patient, 1, monitors=monitors) as room:
        opened = open_session(
            utc=start,
            room="Demo room",
            devices=room.slots,
            **rules.texts,
        )
        run = LockstepRun(opened, room, patient, nurse, kept, start, pump_faults=faults)
        with suppress(RecoveryReachedError):
            run.run(until_recovery)
    assert not nurse.acts
    return run.state, kept.events


def raised(record: list[Event]) -> list[str]:
    """The alarms about the pump that sounded, in order."""
    return [
        event.alarm
        for event in record
        if isinstance(event, AlarmChanged)
        and event.state is AlarmState.SOUNDING
        and event.alarm.startswith("pump-")
    ]


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "driver", ["alaris-ash", pytest.param("bbraun-bcc", marks=pytest.mark.campaign)]
)
def test_a_true_pump_agrees_through_start_pause_slow_and_stop(driver: str) -> None:
    acts: dict[float, Command] = {
        5: PauseInfusion(t_ns=0, by="", reason="rest"),
        8: ResumeInfusion(t_ns=0, by=""),
        12: SlowInfusion(t_ns=0, by="", percent=50),
        22: StopInfusion(t_ns=0, by="", reason="enough"),
    }
    state, record = visit(driver, acts)
    assert state.phase is Phase.RECOVERY
    assert raised(record) == []
    links = [e.state for e in record if isinstance(e, LinkChanged) and e.device == "pump"]
    assert links[-1] is LinkState.LIVE
    assert LinkState.SILENT not in links
    reports = [event for event in record if isinstance(event, PumpReported)]
    # 5 and 4 minutes at the full rate, 10 at half of it
    assert reports[-1].volume_ml == pytest.approx(52.5 * 14 / 60, abs=0.15)
    gaps = [later.t_ns - sooner.t_ns for sooner, later in pairwise(reports)]
    assert max(gaps) <= 15.5 * NS_PER_S
    assert compare(record, closed=False).difference is None


@pytest.mark.timeout(300)
@pytest.mark.parametrize(
    "driver", [pytest.param("alaris-ash", marks=pytest.mark.campaign), "bbraun-bcc"]
)
def test_a_slow_pump_is_told_of_and_nothing_is_ever_sent_but_questions(driver: str) -> None:
    state, record = visit(driver, {}, DriveFaults(slow=True))
    assert raised(record) == ["pump-volume"]
    pair = state.pump.pair
    assert pair is not None
    # the last report lies at most its interval before the end
    assert 35.0 - 52.5 * 15 / 3600 <= float(pair.timer_ml) <= 35.0
    assert float(pair.pump_ml) == pytest.approx(0.9 * float(pair.timer_ml), abs=0.1)
    sent = [e.data for e in record if isinstance(e, BytesSent) and e.device == "pump"]
    assert len(sent) > 100
    assert all(DRIVERS[driver].may_send(data) for data in sent)


@pytest.mark.campaign
@pytest.mark.timeout(300)
def test_a_stalled_pump_that_says_that_it_runs_is_found_out() -> None:
    _, record = visit(
        "alaris-ash",
        {10: StopInfusion(t_ns=0, by="", reason="no effect")},
        DriveFaults(stalled=True),
    )
    assert raised(record) == ["pump-volume"]
