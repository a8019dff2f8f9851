"""Where a stream moves so much that a rule of its rate may say something.

Bounds, not verdicts: a stretch is restless where the span between the lowest and the highest of
its values within a rule's seconds comes within the hysteresis of what the rule asks. There every
reading is judged, and the readings of the seconds before are known, so that the rule's own look at
its recent values finds what it finds at the bedside.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from protocols.alarm_rules import LimitsProfile, RuleKind
from protocols.situation import to_ns
from protocols.vitals import Vital
from storage.columns import Ints

Flags = npt.NDArray[np.bool_]

_BLOCK = 32
"""Readings looked at together first."""

_LEAST = 1e-6
"""Differences of numbers with decimals are not exact; this much is nothing."""


def rates_of(limits: LimitsProfile, vital: Vital) -> dict[int, float]:
    """Per span of time, ns, how far `vital` may move in it without any rule of a rate to tell."""
    found: dict[int, float] = {}
    for rule in limits.rules_reading(vital):
        if rule.kind is RuleKind.RATE and rule.change is not None:
            span_ns = to_ns(rule.window_s)
            room = rule.change.value - rule.hysteresis - _LEAST
            found[span_ns] = min(room, found.get(span_ns, room))
    return found


def restless(
    measured_ns: Ints, value: npt.NDArray[np.float64], rates: dict[int, float]
) -> tuple[Flags, Flags]:
    """Which readings must be judged because of `rates`, and which must be known for that.

    `measured_ns` ascends; NaN is no value.
    """
    count = len(value)
    judged = np.zeros(count, dtype=np.bool_)
    known = np.zeros(count, dtype=np.bool_)
    for span_ns, room in rates.items():
        found = np.flatnonzero(_beyond(measured_ns, value, span_ns, room))
        judged[found] = True
        begins = np.searchsorted(measured_ns, measured_ns[found] - span_ns)
        steps = np.zeros(count + 1, dtype=np.int64)
        np.add.at(steps, begins, 1)
        np.add.at(steps, found + 1, -1)
        known |= np.cumsum(steps[:-1]) > 0
    return judged, known


def _beyond(measured_ns: Ints, value: npt.NDArray[np.float64], span_ns: int, room: float) -> Flags:
    count = len(value)
    found = np.zeros(count, dtype=np.bool_)
    starts = np.arange(0, count, _BLOCK)
    low, high = np.fmin.reduceat(value, starts), np.fmax.reduceat(value, starts)
    begins = np.searchsorted(measured_ns, measured_ns - span_ns)
    firsts = (begins[starts] // _BLOCK).tolist()
    for block, first in enumerate(firsts):
        span = np.fmax.reduce(high[first : block + 1]) - np.fmin.reduce(low[first : block + 1])
        if not span > room:
            continue
        for index in range(block * _BLOCK, min(count, (block + 1) * _BLOCK)):
            recent = value[begins[index] : index + 1]
            found[index] = np.fmax.reduce(recent) - np.fmin.reduce(recent) > room
    return found
