"""The probability that a reading of the next minutes meets a warning limit.

The level of a vital now and the person's change are believed to be normally distributed; over both
the probability is added up at fixed points (Gauss and Hermite). At each point the readings to come
scatter independently around one course, so that none of them meets the limit with the product of
their probabilities. A change below zero counts as zero for what is yet to come: more drug never
makes an upper limit less probable.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from math import erfc, exp, log, prod, sqrt

from protocols.forecast.belief import CHANGE, REST, WANDER, Belief
from protocols.forecast.model import ForecastModel, Link
from protocols.forecast.warning_limits import WarningLimit
from protocols.vitals import Vital

_LEVELS = (
    (-3.750439717725742, 5.48268855972218e-04),
    (-2.366759410734541, 3.07571239675865e-02),
    (-1.154405394739968, 0.240123178605013),
    (0.0, 0.457142857142857),
    (1.154405394739968, 0.240123178605013),
    (2.366759410734541, 3.07571239675865e-02),
    (3.750439717725742, 5.48268855972218e-04),
)
_CHANGES = ((-(3.0**0.5), 1 / 6), (0.0, 2 / 3), (3.0**0.5, 1 / 6))
_LEAST = 1e-6


@dataclass(frozen=True, slots=True)
class Look:
    """A reading to come: in how many minutes, at which effect, and for how many looks it counts."""

    minutes: float
    effect: float
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class _Course:
    """What is believed of one vital: normal around these, at the effect of now.

    Attributes:
        level, change: means.
        level_sd: standard deviation of the level.
        change_by_level: how much the change goes up with a level one deviation higher.
        change_sd: what is left of its own deviation.
        wander, wander_by: mean of the wandering and how it goes with both, a deviation each.
        wander_variance: what is left of its own.
    """

    level: float
    level_sd: float
    change: float
    change_by_level: float
    change_sd: float
    wander: float
    wander_by: tuple[float, float]
    wander_variance: float


def probability(
    model: ForecastModel,
    belief: Belief,
    vital: Vital,
    limit: WarningLimit,
    effect_now: float,
    looks: Sequence[Look],
) -> float:
    """The probability, 0 to 1, that one of `looks` meets `limit`; 0 without any.

    Args:
        model: what it rests on.
        belief: of this person, now.
        vital: which.
        limit: its limit.
        effect_now: effect at the time of `belief`.
        looks: the readings to come.
    """
    if not looks:
        return 0.0
    raw = unlinked(model, belief, vital, limit, effect_now, looks)
    spec = model.vitals[vital]
    return linked(spec.high if limit.upward else spec.low, raw)


def linked(link: Link, raw: float) -> float:
    """A probability of the model made one that was observed."""
    kept = min(1 - _LEAST, max(_LEAST, raw))
    return 1 / (1 + exp(-(link.offset + link.slope * log(kept / (1 - kept)))))


def unlinked(
    model: ForecastModel,
    belief: Belief,
    vital: Vital,
    limit: WarningLimit,
    effect_now: float,
    looks: Sequence[Look],
) -> float:
    """As `probability`, before the link of the model."""
    course = _course(belief, vital, effect_now)
    spec, heart = model.vitals[vital], model.heart
    sign = 1.0 if limit.upward else -1.0
    edge = limit.edge
    kept, spreads = [0.0] * len(looks), [0.0] * len(looks)
    for place, look in enumerate(looks):
        variance = spec.noise_sd**2 + spec.drift_sd**2 * look.minutes / 60
        if vital is Vital.HR:
            kept[place] = exp(-look.minutes * 60 / heart.wander_s)
            own = heart.wander_sd**2 * (1 - kept[place] ** 2)
            variance += own + heart.beat_sd**2 + kept[place] ** 2 * course.wander_variance
        spreads[place] = sqrt(2 * variance)
    if vital is Vital.HR:
        edge += sign * heart.sustained
    none = 0.0
    for (z_level, part), (z_change, share) in product(_LEVELS, _CHANGES):
        level = course.level + course.level_sd * z_level
        change = course.change + course.change_by_level * z_level + course.change_sd * z_change
        wander = course.wander + course.wander_by[0] * z_level + course.wander_by[1] * z_change
        change = max(0.0, change)
        passed = [
            _below(
                sign * (edge - level - change * (look.effect - effect_now) - wander * stays),
                spread,
                look.weight,
            )
            for look, stays, spread in zip(looks, kept, spreads, strict=True)
        ]
        none += part * share * prod(passed)
    return min(1.0, max(0.0, 1 - none))


def _below(room: float, spread: float, weight: float) -> float:
    """The probability that a normal value stays below `room`, for a look of that `weight`."""
    chance = 0.5 * erfc(-room / spread)
    return chance if weight == 1.0 else chance**weight


def _course(belief: Belief, vital: Vital, effect: float) -> _Course:
    """The level now and the change, made independent of each other; the wandering given both."""
    rest, change, rows = REST[vital], CHANGE[vital], belief.covariance
    along = [row[rest] + effect * row[change] for row in rows]
    level_sd = sqrt(max(0.0, along[rest] + effect * along[change]))
    by_level = along[change] / level_sd if level_sd > 0 else 0.0
    change_sd = sqrt(max(0.0, rows[change][change] - by_level**2))
    wander, wander_by, left = 0.0, (0.0, 0.0), 0.0
    if vital is Vital.HR:
        first = along[WANDER] / level_sd if level_sd > 0 else 0.0
        second = (rows[WANDER][change] - first * by_level) / change_sd if change_sd > 0 else 0.0
        wander, wander_by = belief.mean[WANDER], (first, second)
        left = max(0.0, rows[WANDER][WANDER] - first**2 - second**2)
    return _Course(
        level=belief.mean[rest] + effect * belief.mean[change],
        level_sd=level_sd,
        change=belief.mean[change],
        change_by_level=by_level,
        change_sd=change_sd,
        wander=wander,
        wander_by=wander_by,
        wander_variance=left,
    )
