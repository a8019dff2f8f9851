"""One visit of a course as the desk of courses shows it: page-one figures, curves, side effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from app.plots.bounds import Bounds, bounds_of
from app.records.catalogue import OpenedSession
from app.reviewing.figures import SessionFigures
from app.reviewing.tiers import TierTime
from app.reviewing.traces import (
    Curve,
    EffectSeen,
    SessionTrace,
    make_trace,
    stretches,
    worst_of,
)
from protocols.alarm_rules import Tier
from protocols.events import Phase, PhaseChanged
from protocols.vitals import NS_PER_S, Vital

SHOWN = (Vital.SBP, Vital.DBP, Vital.HR)
HEART_STRETCH_S = 30.0
"""The curve of heart rate has the median of each stretch so long."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VisitPicture:
    """One recorded visit.

    Attributes:
        curves: by vital, minutes from the start of drug (from the start of the session where none
            was given); heart rate as the median of each half minute.
        bounds: warning limits during the dose, by vital.
        end_min: minute of the last reading shown.
        discharged_min: minutes from the start of drug to the discharge; None: not discharged.
        effects: the worst entry of each side effect or event, by label.
    """

    session: str
    figures: SessionFigures
    trace: SessionTrace
    curves: dict[Vital, Curve]
    bounds: dict[Vital, Bounds]
    end_min: float
    discharged_min: float | None
    alarms: int
    technical_alarms: int
    effects: dict[str, EffectSeen]

    def warning(self, vital: Vital) -> TierTime | None:
        """The rule of the warning tier whose bound `vital` met longest; None where none applied."""
        mine = [
            tier
            for tier in self.figures.tiers
            if tier.tier is Tier.WARNING and tier.vital in _NAMES.get(vital, (vital,))
        ]
        return max(mine, key=lambda tier: tier.above_ns, default=None)


_NAMES = {Vital.HR: (Vital.HR, Vital.PR)}


def picture_visit(opened: OpenedSession, figures: SessionFigures) -> VisitPicture:
    """The picture of a session that was opened."""
    line = opened.line
    about = SessionTrace(
        session=line.session,
        started=opened.clock.local(0),
        room=line.room,
        protocol=line.protocol,
        patient=line.mrn,
        patient_name=line.patient,
        simulated=line.simulated,
    )
    trace = make_trace(about, zip(opened.numbers, opened.events, strict=True), _streams(opened), 0)
    zero_s = (trace.began_ns or 0) / NS_PER_S
    curves = {vital: trace.curve(vital) for vital in SHOWN}
    heart = curves[Vital.HR]
    if len(heart):
        first_s = zero_s - np.ceil((zero_s - heart.t_s[0]) / HEART_STRETCH_S) * HEART_STRETCH_S
        curves[Vital.HR] = stretches(heart, float(first_s), HEART_STRETCH_S)
    shifted = {
        vital: Curve(t_s=(curve.t_s - zero_s) / 60, values=curve.values)
        for vital, curve in curves.items()
    }
    left = next(
        (
            event.t_ns
            for event in opened.events
            if isinstance(event, PhaseChanged) and event.after is Phase.DISCHARGED
        ),
        None,
    )
    discharged = None if left is None or trace.began_ns is None else (left - trace.began_ns) / 6e10
    labels = dict.fromkeys(effect.label for effect in trace.effects)
    return VisitPicture(
        session=line.session,
        figures=figures,
        trace=trace,
        curves=shifted,
        bounds={
            vital: bounds_of(opened.state.limits, vital, Phase.INFUSING, trace.baseline)
            for vital in SHOWN
        },
        end_min=max((float(c.t_s[-1]) for c in shifted.values() if len(c)), default=0.0),
        discharged_min=discharged,
        alarms=line.alarms,
        technical_alarms=line.technical_alarms,
        effects={
            label: worst_of([one for one in trace.effects if one.label == label])
            for label in labels
        },
    )


def _streams(
    opened: OpenedSession,
) -> dict[Vital, tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]]:
    """The trends of the streamed vitals as they stand, corrected."""
    return {
        vital: (np.rint(series.t_s * 1e9).astype(np.int64), series.values.copy())
        for vital, series in opened.history.trends.items()
        if vital in (Vital.HR, Vital.PR, Vital.SPO2)
    }
