"""Limits of doses given at once: the standard ones, watched as strictly in recovery."""

from __future__ import annotations

from dataclasses import replace

import pytest

from app.places import read_limits
from protocols.events import Giving, Phase
from protocols.limits import LimitsProfile, parse_limits
from tests.unit.protocols.shipped import NAMES, shipped


def profile(name: str) -> LimitsProfile:
    return parse_limits(*read_limits(name))


STRICT = ("spo2-no-data", "hr-no-data", "spo2-sensor-off", "etco2-no-data")
"""Rules that an infusion needs only until recovery: a dose given at once still rises in it."""

LENIENT = ("spo2-no-data-recovery", "spo2-sensor-off-recovery", "etco2-no-data-recovery")
"""What stands for them in recovery after an infusion."""


def test_every_rule_is_the_standard_one_but_for_next_steps_and_what_recovery_watches() -> None:
    standard, at_once = profile("standard"), profile("at-once")
    kept = [
        rule
        for rule in standard.rules
        if not rule.kind.startswith("pump-") and rule.id not in LENIENT
    ]
    assert [rule.id for rule in at_once.rules] == [rule.id for rule in kept]
    for rule, own in zip(kept, at_once.rules, strict=True):
        added = {Phase.RECOVERY} if rule.id in STRICT else set()
        assert replace(own, next_step=rule.next_step) == replace(rule, phases=rule.phases | added)
    assert (at_once.policy, at_once.usual) == (standard.policy, standard.usual)
    assert at_once.review_date == standard.review_date


def test_no_rule_is_milder_in_recovery_than_it_is_while_an_infusion_runs() -> None:
    standard, at_once = profile("standard"), profile("at-once")
    for rule in standard.rules:
        if Phase.INFUSING in rule.phases and not rule.kind.startswith("pump-"):
            own = at_once.rule(rule.id)
            assert Phase.RECOVERY in own.phases
            assert (own.tier, own.delay_s, own.limit) == (rule.tier, rule.delay_s, rule.limit)


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
