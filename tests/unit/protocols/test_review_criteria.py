"""Criteria of a review: what the shipped file says, and what a file may not say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app import places
from app.review_criteria import load_criteria
from protocols.review_criteria import ChangeCriterion, CriteriaError, parse_criteria
from protocols.vitals import Vital

TEXT = (places.RESOURCES / "review" / "standard.toml").read_text(encoding="utf-8")


def test_every_number_of_the_shipped_file_says_where_it_comes_from() -> None:
    body = TEXT.split("[figures]")[1]
    numbers = [line for line in body.splitlines() if re.match(r"\w+ = \d", line)]
    assert len(numbers) > 20
    unmarked = [line for line in numbers if "[source]" not in line and "[design]" not in line]
    assert not unmarked


@pytest.mark.parametrize(
    ("before", "after", "field", "message"),
    [
        ("reaches = 180 ", "reaches = 900 ", "rise.0.reaches", "40 to 280 mmHg"),
        ('vital = "dbp"', 'vital = "sbp"', "rise.1.vital", "sbp is there twice"),
        ("below = 92 ", "below = 192 ", "desaturation.0.below", "1 to 100 %"),
        ('"hr", "pr", "spo2"', '"hr", "sbp"', "gaps.vitals.1", "sbp does not stream"),
        ("by_percent = 25 # [design]\nreaches = 90 ", "for_s = 3 # ", "fall.0.by", "is required"),
        ("cuff_stands_s = 900 ", "cuff_stands_s = 5 ", "figures.cuff_stands_s", "60"),
        ("cuff_s = 600", "cuffs_s = 600", "merge.cuffs_s", "Extra inputs"),
    ],
)
def test_a_mistake_is_named_with_its_line(
    before: str, after: str, field: str, message: str
) -> None:
    assert before in TEXT
    wrong = TEXT.replace(before, after, 1)
    with pytest.raises(CriteriaError) as raised:
        parse_criteria(wrong, "site.toml")
    problem = next(one for one in raised.value.problems if one.field == field)
    assert message in problem.message
    assert problem.line > 1


@pytest.mark.parametrize(
    ("baseline", "upward", "bound"),
    [(120.0, True, 156.0), (160.0, True, 180.0), (None, True, 180.0), (120.0, False, 90.0)],
)
def test_the_nearest_bound_counts(baseline: float | None, upward: bool, bound: float) -> None:
    rise = ChangeCriterion(vital=Vital.SBP, by=40.0, by_percent=30.0, reaches=180.0)
    fall = ChangeCriterion(vital=Vital.SBP, by_percent=25.0, reaches=80.0)
    assert (rise if upward else fall).bound(baseline, upward=upward) == bound


def test_without_a_baseline_a_change_alone_has_no_bound() -> None:
    assert ChangeCriterion(vital=Vital.SBP, by=40.0).bound(None, upward=True) is None


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(places, "site_folder", lambda kind: tmp_path / kind)
    (tmp_path / "review").mkdir()
    return tmp_path / "review" / "site.toml"


def test_a_sites_own_criteria_are_taken(site: Path) -> None:
    own = TEXT.replace('id = "standard"', 'id = "ours"').replace("below = 92 ", "below = 90 ")
    site.write_text(own, encoding="utf-8")
    in_force = load_criteria()
    assert (in_force.criteria.id, in_force.problem) == ("ours", "")
    assert in_force.criteria.desaturation[0].below == 90
    assert in_force.text == own


def test_a_sites_own_criteria_that_cannot_be_used_are_said_and_those_shipped_hold(
    site: Path,
) -> None:
    site.write_text(TEXT.replace("below = 92 ", "below = 192 "), encoding="utf-8")
    in_force = load_criteria()
    assert in_force.criteria.id == "standard"
    assert "192 is not allowed" in in_force.problem
    assert in_force.text == TEXT
