"""The forecast in words: a quiet line of a tile, and what it rests on. It is no alarm.

Natural frequencies, as "3 in 10": people read them more rightly than percentages, and they promise
no more digits than a forecast has.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import floor

from protocols.forecast.forecast import Chance, NoForecast, VitalForecast
from protocols.forecast.model import ForecastModel
from protocols.vitals import VITALS, Vital

LEAST = 0.1
"""A forecast below this is shown as a dash."""

MOST = 0.95
"""From here on it is more than 9 in 10: nothing is certain."""

_UNSAID = (NoForecast.MODEL, NoForecast.PHASE, NoForecast.LIMIT)
"""Reasons that a tile does not say: no forecast is expected then."""


def natural(probability: float) -> str:
    """A probability as a frequency: ``3 in 10``, ``more than 9 in 10``; empty below 1 in 10."""
    if probability < LEAST:
        return ""
    if probability >= MOST:
        return "more than 9 in 10"
    return f"{max(1, floor(10 * probability + 0.5))} in 10"


_SHORT: dict[NoForecast, str] = {
    NoForecast.PATIENT: "forecast: age not in model",
    NoForecast.DOUBT: "forecast: dose in doubt",
    NoForecast.FEW: "forecast: too few readings",
    NoForecast.OLD: "forecast: reading too old",
    NoForecast.NONE_DUE: "forecast: no reading due",
}
"""Why there is none, in the few words that a tile has room for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ForecastWords:
    """What a tile says of a forecast.

    Attributes:
        line: the dim line, or empty.
        spoken: the same for a screen reader, with the words that it is no alarm; or empty.
    """

    line: str = ""
    spoken: str = ""


def forecast_words(
    forecasts: Mapping[Vital, VitalForecast], vitals: Sequence[Vital], horizon_min: float
) -> ForecastWords:
    """The words of a tile that shows `vitals`: of the most probable of their limits.

    None while one of them is beyond its limit: then the alarm is what is to be said.
    """
    known = [forecasts[vital] for vital in vitals if vital in forecasts]
    if any(one.reason is NoForecast.BEYOND for one in known):
        return ForecastWords()
    chances = [(one.vital, chance) for one in known for chance in one.chances]
    if chances:
        vital, chance = max(chances, key=lambda pair: pair[1].probability)
        return _chance_words(vital, chance, horizon_min, names=vital is not Vital.HR)
    reasons = [one.reason for one in known if one.reason is not None]
    if not reasons or any(reason in _UNSAID for reason in reasons):
        return ForecastWords()
    return ForecastWords(line=_SHORT[reasons[0]], spoken=f"no forecast: {reasons[0]}")


def _chance_words(
    vital: Vital, chance: Chance, horizon_min: float, *, names: bool
) -> ForecastWords:
    limit, spec = chance.limit, VITALS[vital]
    side = "or above" if limit.upward else "or below"
    often = natural(chance.probability)
    mark = "" if limit.upward else "≤"
    label = f"{spec.label} " if names else ""
    spoken = f"{spec.name} {limit.shown} {side} within {horizon_min:g} min"
    short = often.replace("more than ", ">") or "–"
    return ForecastWords(
        line=f"{label}{mark}{limit.shown} within {horizon_min:g} min: {short}",
        spoken=f"forecast, no alarm: {spoken}, {often or 'less than 1 in 10'}",
    )


def reason_words(forecasts: Mapping[Vital, VitalForecast], horizon_min: float) -> list[str]:
    """Each vital and what is forecast of it or why nothing is, a line each."""
    lines = []
    for vital, one in forecasts.items():
        name = VITALS[vital].label
        if one.reason is not None:
            lines.append(f"{name}: no forecast, {one.reason}")
        for chance in one.chances:
            side = "or above" if chance.limit.upward else "or below"
            often = natural(chance.probability) or "less than 1 in 10"
            lines.append(f"{name} {chance.limit.shown} {side} within {horizon_min:g} min: {often}")
    return lines


NO_ALARM = (
    "A forecast is no alarm. It makes no sound and raises, ends and changes nothing; one that is "
    "low or missing does not mean that the patient is safe. Watch the patient and the numbers."
)

RESTS_ON = (
    "It rests on this patient's readings so far, on the drug that reached the patient, and on how "
    "a group of others answered. A pause, a slower rate and a stop change it at once. “3 in 10”: "
    "of ten such moments, three were followed by a reading that met the warning limit in time."
)


def model_words(model: ForecastModel | None) -> list[str]:
    """The model in force: its name, cohort and what it is valid for; or that there is none."""
    if model is None:
        return ["There is no forecast for this protocol: no model was made for it."]
    youngest, oldest = model.validity.ages_years
    approved = f"Approved by {model.approved_by}." if model.approved_by else "Nobody approved it."
    return [
        f"{model.title}, version {model.version}. {approved} Review by {model.review_date}.",
        f"Fitted on: {model.cohort.strip()}",
        f"Valid for: {', '.join(sorted(model.validity.protocols))}; {youngest} to {oldest} years; "
        f"from the start of the drug.",
    ]
