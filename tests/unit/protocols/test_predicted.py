"""Predicted levels against the reference table, an independent integration, and a linear model."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from concentration_models import (
    CLEMENTS,
    DOMINO_IN_BLOOD,
    HORNIK_CHILDREN,
    ROUTES,
    into_blood,
    ns,
    runge_kutta_ng_per_ml,
    shipped,
)

from protocols.dosing.pharmacokinetics import Lump, RateSegment, constant_infusion
from protocols.dosing.predicted import ConcentrationModel, beyond_line, predict

MINUTES = (5, 10, 20, 30, 40, 45, 50, 60, 80, 100, 120, 160, 220, 240)
# 0.5 mg/kg over 40 min at 70 kg, by fourth-order Runge-Kutta with steps of 0.01 min.
TABLE = {
    "Clements 250": (
        33.2, 62.0, 109.5, 146.9, 177.3, 157.4, 140.8, 115.4, 84.7, 68.4, 58.8, 47.7, 37.3, 34.6,
    ),
    "Domino": (
        155.4, 181.8, 209.6, 226.5, 240.4, 91.4, 71.1, 55.1, 45.8, 40.5, 35.8, 28.1, 19.6, 17.3,
    ),
}  # fmt: skip
MODELS = {model.name: model for model in (CLEMENTS, DOMINO_IN_BLOOD)}
EVERY_MODEL = {**MODELS, **{route: shipped(route) for route in ROUTES}}
HALF_PERCENT = 0.005


def end_level(
    model: ConcentrationModel, mg_per_kg: float, minutes: float, weight_kg: float = 70
) -> float:
    segments = constant_infusion(mg_per_kg * weight_kg, minutes)
    return predict(model, weight_kg, segments, (), [ns(minutes)])[0]


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("row", range(len(MINUTES)), ids=[f"{m} min" for m in MINUTES])
def test_level_of_the_reference_infusion(name: str, row: int) -> None:
    level = predict(MODELS[name], 70, constant_infusion(35, 40), (), [ns(MINUTES[row])])
    # The table is printed to 0.1: half of its last digit is no error of the model.
    assert level[0] == pytest.approx(TABLE[name][row], rel=HALF_PERCENT, abs=0.05)


@pytest.mark.parametrize(
    ("mg_per_kg", "minutes", "clements", "domino"),
    [
        (0.2, 40, 70.9, 96.1),
        (1.0, 40, 354.6, 480.7),
        (0.5, 60, 149.9, 176.5),
        (0.5, 100, 117.3, 122.1),
    ],
)
def test_end_of_infusion_of_other_regimens(
    mg_per_kg: float, minutes: float, clements: float, domino: float
) -> None:
    assert end_level(CLEMENTS, mg_per_kg, minutes) == pytest.approx(clements, rel=HALF_PERCENT)
    assert end_level(DOMINO_IN_BLOOD, mg_per_kg, minutes) == pytest.approx(domino, rel=HALF_PERCENT)


def test_the_curve_to_show_ends_near_the_published_level() -> None:
    # 185 ng/mL after 0.5 mg/kg over 40 min (Zarate 2006).
    assert end_level(CLEMENTS, 0.5, 40) == pytest.approx(185, rel=0.10)


def test_a_model_of_children_would_predict_nearly_three_times_as_much() -> None:
    assert end_level(into_blood(HORNIK_CHILDREN), 0.5, 40) == pytest.approx(496, rel=HALF_PERCENT)


def test_a_model_suits_only_the_ages_it_was_made_for() -> None:
    children = into_blood(HORNIK_CHILDREN, ages_years=(2, 17))
    assert [children.suits(age) for age in (1, 2, 17, 18, 70)] == [False, True, True, False, False]
    assert [CLEMENTS.suits(age) for age in (17, 18, 70)] == [False, True, True]


def test_stopping_early_falls_as_fast_as_each_model_says() -> None:
    segments = [
        RateSegment(start_ns=0, rate_mg_per_min=0.875),
        RateSegment(start_ns=ns(20), rate_mg_per_min=0),
    ]
    times = [ns(20), ns(25), ns(30)]
    assert predict(DOMINO_IN_BLOOD, 70, segments, (), times) == pytest.approx(
        [210, 63, 45], rel=0.02
    )
    assert predict(CLEMENTS, 70, segments, (), times) == pytest.approx([110, 96, 85], rel=0.01)


RATES = [(3.0, 0.875), (12.5, 0.0), (20.0, 0.4375), (31.25, 0.875), (50.0, 0.0)]
LUMPS = [(7.0, 20.0), (7.0, 5.0), (40.0, 12.5)]


def segments_of(rates: list[tuple[float, float]]) -> list[RateSegment]:
    return [RateSegment(start_ns=ns(at), rate_mg_per_min=rate) for at, rate in rates]


def lumps_of(lumps: list[tuple[float, float]]) -> list[Lump]:
    return [Lump(t_ns=ns(at), amount_mg=amount) for at, amount in lumps]


@pytest.mark.parametrize("name", EVERY_MODEL)
def test_pauses_slowing_and_doses_at_once_agree_with_numerical_integration(name: str) -> None:
    model = EVERY_MODEL[name]
    times = [2.0, 10.0, 15.0, 25.0, 40.0, 60.0]
    exact = predict(model, 63, segments_of(RATES), lumps_of(LUMPS), [ns(t) for t in times])
    stepped = [runge_kutta_ng_per_ml(model, 63, RATES, LUMPS, t) for t in times]
    assert exact == pytest.approx(stepped, rel=1e-6)
    assert exact[0] == 0


@pytest.mark.parametrize("nearness", [0.0, 1e-13, 1e-9, 1e-4, -1e-9])
@pytest.mark.parametrize("mode", [0, 1])
def test_absorption_as_fast_as_the_model_itself_is_no_special_case(
    nearness: float, mode: int
) -> None:
    own = CLEMENTS.compartments.modes[mode].rate_per_min
    model = replace(CLEMENTS, absorption_per_min=own * (1 + nearness))
    exact = predict(model, 70, segments_of(RATES), lumps_of(LUMPS), [ns(20), ns(55)])
    stepped = [runge_kutta_ng_per_ml(model, 70, RATES, LUMPS, t) for t in (20, 55)]
    assert exact == pytest.approx(stepped, rel=1e-6)


def test_a_dose_into_the_blood_stands_at_once_in_the_central_volume() -> None:
    level = predict(CLEMENTS, 70, (), lumps_of([(5, 35)]), [ns(4.99), ns(5)])
    assert level == pytest.approx([0, 1_000 * 35 / (70 * 1.7522)])


def test_what_is_absorbed_late_is_not_lost() -> None:
    """The area under the curve is the share that arrives over the clearance, however slowly."""
    model = shipped("sl")
    times = [ns(minute) for minute in range(0, 40_000, 2)]
    levels = predict(model, 70, (), lumps_of([(0, 100)]), times)
    litres_per_min = 70 * 1.7522 * 0.0109
    assert sum(levels) * 2 == pytest.approx(1_000 * 100 * 0.29 / litres_per_min, rel=1e-3)


@given(
    factor=st.floats(0.01, 20),
    weight_kg=st.floats(30, 250),
    minute=st.floats(0.1, 300),
    name=st.sampled_from(list(EVERY_MODEL)),
)
def test_linear_in_dose_and_free_of_weight_for_mg_per_kg(
    factor: float, weight_kg: float, minute: float, name: str
) -> None:
    def level(mg_per_kg: float, kg: float) -> float:
        segments = constant_infusion(mg_per_kg * kg, 40)
        lump = Lump(t_ns=ns(1), amount_mg=0.1 * mg_per_kg * kg)
        return predict(EVERY_MODEL[name], kg, segments, [lump], [ns(minute)])[0]

    assert level(0.5 * factor, weight_kg) == pytest.approx(factor * level(0.5, 70), rel=1e-9)


@given(
    changes=st.lists(
        st.tuples(st.floats(0.01, 30), st.sampled_from([0.0, 0.2, 0.4375, 0.875, 2.0])),
        min_size=1,
        max_size=8,
    ),
    given_at=st.lists(st.tuples(st.floats(0, 200), st.floats(0, 100)), max_size=3),
    between=st.lists(st.integers(0, ns(240)), max_size=20),
    route=st.sampled_from(["iv", "im", "sl"]),
)
@settings(max_examples=60)
def test_a_level_does_not_depend_on_what_else_is_asked(
    changes: list[tuple[float, float]],
    given_at: list[tuple[float, float]],
    between: list[int],
    route: str,
) -> None:
    segments, minute = [], 0.0
    for gap, rate in changes:
        minute += gap
        segments.append(RateSegment(start_ns=ns(minute), rate_mg_per_min=rate))
        segments.append(RateSegment(start_ns=ns(minute + 0.005), rate_mg_per_min=rate))
    model, lumps = shipped(route), lumps_of(given_at)
    often = predict(model, 70, segments, lumps, sorted([*between, ns(240)]))
    alone = [predict(model, 70, segments, lumps, [t])[0] for t in sorted([*between, ns(240)])]
    assert often == pytest.approx(alone, rel=1e-9, abs=1e-9)
    assert min(often) >= 0


@pytest.mark.parametrize(
    ("dead_space_mg", "arrives"),
    [
        (0.0, [(0.0, 1.0), (10.0, 0.0), (15.0, 0.5), (25.0, 0.0)]),
        (4.0, [(4.0, 1.0), (10.0, 0.0), (15.0, 0.5), (25.0, 0.0)]),
        (10.0, [(10.0, 0.0), (15.0, 0.5), (25.0, 0.0)]),
        (12.0, [(19.0, 0.5), (25.0, 0.0)]),
        (15.0, [(25.0, 0.0)]),
        (16.0, []),
    ],
)
def test_the_line_is_filled_before_anything_reaches_the_patient(
    dead_space_mg: float, arrives: list[tuple[float, float]]
) -> None:
    pumped = segments_of([(0.0, 1.0), (10.0, 0.0), (15.0, 0.5), (25.0, 0.0)])
    assert beyond_line(pumped, dead_space_mg) == segments_of(arrives)


def test_a_line_before_the_start_gives_nothing() -> None:
    assert beyond_line([], 10.0) == []


def test_the_band_lies_around_the_level() -> None:
    assert CLEMENTS.band(100.0) == pytest.approx((75.0, 125.0))


@pytest.mark.parametrize(
    ("weight_kg", "segments", "lumps", "times", "wrong"),
    [
        (0.0, [], [], [0], "weight"),
        (float("nan"), [], [], [0], "weight"),
        (70.0, [(0.0, -0.1)], [], [0], "rate must not be negative"),
        (70.0, [(0.0, float("nan"))], [], [0], "rate must not be negative"),
        (70.0, [(5.0, 1.0), (4.0, 0.0)], [], [0], "told after"),
        (70.0, [], [(1.0, -1.0)], [0], "amount must not be negative"),
        (70.0, [], [], [ns(2), ns(1)], "run backwards"),
    ],
)
def test_what_nobody_can_be_given_is_refused(
    weight_kg: float,
    segments: list[tuple[float, float]],
    lumps: list[tuple[float, float]],
    times: list[int],
    wrong: str,
) -> None:
    with pytest.raises(ValueError, match=wrong):
        predict(CLEMENTS, weight_kg, segments_of(segments), lumps_of(lumps), times)
