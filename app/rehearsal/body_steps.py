"""What a simulated body is told of the visit: the drug, however it is given."""

from __future__ import annotations

from devices.simulation.drug_levels import INJECTED, SPRAYED_OR_HELD
from devices.simulation.patient import SimulatedPatient
from protocols.events import DeliveryChanged, DoseGiven, DosePlanned, Event, Giving


class DrugTold:
    """Tells a simulated patient of the drug, event by event."""

    def __init__(self, patient: SimulatedPatient) -> None:
        """Tell `patient`."""
        self._patient = patient
        self._uptake = INJECTED

    def follow(self, event: Event) -> None:
        """Tell of `event` where it is drug: a rate of the pump, or a dose given at once."""
        if isinstance(event, DeliveryChanged):
            self._patient.set_rate(event.t_ns, float(event.rate_mg_per_min))
        elif isinstance(event, DosePlanned):
            self._uptake = SPRAYED_OR_HELD if event.giving is Giving.UNITS else INJECTED
        elif isinstance(event, DoseGiven):
            self._patient.give(event.t_ns, float(event.amount_mg), self._uptake)
