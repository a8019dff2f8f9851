"""The demonstration room: a simulated patient, simulated monitors, and who cares. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from app.rehearsal.body_steps import DrugTold
from app.rehearsal.fault_hand import FaultHand, ThrownFault
from app.rehearsal.pump_hand import PumpHand
from app.rehearsal.scripted_nurse import ScriptedNurse
from app.state import ViewState
from devices.simulation.patient import SimulatedPatient
from devices.simulation.room import SimulatedRoom
from protocols.events import Command, DeviceSlot, Event, Phase

SPEEDS = (1, 5, 20, 60)
"""Speeds that the demonstration offers, times real time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoWish:
    """How the demonstration room is opened: patient, faults, speed, and whether a nurse acts."""

    patient: str = "strong"
    seed: int = 1
    faults: tuple[ThrownFault, ...] = ()
    speed: float = 10.0
    autopilot: bool = False
    silent: bool = False


class DemoRoom:
    """Patient, monitors and, until somebody takes over, a nurse."""

    def __init__(self, patient_name: str, wish: DemoWish) -> None:
        """Open the simulated monitors' ports for the patient of that name, as `wish` says.

        Raises:
            ValueError: no such patient.
            OSError: a port cannot be opened.
        """
        self.patient = SimulatedPatient(patient_name, seed=wish.seed)
        self._room = SimulatedRoom.of_patient(self.patient, wish.seed)
        self._drug = DrugTold(self.patient)
        self._hand = PumpHand(self._room)
        self._faults = FaultHand(self._room, wish.faults, wish.seed)
        self._nurse = ScriptedNurse(self.patient, Decimal(str(self.patient.weight_kg)))
        self.autopilot = wish.autopilot

    @property
    def slots(self) -> tuple[DeviceSlot, ...]:
        """The simulated monitors as a session binds them."""
        return self._room.slots

    @property
    def room(self) -> SimulatedRoom:
        """The monitors, for throwing faults at them."""
        return self._room

    def listen(self, events: Sequence[Event]) -> None:
        """Tell the patient what is given, and the pump what it is set to (a runtime listener)."""
        for event in events:
            self._drug.follow(event)
            self._hand.follow(event)

    def act(self, state: ViewState, now_ns: int) -> list[Command]:
        """What the scripted nurse does now; faults that are due are thrown."""
        self._faults.act(state, now_ns)
        if self.autopilot:
            return self._nurse.act(state, now_ns)
        if state.phase in (Phase.SETUP, Phase.GATE):
            return self._nurse.prepare_only(state, now_ns)
        return []

    def close(self) -> None:
        """Close the ports."""
        self._room.close()
