"""A whole simulated session without a window: room, patient, nurse, recorder, summary."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from app.opening import open_session
from app.recording import make_recorder, ready_database
from app.rehearsal.fault_hand import FaultHand, ThrownFault
from app.rehearsal.lockstep import LockstepRun, Peaks
from app.rehearsal.scripted_nurse import ScriptedNurse
from app.rules_files import load_rules
from app.state import ViewState
from app.time_zone import zone_name
from devices.simulation.patient import SimulatedPatient
from devices.simulation.pump_drive import DriveFaults
from devices.simulation.room import DEMO_MONITORS, SimulatedRoom
from protocols.events import (
    AlarmChanged,
    AlarmState,
    CommandRefused,
    Event,
    PhaseChanged,
)

FLUSH_S = 120.0
"""How long the last events may take to reach the disk."""


@dataclass(slots=True)
class Outline:
    """What a summary tells of a session: phases with times, alarms raised."""

    phases: list[dict[str, object]] = field(default_factory=list)
    alarms: list[dict[str, object]] = field(default_factory=list)

    def add_all(self, events: Sequence[Event]) -> None:
        """Take events in order."""
        for event in events:
            self._add(event)

    def _add(self, event: Event) -> None:
        if isinstance(event, PhaseChanged):
            self.phases.append({"phase": event.after, "t_s": event.t_ns / 1e9, "by": event.by})
        elif isinstance(event, AlarmChanged) and event.state is AlarmState.SOUNDING:
            self.alarms.append(
                {
                    "alarm": event.alarm,
                    "priority": event.priority,
                    "technical": event.technical,
                    "t_s": event.t_ns / 1e9,
                    "sentence": event.sentence,
                }
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SimulationResult:
    """The end of a simulated session."""

    session: str
    state: ViewState
    outline: Outline
    peaks: Peaks
    refused: tuple[CommandRefused, ...]
    recorded: bool


def simulate_session(
    *,
    protocol: str,
    patient_name: str,
    database: str,
    seed: int,
    weight_kg: Decimal | None,
    start_utc: datetime,
    speed: float | None = None,
    room_name: str = "Demo room",
    monitors: Mapping[str, str] = DEMO_MONITORS,
    pump_faults: DriveFaults | None = None,
    faults: Sequence[ThrownFault] = (),
    progress: Callable[[ViewState], None] | None = None,
    make_nurse: Callable[[SimulatedPatient, Decimal], ScriptedNurse] = ScriptedNurse,
) -> SimulationResult:
    """Run one session at `speed` times real time (None: as fast as possible) and record it.

    `monitors` are the drivers of the simulated monitors, by the slot of each; a pump among them
    has `pump_faults`; `faults` are thrown at the monitors in order of time. `make_nurse` gives who
    cares for the patient of that weight in kg.

    Raises:
        ValueError: no such patient or driver.
        RulesFileError: protocol or limits cannot be used.
        StorageError: the database cannot be opened.
        LockstepError: the session did not come to its end.
    """
    rules = load_rules(protocol)
    patient, weight = _patient(patient_name, seed, weight_kg)
    ready_database(database)
    outline = Outline()
    with SimulatedRoom.of_patient(patient, seed, monitors=monitors) as room:
        opened = open_session(
            utc=start_utc,
            room=room_name,
            devices=room.slots,
            zone=zone_name(),
            **rules.texts,
        )
        recorder = make_recorder(database, lambda _working, _detail: None)
        nurse = make_nurse(patient, weight)
        run = LockstepRun(
            opened, room, patient, nurse, recorder, start_utc, speed=speed, pump_faults=pump_faults
        )
        run.listeners.append(outline.add_all)
        run.fault_hand = FaultHand(room, faults, seed)
        try:
            state = run.run(progress)
        finally:
            recorded = recorder.flush(FLUSH_S)
            recorder.close(FLUSH_S)
    return SimulationResult(
        session=opened.session,
        state=state,
        outline=outline,
        peaks=run.peaks,
        refused=tuple(run.refused),
        recorded=recorded,
    )


def _patient(name: str, seed: int, weight_kg: Decimal | None) -> tuple[SimulatedPatient, Decimal]:
    """The simulated patient, and the weight that is measured: the one wished for, or their own."""
    if weight_kg is None:
        patient = SimulatedPatient(name, seed=seed)
        return patient, Decimal(str(patient.weight_kg))
    return SimulatedPatient(name, seed=seed, weight_kg=float(weight_kg)), weight_kg
