"""Ketamine plasma levels from the delivery rate: published compartment models, solved exactly.

A mammillary model is linear, so its response to a unit dose is a sum of exponentials. Each
exponential ("mode") keeps one amount ``x`` with ``dx/dt = rate - lambda * x``, which has an exact
solution while the rate is constant; the level is a fixed weighted sum of the modes. A pause is a
rate of 0. Nothing is integrated numerically, so a level does not depend on how often it was asked
for.

Adult racemic ketamine only. The *effect-site* level is illustrative: no equilibration constant
(ke0) for ketamine was found published, and the code bases that use one invent it. It may drive a
simulated patient; it is never to be shown as a measurement or a prediction.

Times are nanoseconds, rates mg/min, weights kg, levels ng/mL.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

NS_PER_MIN = 60_000_000_000
"""Nanoseconds in a minute."""

_NG_PER_ML_IN_MG_PER_L = 1_000.0
_LEAST_GAP = 1e-9

ILLUSTRATIVE_KE0_PER_MIN = 0.08
"""Plasma to effect-site constant, 1/min: fitted so that a simulated patient's blood pressure
follows the published time course. Illustrative; not a published value."""


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

    def illustrative_effect_site_modes(self, ke0_per_min: float) -> tuple[Mode, ...]:
        """The exponentials of an effect site that follows plasma with `ke0_per_min`. Illustrative.

        Raises:
            ValueError: if `ke0_per_min` is not positive or equals one of the model's own rates.
        """
        if ke0_per_min <= 0:
            raise ValueError(f"ke0 must be positive, got {ke0_per_min}")
        if any(abs(mode.rate_per_min - ke0_per_min) < _LEAST_GAP for mode in self.modes):
            raise ValueError(f"ke0 {ke0_per_min} equals a rate of the model {self.name}")
        followed = [
            Mode(m.rate_per_min, m.weight_kg_per_l * ke0_per_min / (ke0_per_min - m.rate_per_min))
            for m in self.modes
        ]
        own = Mode(ke0_per_min, -sum(m.weight_kg_per_l for m in followed))
        return (*followed, own)


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


CLEMENTS_250 = CompartmentModel(
    name="Clements 250",
    v1_l_per_kg=1.7522,
    k10_per_min=0.0109,
    k12_per_min=0.0186,
    k21_per_min=0.0137,
    source="Clements and Nimmo, Br J Anaesth 1981 (0.25 mg/kg arm); constants as in "
    "opentiva, opentiva/ketamine.py",
)
"""Two compartments; clearance and volume lie inside the intervals of Kamp's 2020 meta-analysis.
The one to show as a plasma curve."""

DOMINO = CompartmentModel(
    name="Domino",
    v1_l_per_kg=0.063,
    k10_per_min=0.438,
    k12_per_min=0.592,
    k21_per_min=0.247,
    k13_per_min=0.590,
    k31_per_min=0.0146,
    source="credited to Domino, Clin Pharmacol Ther 1984;36:645-653; constants as in "
    "stanpumpR, R/drugs_ketamine.R",
)
"""Three compartments with a fast front end. For driving a simulated patient's circulation."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RateSegment:
    """The delivery rate from `start_ns` until the next segment; 0 is a pause or the end."""

    start_ns: int
    rate_mg_per_min: float


@dataclass(frozen=True, slots=True)
class _State:
    """Amounts in mg held by each mode at `t_ns`, with the rate in force from then on."""

    t_ns: int
    rate_mg_per_min: float
    amounts_mg: tuple[float, ...]


def _stepped(modes: tuple[Mode, ...], state: _State, t_ns: int) -> tuple[float, ...]:
    minutes = (t_ns - state.t_ns) / NS_PER_MIN
    if minutes <= 0:
        return state.amounts_mg
    amounts = []
    for mode, amount in zip(modes, state.amounts_mg, strict=True):
        gone = -math.expm1(-mode.rate_per_min * minutes)
        amounts.append(amount + gone * (state.rate_mg_per_min / mode.rate_per_min - amount))
    return tuple(amounts)


class Concentration:
    """A level followed live: told of each change of rate, asked at any later time.

    Asking does not change anything: the level at a time depends on the rates alone.
    """

    def __init__(self, modes: tuple[Mode, ...], weight_kg: float) -> None:
        """Follow the level of `modes` (a model's plasma or effect site) for `weight_kg`.

        Raises:
            ValueError: if the weight is not positive.
        """
        if not weight_kg > 0:
            raise ValueError(f"weight must be positive, got {weight_kg} kg")
        self._modes = modes
        self._scale = _NG_PER_ML_IN_MG_PER_L / weight_kg
        self._states: tuple[_State, ...] = (_State(0, 0.0, (0.0,) * len(modes)),)

    @classmethod
    def plasma(cls, model: CompartmentModel, weight_kg: float) -> Concentration:
        """The plasma level of `model`."""
        return cls(model.modes, weight_kg)

    @classmethod
    def illustrative_effect_site(
        cls,
        model: CompartmentModel,
        weight_kg: float,
        ke0_per_min: float = ILLUSTRATIVE_KE0_PER_MIN,
    ) -> Concentration:
        """The effect-site level of `model`. Illustrative: no published ke0 exists."""
        return cls(model.illustrative_effect_site_modes(ke0_per_min), weight_kg)

    def set_rate(self, t_ns: int, rate_mg_per_min: float) -> None:
        """From `t_ns` on the drug is delivered at `rate_mg_per_min`.

        Raises:
            ValueError: if the rate is negative or `t_ns` lies before the last change.
        """
        last = self._states[-1]
        if not rate_mg_per_min >= 0:
            raise ValueError(f"rate must not be negative, got {rate_mg_per_min} mg/min")
        if t_ns < last.t_ns and len(self._states) > 1:
            raise ValueError(f"rate at {t_ns} ns told after that at {last.t_ns} ns")
        state = _State(t_ns, rate_mg_per_min, _stepped(self._modes, last, t_ns))
        # A new tuple in one assignment: a thread that is asking sees the old history or the new.
        self._states = (*self._states, state)

    def ng_per_ml(self, t_ns: int) -> float:
        """The level at `t_ns`, ng/mL; 0 before anything was delivered."""
        states = self._states
        index = len(states) - 1
        while index > 0 and states[index].t_ns > t_ns:
            index -= 1
        amounts = _stepped(self._modes, states[index], t_ns)
        level = 0.0
        for mode, amount in zip(self._modes, amounts, strict=True):
            level += mode.weight_kg_per_l * amount
        return level * self._scale


def constant_infusion(
    dose_mg: float, duration_min: float, start_ns: int = 0
) -> tuple[RateSegment, RateSegment]:
    """The segments of `dose_mg` given evenly over `duration_min` from `start_ns`."""
    end_ns = start_ns + round(duration_min * NS_PER_MIN)
    return (
        RateSegment(start_ns=start_ns, rate_mg_per_min=dose_mg / duration_min),
        RateSegment(start_ns=end_ns, rate_mg_per_min=0.0),
    )


def _levels(
    concentration: Concentration, segments: Iterable[RateSegment], times_ns: Sequence[int]
) -> list[float]:
    for segment in segments:
        concentration.set_rate(segment.start_ns, segment.rate_mg_per_min)
    return [concentration.ng_per_ml(t_ns) for t_ns in times_ns]


def plasma_ng_per_ml(
    model: CompartmentModel,
    weight_kg: float,
    segments: Iterable[RateSegment],
    times_ns: Sequence[int],
) -> list[float]:
    """The plasma level at each of `times_ns`, ng/mL, for `segments` in order of time.

    Raises:
        ValueError: if the weight is not positive, a rate is negative or the segments run backwards.
    """
    return _levels(Concentration.plasma(model, weight_kg), segments, times_ns)


def illustrative_effect_site_ng_per_ml(
    model: CompartmentModel,
    weight_kg: float,
    segments: Iterable[RateSegment],
    times_ns: Sequence[int],
    ke0_per_min: float = ILLUSTRATIVE_KE0_PER_MIN,
) -> list[float]:
    """The effect-site level at each of `times_ns`, ng/mL. Illustrative: no published ke0 exists.

    Raises:
        ValueError: as `plasma_ng_per_ml`, or if `ke0_per_min` does not suit the model.
    """
    site = Concentration.illustrative_effect_site(model, weight_kg, ke0_per_min)
    return _levels(site, segments, times_ns)
