"""Outcome by the definitions: bounds to the point, unknown without a baseline, risk before all."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.courses.facts import Score
from protocols.courses.outcome import Outcome, OutcomeKind, judge_outcome, response_rate
from tests.unit.protocols.course_stories import RULES, START, at, phq9


def judged(*scores: Score, scale: str = "phq-9") -> Outcome:
    return judge_outcome(scores, scale, RULES.outcome, rules_version="standard 1", first_dose=START)


@pytest.mark.parametrize(
    ("before", "after", "kind"),
    [
        (20, 10, OutcomeKind.RESPONSE),
        (20, 11, OutcomeKind.PARTIAL),
        (20, 15, OutcomeKind.PARTIAL),
        (20, 16, OutcomeKind.NO_RESPONSE),
        (20, 4, OutcomeKind.REMISSION),
        (20, 5, OutcomeKind.RESPONSE),
        (20, 24, OutcomeKind.NO_RESPONSE),
        (20, 25, OutcomeKind.WORSENING),
        (5, 4, OutcomeKind.REMISSION),
    ],
)
def test_each_bound_of_the_definitions(before: int, after: int, kind: OutcomeKind) -> None:
    assert judged(phq9(before, -24), phq9(after, 300)).kind is kind


@pytest.mark.parametrize(("scale", "total"), [("madrs", 10), ("qids-sr16", 5), ("phq-9", 4)])
def test_remission_is_reached_at_the_bound_of_each_scale(scale: str, total: int) -> None:
    def rated(value: int) -> Outcome:
        before = Score(scale=scale, taken=at(-1), total=27)
        return judged(before, Score(scale=scale, taken=at(200), total=value), scale=scale)

    assert rated(total).in_remission is True
    assert rated(total + 1).in_remission is False


@given(st.integers(0, 27), st.floats(1, 1000))
def test_without_a_baseline_it_is_unknown_and_never_no_response(total: int, hours: float) -> None:
    found = judged(phq9(total, hours, positive=None))
    assert found.kind is OutcomeKind.UNKNOWN
    assert found.responded is None
    assert "no baseline" in found.sentence


def test_a_baseline_older_than_two_weeks_is_none() -> None:
    assert judged(phq9(20, -15 * 24), phq9(8, 48)).kind is OutcomeKind.UNKNOWN
    assert judged(phq9(20, -13 * 24), phq9(8, 48)).kind is OutcomeKind.RESPONSE


def test_no_percentage_is_made_of_a_baseline_of_nothing() -> None:
    found = judged(phq9(0, -1), phq9(0, 48))
    assert (found.kind, found.change_percent) == (OutcomeKind.UNKNOWN, None)


@given(st.integers(0, 27), st.integers(0, 27))
def test_a_new_positive_item_is_a_worsening_whatever_the_totals_say(a: int, b: int) -> None:
    found = judged(phq9(a, -1), phq9(b, 48, positive=True))
    assert found.kind is OutcomeKind.WORSENING
    assert found.positive
    assert "suicide screen" in found.sentence


def test_an_item_that_was_positive_before_is_told_but_not_new() -> None:
    found = judged(phq9(20, -1, positive=True), phq9(8, 48, positive=True))
    assert found.kind is OutcomeKind.RESPONSE
    assert found.positive


def test_a_positive_item_counts_though_nothing_is_known_of_before() -> None:
    assert judged(phq9(8, 48, positive=True)).kind is OutcomeKind.WORSENING


def test_another_scale_that_screens_counts_too() -> None:
    screen = Score(scale="asq", taken=at(48), total=None, band="positive", positive=True)
    assert judged(phq9(20, -1), phq9(8, 47), screen).kind is OutcomeKind.WORSENING


def test_relapse_needs_a_remission_before_it() -> None:
    remitted = (phq9(20, -1), phq9(3, 100))
    assert judged(*remitted, phq9(10, 400)).kind is OutcomeKind.RELAPSE
    assert judged(*remitted, phq9(9, 400)).kind is OutcomeKind.RESPONSE
    assert judged(phq9(20, -1), phq9(9, 100), phq9(10, 400)).kind is OutcomeKind.RESPONSE


def test_the_definition_stays_with_the_result() -> None:
    found = judged(phq9(20, -1), phq9(8, 48))
    assert "Remission: PHQ-9 below 5" in found.definition
    assert "version standard 1" in found.definition
    assert dict(found.bounds)["relapse"] == "total 10 or more after it"
    assert found.baseline is not None
    assert found.latest is not None
    assert "20 → 8 (−60 %)" in found.sentence


def test_a_scale_without_bounds_has_no_remission() -> None:
    before = Score(scale="pcl-5", taken=at(-1), total=50)
    found = judged(before, Score(scale="pcl-5", taken=at(48), total=3), scale="pcl-5")
    assert (found.kind, found.in_remission) == (OutcomeKind.RESPONSE, None)


@given(st.permutations([phq9(20, -1), phq9(12, 24), phq9(8, 48), phq9(9, 90)]))
def test_the_order_in_which_ratings_are_given_makes_no_difference(scores: list[Score]) -> None:
    assert judged(*scores) == judged(*sorted(scores, key=lambda score: score.taken))


def test_the_clinics_rate_counts_the_known_only() -> None:
    rate = response_rate(
        [judged(phq9(20, -1), phq9(8, 48)), judged(phq9(20, -1), phq9(18, 48)), judged()]
    )
    assert (rate.responders, rate.known, rate.unknown) == (1, 2, 1)
    assert "1 of 2" in rate.sentence
    assert "1 without" in rate.sentence
