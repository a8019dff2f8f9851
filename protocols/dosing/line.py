"""The line between pump and patient: what left the pump is not yet in the patient.

The first drug needs the line's dead space to reach the patient, and the last of it stays in the
line until it is flushed. Beginning and end of the drug are therefore recorded as seen, and the
amount in the line is worked out from the dead space that the protocol names.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction

from protocols.dosing.given import left_pump_mg
from protocols.events import (
    ChangeContainer,
    ContainerChanged,
    LineMark,
    LineMarked,
    MarkLine,
    Output,
    Phase,
)
from protocols.guardrails import as_decimal
from protocols.visit import Visit, refuse

_AFTER_START = (Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY)
MAX_FLUSH_ML = Decimal(500)


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """The line of one infusion.

    Attributes:
        dead_space_ml: volume between pump and patient.
        concentration_mg_per_ml: of what is infused.
        flushed_ml: volume that has been pushed through it after the drug.
    """

    dead_space_ml: Fraction
    concentration_mg_per_ml: Fraction
    flushed_ml: Fraction = Fraction(0)

    def in_line_mg(self, left_pump_mg: Fraction) -> Fraction:
        """Drug in mg that left the pump and is not in the patient yet, never below 0.

        The line fills first; what is pumped beyond its volume reaches the patient. A flush pushes
        out as much volume as it has.
        """
        filled_ml = min(left_pump_mg / self.concentration_mg_per_ml, self.dead_space_ml)
        return max(Fraction(0), filled_ml - self.flushed_ml) * self.concentration_mg_per_ml


def line_of(visit: Visit) -> Line | None:
    """The line of the visit's infusion as it is now; None where nothing is infused."""
    if visit.delivery is None or visit.calculation is None:
        return None
    return Line(
        dead_space_ml=Fraction(visit.definition.dose.dead_space_ml),
        concentration_mg_per_ml=Fraction(visit.calculation.concentration_mg_per_ml),
        flushed_ml=Fraction(visit.flushed_ml),
    )


def in_line_mg(visit: Visit, t_ns: int) -> Fraction:
    """Drug in mg that is in the line at `t_ns`; 0 where nothing is infused."""
    line = line_of(visit)
    return Fraction(0) if line is None else line.in_line_mg(left_pump_mg(visit, t_ns))


def mark_line(visit: Visit, command: MarkLine) -> list[Output]:
    """What was seen at the line, with the amounts that it says."""
    if visit.delivery is None or visit.phase not in _AFTER_START:
        return refuse(command, "Nothing was infused yet.")
    if command.mark is LineMark.DRUG_AT_PATIENT:
        if visit.drug_at_patient_ns is not None:
            return refuse(command, "That the drug reached the patient is recorded already.")
        visit.drug_at_patient_ns = command.t_ns
    elif visit.drug_ended_ns is None:
        return refuse(command, "The drug still runs: flush the line when it has ended.")
    else:
        problem = _flush(visit, command)
        if problem:
            return refuse(command, problem)
    return [
        LineMarked(
            t_ns=command.t_ns,
            mark=command.mark,
            by=command.by,
            left_pump_mg=as_decimal(left_pump_mg(visit, command.t_ns)),
            in_line_mg=as_decimal(in_line_mg(visit, command.t_ns)),
            flush_ml=command.flush_ml,
        )
    ]


def _flush(visit: Visit, command: MarkLine) -> str:
    """Note the flush; why it cannot be noted, in a sentence, or empty."""
    volume_ml = command.flush_ml
    if command.mark is LineMark.FLUSH_STARTED:
        if visit.flushing:
            return "The flush is running already."
        visit.flushing = True
        return ""
    if not visit.flushing:
        return "No flush was started."
    if volume_ml is None or not volume_ml.is_finite() or not 0 < volume_ml <= MAX_FLUSH_ML:
        return f"Enter the volume of the flush: above 0 and at most {MAX_FLUSH_ML} mL."
    visit.flushing = False
    visit.flushed_ml += volume_ml
    return ""


def change_container(visit: Visit, command: ChangeContainer) -> list[Output]:
    """The bag or syringe was changed; the dose goes on, and its clock is not touched."""
    if visit.phase not in (Phase.INFUSING, Phase.PAUSED) or visit.delivery is None:
        return refuse(command, "Nothing is being infused.")
    if not command.lot.strip():
        return refuse(command, "Enter the lot of the new bag or syringe.")
    if not command.volume_ml.is_finite() or not 0 < command.volume_ml <= 5000:
        return refuse(command, "Enter the volume of the new bag or syringe: at most 5000 mL.")
    return [
        ContainerChanged(
            t_ns=command.t_ns,
            by=command.by,
            lot=command.lot.strip(),
            volume_ml=command.volume_ml,
            left_pump_mg=as_decimal(left_pump_mg(visit, command.t_ns)),
        )
    ]
