"""What a nurse by the book does with the drug: takes a vial, draws, wastes the rest, reconciles."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from app.state import ViewState
from app.state_ledger import (
    is_controlled,
    is_reconciled,
    keeps_account,
    to_account_mg,
    today_of,
)
from protocols.events import AddVial, Command, DrawDrug, Giving, ReconcileDrug, WasteDrug

VIAL = "SIM-1"
VIAL_MG = Decimal(500)
VIAL_MG_PER_ML = Decimal(50)
SPARE_MG = Decimal(10)
"""Drawn beyond the dose, so that something is left to waste."""

METHOD = "simulated: drug disposal container"


def take_vial(state: ViewState) -> Command | None:
    """A vial for the ordered dose, good for a year; None where no account is kept."""
    today = today_of(state, state.t_ns)
    if not keeps_account(state) or state.dose is None or today is None:
        return None
    in_units = state.dose.giving is Giving.UNITS
    return AddVial(
        t_ns=0,
        by="",
        vial=VIAL,
        lot="SIMULATED",
        expiry=(today + timedelta(days=365)).isoformat(),
        content_mg=state.dose.dose_mg if in_units else max(VIAL_MG, 2 * state.dose.dose_mg),
        strength_mg_per_ml=None if in_units else VIAL_MG_PER_ML,
    )


def draw_dose(state: ViewState, checked_by: str) -> Command | None:
    """The dose and a little more; units as they are. None where no account must balance."""
    vial = state.ledger.vial(VIAL)
    if not is_controlled(state) or state.dose is None or vial is None:
        return None
    amount = min(vial.left_mg, round(state.dose.dose_mg + SPARE_MG, 2))
    return DrawDrug(t_ns=0, by="", vial=vial.name, amount_mg=amount, checked_by=checked_by)


def settle_account(state: ViewState, now_ns: int, witness: str) -> Command | None:
    """The next step after the end of the drug: waste what is left, then reconcile; or None."""
    rule = None if state.definition is None else state.definition.ledger
    if rule is None or not is_controlled(state) or is_reconciled(state, now_ns):
        return None
    account = state.ledger
    if not account.drawn_mg:
        return None
    left = round(to_account_mg(state, now_ns), 2)
    if left > 0:
        return WasteDrug(t_ns=0, by="", amount_mg=left, method=METHOD, witness=witness)
    rest = next((vial for vial in account.vials() if vial.left_mg), None)
    if rest is not None and not rule.multi_dose_days:
        return WasteDrug(
            t_ns=0,
            by="",
            amount_mg=rest.left_mg,
            method=METHOD,
            witness=witness,
            vial=rest.name,
        )
    return ReconcileDrug(t_ns=0, by="")
