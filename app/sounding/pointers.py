"""The pointer: the burst of pulses that says how urgent an alarm is. Data, with its ranges beside.

The standard itself was not read in full. The ranges are those of public summaries of its burst
signals; every number here is a design default, and no conformity is claimed.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from protocols.events import Priority

URGENCIES: Final = (0, 1, 2)
"""How long an alarm was left unattended, in the steps of `AlarmSignalled.urgency`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowed:
    """The range that a parameter must lie in, ends included, and where it was read."""

    low: float
    high: float
    source: str

    def holds(self, value: float) -> bool:
        """Whether `value` lies in the range."""
        return self.low <= value <= self.high


@dataclass(frozen=True, slots=True, kw_only=True)
class PointerRanges:
    """What a pointer of one priority may be; times in seconds between points of 90 % of the peak.

    Attributes:
        pulses: pulses in a burst.
        pulse_s: duration of a pulse.
        spacing_s: silence between two pulses, apart from the longer gaps below.
        half_gap_s: silence between the two halves of a burst; None where there are no halves.
        interval_s: from the end of a burst to the next.
    """

    pulses: Allowed
    pulse_s: Allowed
    spacing_s: Allowed
    half_gap_s: Allowed | None
    interval_s: Allowed


_GENERATOR = "public Python generator of burst signals after IEC 60601-1-8"
_SUMMARY = "summaries of IEC 60601-1-8 by PUI Audio and GlobalSpec"
_MONITORS = "manuals of patient monitors (Mindray Passport, Comen), and " + _SUMMARY

RANGES: Final = MappingProxyType(
    {
        Priority.HIGH: PointerRanges(
            pulses=Allowed(low=10, high=10, source=_SUMMARY),
            pulse_s=Allowed(low=0.075, high=0.200, source=_GENERATOR),
            spacing_s=Allowed(low=0.050, high=0.125, source=_GENERATOR),
            half_gap_s=Allowed(low=0.35, high=1.30, source=_GENERATOR),
            interval_s=Allowed(low=2.5, high=15.0, source=_MONITORS),
        ),
        Priority.MEDIUM: PointerRanges(
            pulses=Allowed(low=3, high=3, source=_SUMMARY),
            pulse_s=Allowed(low=0.125, high=0.250, source=_GENERATOR),
            spacing_s=Allowed(low=0.125, high=0.250, source=_GENERATOR),
            half_gap_s=None,
            interval_s=Allowed(low=2.5, high=30.0, source=_MONITORS),
        ),
        Priority.LOW: PointerRanges(
            pulses=Allowed(low=1, high=2, source=_SUMMARY),
            pulse_s=Allowed(low=0.125, high=0.250, source=_GENERATOR),
            spacing_s=Allowed(low=0.125, high=0.250, source=_GENERATOR),
            half_gap_s=None,
            interval_s=Allowed(low=15.0, high=float("inf"), source=_MONITORS),
        ),
    }
)
"""Ranges of the pointer of each priority."""

RISE_SHARE: Final = Allowed(low=0.10, high=0.40, source=_GENERATOR)
"""Rise time (10 % to 90 % of the peak) as a share of the pulse's duration."""

FUNDAMENTAL_HZ: Final = Allowed(low=150, high=1000, source=_SUMMARY)
"""Fundamental of every pulse."""

HARMONIC_HZ: Final = Allowed(low=300, high=4000, source=_SUMMARY)
"""Where at least `LEAST_HARMONICS` components must lie."""

LEAST_HARMONICS: Final = 4

HARMONIC_SPREAD_DB: Final = 15.0
"""Each of those components lies within this of the fundamental."""

PULSE_SPREAD_DB: Final = 10.0
"""The loudest and the softest pulse of a burst differ by no more than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pointer:
    """The burst of one priority.

    Attributes:
        notes_hz: fundamental of each pulse.
        swell: loudness of each pulse as a share of `level`; the first are softer, so that a burst
            grows instead of breaking in.
        harmonics: amplitude of the fundamental (1) and of each following harmonic.
        pulse_s: duration of a pulse, between its points of 90 %.
        rise_s, fall_s: from 10 % to 90 % of the peak, and back.
        spacings_s: after each pulse but the last, between points of 90 %.
        level: loudness of the loudest pulse: root mean square of its steady part, where a sine of
            full scale has 0.71. Not its peak: at the same peak fewer harmonics sound louder.
        intervals_s: from the end of one burst to the start of the next, for each urgency; None
            sounds once.
    """

    notes_hz: tuple[float, ...]
    swell: tuple[float, ...]
    harmonics: tuple[float, ...]
    pulse_s: float
    rise_s: float
    fall_s: float
    spacings_s: tuple[float, ...]
    level: float
    intervals_s: tuple[float | None, float | None, float | None]


_HIGH_X_S = 0.100
_HIGH_PULSE_S = 0.150
_HIGH_GAPS_S = (_HIGH_X_S, _HIGH_X_S, 2 * _HIGH_X_S + _HIGH_PULSE_S, _HIGH_X_S)
_C4, _F4, _A4, _C5, _E5, _G5 = 261.63, 349.23, 440.00, 523.25, 659.26, 783.99

POINTERS: Final = MappingProxyType(
    {
        Priority.HIGH: Pointer(
            notes_hz=(_C5, _C5, _E5, _G5, _G5) * 2,
            swell=(0.60, 0.75, 0.90, 1.0, 1.0, 0.80, 0.90, 1.0, 1.0, 1.0),
            harmonics=(1.0, 0.8, 0.65, 0.5, 0.4),
            pulse_s=_HIGH_PULSE_S,
            rise_s=0.027,
            fall_s=0.045,
            spacings_s=(*_HIGH_GAPS_S, 0.80, *_HIGH_GAPS_S),
            level=0.38,
            intervals_s=(8.0, 5.0, 2.5),
        ),
        Priority.MEDIUM: Pointer(
            notes_hz=(_C5, _A4, _F4),
            swell=(0.60, 0.80, 1.0),
            harmonics=(1.0, 0.7, 0.5, 0.35, 0.25),
            pulse_s=0.180,
            rise_s=0.068,
            fall_s=0.068,
            spacings_s=(0.20, 0.20),
            level=0.26,
            intervals_s=(15.0, 8.0, 5.0),
        ),
        Priority.LOW: Pointer(
            notes_hz=(_F4,),
            swell=(1.0,),
            harmonics=(1.0, 0.7, 0.5, 0.35, 0.25),
            pulse_s=0.200,
            rise_s=0.078,
            fall_s=0.078,
            spacings_s=(),
            level=0.15,
            intervals_s=(None, 30.0, 20.0),
        ),
    }
)
"""The pattern of each priority: 10 pulses (3 + 2, twice), 3 pulses, 1 pulse."""

LOUD_URGENCY: Final = 2
"""From this urgency on a medium alarm sounds as loud as a high one, in its own pattern."""

CLOSEST_S: Final = 2.5
"""The shortest time from the end of one burst to the next of the same priority."""


def level_of(priority: Priority, urgency: int) -> float:
    """Loudness (see `Pointer.level`) of a burst of `priority` at `urgency`."""
    if priority is Priority.MEDIUM and urgency >= LOUD_URGENCY:
        return POINTERS[Priority.HIGH].level
    return POINTERS[priority].level


def interval_s(priority: Priority, urgency: int) -> float | None:
    """Seconds from the end of a burst to the next; None where it does not repeat by itself."""
    return POINTERS[priority].intervals_s[max(0, min(urgency, URGENCIES[-1]))]
