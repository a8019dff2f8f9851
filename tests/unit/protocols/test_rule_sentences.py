"""Every alarm rule says itself whole, and the page of alarms shows what the files say."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from app.places import read_limits
from protocols.alarm_rules import AlarmRule, LimitsProfile
from protocols.events import Phase
from protocols.limits import parse_limits
from protocols.limits_page import (
    EQUIPMENT,
    approval_text,
    by_heading,
    describe_limits,
    markdown_of_difference,
    markdown_of_limits,
    numbers_of,
)
from protocols.rule_words import shared_words

PAGE = Path(__file__).resolve().parents[3] / "docs" / "alarms.md"


def profile(name: str) -> LimitsProfile:
    return parse_limits(*read_limits(name))


STANDARD = profile("standard")
RULES = [
    pytest.param(rule, id=f"{name}-{rule.id}")
    for name in ("standard", "at-once")
    for rule in profile(name).rules
]


@pytest.mark.parametrize(
    ("rule", "sentence"),
    [
        (
            "sbp-high-critical",
            "Systolic pressure 180 mmHg or above, in the latest reading and in at least 1 more "
            "reading measured in the 5 min before it: critical; ends with a reading below 175 mmHg "
            "(5 mmHg below the limit), judged on the latest reading alone; an absent or stale "
            "value neither raises nor ends it; latched until acknowledged; acknowledged and still "
            "so, it sounds again after 2 min; judged from baseline to recovery.",
        ),
        (
            "sbp-high-once",
            "Systolic pressure 200 mmHg or above, on a single reading: critical; ends with a "
            "reading below 195 mmHg (5 mmHg below the limit); an absent or stale value neither "
            "raises nor ends it; latched until acknowledged; acknowledged and still so, it sounds "
            "again after 2 min; judged from baseline to recovery.",
        ),
        (
            "sbp-rise-warning",
            "Systolic pressure at least 30 mmHg or 25 % above the frozen baseline, whichever is "
            "reached first, on a single reading: warning; ends with a reading that would not meet "
            "this even 5 mmHg higher; an absent or stale value, or no frozen baseline, neither "
            "raises nor ends it; acknowledged and still so, it sounds again after 5 min; judged "
            "from baseline to recovery.",
        ),
        (
            "spo2-low-warning",
            "Oxygen saturation below 92 % in every reading for 30 s: warning; ends with a reading "
            "of 93 % or above (1 % above the limit); an absent or stale value neither raises nor "
            "ends it, nor stops the 30 s; acknowledged and still so, it sounds again after 5 min; "
            "judged from baseline to recovery.",
        ),
        (
            "spo2-falling-fast",
            "Oxygen saturation at least 4 % below the highest of its values measured in the 60 s "
            "before it in every reading for 5 s: advisory; ends with a reading that would not meet "
            "this even 1 % lower; an absent or stale value, and a value typed for a monitor, "
            "neither raises nor ends it, nor stops the 5 s; acknowledged, it does not sound again; "
            "judged from baseline to recovery.",
        ),
        (
            "rr-high-advisory",
            "Respiratory rate above 24 /min, on a single reading: advisory; ends with a reading of "
            "24 /min or below; an absent or stale value neither raises nor ends it; acknowledged, "
            "it does not sound again; judged from baseline to recovery.",
        ),
        (
            "chest-pain",
            "A quick event chest-pain recorded less than 5 min ago, or a side effect chest-pain, "
            "that has not ended: critical; ends when that is no longer so; latched until "
            "acknowledged; acknowledged and still so, it sounds again after 2 min; judged from "
            "baseline to recovery.",
        ),
        (
            "alertness-overdue",
            "An observation moaas is not made 20 min after it was due, each judged by itself and "
            "counted from the oldest due time since the last was made: critical; ends when it is "
            "made, is skipped with a reason, or the phase of its schedule ends, never because it "
            "counts as missed; before it was ever due neither raised nor ended; acknowledged and "
            "still so, it sounds again after 2 min; judged only in infusing, paused, stopped and "
            "recovery.",
        ),
        (
            "not-recording",
            "The last word on the recorder is that it does not work: critical; ends with the word "
            "that it works; before the first word neither raised nor ended; acknowledged and still "
            "so, it sounds again after 2 min; raising it ends an audio pause; judged in every "
            "phase.",
        ),
    ],
)
def test_a_rule_says_itself(rule: str, sentence: str) -> None:
    assert STANDARD.rule(rule).sentence() == sentence


@pytest.mark.parametrize("rule", RULES)
def test_a_sentence_names_every_number_of_its_rule(rule: AlarmRule) -> None:
    sentence = rule.sentence()
    assert f": {rule.tier}; " in sentence
    assert "\n" not in sentence
    for limit in (rule.limit, rule.change, rule.change_percent):
        if limit is not None:
            in_minutes = f"{limit.value / 60:g} min"
            assert (
                f"{limit.value:g} " in sentence
                or in_minutes in sentence
                or "/5" in sentence
                or "/10" in sentence
            )
    if rule.companion is not None:
        assert f"{rule.companion.limit.value:g}" in sentence
    for seconds in (rule.delay_s, rule.window_s, rule.holds_s, rule.realarm_s or 0):
        if seconds:
            said = f"{seconds:g} s" if seconds < 120 else f"{seconds / 60:g} min"
            assert said in sentence
    assert ("latched until acknowledged" in sentence) == rule.latch
    assert ("does not sound again" in sentence) == (rule.realarm_s is None)
    assert ("ends an audio pause" in sentence) == rule.ends_pause
    if rule.phases != frozenset(Phase):
        assert re.search(r"judged (only in|from) ", sentence)
    assert re.search(r"(neither|nor) raise|ends by itself|when that is no longer so", sentence)
    if rule.symptoms is not None:
        assert all(term in sentence for term in rule.symptoms.terms)


@pytest.mark.parametrize("name", ["standard", "at-once"])
def test_no_two_rules_say_the_same(name: str) -> None:
    sentences = [rule.sentence() for rule in profile(name).rules]
    assert len(set(sentences)) == len(sentences)


def test_what_the_sentences_share_has_the_numbers_of_the_policy() -> None:
    text = " ".join(shared_words(STANDARD))
    for words in (
        "end-tidal carbon dioxide: 5 s",
        "respiratory rate from a monitor: 15 s",
        "1.5 times the interval",
        "15 min where there is none",
        "everything else that people type: 30 min",
        "stands in for 5 min",
        "at most 2 min",
        "until 15 s after its end, at most 90 s",
    ):
        assert words in text


def test_rules_stand_under_their_vital_and_equipment_comes_last() -> None:
    headings = by_heading(STANDARD)
    assert list(headings)[-1] == EQUIPMENT
    assert sum(len(rules) for rules in headings.values()) == len(STANDARD.rules)
    assert [rule.id for rule in headings["mean pressure"]] == [
        "map-rise-advisory",
        "map-rise-warning",
        "map-rise-critical",
    ]


def test_numbers_are_shown_with_their_guardrails() -> None:
    assert numbers_of(STANDARD.rule("sbp-rise-critical")) == (
        "change 40 mmHg: 30 to 80 allowed, 35 to 50 without a reason",
        "change 30 %: 20 to 60 allowed, 25 to 40 without a reason",
        "limit of systolic pressure 160 mmHg: 140 to 200 allowed, 150 to 180 without a reason",
    )
    assert numbers_of(STANDARD.rule("bp-overdue-long")) == (
        "limit 3 intervals: 2 to 6 allowed, 2.5 to 4 without a reason",
    )
    assert numbers_of(STANDARD.rule("chest-pain")) == ()


def test_a_file_says_who_approved_it() -> None:
    text, path = read_limits("standard")
    assert approval_text(STANDARD) == "not yet approved"
    signed = parse_limits(text.replace('approved_by = ""', 'approved_by = "Dr A. Director"'), path)
    assert approval_text(signed) == "approved by Dr A. Director"
    assert "approved by Dr A. Director" in next(iter(list(describe_limits(signed))[1:]))


def _between(mark: str) -> str:
    found = re.search(
        rf"<!-- {mark} -->\n(.*?)\n<!-- /{mark} -->", PAGE.read_text(encoding="utf-8"), re.S
    )
    assert found is not None
    return found[1]


def test_the_page_of_alarms_shows_what_the_files_say() -> None:
    """Made anew by `main.py protocols limits standard --markdown`."""
    assert _between("standard") == "\n".join(markdown_of_limits(STANDARD))
    assert _between("at-once") == "\n".join(markdown_of_difference(STANDARD, profile("at-once")))
