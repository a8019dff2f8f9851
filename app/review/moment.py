"""The values at one moment of a session, as the cursor's line says them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from app.bedside.times import age_text, minutes_text
from app.history import BpPoint, Series
from app.records.catalogue import OpenedSession
from app.review.rows import clock_text
from protocols.events import DeliveryChanged, Phase
from protocols.vitals import NS_PER_S, VITALS, Vital

DEFAULT_QUIET_S = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """What the record says of one moment; ``--`` where it has nothing.

    Attributes:
        time: local time of day, and minutes and seconds since drug began, if it ever did.
        phase: phase of the visit.
        pressure: the last cuff pressure with its age.
        heart, spo2: the streamed values then.
        delivered: drug delivered until then, or empty before drug began.
    """

    time: str
    phase: str
    pressure: str
    heart: str
    spo2: str
    delivered: str


def moment_at(opened: OpenedSession, t_ns: int) -> Moment:
    """The values of `opened` at session time `t_ns`."""
    t_s = t_ns / NS_PER_S
    heart_vital = Vital.HR if Vital.HR in opened.history.trends else Vital.PR
    return Moment(
        time=_time(opened, t_ns),
        phase=str(phase_at(opened, t_s)),
        pressure=_pressure(opened, t_s),
        heart=_streamed(opened.history.trends.get(heart_vital), heart_vital, t_s),
        spo2=_streamed(opened.history.trends.get(Vital.SPO2), Vital.SPO2, t_s),
        delivered=_delivered(opened, t_ns),
    )


def phase_at(opened: OpenedSession, t_s: float) -> Phase:
    """The phase at session time `t_s`."""
    for span in reversed(opened.history.phases):
        if span.start_s <= t_s:
            return span.phase
    return Phase.SETUP


def value_at(series: Series | None, t_s: float, quiet_limit_s: float) -> float | None:
    """The newest value known at `t_s`, or None where it was missing or too old."""
    if series is None:
        return None
    place = int(np.searchsorted(series.t_s, t_s, side="right")) - 1
    if place < 0 or t_s - float(series.t_s[place]) > quiet_limit_s:
        return None
    value = float(series.values[place])
    return None if value != value else value


def _streamed(series: Series | None, vital: Vital, t_s: float) -> str:
    spec = VITALS[vital]
    quiet_s = DEFAULT_QUIET_S if spec.quiet_limit_s is None else spec.quiet_limit_s
    return spec.format(value_at(series, t_s, quiet_s))


def _pressure(opened: OpenedSession, t_s: float) -> str:
    known: BpPoint | None = None
    for point in opened.history.blood_pressures:  # by when they became known, not measured
        measured = point.sbp_mmhg == point.sbp_mmhg and point.dbp_mmhg == point.dbp_mmhg
        if measured and point.t_s <= t_s and (known is None or point.t_s >= known.t_s):
            known = point
    if known is None:
        return "--/--"
    age_ns = round((t_s - known.t_s) * NS_PER_S)
    age = "" if age_ns < 2 * NS_PER_S else f" ({age_text(age_ns).replace(' ago', ' old')})"
    return f"{known.sbp_mmhg:.0f}/{known.dbp_mmhg:.0f}{age}"


def _delivered(opened: OpenedSession, t_ns: int) -> str:
    change: DeliveryChanged | None = None
    for event in opened.history.listed:
        if event.t_ns > t_ns:
            break
        if isinstance(event, DeliveryChanged):
            change = event
    if change is None:
        return ""
    given = float(change.delivered_mg)
    given += float(change.rate_mg_per_min) * (t_ns - change.t_ns) / NS_PER_S / 60
    dose = opened.state.dose
    if dose is not None:
        given = min(given, float(dose.dose_mg))
    return f"{given:.1f} mg"


def _time(opened: OpenedSession, t_ns: int) -> str:
    started_ns = opened.state.infusion_started_ns
    if started_ns is None:
        return clock_text(opened, t_ns)
    sign = "−" if t_ns < started_ns else ""
    return f"{clock_text(opened, t_ns)} · minute {sign}{minutes_text(abs(t_ns - started_ns))}"
