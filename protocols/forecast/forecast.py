"""The forecast of one moment: from the facts then to a chance for each vital, or why there is none.

Missing, old or few data give no chance and say so; that is never the same as a small one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from protocols.dosing.pharmacokinetics import NS_PER_MIN, Lump, RateSegment
from protocols.dosing.predicted import levels_of_1_kg
from protocols.events.terms import Phase
from protocols.forecast.belief import Belief, Seen
from protocols.forecast.model import FORECAST_VITALS, ForecastModel
from protocols.forecast.prediction import Look, probability
from protocols.forecast.warning_limits import WarningLimit
from protocols.vitals import NS_PER_S, Vital

CUFF_TAKES_NS = 30 * NS_PER_S
"""A determination asked for this much before the end of the horizon is not read within it."""

HEART_STEP_NS = 30 * NS_PER_S
"""How far apart the looks at the heart rate to come are."""

HEART_RECENT_MIN = 10
"""Minutes of which `Needs.heart_minutes` must have a heart rate."""

HEART_MISSING_MIN = 2.5
"""A heart rate whose last full minute ended longer ago is not known well enough."""


class NoForecast(StrEnum):
    """Why there is no forecast, in plain words."""

    MODEL = "no model for this protocol"
    PATIENT = "weight or age is missing, or outside the model"
    PHASE = "not before the drug"
    DOUBT = "what was given is in doubt"
    LIMIT = "no warning limit"
    FEW = "not enough readings"
    OLD = "the last reading is too old"
    BEYOND = "beyond its limit now"
    NONE_DUE = "no reading is due"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pressure:
    """One whole determination: when it was measured, and both pressures in mmHg."""

    t_ns: int
    sbp_mmhg: float
    dbp_mmhg: float

    def value(self, vital: Vital) -> float:
        """The one of `vital`."""
        return self.sbp_mmhg if vital is Vital.SBP else self.dbp_mmhg


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartMinute:
    """The mean heart rate, /min, of one minute of the session that ended at `end_ns`."""

    end_ns: int
    mean_bpm: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The tightest warning limits of one vital; None where there is none."""

    high: WarningLimit | None
    low: WarningLimit | None

    @property
    def both(self) -> tuple[WarningLimit, ...]:
        """Those that there are."""
        return tuple(one for one in (self.high, self.low) if one is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is known at `now_ns`.

    Attributes:
        protocol: id of the protocol.
        phase: phase of the visit.
        age_years, weight_kg: of the patient, or None.
        segments: rates at which the drug reached and will reach the patient; in order of time.
        lumps: doses given at once.
        doubtful: whether pump and timer disagree about what was given.
        pressures: whole determinations so far, in order of time.
        heart: minutes with a heart rate so far, in order of time.
        heart_bpm: the heart rate now, or None.
        limits: the tightest warning limits by vital.
        planned_ns: when determinations come in the next minutes.
    """

    now_ns: int
    protocol: str
    phase: Phase
    age_years: int | None
    weight_kg: float | None
    segments: tuple[RateSegment, ...]
    lumps: tuple[Lump, ...]
    doubtful: bool
    pressures: tuple[Pressure, ...]
    heart: tuple[HeartMinute, ...]
    heart_bpm: float | None
    limits: Mapping[Vital, Limits]
    planned_ns: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Chance:
    """That a reading within the horizon meets `limit`: `probability`, 0 to 1."""

    limit: WarningLimit
    probability: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalForecast:
    """The forecast of one vital.

    Attributes:
        vital: which.
        chances: one a limit, the most probable first; empty where there is no forecast.
        reason: why there is none, else None.
    """

    vital: Vital
    chances: tuple[Chance, ...] = ()
    reason: NoForecast | None = None

    def chance(self, *, upward: bool) -> float | None:
        """The probability of the upper or the lower limit; None where there is none."""
        found = (one.probability for one in self.chances if one.limit.upward is upward)
        return next(found, None)


def forecast(model: ForecastModel | None, facts: Facts) -> Mapping[Vital, VitalForecast]:
    """The forecast of each of `FORECAST_VITALS`, from `facts` alone."""
    everywhere = _reason_for_all(model, facts)
    if everywhere is not None or model is None:
        return {
            vital: VitalForecast(vital=vital, reason=everywhere or NoForecast.MODEL)
            for vital in FORECAST_VITALS
        }
    reasons = {vital: _reason_for(model, facts, vital) for vital in FORECAST_VITALS}
    looks = {vital: () for vital in FORECAST_VITALS if reasons[vital] is not None} | {
        vital: _looks_ns(model, facts, vital) for vital in FORECAST_VITALS if reasons[vital] is None
    }
    ahead = sorted({at for times in looks.values() for at in times})
    belief, effects = _believed(model, facts, ahead)
    found = {}
    for vital in FORECAST_VITALS:
        reason = reasons[vital]
        if reason is not None:
            found[vital] = VitalForecast(vital=vital, reason=reason)
            continue
        weight = model.heart.looks_per_min * HEART_STEP_NS / NS_PER_MIN
        seen = [
            Look(
                (at - facts.now_ns) / NS_PER_MIN,
                effects[at],
                weight if vital is Vital.HR else 1.0,
            )
            for at in looks[vital]
        ]
        chances = [
            Chance(
                limit=limit,
                probability=probability(model, belief, vital, limit, effects[facts.now_ns], seen),
            )
            for limit in facts.limits[vital].both
        ]
        chances.sort(key=lambda one: -one.probability)
        found[vital] = VitalForecast(vital=vital, chances=tuple(chances))
    return found


def effects_at(
    model: ForecastModel,
    weight_kg: float,
    segments: Iterable[RateSegment],
    lumps: Iterable[Lump],
    times_ns: Sequence[int],
) -> list[float]:
    """The effect at each of `times_ns`, ascending; 1 at the end of the reference dose."""
    response = model.response
    found = levels_of_1_kg(
        response.modes,
        segments,
        lumps,
        times_ns,
        bioavailability=response.arrives,
        absorption_per_min=response.absorption_per_min,
    )
    return [max(0.0, one / weight_kg) for one in found]


def seen_in(facts: Facts, effects: Mapping[int, float]) -> list[Seen]:
    """Every reading of `facts` in order of time; those of one time in the order of the vitals."""
    found: list[Seen] = []
    for one in facts.pressures:
        minute, effect = one.t_ns / NS_PER_MIN, effects[one.t_ns]
        found.append(Seen(minute, effect, Vital.SBP, one.sbp_mmhg))
        found.append(Seen(minute, effect, Vital.DBP, one.dbp_mmhg))
    found += [
        Seen(one.end_ns / NS_PER_MIN, effects[one.end_ns], Vital.HR, one.mean_bpm)
        for one in facts.heart
    ]
    order = {vital: place for place, vital in enumerate(FORECAST_VITALS)}
    return sorted(found, key=lambda one: (one.minute, order[one.vital], one.value))


def _believed(
    model: ForecastModel, facts: Facts, ahead: Sequence[int]
) -> tuple[Belief, Mapping[int, float]]:
    """What is believed of this person now, and the effect at every time that matters."""
    times = {facts.now_ns, *ahead}
    times.update(one.t_ns for one in facts.pressures)
    times.update(one.end_ns for one in facts.heart)
    ordered = sorted(times)
    levels = effects_at(model, facts.weight_kg or 1.0, facts.segments, facts.lumps, ordered)
    effects = dict(zip(ordered, levels, strict=True))
    seen = seen_in(facts, effects)
    begins = seen[0].minute if seen else facts.now_ns / NS_PER_MIN
    belief = Belief.of_cohort(model, begins).taught(model, seen)
    return belief.later(model, facts.now_ns / NS_PER_MIN), effects


def _reason_for_all(model: ForecastModel | None, facts: Facts) -> NoForecast | None:
    if model is None or facts.protocol not in model.validity.protocols:
        return NoForecast.MODEL
    youngest, oldest = model.validity.ages_years
    weight, age = facts.weight_kg, facts.age_years
    if weight is None or not weight > 0 or age is None or not youngest <= age <= oldest:
        return NoForecast.PATIENT
    if facts.phase not in model.validity.phases:
        return NoForecast.PHASE
    return NoForecast.DOUBT if facts.doubtful else None


def _reason_for(model: ForecastModel, facts: Facts, vital: Vital) -> NoForecast | None:
    if not facts.limits[vital].both:
        return NoForecast.LIMIT
    if vital is Vital.HR:
        return _reason_for_heart(model, facts)
    if len(facts.pressures) < model.needs.pressures:
        return NoForecast.FEW
    last = facts.pressures[-1]
    if (facts.now_ns - last.t_ns) / NS_PER_MIN > model.needs.pressure_age_min:
        return NoForecast.OLD
    if any(limit.is_met(last.value(vital)) for limit in facts.limits[vital].both):
        return NoForecast.BEYOND
    return None if _looks_ns(model, facts, vital) else NoForecast.NONE_DUE


def _reason_for_heart(model: ForecastModel, facts: Facts) -> NoForecast | None:
    since_ns = facts.now_ns - HEART_RECENT_MIN * NS_PER_MIN
    recent = [one for one in facts.heart if one.end_ns > since_ns]
    if facts.heart_bpm is None:
        return NoForecast.OLD if facts.heart else NoForecast.FEW
    if any(limit.is_met(facts.heart_bpm) for limit in facts.limits[Vital.HR].both):
        return NoForecast.BEYOND
    if len(recent) < model.needs.heart_minutes:
        return NoForecast.FEW
    if (facts.now_ns - recent[-1].end_ns) / NS_PER_MIN > HEART_MISSING_MIN:
        return NoForecast.OLD
    return None


def _looks_ns(model: ForecastModel, facts: Facts, vital: Vital) -> tuple[int, ...]:
    until_ns = facts.now_ns + round(model.horizon_min * NS_PER_MIN)
    if vital is Vital.HR:
        return tuple(range(facts.now_ns + HEART_STEP_NS, until_ns + 1, HEART_STEP_NS))
    last_ns = until_ns - CUFF_TAKES_NS
    return tuple(at for at in facts.planned_ns if facts.now_ns < at <= last_ns)
