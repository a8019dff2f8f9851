"""Models of a drug's level for tests: shipped ones, published others, steps through them."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Sequence
from decimal import Decimal
from pathlib import Path

from devices.simulation.drug_levels import DOMINO
from protocols.definition.concentration_table import ConcentrationTable
from protocols.dosing.pharmacokinetics import NS_PER_MIN, CompartmentModel
from protocols.dosing.predicted import ConcentrationModel

PARTS = Path(__file__).resolve().parents[3] / "resources/protocols/parts/concentration"
ROUTES = sorted(path.stem for path in PARTS.glob("*.toml"))


def ns(minutes: float) -> int:
    return round(minutes * NS_PER_MIN)


def shipped(route: str) -> ConcentrationModel:
    """The model in the shipped part of that name."""
    text = (PARTS / f"{route}.toml").read_text(encoding="utf-8")
    table = tomllib.loads(text, parse_float=Decimal)["concentration"]
    return ConcentrationTable.model_validate(table).build()


def into_blood(
    compartments: CompartmentModel, ages_years: tuple[int, int] = (18, 120)
) -> ConcentrationModel:
    """A model of a drug that is given into the blood."""
    return ConcentrationModel(
        compartments=compartments,
        bioavailability=1.0,
        absorption_per_min=None,
        band_percent=25.0,
        unit="ng/mL",
        ages_years=ages_years,
    )


CLEMENTS = shipped("iv")
DOMINO_IN_BLOOD = into_blood(DOMINO)

HORNIK_CHILDREN = CompartmentModel(
    name="Hornik",
    v1_l_per_kg=32.8 / 70,
    k10_per_min=38.9 / 60 / 32.8,
    k12_per_min=54.9 / 60 / 32.8,
    k21_per_min=54.9 / 60 / 152,
    source="children; 32.8 L and 152 L, 38.9 L/h and 54.9 L/h a 70 kg, as in opentiva",
)


def runge_kutta_ng_per_ml(
    model: ConcentrationModel,
    weight_kg: float,
    rates: Sequence[tuple[float, float]],
    lumps: Sequence[tuple[float, float]],
    minute: float,
    steps_per_min: int = 100,
) -> float:
    """The level at `minute` by fourth-order Runge-Kutta through depot and compartments.

    `rates` are (minute, mg/min), `lumps` (minute, mg), both on whole steps. It knows no
    exponential.
    """
    one = model.compartments
    absorbed, step = model.absorption_per_min, 1 / steps_per_min
    state = [0.0, 0.0, 0.0, 0.0]  # depot, centre, second, third; mg

    def slope(rate: float) -> Callable[[list[float]], list[float]]:
        def of(at: list[float]) -> list[float]:
            depot, centre, second, third = at
            inflow, emptied = (rate, 0.0) if absorbed is None else (absorbed * depot, rate)
            out = (one.k10_per_min + one.k12_per_min + one.k13_per_min) * centre
            back = one.k21_per_min * second + one.k31_per_min * third
            return [
                emptied - (inflow if absorbed is not None else 0.0),
                inflow - out + back,
                one.k12_per_min * centre - one.k21_per_min * second,
                one.k13_per_min * centre - one.k31_per_min * third,
            ]

        return of

    for number in range(round(minute * steps_per_min) + 1):
        for at, amount in lumps:
            if round(at * steps_per_min) == number:
                state[1 if absorbed is None else 0] += amount * model.bioavailability
        if number == round(minute * steps_per_min):
            break
        now = [rate for at, rate in rates if round(at * steps_per_min) <= number]
        of = slope((now[-1] if now else 0.0) * model.bioavailability)
        a = of(state)
        b = of([x + step / 2 * d for x, d in zip(state, a, strict=True)])
        c = of([x + step / 2 * d for x, d in zip(state, b, strict=True)])
        d = of([x + step * e for x, e in zip(state, c, strict=True)])
        state = [
            x + step / 6 * (p + 2 * q + 2 * r + s)
            for x, p, q, r, s in zip(state, a, b, c, d, strict=True)
        ]
    return 1_000 * state[1] / (one.v1_l_per_kg * weight_kg)
