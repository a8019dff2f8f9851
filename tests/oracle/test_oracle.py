"""The program raises, ends and silences alarms exactly as the sentences of its rules say.

The oracle beside this file was written from those sentences and from the table of states alone. A
seed that differs is shown; `differences(random_stream(random.Random(seed)))` shows it again.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from comparison import differences, first_wrong, first_wrong_of_many
from oracle_table import Story
from random_events import random_stream
from random_rules import UNJUDGED

from protocols.events import AlarmState
from protocols.rule_kinds import RuleKind

DEFAULT = 1_500
MANY = 100_000


def test_random_streams_are_judged_as_the_rules_say() -> None:
    assert first_wrong((0, DEFAULT)) == ""


@pytest.mark.campaign
@pytest.mark.timeout(7200)
def test_very_many_random_streams_are_judged_as_the_rules_say() -> None:
    assert first_wrong_of_many(DEFAULT, MANY) == ""


@given(dice=st.randoms(use_true_random=False))
@settings(max_examples=60, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
def test_a_stream_that_differs_is_found_small(dice: random.Random) -> None:
    assert differences(random_stream(dice)) == ""


def test_random_streams_reach_every_kind_of_rule_and_every_state() -> None:
    kinds: Counter[RuleKind] = Counter()
    states: Counter[str] = Counter()
    for seed in range(600):
        stream = random_stream(random.Random(seed))
        story = Story(stream.profile, stream.facts, stream.end_ns, stream.intervals)
        by_name = {rule.id: rule.kind for rule in stream.profile.rules}
        for _, _, name, state in story.run():
            if name != "pause":
                kinds[by_name[name.partition("/")[0]]] += 1
                states[state] += 1
    assert set(RuleKind) - set(UNJUDGED) <= set(kinds)
    assert {str(state) for state in AlarmState} - {"pending"} <= set(states)
