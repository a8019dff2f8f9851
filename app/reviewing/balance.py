"""The drug: what was planned, drawn, given, wasted and kept, and whether it adds up."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.reviewing.evidence import Evidence
from app.reviewing.phases import PHASES, Part, time_in
from app.reviewing.spans import total_ns
from app.state_ledger import given_mg, is_reconciled, keeps_account
from protocols.events import (
    DeliveryChanged,
    DoseGiven,
    DosePlanned,
    LedgerEntered,
    LedgerReconciled,
    Phase,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """The account of the drug at the end of the record; mg, exact; None where there is none.

    Attributes:
        kept: the protocol keeps an account at all.
        planned_mg, given_mg: of the order, and what was given by the timer or in doses.
        drawn_mg, wasted_mg, residual_mg: of the account.
        difference_mg: what was drawn less everything accounted for.
        tolerance_mg: a difference up to this is none.
        reconciled: the account was closed, and nothing came after; False: it was not, or what was
            given has changed since; None: none is kept.
        balanced: the difference lies within tolerance.
        reason: why an account was closed that does not balance.
        planned_min: minutes that the order says; None where the dose is given at once.
        ran_ns: how long the drug ran, pauses not counted.
        paused_ns: how long it was paused.
        events: order, deliveries and doses, entries of the account, and its close.
    """

    kept: bool
    planned_mg: Decimal | None = None
    given_mg: Decimal | None = None
    drawn_mg: Decimal | None = None
    wasted_mg: Decimal | None = None
    residual_mg: Decimal | None = None
    difference_mg: Decimal | None = None
    tolerance_mg: Decimal | None = None
    reconciled: bool | None = None
    balanced: bool | None = None
    reason: str = ""
    planned_min: Decimal | None = None
    ran_ns: int = 0
    paused_ns: int = 0
    events: tuple[int, ...] = ()


def balance_of(evidence: Evidence) -> Balance:
    """The account as the record ends."""
    opened = evidence.opened
    state, end_ns = opened.state, opened.end_ns
    dose = state.dose
    given = given_mg(state, end_ns) if state.infusion_started_ns is not None else None
    kept = keeps_account(state)
    closed = state.reconciled
    rule = None if state.definition is None else state.definition.ledger
    account = state.ledger if kept and state.ledger.entries else None
    difference = None
    if closed is not None:
        difference = closed.difference_mg
    elif account is not None:
        difference = account.at_hand_mg - (given or Decimal(0))
    tolerance = None
    if closed is not None:
        tolerance = closed.tolerance_mg
    elif account is not None and rule is not None:
        tolerance = rule.tolerance_of(account.drawn_mg)
    balanced = None
    if difference is not None and tolerance is not None:
        balanced = abs(difference) <= tolerance
    return Balance(
        kept=kept,
        planned_mg=None if dose is None else dose.dose_mg,
        given_mg=given,
        drawn_mg=None if account is None else account.drawn_mg,
        wasted_mg=None if account is None else account.wasted_mg,
        residual_mg=None if account is None else account.residual_mg,
        difference_mg=difference,
        tolerance_mg=tolerance,
        reconciled=is_reconciled(state, end_ns) if kept else None,
        balanced=balanced,
        reason="" if closed is None else closed.reason,
        planned_min=None if dose is None or not dose.duration_min else dose.duration_min,
        ran_ns=total_ns(time_in(opened, (Phase.INFUSING,))),
        paused_ns=total_ns(time_in(opened, PHASES[Part.INFUSION]))
        - total_ns(time_in(opened, (Phase.INFUSING,))),
        events=_proof(evidence),
    )


def _proof(evidence: Evidence) -> tuple[int, ...]:
    kinds = (DosePlanned, DeliveryChanged, DoseGiven, LedgerEntered, LedgerReconciled)
    return tuple(number for kind in kinds for number, _ in evidence.numbered(kind))
