"""Doses given at once: an injection, and devices or lozenges one after the other.

The first one starts the drug as a pump's start would, behind the same guard; with the last one the
drug has ended and the observation begins.
"""

from __future__ import annotations

from protocols.dosing.dose import doses_agree
from protocols.dosing.given import given_mg
from protocols.dosing.order import DoseCalculation
from protocols.events import (
    DeliveryChanged,
    DoseGiven,
    EndHold,
    GiveDose,
    Giving,
    HoldEnded,
    Output,
    Phase,
    StopInfusion,
)
from protocols.guardrails import amount_text, as_decimal
from protocols.phases import refusal
from protocols.readiness import gather_facts
from protocols.visit import GivenDose, Visit, change_phase, refuse
from protocols.vitals import NS_PER_S

HOLD_OUTCOMES = ("swallowed", "spat out")


def give_dose(visit: Visit, command: GiveDose) -> list[Output]:
    """One dose given at once, when nothing holds and it is the one that was ordered."""
    starts = visit.phase is not Phase.INFUSING
    if starts:
        held = refusal(visit.phase, Phase.INFUSING, gather_facts(visit, command.t_ns))
        if held is not None:
            return refuse(command, held)
    calculation = visit.calculation
    if calculation is None or calculation.giving is Giving.INFUSION:
        return refuse(command, "This order is infused: start the pump instead.")
    problem = _amount_problem(calculation, command) or _spacing_problem(visit, command)
    if problem:
        return refuse(command, problem)
    visit.given.append(GivenDose(t_ns=command.t_ns, amount_mg=command.amount_mg))
    visit.observer = visit.observer or command.by
    visit.givers.append(command.by)
    outputs: list[Output] = []
    if starts:
        outputs.append(change_phase(visit, command.t_ns, Phase.INFUSING, command.by, ""))
    outputs += [_given(visit, calculation, command), delivered(visit, command.t_ns, _cause(visit))]
    if len(visit.given) == doses_ordered(calculation):
        visit.drug_ended_ns = command.t_ns
        outputs.append(change_phase(visit, command.t_ns, Phase.RECOVERY, "", "whole dose given"))
    return outputs


def doses_ordered(calculation: DoseCalculation) -> int:
    """How many doses an order that is not infused consists of."""
    return calculation.units if calculation.giving is Giving.UNITS else 1


def next_dose_ns(visit: Visit) -> int | None:
    """From when the next unit may be given; None before the first and after the last."""
    calculation = visit.calculation
    if calculation is None or not visit.given or visit.drug_ended_ns is not None:
        return None
    return visit.given[-1].t_ns + visit.definition.dose.unit_spacing_s * NS_PER_S


def _amount_problem(calculation: DoseCalculation, command: GiveDose) -> str:
    units = calculation.giving is Giving.UNITS
    wanted = calculation.unit_mg if units else calculation.dose_mg
    if doses_agree(wanted, command.amount_mg):
        return ""
    what = f"one {calculation.unit_name}" if units else "the order"
    return (
        f"{amount_text(wanted)} mg is {what}, not what was entered. Check what was given; if it "
        "differs, stop, and write a note."
    )


def _spacing_problem(visit: Visit, command: GiveDose) -> str:
    """A unit given too early is recorded too, but never by a slip."""
    due_ns = next_dose_ns(visit)
    if due_ns is None or command.t_ns >= due_ns or command.reason.strip():
        return ""
    left_s = -(-(due_ns - command.t_ns) // NS_PER_S)
    spacing_min = visit.definition.dose.unit_spacing_s // 60
    return (
        f"At least {spacing_min} min lie between two: {left_s // 60}:{left_s % 60:02d} min are "
        "left. Wait; if it was given already, give a reason."
    )


def _given(visit: Visit, calculation: DoseCalculation, command: GiveDose) -> DoseGiven:
    return DoseGiven(
        t_ns=command.t_ns,
        number=len(visit.given),
        of=doses_ordered(calculation),
        amount_mg=command.amount_mg,
        total_mg=as_decimal(given_mg(visit, command.t_ns)),
        by=command.by,
        lot=command.lot.strip(),
        site=command.site.strip(),
        reason=command.reason.strip(),
    )


def _cause(visit: Visit) -> str:
    calculation = visit.calculation
    of = 1 if calculation is None else doses_ordered(calculation)
    return f"dose {len(visit.given)} of {of} given"


def delivered(visit: Visit, t_ns: int, cause: str, *, ended: bool = False) -> DeliveryChanged:
    """What was given so far, in the words that an infusion uses."""
    calculation = visit.calculation
    last = calculation is not None and len(visit.given) == doses_ordered(calculation)
    return DeliveryChanged(
        t_ns=t_ns,
        rate_mg_per_min=as_decimal(0),
        delivered_mg=as_decimal(given_mg(visit, t_ns)),
        percent=0,
        finished=last or ended,
        cause=cause,
    )


def stop_giving(visit: Visit, command: StopInfusion) -> list[Output]:
    """No further dose is given; the observation begins, its clock counts from here."""
    visit.drug_ended_ns = command.t_ns
    return [
        change_phase(visit, command.t_ns, Phase.STOPPED, command.by, command.reason),
        delivered(visit, command.t_ns, "stop", ended=True),
        change_phase(visit, command.t_ns, Phase.RECOVERY, command.by, "no further dose"),
    ]


def end_hold(visit: Visit, command: EndHold) -> list[Output]:
    """The lozenge left the mouth: how, and after how long."""
    if visit.definition.dose.hold_s is None or not visit.given:
        return refuse(command, "Nothing is held in the mouth.")
    if visit.hold_ended:
        return refuse(command, "The end of the hold is recorded already.")
    if command.outcome not in HOLD_OUTCOMES:
        return refuse(command, f"Choose one of: {', '.join(HOLD_OUTCOMES)}.")
    visit.hold_ended = True
    held_ns = command.t_ns - visit.given[-1].t_ns
    return [HoldEnded(t_ns=command.t_ns, outcome=command.outcome, held_ns=held_ns, by=command.by)]
