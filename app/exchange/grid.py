"""A session on even grids: numbers once a second, waveforms at their own rate, missing where none.

Nothing is interpolated and nothing held: a second without a reading is missing, and a sample that
was not received is missing. A grid begins at the last whole second of local time before the session
or at its start.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from app.exchange.session_copy import SessionCopy
from app.exchange.wave_columns import WaveColumns
from protocols.events import Reading
from protocols.record_entries import is_correction
from protocols.vitals import NS_PER_S, VITALS, Vital

WAVE_MISSING = -1
"""Stands for a sample that was not received; counts are 0 or more."""

LATE_S = 0.25
"""A packet of samples that comes this much later than counted follows a gap [design]."""

BY_HAND = "by hand"
"""Source of what people counted, measured or asked."""

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True, kw_only=True)
class SignalKey:
    """One vital from one source.

    Attributes:
        source: slot of the monitor, or `BY_HAND`.
        spot: single determinations of a vital that streams elsewhere.
    """

    vital: Vital
    source: str
    spot: bool = False

    @property
    def label(self) -> str:
        """For example ``SpO2``; ``PR bp spot`` where it is not the stream."""
        spec = VITALS[self.vital]
        return f"{spec.label} {self.source} spot" if self.spot else spec.label


@dataclass(frozen=True, slots=True, kw_only=True)
class Signal:
    """A vital once a second from the beginning of the grid; NaN where nothing was measured.

    Attributes:
        values: rounded to the decimals of the vital.
        streams: whether the source gives it without being asked, so that its silence is a gap.
    """

    key: SignalKey
    values: Floats = field(repr=False)
    streams: bool

    @property
    def decimals(self) -> int:
        """Digits after the point."""
        return VITALS[self.key.vital].decimals


@dataclass(frozen=True, slots=True, kw_only=True)
class Wave:
    """A waveform at its own rate from the beginning of the grid.

    Attributes:
        rate_hz: samples in a second.
        full_scale: the largest count.
        samples: counts, `WAVE_MISSING` where none was received.
        furthest_s: how far a sample stands at most from the time at which it was received.
    """

    device: str
    vital: Vital
    rate_hz: Fraction
    full_scale: int
    samples: Counts = field(repr=False)
    furthest_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Grid:
    """Everything on even grids.

    Attributes:
        origin_ns: session time at which every grid begins; 0 or up to a second below.
        seconds: length of the grid.
        signals: streams first, then determinations, then what people measured.
        waves: one for each monitor and waveform.
        outside: readings from before the grid, which are in no signal.
    """

    origin_ns: int
    seconds: int
    signals: tuple[Signal, ...]
    waves: tuple[Wave, ...]
    outside: tuple[Reading, ...]


def make_grid(copy: SessionCopy) -> Grid:
    """Put the readings and waveforms of a session on even grids.

    A correction takes the place of what it corrects, and a withdrawn value is missing; what stood
    there before is told by the remarks.
    """
    fraction_us = copy.local(0).microsecond
    origin_ns = -fraction_us * 1_000
    seconds = math.ceil((copy.end_ns - origin_ns) / NS_PER_S) + 1
    values: dict[SignalKey, Floats] = {}
    counts: dict[SignalKey, int] = {}
    outside: list[Reading] = []
    keys: dict[tuple[Vital, str, bool, bool], SignalKey] = {}
    for _, reading in copy.readings:
        like = (reading.vital, reading.source, reading.manual, reading.spot)
        key = keys.get(like) or keys.setdefault(like, reading_key(reading))
        second = (reading.measured_ns - origin_ns) // NS_PER_S
        if not 0 <= second < seconds:
            outside.append(reading)
            continue
        if key not in values:
            values[key] = np.full(seconds, np.nan)
            counts[key] = 0
        if reading.value is not None or is_correction(reading):
            values[key][second] = np.nan if reading.value is None else reading.value
            counts[key] += 1
    signals = (
        Signal(
            key=key,
            values=np.round(column, VITALS[key.vital].decimals),
            streams=is_stream(key),
        )
        for key, column in values.items()
        if counts[key] or is_stream(key)
    )
    return Grid(
        origin_ns=origin_ns,
        seconds=seconds,
        signals=tuple(sorted(signals, key=_order)),
        waves=tuple(place_packets(one, origin_ns, seconds) for one in copy.waves),
        outside=tuple(outside),
    )


def is_stream(key: SignalKey) -> bool:
    """Whether a monitor gives this vital all the time."""
    return (
        not key.spot
        and key.source != BY_HAND
        and VITALS[key.vital].quiet_limit_s is not None
        and key.vital is not Vital.CUFF
    )


def reading_key(reading: Reading) -> SignalKey:
    """Which signal a reading belongs to; what people measured is one signal, whoever it was."""
    if reading.manual:
        return SignalKey(vital=reading.vital, source=BY_HAND)
    return SignalKey(vital=reading.vital, source=reading.source, spot=reading.spot)


def _order(signal: Signal) -> tuple[int, int, str]:
    rank = 0 if signal.streams else 2 if signal.key.source == BY_HAND else 1
    return (rank, list(Vital).index(signal.key.vital), signal.key.source)


def labels_of(signals: Iterable[Signal], most: int | None = None) -> list[str]:
    """A label for each signal, all different: the vital, with its source where it has several.

    `most` is how many characters a label may have.
    """
    found: list[str] = []
    for signal in signals:
        label = signal.key.label
        if label in found:
            label = f"{VITALS[signal.key.vital].label} {signal.key.source}"
        number = 2
        wanted = label[:most]
        while wanted in found:
            ending = f" {number}"
            wanted = label[: None if most is None else most - len(ending)] + ending
            number += 1
        found.append(wanted)
    return found


def rate_of(interval_ns: int) -> Fraction:
    """Samples in a second, from the nominal time between two."""
    return Fraction(NS_PER_S, interval_ns).limit_denominator(60)


def place_packets(columns: WaveColumns, origin_ns: int, seconds: int) -> Wave:
    """Place the packets of a waveform one after another.

    Packets follow each other by count, for their times of arrival jitter; one that comes later than
    `LATE_S` after what is counted begins anew at its own time, and what lies between is missing. No
    sample is ever dropped: one that comes early follows by count.
    """
    rate = rate_of(columns.interval_ns)
    late = round(LATE_S * rate)
    over, under = rate.numerator, rate.denominator * NS_PER_S
    ends = np.cumsum(columns.lengths)
    starts = ends - columns.lengths
    begun_ns = columns.t_ns - (columns.lengths - 1) * columns.interval_ns - origin_ns
    wanted = np.maximum(0, (2 * begun_ns * over + under) // (2 * under))  # rounded, whole numbers
    ahead = wanted - starts
    place = np.empty_like(starts)
    first, base = 0, int(ahead[0])
    while first < len(starts):
        after = np.flatnonzero(ahead[first:] - base > late)
        until = first + int(after[0]) if len(after) else len(starts)
        place[first:until] = starts[first:until] + base
        if until < len(starts):
            base = int(ahead[until])
        first = until
    size = max(math.ceil(seconds * rate), int(place[-1] + columns.lengths[-1]))
    samples = np.full(size, WAVE_MISSING, dtype=np.int32)
    samples[np.repeat(place - starts, columns.lengths) + np.arange(len(columns.values))] = (
        columns.values
    )
    return Wave(
        device=columns.device,
        vital=columns.vital,
        rate_hz=rate,
        full_scale=columns.full_scale,
        samples=samples,
        furthest_s=float(int(np.abs(wanted - place).max()) / rate),
    )


def lengthened(wave: Wave, samples: int) -> Wave:
    """`wave` with missing samples at its end, so that it has `samples` in all."""
    more = samples - len(wave.samples)
    if more <= 0:
        return wave
    ending = np.full(more, WAVE_MISSING, dtype=np.int32)
    return replace(wave, samples=np.concatenate((wave.samples, ending)))
