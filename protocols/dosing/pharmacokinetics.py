"""Plasma levels from what was given: mammillary compartment models, solved exactly.

A mammillary model is linear, so its response to a unit dose is a sum of exponentials. Each
exponential ("mode") keeps one amount ``x`` with ``dx/dt = input - lambda * x``, which has an exact
solution while the rate is constant; the level is a fixed weighted sum of the modes. A pause is a
rate of 0. What is absorbed first lies in a depot that empties with a first-order rate ``ka``, which
has an exact solution too. Nothing is integrated numerically, so a level does not depend on how
often it was asked for.

The constants of a model are data and stand nowhere here. A level is a prediction for an average
person, never a measurement.

Times are nanoseconds, rates mg/min, weights kg, levels ng/mL.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

NS_PER_MIN = 60_000_000_000
"""Nanoseconds in a minute."""

NG_PER_ML_IN_MG_PER_L = 1_000.0
"""Nanograms per millilitre in one milligram per litre."""


@dataclass(frozen=True, slots=True)
class Mode:
    """One exponential of a model's response to a dose.

    Attributes:
        rate_per_min: its rate constant, 1/min, positive.
        weight_kg_per_l: level in mg/L that 1 mg in this mode gives a patient of 1 kg.
    """

    rate_per_min: float
    weight_kg_per_l: float


@dataclass(frozen=True, kw_only=True)
class CompartmentModel:
    """A two- or three-compartment model with elimination from the central compartment.

    Attributes:
        name: short name for people.
        v1_l_per_kg: central volume, L/kg.
        k10_per_min: elimination, 1/min.
        k12_per_min, k21_per_min: exchange with the second compartment, 1/min.
        k13_per_min, k31_per_min: exchange with the third compartment, 1/min; both 0 where there is
            none.
        source: where the constants come from.
    """

    name: str
    v1_l_per_kg: float
    k10_per_min: float
    k12_per_min: float
    k21_per_min: float
    k13_per_min: float = 0.0
    k31_per_min: float = 0.0
    source: str

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """The exponentials of the plasma response, fastest first."""
        peripheral = [self.k21_per_min]
        if self.k13_per_min > 0:
            peripheral.append(self.k31_per_min)
            roots = _three_rates(self)
        else:
            roots = _two_rates(self)
        modes = []
        for i, root in enumerate(roots):
            weight = 1 / self.v1_l_per_kg
            for k in peripheral:
                weight *= k - root
            for j, other in enumerate(roots):
                if j != i:
                    weight /= other - root
            modes.append(Mode(root, weight))
        return tuple(modes)


def _two_rates(model: CompartmentModel) -> tuple[float, ...]:
    total = model.k10_per_min + model.k12_per_min + model.k21_per_min
    product = model.k10_per_min * model.k21_per_min
    fast = (total + math.sqrt(total * total - 4 * product)) / 2
    return (fast, product / fast)


def _three_rates(model: CompartmentModel) -> tuple[float, ...]:
    """Roots of the characteristic cubic by Viete's trigonometric form (all real and positive)."""
    k10, k12, k21 = model.k10_per_min, model.k12_per_min, model.k21_per_min
    k13, k31 = model.k13_per_min, model.k31_per_min
    b = k10 + k12 + k21 + k13 + k31
    c = k10 * k21 + k10 * k31 + k12 * k31 + k13 * k21 + k21 * k31
    d = k10 * k21 * k31
    p = b * b / 3 - c
    q = 2 * b**3 / 27 - b * c / 3 + d
    radius = 2 * math.sqrt(p / 3)
    angle = math.acos(max(-1.0, min(1.0, q / 2 / (p / 3) ** 1.5))) / 3
    roots = [b / 3 + radius * math.cos(angle + turn * 2 * math.pi / 3) for turn in range(3)]
    return tuple(sorted(roots, reverse=True))


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSegment:
    """The delivery rate from `start_ns` until the next segment; 0 is a pause or the end."""

    start_ns: int
    rate_mg_per_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Lump:
    """An amount given at once at `t_ns`: an injection, a spray, a lozenge."""

    t_ns: int
    amount_mg: float


def constant_infusion(
    dose_mg: float, duration_min: float, start_ns: int = 0
) -> tuple[RateSegment, RateSegment]:
    """The segments of `dose_mg` given evenly over `duration_min` from `start_ns`."""
    end_ns = start_ns + round(duration_min * NS_PER_MIN)
    return (
        RateSegment(start_ns=start_ns, rate_mg_per_min=dose_mg / duration_min),
        RateSegment(start_ns=end_ns, rate_mg_per_min=0.0),
    )


@dataclass(frozen=True, slots=True)
class Held:
    """Drug in the body at one moment, mg.

    Attributes:
        unabsorbed_mg: in the depot, on its way into the blood.
        amounts_mg: held by each mode.
    """

    unabsorbed_mg: float
    amounts_mg: tuple[float, ...]

    @classmethod
    def nothing(cls, modes: Sequence[Mode]) -> Held:
        """No drug yet."""
        return cls(0.0, (0.0,) * len(modes))

    def given(self, amount_mg: float, *, absorbed: bool) -> Held:
        """The same with `amount_mg` more: in the depot if it is `absorbed`, else in the blood."""
        if absorbed:
            return Held(self.unabsorbed_mg + amount_mg, self.amounts_mg)
        return Held(self.unabsorbed_mg, tuple(amount + amount_mg for amount in self.amounts_mg))

    def after(
        self,
        minutes: float,
        modes: Sequence[Mode],
        rate_mg_per_min: float,
        absorption_per_min: float | None = None,
    ) -> Held:
        """The same `minutes` (0 or more) later, at a constant `rate_mg_per_min`.

        With `absorption_per_min` the rate flows into the depot. What the depot holds beyond its
        balance with the rate reaches a mode as the product of two exponentials, written so that
        `absorption_per_min` may equal the rate of a mode.
        """
        if minutes <= 0:
            return self
        left, beyond = self.unabsorbed_mg, 0.0
        if absorption_per_min is not None:
            gone = -math.expm1(-absorption_per_min * minutes)
            beyond = left - rate_mg_per_min / absorption_per_min
            left -= beyond * gone
        amounts = []
        for mode, amount in zip(modes, self.amounts_mg, strict=True):
            gone = -math.expm1(-mode.rate_per_min * minutes)
            amount += gone * (rate_mg_per_min / mode.rate_per_min - amount)
            if absorption_per_min is not None:
                amount += beyond * absorbed_share(mode.rate_per_min, absorption_per_min, minutes)
            amounts.append(amount)
        return Held(left, tuple(amounts))

    def level_kg_mg_per_l(self, modes: Sequence[Mode]) -> float:
        """The level in mg/L of a patient of 1 kg."""
        level = 0.0
        for mode, amount in zip(modes, self.amounts_mg, strict=True):
            level += mode.weight_kg_per_l * amount
        return level


def absorbed_share(rate_per_min: float, absorption_per_min: float, minutes: float) -> float:
    """What a mode holds of 1 mg that was in the depot `minutes` ago.

    It is ``ka (exp(-a t) - exp(-b t)) / (b - a)`` with a and b the smaller and the larger of both
    rates (the Bateman function), without the division by zero where they are equal.
    """
    slow, fast = sorted((rate_per_min, absorption_per_min))
    apart = (fast - slow) * minutes
    mean = -math.expm1(-apart) / apart if apart > 0 else 1.0
    return absorption_per_min * minutes * math.exp(-slow * minutes) * mean
