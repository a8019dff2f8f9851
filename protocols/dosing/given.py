"""How much of the drug was given: the one place that says it, however the dose is given."""

from __future__ import annotations

from fractions import Fraction

from protocols.visit import Visit


def left_pump_mg(visit: Visit, t_ns: int) -> Fraction:
    """Drug in mg that left the pump until `t_ns`, exact; 0 where nothing is infused."""
    return Fraction(0) if visit.delivery is None else visit.delivery.delivered_mg(t_ns)


def given_mg(visit: Visit, t_ns: int) -> Fraction:
    """Drug in mg that was given until `t_ns`, exact; of an infusion what left the pump."""
    at_once = sum((Fraction(one.amount_mg) for one in visit.given if one.t_ns <= t_ns), Fraction(0))
    return left_pump_mg(visit, t_ns) + at_once
