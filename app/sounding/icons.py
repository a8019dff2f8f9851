"""The icon: the short sound after the burst that says what kind of trouble it is.

Each follows the metaphor that listeners recognise best (a heart beat, drips, breath, a shaken pill
bottle, a motor that dies), and each is synthesised here: no recorded sound of anyone is used. All
numbers are choices of our own, made so that a small loudspeaker can give them (little below
200 Hz) and that no two icons share both rhythm and colour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from typing import Final

import numpy as np

from app.sounding.synthesis import (
    RATE_HZ,
    Wave,
    count_of,
    loudest_of,
    peak_of,
    ramps,
    silence,
    with_peak,
)


class Icon(StrEnum):
    """Categories of sound, as limits files name them; ``general`` has no icon after its burst."""

    CARDIAC = "cardiac"
    OXYGENATION = "oxygenation"
    VENTILATION = "ventilation"
    DRUG = "drug"
    EQUIPMENT = "equipment"
    GENERAL = "general"

    @classmethod
    def named(cls, name: str) -> Icon:
        """The icon of that name; the general one for a name that is not known."""
        return cls(name) if name in _NAMES else cls.GENERAL


_NAMES: Final = frozenset(icon.value for icon in Icon)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartBeat:
    """Two beats of lup-dup.

    Attributes:
        beats_s: when each beat begins.
        dup_s: from lup to dup.
        lup_hz, dup_hz: where each thump begins; it falls by `fall_share` while it decays.
        decay_s: time in which a thump decays to 37 %.
    """

    beats_s: tuple[float, ...] = (0.0, 0.80)
    dup_s: float = 0.24
    lup_hz: float = 230.0
    dup_hz: float = 290.0
    fall_share: float = 0.35
    decay_s: float = 0.055


@dataclass(frozen=True, slots=True, kw_only=True)
class Drips:
    """Drops of water at irregular times: `(when, pitch)` of each, rising by `rise_share`."""

    drops: tuple[tuple[float, float], ...] = (
        (0.00, 1150.0),
        (0.17, 1500.0),
        (0.52, 1000.0),
        (0.66, 1720.0),
        (1.05, 1280.0),
    )
    rise_share: float = 0.55
    decay_s: float = 0.032


@dataclass(frozen=True, slots=True, kw_only=True)
class Breath:
    """Air in, a rest, air out: noise in a band whose centre rises, then falls."""

    in_s: float = 0.55
    rest_s: float = 0.15
    out_s: float = 0.75
    low_hz: float = 450.0
    high_hz: float = 1500.0
    width_octaves: float = 0.9
    out_share: float = 0.75


@dataclass(frozen=True, slots=True, kw_only=True)
class PillBottle:
    """Shakes of a bottle: grains of bright noise, dense at the turn of each shake.

    `squeeze`: how much the strongest grains are softened, so that the others are heard.
    """

    shakes_s: tuple[float, ...] = (0.0, 0.19, 0.38, 0.57, 0.76)
    shake_s: float = 0.13
    grains: int = 26
    grain_decay_s: float = 0.0022
    low_hz: float = 2000.0
    high_hz: float = 7000.0
    squeeze: float = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DyingMotor:
    """A motor that starts, runs for a moment and dies: a buzz that climbs and sinks."""

    start_s: float = 0.35
    run_s: float = 0.25
    die_s: float = 0.75
    idle_hz: float = 70.0
    top_hz: float = 190.0
    harmonics: int = 14


HEART_BEAT: Final = HeartBeat()
DRIPS: Final = Drips()
BREATH: Final = Breath()
PILL_BOTTLE: Final = PillBottle()
DYING_MOTOR: Final = DyingMotor()


def synthesise_icon(icon: Icon, *, peak: float, loudness: float) -> Wave:
    """The sound of `icon`, the same each time; empty for the general one.

    It is as loud as can be with a peak of at most `peak` and, over a tenth of a second, a root
    mean square of at most `loudness`: a short thump and a long buzz differ much in what they need.
    """
    if icon is Icon.GENERAL:
        return silence(0)
    wave, its_peak, its_loudness = _recorded(icon)
    return np.asarray(wave * min(peak / its_peak, loudness / its_loudness))


@cache
def _recorded(icon: Icon) -> tuple[Wave, float, float]:
    """The sound of `icon` before it is levelled, its peak and its loudness."""
    if icon is Icon.CARDIAC:
        wave = _heart_beat(HEART_BEAT)
    elif icon is Icon.OXYGENATION:
        wave = _drips(DRIPS)
    elif icon is Icon.VENTILATION:
        wave = _breath(BREATH)
    elif icon is Icon.DRUG:
        wave = _pill_bottle(PILL_BOTTLE)
    else:
        wave = _dying_motor(DYING_MOTOR)
    wave = np.asarray(wave * ramps(len(wave), 0.004, 0.02))
    return wave, peak_of(wave), loudest_of(wave)


def _placed(parts: list[tuple[float, Wave]]) -> Wave:
    """Sounds laid over each other, each from its own second on."""
    length = max(count_of(at_s) + len(part) for at_s, part in parts)
    wave = np.zeros(length)
    for at_s, part in parts:
        first = count_of(at_s)
        wave[first : first + len(part)] += part
    return wave


def _thump(start_hz: float, fall_share: float, decay_s: float) -> Wave:
    t_s = np.arange(count_of(6 * decay_s)) / RATE_HZ
    pitch_hz = start_hz * (1 - fall_share * (1 - np.exp(-t_s / decay_s)))
    turns = np.cumsum(pitch_hz) / RATE_HZ
    body = (
        np.sin(2 * np.pi * turns)
        + 0.5 * np.sin(4 * np.pi * turns)
        + 0.2 * np.sin(6 * np.pi * turns)
    )
    return np.asarray(body * np.exp(-t_s / decay_s) * ramps(len(t_s), 0.016, 0.03))


def _heart_beat(made: HeartBeat) -> Wave:
    lup = _thump(made.lup_hz, made.fall_share, made.decay_s)
    dup = 0.8 * _thump(made.dup_hz, made.fall_share, 0.8 * made.decay_s)
    beats = [(at_s, lup) for at_s in made.beats_s]
    return _placed(beats + [(at_s + made.dup_s, dup) for at_s in made.beats_s])


def _drips(made: Drips) -> Wave:
    drops = []
    for at_s, pitch_hz in made.drops:
        t_s = np.arange(count_of(6 * made.decay_s)) / RATE_HZ
        climb = pitch_hz * (1 + made.rise_share * (1 - np.exp(-t_s / made.decay_s)))
        drop = np.sin(2 * np.pi * np.cumsum(climb) / RATE_HZ) * np.exp(-t_s / made.decay_s)
        drops.append((at_s, np.asarray(drop * ramps(len(t_s), 0.006, 0.02))))
    return _placed(drops)


def _band_noise(seed: int, count: int, low_hz: float, high_hz: float) -> Wave:
    """Noise between two frequencies; the same for the same seed."""
    spectrum = np.fft.rfft(np.random.default_rng(seed).standard_normal(count))
    hz = np.fft.rfftfreq(count, 1 / RATE_HZ)
    spectrum[(hz < low_hz) | (hz > high_hz)] = 0
    return np.asarray(np.fft.irfft(spectrum, count))


def _breath(made: Breath) -> Wave:
    """Noise in overlapping bands, each as loud as the sweeping centre is near."""
    parts = []
    for at_s, length_s, from_hz, to_hz, share in (
        (0.0, made.in_s, made.low_hz, made.high_hz, 1.0),
        (made.in_s + made.rest_s, made.out_s, made.high_hz, made.low_hz, made.out_share),
    ):
        count = count_of(length_s)
        centre = np.linspace(np.log2(from_hz), np.log2(to_hz), count)
        wave = np.zeros(count)
        for step in range(12):
            band = np.log2(made.low_hz) - 0.6 + 0.25 * step
            near = np.exp(-(((centre - band) / (made.width_octaves / 2)) ** 2))
            wave += near * _band_noise(step, count, 2 ** (band - 0.125), 2 ** (band + 0.125))
        parts.append((at_s, with_peak(wave * ramps(count, 0.45 * length_s, 0.5 * length_s), share)))
    return _placed(parts)


def _pill_bottle(made: PillBottle) -> Wave:
    chance = np.random.default_rng(7)
    grain_s = 6 * made.grain_decay_s
    decay = np.exp(-np.arange(count_of(grain_s)) / (made.grain_decay_s * RATE_HZ))
    grains = []
    for number, shake_s in enumerate(made.shakes_s):
        for each in range(made.grains):
            offset_s = float(chance.beta(2.0, 3.0)) * made.shake_s
            noise = _band_noise(1000 * number + each, len(decay), made.low_hz, made.high_hz)
            strength = float(chance.uniform(0.3, 1.0))
            grains.append((shake_s + offset_s, strength * decay * with_peak(noise, 1.0)))
    rattle = with_peak(_placed(grains), made.squeeze)
    return np.asarray(np.tanh(rattle))


def _dying_motor(made: DyingMotor) -> Wave:
    start, run, die = (count_of(s) for s in (made.start_s, made.run_s, made.die_s))
    climb = np.linspace(made.idle_hz, made.top_hz, start)
    sink = made.top_hz * (made.idle_hz / made.top_hz / 2) ** np.linspace(0, 1, die)
    pitch_hz = np.concatenate([climb, np.full(run, made.top_hz), sink])
    turns = np.cumsum(pitch_hz) / RATE_HZ
    wave = np.zeros(len(turns))
    for order in range(1, made.harmonics + 1):
        wave += np.sin(2 * np.pi * order * turns) / order**0.6
    strength = np.concatenate([np.linspace(0.1, 1, start), np.ones(run), np.linspace(1, 0.0, die)])
    return np.asarray(wave * strength)
