"""Samples of pointers: harmonics under a smooth envelope. Pure: parameters in, samples out."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from app.sounding.pointers import Pointer

RATE_HZ: Final = 48_000
"""Samples a second of every tone."""

Wave = npt.NDArray[np.float64]
"""Amplitudes from -1 to 1, one channel, `RATE_HZ`."""

Samples = npt.NDArray[np.int16]
"""What an output plays: 16 bits, one channel, `RATE_HZ`."""

# of a ramp that follows a squared sine: where it passes 10 % and 90 %, as shares of its length
_AT_10, _AT_90 = (float(2 / np.pi * np.arcsin(np.sqrt(share))) for share in (0.1, 0.9))


def to_samples(wave: Wave) -> Samples:
    """`wave` in 16 bits; a peak beyond 1 is a mistake of its maker and is refused.

    Raises:
        ValueError: the wave would be clipped.
    """
    if wave.size and peak_of(wave) > 1.0:
        raise ValueError("the wave would be clipped")
    return np.asarray(np.round(wave * 32767), dtype=np.int16)


def count_of(seconds: float) -> int:
    """Samples in `seconds`."""
    return round(seconds * RATE_HZ)


def silence(seconds: float) -> Wave:
    """`seconds` of nothing."""
    return np.zeros(count_of(seconds))


def with_peak(wave: Wave, level: float) -> Wave:
    """`wave` scaled to a peak of `level`."""
    return np.asarray(wave * (level / peak_of(wave)), dtype=np.float64)


def loudest_of(wave: Wave) -> float:
    """The largest root mean square over a tenth of a second in `wave`: how loud it gets."""
    span = count_of(0.1)
    power = np.concatenate([[0.0], np.cumsum(np.square(np.concatenate([wave, silence(0.1)])))])
    return float(np.sqrt(np.max(power[span:] - power[:-span]) / span))


def peak_of(wave: Wave) -> float:
    """The largest amplitude in `wave`."""
    return float(np.max(np.abs(wave)))


def ramps(count: int, rise_s: float, fall_s: float) -> Wave:
    """An envelope of `count` samples that rises and falls as a squared sine over these times."""
    envelope = np.ones(count)
    rise, fall = min(count_of(rise_s), count), min(count_of(fall_s), count)
    envelope[:rise] *= np.sin(np.linspace(0, np.pi / 2, rise)) ** 2
    envelope[count - fall :] *= np.sin(np.linspace(np.pi / 2, 0, fall)) ** 2
    return envelope


def _pulse(pointer: Pointer, note_hz: float, level: float) -> Wave:
    """One pulse, from its first sample at zero to its last."""
    rise_s, fall_s = _ramp_s(pointer.rise_s), _ramp_s(pointer.fall_s)
    flat_s = pointer.pulse_s - (1 - _AT_90) * (rise_s + fall_s)
    count = count_of(rise_s + flat_s + fall_s)
    t_s = np.arange(count) / RATE_HZ
    wave = np.zeros(count)
    for order, amplitude in enumerate(pointer.harmonics, start=1):
        wave += amplitude * np.sin(2 * np.pi * note_hz * order * t_s)
    strength = level / np.sqrt(np.sum(np.square(pointer.harmonics)) / 2)
    return np.asarray(wave * strength * ramps(count, rise_s, fall_s))


def _ramp_s(from_10_to_90_s: float) -> float:
    """Length of the whole ramp that needs `from_10_to_90_s` between its points of 10 and 90 %."""
    return from_10_to_90_s / (_AT_90 - _AT_10)


def synthesise_pointer(pointer: Pointer, level: float) -> Wave:
    """The burst of `pointer`, its loudest pulse with a root mean square of `level`."""
    lead_s = _AT_90 * _ramp_s(pointer.rise_s)
    at_s = 0.0
    starts_s = []
    for spacing_s in (*pointer.spacings_s, 0.0):
        starts_s.append(at_s)
        at_s += pointer.pulse_s + spacing_s
    tail_s = _AT_90 * _ramp_s(pointer.fall_s)
    wave = silence(lead_s + at_s + tail_s + 0.001)
    for start_s, note_hz, share in zip(starts_s, pointer.notes_hz, pointer.swell, strict=True):
        pulse = _pulse(pointer, note_hz, share * level)
        first = count_of(start_s)
        wave[first : first + len(pulse)] += pulse
    return wave
