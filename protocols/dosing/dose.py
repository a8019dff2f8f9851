"""The sums of a dose: amount, volume, rate.

All arithmetic is exact (`Fraction` of the decimals typed); a `Decimal` leaves only for records and
screens. Formulas are those of every infusion order: dose = dose per kilogram x weight, volume =
dose / concentration, rate = volume / time.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction

from protocols.guardrails import as_decimal

Number = Decimal | Fraction | int

RATE_TOLERANCE = Decimal("0.01")
"""How far the pump's displayed rate may be from the derived rate, as a share of the derived one."""
MAX_INPUT = Decimal(100_000)
MAX_INPUT_PLACES = 6

GUARDED_FIELDS: Mapping[str, tuple[str, str]] = {
    "weight_kg": ("Weight", "kg"),
    "height_cm": ("Height", "cm"),
    "dose_mg_per_kg": ("Dose per kilogram", "mg/kg"),
    "dose_mg": ("Total dose", "mg"),
    "duration_min": ("Duration", "min"),
    "concentration_mg_per_ml": ("Concentration", "mg/mL"),
    "rate_mg_per_kg_per_h": ("Rate", "mg/kg/h"),
    "rate_ml_per_h": ("Pump rate", "mL/h"),
}
"""Every number a guardrail can stand on: its label for people and its unit."""

_OTHER_FIELDS: Mapping[str, tuple[str, str]] = {
    "bag_ml": ("Bag", "mL"),
    "vial_mg_per_ml": ("Strength of the vial", "mg/mL"),
}


class DoseInputError(ValueError):
    """A number that no dose can be calculated from; the text says which and what is allowed."""


def dose_mg(dose_mg_per_kg: Number, weight_kg: Number) -> Fraction:
    """Total dose in mg: mg/kg x kg."""
    return Fraction(dose_mg_per_kg) * Fraction(weight_kg)


def volume_ml(dose_mg: Number, concentration_mg_per_ml: Number) -> Fraction:
    """Volume in mL that holds the dose at this concentration."""
    return Fraction(dose_mg) / Fraction(concentration_mg_per_ml)


def rate_ml_per_h(volume_ml: Number, duration_min: Number) -> Fraction:
    """Pump rate in mL/h that gives the volume in the time."""
    return Fraction(volume_ml) * 60 / Fraction(duration_min)


def bag_volume_ml(bag_ml: Number, added_ml: Number, *, diluent_withdrawn: bool = False) -> Fraction:
    """Volume in mL of a bag with the drug in it, as `bag_rate_ml_per_h` runs it."""
    return Fraction(bag_ml) if diluent_withdrawn else Fraction(bag_ml) + Fraction(added_ml)


def bag_rate_ml_per_h(
    bag_ml: Number, added_ml: Number, duration_min: Number, *, diluent_withdrawn: bool = False
) -> Fraction:
    """Pump rate in mL/h that runs a whole bag in the time.

    The bag holds the added drug volume besides its own, unless the same volume of diluent was
    withdrawn first.
    """
    total_ml = bag_volume_ml(bag_ml, added_ml, diluent_withdrawn=diluent_withdrawn)
    return rate_ml_per_h(total_ml, duration_min)


def rate_mg_per_min(dose_mg: Number, duration_min: Number) -> Fraction:
    """Drug rate in mg/min."""
    return Fraction(dose_mg) / Fraction(duration_min)


def rate_mg_per_kg_per_h(dose_mg_per_kg: Number, duration_min: Number) -> Fraction:
    """Drug rate in mg/kg/h: 0.5 mg/kg over 40 min is 0.75."""
    return Fraction(dose_mg_per_kg) * 60 / Fraction(duration_min)


def rate_mcg_per_kg_per_min(dose_mg_per_kg: Number, duration_min: Number) -> Fraction:
    """Drug rate in mcg/kg/min: 0.5 mg/kg over 40 min is 12.5."""
    return rate_mg_per_kg_per_h(dose_mg_per_kg, duration_min) * 1000 / 60


def remaining_min(dose_mg: Number, delivered_mg: Number, rate_mg_per_min: Number) -> Fraction:
    """Minutes until the whole dose is in at the present rate (above 0), never below 0."""
    return max(Fraction(0), Fraction(dose_mg) - Fraction(delivered_mg)) / Fraction(rate_mg_per_min)


def waste_mg(drawn_mg: Number, delivered_mg: Number, residual_in_line_mg: Number = 0) -> Fraction:
    """Drug in mg that was drawn but neither delivered nor left in the line."""
    return Fraction(drawn_mg) - Fraction(delivered_mg) - Fraction(residual_in_line_mg)


def rate_matches(
    derived_ml_per_h: Number, displayed_ml_per_h: Number, tolerance: Number = RATE_TOLERANCE
) -> bool:
    """Whether the rate on the pump's own display is the derived one, within `tolerance` of it.

    The comparison guards against a number keyed into the wrong field of the pump. A reading that is
    no possible number matches nothing.
    """
    if not _is_usable(displayed_ml_per_h):
        return False
    derived = Fraction(derived_ml_per_h)
    return abs(Fraction(displayed_ml_per_h) - derived) <= abs(derived) * Fraction(tolerance)


def _is_usable(value: Number) -> bool:
    """Whether exact arithmetic can take `value`: a `Decimal` may be no number, or endless."""
    return not isinstance(value, Decimal) or (value.is_finite() and -12 < value.adjusted() < 12)


def check_input(field: str, value: Decimal) -> Decimal:
    """`value` itself if arithmetic can use it.

    Raises:
        DoseInputError: no number, not above 0, not below 100000, or more than six decimals.
        KeyError: `field` is neither one of `GUARDED_FIELDS` nor of bag and vial.
    """
    label, unit = GUARDED_FIELDS.get(field) or _OTHER_FIELDS[field]
    if not value.is_finite():
        raise DoseInputError(f"{label} is not a number. Enter it in {unit}.")
    if not 0 < value < MAX_INPUT:
        raise DoseInputError(
            f"{label} {value:.6g} {unit} is not possible: it must be above 0 and below {MAX_INPUT}."
        )
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and -exponent > MAX_INPUT_PLACES:
        raise DoseInputError(f"{label} may have at most {MAX_INPUT_PLACES} decimals.")
    return value


def doses_agree(calculated_mg: Number, checked_mg: Number) -> bool:
    """Whether a second person's dose is the calculated one, to the two decimals a screen shows."""
    return _is_usable(checked_mg) and as_decimal(calculated_mg, 2) == as_decimal(checked_mg, 2)
