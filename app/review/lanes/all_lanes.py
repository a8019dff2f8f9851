"""Which lanes a session has, in the order in which they stand."""

from __future__ import annotations

from collections.abc import Iterator

from app.records.catalogue import OpenedSession
from app.review.lanes.alarm_lane import AlarmLane
from app.review.lanes.dose_lane import DoseLane
from app.review.lanes.event_lane import EventLane
from app.review.lanes.lane import Lane
from app.review.lanes.level_lane import LevelLane
from app.review.lanes.line_lane import LineLane, trend_of
from app.review.lanes.pressure_lane import PressureLane
from app.review.lanes.score_lane import ScoreLane
from app.review.lanes.wave_lane import WaveLane
from protocols.vitals import Vital

_RANGES: dict[Vital, tuple[tuple[float, float], float]] = {
    Vital.RR: ((8.0, 24.0), 4.0),
    Vital.TEMP: ((36.0, 38.0), 0.5),
    Vital.ETCO2: ((30.0, 45.0), 5.0),
    Vital.PI: ((0.0, 5.0), 1.0),
}
"""Vitals that have a lane only where the session has them: least range and distance of ticks."""


def make_lanes(opened: OpenedSession) -> tuple[Lane, ...]:
    """The lanes of `opened`; what it has nothing of has none, except the first vitals and pleth."""
    return tuple(_lanes(opened))


def _lanes(opened: OpenedSession) -> Iterator[Lane]:
    trends = opened.history.trends
    yield PressureLane(opened)
    heart = Vital.HR if Vital.HR in trends else Vital.PR
    yield LineLane(opened, heart, (40.0, 130.0), 20.0, weight=1.4)
    yield LineLane(opened, Vital.SPO2, (88.0, 101.0), 4.0, half_band=1.0, weight=1.2)
    yield AlarmLane(opened)
    yield EventLane(opened)
    dose = DoseLane(opened)
    if dose.has_content:
        yield dose
    level = LevelLane(opened)
    if level.has_content:
        yield level
    yield WaveLane(opened.end_ns)
    scores = ScoreLane(opened)
    if scores.rows:
        yield scores
    for vital, (span, step) in _RANGES.items():
        series = trend_of(opened, vital)
        if series is not None and len(series):
            yield LineLane(opened, vital, span, step, weight=0.8)
    if heart is Vital.HR and Vital.PR in trends:
        yield LineLane(opened, Vital.PR, (40.0, 130.0), 20.0, weight=0.8)
