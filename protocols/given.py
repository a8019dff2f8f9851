"""How much of the drug was given: the one place that says it, however the dose is given."""

from __future__ import annotations

from fractions import Fraction

from protocols.visit import Visit


def given_mg(visit: Visit, t_ns: int) -> Fraction:
    """Drug in mg that was given until `t_ns`, exact; of an infusion what left the pump."""
    return Fraction(0) if visit.delivery is None else visit.delivery.delivered_mg(t_ns)
