"""The hand at a simulated pump: it does there what the session was told."""

from __future__ import annotations

from devices.simulation.pump_drive import DriveFaults
from devices.simulation.room import SimulatedRoom
from protocols.events import DeliveryChanged, DosePlanned, Event, Giving


class PumpHand:
    """Starts, slows, pauses and stops the pumps of a simulated room with the infusion."""

    def __init__(self, room: SimulatedRoom, faults: DriveFaults | None = None) -> None:
        """Stand by the pumps of `room`, which have `faults`."""
        self._room = room
        self._dose: DosePlanned | None = None
        if faults is not None:
            room.fail_pumps(0, faults)

    def follow(self, event: Event) -> None:
        """Do at the pump what `event` means for it."""
        if isinstance(event, DosePlanned):
            self._dose = event
        elif isinstance(event, DeliveryChanged):
            self._room.run_pumps(event.t_ns, self.rate_ml_per_h(event))

    def rate_ml_per_h(self, change: DeliveryChanged) -> float:
        """The rate of the pump after `change`: its share of the one planned; 0 stands still."""
        dose = self._dose
        if dose is None or dose.giving is not Giving.INFUSION or change.finished:
            return 0.0
        return float(dose.rate_ml_per_h * change.percent / 100)
