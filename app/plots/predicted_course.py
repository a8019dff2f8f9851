"""The predicted level of a session as a curve: what was really given, and what would follow.

It is computed from the events shown, so it is the same live, in the review and in the replay. The
part after the present is what comes if the pump goes on as it does until the dose is in.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.age import age_years
from app.history import History
from app.plots.decimate import Floats
from app.plots.timeline import Timeline
from app.state import ViewState
from protocols.dosing.pharmacokinetics import NS_PER_MIN, Lump, RateSegment
from protocols.dosing.predicted import ConcentrationModel, added, beyond_line, predict
from protocols.events import DeliveryChanged, DoseGiven, LineMark, LineMarked
from protocols.vitals import NS_PER_S

LEAST_STEP_NS = 10 * NS_PER_S
"""Points of a curve are at least this far apart; corners of it are never left out."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Course:
    """A predicted level over time, in the unit of its model.

    Attributes:
        minutes: minutes of the time axis, ascending.
        low, level, high: the level within its band at each of them.
        known: how many of the points are not after the present.
    """

    minutes: Floats
    low: Floats
    level: Floats
    high: Floats
    known: int


def model_for(state: ViewState) -> ConcentrationModel | None:
    """The model to predict this patient's level with; None where there is none to be used.

    None without a model in the protocol, without the patient's weight or birth date, and for a
    patient whose age the model was not made for.
    """
    if state.definition is None or state.opened is None:
        return None
    model = state.definition.concentration
    if model is None or state.weight is None or state.patient is None:
        return None
    age = age_years(state.patient.birth_date, state.opened.utc)
    return model if age is not None and model.suits(age) else None


def predicted_course(
    state: ViewState, history: History, line: Timeline, now_ns: int, points: int
) -> Course | None:
    """The curve over `line` in about `points` points; None where nothing can be predicted yet."""
    model, weight = model_for(state), state.weight
    if model is None or weight is None:
        return None
    segments, lumps = rates_at_patient(state, history), doses_at_once(history)
    begins = [one.start_ns for one in segments[:1]] + [one.t_ns for one in lumps[:1]]
    end_ns = now_ns if state.closed is not None else _ns(line, line.end_min)
    if not begins or min(begins) >= end_ns:
        return None
    corners = [one.start_ns for one in segments] + [one.t_ns for one in lumps] + [now_ns]
    grid = _times(min(begins), end_ns, max(2, points))
    times = sorted(grid | {corner for corner in corners if min(begins) <= corner <= end_ns})
    levels = predict(model, float(weight.weight_kg), segments, lumps, times)
    level: Floats = np.array(levels, dtype=np.float64)
    low, high = model.band(1.0)
    return Course(
        minutes=(np.array(times, dtype=np.float64) / NS_PER_S - line.zero_s) / 60.0,
        low=level * low,
        level=level,
        high=level * high,
        known=sum(t_ns <= now_ns for t_ns in times),
    )


def doses_at_once(history: History) -> list[Lump]:
    """What was given at once, in order of time."""
    return [
        Lump(t_ns=one.t_ns, amount_mg=float(one.amount_mg))
        for one in history.listed
        if isinstance(one, DoseGiven)
    ]


def rates_at_patient(state: ViewState, history: History) -> list[RateSegment]:
    """The rates at which the drug reached the patient: behind the line, and flushed out of it.

    How much the line holds is what had left the pump when somebody saw the drug reach the patient;
    until then, what the protocol's dead space holds.
    """
    pumped = _pumped(state, history)
    if state.definition is None or state.dose is None:
        return pumped
    marks = [one for one in history.listed if isinstance(one, LineMarked)]
    per_ml = float(state.dose.concentration_mg_per_ml)
    line_mg = float(state.definition.dose.dead_space_ml) * per_ml
    for mark in marks:
        if mark.mark is LineMark.DRUG_AT_PATIENT:
            line_mg = float(mark.left_pump_mg)
    return added(beyond_line(pumped, line_mg), list(_flushes(marks, line_mg, per_ml)))


def _flushes(marks: list[LineMarked], line_mg: float, per_ml: float) -> Iterator[RateSegment]:
    """What each flush pushed out of a line of `line_mg`, evenly from its start to its end."""
    started_ns: int | None = None
    for mark in marks:
        if mark.mark is LineMark.FLUSH_STARTED:
            started_ns = mark.t_ns
        elif mark.mark is LineMark.FLUSH_ENDED and started_ns is not None:
            pushed_mg = min(line_mg, float(mark.left_pump_mg), float(mark.flush_ml or 0) * per_ml)
            line_mg -= pushed_mg
            span_ns = max(1, mark.t_ns - started_ns)
            rate = pushed_mg / span_ns * NS_PER_MIN
            yield RateSegment(start_ns=started_ns, rate_mg_per_min=rate)
            yield RateSegment(start_ns=started_ns + span_ns, rate_mg_per_min=0.0)
            started_ns = None


def _pumped(state: ViewState, history: History) -> list[RateSegment]:
    """The rates at which the drug left the pump; the last one ends when the whole dose is in."""
    changes = [one for one in history.listed if isinstance(one, DeliveryChanged)]
    segments = [
        RateSegment(start_ns=one.t_ns, rate_mg_per_min=float(one.rate_mg_per_min))
        for one in changes
    ]
    if changes and changes[-1].rate_mg_per_min > 0 and state.dose is not None:
        left_mg = float(state.dose.dose_mg - changes[-1].delivered_mg)
        left_ns = max(0.0, left_mg) / float(changes[-1].rate_mg_per_min) * NS_PER_MIN
        whole_ns = changes[-1].t_ns + round(left_ns)
        segments.append(RateSegment(start_ns=whole_ns, rate_mg_per_min=0.0))
    return segments


def _times(start_ns: int, end_ns: int, points: int) -> set[int]:
    step_ns = max(LEAST_STEP_NS, (end_ns - start_ns) // points)
    return {*range(start_ns, end_ns, step_ns), end_ns}


def _ns(line: Timeline, minute: float) -> int:
    return round((line.zero_s + 60.0 * minute) * NS_PER_S)
