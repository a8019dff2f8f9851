"""A recorded waveform to look at from hours down to single samples, with its gaps.

The times of samples follow the arrival of their packets, smoothed: a packet that came some
milliseconds late moves nothing visibly, and a drift of the monitor's clock is followed. Where more
than `GAP_NS` of samples is missing there is a gap, and nothing is drawn across it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from protocols.vitals import Vital

Ints = npt.NDArray[np.int64]
Counts = npt.NDArray[np.uint16]
Flags = npt.NDArray[np.bool_]

GAP_NS = 500_000_000
"""A silence longer than this between two packets is a gap: the same as at the bedside."""

FACTOR = 8
"""Each level of the pyramid joins so many of the level below."""

_SMOOTHED = 31
"""Packets over which arrival times are averaged: about 10 s of a module that sends each third."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Packets:
    """Waveform packets of one device, in order of arrival.

    Attributes:
        t_ns: session time at which the last sample of each was received, ns.
        lengths, usable: samples of each, and whether the monitor called them a pulse.
        values: all samples, counts from 0 to `full_scale`.
        interval_ns: nominal time between samples.
    """

    vital: Vital
    device: str
    interval_ns: int
    full_scale: int
    t_ns: Ints
    lengths: Ints
    usable: Flags
    values: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """Least and greatest count of each block of samples, and whether one of it was unusable."""

    size: int
    low: Counts
    high: Counts
    unusable: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveTrack:
    """One waveform of a session.

    Attributes:
        t_ns: session time of each sample, ascending.
        values: counts from 0 to `full_scale`.
        unusable: where the monitor said that the signal is no pulse.
        gaps: rows of first and last time, ns, between which no sample was received.
        levels: the pyramid, finest first.
    """

    vital: Vital
    device: str
    interval_ns: int
    full_scale: int
    t_ns: Ints = field(repr=False)
    values: Counts = field(repr=False)
    unusable: Flags = field(repr=False)
    gaps: Ints = field(repr=False)
    levels: tuple[Level, ...] = field(repr=False)

    @property
    def bytes(self) -> int:
        """Memory of the samples and the pyramid."""
        own = self.t_ns.nbytes + self.values.nbytes + self.unusable.nbytes + self.gaps.nbytes
        return own + sum(
            one.low.nbytes + one.high.nbytes + one.unusable.nbytes for one in self.levels
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A waveform by pixel column.

    Attributes:
        low, high: least and greatest count of each column.
        filled: whether it has samples at all; `unusable` whether one of them is no pulse.
    """

    low: Counts
    high: Counts
    filled: Flags
    unusable: Flags


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionWaves:
    """The waveforms of a session, and what could not be read of them, a sentence each."""

    tracks: tuple[WaveTrack, ...]
    missing: tuple[str, ...] = ()

    def of(self, vital: Vital) -> tuple[WaveTrack, ...]:
        """The tracks of `vital`, one for each device and format it came in."""
        return tuple(track for track in self.tracks if track.vital is vital)


class WaveSource(Protocol):
    """Where the review gets waveforms from; slow, for a thread of its own."""

    def read_waves(self, session: str) -> SessionWaves:
        """Every waveform of a session; CatalogueError when nothing can be read."""
        ...


def make_track(packets: Packets) -> WaveTrack:
    """Samples with their times, gaps and pyramid. Packets without samples are passed over."""
    kept = packets.lengths > 0
    t_ns, lengths, usable = packets.t_ns[kept], packets.lengths[kept], packets.usable[kept]
    counts = np.cumsum(lengths)
    late = t_ns - counts * packets.interval_ns
    breaks = np.flatnonzero(np.diff(late) > GAP_NS) + 1
    edges = [0, *breaks.tolist(), len(t_ns)]
    ends = np.empty(len(t_ns), dtype=np.int64)
    for first, last in pairwise(edges):
        smooth = _smoothed(late[first:last])
        ends[first:last] = smooth + counts[first:last] * packets.interval_ns
    before_last = np.repeat(counts, lengths) - 1 - np.arange(int(lengths.sum()))
    times = np.repeat(ends, lengths) - before_last * packets.interval_ns
    times = np.maximum.accumulate(times) if len(times) else times
    firsts = counts[breaks - 1] if len(breaks) else np.empty(0, dtype=np.int64)
    gaps = np.column_stack((times[firsts - 1], times[firsts])).reshape(-1, 2)
    values = packets.values.astype(np.uint16)
    unusable = np.repeat(~usable, lengths)
    return WaveTrack(
        vital=packets.vital,
        device=packets.device,
        interval_ns=packets.interval_ns,
        full_scale=packets.full_scale,
        t_ns=times,
        values=values,
        unusable=unusable,
        gaps=gaps,
        levels=_pyramid(values, unusable),
    )


def _smoothed(late: Ints) -> Ints:
    """The mean of each and its neighbours, as many on one side as on the other."""
    count = len(late)
    half = np.minimum(np.minimum(np.arange(count), np.arange(count)[::-1]), _SMOOTHED // 2)
    base = late[0] if count else 0
    sums = np.concatenate((np.zeros(1, dtype=np.int64), np.cumsum(late - base)))
    places = np.arange(count)
    smooth: Ints = base + (sums[places + half + 1] - sums[places - half]) // (2 * half + 1)
    return smooth


def _pyramid(values: Counts, unusable: Flags) -> tuple[Level, ...]:
    levels: list[Level] = []
    low, high, bad, size = values, values, unusable, 1
    while len(low) > 2 * FACTOR:
        starts = np.arange(0, len(low), FACTOR)
        low = np.minimum.reduceat(low, starts)
        high = np.maximum.reduceat(high, starts)
        bad = np.logical_or.reduceat(bad, starts)
        size *= FACTOR
        levels.append(Level(size=size, low=low, high=high, unusable=bad))
    return tuple(levels)


def samples_between(track: WaveTrack, start_ns: int, end_ns: int) -> slice:
    """The samples from `start_ns` to `end_ns`, with one more on each side where there is one."""
    first, last = np.searchsorted(track.t_ns, (start_ns, end_ns))
    return slice(max(0, int(first) - 1), min(len(track.t_ns), int(last) + 1))


def envelope(track: WaveTrack, start_ns: int, end_ns: int, columns: int) -> Envelope:
    """Least and greatest count in each of `columns` equal parts of the span; no peak is lost."""
    edges = np.linspace(start_ns, end_ns, columns + 1).astype(np.int64)
    places = np.searchsorted(track.t_ns, edges)
    filled = places[1:] > places[:-1]
    empty = np.zeros(columns, dtype=np.uint16)
    if not filled.any():
        return Envelope(low=empty, high=empty, filled=filled, unusable=filled)
    share = (int(places[-1]) - int(places[0])) / int(filled.sum())
    low, high, bad, size = track.values, track.values, track.unusable, 1
    for level in track.levels:
        if 2 * level.size <= share:
            low, high, bad, size = level.low, level.high, level.unusable, level.size
    first, last = int(places[0]) // size, -(-int(places[-1]) // size)
    edges = np.empty(2 * columns, dtype=np.int64)
    edges[::2] = np.minimum(places[:-1] // size, last) - first
    edges[1::2] = np.minimum(-(-places[1:] // size), last) - first

    def reduced(reduce: np.ufunc, values: npt.NDArray[Any]) -> npt.NDArray[Any]:
        padded = np.append(values[first:last], values[-1:])
        found: npt.NDArray[Any] = reduce.reduceat(padded, edges)[::2]
        return found

    return Envelope(
        low=reduced(np.minimum, low),
        high=reduced(np.maximum, high),
        filled=filled,
        unusable=reduced(np.logical_or, bad),
    )


def stretches(flags: Flags) -> Sequence[tuple[int, int]]:
    """First index and end of each run of true `flags`."""
    edges = np.flatnonzero(np.diff(np.concatenate(([False], flags, [False])).astype(np.int8)))
    return [(int(a), int(b)) for a, b in edges.reshape(-1, 2)]
