"""The edge of the rules: a number that is none is a missing value, before anything is judged.

A value that is not finite compares with every limit as if it lay within, or beyond, and so could
end or raise an alarm. No driver and no form gives one; a defect of either must not be believed.
"""

from __future__ import annotations

from dataclasses import replace
from math import isfinite
from typing import TypeVar

from protocols.events.giving import PumpReported
from protocols.events.outputs import Reading
from protocols.vitals import Quality

FALSE_NUMBER_NOTE = "not a number"
"""Note of a reading whose value was none."""

Fact = TypeVar("Fact")


def without_false_numbers(fact: Fact) -> Fact:
    """`fact` as it is, or with what is no finite number of a reading or a pump's report missing."""
    if isinstance(fact, Reading):
        if fact.value is None or isfinite(fact.value):
            return fact
        note = fact.note or FALSE_NUMBER_NOTE
        return replace(fact, value=None, quality=Quality.IMPLAUSIBLE, note=note)
    if isinstance(fact, PumpReported):
        rate, volume = _finite(fact.rate_ml_per_h), _finite(fact.volume_ml)
        if (rate, volume) == (fact.rate_ml_per_h, fact.volume_ml):
            return fact
        return replace(fact, rate_ml_per_h=rate, volume_ml=volume)
    return fact


def _finite(number: float | None) -> float | None:
    return number if number is not None and isfinite(number) else None
