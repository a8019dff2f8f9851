"""What two monitors on one patient say of each other.

The pulse rate that comes with a blood pressure and the oximeter's are counted from the same heart:
where they disagree, one sensor is off, or on another patient. And a cuff that is tight on the arm
of the oximeter's finger stops the pulse there, which is no fault of the sensor.
"""

from __future__ import annotations

from dataclasses import dataclass

from protocols.events.outputs import Reading
from protocols.events.terms import BpState
from protocols.vitals import Quality, Vital

TIGHT = frozenset((BpState.REQUESTED, BpState.MEASURING))
"""States of the blood-pressure monitor in which the cuff may be tight."""

PULSE_BORNE = frozenset((Vital.SPO2, Vital.PR, Vital.PI, Vital.PLETH))
"""Vitals that an oximeter cannot give without a pulse in the finger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PulsePair:
    """The pulse rates of one determination: `spot` came with the pressure, `stream` beside it."""

    spot: Reading
    stream: Reading

    @property
    def difference(self) -> float:
        """How far they lie apart, /min."""
        return abs((self.spot.value or 0.0) - (self.stream.value or 0.0))


class PulseComparison:
    """Pairs the pulse of each determination with the stream's, once.

    The stream's value is the one known when the determination ends, or, where there is none (the
    cuff was on the same arm), the first after it. The two are never measured more than `within_ns`
    apart, both have a good signal, and a pair stays as it is until the next determination: what the
    pulse does later says nothing about the sensors then.
    """

    def __init__(self, within_ns: int) -> None:
        """Begin before any determination."""
        self._within_ns = within_ns
        self._spot: Reading | None = None
        self._pair: PulsePair | None = None
        self._came_with: Reading | None = None

    @property
    def pair(self) -> PulsePair | None:
        """The pair of the last determination, or None while it has none."""
        return self._pair

    def is_new(self, spot: Reading, pressure: Reading | None) -> bool:
        """Whether `spot` came with `pressure`, the last known, and is the first that did."""
        if pressure is None or pressure.manual or pressure.source != spot.source:
            return False
        if pressure is self._came_with:
            return False
        self._came_with = pressure
        return True

    def note_spot(self, spot: Reading, stream: Reading | None) -> None:
        """A determination gave the pulse `spot`; `stream` is the stream's fresh value, if any."""
        self._spot, self._pair = spot, None
        if stream is not None:
            self.note_stream(stream)

    def note_stream(self, stream: Reading) -> None:
        """The stream gave a value."""
        spot = self._spot
        if spot is None or self._pair is not None:
            return
        near = abs(stream.measured_ns - spot.measured_ns) <= self._within_ns
        if near and _is_good(spot) and _is_good(stream):
            self._pair = PulsePair(spot=spot, stream=stream)


def _is_good(reading: Reading) -> bool:
    return reading.value is not None and reading.quality is Quality.GOOD


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Technical alarms about `vitals` are held until `ends_ns`, because of the cuff."""

    ends_ns: int
    vitals: frozenset[Vital]


class CuffHold:
    """For how long a determination excuses the oximeter of the same arm.

    From the start of the determination until `settle_ns` after its end, but never longer than
    `cap_ns` after its start. Without `cap_ns`, or while nobody said that cuff and sensor are on the
    same arm, nothing is excused.
    """

    def __init__(self, cap_ns: int, settle_ns: int) -> None:
        """Begin with nothing said about the arm."""
        self._cap_ns = cap_ns
        self._settle_ns = settle_ns
        self._same_arm = False
        self._started_ns: int | None = None
        self._ended_ns: int | None = None

    def note_arm(self, same: bool) -> None:
        """Cuff and oximeter are on the same arm, or no longer."""
        self._same_arm = same

    def note_state(self, state: BpState, t_ns: int) -> None:
        """Take in what the blood-pressure monitor does at `t_ns`."""
        under_way = self._started_ns is not None and self._ended_ns is None
        if state in TIGHT and not under_way:
            self._started_ns, self._ended_ns = t_ns, None
        elif state not in TIGHT and under_way:
            self._ended_ns = t_ns

    def ends_ns(self, t_ns: int) -> int | None:
        """When the excuse in force at `t_ns` ends at the latest; None where there is none."""
        if not self._same_arm or self._started_ns is None:
            return None
        ends_ns = self._started_ns + self._cap_ns
        if self._ended_ns is not None:
            ends_ns = min(ends_ns, self._ended_ns + self._settle_ns)
        return ends_ns if ends_ns > t_ns else None
