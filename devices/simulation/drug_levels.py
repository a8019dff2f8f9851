"""The drug levels that move a simulated body: published constants, and a level followed live.

What a screen predicts rests on the model that a protocol names, whatever that is; a simulated body
keeps its own constants, so that it stays the body it was calibrated to be.

The *effect-site* level is illustrative: no published equilibration constant (ke0) was found, and
the code bases that use one invent it. It drives a simulated circulation and is shown nowhere.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from protocols.dosing.pharmacokinetics import (
    NG_PER_ML_IN_MG_PER_L,
    NS_PER_MIN,
    CompartmentModel,
    Held,
    Mode,
    RateSegment,
)

CLEMENTS_250 = CompartmentModel(
    name="Clements 250",
    v1_l_per_kg=1.7522,
    k10_per_min=0.0109,
    k12_per_min=0.0186,
    k21_per_min=0.0137,
    source="Clements and Nimmo, Br J Anaesth 1981 (0.25 mg/kg arm); constants as in opentiva",
)
"""Two compartments; what the dissociation of a simulated body follows."""

DOMINO = CompartmentModel(
    name="Domino",
    v1_l_per_kg=0.063,
    k10_per_min=0.438,
    k12_per_min=0.592,
    k21_per_min=0.247,
    k13_per_min=0.590,
    k31_per_min=0.0146,
    source="credited to Domino, Clin Pharmacol Ther 1984;36:645-653; constants as in stanpumpR",
)
"""Three compartments with a fast front end; what a simulated circulation follows."""

ILLUSTRATIVE_KE0_PER_MIN = 0.08
"""Plasma to effect-site constant, 1/min: fitted so that a simulated patient's blood pressure
follows the published time course. Illustrative; not a published value."""

_LEAST_GAP = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class Uptake:
    """How a simulated body takes up what is given at once: the share, and how fast, 1/min."""

    share: float
    absorption_per_min: float


INJECTED = Uptake(share=0.93, absorption_per_min=0.1346)
"""An injection into a muscle or under the skin: highest after about a quarter of an hour."""

SPRAYED_OR_HELD = Uptake(share=0.30, absorption_per_min=0.06)
"""A spray or a lozenge: highest after less than half an hour. Invented between both."""


def illustrative_effect_site_modes(
    model: CompartmentModel, ke0_per_min: float = ILLUSTRATIVE_KE0_PER_MIN
) -> tuple[Mode, ...]:
    """The exponentials of an effect site that follows plasma with `ke0_per_min`. Illustrative.

    Raises:
        ValueError: if `ke0_per_min` is not positive or equals one of the model's own rates.
    """
    if ke0_per_min <= 0:
        raise ValueError(f"ke0 must be positive, got {ke0_per_min}")
    if any(abs(mode.rate_per_min - ke0_per_min) < _LEAST_GAP for mode in model.modes):
        raise ValueError(f"ke0 {ke0_per_min} equals a rate of the model {model.name}")
    followed = [
        Mode(m.rate_per_min, m.weight_kg_per_l * ke0_per_min / (ke0_per_min - m.rate_per_min))
        for m in model.modes
    ]
    own = Mode(ke0_per_min, -sum(m.weight_kg_per_l for m in followed))
    return (*followed, own)


@dataclass(frozen=True, slots=True)
class _State:
    """What the body holds at `t_ns`, with the rate in force from then on."""

    t_ns: int
    rate_mg_per_min: float
    held: Held


@dataclass(frozen=True, slots=True)
class _Given:
    """A dose in the depot at `t_ns`; a linear body holds each dose beside the others."""

    t_ns: int
    absorption_per_min: float
    dose: Held


class Concentration:
    """A level followed live: told of each change of rate and each dose, asked at any later time.

    Asking does not change anything: the level at a time depends on what was given alone.
    """

    def __init__(self, modes: tuple[Mode, ...], weight_kg: float) -> None:
        """Follow the level of `modes` (a model's plasma or effect site) for `weight_kg`.

        Raises:
            ValueError: if the weight is not positive.
        """
        if not weight_kg > 0:
            raise ValueError(f"weight must be positive, got {weight_kg} kg")
        self._modes = modes
        self._scale = NG_PER_ML_IN_MG_PER_L / weight_kg
        self._states: tuple[_State, ...] = (_State(0, 0.0, Held.nothing(modes)),)
        self._given: tuple[_Given, ...] = ()

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
        return cls(illustrative_effect_site_modes(model, ke0_per_min), weight_kg)

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
        state = _State(t_ns, rate_mg_per_min, self._held(last, t_ns))
        # A new tuple in one assignment: a thread that is asking sees the old history or the new.
        self._states = (*self._states, state)

    def give(self, t_ns: int, amount_mg: float, uptake: Uptake) -> None:
        """At `t_ns` one dose is given at once.

        Raises:
            ValueError: if the amount is negative.
        """
        if not amount_mg >= 0:
            raise ValueError(f"amount must not be negative, got {amount_mg} mg")
        dose = Held.nothing(self._modes).given(amount_mg * uptake.share, absorbed=True)
        self._given = (*self._given, _Given(t_ns, uptake.absorption_per_min, dose))

    def ng_per_ml(self, t_ns: int) -> float:
        """The level at `t_ns`, ng/mL; 0 before anything was delivered."""
        states = self._states
        index = len(states) - 1
        while index > 0 and states[index].t_ns > t_ns:
            index -= 1
        level = self._held(states[index], t_ns).level_kg_mg_per_l(self._modes)
        for one in self._given:
            minutes = (t_ns - one.t_ns) / NS_PER_MIN
            left = one.dose.after(minutes, self._modes, 0.0, one.absorption_per_min)
            level += left.level_kg_mg_per_l(self._modes)
        return level * self._scale

    def _held(self, state: _State, t_ns: int) -> Held:
        minutes = (t_ns - state.t_ns) / NS_PER_MIN
        return state.held.after(minutes, self._modes, state.rate_mg_per_min)


def illustrative_effect_site_ng_per_ml(
    model: CompartmentModel,
    weight_kg: float,
    segments: Iterable[RateSegment],
    times_ns: Sequence[int],
    ke0_per_min: float = ILLUSTRATIVE_KE0_PER_MIN,
) -> list[float]:
    """The effect-site level at each of `times_ns`, ng/mL. Illustrative: no published ke0 exists.

    Raises:
        ValueError: if the weight is not positive, a rate is negative, the segments run backwards
            or `ke0_per_min` does not suit the model.
    """
    site = Concentration.illustrative_effect_site(model, weight_kg, ke0_per_min)
    for segment in segments:
        site.set_rate(segment.start_ns, segment.rate_mg_per_min)
    return [site.ng_per_ml(t_ns) for t_ns in times_ns]
