"""What a nurse does with the dose itself: starts the pump, or gives one dose after the other."""

from __future__ import annotations

from decimal import Decimal

from app.state import ViewState
from app.state_giving import doses_planned, time_to_next_dose_ns
from protocols.events import (
    Command,
    EndHold,
    GiveDose,
    Giving,
    LineMark,
    MarkLine,
    StartInfusion,
)
from protocols.vitals import NS_PER_S

MARK_AFTER_NS = 60 * NS_PER_S
"""The drug is seen at the patient, and the flush ends, this long after it began."""

_LEAST_FLUSH_ML = Decimal(10)


def start_dose(state: ViewState) -> Command | None:
    """The pump is started, or the first dose given."""
    dose = state.dose
    if dose is None:
        return None
    if dose.giving is Giving.INFUSION:
        rate = round(dose.rate_ml_per_h, 1)
        return StartInfusion(t_ns=0, by="", pump_rate_ml_per_h=rate)
    return give_next(state)


def give_next(state: ViewState) -> Command | None:
    """The next dose given at once, or None after the last."""
    dose = state.dose
    if dose is None or len(state.giving.doses) >= doses_planned(dose):
        return None
    amount = dose.unit_mg if dose.giving is Giving.UNITS else dose.dose_mg
    return GiveDose(t_ns=0, by="", amount_mg=amount, lot="SIM-1")


def follow_dose(state: ViewState, now_ns: int) -> Command | None:
    """What the dose asks for now: the next one, the end of a hold, a mark at the line."""
    started_ns = state.infusion_started_ns
    if state.dose is None or started_ns is None:
        return None
    if state.dose.giving is Giving.INFUSION:
        return _mark_line(state, now_ns, started_ns)
    if state.infusion_ended_ns is None:
        return (
            give_next(state)
            if not time_to_next_dose_ns(state.giving, state.definition, now_ns)
            else None
        )
    return _end_hold(state, now_ns)


def _mark_line(state: ViewState, now_ns: int, started_ns: int) -> Command | None:
    giving = state.giving
    if giving.mark(LineMark.DRUG_AT_PATIENT) is None:
        if now_ns < started_ns + MARK_AFTER_NS:
            return None
        return MarkLine(t_ns=0, by="", mark=LineMark.DRUG_AT_PATIENT)
    flush = giving.mark(LineMark.FLUSH_STARTED)
    if state.infusion_ended_ns is None or giving.mark(LineMark.FLUSH_ENDED) is not None:
        return None
    if flush is None:
        return MarkLine(t_ns=0, by="", mark=LineMark.FLUSH_STARTED)
    if now_ns < flush.t_ns + MARK_AFTER_NS or state.definition is None:
        return None
    flush_ml = max(state.definition.dose.dead_space_ml, _LEAST_FLUSH_ML)
    return MarkLine(t_ns=0, by="", mark=LineMark.FLUSH_ENDED, flush_ml=flush_ml)


def _end_hold(state: ViewState, now_ns: int) -> Command | None:
    hold_s = None if state.definition is None else state.definition.dose.hold_s
    if hold_s is None or state.giving.hold is not None or not state.giving.doses:
        return None
    if now_ns < state.giving.doses[-1].t_ns + hold_s[0] * NS_PER_S:
        return None
    return EndHold(t_ns=0, by="", outcome="swallowed")
