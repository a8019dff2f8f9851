"""Forecast files: the shipped one is read, and every mistake is named with its line."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

import shipped
from forecast_cases import MODEL, TEXT

from protocols.events import Phase
from protocols.forecast.model import FORECAST_VITALS
from protocols.forecast.model_file import ForecastError, parse_forecast


def mistakes(text: str) -> list[str]:
    with pytest.raises(ForecastError) as found:
        parse_forecast(text, "f.toml")
    return [str(problem) for problem in found.value.problems]


def line_of(text: str, part: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), 1) if part in line)


def test_the_shipped_model_says_where_it_is_from_and_for_whom() -> None:
    assert MODEL.validity.protocols <= set(shipped.NAMES)
    assert "simulated" in MODEL.cohort
    assert "Not validated on patients" in MODEL.cohort
    assert MODEL.approved_by == ""
    assert tuple(MODEL.vitals) == FORECAST_VITALS
    assert Phase.BASELINE not in MODEL.validity.phases


def test_the_effect_of_the_reference_is_one_at_its_end() -> None:
    assert MODEL.response.reference_min == 40
    assert sum(mode.weight_kg_per_l for mode in MODEL.response.modes) == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize(
    ("change", "line", "says"),
    [
        (
            lambda t: t.replace("onset_per_min =", "onset = 1\nonset_per_min ="),
            "onset = 1",
            "extra",
        ),
        (lambda t: t.replace("horizon_min = 10.0", "horizon_min = 90.0"), "horizon_min", "30"),
        (
            lambda t: t.replace("minimum_age_years = 18", "minimum_age_years = 80"),
            "minimum_age_years",
            "must not be above",
        ),
        (lambda t: t.replace('vital = "dbp"', 'vital = "sbp"'), "[[vital]]", "in this order"),
        (lambda t: t.replace('"infusing"', '"infused"'), "phases =", "Input should be"),
        (lambda t: t.replace("approved_by = ", "approved_by "), "approved_by", "Expected '='"),
    ],
)
def test_each_mistake_is_named_with_its_line(
    change: Callable[[str], str], line: str, says: str
) -> None:
    text = change(TEXT)
    assert text != TEXT
    found = mistakes(text)
    assert len(found) == 1
    assert found[0].startswith(f"f.toml:{line_of(text, line)}: ")
    assert says.lower() in found[0].lower()


def test_shares_that_do_not_add_up_are_refused() -> None:
    share = f"share = {MODEL.response.shares[0]:.6g}"
    (found,) = mistakes(TEXT.replace(share, "share = 0.1", 1))
    assert "must add up to 1" in found


def with_correlation(rows: list[list[float]]) -> str:
    head, _, rest = TEXT.partition("correlation = [\n")
    after = rest.partition("\n]\n")[2]
    lines = "".join(f"    {row},\n" for row in rows)
    return f"{head}correlation = [\n{lines}]\n{after}"


def test_correlations_must_be_possible() -> None:
    rows = [[1.0 if i == j else 0.1 for j in range(6)] for i in range(6)]
    parse_forecast(with_correlation(rows), "f.toml")
    where = f"f.toml:{line_of(TEXT, 'correlation =')}: correlation: "
    long = [[*rows[0], 0.0], *rows[1:]]
    assert mistakes(with_correlation(long)) == [
        f"{where}must have 6 numbers in each row: rest SBP, rest DBP, rest HR, change SBP, "
        "change DBP, change HR"
    ]
    (found,) = mistakes(with_correlation([[1.0, 0.2, *rows[0][2:]], *rows[1:]]))
    assert "rest DBP with rest SBP has two different values" in found
    doubled = [[2.0, *rows[0][1:]], *rows[1:]]
    assert "rest SBP with itself must be 1" in mistakes(with_correlation(doubled))[0]
    against = [[1.0 if i == j else -0.9 for j in range(6)] for i in range(6)]
    assert "not positive definite" in mistakes(with_correlation(against))[0]
