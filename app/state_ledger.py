"""The account of the drug as a screen asks about it: what is kept, what is open, what is given."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from app.state import ViewState


def keeps_account(state: ViewState) -> bool:
    """Whether the protocol in force keeps an account of the drug."""
    return state.definition is not None and state.definition.ledger is not None


def is_controlled(state: ViewState) -> bool:
    """Whether the account must be reconciled."""
    rule = None if state.definition is None else state.definition.ledger
    return rule is not None and rule.controlled


def today_of(state: ViewState, now_ns: int) -> date | None:
    """The local date at `now_ns`, or None where the session has no clock."""
    return None if state.wall_clock is None else state.wall_clock.local(now_ns).date()


def given_mg(state: ViewState, now_ns: int) -> Decimal:
    """What was given until `now_ns`, mg, to the microgram."""
    return Decimal(str(round(state.delivered_mg(now_ns), 3)))


def to_account_mg(state: ViewState, now_ns: int) -> Decimal:
    """What was drawn and is neither given nor wasted nor kept at `now_ns`, mg; may be below 0."""
    return state.ledger.at_hand_mg - given_mg(state, now_ns)


def is_reconciled(state: ViewState, now_ns: int) -> bool:
    """Whether the account was closed, and nothing was entered or given since."""
    closed = state.reconciled
    return closed is not None and abs(closed.given_mg - given_mg(state, now_ns)) < Decimal("0.01")


def is_open(state: ViewState, now_ns: int) -> bool:
    """Whether closing the session at `now_ns` needs a reason because of the account."""
    given = bool(given_mg(state, now_ns))
    if keeps_account(state) and given and not state.ledger.vials():
        return True
    if not is_controlled(state) or not (state.ledger.drawn_mg or given):
        return False
    return not is_reconciled(state, now_ns)
