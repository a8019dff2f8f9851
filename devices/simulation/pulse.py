"""The pulse wave and slow wandering of a simulated body, as pure functions of seed and time."""

from __future__ import annotations

import math
import random
from bisect import bisect_right
from collections.abc import Callable, Sequence
from itertools import pairwise

from protocols.vitals import NS_PER_S

_PHASES = 512
_DITHER_PERIOD = 4099
_DITHER_STEP_NS = 1_000_000
_COUNT = 1 / 254
_FOOT = 0.12
_SYSTOLE = 0.17
_RESPIRATORY_SHIFT = 0.03
_RESPIRATORY_SWING = 0.08


class Wander:
    """A smooth random function of time with a given standard deviation.

    A sum of sines with periods spread over a range and phases drawn once: nearly normal over many
    seeds, the same however often it is asked for, and unrelated to itself a few periods later.
    """

    def __init__(
        self, rng: random.Random, sd: float, periods_s: tuple[float, float], waves: int = 8
    ) -> None:
        """Draw `waves` sines with periods between `periods_s` (shortest, longest)."""
        shortest, longest = periods_s
        ratio = longest / shortest
        self._waves = []
        for index in range(waves):
            period_s = shortest * ratio ** ((index + rng.random()) / waves)
            turn = 2 * math.pi / (period_s * NS_PER_S)
            self._waves.append((turn, rng.uniform(0, 2 * math.pi)))
        self._amplitude = sd * math.sqrt(2 / waves)

    def at(self, t_ns: int) -> float:
        """The value at `t_ns`."""
        total = 0.0
        for turn, phase in self._waves:
            total += math.sin(turn * t_ns + phase)
        return self._amplitude * total


def _contour(phase: float) -> float:
    """One beat from 0 to 1: fast upstroke, notch, dicrotic wave, run-off."""
    if phase < _SYSTOLE:
        return math.exp(-(((phase - _SYSTOLE) / 0.07) ** 2))
    past = phase - _SYSTOLE
    systolic = 0.45 * math.exp(-((past / 0.09) ** 2)) + 0.55 * math.exp(-past / 0.28)
    dicrotic = 0.18 * math.exp(-(((phase - 0.43) / 0.07) ** 2))
    return systolic + dicrotic


def _beat_table() -> tuple[float, ...]:
    """One beat at `_PHASES` points, lowered by a line so that it ends where the next begins."""
    first, last = _contour(0.0), _contour(1.0)
    table = []
    for index in range(_PHASES):
        phase = index / _PHASES
        table.append(_contour(phase) - first - (last - first) * phase)
    peak = max(table)
    return tuple(value / peak for value in table)


BEAT = _beat_table()
"""One beat of the pulse wave, 0 to 1, from foot to foot."""

_DITHER = tuple(random.Random(0).choices((-_COUNT, 0.0, _COUNT), k=_DITHER_PERIOD))


class PulseWave:
    """Beats in step with a changing pulse rate, and the wave that a finger probe sees.

    Beats are laid down one after the other as time is asked for, each as long as the pulse rate at
    its start says, and are kept: a later question about the past gets the same answer.
    """

    def __init__(
        self,
        rng: random.Random,
        *,
        rate_bpm: Callable[[int], float],
        amplitude: Callable[[int], float],
        breaths_per_min: float,
    ) -> None:
        """Beat at `rate_bpm`, `amplitude` high (both functions of time, ns), breathing steadily."""
        self._rate_bpm = rate_bpm
        self._amplitude = amplitude
        self._beats_ns = [0]
        self._heights = [amplitude(0)]
        self._breath = 2 * math.pi * breaths_per_min / (60 * NS_PER_S)
        self._dither_start = rng.randrange(_DITHER_PERIOD)

    def beats_until(self, t_ns: int) -> Sequence[int]:
        """Start of every beat from 0 to the first one after `t_ns`, ns."""
        beats = self._beats_ns
        while beats[-1] <= t_ns:
            following = beats[-1] + round(60 * NS_PER_S / self._rate_bpm(beats[-1]))
            self._heights.append(self._amplitude(following))
            beats.append(following)
        return beats

    def samples(self, t_ns: Sequence[int]) -> list[float]:
        """The wave at each of the ascending times `t_ns`, 0 to 1.

        Raises:
            ValueError: if the times run backwards.
        """
        if not t_ns:
            return []
        if any(later < earlier for earlier, later in pairwise(t_ns)):
            raise ValueError("the times of a wave must not run backwards")
        beats = self.beats_until(t_ns[-1])
        index = max(0, bisect_right(beats, t_ns[0]) - 1)
        wave = []
        for t in t_ns:
            while beats[index + 1] <= t:
                index += 1
            start = beats[index]
            point = max(0, (t - start) * _PHASES // (beats[index + 1] - start))
            breathing = math.sin(self._breath * t)
            height = self._heights[index] * (1 + _RESPIRATORY_SWING * breathing)
            foot = _FOOT + _RESPIRATORY_SHIFT * breathing
            value = foot + height * BEAT[point] + self.dither(t)
            wave.append(min(1.0, max(0.0, value)))
        return wave

    def dither(self, t_ns: int) -> float:
        """Noise of one count up or down, the same whenever this time is asked for."""
        return _DITHER[(t_ns // _DITHER_STEP_NS + self._dither_start) % _DITHER_PERIOD]
