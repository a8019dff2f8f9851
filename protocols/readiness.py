"""What the guards of the phase table ask about: gathered from the visit, decided in `phases`."""

from __future__ import annotations

from protocols.assessments import open_flags, scales_wanted
from protocols.care import effects_without_prescriber, open_checklists
from protocols.course_holds import held_sentences
from protocols.definition import ChecklistTime
from protocols.discharge import unmet
from protocols.dosing.ledger import start_problem
from protocols.events import Phase
from protocols.gate import held_gate_items, open_gate_items, start_limit_holds
from protocols.phases import PhaseFacts
from protocols.sound_check import start_problem as sound_problem
from protocols.visit import Visit
from protocols.vitals import NS_PER_S, Vital


def _monitors_problem(visit: Visit, t_ns: int) -> str:
    if visit.situation.fresh(Vital.SPO2, t_ns) is None:
        return "No present SpO2: check the oximeter and its probe."
    return ""


def _unmet(visit: Visit, t_ns: int) -> tuple[str, ...]:
    return (
        *unmet(visit, t_ns),
        *open_checklists(visit, ChecklistTime.AFTER),
        *effects_without_prescriber(visit),
    )


def gather_facts(visit: Visit, t_ns: int, *, reason: str = "") -> PhaseFacts:
    """Everything that a guard may ask at `t_ns`; `reason` is the person's, where one was given."""
    since_ns = visit.recovery_since_ns
    recovering = visit.phase is Phase.RECOVERY and since_ns is not None
    return PhaseFacts(
        patient_entered=visit.patient is not None,
        weight_entered=visit.weight_kg is not None,
        dose_planned=visit.calculation is not None,
        dose_confirmed=bool(visit.confirmed_by),
        open_gate_items=open_gate_items(visit),
        held_gate_items=(
            *held_gate_items(visit),
            *start_limit_holds(visit),
            *held_sentences(visit, t_ns),
        ),
        open_flags=open_flags(visit),
        scales_before=scales_wanted(visit, leaving=False),
        baseline_frozen=visit.baseline is not None,
        monitors_problem=_monitors_problem(visit, t_ns),
        drug_problem=start_problem(visit, t_ns),
        sound_problem=sound_problem(visit),
        recovery_elapsed_ns=t_ns - since_ns if recovering and since_ns is not None else 0,
        counted_from_first_dose=visit.definition.recovery.counted_from_first_dose,
        recovery_minimum_ns=visit.definition.recovery.minimum_s * NS_PER_S,
        unmet_discharge=_unmet(visit, t_ns) if recovering else (),
        scales_leaving=scales_wanted(visit, leaving=True) if recovering else (),
        open_checklists=open_checklists(visit, ChecklistTime.BEFORE),
        reason_given=bool(reason.strip()),
    )
