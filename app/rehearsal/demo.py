"""The demonstration room: a simulated patient, simulated monitors, and who cares. No Qt."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

from app.rehearsal.body_steps import DrugTold
from app.rehearsal.pump_hand import PumpHand
from app.rehearsal.scripted_nurse import ScriptedNurse
from app.state import ViewState
from devices.simulation.patient import SimulatedPatient
from devices.simulation.room import SimulatedRoom
from protocols.events import Command, DeviceSlot, Event, Phase

SPEEDS = (1, 5, 20, 60)
"""Speeds that the demonstration offers, times real time."""


class DemoRoom:
    """Patient, monitors and, until somebody takes over, a nurse."""

    def __init__(self, patient_name: str, *, seed: int, autopilot: bool) -> None:
        """Open the simulated monitors' ports.

        Args:
            patient_name: one of the simulated patients.
            seed: same seed, same patient.
            autopilot: the scripted nurse does the whole visit; else only what makes the patient
                ready for a baseline.

        Raises:
            ValueError: no such patient.
            OSError: a port cannot be opened.
        """
        self.patient = SimulatedPatient(patient_name, seed=seed)
        self._room = SimulatedRoom.of_patient(self.patient, seed)
        self._drug = DrugTold(self.patient)
        self._hand = PumpHand(self._room)
        self._nurse = ScriptedNurse(self.patient, Decimal(str(self.patient.weight_kg)))
        self.autopilot = autopilot

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
        """What the scripted nurse does now."""
        if self.autopilot:
            return self._nurse.act(state, now_ns)
        if state.phase in (Phase.SETUP, Phase.GATE):
            return self._nurse.prepare_only(state, now_ns)
        return []

    def close(self) -> None:
        """Close the ports."""
        self._room.close()
