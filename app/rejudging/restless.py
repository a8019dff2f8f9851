"""Where a stream moves so much that a rule of its rate may say something.

Bounds, not verdicts: a reading is restless where it lies so far from the lowest (or the highest) of
the values within a rule's seconds that with the rule's hysteresis it reaches what the rule asks.
Every such reading is judged, and the readings of the seconds before are known, so that the rule's
own look at its recent values finds what it finds at the bedside.
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


Rates = dict[tuple[int, bool], tuple[float, float]]
"""Per span of time, ns, and direction (whether a rise is asked about): how far a vital may move in
it without any rule of a rate to tell, while its alarm is in force, and while none is."""


def rates_of(limits: LimitsProfile, vital: Vital) -> Rates:
    """How far `vital` may move without any rule of a rate in `limits` to tell."""
    found: Rates = {}
    for rule in limits.rules_reading(vital):
        if rule.kind is RuleKind.RATE and rule.change is not None:
            key = to_ns(rule.window_s), rule.upward
            room = rule.change.value - _LEAST
            before = found.get(key, (room, room))
            found[key] = min(room - rule.hysteresis, before[0]), min(room, before[1])
    return found


def restless(
    measured_ns: Ints, value: npt.NDArray[np.float64], rates: Rates
) -> tuple[Flags, Flags, Flags]:
    """Which readings must be judged because of `rates`, and which must be known for that.

    `measured_ns` ascends; NaN is no value.

    Returns:
        Which while an alarm is in force, which while none is, and which must be known.
    """
    count = len(value)
    in_force = np.zeros(count, dtype=np.bool_)
    quiet = np.zeros(count, dtype=np.bool_)
    steps = np.zeros(count + 1, dtype=np.int64)
    for (span_ns, upward), (room, quiet_room) in rates.items():
        begins = np.searchsorted(measured_ns, measured_ns - span_ns)
        found, by = _beyond(begins, value if upward else -value, room)
        in_force[found] = True
        quiet[found[by > quiet_room]] = True
        np.add.at(steps, begins[found], 1)
        np.add.at(steps, found + 1, -1)
    return in_force, quiet, np.cumsum(steps[:-1]) > 0


def _beyond(
    begins: Ints, value: npt.NDArray[np.float64], room: float
) -> tuple[Ints, npt.NDArray[np.float64]]:
    """Where `value` lies more than `room` above the lowest since the index in `begins`; by what."""
    count = len(value)
    found: list[int] = []
    moved: list[float] = []
    starts = np.arange(0, count, _BLOCK)
    low, high = np.fmin.reduceat(value, starts), np.fmax.reduceat(value, starts)
    for block, first in enumerate((begins[starts] // _BLOCK).tolist()):
        if not high[block] - np.fmin.reduce(low[first : block + 1]) > room:
            continue
        for index in range(block * _BLOCK, min(count, (block + 1) * _BLOCK)):
            by = float(value[index] - np.fmin.reduce(value[begins[index] : index + 1]))
            if by > room:
                found.append(index)
                moved.append(by)
    return np.array(found, dtype=np.int64), np.array(moved, dtype=np.float64)
