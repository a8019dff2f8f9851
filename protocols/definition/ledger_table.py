"""How a protocol file says what account is kept of its drug: ``[ledger]``."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Annotated

from pydantic import BaseModel, Field

from protocols.definition.fields import STRICT, IsNumber
from protocols.dosing.account import LedgerRule
from protocols.guardrails import plain_text


class LedgerTable(BaseModel):
    """``[ledger]``: `multi_dose_days` 0 says that a vial is for one patient."""

    model_config = STRICT

    controlled: bool
    tolerance_mg: Annotated[Decimal, Field(ge=0, le=100), IsNumber]
    tolerance_percent: Annotated[Decimal, Field(ge=0, le=10), IsNumber]
    multi_dose_days: Annotated[int, Field(ge=0, le=365)]

    def build(self) -> LedgerRule:
        """The frozen value."""
        return LedgerRule(
            controlled=self.controlled,
            tolerance_mg=self.tolerance_mg,
            tolerance_percent=self.tolerance_percent,
            multi_dose_days=self.multi_dose_days,
        )


def describe_ledger(rule: LedgerRule | None) -> Iterator[str]:
    """The account of the drug as a nurse reads it, line by line."""
    if rule is None:
        yield "No account of the drug is kept."
        return
    if rule.controlled:
        yield "Start needs a vial with lot and expiry, and the dose drawn"
        yield (
            "Waste needs a witness; at the end drawn = given + wasted + residual, within "
            f"{plain_text(rule.tolerance_mg)} mg or {plain_text(rule.tolerance_percent)} % of what "
            "was drawn, whichever is more"
        )
    else:
        yield "Lot and expiry are needed before the session is closed"
    yield (
        f"A vial may be used for {rule.multi_dose_days} days after its first puncture"
        if rule.multi_dose_days
        else "A vial is for one patient: what is left in it is wasted"
    )
