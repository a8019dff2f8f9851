"""``[concentration]``: the shipped parts say what they claim, and wrong ones are refused."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from concentration_models import PARTS, ROUTES, ns, shipped

from app.places import read_protocol
from devices.simulation.drug_levels import CLEMENTS_250
from protocols.definition import DefinitionError, ProtocolDefinition, describe, parse_protocol
from protocols.dosing.pharmacokinetics import Lump
from protocols.dosing.predicted import predict
from protocols.problems import Problem

IV = (PARTS / "iv.toml").read_text(encoding="utf-8")


def protocol_with(part: str, **own: str) -> str:
    """The reference protocol with `part` as its model, and other values for its `own` fields."""
    text, _ = read_protocol("iv-0.5-40")
    assert IV in text
    for name, value in own.items():
        text = re.sub(rf"(?m)^{name} = \S+", f"{name} = {value}", text, count=1)
    return text.replace(IV, part)


def parsed(part: str = IV, **own: str) -> ProtocolDefinition:
    return parse_protocol(protocol_with(part, **own), "site.toml")


def problem_of(part: str, **own: str) -> Problem:
    with pytest.raises(DefinitionError) as refused:
        parsed(part, **own)
    (problem,) = refused.value.problems
    return problem


def test_the_reference_protocol_predicts_with_the_shipped_part() -> None:
    text, path = read_protocol("iv-0.5-40")
    assert parse_protocol(text, path).concentration == shipped("iv")


def test_the_simulated_body_feels_what_the_shipped_part_predicts() -> None:
    assert shipped("iv").compartments.modes == CLEMENTS_250.modes


def test_the_page_says_that_the_curve_is_illustrative() -> None:
    page = describe(parsed())
    assert "Model Clements 250, 18 to 120 years; illustrative, never measured" in page
    assert "100 % of the dose arrives, into the blood; band of 25 % either side" in page


def test_the_page_of_a_protocol_without_a_model_says_so() -> None:
    text = protocol_with("").replace('"concentration/iv"', "", 1)
    definition = parse_protocol(re.sub(r",\s*,", ",", text), "site.toml")
    assert definition.concentration is None
    assert "No curve is drawn" in describe(definition)


def test_a_model_of_children_is_refused_in_a_protocol_for_adults() -> None:
    part = IV.replace("minimum_age_years = 18", "minimum_age_years = 2").replace(
        "maximum_age_years = 120", "maximum_age_years = 17"
    )
    problem = problem_of(part)
    assert (problem.file, problem.field) == (
        "parts/concentration/iv.toml",
        "concentration.maximum_age_years",
    )
    assert "a model of children is not used for adults" in problem.message
    assert part.splitlines()[problem.line - 1].startswith("maximum_age_years")


def test_a_model_of_adults_is_refused_in_a_protocol_that_treats_the_young() -> None:
    problem = problem_of(IV, minimum_age_years="16")
    assert problem.field == "concentration.minimum_age_years"
    assert "begins at 18 years, the protocol treats from 16" in problem.message


@pytest.mark.parametrize(
    ("old", "new", "field", "said"),
    [
        ("minimum_age_years = 18", "minimum_age_years = 121", "minimum_age_years", "0 up to 120"),
        ("maximum_age_years = 120", "maximum_age_years = 17", "minimum_age_years", "above"),
        ("k21_per_min = 0.0137", "k21_per_min = 0", "k21_per_min", "above 0 up to 10"),
        ("bioavailability = 1", "bioavailability = 93", "bioavailability", "above 0 up to 1"),
        ('unit = "ng/mL"', 'unit = "mg/L"', "unit", "ng/mL"),
        ("band_percent = 25", "band_percent = 100", "band_percent", "up to 90"),
    ],
)
def test_a_wrong_value_is_told_with_what_is_allowed(
    old: str, new: str, field: str, said: str
) -> None:
    assert old in IV
    problem = problem_of(IV.replace(old, new, 1))
    assert problem.field == f"concentration.{field}"
    assert said in problem.message


def test_half_of_a_third_compartment_is_refused() -> None:
    problem = problem_of(IV + "k13_per_min = 0.59\n")
    assert problem.message == "needs both of k13_per_min and k31_per_min, or neither."


@pytest.mark.parametrize("route", ROUTES)
def test_every_part_is_a_file_of_its_own_name_and_serves_a_protocol(route: str) -> None:
    text = (PARTS / f"{route}.toml").read_text(encoding="utf-8")
    assert f'id = "concentration/{route}"' in text
    model = parsed(text.replace(f"concentration/{route}", "concentration/iv")).concentration
    assert model == shipped(route)


def peak(route: str, amount_mg: float, weight_kg: float = 70) -> tuple[float, float]:
    """Minute, to 0.1 min, and level in ng/mL of the highest predicted level."""
    times = [ns(tenth / 10) for tenth in range(1_200)]
    levels = predict(shipped(route), weight_kg, (), [Lump(t_ns=0, amount_mg=amount_mg)], times)
    highest = max(levels)
    return levels.index(highest) / 10, highest


@pytest.mark.parametrize(
    ("route", "amount_mg", "minute", "ng_per_ml"),
    [("im", 35, 15, 176), ("sc", 35, 20, 155), ("sl", 100, 45, 84), ("in", 50, 16, 78)],
)
def test_each_absorbed_dose_peaks_when_and_as_high_as_its_part_says(
    route: str, amount_mg: float, minute: float, ng_per_ml: float
) -> None:
    at, level = peak(route, amount_mg)
    assert at == pytest.approx(minute, abs=0.2)
    assert level == pytest.approx(ng_per_ml, rel=0.01)


def test_the_published_share_through_the_nose_would_peak_far_too_low() -> None:
    assert peak("in", 50 * 0.11 / 0.296)[1] == pytest.approx(29, rel=0.01)
