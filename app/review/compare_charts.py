"""The charts and tables of sessions laid over each other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.plots.curve_chart import Chart, LevelLine, Line, MarkLine, broken, nice_range, pencil
from app.reviewing.alignment import (
    COMPARED,
    STREAMED,
    AlignedSession,
    Comparison,
)
from app.reviewing.traces import Curve, cut, stretches
from protocols.vitals import VITALS, Vital

EARLIEST_MIN, LATEST_MIN = -30.0, 240.0
"""What is drawn at most, minutes from the event that sessions are aligned on."""

STRETCH_MIN = 0.5
"""Of a streamed vital the median of each half minute is drawn."""

LONGEST_MIN = {Vital.SBP: 20.0, Vital.DBP: 20.0, Vital.HR: 1.0, Vital.SPO2: 1.0}
"""A line joins no readings that are further apart than this, minutes."""

LEAST_SPAN = {Vital.SBP: 40.0, Vital.DBP: 40.0, Vital.HR: 40.0, Vital.SPO2: 8.0}


def place_of(one: AlignedSession) -> int:
    """Number of the session among those chosen, from 0: its look depends on nothing else."""
    return ord(one.letter) - ord("A")


def compare_charts(comparison: Comparison) -> dict[Vital, Chart]:
    """A chart for each vital that any of the sessions has, all on the same axis of time."""
    drawn = {
        (one.letter, vital): _drawn(curve, vital)
        for one in comparison.sessions
        for vital, curve in one.curves.items()
    }
    known = [curve for curve in drawn.values() if len(curve)]
    if not known:
        return {}
    start = min(float(curve.t_s[0]) for curve in known)
    end = max(float(curve.t_s[-1]) for curve in known)
    charts: dict[Vital, Chart] = {}
    for vital in COMPARED:
        shown = [
            (one, drawn[one.letter, vital])
            for one in comparison.sessions
            if len(drawn.get((one.letter, vital), ()))
        ]
        if shown:
            charts[vital] = _chart(comparison, vital, shown, start, end)
    last = list(charts)[-1]
    charts[last] = replace(charts[last], x_label=f"minutes from {comparison.anchor.words}")
    return charts


def _drawn(curve: Curve, vital: Vital) -> Curve:
    kept = cut(curve, EARLIEST_MIN, LATEST_MIN)
    return stretches(kept, EARLIEST_MIN, STRETCH_MIN) if vital in STREAMED else kept


def _line(one: AlignedSession, curve: Curve, vital: Vital) -> Line:
    x, y = broken(curve.t_s, curve.values, LONGEST_MIN[vital])
    return Line(x=x, y=y, look=pencil(place_of(one)), label=one.letter)


def _chart(
    comparison: Comparison,
    vital: Vital,
    shown: list[tuple[AlignedSession, Curve]],
    start: float,
    end: float,
) -> Chart:
    spec = VITALS[vital]
    low, high = nice_range(np.concatenate([curve.values for _, curve in shown]), LEAST_SPAN[vital])
    unit = f"{spec.label} {spec.unit_text}"
    title = f"{unit}, change from baseline" if comparison.changes else unit
    if vital in STREAMED:
        title = f"{title}, median of half a minute"
    levels = (LevelLine(y=0.0, words=""),) if comparison.changes else ()
    letters = ", ".join(one.letter for one, _ in shown)
    return Chart(
        title=title,
        start=start,
        end=end,
        low=low,
        high=high,
        lines=tuple(_line(one, curve, vital) for one, curve in shown),
        levels=levels,
        marks=(MarkLine(x=0.0),),
        told=f"{title} of {letters} over minutes from {comparison.anchor.words}. "
        "The table beside it has the values.",
    )
