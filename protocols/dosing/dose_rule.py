"""What a protocol says of its dose, and whose dose it is."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from protocols.dosing.dose import RATE_TOLERANCE
from protocols.events import Giving, OrderDose, Preparation, WeightBasis


@dataclass(frozen=True, slots=True, kw_only=True)
class DoseRule:
    """What a protocol's dose is, and within what it may be changed besides the guardrails.

    Attributes:
        giving: how it is given.
        dose_mg_per_kg: the usual dose by weight; None of a fixed dose.
        dose_mg: the usual fixed dose; None of a dose by weight.
        choices: the only doses allowed, in the unit of the dose; empty where guardrails suffice.
        duration_min, concentration_mg_per_ml: the usual ones; None where they mean nothing.
        rate_tolerance: how far the pump's displayed rate may be from the derived one, as a share.
        styles: preparations allowed, the usual one first.
        bags_ml, vials_mg_per_ml: what is in the cupboard, the usual one first.
        syringe_ml: what a syringe holds, or None.
        rounding_mg: the dose is rounded to multiples of this, or None.
        dead_space_ml: volume between pump and patient.
        weight_bases: weights that a dose may rest on, the usual one first.
        choose_weight_from_bmi: body-mass index from which the choice of weight needs a reason.
        unit_mg, unit_name: strength and name of one device or lozenge.
        unit_spacing_s: least time between two units.
        hold_s: least and greatest time that a unit is held in the mouth, or None.
        earlier_doses: doses that the patient must have had before, else a prescriber's reason.
        last_dose_soft, last_dose_hard: how many times the dose of the last visit, or what part of
            it, needs a reason, and is refused; None where it is not compared.
    """

    giving: Giving
    dose_mg_per_kg: Decimal | None
    dose_mg: Decimal | None
    duration_min: Decimal | None
    concentration_mg_per_ml: Decimal | None
    rate_tolerance: Decimal = RATE_TOLERANCE
    choices: tuple[Decimal, ...] = ()
    styles: tuple[Preparation, ...] = (Preparation.SYRINGE,)
    bags_ml: tuple[Decimal, ...] = ()
    vials_mg_per_ml: tuple[Decimal, ...] = ()
    syringe_ml: Decimal | None = None
    rounding_mg: Decimal | None = None
    dead_space_ml: Decimal = Decimal(0)
    weight_bases: tuple[WeightBasis, ...] = (WeightBasis.TOTAL,)
    choose_weight_from_bmi: Decimal | None = None
    unit_mg: Decimal | None = None
    unit_name: str = ""
    unit_spacing_s: int = 0
    hold_s: tuple[int, int] | None = None
    earlier_doses: int = 0
    last_dose_soft: Decimal | None = None
    last_dose_hard: Decimal | None = None

    @property
    def by_weight(self) -> bool:
        """Whether the dose is one by weight."""
        return self.dose_mg_per_kg is not None

    def usual_order(self, t_ns: int = 0, by: str = "") -> OrderDose:
        """The order that changes nothing of the protocol."""
        style = self.styles[0]
        bagged = self.giving is Giving.INFUSION and style is not Preparation.SYRINGE
        return OrderDose(
            t_ns=t_ns,
            by=by,
            dose_mg_per_kg=self.dose_mg_per_kg,
            dose_mg=self.dose_mg,
            duration_min=self.duration_min,
            concentration_mg_per_ml=(
                None if style is Preparation.WHOLE_BAG else self.concentration_mg_per_ml
            ),
            style=style,
            bag_ml=self.bags_ml[0] if bagged and self.bags_ml else None,
            vial_mg_per_ml=self.vials_mg_per_ml[0] if self.vials_mg_per_ml else None,
            weight_basis=self.weight_bases[0],
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """Whose dose it is: weight, height and sex (``female``, ``male`` or another word)."""

    weight_kg: Decimal
    height_cm: Decimal | None = None
    sex: str = ""
