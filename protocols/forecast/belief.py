"""What is believed of one person: a normal distribution, taught by readings one by one.

Seven numbers: SBP, DBP and HR at rest, their changes at effect 1, and where the heart rate is in
its own wandering. The update is the exact conditioning of a normal distribution (a Kalman filter).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import exp

from protocols.forecast.model import FORECAST_VITALS, ForecastModel
from protocols.vitals import Vital

WANDER = 6
"""Place of the heart rate's wandering among the seven numbers."""

REST = {vital: place for place, vital in enumerate(FORECAST_VITALS)}
"""Place of each vital at rest among the seven numbers."""

CHANGE = {vital: place + 3 for vital, place in REST.items()}
"""Place of each vital's change at effect 1."""


@dataclass(frozen=True, slots=True)
class Seen:
    """One reading: when (minutes of the session), at which effect, of what, and its value."""

    minute: float
    effect: float
    vital: Vital
    value: float


@dataclass(frozen=True, slots=True)
class Belief:
    """Means and covariances of the seven numbers at `minute` of the session."""

    minute: float
    mean: tuple[float, ...]
    covariance: tuple[tuple[float, ...], ...]

    @classmethod
    def of_cohort(cls, model: ForecastModel, minute: float = 0.0) -> Belief:
        """What is believed before any reading."""
        vitals = [model.vitals[vital] for vital in FORECAST_VITALS]
        spreads = [one.rest[1] for one in vitals] + [one.change[1] for one in vitals]
        rows = [
            (*(r * a * b for r, b in zip(row, spreads, strict=True)), 0.0)
            for row, a in zip(model.correlation, spreads, strict=True)
        ]
        rows.append((*([0.0] * 6), model.heart.wander_sd**2))
        mean = [one.rest[0] for one in vitals] + [one.change[0] for one in vitals]
        return cls(minute, (*mean, 0.0), tuple(rows))

    def later(self, model: ForecastModel, minute: float) -> Belief:
        """The same at a later `minute`: rests drift, the wandering is forgotten."""
        ahead = minute - self.minute
        if ahead <= 0:
            return self
        rows = [list(row) for row in self.covariance]
        for vital, place in REST.items():
            rows[place][place] += model.vitals[vital].drift_sd ** 2 * ahead / 60
        kept = exp(-ahead * 60 / model.heart.wander_s)
        for row in rows:
            row[WANDER] *= kept
        rows[WANDER] = [one * kept for one in rows[WANDER]]
        rows[WANDER][WANDER] += model.heart.wander_sd**2 * (1 - kept * kept)
        mean = (*self.mean[:WANDER], self.mean[WANDER] * kept)
        return Belief(minute, mean, tuple(map(tuple, rows)))

    def taught(self, model: ForecastModel, seen: Iterable[Seen]) -> Belief:
        """The belief after `seen`, which is in order of time; none may be before `minute`."""
        belief = self
        for one in seen:
            belief = belief.later(model, one.minute).after(model, one)
        return belief

    def expects(self, model: ForecastModel, seen: Seen) -> tuple[float, float]:
        """Mean and variance of the reading that `seen` is, before its value is known."""
        along, expected = self._along(seen)
        return expected, self._spread(model, seen, along)

    def _along(self, seen: Seen) -> tuple[list[float], float]:
        """How each number goes with the reading, and what the reading should be."""
        rest, change = REST[seen.vital], CHANGE[seen.vital]
        along = [row[rest] + seen.effect * row[change] for row in self.covariance]
        expected = self.mean[rest] + seen.effect * self.mean[change]
        if seen.vital is Vital.HR:
            along = [a + row[WANDER] for a, row in zip(along, self.covariance, strict=True)]
            expected += self.mean[WANDER]
        return along, expected

    def _spread(self, model: ForecastModel, seen: Seen, along: Sequence[float]) -> float:
        own = along[REST[seen.vital]] + seen.effect * along[CHANGE[seen.vital]]
        if seen.vital is Vital.HR:
            own += along[WANDER]
        return own + model.vitals[seen.vital].noise_sd ** 2

    def after(self, model: ForecastModel, seen: Seen) -> Belief:
        """The belief after `seen`, which is of this very minute."""
        along, expected = self._along(seen)
        spread = self._spread(model, seen, along)
        gain = [a / spread for a in along]
        surprise = seen.value - expected
        mean = tuple([m + g * surprise for m, g in zip(self.mean, gain, strict=True)])
        return Belief(self.minute, mean, _less(self.covariance, along, gain))


def _less(
    rows: Sequence[Sequence[float]], along: Sequence[float], gain: Sequence[float]
) -> tuple[tuple[float, ...], ...]:
    """`rows` less the outer product of `gain` and `along`."""
    return tuple(
        [
            tuple([one - g * a for one, a in zip(row, along, strict=True)])
            for row, g in zip(rows, gain, strict=True)
        ]
    )
