"""Whole sounds: alarm (pointer, then icon), reminding tone, sound check. Made once and kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Final

import numpy as np

from app.sounding.icons import Icon, synthesise_icon
from app.sounding.pointers import POINTERS, URGENCIES, level_of
from app.sounding.synthesis import (
    RATE_HZ,
    Samples,
    Wave,
    count_of,
    peak_of,
    ramps,
    silence,
    synthesise_pointer,
    to_samples,
    with_peak,
)
from protocols.events import Priority

ICON_GAP_S: Final = 0.35
"""Silence between a pointer and its icon: long enough not to be taken for one more pulse."""

ICON_SHARE: Final = 0.85
"""The most that an icon has of its pointer's peak and loudness: the pointer leads."""

CHECK_GAP_S: Final = 1.5
"""Silence between two sounds of the sound check."""

CHIME_LEVEL: Final = 0.22
"""Peak amplitude of sounds that are no alarm: softer than every alarm."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Tone:
    """A sound ready to be played; `samples` are read-only."""

    samples: Samples

    @property
    def seconds(self) -> float:
        """How long it lasts."""
        return len(self.samples) / RATE_HZ


def _tone(*parts: Wave) -> Tone:
    samples = to_samples(np.concatenate(parts))
    samples.flags.writeable = False
    return Tone(samples=samples)


def alarm_tone(priority: Priority, icon: Icon, urgency: int) -> Tone:
    """One burst: the pointer of `priority` at `urgency`, then the icon; the general has none."""
    return _burst(priority, icon, level_of(priority, urgency))


@lru_cache(maxsize=len(URGENCIES))
def _pointer(priority: Priority, level: float) -> Wave:
    """Kept only while the bursts of one priority are made: it is part of each of them."""
    return synthesise_pointer(POINTERS[priority], level)


@cache
def _burst(priority: Priority, icon: Icon, level: float) -> Tone:
    pointer = _pointer(priority, level)
    if icon is Icon.GENERAL:
        return _tone(pointer)
    sound = synthesise_icon(icon, peak=ICON_SHARE * peak_of(pointer), loudness=ICON_SHARE * level)
    return _tone(pointer, silence(ICON_GAP_S), sound)


@cache
def reminder_tone() -> Tone:
    """Two soft bells, falling: something is off or silent by a person's decision."""
    return _tone(_bells(587.33, 440.00))


@cache
def check_tone() -> Tone:
    """A rising chime, then the pointers of low, medium and high priority, each once."""
    parts = [_bells(440.00, 587.33)]
    for priority in sorted(POINTERS, key=lambda p: p.rank):
        parts.append(silence(CHECK_GAP_S))
        parts.append(synthesise_pointer(POINTERS[priority], level_of(priority, 0)))
    return _tone(*parts)


def _bells(*notes_hz: float) -> Wave:
    """Decaying near-pure tones: no pulse of a burst decays, and none has so few components."""
    each_s, apart_s = 1.1, 0.45
    wave = silence(apart_s * (len(notes_hz) - 1) + each_s)
    for number, note_hz in enumerate(notes_hz):
        t_s = np.arange(count_of(each_s)) / RATE_HZ
        bell = np.sin(2 * np.pi * note_hz * t_s) + 0.12 * np.sin(2 * np.pi * 2.76 * note_hz * t_s)
        bell *= np.exp(-t_s / 0.28) * ramps(len(t_s), 0.03, 0.2)
        first = count_of(number * apart_s)
        wave[first : first + len(bell)] += bell
    return with_peak(wave, CHIME_LEVEL)
