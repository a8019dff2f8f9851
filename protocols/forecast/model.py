"""The model that a forecast rests on, as frozen values read from a file.

A person's vital is ``rest + change * effect + noise``. The *effect* is that of what was delivered,
1 at the end of the reference dose. Rest and change are the person's own; the model says how they
are spread in its cohort. Pressures are in mmHg, rates in /min.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from protocols.dosing.pharmacokinetics import Mode, constant_infusion
from protocols.dosing.predicted import levels_of_1_kg
from protocols.events.terms import Phase
from protocols.vitals import Vital

FORECAST_VITALS = (Vital.SBP, Vital.DBP, Vital.HR)
"""What is forecast, in the order of every table of a model."""


@dataclass(frozen=True, kw_only=True)
class Response:
    """How the effect follows what was delivered: a sum of exponentials, not a level of any drug.

    Attributes:
        shares, rates_per_min: how what was delivered wanes: each share with its rate.
        onset_per_min: rate with which the effect follows that; none of `rates_per_min`.
        arrives: share of what is given that arrives, above 0 and up to 1.
        absorption_per_min: rate with which it arrives, or None where it is given into the blood.
        reference_mg_per_kg, reference_min: the infusion at whose end the effect is 1.
    """

    shares: tuple[float, ...]
    rates_per_min: tuple[float, ...]
    onset_per_min: float
    arrives: float
    absorption_per_min: float | None
    reference_mg_per_kg: float
    reference_min: float

    @cached_property
    def modes(self) -> tuple[Mode, ...]:
        """The exponentials of the effect of 1 mg/kg, scaled to the reference."""
        end_ns = constant_infusion(1, self.reference_min)[-1].start_ns
        segments = constant_infusion(self.reference_mg_per_kg, self.reference_min)
        (whole,) = levels_of_1_kg(self._unscaled, segments, (), [end_ns])
        return tuple(Mode(m.rate_per_min, m.weight_kg_per_l / whole) for m in self._unscaled)

    @property
    def _unscaled(self) -> tuple[Mode, ...]:
        onset = self.onset_per_min
        waning = [
            Mode(rate, share * onset / (onset - rate))
            for share, rate in zip(self.shares, self.rates_per_min, strict=True)
        ]
        return (*waning, Mode(onset, -sum(mode.weight_kg_per_l for mode in waning)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What makes a probability of the model one that was observed: a line between log odds.

    Attributes:
        offset: added.
        slope: above 0, so that the order of probabilities stays.
    """

    offset: float
    slope: float


@dataclass(frozen=True, slots=True, kw_only=True)
class VitalModel:
    """One vital in the cohort.

    Attributes:
        vital: which.
        rest: mean and standard deviation at rest.
        change: the same of the change at effect 1.
        noise_sd: of one reading; for the heart rate of the mean of one minute.
        drift_sd: how far the rest wanders in an hour.
        high, low: links of the probabilities of the upper and of the lower limit.
    """

    vital: Vital
    rest: tuple[float, float]
    change: tuple[float, float]
    noise_sd: float
    drift_sd: float
    high: Link
    low: Link


@dataclass(frozen=True, slots=True, kw_only=True)
class HeartModel:
    """How the heart rate moves by itself around what rest and drug make of it.

    Attributes:
        wander_sd, wander_s: standard deviation and correlation time of its slow wandering.
        beat_sd: what single values add to the mean of their minute.
        looks_per_min: independent looks at the value that a minute is worth.
        sustained: by how much more the limit is passed, /min, when it is passed for a rule's delay.
    """

    wander_sd: float
    wander_s: float
    beat_sd: float
    looks_per_min: float
    sustained: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Needs:
    """Without what there is no forecast.

    Attributes:
        pressures: determinations so far.
        pressure_age_min: greatest age of the last of them.
        heart_minutes: minutes of the last ten with a heart rate.
    """

    pressures: int
    pressure_age_min: float
    heart_minutes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Validity:
    """For whom and when the model was made; anything else has no forecast.

    Attributes:
        protocols: ids of protocols.
        ages_years: youngest and oldest, inclusive.
        phases: phases of the visit.
    """

    protocols: frozenset[str]
    ages_years: tuple[int, int]
    phases: frozenset[Phase]


@dataclass(frozen=True, kw_only=True)
class ForecastModel:
    """A versioned model with its source, its cohort and what it is valid for.

    Attributes:
        id, version: together name it.
        title: for people.
        source: where structure and numbers come from.
        cohort: on whom the numbers were fitted, in words for people.
        review_date: by when somebody must look at it again.
        approved_by: who signed it for the site; empty while nobody has.
        horizon_min: how far it looks ahead.
        validity: for whom and when it holds.
        needs: without what there is no forecast.
        response: how the effect follows what was delivered.
        vitals: one each of `FORECAST_VITALS`.
        heart: how the heart rate moves by itself.
        correlation: of rest SBP, DBP, HR and change SBP, DBP, HR; 6 rows of 6.
    """

    id: str
    version: str
    title: str
    source: str
    cohort: str
    review_date: date
    approved_by: str
    horizon_min: float
    validity: Validity
    needs: Needs
    response: Response
    vitals: Mapping[Vital, VitalModel]
    heart: HeartModel
    correlation: tuple[tuple[float, ...], ...]
