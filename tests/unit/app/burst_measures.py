"""Measures sounds from their samples alone: pulses, their times, pitch, harmonics and loudness.

Knows nothing of how the sounds are made: no number here comes from `app.sounding`.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

Signal = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulse:
    """One pulse as it is found; times in seconds from the first sample.

    Attributes:
        from_s, to_s: where its envelope first and last has 90 % of its peak.
        rise_s, fall_s: from 10 % to 90 %, and back.
        fundamental_hz: of its steady part.
        components_db: level of each harmonic found, by its frequency, relative to the fundamental.
        loudness: root mean square of its steady part; full scale is 1.
    """

    from_s: float
    to_s: float
    rise_s: float
    fall_s: float
    fundamental_hz: float
    components_db: dict[float, float]
    loudness: float

    @property
    def duration_s(self) -> float:
        return self.to_s - self.from_s


def full_scale(samples: npt.NDArray[np.int16]) -> Signal:
    return np.asarray(samples, dtype=np.float64) / 32768


def find_pulses(signal: Signal, rate_hz: int) -> list[Pulse]:
    """Every stretch of sound between two silences, measured."""
    return [_measure(signal, rate_hz, first, last) for first, last in _stretches(signal, rate_hz)]


def spacings_s(pulses: list[Pulse]) -> list[float]:
    return [after.from_s - before.to_s for before, after in pairwise(pulses)]


def loudness(signal: Signal) -> float:
    return float(np.sqrt(np.mean(signal**2)))


def _stretches(signal: Signal, rate_hz: int) -> list[tuple[int, int]]:
    width = rate_hz // 250
    power = np.convolve(signal**2, np.ones(width) / width, mode="same")
    loud = np.sqrt(power) > 0.004 * np.max(np.abs(signal))
    edges = np.flatnonzero(np.diff(np.concatenate([[0], loud.astype(int), [0]])))
    return [(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]


def _measure(signal: Signal, rate_hz: int, first: int, last: int) -> Pulse:
    part = signal[first:last]
    third = len(part) // 3
    steady = part[third : 2 * third]
    fundamental_hz, components_db = _components(steady, rate_hz)
    envelope = _envelope(signal, rate_hz / fundamental_hz)[first:last]
    peak = float(np.max(envelope))
    rise_10, rise_90 = (_first_above(envelope, share * peak) for share in (0.1, 0.9))
    fall_10, fall_90 = (
        len(envelope) - 1 - _first_above(envelope[::-1], share * peak) for share in (0.1, 0.9)
    )
    return Pulse(
        from_s=(first + rise_90) / rate_hz,
        to_s=(first + fall_90) / rate_hz,
        rise_s=(rise_90 - rise_10) / rate_hz,
        fall_s=(fall_10 - fall_90) / rate_hz,
        fundamental_hz=fundamental_hz,
        components_db=components_db,
        loudness=loudness(steady),
    )


def _envelope(signal: Signal, period: float) -> Signal:
    """Root mean square over one period of the tone: without the ripple of its harmonics."""
    width = max(1, round(period))
    return np.asarray(np.sqrt(np.convolve(signal**2, np.ones(width) / width, mode="same")))


def _first_above(envelope: Signal, level: float) -> float:
    index = int(np.argmax(envelope >= level))
    if index == 0:
        return 0.0
    below, above = envelope[index - 1], envelope[index]
    return index - 1 + float((level - below) / (above - below))


def _components(steady: Signal, rate_hz: int) -> tuple[float, dict[float, float]]:
    count = 1 << 17
    spectrum = np.abs(np.fft.rfft(steady * np.blackman(len(steady)), count))
    hz_a_bin = rate_hz / count
    strongest = float(np.max(spectrum))
    peaks = np.flatnonzero(
        (spectrum[1:-1] > spectrum[:-2])
        & (spectrum[1:-1] >= spectrum[2:])
        & (spectrum[1:-1] > 0.05 * strongest)
    )
    lowest = int(peaks[0]) + 1
    fundamental_hz = lowest * hz_a_bin
    return fundamental_hz, {
        float((peak + 1) * hz_a_bin): float(20 * np.log10(spectrum[peak + 1] / spectrum[lowest]))
        for peak in peaks
    }


def picture(signal: Signal, rate_hz: int) -> npt.NDArray[np.float64]:
    """A small log spectrogram, a row a band of a third of an octave, a column 40 ms; 0 to 1.

    Its loudest field is 1 and everything 30 dB below is 0, so that loudness does not matter.
    """
    step = rate_hz // 25
    edges_hz = 200 * 2 ** (np.arange(17) / 3)
    hz = np.fft.rfftfreq(2 * step, 1 / rate_hz)
    columns = []
    for first in range(0, len(signal) - 2 * step, step):
        power = np.abs(np.fft.rfft(signal[first : first + 2 * step] * np.hanning(2 * step))) ** 2
        columns.append(
            [float(np.sum(power[(hz >= low) & (hz < high)])) for low, high in pairwise(edges_hz)]
        )
    bands = 10 * np.log10(np.array(columns).T + 1e-12)
    return np.asarray(np.clip((bands - np.max(bands) + 30) / 30, 0, 1))


def distance(one: npt.NDArray[np.float64], other: npt.NDArray[np.float64]) -> float:
    """How far two pictures are from each other, at the shift in time that fits best."""
    length = max(one.shape[1], other.shape[1]) + 16
    still = np.zeros((one.shape[0], length))
    still[:, 8 : 8 + one.shape[1]] = one
    best = float("inf")
    for shift in range(17):
        if shift + other.shape[1] > length:
            break
        moved = np.zeros_like(still)
        moved[:, shift : shift + other.shape[1]] = other
        best = min(best, float(np.mean(np.abs(still - moved)) * length))
    return best
