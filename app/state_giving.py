"""How a dose reaches the patient, as a screen shows it: doses given at once, and the line."""

from __future__ import annotations

from dataclasses import dataclass, replace

from protocols.definition import ProtocolDefinition
from protocols.events import (
    ContainerChanged,
    DoseGiven,
    DosePlanned,
    Giving,
    HoldEnded,
    LineMark,
    LineMarked,
)
from protocols.vitals import NS_PER_S


@dataclass(frozen=True, slots=True, kw_only=True)
class GivingShown:
    """What was given at once and what was seen at the line, each oldest first."""

    doses: tuple[DoseGiven, ...] = ()
    hold: HoldEnded | None = None
    marks: tuple[LineMarked, ...] = ()
    containers: tuple[ContainerChanged, ...] = ()

    def with_dose(self, event: DoseGiven) -> GivingShown:
        """With one dose more."""
        return replace(self, doses=(*self.doses, event))

    def with_hold(self, event: HoldEnded) -> GivingShown:
        """With the end of the hold of a lozenge."""
        return replace(self, hold=event)

    def with_mark(self, event: LineMarked) -> GivingShown:
        """With what was seen at the line."""
        return replace(self, marks=(*self.marks, event))

    def with_container(self, event: ContainerChanged) -> GivingShown:
        """With one change of bag or syringe more."""
        return replace(self, containers=(*self.containers, event))

    def mark(self, mark: LineMark) -> LineMarked | None:
        """When `mark` was seen last, or None."""
        return next((one for one in reversed(self.marks) if one.mark is mark), None)

    @property
    def flushing(self) -> bool:
        """Whether a flush runs."""
        flushes = [one.mark for one in self.marks if one.mark is not LineMark.DRUG_AT_PATIENT]
        return bool(flushes) and flushes[-1] is LineMark.FLUSH_STARTED


def doses_planned(dose: DosePlanned | None) -> int:
    """How many doses an order given at once consists of; 0 of an infusion or without an order."""
    if dose is None or dose.giving is Giving.INFUSION:
        return 0
    return dose.units if dose.giving is Giving.UNITS else 1


def time_to_next_dose_ns(
    giving: GivingShown, definition: ProtocolDefinition | None, now_ns: int
) -> int:
    """How long the protocol asks to wait before the next dose, ns; 0 when it may be given."""
    if definition is None or not giving.doses:
        return 0
    return max(0, giving.doses[-1].t_ns + definition.dose.unit_spacing_s * NS_PER_S - now_ns)
