"""Readings that are passed over change nothing: judged with and without them it is all the same."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

sys.path.insert(0, str(Path(__file__).parent))

from random_recordings import STANDARD, limits, recordings

from app.rejudging.judging import judge_recording
from app.rejudging.recording import Recording
from app.rejudging.thinning import SILENT, thinnable
from protocols.alarm_rules import LimitsProfile, RuleKind, vitals_read
from protocols.vitals import Vital


def same(recording: Recording, profile: LimitsProfile) -> None:
    """Both ways give the same changes, in the same order, equal in every field."""
    thinned = judge_recording(recording, profile)
    whole = judge_recording(recording, profile, thin=False)
    assert thinned.outputs == whole.outputs
    assert thinned.account.unknown_ns == whole.account.unknown_ns
    assert thinned.account.judged <= whole.account.judged


@given(recording=recordings(), profile=limits())
@settings(max_examples=25, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_thinned_is_unthinned(recording: Recording, profile: LimitsProfile) -> None:
    same(recording, profile)


@pytest.mark.campaign
@pytest.mark.timeout(3600)
@given(recording=recordings(), profile=limits())
@settings(
    max_examples=3_000,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
def test_thinned_is_unthinned_many_times(recording: Recording, profile: LimitsProfile) -> None:
    same(recording, profile)


def test_the_standard_limits_let_streams_be_thinned() -> None:
    assert all(thinnable(STANDARD, vital) for vital in (Vital.HR, Vital.PR, Vital.SPO2))


@pytest.mark.parametrize("kind", sorted(set(RuleKind) - SILENT))
def test_a_kind_that_is_not_known_to_look_so_forbids_thinning(kind: RuleKind) -> None:
    rule = next(
        one for one in STANDARD.rules if one.kind is RuleKind.LIMIT and one.vital is Vital.HR
    )
    odd = replace(STANDARD, rules=(*STANDARD.rules, replace(rule, id="odd", kind=kind)))
    read = vitals_read(odd.rules[-1]) or {Vital.HR}
    for vital in (Vital.HR, Vital.PR, Vital.SPO2):
        assert thinnable(odd, vital) is (vital not in read)


def test_a_rule_that_says_more_than_is_known_forbids_thinning() -> None:
    rule = next(
        one for one in STANDARD.rules if one.kind is RuleKind.LIMIT and one.vital is Vital.HR
    )
    odd = replace(STANDARD, rules=(*STANDARD.rules, replace(rule, id="odd", holds_s=5.0)))
    assert not thinnable(odd, Vital.HR)
    assert thinnable(odd, Vital.SPO2)
