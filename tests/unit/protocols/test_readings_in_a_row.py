"""A confirmation that asks for readings in a row: one between them that is not beyond breaks it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.places import read_limits
from protocols.alarm_rules import Confirmation
from protocols.conditions import Verdict, judge
from protocols.events import Phase, Reading
from protocols.limits import LimitsError, parse_limits
from protocols.situation import Situation
from protocols.vitals import NS_PER_S, Quality, Vital

MIN = 60 * NS_PER_S
TEXT = read_limits("standard")[0]
PROFILE = parse_limits(TEXT, "standard")
RULE = replace(
    PROFILE.rule("sbp-high-critical"),
    confirmation=Confirmation(readings=3, within_s=3600, in_a_row=True),
)


def note(situation: Situation, minute: int, value: float | None) -> None:
    situation.note_reading(
        Reading(
            t_ns=minute * MIN,
            vital=Vital.SBP,
            value=value,
            quality=Quality.FAILED if value is None else Quality.GOOD,
            source="bp",
            measured_ns=minute * MIN,
        )
    )


@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        ([185, 185], Verdict.CLEARED),
        ([185, 185, 185], Verdict.VIOLATED),
        ([185, 170, 185, 185], Verdict.CLEARED),
        ([185, 170, 185, 185, 185], Verdict.VIOLATED),
        ([185, None, 185, 185], Verdict.VIOLATED),
        ([185, 185, 185, 170], Verdict.CLEARED),
    ],
)
def test_nothing_but_another_reading_breaks_the_row(
    values: list[float | None], wanted: Verdict
) -> None:
    situation = Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    for number, value in enumerate(values):
        note(situation, 5 * number, value)
    last_ns = 5 * (len(values) - 1) * MIN
    assert judge(RULE, situation, last_ns, False).verdict is wanted


def test_those_too_long_ago_do_not_count() -> None:
    situation = Situation(PROFILE)
    situation.set_phase(Phase.INFUSING, 0)
    for minute in (0, 40, 61):
        note(situation, minute, 185)
    assert judge(RULE, situation, 61 * MIN, False).verdict is Verdict.CLEARED


def test_a_limits_file_may_ask_for_it_and_says_so() -> None:
    asked = "confirm = { readings = 3, within_s = 3600, in_a_row = true }"
    text = TEXT.replace("confirm = { readings = 2, within_s = 300 }", asked, 1)
    rule = next(r for r in parse_limits(text, "site").rules if r.confirmation is not None)
    assert rule.confirmation == RULE.confirmation
    assert "2 more readings in a row just before it, measured in the 60 min" in rule.sentence()
    with pytest.raises(LimitsError, match="within_s"):
        parse_limits(text.replace("within_s = 3600", "within_s = 3601", 1), "site")
