"""Every reading that still counts, by vital: the latest, the last with a value, the typed ones.

Of two readings of one vital the one measured later counts, whatever the order in which they became
known; of two measured at once, the one known later.
"""

from __future__ import annotations

from bisect import insort

from protocols.counted import CountedValue
from protocols.events.outputs import Reading
from protocols.record_entries import same_place
from protocols.vitals import COUNTED_BY_PEOPLE, VITALS, Quality, Vital

_KEPT = 32
_SENSOR_CAUSES = (Quality.SENSOR_OFF, Quality.SENSOR_FAULT)


class KnownReadings:
    """What readings said, of whatever age; how long one counts is for who asks."""

    def __init__(self, *, by_time_measured: bool) -> None:
        """Begin with nothing known.

        `by_time_measured`: what a person counted stands by when it was measured alone.
        """
        self._by_time_measured = by_time_measured
        by_time = COUNTED_BY_PEOPLE if by_time_measured else ()
        self._counted = {vital: CountedValue() for vital in by_time}
        self._latest: dict[Vital, Reading] = {}
        self._valued: dict[Vital, Reading] = {}
        self._measured: set[Vital] = set()
        self._typed: dict[Vital, Reading] = {}
        self._named_cause_ns: dict[Vital, int] = {}
        self._determinations: dict[Vital, list[Reading]] = {}

    def note(self, reading: Reading) -> bool:
        """Take in a reading that is no spot value; whether it is the last value of its vital."""
        if reading.quality is Quality.WITHDRAWN:
            self._withdraw(reading)
            return False
        vital = reading.vital
        latest, named = self._latest.get(vital), reading.quality in _SENSOR_CAUSES
        if vital in self._counted:
            self._latest[vital] = self._counted[vital].note(reading)
        elif reading.value is None and vital in COUNTED_BY_PEOPLE and latest and latest.manual:
            return False  # a monitor that measures nothing says nothing of what a person counted
        elif latest is None or reading.measured_ns >= latest.measured_ns:
            self._latest[vital] = reading
        elif not self._by_time_measured:
            named = False
        if named:
            named_ns = self._named_cause_ns.get(vital, reading.measured_ns)
            self._named_cause_ns[vital] = max(reading.measured_ns, named_ns)
        return reading.value is not None and self._note_value(reading)

    def note_typed(self, reading: Reading) -> None:
        """Take in what a person typed of a streaming vital; it is kept beside the stream."""
        typed = self._typed.get(reading.vital)
        if reading.quality is Quality.WITHDRAWN:
            if typed is not None and same_place(typed, reading):
                del self._typed[reading.vital]
            return
        if typed is None or reading.measured_ns >= typed.measured_ns:
            self._typed[reading.vital] = reading

    def _withdraw(self, reading: Reading) -> None:
        """A reading never counted: where it was the last one, its vital is unknown from now on."""
        vital = reading.vital
        left = [one for one in self._determinations.get(vital, ()) if not same_place(one, reading)]
        if vital in self._determinations:
            self._determinations[vital] = left
        valued = self._valued.get(vital)
        if valued is not None and same_place(valued, reading):
            del self._valued[vital]
            if left:
                self._valued[vital] = left[-1]
            elif VITALS[vital].quiet_limit_s is not None:  # a stream that goes on is not silent
                named_ns = self._named_cause_ns.get(vital, reading.measured_ns)
                self._named_cause_ns[vital] = max(reading.measured_ns, named_ns)
        if vital in self._counted:
            latest = self._counted[vital].withdraw(reading)
        else:
            latest = self._latest.get(vital)
        if latest is not None and same_place(latest, reading):
            self._latest[vital] = reading

    def _note_value(self, reading: Reading) -> bool:
        vital = reading.vital
        if not reading.manual:
            self._measured.add(vital)
        if VITALS[vital].quiet_limit_s is None:
            kept = self._determinations.setdefault(vital, [])
            kept[:] = [old for old in kept if old.measured_ns != reading.measured_ns]
            insort(kept, reading, key=measured_ns)
            del kept[:-_KEPT]
        valued = self._valued.get(vital)
        if valued is not None and reading.measured_ns < valued.measured_ns:
            return False
        self._valued[vital] = reading
        return True

    def latest(self, vital: Vital) -> Reading | None:
        """The last reading of `vital`, with or without a value."""
        return self._latest.get(vital)

    def all_latest(self) -> tuple[Reading, ...]:
        """The last reading of each vital."""
        return tuple(self._latest.values())

    def last_value(self, vital: Vital) -> Reading | None:
        """The last reading of `vital` that carried a value."""
        return self._valued.get(vital)

    def was_measured(self, vital: Vital) -> bool:
        """Whether a monitor ever gave a value of `vital`."""
        return vital in self._measured

    def determinations(self, vital: Vital) -> tuple[Reading, ...]:
        """The last distinct valued determinations of a vital that does not stream, by time."""
        return tuple(self._determinations.get(vital, ()))

    def all_typed(self) -> tuple[Reading, ...]:
        """What was typed last of each streaming vital."""
        return tuple(self._typed.values())

    def typed_since(self, vital: Vital, since_ns: int) -> Reading | None:
        """The typed value of a streaming vital measured last, at `since_ns` or later."""
        typed = [self._typed[name] for name in standing_for(vital) if name in self._typed]
        later = (reading for reading in typed if reading.measured_ns >= since_ns)
        return max(later, key=measured_ns, default=None)

    def last_known(self, vital: Vital) -> Reading | None:
        """The value of `vital` measured last, by a monitor or typed."""
        known = [
            reading
            for name in standing_for(vital)
            for kept in (self._valued, self._typed)
            if (reading := kept.get(name)) is not None
        ]
        return max(known, key=measured_ns, default=None)

    def spoken_ns(self, vital: Vital) -> int | None:
        """When `vital` last had a value or a named cause for having none; pulse for heart rate."""
        names = standing_for(vital)
        times = [self._valued[name].measured_ns for name in names if name in self._valued]
        times += [self._named_cause_ns[name] for name in names if name in self._named_cause_ns]
        return max(times, default=None)


def standing_for(vital: Vital) -> tuple[Vital, ...]:
    """The vitals whose readings stand for `vital`: heart rate or pulse rate for the heart rate."""
    return (Vital.HR, Vital.PR) if vital is Vital.HR else (vital,)


def measured_ns(reading: Reading) -> int:
    """When a reading was measured."""
    return reading.measured_ns
