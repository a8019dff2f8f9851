"""The controlled substance: every milligram drawn, given, left and wasted, with two persons."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from protocols.events.commands import Command
from protocols.events.terms import LedgerStep, Output


@dataclass(frozen=True, slots=True, kw_only=True)
class AddVial(Command):
    """A vial, or a pack of units, was taken out for this patient.

    Attributes:
        vial: identity of the vial, as it is labelled or numbered here.
        lot, expiry: as printed; the expiry is a date in ISO 8601.
        product: product code as printed (NDC or another), or empty.
        strength_mg_per_ml: of the vial; None where it holds units.
        content_mg: what it holds, or what is left of it when it was punctured before.
    """

    vial: str
    lot: str
    expiry: str
    content_mg: Decimal
    strength_mg_per_ml: Decimal | None = None
    product: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class DrawDrug(Command):
    """An amount was drawn from a vial; `checked_by` watched, where somebody did."""

    vial: str
    amount_mg: Decimal
    checked_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeepResidual(Command):
    """An amount stayed in the line, the bag or the syringe and is neither given nor wasted yet."""

    amount_mg: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class WasteDrug(Command):
    """An amount was destroyed by `method` before the eyes of `witness`, who is not the giver."""

    amount_mg: Decimal
    method: str
    witness: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReconcileDrug(Command):
    """The account is closed; a difference beyond tolerance needs a `reason` and stays open."""

    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerEntered(Output):
    """One entry of the account and the sums after it, mg.

    Attributes:
        step: what was done.
        vial: of which vial, or empty.
        amount_mg: of this entry.
        by, witness: who did it, who saw it (empty where nobody must).
        detail: lot, expiry and product of a vial, or the method of wasting.
        drawn_mg, wasted_mg, residual_mg: the sums.
    """

    step: LedgerStep
    vial: str
    amount_mg: Decimal
    by: str
    witness: str
    detail: str
    drawn_mg: Decimal
    wasted_mg: Decimal
    residual_mg: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReconciled(Output):
    """Drawn = given + wasted + residual, within tolerance; else a discrepancy is open.

    `difference_mg` is what was drawn less everything accounted for.
    """

    by: str
    drawn_mg: Decimal
    given_mg: Decimal
    wasted_mg: Decimal
    residual_mg: Decimal
    difference_mg: Decimal
    tolerance_mg: Decimal
    balanced: bool
    reason: str = ""
