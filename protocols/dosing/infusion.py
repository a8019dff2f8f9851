"""The infusion: start, pause, resume, slow, stop, and the end of the dose at its own time."""

from __future__ import annotations

from protocols.dosing.delivery import Delivery
from protocols.dosing.dose import rate_matches
from protocols.dosing.giving import stop_giving
from protocols.events import (
    Command,
    DeliveryChanged,
    GapFound,
    Giving,
    ObservationRecorded,
    Output,
    PauseInfusion,
    Phase,
    PhaseChanged,
    ResumeInfusion,
    SessionResumed,
    SlowInfusion,
    StartInfusion,
    StopInfusion,
)
from protocols.guardrails import amount_text, as_decimal
from protocols.phases import refusal
from protocols.readiness import gather_facts
from protocols.visit import Visit, change_phase, refuse
from protocols.vitals import NS_PER_S


def start_infusion(visit: Visit, command: StartInfusion) -> list[Output]:
    """Start, when nothing holds and the pump shows the rate that was calculated."""
    held = refusal(visit.phase, Phase.INFUSING, gather_facts(visit, command.t_ns))
    if held is not None:
        return refuse(command, held)
    calculation = visit.calculation
    if calculation is None or visit.delivery is not None:
        return refuse(command, "The infusion was already started.")
    if calculation.giving is not Giving.INFUSION:
        return refuse(command, "This dose is given at once: nothing is infused.")
    if not command.pump_rate_ml_per_h.is_finite():
        return refuse(command, "The pump's rate is not a number. Read it back in mL/h.")
    tolerance = visit.definition.dose.rate_tolerance
    if not rate_matches(calculation.rate_ml_per_h, command.pump_rate_ml_per_h, tolerance):
        return refuse(
            command,
            f"The pump shows {amount_text(command.pump_rate_ml_per_h)} mL/h, the dose needs "
            f"{amount_text(calculation.rate_ml_per_h)} mL/h. Set the pump again and read it back.",
        )
    visit.delivery = Delivery.start(command.t_ns, calculation.plan)
    visit.observer = visit.observer or command.by
    visit.givers.append(command.by)
    return [_move(visit, command, Phase.INFUSING), _delivery(visit, command.t_ns, "start")]


def pause_infusion(visit: Visit, command: PauseInfusion) -> list[Output]:
    """The pump stands still until resumed."""
    if visit.phase is not Phase.INFUSING or visit.delivery is None:
        return refuse(command, "Nothing is being infused.")
    visit.delivery = visit.delivery.pause(command.t_ns)
    moved = _move(visit, command, Phase.PAUSED, command.reason)
    return [moved, _delivery(visit, command.t_ns, "pause")]


def resume_infusion(visit: Visit, command: ResumeInfusion) -> list[Output]:
    """The pump runs again at the rate it had."""
    if visit.phase is not Phase.PAUSED or visit.delivery is None:
        return refuse(command, "The infusion is not paused.")
    visit.delivery = visit.delivery.resume(command.t_ns)
    return [_move(visit, command, Phase.INFUSING), _delivery(visit, command.t_ns, "resume")]


def slow_infusion(visit: Visit, command: SlowInfusion) -> list[Output]:
    """The pump runs at a share of the ordered rate."""
    if visit.phase not in (Phase.INFUSING, Phase.PAUSED) or visit.delivery is None:
        return refuse(command, "Nothing is being infused.")
    if not 1 <= command.percent <= 100:
        return refuse(command, f"{command.percent} % of the ordered rate: allowed is 1 to 100 %.")
    visit.delivery = visit.delivery.slow(command.t_ns, command.percent)
    return [_delivery(visit, command.t_ns, f"rate {command.percent} %")]


def stop_infusion(visit: Visit, command: StopInfusion) -> list[Output]:
    """The pump is stopped for good; recovery begins at once, its clock counts from here."""
    if visit.phase is Phase.INFUSING and visit.delivery is None:
        return stop_giving(visit, command)
    if visit.phase not in (Phase.INFUSING, Phase.PAUSED) or visit.delivery is None:
        return refuse(command, "Nothing is being infused.")
    visit.delivery = visit.delivery.stop(command.t_ns)
    visit.drug_ended_ns = command.t_ns
    return [
        _move(visit, command, Phase.STOPPED, command.reason),
        _delivery(visit, command.t_ns, "stop"),
        change_phase(visit, command.t_ns, Phase.RECOVERY, command.by, "infusion stopped"),
    ]


def finish_infusion(visit: Visit, t_ns: int) -> list[Output]:
    """The whole dose is in: recovery begins by itself."""
    visit.drug_ended_ns = t_ns
    return [
        _delivery(visit, t_ns, "whole dose given"),
        change_phase(visit, t_ns, Phase.RECOVERY, "", "whole dose given"),
    ]


def note_gap(visit: Visit, event: SessionResumed | GapFound) -> list[Output]:
    """Say how much of the dose is counted in a gap of the record, where nobody watched."""
    if visit.delivery is None:
        return []
    if isinstance(event, SessionResumed) and event.clock_back_s > 0:
        return [_unknown_gap(event)]
    before = visit.delivery.delivered_mg(event.gap_start_ns)
    counted = visit.delivery.delivered_mg(event.t_ns) - before
    if counted == 0:
        return []
    by = event.by if isinstance(event, SessionResumed) else "program"
    gap_s = (event.t_ns - event.gap_start_ns) // NS_PER_S
    text = (
        f"Nothing was recorded for {gap_s // 60}:{gap_s % 60:02d} min. {amount_text(counted)} mg "
        "are counted in it as if the pump had run on: read the volume given from the pump and "
        "note it."
    )
    return [
        ObservationRecorded(
            t_ns=event.t_ns, kind="gap", label="Gap in the record", by=by, text=text
        )
    ]


def _unknown_gap(event: SessionResumed) -> Output:
    """Say that nobody knows how long the gap was, and so how much of the dose was given in it."""
    back_s = round(event.clock_back_s)
    text = (
        f"How long nothing was recorded is not known: the clock of this machine stands "
        f"{back_s // 60}:{back_s % 60:02d} min before the end of the record. No dose is counted "
        "for that time, so the pump may have given more: read the volume given from the pump and "
        "note it."
    )
    return ObservationRecorded(
        t_ns=event.t_ns, kind="gap", label="Gap of unknown length", by=event.by, text=text
    )


def finish_deadline_ns(visit: Visit) -> int | None:
    """When the whole dose will be in at the present rate, or None."""
    if visit.phase is not Phase.INFUSING or visit.delivery is None:
        return None
    return visit.delivery.finishes_at_ns()


def _move(visit: Visit, command: Command, after: Phase, reason: str = "") -> PhaseChanged:
    return change_phase(visit, command.t_ns, after, command.by, reason)


def _delivery(visit: Visit, t_ns: int, cause: str) -> DeliveryChanged:
    delivery = visit.delivery
    if delivery is None:
        raise ValueError("no delivery has begun")
    finished = delivery.is_finished(t_ns)
    rate = 0 if finished else delivery.rate_mg_per_min
    return DeliveryChanged(
        t_ns=t_ns,
        rate_mg_per_min=as_decimal(rate),
        delivered_mg=as_decimal(delivery.delivered_mg(t_ns)),
        percent=0 if finished else delivery.percent,
        finished=finished,
        cause=cause,
    )
