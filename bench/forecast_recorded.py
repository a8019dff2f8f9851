"""Scores the forecast on recorded cuff pressures of patients, without the drug it was made for.

Usage: python -m bench.forecast_recorded FILE

FILE is a CSV with the columns window, t_min, sys, dia: one window a patient. Nothing is known of
drugs, so the effect is taken for none; the times of the readings to come are taken from the
record, and the limits are the standard ones counted from the first two readings. It shows what
becomes of the calibration on real pressures, not whether the forecast is right under the drug:
there is no such record.
"""

from __future__ import annotations

import csv
import sys
from collections import defaultdict
from pathlib import Path

import numpy as np

from bench._cohort import HORIZON_MIN, profile
from bench.forecast import FILE, bins, brier, calibration_error, linear
from protocols.dosing.pharmacokinetics import NS_PER_MIN
from protocols.events.terms import Phase
from protocols.forecast.forecast import CUFF_TAKES_NS, Facts, Limits, Pressure, forecast
from protocols.forecast.model import FORECAST_VITALS, ForecastModel
from protocols.forecast.model_file import parse_forecast
from protocols.forecast.warning_limits import warning_limits
from protocols.vitals import NS_PER_S, VITALS, Vital

PAIR = (Vital.SBP, Vital.DBP)


def read_windows(file: Path) -> dict[str, list[Pressure]]:
    """Whole, plausible determinations by window, in order of time; one a minute."""
    found: dict[str, dict[int, Pressure]] = defaultdict(dict)
    with file.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            if not (row["sys"] and row["dia"]):
                continue
            sbp, dbp = float(row["sys"]), float(row["dia"])
            if VITALS[Vital.SBP].is_plausible(sbp) and VITALS[Vital.DBP].is_plausible(dbp):
                at = round(float(row["t_min"])) * NS_PER_MIN
                found[row["window"]][at] = Pressure(t_ns=at, sbp_mmhg=sbp, dbp_mmhg=dbp)
    return {name: [kept[at] for at in sorted(kept)] for name, kept in found.items()}


def facts_after(pressures: list[Pressure], place: int) -> Facts:
    """What is known a second after the determination at `place`."""
    now_ns = pressures[place].t_ns + NS_PER_S
    first = pressures[:2]
    baseline = {vital: sum(one.value(vital) for one in first) / len(first) for vital in PAIR}
    limits = {}
    for vital in FORECAST_VITALS:
        high, low = warning_limits(profile("iv-0.5-40"), vital, Phase.INFUSING, baseline)
        limits[vital] = Limits(high=high, low=low)
    until_ns = now_ns + HORIZON_MIN * NS_PER_MIN - CUFF_TAKES_NS
    return Facts(
        now_ns=now_ns,
        protocol="iv-0.5-40",
        phase=Phase.INFUSING,
        age_years=42,
        weight_kg=70.0,
        segments=(),
        lumps=(),
        doubtful=False,
        pressures=tuple(pressures[: place + 1]),
        heart=(),
        heart_bpm=None,
        limits=limits,
        planned_ns=tuple(one.t_ns for one in pressures[place + 1 :] if one.t_ns <= until_ns),
    )


def score_windows(model: ForecastModel, windows: dict[str, list[Pressure]], upward: bool) -> None:
    for vital in PAIR:
        rows = []
        for pressures in windows.values():
            for place in range(2, len(pressures) - 1):
                facts = facts_after(pressures, place)
                limit = facts.limits[vital].high if upward else facts.limits[vital].low
                chance = forecast(model, facts)[vital].chance(upward=upward)
                if chance is None or limit is None:
                    continue
                later = (one for one in pressures if one.t_ns in facts.planned_ns)
                came = any(limit.is_met(one.value(vital)) for one in later)
                rows.append((chance, linear(facts, vital, limit, facts.planned_ns), float(came)))
        if not rows:
            print(f"\n{VITALS[vital].label}: no limit")
            continue
        ours, rival, came_all = np.array(rows).T
        base = brier(np.full_like(came_all, came_all.mean()), came_all)
        print(f"\n{VITALS[vital].label}: {len(rows)} forecasts, {100 * came_all.mean():.1f} % came")
        for name, chance_all in (("ours", ours), ("linear trend", rival), ("never", 0 * ours)):
            score = brier(chance_all, came_all)
            print(
                f"  {name:14} Brier {score:.4f}  skill {1 - score / base:6.3f}  "
                f"ECE {calibration_error(chance_all, came_all):.3f}"
            )
        print("  forecast observed     n")
        for mean, share, count in bins(ours, came_all):
            print(f"  {mean:8.3f} {share:8.3f} {count:6d}")


def main(file: str) -> int:
    model = parse_forecast(FILE.read_text(encoding="utf-8"), str(FILE))
    windows = read_windows(Path(file))
    print(f"{len(windows)} windows, {sum(map(len, windows.values()))} determinations")
    for upward in (True, False):
        print(f"\n==== {'upper' if upward else 'lower'} warning limits ====")
        score_windows(model, windows, upward)
    return 0


if __name__ == "__main__":
    if len(sys.argv) < 2:
        print("no recording named: nothing to score")
        sys.exit(0)
    sys.exit(main(sys.argv[1]))
