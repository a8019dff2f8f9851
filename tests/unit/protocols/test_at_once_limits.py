"""Limits of doses given at once are the standard ones; only what to do differs."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.places import read_limits
from protocols.events import Giving
from protocols.limits import LimitsProfile, parse_limits
from tests.unit.protocols.shipped import NAMES, shipped


def profile(name: str) -> LimitsProfile:
    return parse_limits(*read_limits(name))


def test_every_rule_is_the_standard_one_but_for_its_next_step() -> None:
    standard, at_once = profile("standard"), profile("at-once")
    kept = [rule for rule in standard.rules if not rule.kind.startswith("pump-")]
    assert [rule.id for rule in at_once.rules] == [rule.id for rule in kept]
    for rule, own in zip(kept, at_once.rules, strict=True):
        assert replace(own, next_step=rule.next_step) == rule
    assert (at_once.policy, at_once.usual) == (standard.policy, standard.usual)
    assert at_once.review_date == standard.review_date


def test_nobody_is_told_to_pause_or_slow_what_does_not_run() -> None:
    for rule in profile("at-once").rules:
        said = rule.next_step.casefold()
        assert "infusion" not in said
        assert "slow" not in said
        assert "pump" not in said
        assert said.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_a_protocol_takes_the_limits_of_its_way_of_giving(name: str) -> None:
    infused = shipped(name).dose.giving is Giving.INFUSION
    assert shipped(name).limits_profile == ("standard" if infused else "at-once")
