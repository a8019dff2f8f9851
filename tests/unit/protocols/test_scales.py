"""Scales: totals that are exact or absent, cut-offs at each edge, flags, scores from readings."""

from __future__ import annotations

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocols.definition import DefinitionError, parse_protocol
from protocols.scales import (
    Entry,
    Scale,
    band_of,
    flags_of,
    is_asked,
    measure,
    missing_items,
    outcome_of,
    total_of,
)
from protocols.vitals import Vital
from tests.unit.protocols.shipped_scales import SCALE_FILES, protocol_with, scale, shipped

WITH_WORDING = {"phq-9": 10, "gad-7": 7, "asq": 5, "aldrete": 5, "padss": 4}
ALL = [one.id for one in shipped().scales]


@pytest.mark.parametrize(
    ("name", "total", "band"),
    [
        *(("phq-9", n, b) for n, b in [(0, "minimal"), (4, "minimal"), (5, "mild"), (9, "mild")]),
        ("phq-9", 10, "moderate"), ("phq-9", 14, "moderate"), ("phq-9", 15, "moderately severe"),
        ("phq-9", 19, "moderately severe"), ("phq-9", 20, "severe"), ("phq-9", 27, "severe"),
        ("gad-7", 4, "minimal"), ("gad-7", 5, "mild"), ("gad-7", 9, "mild"),
        ("gad-7", 10, "moderate"), ("gad-7", 14, "moderate"), ("gad-7", 15, "severe"),
        ("gad-7", 21, "severe"),
        ("madrs", 6, "none"), ("madrs", 7, "mild"), ("madrs", 19, "mild"),
        ("madrs", 20, "moderate"), ("madrs", 34, "moderate"), ("madrs", 35, "severe"),
        ("madrs", 60, "severe"),
        ("qids-sr16", 5, "none"), ("qids-sr16", 6, "mild"), ("qids-sr16", 10, "mild"),
        ("qids-sr16", 11, "moderate"), ("qids-sr16", 15, "moderate"), ("qids-sr16", 16, "severe"),
        ("qids-sr16", 20, "severe"), ("qids-sr16", 21, "very severe"),
        ("qids-sr16", 27, "very severe"),
        ("cadss", 4, "no dissociation"), ("cadss", 5, "dissociation"),
        ("dast-10", 2, "negative"), ("dast-10", 3, "positive"),
        ("pcl-5", 30, "below the cut-off"), ("pcl-5", 31, "probable PTSD"),
        ("stop-bang", 2, "low"), ("stop-bang", 3, "intermediate"), ("stop-bang", 4, "intermediate"),
        ("stop-bang", 5, "high"),
        ("ymrs", 11, "below 12"), ("ymrs", 12, "12 or more"),
        ("vas-pain", 39, "none or mild"), ("vas-pain", 40, "moderate"), ("vas-pain", 70, "severe"),
        ("aldrete", 8, "below 9"), ("aldrete", 9, "pass"), ("padss", 7, "below 8"),
        ("padss", 8, "pass"), ("cadss-6", 24, ""), ("bprs", 28, ""),
    ],
)  # fmt: skip
def test_a_total_means_what_the_cut_off_says_from_its_edge_on(
    name: str, total: int, band: str
) -> None:
    assert band_of(scale(name), total) == band


@pytest.mark.parametrize(
    ("sex", "first_positive"), [("male", 4), ("female", 3), ("other", 3), ("", 3)]
)
def test_the_alcohol_cut_off_is_that_of_the_sex_and_else_the_lower_one(
    sex: str, first_positive: int
) -> None:
    bands = [band_of(scale("audit-c"), total, sex) for total in range(13)]
    assert bands.index("positive") == first_positive


@pytest.mark.parametrize(
    ("name", "low", "high", "items"),
    [
        ("phq-9", 0, 27, 10), ("gad-7", 0, 21, 7), ("madrs", 0, 60, 0), ("qids-sr16", 0, 27, 0),
        ("cadss", 0, 92, 0), ("cadss-6", 0, 24, 0), ("bprs", 4, 28, 4), ("ymrs", 0, 60, 0),
        ("ymrs-1", 0, 4, 0), ("audit-c", 0, 12, 0), ("dast-10", 0, 10, 0), ("pcl-5", 0, 80, 0),
        ("stop-bang", 0, 8, 0), ("aldrete", 0, 10, 5), ("padss", 0, 8, 4), ("asq", 0, 0, 5),
    ],
)  # fmt: skip
def test_each_scale_has_its_range_and_items(name: str, low: int, high: int, items: int) -> None:
    found = scale(name)
    assert (found.low, found.high, len(found.items)) == (low, high, items)


def test_only_scales_that_may_be_shown_carry_wording() -> None:
    worded = {one.id: len(one.items) for one in shipped().scales if any(i.text for i in one.items)}
    assert worded == WITH_WORDING


def test_every_scale_names_its_licence_and_its_source_and_waits_for_approval() -> None:
    for path in SCALE_FILES:
        data = tomllib.loads(path.read_text(encoding="utf-8"))
        assert data["part"][0]["approved_by"] == ""
        assert all(one["licence"] and one["source"] for one in data["scale"]), path.name


def test_what_counts_as_gain_stands_with_the_scale() -> None:
    rules = {
        one.id: (one.remission_below, one.response_percent)
        for one in shipped().scales
        if one.remission_below is not None
    }
    assert rules == {
        "phq-9": (5, 50), "gad-7": (5, 50), "madrs": (11, 50), "qids-sr16": (6, 50),
    }  # fmt: skip
    assert scale("phq-9").relapse_at_least == 10
    assert (scale("phq-9").loinc, scale("gad-7").loinc) == ("44261-6", "70274-6")


@st.composite
def answered(draw: st.DrawFn) -> tuple[Scale, dict[str, int]]:
    """A scale with items, every item that is asked answered somehow."""
    found = draw(st.sampled_from([one for one in shipped().scales if one.entry is Entry.ITEMS]))
    scores: dict[str, int] = {}
    for item in found.items:
        if is_asked(item, scores):
            scores[item.id] = draw(st.sampled_from([option.score for option in item.options]))
    return found, scores


@given(answered())
def test_a_whole_scale_adds_up_exactly_within_its_range(
    given_: tuple[Scale, dict[str, int]],
) -> None:
    found, scores = given_
    assert missing_items(found, scores) == ()
    if not found.gives_total:
        assert total_of(found, scores) is None
        assert outcome_of(found, scores)
        return
    total = total_of(found, scores)
    assert total == sum(scores[item.id] for item in found.items if item.counts)
    assert found.low <= total <= found.high


@given(answered(), st.data())
def test_a_missing_item_leaves_no_total_and_no_result(
    given_: tuple[Scale, dict[str, int]], data: st.DataObject
) -> None:
    found, scores = given_
    lost = data.draw(st.sampled_from([item.id for item in found.items if item.id in scores]))
    left = {item: score for item, score in scores.items() if item != lost}
    item = found.item(lost)
    assert item is not None
    if found.gives_total and item.counts:
        assert total_of(found, left) is None
    if not found.gives_total:
        assert outcome_of(found, left) == ""
    assert lost in [one.id for one in missing_items(found, left)]


@given(answered())
def test_an_item_raises_its_flag_whatever_else_is_answered(
    given_: tuple[Scale, dict[str, int]],
) -> None:
    found, scores = given_
    for rule in found.flags:
        if rule.item and scores.get(rule.item, 0) >= rule.item_at_least:
            alone = flags_of(found, {rule.item: scores[rule.item]}, None)
            assert [flag.item for flag in alone] == [rule.id]
            assert rule.id in [flag.item for flag in flags_of(found, scores, None)]


@pytest.mark.parametrize("score", [1, 2, 3])
def test_item_nine_of_the_phq_asks_for_an_action_at_any_score_above_nought(score: int) -> None:
    (flag,) = flags_of(scale("phq-9"), {"9": score}, None)
    assert "Item 9" in flag.sentence
    assert "suicide screen" in flag.sentence
    assert flags_of(scale("phq-9"), {"9": 0}, 0) == ()


def test_the_difficulty_question_never_counts_and_follows_only_a_problem() -> None:
    phq = scale("phq-9")
    scores = {str(n): 0 for n in range(1, 10)}
    assert missing_items(phq, scores) == ()
    scores["4"] = 2
    assert [item.id for item in missing_items(phq, scores)] == ["difficulty"]
    assert total_of(phq, {**scores, "difficulty": 3}) == 2


@pytest.mark.parametrize(
    ("answers", "result", "flagged"),
    [
        ((0, 0, 0, 0), "negative", []),
        ((0, 0, 0, 1, 0), "non-acute positive", ["4"]),
        ((2, 0, 0, 0, 0), "non-acute positive", ["1"]),
        ((1, 0, 0, 0, 1), "acute positive", ["5", "1"]),
        ((0, 1, 1, 0, 2), "acute positive", ["5", "2", "3"]),
    ],
)
def test_any_yes_or_refusal_is_a_positive_screen(
    answers: tuple[int, ...], result: str, flagged: list[str]
) -> None:
    asq = scale("asq")
    scores = {str(n): score for n, score in enumerate(answers, start=1)}
    assert outcome_of(asq, scores) == result
    assert [flag.item for flag in flags_of(asq, scores, None)] == flagged


def test_a_positive_screen_without_the_question_of_acuity_has_no_result_but_its_flag() -> None:
    asq = scale("asq")
    scores = {"1": 1, "2": 0, "3": 0, "4": 0}
    assert [item.id for item in missing_items(asq, scores)] == ["5"]
    assert outcome_of(asq, scores) == ""
    assert [flag.item for flag in flags_of(asq, scores, None)] == ["1"]


@pytest.mark.parametrize(
    ("name", "total", "first", "raised"),
    [
        ("bprs", 8, 4, True), ("bprs", 7, 4, False), ("bprs", 28, None, False),
        ("ymrs", 12, None, True), ("ymrs", 11, None, False), ("ymrs", 11, 7, True),
        ("ymrs", 10, 7, False),
    ],
)  # fmt: skip
def test_a_rise_or_a_high_total_asks_for_a_look(
    name: str, total: int, first: int | None, raised: bool
) -> None:
    assert bool(flags_of(scale(name), {}, total, "", first)) is raised


@pytest.mark.parametrize(
    ("result", "flag"), [("none", []), ("low", ["positive"]), ("high", ["high"])]
)
def test_a_positive_triage_asks_for_an_action(result: str, flag: list[str]) -> None:
    raised = flags_of(scale("c-ssrs"), {}, None, result)
    assert [one.item for one in raised] == flag


@pytest.mark.parametrize(
    ("sbp", "score"),
    [(120, 2), (144, 2), (96, 2), (144.1, 1), (95, 1), (179, 1), (61, 1), (180, 0), (60, 0)],
)
def test_circulation_is_scored_by_the_distance_from_the_baseline(sbp: float, score: int) -> None:
    item = scale("aldrete").item("circulation")
    assert item is not None
    assert item.measure is not None
    found = measure(item.measure, {Vital.SBP: sbp}, {Vital.SBP: 120.0})
    assert found.score == score
    assert "from baseline 120" in found.evidence


@pytest.mark.parametrize(
    ("readings", "baseline"),
    [({}, {Vital.SBP: 120.0}), ({Vital.SBP: 120.0}, {}), ({}, {})],
)
def test_a_missing_reading_or_baseline_leaves_the_item_open(
    readings: dict[Vital, float], baseline: dict[Vital, float]
) -> None:
    item = scale("aldrete").item("circulation")
    assert item is not None
    assert item.measure is not None
    assert measure(item.measure, readings, baseline).score is None


@pytest.mark.parametrize(("spo2", "score"), [(93, 2), (92, None), (85, None)])
def test_saturation_decides_only_above_the_limit_on_air(spo2: float, score: int | None) -> None:
    item = scale("aldrete").item("oxygen")
    assert item is not None
    assert item.measure is not None
    assert item.measure.provided == "on room air"
    assert measure(item.measure, {Vital.SPO2: spo2}, {}).score == score


@pytest.mark.parametrize(
    ("sbp", "hr", "score"),
    [(120, 70, 2), (144, 84, 2), (145, 70, 1), (120, 98, 1), (120, 99, 0), (169, 70, 0)],
)
def test_the_worse_of_pressure_and_heart_rate_counts(sbp: float, hr: float, score: int) -> None:
    item = scale("padss").item("vital-signs")
    assert item is not None
    assert item.measure is not None
    known = {Vital.SBP: 120.0, Vital.HR: 70.0}
    assert measure(item.measure, {Vital.SBP: sbp, Vital.HR: hr}, known).score == score
    assert measure(item.measure, {Vital.SBP: sbp}, known).score is None


@pytest.mark.parametrize(
    ("name", "old", "new", "message"),
    [
        ("phq-9", "high = 27", "high = 28", "the items give 0 to 27, not 0 to 28."),
        ("phq-9", "at_least = 20", "at_least = 40", "40 is outside 0 to 27."),
        ("phq-9", 'id = "2", label', 'id = "1", label', "“1” stands here a second time"),
        ("phq-9", 'item = "9"', 'item = "19"', "“19” is no item."),
        ("phq-9", 'scale = "phq-9"', 'scale = "phq"', "“phq” is no scale of this protocol."),
        ("phq-9", "wording = true", "wording = false", "no item may have a text."),
        ("phq-9", ', text = "Trouble concentrating', ', txt = "Trouble', "is not a known field"),
        ("asq", '"5", label', '"6", label', "“5” is no item."),
        ("c-ssrs", 'results = ["high"]', 'results = ["very"]', "“very” is none of results."),
        ("madrs", "wording = false", "wording = true", "true needs items"),
        ("aldrete", "at_least = 9\n", "", "needs at_least or at_most"),
        ("aldrete", "{ score = 0 }] } },", "{ score = 3 }] } },", "gives 3, which is no option."),
        ("padss", 'scale = "padss"', 'scale = "asq"', "“asq” is no scale of this protocol."),
    ],
)
def test_a_mistake_in_a_scale_is_told_with_its_file_and_what_is_allowed(
    name: str, old: str, new: str, message: str
) -> None:
    text = protocol_with(name)
    assert text.count(old) >= 1
    with pytest.raises(DefinitionError) as refused:
        parse_protocol(text.replace(old, new, 1), "site.toml")
    told = [p for p in refused.value.problems if message in p.message]
    assert told
    assert told[0].file == f"scales/{name}.toml"
    assert told[0].line > 1
