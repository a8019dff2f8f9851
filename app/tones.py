"""Alarm tones, made from parameters. Pure: parameters in, samples out.

Patterns follow the ranges that public summaries of IEC 60601-1-8 give for burst signals (pulses in
a burst, their duration and spacing, fundamental 150-1000 Hz with at least four harmonics within
15 dB in 300-4000 Hz). The standard itself was not read in full: these are design defaults.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from protocols.events import Priority

RATE_HZ = 44_100
"""Samples a second of every tone."""

HARMONICS = (1.0, 0.8, 0.65, 0.5, 0.4)
"""Amplitudes of the fundamental and its harmonics: all within 8 dB of the fundamental."""

RISE_SHARE = 0.15
"""Rise time as a share of the pulse's duration (10-20 %)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Burst:
    """One burst of pulses.

    Attributes:
        notes_hz: fundamental of each pulse.
        pulse_s: duration of a pulse.
        gaps_s: silence after each pulse but the last.
        level: peak amplitude, 0 to 1; high >= medium >= low.
        repeat_s: from the end of one burst to the start of the next; None sounds once.
    """

    notes_hz: tuple[float, ...]
    pulse_s: float
    gaps_s: tuple[float, ...]
    level: float
    repeat_s: float | None


_HIGH_NOTES = (523.25, 523.25, 659.26, 783.99, 783.99)
_HIGH_GAPS = (0.10, 0.10, 0.35, 0.10)

BURSTS: dict[Priority, Burst] = {
    Priority.HIGH: Burst(
        notes_hz=_HIGH_NOTES * 2,
        pulse_s=0.15,
        gaps_s=(*_HIGH_GAPS, 0.80, *_HIGH_GAPS),
        level=0.9,
        repeat_s=8.0,
    ),
    Priority.MEDIUM: Burst(
        notes_hz=(523.25, 440.00, 349.23),
        pulse_s=0.18,
        gaps_s=(0.20, 0.20),
        level=0.6,
        repeat_s=15.0,
    ),
    Priority.LOW: Burst(notes_hz=(349.23,), pulse_s=0.20, gaps_s=(), level=0.35, repeat_s=None),
}
"""The pattern of each priority: 10 pulses (3 + 2 twice), 3 pulses, 1 pulse."""


def synthesise_pulse(note_hz: float, pulse_s: float, level: float) -> npt.NDArray[np.float64]:
    """One pulse: fundamental with harmonics under a smooth envelope; peak is `level`."""
    count = round(pulse_s * RATE_HZ)
    t_s = np.arange(count) / RATE_HZ
    wave = np.zeros(count)
    for order, amplitude in enumerate(HARMONICS, start=1):
        wave += amplitude * np.sin(2 * np.pi * note_hz * order * t_s)
    ramp = max(1, round(count * RISE_SHARE))
    envelope = np.ones(count)
    envelope[:ramp] = np.sin(np.linspace(0, np.pi / 2, ramp)) ** 2
    envelope[-ramp:] = envelope[:ramp][::-1]
    wave *= envelope
    loudest = float(np.max(np.abs(wave)))
    return np.asarray(wave * (level / loudest), dtype=np.float64)


def synthesise_burst(burst: Burst) -> npt.NDArray[np.int16]:
    """The whole burst as 16-bit samples at `RATE_HZ`, one channel."""
    parts: list[npt.NDArray[np.float64]] = []
    for index, note_hz in enumerate(burst.notes_hz):
        parts.append(synthesise_pulse(note_hz, burst.pulse_s, burst.level))
        if index < len(burst.gaps_s):
            parts.append(np.zeros(round(burst.gaps_s[index] * RATE_HZ)))
    return np.asarray(np.concatenate(parts) * 32767, dtype=np.int16)
