"""What a person counted stands by when it was counted, however late it is typed."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from app.places import read_limits
from protocols.alarm_rules import LimitsProfile
from protocols.events import Phase, Reading
from protocols.limits import parse_limits
from protocols.situation import Situation
from protocols.vitals import NS_PER_S, Quality, Vital

LIMITS = parse_limits(*read_limits("standard"))
EARLIER = replace(LIMITS, policy=replace(LIMITS.policy, by_time_measured=False))


def word(at_s: int, value: float | None, *, manual: bool = False) -> Reading:
    """A respiratory rate, or a monitor's word that it has none."""
    return Reading(
        t_ns=60 * NS_PER_S,
        vital=Vital.RR,
        value=value,
        quality=Quality.MISSING if value is None else Quality.GOOD,
        source="nurse" if manual else "monitor",
        measured_ns=at_s * NS_PER_S,
        manual=manual,
    )


def known(profile: LimitsProfile, *readings: Reading) -> float | None:
    """The respiratory rate that may be judged after `readings` became known, in this order."""
    situation = Situation(profile)
    situation.set_phase(Phase.INFUSING, 0)
    for reading in readings:
        situation.note_reading(reading)
    judged = situation.judged(Vital.RR, 60 * NS_PER_S)
    return None if judged is None else judged.value


def test_what_was_counted_before_the_monitors_last_word_without_a_value_stands() -> None:
    assert known(LIMITS, word(59, None), word(30, 6, manual=True), word(60, None)) == 6


def test_under_limits_of_before_it_does_not() -> None:
    assert known(EARLIER, word(59, None), word(30, 6, manual=True)) is None


@pytest.mark.parametrize(
    ("readings", "stands"),
    [
        ((word(50, 12), word(55, None), word(45, 6, manual=True)), None),
        ((word(50, 12), word(55, None), word(52, 6, manual=True)), 6),
        ((word(50, 12), word(55, 8, manual=True), word(57, None)), 8),
        ((word(50, 8, manual=True), word(57, 12)), 12),
        ((word(50, None), word(57, 12)), 12),
        ((word(50, None),), None),
    ],
)
def test_the_order_of_becoming_known_changes_nothing(
    readings: tuple[Reading, ...], stands: float | None
) -> None:
    for order in permutations(readings):
        assert known(LIMITS, *order) == stands
