"""Prints the simulator's population figures beside those of the papers they come from.

Usage: python -m bench.simulator_calibration [sessions]
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from statistics import fmean, stdev

from devices.simulation.calibration import SessionFigures, acceptance_of_strong, run_sessions
from devices.simulation.scripts import PATIENTS

SESSIONS = 4_000
PUBLISHED = {
    "mild": "Riva-Posse 2018: +3.28/+3.17 at 30 min",
    "typical": "Vankawala 2021: +12.61/+8.49",
    "strong": "Yale 2024: +16.0 (11.2)/+11.0 (8.45)",
}


def print_changes(name: str, sessions: Sequence[SessionFigures]) -> None:
    sbp = [s.change_at_40_mmhg[0] for s in sessions]
    dbp = [s.change_at_40_mmhg[1] for s in sessions]
    peak_sbp = fmean(max(r[0] for r in s.readings) - s.baseline[0] for s in sessions)
    peak_dbp = fmean(max(r[1] for r in s.readings) - s.baseline[1] for s in sessions)
    over = 100 * fmean(any(r[0] >= 165 or r[1] >= 100 for r in s.readings) for s in sessions)
    print(
        f"{name:8} {fmean(sbp):+5.1f} ({stdev(sbp):4.1f}) / {fmean(dbp):+5.1f} ({stdev(dbp):4.1f})"
        f"   mean of peaks {peak_sbp:+5.1f} / {peak_dbp:+5.1f}"
        f"   >= 165 or >= 100: {over:4.1f} %   {PUBLISHED[name]}"
    )


def main(count: int) -> int:
    print(f"change of SBP / DBP at 40 min (SD), mmHg, {count} sessions each")
    sessions = {name: run_sessions(name, range(count)) for name in PUBLISHED if name in PATIENTS}
    for name, figures in sessions.items():
        print_changes(name, figures)
    print("\nacceptance figures, population strong")
    figures = acceptance_of_strong(sessions["strong"])
    for figure in figures:
        verdict = "ok" if figure.holds() else "OUT OF RANGE"
        print(
            f"{figure.name:48} {figure.value:7.2f} +/- {figure.error:4.2f}"
            f"   wanted {figure.low:g} to {figure.high:g}   {verdict}"
        )
    return 0 if all(figure.holds() for figure in figures) else 1


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SESSIONS))
