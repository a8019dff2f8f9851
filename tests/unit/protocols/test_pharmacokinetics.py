"""Levels against the reference table, and the properties of a linear model solved exactly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocols.pharmacokinetics import (
    CLEMENTS_250,
    DOMINO,
    ILLUSTRATIVE_KE0_PER_MIN,
    NS_PER_MIN,
    CompartmentModel,
    Concentration,
    RateSegment,
    constant_infusion,
    illustrative_effect_site_ng_per_ml,
    plasma_ng_per_ml,
)

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
MODELS = {model.name: model for model in (CLEMENTS_250, DOMINO)}
HALF_PERCENT = 0.005


def ns(minutes: float) -> int:
    return round(minutes * NS_PER_MIN)


def end_level(
    model: CompartmentModel, mg_per_kg: float, minutes: float, weight_kg: float = 70
) -> float:
    segments = constant_infusion(mg_per_kg * weight_kg, minutes)
    return plasma_ng_per_ml(model, weight_kg, segments, [ns(minutes)])[0]


@pytest.mark.parametrize("name", TABLE)
@pytest.mark.parametrize("row", range(len(MINUTES)), ids=[f"{m} min" for m in MINUTES])
def test_level_of_the_reference_infusion(name: str, row: int) -> None:
    level = plasma_ng_per_ml(MODELS[name], 70, constant_infusion(35, 40), [ns(MINUTES[row])])
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
    assert end_level(CLEMENTS_250, mg_per_kg, minutes) == pytest.approx(clements, rel=HALF_PERCENT)
    assert end_level(DOMINO, mg_per_kg, minutes) == pytest.approx(domino, rel=HALF_PERCENT)


def test_the_curve_to_show_ends_near_the_published_level() -> None:
    # 185 ng/mL after 0.5 mg/kg over 40 min (Zarate 2006). A child's model would give about 496.
    assert end_level(CLEMENTS_250, 0.5, 40) == pytest.approx(185, rel=0.10)


def test_stopping_early_falls_as_fast_as_each_model_says() -> None:
    segments = [
        RateSegment(start_ns=0, rate_mg_per_min=0.875),
        RateSegment(start_ns=ns(20), rate_mg_per_min=0),
    ]
    times = [ns(20), ns(25), ns(30)]
    assert plasma_ng_per_ml(DOMINO, 70, segments, times) == pytest.approx([210, 63, 45], rel=0.02)
    assert plasma_ng_per_ml(CLEMENTS_250, 70, segments, times) == pytest.approx(
        [110, 96, 85], rel=0.01
    )


def test_effect_site_shape_of_the_reference_infusion() -> None:
    shape = {
        5: 0.19, 10: 0.39, 15: 0.56, 20: 0.69, 30: 0.88, 40: 1.00, 45: 0.85,
        50: 0.70, 60: 0.47, 70: 0.34, 80: 0.28, 100: 0.21, 120: 0.18,
    }  # fmt: skip
    levels = illustrative_effect_site_ng_per_ml(
        DOMINO, 70, constant_infusion(35, 40), [ns(40), *map(ns, shape)]
    )
    assert [level / levels[0] for level in levels[1:]] == pytest.approx(
        list(shape.values()), abs=0.006
    )


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_modes_carry_the_models_volume_and_clearance(model: CompartmentModel) -> None:
    at_once = sum(mode.weight_kg_per_l for mode in model.modes)
    area = sum(mode.weight_kg_per_l / mode.rate_per_min for mode in model.modes)
    assert at_once == pytest.approx(1 / model.v1_l_per_kg, rel=1e-9)
    assert area == pytest.approx(1 / (model.v1_l_per_kg * model.k10_per_min), rel=1e-9)


def test_clearance_at_70_kg() -> None:
    litres_per_h = [m.v1_l_per_kg * 70 * m.k10_per_min * 60 for m in (CLEMENTS_250, DOMINO)]
    assert litres_per_h == pytest.approx([80.2, 115.9], abs=0.1)


@pytest.mark.parametrize("model", MODELS.values(), ids=MODELS)
def test_exact_solution_agrees_with_stepping_the_compartments(model: CompartmentModel) -> None:
    """Small Euler steps through the compartments themselves, which know nothing of modes."""
    steps_per_min = 2_000
    central = second = third = 0.0
    rates = [(0, 10, 1.2), (10, 14, 0.0), (14, 25, 0.4)]
    for begin, end, rate in rates:
        for _ in range((end - begin) * steps_per_min):
            to_second = model.k12_per_min * central - model.k21_per_min * second
            to_third = model.k13_per_min * central - model.k31_per_min * third
            out = model.k10_per_min * central
            central += (rate - out - to_second - to_third) / steps_per_min
            second += to_second / steps_per_min
            third += to_third / steps_per_min
    segments = [RateSegment(start_ns=ns(begin), rate_mg_per_min=rate) for begin, _, rate in rates]
    level = plasma_ng_per_ml(model, 55, segments, [ns(25)])[0]
    assert level == pytest.approx(1_000 * central / (55 * model.v1_l_per_kg), rel=1e-3)


@given(
    factor=st.floats(0.01, 20),
    weight_kg=st.floats(30, 250),
    minute=st.floats(0.1, 300),
    name=st.sampled_from(list(MODELS)),
)
def test_linear_in_dose_and_free_of_weight_for_mg_per_kg(
    factor: float, weight_kg: float, minute: float, name: str
) -> None:
    model = MODELS[name]
    reference = plasma_ng_per_ml(model, 70, constant_infusion(35, 40), [ns(minute)])[0]
    scaled = plasma_ng_per_ml(
        model, weight_kg, constant_infusion(0.5 * weight_kg * factor, 40), [ns(minute)]
    )[0]
    assert scaled == pytest.approx(reference * factor, rel=1e-9)


@given(
    changes=st.lists(
        st.tuples(st.floats(0.01, 30), st.sampled_from([0.0, 0.2, 0.4375, 0.875, 2.0])),
        min_size=1,
        max_size=8,
    ),
    asked=st.lists(st.integers(0, ns(240)), max_size=20),
)
@settings(max_examples=60)
def test_asking_and_repeating_a_rate_change_nothing(
    changes: list[tuple[float, float]], asked: list[int]
) -> None:
    plain = Concentration.plasma(DOMINO, 70)
    nosy = Concentration.plasma(DOMINO, 70)
    minute = 0.0
    for gap, rate in changes:
        minute += gap
        plain.set_rate(ns(minute), rate)
        nosy.set_rate(ns(minute), rate)
        for t_ns in asked:
            nosy.ng_per_ml(t_ns)
        nosy.set_rate(ns(minute + 0.005), rate)
    for t_ns in asked:
        assert nosy.ng_per_ml(t_ns) == pytest.approx(plain.ng_per_ml(t_ns), rel=1e-9, abs=1e-9)
        assert plain.ng_per_ml(t_ns) >= 0


def test_past_levels_stay_when_the_rate_changes_later() -> None:
    level = Concentration.illustrative_effect_site(DOMINO, 70)
    level.set_rate(ns(3), 0.875)
    before = [level.ng_per_ml(ns(m)) for m in (0, 3, 10, 19)]
    level.set_rate(ns(20), 0)
    assert [level.ng_per_ml(ns(m)) for m in (0, 3, 10, 19)] == before
    assert before[:2] == [0, 0]


def test_what_no_pump_or_patient_can_be_is_refused() -> None:
    level = Concentration.plasma(CLEMENTS_250, 70)
    level.set_rate(ns(5), 1)
    with pytest.raises(ValueError, match="negative"):
        level.set_rate(ns(6), -0.1)
    with pytest.raises(ValueError, match="negative"):
        level.set_rate(ns(6), float("nan"))
    with pytest.raises(ValueError, match="told after"):
        level.set_rate(ns(4), 1)
    with pytest.raises(ValueError, match="weight"):
        Concentration.plasma(CLEMENTS_250, 0)
    with pytest.raises(ValueError, match="ke0"):
        DOMINO.illustrative_effect_site_modes(0)
    with pytest.raises(ValueError, match="equals a rate"):
        DOMINO.illustrative_effect_site_modes(DOMINO.modes[1].rate_per_min)


def test_the_effect_site_constant_is_the_calibrated_one() -> None:
    assert ILLUSTRATIVE_KE0_PER_MIN == 0.08
