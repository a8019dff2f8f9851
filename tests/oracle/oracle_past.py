"""What is known at a moment, found again each time by looking through the list of facts.

The independent oracle of alarms is written from the sentences of the rules (``protocols limits``,
docs/alarms.md), not from the program's code: no module that judges is imported. It is slow and
keeps nothing: `Past` is made of a list of facts and asked about a time.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from protocols.alarm_rules import AlarmPolicy
from protocols.events import (
    BaselineFrozen,
    BpState,
    BpStateChanged,
    Event,
    Phase,
    PhaseChanged,
    Reading,
    SameArmChanged,
)
from protocols.vitals import COUNTED_BY_PEOPLE, PRESSURES, VITALS, Quality, Vital

NS = 1_000_000_000
"""Nanoseconds in a second."""


@dataclass(frozen=True, slots=True, kw_only=True)
class IntervalSet(Event):
    """From `t_ns` on the interval between blood pressures in force is `interval_s`, or none."""

    interval_s: float | None


def ns(seconds: float) -> int:
    """`seconds` in nanoseconds."""
    return round(seconds * NS)


def exact(value: float) -> Fraction:
    """The decimal number that `value` is written as."""
    return Fraction(str(value))


def number(reading: Reading) -> float | None:
    """The value of `reading`, or None where it has none or one that is no number."""
    if not reading.quality.has_value or reading.value is None or not math.isfinite(reading.value):
        return None
    return reading.value


class Past:
    """The facts known until now.

    Args:
        facts: all of them, in the order in which they became known.
        policy: of the limits in force.
        intervals: per source, seconds between its values where it speaks rarely.
    """

    def __init__(
        self, facts: list[Event], policy: AlarmPolicy, intervals: Mapping[str, float]
    ) -> None:
        """Look through `facts` once for what is asked most."""
        self.facts = facts
        self.policy = policy
        self.intervals = intervals
        self.readings: dict[Vital, list[Reading]] = {}
        self.phase = Phase.SETUP
        self.infusion_ns: int | None = None
        self.interval_s: float | None = None
        for fact in facts:
            if isinstance(fact, Reading):
                self.readings.setdefault(fact.vital, []).append(fact)
            elif isinstance(fact, PhaseChanged):
                self.phase = fact.after
                if fact.after is Phase.INFUSING and self.infusion_ns is None:
                    self.infusion_ns = fact.t_ns
            elif isinstance(fact, IntervalSet):
                self.interval_s = fact.interval_s

    def of(self, *kinds: type[Event]) -> list[Event]:
        """The facts of some kinds, in order."""
        return [fact for fact in self.facts if isinstance(fact, kinds)]

    # -- how long a value is valid ----------------------------------------------------------------

    def pressure_valid_s(self) -> float:
        """How long a blood pressure is valid, s."""
        if self.interval_s is None:
            return self.policy.bp_validity_s
        return self.policy.bp_interval_factor * self.interval_s

    def valid_s(self, reading: Reading) -> float:
        """How long `reading` is valid, s, by itself (not where it stands in for a monitor)."""
        vital = reading.vital
        if vital in PRESSURES:
            return self.pressure_valid_s()
        quiet_s = VITALS[vital].quiet_limit_s
        if quiet_s is None and not reading.manual:
            quiet_s = COUNTED_BY_PEOPLE.get(vital)
        if quiet_s is None:
            return self.policy.score_validity_s
        interval_s = self.intervals.get(reading.source, 0.0)
        return max(quiet_s, interval_s + 1) if interval_s else quiet_s

    def is_valid(self, reading: Reading, t_ns: int) -> bool:
        """Whether `reading` has a value that is not stale at `t_ns`."""
        if number(reading) is None:
            return False
        return t_ns < reading.measured_ns + ns(self.valid_s(reading))

    # -- the value that is judged -----------------------------------------------------------------

    def last(self, vital: Vital) -> Reading | None:
        """Of all readings of `vital` that count, the one measured last, with a value or not.

        Of a vital that monitors stream only what they stream counts.
        """
        streams = VITALS[vital].quiet_limit_s is not None
        found: Reading | None = None
        for reading in sorted(self.readings.get(vital, ()), key=lambda one: one.measured_ns):
            if streams and (reading.manual or reading.spot):
                continue
            counted = vital in COUNTED_BY_PEOPLE and found is not None and found.manual
            if counted and not reading.manual and number(reading) is None:
                continue  # a monitor without a value says nothing about what a person counted
            found = reading
        return found

    def typed(self, vital: Vital, t_ns: int) -> Reading | None:
        """What a person typed of a vital that monitors stream, while it stands in."""
        both = (Vital.HR, Vital.PR) if vital is Vital.HR else (vital,)
        found = [one for name in both for one in self.readings.get(name, ()) if one.manual]
        if not found:
            return None
        newest = sorted(found, key=lambda one: (one.measured_ns, one.vital is vital))[-1]
        if any(one.measured_ns > newest.measured_ns for one in self.measured(both)):
            return None  # a monitor has measured since: what is older never stands for it
        until_ns = newest.measured_ns + ns(self.policy.typed_validity_s)
        return newest if number(newest) is not None and t_ns < until_ns else None

    def judged(self, vital: Vital, t_ns: int) -> Reading | None:
        """The reading that stands for `vital` at `t_ns`: measured, standing in, or None."""
        others = (Vital.HR, Vital.PR) if vital is Vital.HR else (vital,)
        for one in others:
            reading = self.last(one)
            if reading is not None and self.is_valid(reading, t_ns):
                return reading
        return self.typed(vital, t_ns) if VITALS[vital].quiet_limit_s is not None else None

    def baseline(self, vital: Vital) -> Fraction | None:
        """The baseline of `vital` that was frozen last, exactly."""
        frozen = [one for one in self.facts if isinstance(one, BaselineFrozen)]
        if not frozen:
            return None
        values = {one.vital: one.value for one in frozen[-1].values}
        found = values.get(vital)
        if found is None and vital is Vital.HR:
            found = values.get(Vital.PR)
        return None if found is None else exact(found)

    def determinations(self, vital: Vital) -> list[Reading]:
        """Readings of `vital` that have a value, one for each time of measuring, by that time.

        Of two of one time the one that became known later counts.
        """
        streams = VITALS[vital].quiet_limit_s is not None
        by_time: dict[int, Reading] = {}
        for reading in self.readings.get(vital, ()):
            if streams and (reading.manual or reading.spot):
                continue
            if number(reading) is not None:
                by_time[reading.measured_ns] = reading
        return [by_time[at] for at in sorted(by_time)]

    # -- words of monitors without a number -------------------------------------------------------

    def last_word(self, vitals: tuple[Vital, ...]) -> Reading | None:
        """The last word of a monitor on any of `vitals`, by when it was measured."""
        words = [
            one
            for vital in vitals
            for one in self.readings.get(vital, ())
            if not one.manual and not one.spot
        ]
        return sorted(words, key=lambda one: one.measured_ns)[-1] if words else None

    def measured(self, vitals: tuple[Vital, ...]) -> list[Reading]:
        """Every value of any of `vitals` that a monitor streamed."""
        return [
            one
            for vital in vitals
            for one in self.readings.get(vital, ())
            if not one.manual and not one.spot and number(one) is not None
        ]

    def named_off(self, vitals: tuple[Vital, ...]) -> list[Reading]:
        """Every word of a monitor that a sensor of `vitals` is off or faulty."""
        return [
            one
            for vital in vitals
            for one in self.readings.get(vital, ())
            if not one.manual and one.quality in (Quality.SENSOR_OFF, Quality.SENSOR_FAULT)
        ]

    # -- the cuff ---------------------------------------------------------------------------------

    def cuff_holds_until_ns(self, t_ns: int) -> int | None:
        """Until when the cuff on the oximeter's arm holds alarms at `t_ns`, or None."""
        arm = [one for one in self.facts if isinstance(one, SameArmChanged)]
        if not arm or not arm[-1].same:
            return None
        began_ns = ended_ns = None
        for change in self.facts:
            if not isinstance(change, BpStateChanged):
                continue
            tight = change.state in (BpState.REQUESTED, BpState.MEASURING)
            if tight and (began_ns is None or ended_ns is not None):
                began_ns, ended_ns = change.t_ns, None
            elif not tight and began_ns is not None and ended_ns is None:
                ended_ns = change.t_ns
        if began_ns is None:
            return None
        until_ns = began_ns + ns(self.policy.cuff_hold_cap_s)
        if ended_ns is not None:
            until_ns = min(until_ns, ended_ns + ns(self.policy.cuff_hold_settle_s))
        return until_ns if t_ns < until_ns else None
