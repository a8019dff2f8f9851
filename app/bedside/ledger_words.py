"""The account of the drug as the screens say it: the same state gives the same words."""

from __future__ import annotations

from decimal import Decimal

from app.bedside.times import time_of_day
from app.state import ViewState
from app.state_ledger import given_mg, is_controlled, is_reconciled, to_account_mg
from protocols.dosing.account import Vial
from protocols.events import LedgerEntered, LedgerReconciled, LedgerStep, Phase
from protocols.guardrails import plain_text

STEP_WORDS: dict[LedgerStep, str] = {
    LedgerStep.VIAL: "vial taken out",
    LedgerStep.DRAWN: "drawn",
    LedgerStep.RESIDUAL: "residual kept",
    LedgerStep.WASTED: "wasted",
}
"""What was done, as people read it."""


def mg_text(amount: Decimal | float) -> str:
    """``35 mg``, ``0.25 mg``: at most two decimals, none where it is whole."""
    return f"{plain_text(Decimal(str(amount)), 2)} mg"


def account_line(state: ViewState, now_ns: int) -> str:
    """The sums in words, and what is left to account for: ``Drawn 50 mg, given 0 mg, ...``."""
    account = state.ledger
    left = to_account_mg(state, now_ns)
    rest = (
        f"{mg_text(left)} to account for"
        if left >= 0
        else f"{mg_text(-left)} more accounted for than drawn"
    )
    return (
        f"Drawn {mg_text(account.drawn_mg)}, given {mg_text(given_mg(state, now_ns))}, "
        f"wasted {mg_text(account.wasted_mg)}, residual {mg_text(account.residual_mg)}: {rest}."
    )


def vial_line(vial: Vial) -> str:
    """A vial in words: its name, lot and expiry, its strength, and what it still holds."""
    strength = vial.strength_mg_per_ml
    at = "" if strength is None else f" at {plain_text(strength)} mg/mL"
    product = f", product {vial.product}" if vial.product else ""
    opened = f", opened {vial.punctured_on}" if vial.punctured_on else ""
    return (
        f"{vial.name}: lot {vial.lot}, expires {vial.expiry}{product}{opened}. "
        f"{mg_text(vial.content_mg)}{at}, {mg_text(vial.left_mg)} left."
    )


def amount_words(entry: LedgerEntered) -> str:
    """The amount of an entry in mg, and in mL where it is known."""
    volume = entry.volume_ml
    return mg_text(entry.amount_mg) + ("" if volume is None else f" ({plain_text(volume, 2)} mL)")


def step_words(entry: LedgerEntered) -> str:
    """What was done: ``wasted``, ``drawn from A-12``, ``correction of 2: drawn from A-12``."""
    words = STEP_WORDS[entry.step]
    if entry.vial:
        words += f" {entry.vial}" if entry.step is LedgerStep.VIAL else f" from {entry.vial}"
    return f"correction of {entry.corrects}: {words}" if entry.corrects else words


def entry_line(state: ViewState, entry: LedgerEntered) -> str:
    """One entry with its number, time, who, and what the vial holds after it."""
    seen = f", {_seen(entry)} {entry.witness}" if entry.witness else ""
    detail = f": {entry.detail}" if entry.detail else ""
    left = "" if entry.vial_left_mg is None else f"; vial holds {mg_text(entry.vial_left_mg)}"
    return (
        f"{entry.number}  {time_of_day(state, entry.t_ns)}  {step_words(entry)} "
        f"{amount_words(entry)}{detail} ({entry.by}{seen}){left}"
    )


def _seen(entry: LedgerEntered) -> str:
    return "witness" if entry.step is LedgerStep.WASTED else "checked by"


def reconciled_words(event: LedgerReconciled) -> str:
    """How the account was closed: balanced, or the discrepancy that stays open and why."""
    if event.balanced:
        why = f" Reason: {event.reason}." if event.reason else ""
        return (
            f"Reconciled by {event.by}: balanced within {mg_text(event.tolerance_mg)} "
            f"(difference {mg_text(event.difference_mg)}).{why}"
        )
    missing = event.difference_mg
    words = (
        f"{mg_text(missing)} not accounted for"
        if missing > 0
        else f"{mg_text(-missing)} more accounted for than drawn"
    )
    return (
        f"DISCREPANCY OPEN: {words}, tolerance {mg_text(event.tolerance_mg)}. "
        f"Reconciled by {event.by}, reason: {event.reason}."
    )


def standing_words(state: ViewState, now_ns: int) -> str:
    """How the account stands: reconciled, a discrepancy, still open; empty while drug runs."""
    if state.reconciled is not None and is_reconciled(state, now_ns):
        return reconciled_words(state.reconciled)
    running = state.phase in (Phase.INFUSING, Phase.PAUSED)
    if running or not is_controlled(state):
        return ""
    if state.ledger.drawn_mg or given_mg(state, now_ns):
        return "Not reconciled yet."
    return "Nothing was drawn."
