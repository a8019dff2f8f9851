"""Scores the forecast on simulated sessions that it was not fitted on, beside two rivals.

Usage: python -m bench.forecast [sessions]

Seeds 100001 to 100000 + `sessions` (300); the rivals' own constants come from seeds 1 to 500, the
thresholds of each method from the seeds scored, so that all are compared at the same sensitivity.

linear trend: a line through the last four readings (of the heart rate the last five minutes), and
    the spread around it; its probabilities are recalibrated on the first seeds, as ours are.
persistence: what is not beyond its limit now stays so: a probability of 0.
base rate: how often it came in the first seeds, whatever the readings.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from math import erfc, sqrt
from pathlib import Path
from statistics import fmean, median

import numpy as np
import numpy.typing as npt

from bench._cohort import REFERENCE, Kind, Session, make_sessions
from bench._forecast_fit import fit_link, log_odds
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.forecast.forecast import Facts, forecast
from protocols.forecast.model import FORECAST_VITALS, ForecastModel
from protocols.forecast.model_file import parse_forecast
from protocols.forecast.warning_limits import WarningLimit
from protocols.vitals import VITALS, Vital

FILE = Path("resources/forecast/infusion.toml")
FIRST = 100_001
SESSIONS, RIVAL_SESSIONS, SHIFTED_SESSIONS = 300, 500, 200
CALL_AT = 0.3
SENSITIVITY = 0.7
LINE_READINGS, LINE_MINUTES = 4, 5
LEAST_SPREAD = 2.0
METHODS = ("ours", "linear trend", "persistence")
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scored:
    """One forecast of one moment, and what came: probabilities by method, in order of `METHODS`."""

    session: int
    now_ns: int
    chances: tuple[float, ...]
    came: bool
    crossing_ns: int | None


def linear(facts: Facts, vital: Vital, limit: WarningLimit, planned: Sequence[int]) -> float:
    """The linear trend's probability that one of the readings to come meets `limit`."""
    if vital is Vital.HR:
        seen = [(one.end_ns - NS_PER_MIN // 2, one.mean_bpm) for one in facts.heart]
        seen = seen[-LINE_MINUTES:]
        ahead = range(facts.now_ns + NS_PER_MIN, facts.now_ns + 11 * NS_PER_MIN, NS_PER_MIN)
    else:
        seen = [(one.t_ns, one.value(vital)) for one in facts.pressures[-LINE_READINGS:]]
        ahead = planned
    t = [(at - facts.now_ns) / NS_PER_MIN for at, _ in seen]
    y = [value for _, value in seen]
    count, mid_t, mid_y = len(y), fmean(t), fmean(y)
    wide = sum((one - mid_t) ** 2 for one in t) or 1.0
    slope = sum((one - mid_t) * (value - mid_y) for one, value in zip(t, y, strict=True)) / wide
    left = [v - mid_y - slope * (one - mid_t) for one, v in zip(t, y, strict=True)]
    spread = max(LEAST_SPREAD**2, sum(one * one for one in left) / max(1, count - 2))
    sign = 1.0 if limit.upward else -1.0
    none = 1.0
    for at in ahead:
        off = (at - facts.now_ns) / NS_PER_MIN - mid_t
        deviation = sqrt(spread * (1 + 1 / count + off * off / wide))
        room = sign * (limit.edge - mid_y - slope * off)
        none *= 0.5 * erfc(-room / (sqrt(2) * deviation))
    return 1 - none


Table = dict[tuple[bool, Vital], list[Scored]]
"""Forecasts by side (upper or not) and vital."""


def score(
    model: ForecastModel, sessions: Sequence[Session], *, rivals: bool = True, every: int = 1
) -> Table:
    """Every moment of `sessions`, or one in `every`, that has a forecast of ours."""
    found: Table = {(up, vital): [] for up in (True, False) for vital in FORECAST_VITALS}
    for session in sessions:
        firsts = {
            (limit.upward, vital): session.first_crossing_ns(vital, limit)
            for vital in FORECAST_VITALS
            for limit in session.limits[vital].both
        }
        for now_ns in list(session.moments_ns())[::every]:
            facts = session.facts(now_ns)
            for vital, one in forecast(model, facts).items():
                for chance in one.chances:
                    limit = chance.limit
                    rival = linear(facts, vital, limit, facts.planned_ns) if rivals else 0.0
                    key = (limit.upward, vital)
                    found[key].append(
                        Scored(
                            session.seed,
                            now_ns,
                            (chance.probability, rival, 0.0),
                            session.crossed(vital, limit, now_ns),
                            firsts[key],
                        )
                    )
    return found


def brier(chance: Floats, came: Floats) -> float:
    return float(np.mean((chance - came) ** 2))


def bins(chance: Floats, came: Floats, count: int = 10) -> list[tuple[float, float, int]]:
    """Mean forecast, share that came, and number, of each tenth of the range that has any."""
    place = np.minimum((chance * count).astype(int), count - 1)
    return [
        (float(chance[place == n].mean()), float(came[place == n].mean()), int((place == n).sum()))
        for n in range(count)
        if (place == n).any()
    ]


def calibration_error(chance: Floats, came: Floats) -> float:
    """Mean distance of forecast and observed share, weighted by number."""
    return sum(n * abs(f - o) for f, o, n in bins(chance, came)) / len(chance)


def warning_times(scored: Sequence[Scored], method: int, threshold: float) -> list[float]:
    """Minutes from the first call of the last stretch of calls before a crossing to the crossing.

    One a session with a crossing; 0 where nothing was called before it.
    """
    times = []
    for moments in _by_session(scored).values():
        crossing_ns = moments[0].crossing_ns
        if crossing_ns is None:
            continue
        before = [one for one in moments if one.now_ns < crossing_ns]
        if not before:
            continue
        called_ns = None
        for one in reversed(before):
            if one.chances[method] < threshold:
                break
            called_ns = one.now_ns
        times.append(0.0 if called_ns is None else (crossing_ns - called_ns) / NS_PER_MIN)
    return times


def false_calls(scored: Sequence[Scored], method: int, threshold: float) -> float:
    """Stretches of calls in which nothing came, a session."""
    wrong, sessions = 0, _by_session(scored)
    for moments in sessions.values():
        stretch: list[bool] = []
        for one in [*moments, None]:
            if one is not None and one.chances[method] >= threshold:
                stretch.append(one.came)
                continue
            wrong += bool(stretch) and not any(stretch)
            stretch = []
    return wrong / max(1, len(sessions))


def threshold_for(scored: Sequence[Scored], method: int, sensitivity: float) -> float:
    """The highest threshold at which that share of the crossings had been called."""
    best = []
    for moments in _by_session(scored).values():
        crossing_ns = moments[0].crossing_ns
        before = [m for m in moments if crossing_ns is not None and m.now_ns < crossing_ns]
        near = [m for m in before if crossing_ns - m.now_ns <= 10 * NS_PER_MIN]  # type: ignore[operator]
        if near:
            best.append(max(one.chances[method] for one in near))
    best.sort(reverse=True)
    return best[min(len(best) - 1, int(sensitivity * len(best)))] if best else 1.0


def _by_session(scored: Sequence[Scored]) -> Mapping[int, list[Scored]]:
    found: dict[int, list[Scored]] = {}
    for one in scored:
        found.setdefault(one.session, []).append(one)
    return found


def columns(scored: Sequence[Scored]) -> tuple[Floats, Floats]:
    """Probabilities, a column a method; and what came."""
    return np.array([one.chances for one in scored]), np.array([float(s.came) for s in scored])


def recalibrate(scored: Sequence[Scored], link: Callable[[Floats], Floats]) -> list[Scored]:
    """The same with the linear trend's probabilities on `link`."""
    made = link(np.array([one.chances[1] for one in scored])) if scored else np.zeros(0)
    return [
        replace(one, chances=(one.chances[0], float(chance), one.chances[2]))
        for one, chance in zip(scored, made, strict=True)
    ]


def link_of(scored: Sequence[Scored]) -> Callable[[Floats], Floats]:
    chances, came = columns(scored)
    link = fit_link(chances[:, 1], came)

    def made(raw: Floats) -> Floats:
        found: Floats = 1 / (1 + np.exp(-(link.offset + link.slope * log_odds(raw))))
        return found

    return made


def print_vital(vital: Vital, scored: Sequence[Scored], rate: float) -> bool:
    """The table of one vital; whether ours has the lowest Brier score."""
    chances, came = columns(scored)
    base = brier(np.full_like(came, rate), came)
    sessions = len(_by_session(scored))
    print(
        f"\n{VITALS[vital].label}: {len(came)} forecasts in {sessions} sessions, "
        f"{100 * came.mean():.1f} % came; base rate of the fit {100 * rate:.1f} %, Brier {base:.4f}"
    )
    print(
        f"  {'':14}{'Brier':>8}{'skill':>8}{'ECE':>8}   at the same sensitivity of "
        f"{100 * SENSITIVITY:.0f} %: threshold, false calls a session"
    )
    scores = []
    for place, name in enumerate(METHODS):
        scores.append(brier(chances[:, place], came))
        line = f"  {name:14}{scores[-1]:8.4f}{1 - scores[-1] / base:8.3f}"
        line += f"{calibration_error(chances[:, place], came):8.4f}"
        threshold = threshold_for(scored, place, SENSITIVITY)
        if threshold > 0:
            line += f"   {threshold:.3f}   {false_calls(scored, place, threshold):.2f}"
        else:
            line += "   never calls"
        print(line)
    times = warning_times(scored, 0, CALL_AT)
    called = [one for one in times if one > 0]
    if times:
        middle = f"median {median(called):.0f} min before" if called else "none"
        print(
            f"  ours called at {CALL_AT:g}: {len(called)} of {len(times)} first crossings, "
            f"{middle}; false calls {false_calls(scored, 0, CALL_AT):.2f} a session"
        )
    print("  forecast observed     n")
    for mean, share, count in bins(chances[:, 0], came):
        print(f"  {mean:8.3f} {share:8.3f} {count:6d}")
    best = scores[0] < min(scores[1:])
    print(f"  lowest Brier score: {'ours' if best else 'NOT ours'}")
    return best


SHIFTED = (
    Kind(name="0.2 mg/kg over 40 min", dose_mg_per_kg=0.2),
    Kind(name="0.5 mg/kg over 60 min", protocol="iv-0.5-60", minutes=60),
    Kind(name="0.5 mg/kg over 100 min", protocol="iv-0.5-100", minutes=100),
    Kind(name="0.75 mg/kg over 45 min", protocol="iv-0.75-45", dose_mg_per_kg=0.75, minutes=45),
    Kind(name="1.0 mg/kg over 40 min", dose_mg_per_kg=1.0),
    Kind(name="strong responders alone", mix={"strong": 1.0}),
    Kind(name="changes 1.5 times as large", changed=1.5),
    Kind(name="changes twice as large", changed=2.0),
    Kind(name="emergency alone (+66/+36)", mix={"emergency": 1.0}),
    Kind(name="panic alone (an episode)", mix={"panic": 1.0}),
    Kind(name="drug held in a line of 10 mL that is not there", line_ml=10.0),
)


def print_shifted(model: ForecastModel, count: int) -> None:
    print(
        f"\nShifted cohorts, {count} sessions each, upper limits (Brier skill against its own rate)"
    )
    print(f"  {'':48}" + "".join(f"{VITALS[v].label:>30}" for v in FORECAST_VITALS))
    print(f"  {'':48}" + f"{'mean fc  came   ECE  skill':>30}" * 3)
    for kind in (REFERENCE, *SHIFTED):
        sessions = make_sessions(range(FIRST, FIRST + count), kind)
        cells = []
        table = score(model, sessions, rivals=False)
        for vital in FORECAST_VITALS:
            chances, came = columns(table[True, vital])
            if not len(came):
                cells.append(f"{'none':>30}")
                continue
            ours, own = chances[:, 0], brier(np.full_like(came, came.mean()), came)
            skill = 1 - brier(ours, came) / own if own > 0 else float("nan")
            cells.append(
                f"{ours.mean():13.3f} {came.mean():5.3f} {calibration_error(ours, came):5.3f}"
                f"{skill:6.2f}"
            )
        print(f"  {kind.name:48}" + "".join(cells), flush=True)


def print_speed(model: ForecastModel, sessions: Sequence[Session]) -> None:
    moments = [(s, now) for s in sessions[:20] for now in s.moments_ns()]
    facts = [session.facts(now_ns) for session, now_ns in moments]
    times = []
    for one in facts:
        began = time.process_time()
        forecast(model, one)
        times.append(1e3 * (time.process_time() - began))
    print(
        f"\nOne forecast of all three, time of the processor: median {median(times):.1f} ms, "
        f"99th percentile {float(np.percentile(times, 99)):.1f} ms (target 5 ms)"
    )


def main(count: int) -> int:
    model = parse_forecast(FILE.read_text(encoding="utf-8"), str(FILE))
    early = make_sessions(range(1, RIVAL_SESSIONS + 1))
    late = make_sessions(range(FIRST, FIRST + count))
    print(f"{model.title}, version {model.version}; {count} sessions, seeds from {FIRST}")
    best = True
    fitted, scored = score(model, early), score(model, late)
    for upward in (True, False):
        print(f"\n==== {'upper' if upward else 'lower'} warning limits ====")
        for vital in FORECAST_VITALS:
            first = fitted[upward, vital]
            if sum(one.came for one in first) < 20:
                print(f"\n{VITALS[vital].label}: too few crossings to score, or no limit")
                continue
            rate = float(np.mean([one.came for one in first]))
            late_ones = recalibrate(scored[upward, vital], link_of(first))
            is_best = print_vital(vital, late_ones, rate)
            best = best and (is_best or not upward)
    print_speed(model, late)
    print_shifted(model, min(count, SHIFTED_SESSIONS))
    return 0 if best else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SESSIONS))
