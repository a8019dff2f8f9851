"""The levels that move a simulated body: constants, effect site, a level followed live."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from devices.simulation.drug_levels import (
    CLEMENTS_250,
    DOMINO,
    ILLUSTRATIVE_KE0_PER_MIN,
    INJECTED,
    SPRAYED_OR_HELD,
    Concentration,
    illustrative_effect_site_modes,
    illustrative_effect_site_ng_per_ml,
)
from protocols.dosing.pharmacokinetics import NS_PER_MIN, CompartmentModel, constant_infusion

MODELS = {model.name: model for model in (CLEMENTS_250, DOMINO)}


def ns(minutes: float) -> int:
    return round(minutes * NS_PER_MIN)


@pytest.mark.parametrize(("name", "ng_per_ml"), [("Clements 250", 177.3), ("Domino", 240.4)])
def test_plasma_at_the_end_of_the_reference_infusion(name: str, ng_per_ml: float) -> None:
    level = Concentration.plasma(MODELS[name], 70)
    for segment in constant_infusion(35, 40):
        level.set_rate(segment.start_ns, segment.rate_mg_per_min)
    assert level.ng_per_ml(ns(40)) == pytest.approx(ng_per_ml, rel=0.005)


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


def test_a_dose_given_at_once_stands_beside_the_pump_and_peaks_after_its_time() -> None:
    both, pump, alone = (Concentration.plasma(CLEMENTS_250, 70) for _ in range(3))
    for level in (both, pump):
        level.set_rate(ns(5), 0.875)
    for level in (both, alone):
        level.give(ns(10), 35, INJECTED)
    for minute in (0, 9, 10, 12, 25, 60):
        together = pump.ng_per_ml(ns(minute)) + alone.ng_per_ml(ns(minute))
        assert both.ng_per_ml(ns(minute)) == pytest.approx(together)
    assert alone.ng_per_ml(ns(10)) == 0
    assert max(range(120), key=lambda minute: alone.ng_per_ml(ns(minute))) == 25


def test_a_spray_brings_less_than_an_injection_and_later() -> None:
    injected, sprayed = (Concentration.plasma(CLEMENTS_250, 70) for _ in range(2))
    injected.give(0, 35, INJECTED)
    sprayed.give(0, 35, SPRAYED_OR_HELD)
    highest = [
        max(range(120), key=lambda m, of=of: of.ng_per_ml(ns(m))) for of in (injected, sprayed)
    ]
    assert highest == [15, 25]
    assert sprayed.ng_per_ml(ns(25)) < 0.4 * injected.ng_per_ml(ns(15))


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
    with pytest.raises(ValueError, match="negative"):
        level.give(ns(6), -1, INJECTED)
    with pytest.raises(ValueError, match="told after"):
        level.set_rate(ns(4), 1)
    with pytest.raises(ValueError, match="weight"):
        Concentration.plasma(CLEMENTS_250, 0)
    with pytest.raises(ValueError, match="ke0"):
        illustrative_effect_site_modes(DOMINO, 0)
    with pytest.raises(ValueError, match="equals a rate"):
        illustrative_effect_site_modes(DOMINO, DOMINO.modes[1].rate_per_min)


def test_the_effect_site_constant_is_the_calibrated_one() -> None:
    assert ILLUSTRATIVE_KE0_PER_MIN == 0.08
