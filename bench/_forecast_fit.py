"""Fits the forecast model on simulated sessions and writes its file. Deterministic.

Usage: python -m bench._forecast_fit [sessions] [file]

Seeds 1 to `sessions` (2000). What is fitted, in this order: how the effect follows what was
delivered (least squares on the changes from the baseline), how rest and change are spread between
persons (expectation and maximisation), the wandering of the heart rate (its autocovariance), drift
(likelihood of what the filter expects), and the links (logistic regression on what came).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from math import exp, log
from pathlib import Path

import numpy as np
import numpy.typing as npt

from bench._cohort import HORIZON_MIN, Session, make_sessions
from bench._forecast_file import text_of
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.events.terms import Phase
from protocols.forecast.belief import Belief
from protocols.forecast.forecast import Facts, effects_at, forecast, seen_in
from protocols.forecast.model import (
    FORECAST_VITALS,
    ForecastModel,
    HeartModel,
    Link,
    Needs,
    Response,
    Validity,
    VitalModel,
)
from protocols.vitals import Vital

SESSIONS = 2000
FILE = Path("resources/forecast/infusion.toml")
PROTOCOLS = ("iv-0.2-40", "iv-0.5-40", "iv-0.5-60", "iv-0.5-100", "iv-0.75-45")
"""The one it was fitted on, and those on which it stayed calibrated (`print_shifted`)."""
Floats = npt.NDArray[np.float64]
PLAIN = Link(offset=0.0, slope=1.0)
DRIFTS = (1.0, 2.0, 3.0, 4.0, 6.0)
"""The least is a design value: simulated persons do not drift at rest, others do."""
LOOKS = (1.0, 2.0, 4.0)
SUSTAINED = (1.0, 2.0, 3.0, 4.0)
MINUTE_SD = 0.3
"""What the mean of a minute of whole numbers errs by, /min; a design value."""
SLOWEST_PER_MIN = 0.003
"""No effect wanes more slowly: readings end an hour after the drug and could not tell."""


def given(value: float, digits: int = 4) -> float:
    """`value` as the file will have it."""
    return float(f"{value:.{digits}g}")


# ---- how the effect follows what was delivered


class _Doses:
    """The rate changes before each pressure, for all sessions at once.

    A person who answers strongly is measured more often while the answer is high, so each session
    has its own level and its own change, drawn towards the cohort's: a mean over all readings would
    take rechecks for a stronger drug.
    """

    def __init__(self, sessions: Sequence[Session]) -> None:
        since, steps, values, owner = [], [], [], []
        for number, session in enumerate(sessions):
            rates = [one.rate_mg_per_min / session.weight_kg for one in session.segments]
            jumps = np.diff([0.0, *rates])
            for one in session.pressures:
                ago = [(one.t_ns - s.start_ns) / NS_PER_MIN for s in session.segments]
                since.append([max(0.0, a) for a in ago] + [0.0] * (4 - len(ago)))
                steps.append([*jumps, *([0.0] * (4 - len(jumps)))])
                values.append([one.value(v) for v in PRESSURE_PAIR])
                owner.append(number)
        self.since, self.steps = np.array(since), np.array(steps)
        self.values, self.owner = np.array(values), np.array(owner)

    def effect(self, response: Response) -> Floats:
        total = np.zeros(len(self.since))
        for mode in response.modes:
            grown = -np.expm1(-mode.rate_per_min * self.since) / mode.rate_per_min
            total += mode.weight_kg_per_l * (self.steps * grown).sum(axis=1)
        return total

    def misfit(self, response: Response) -> float:
        effect = self.effect(response)
        count = np.bincount(self.owner)
        centred = effect - (np.bincount(self.owner, effect) / count)[self.owner]
        spread = np.bincount(self.owner, centred * centred)
        total = 0.0
        for values in self.values.T:
            left = values - (np.bincount(self.owner, values) / count)[self.owner]
            along = np.bincount(self.owner, centred * left)
            middle = float(along.sum() / spread.sum())
            change = (along + DRAWN * middle) / (spread + DRAWN)
            errors = left - change[self.owner] * centred
            total += float(errors @ errors + DRAWN * ((change - middle) ** 2).sum())
        return total / len(effect)


DRAWN = 0.3
"""Variance of a reading over that of a change: how strongly a session is drawn to the cohort."""

PRESSURE_PAIR = (Vital.SBP, Vital.DBP)


def fit_response(sessions: Sequence[Session]) -> Response:
    doses = _Doses(sessions)

    def make(point: Sequence[float]) -> Response:
        share = 1 / (1 + exp(-point[3]))
        return Response(
            shares=(given(share), 1 - given(share)),
            rates_per_min=(given(exp(point[0])), given(max(SLOWEST_PER_MIN, exp(point[1])))),
            onset_per_min=given(exp(point[2])),
            arrives=1.0,
            absorption_per_min=None,
            reference_mg_per_kg=0.5,
            reference_min=40.0,
        )

    def cost(point: Sequence[float]) -> float:
        return doses.misfit(make(point))

    starts = [
        [log(fast), log(0.01), log(onset), 1.0] for fast in (0.1, 0.5) for onset in (0.08, 0.3)
    ]
    return make(min((descend(cost, start) for start in starts), key=cost))


def descend(cost: Callable[[Sequence[float]], float], start: Sequence[float]) -> list[float]:
    """The lowest point that steps along each axis, halved when none helps, come to."""
    point, best, step = list(start), cost(start), 0.4
    while step > 0.01:
        improved = False
        for axis in range(len(point)):
            for sign in (1, -1):
                tried = [*point]
                tried[axis] += sign * step
                found = cost(tried)
                if found < best - 1e-9:
                    point, best, improved = tried, found, True
        if not improved:
            step /= 2
    return point


# ---- how persons differ


class _Rows:
    """The readings of one session as rows of six: which of rest and change each holds."""

    def __init__(self, session: Session, response: Response) -> None:
        pressures, hearts = session.pressures, session.minutes[::4]
        times = sorted({p.t_ns for p in pressures} | {h.end_ns for h in hearts})
        effects = dict(zip(times, session_effects(session, response, times), strict=True))
        rows, values, kinds = [], [], []
        for one in pressures:
            for place, vital in enumerate(PRESSURE_PAIR):
                rows.append(_row(place, effects[one.t_ns]))
                values.append(one.value(vital))
                kinds.append(place)
        for minute in hearts:
            rows.append(_row(2, effects[minute.end_ns]))
            values.append(minute.mean_bpm)
            kinds.append(2)
        self.rows, self.values, self.kinds = np.array(rows), np.array(values), np.array(kinds)


def session_effects(session: Session, response: Response, times: Sequence[int]) -> list[float]:
    return effects_at(_bare(response), session.weight_kg, session.segments, (), times)


def _row(place: int, effect: float) -> list[float]:
    row = [0.0] * 6
    row[place], row[place + 3] = 1.0, effect
    return row


def fit_persons(rows: Sequence[_Rows], rounds: int = 60) -> tuple[Floats, Floats, Floats]:
    """Mean and covariance of the six numbers, and the variance of a reading of each vital."""
    mean = np.array([120.0, 75.0, 75.0, 10.0, 7.0, 4.0])
    spread = np.diag([200.0, 80.0, 120.0, 100.0, 50.0, 60.0])
    noise = np.array([25.0, 16.0, 8.0])
    for _ in range(rounds):
        means, seconds, left, count = [], np.zeros((6, 6)), np.zeros(3), np.zeros(3)
        inverse = np.linalg.inv(spread)
        for one in rows:
            weights = 1 / noise[one.kinds]
            cov = np.linalg.inv(inverse + one.rows.T @ (one.rows * weights[:, None]))
            found = cov @ (inverse @ mean + one.rows.T @ (weights * one.values))
            means.append(found)
            seconds += cov
            errors = (one.values - one.rows @ found) ** 2
            errors += np.einsum("ij,jk,ik->i", one.rows, cov, one.rows)
            left += np.bincount(one.kinds, errors, minlength=3)
            count += np.bincount(one.kinds, minlength=3)
        known = np.array(means)
        mean = known.mean(axis=0)
        spread = (seconds + (known - mean).T @ (known - mean)) / len(rows)
        noise = left / count
    return mean, spread, noise


def fit_heart(sessions: Sequence[Session], response: Response) -> tuple[HeartModel, float]:
    """The wandering of the heart rate, and the deviation of a minute's mean around it."""
    none, one, within = [], [], []
    for session in sessions:
        times = [one_minute.end_ns for one_minute in session.minutes]
        effects = np.array(session_effects(session, response, times))
        means = np.array([one_minute.mean_bpm for one_minute in session.minutes])
        design = np.stack([np.ones_like(effects), effects], axis=1)
        left = means - design @ np.linalg.lstsq(design, means, rcond=None)[0]
        none.append(float(np.mean(left * left)))
        one.append(float(np.mean(left[1:] * left[:-1])))
        whole = session.heart[: 60 * len(means)].reshape(-1, 60)
        within.append(float(np.mean((whole - means[:, None]) ** 2)))
    wander = float(np.mean(none)) - MINUTE_SD**2
    kept = min(0.95, max(0.05, float(np.mean(one)) / wander))
    heart = HeartModel(
        wander_sd=given(wander**0.5),
        wander_s=given(-60 / log(kept)),
        beat_sd=given(float(np.mean(within)) ** 0.5),
        looks_per_min=1.0,
        sustained=0.0,
    )
    return heart, MINUTE_SD


def fit_drift(model: ForecastModel, sessions: Sequence[Session]) -> ForecastModel:
    """The drift of each vital under which the filter expected the readings best."""
    for vital in FORECAST_VITALS:
        tried = [_with(model, vital, drift_sd=drift) for drift in DRIFTS]
        model = max(tried, key=lambda one: sum(_likelihood(one, s, vital) for s in sessions))
    return model


def _likelihood(model: ForecastModel, session: Session, vital: Vital) -> float:
    facts = session.facts(session.pressures[-1].t_ns)
    times = sorted({p.t_ns for p in facts.pressures} | {h.end_ns for h in facts.heart})
    effects = effects_at(model, session.weight_kg, session.segments, (), times)
    total, belief = 0.0, None
    wanted = vital is Vital.HR
    for one in seen_in(facts, dict(zip(times, effects, strict=True))):
        if (one.vital is Vital.HR) is not wanted:
            continue
        belief = belief or Belief.of_cohort(model, one.minute)
        belief = belief.later(model, one.minute)
        mean, variance = belief.expects(model, one)
        if one.vital is vital:
            total -= 0.5 * (log(variance) + (one.value - mean) ** 2 / variance)
        belief = belief.taught(model, [one])
    return total


def _with(model: ForecastModel, vital: Vital, **changes: object) -> ForecastModel:
    changed = replace(model.vitals[vital], **changes)  # type: ignore[arg-type]
    return replace(model, vitals={**model.vitals, vital: changed})


# ---- what the probabilities are worth


def fit_looks(model: ForecastModel, sessions: Sequence[Session]) -> ForecastModel:
    """How many looks a minute of heart rate is worth, and how far beyond a delay lies."""
    tried = []
    for looks in LOOKS:
        for sustained in SUSTAINED:
            heart = replace(model.heart, looks_per_min=looks, sustained=sustained)
            one = replace(model, heart=heart)
            raw, came = outcomes(one, sessions, Vital.HR, upward=True, every=3)
            link = fit_link(raw, came)
            tried.append((log_loss(link, raw, came), one))
    return min(tried, key=lambda pair: pair[0])[1]


def outcomes(
    model: ForecastModel,
    sessions: Sequence[Session],
    vital: Vital,
    *,
    upward: bool,
    every: int = 1,
) -> tuple[Floats, Floats]:
    """Probability and what came, for each moment that has a forecast."""
    raw, came = [], []
    for session in sessions:
        limit = next((one for one in session.limits[vital].both if one.upward is upward), None)
        if limit is None:
            continue
        for now_ns in list(session.moments_ns())[::every]:
            facts = _only(session.facts(now_ns), vital)
            chance = forecast(model, facts)[vital].chance(upward=upward)
            if chance is not None:
                raw.append(chance)
                came.append(float(session.crossed(vital, limit, now_ns)))
    return np.array(raw), np.array(came)


def _only(facts: Facts, vital: Vital) -> Facts:
    """The facts without what a forecast of `vital` can do without; the rest would cost time."""
    if vital is Vital.HR:
        return replace(facts, pressures=())
    return replace(facts, heart=(), heart_bpm=None)


def all_outcomes(
    model: ForecastModel, sessions: Sequence[Session], every: int = 2
) -> Mapping[tuple[Vital, bool], tuple[Floats, Floats]]:
    found: dict[tuple[Vital, bool], tuple[list[float], list[float]]] = {
        (vital, upward): ([], []) for vital in FORECAST_VITALS for upward in (True, False)
    }
    for session in sessions:
        for now_ns in list(session.moments_ns())[::every]:
            for vital, one in forecast(model, session.facts(now_ns)).items():
                for chance in one.chances:
                    raw, came = found[vital, chance.limit.upward]
                    raw.append(chance.probability)
                    came.append(float(session.crossed(vital, chance.limit, now_ns)))
    return {key: (np.array(raw), np.array(came)) for key, (raw, came) in found.items()}


def log_odds(raw: Floats) -> Floats:
    kept = np.clip(raw, 1e-6, 1 - 1e-6)
    found: Floats = np.log(kept / (1 - kept))
    return found


def fit_link(raw: Floats, came: Floats) -> Link:
    """Logistic regression of what came, held lightly to offset 0 and slope 1 where little came."""
    design = np.stack([np.ones_like(raw), log_odds(raw)], axis=1)
    held, usual = np.diag([1.0, 4.0]), np.array([0.0, 1.0])

    def cost(line: Floats) -> float:
        odds, off = design @ line, line - usual
        return float(np.sum(np.logaddexp(0, odds) - came * odds) + off @ held @ off / 2)

    line = usual.copy()
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(design @ line, -50, 50)))
        weight = np.maximum(chance * (1 - chance), 1e-9)
        slope = design.T @ (came - chance) - held @ (line - usual)
        step = np.linalg.solve(design.T @ (design * weight[:, None]) + held, slope)
        while cost(line + step) > cost(line) and np.abs(step).max() > 1e-9:
            step = step / 2
        line = line + step
    return Link(offset=given(float(line[0])), slope=given(max(0.05, float(line[1]))))


def log_loss(link: Link, raw: Floats, came: Floats) -> float:
    chance = 1 / (1 + np.exp(-(link.offset + link.slope * log_odds(raw))))
    return float(-np.mean(came * np.log(chance) + (1 - came) * np.log(1 - chance)))


# ---- all of it


def _bare(response: Response) -> ForecastModel:
    """A model that knows the response alone."""
    vitals = {
        vital: VitalModel(
            vital=vital,
            rest=(100.0, 10.0),
            change=(0.0, 10.0),
            noise_sd=5.0,
            drift_sd=2.0,
            high=PLAIN,
            low=PLAIN,
        )
        for vital in FORECAST_VITALS
    }
    return ForecastModel(
        id="infusion",
        version="1",
        title="Pressure and heart rate during and after an infusion, simulated cohort",
        source="fitted",
        cohort="",
        review_date=date(2027, 11, 30),
        approved_by="",
        horizon_min=float(HORIZON_MIN),
        validity=Validity(
            protocols=frozenset(PROTOCOLS),
            ages_years=(18, 75),
            phases=frozenset((Phase.INFUSING, Phase.PAUSED, Phase.STOPPED, Phase.RECOVERY)),
        ),
        needs=Needs(pressures=2, pressure_age_min=16.0, heart_minutes=4),
        response=response,
        vitals=vitals,
        heart=HeartModel(
            wander_sd=2.0, wander_s=60.0, beat_sd=1.0, looks_per_min=1.0, sustained=0.0
        ),
        correlation=tuple(tuple(float(i == j) for j in range(6)) for i in range(6)),
    )


def fit(sessions: Sequence[Session]) -> ForecastModel:
    response = fit_response(sessions)
    model = _bare(response)
    mean, spread, noise = fit_persons([_Rows(one, response) for one in sessions])
    heart, minute_sd = fit_heart(sessions, response)
    deviation = np.sqrt(np.diag(spread))
    correlation = np.round(spread / np.outer(deviation, deviation), 3)
    np.fill_diagonal(correlation, 1.0)
    noises = (noise[0] ** 0.5, noise[1] ** 0.5, minute_sd)
    for place, vital in enumerate(FORECAST_VITALS):
        model = _with(
            model,
            vital,
            rest=(given(float(mean[place])), given(float(deviation[place]))),
            change=(given(float(mean[place + 3])), given(float(deviation[place + 3]))),
            noise_sd=given(float(noises[place])),
        )
    rows = tuple(tuple(float(one) for one in row) for row in correlation)
    model = replace(model, heart=heart, correlation=rows)
    print("response, spread of persons and noise fitted", flush=True)
    model = fit_drift(model, sessions[:150])
    print("drift fitted", flush=True)
    model = fit_looks(model, sessions[:200])
    print("looks fitted", flush=True)
    for (vital, upward), (raw, came) in all_outcomes(model, sessions).items():
        if len(raw):
            model = _with(model, vital, **{"high" if upward else "low": fit_link(raw, came)})
    return model


def main(count: int = SESSIONS, file: str = str(FILE)) -> int:
    sessions = make_sessions(range(1, count + 1))
    model = fit(sessions)
    Path(file).write_text(text_of(model, count), encoding="utf-8")
    print(f"written: {file}")
    return 0


if __name__ == "__main__":
    arguments = sys.argv[1:]
    sys.exit(
        main(
            int(arguments[0]) if arguments else SESSIONS,
            arguments[1] if len(arguments) > 1 else str(FILE),
        )
    )
