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
        lot, expiry: as printed; the expiry is ``2027-08-31``, or ``2027-08`` for the whole month.
        product: product code as printed (NDC or another), or empty.
        strength_mg_per_ml: of the vial; None where it holds units.
        content_mg: what it holds, or what is left of it when it was punctured before.
        punctured_on: day of the first puncture in ISO 8601; empty for a vial that is whole.
    """

    vial: str
    lot: str
    expiry: str
    content_mg: Decimal
    strength_mg_per_ml: Decimal | None = None
    product: str = ""
    punctured_on: str = ""


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
    """An amount was destroyed by `method` before the eyes of `witness`, who is not the giver.

    It was drawn before, or comes straight out of `vial`, where one is named.
    """

    amount_mg: Decimal
    method: str
    witness: str
    vial: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class CorrectLedger(Command):
    """The entry with the number `entry` was wrong: `amount_mg` counts from now on, and why.

    Nothing is altered: the wrong entry stays in the account, and this one stands beside it. An
    amount of 0 says that it never happened. Correcting a waste needs a `witness` as the waste did.
    """

    entry: int
    amount_mg: Decimal
    reason: str
    witness: str = ""


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
        detail: the method of wasting, or the reason of a correction.
        drawn_mg: what left the vials, straight waste included.
        wasted_mg, residual_mg: the other sums.
        number: of the entry in this account, from 1.
        corrects: number of the entry whose amount this one takes over; 0: none.
        vial_left_mg: what the vial holds after it; None where no vial is concerned.
        volume_ml: the amount in mL at the strength of the vial, or, of what was drawn before, at
            the concentration ordered; None where neither is known.
        lot, expiry, product, punctured_on, strength_mg_per_ml: of a vial taken out.
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
    number: int = 0
    corrects: int = 0
    vial_left_mg: Decimal | None = None
    volume_ml: Decimal | None = None
    lot: str = ""
    expiry: str = ""
    product: str = ""
    punctured_on: str = ""
    strength_mg_per_ml: Decimal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerReconciled(Output):
    """Drawn = given + wasted + residual, within tolerance; else a discrepancy is open.

    `difference_mg` is what was drawn less everything accounted for; `in_vials_mg` is what the
    vials still hold.
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
    in_vials_mg: Decimal = Decimal(0)
