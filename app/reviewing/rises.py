"""How far SBP, DBP and heart rate rose from their baseline, and where they stood at one minute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from app.reviewing.evidence import Evidence
from app.session_numbers import Rise, points_of, rises
from protocols.events import BaselineFrozen
from protocols.review_criteria import FigureNumbers
from protocols.vitals import NS_PER_S, Vital


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeAt:
    """The change of a vital from its baseline about one minute after the start of the drug.

    Attributes:
        minute: the minute asked for.
        value: of the reading nearest to it, in the vital's unit.
        change: against the baseline; None without one.
        t_ns: when that reading was.
        away_s: how far it is from that minute, s; below 0: before it.
        events: its number.
    """

    minute: float
    value: float
    change: float | None
    t_ns: int
    away_s: float
    events: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiseFigures:
    """One vital from the start of the drug on.

    Attributes:
        rise: baseline, peak, rises, and how many readings they rest on; of a streamed vital one
            reading a second.
        at_minute: the change about the minute of the criteria; None where no reading is near.
        baseline_events: the freezing of the baseline.
        events: the reading of the peak.
    """

    rise: Rise
    at_minute: ChangeAt | None = None
    baseline_events: tuple[int, ...] = ()
    events: tuple[int, ...] = ()

    @property
    def vital(self) -> Vital:
        """Which vital."""
        return self.rise.vital


def rise_figures(evidence: Evidence, numbers: FigureNumbers) -> tuple[RiseFigures, ...]:
    """SBP, DBP and heart rate, in this order."""
    return tuple(_figures(evidence, numbers))


def _figures(evidence: Evidence, numbers: FigureNumbers) -> Iterator[RiseFigures]:
    opened = evidence.opened
    frozen = [number for number, _ in evidence.numbered(BaselineFrozen)][-1:]
    for rise in rises(opened.state, opened.history):
        told = evidence.heart_vital() if rise.vital is Vital.HR else rise.vital
        peak = () if rise.peak_ns is None else evidence.reading(told, rise.peak_ns)
        yield RiseFigures(
            rise=rise,
            at_minute=_change_at(evidence, numbers, rise, told),
            baseline_events=() if rise.baseline is None else tuple(frozen),
            events=peak,
        )


def _change_at(
    evidence: Evidence, numbers: FigureNumbers, rise: Rise, told: Vital
) -> ChangeAt | None:
    started_ns = evidence.opened.state.infusion_started_ns
    if started_ns is None:
        return None
    times, values = points_of(evidence.opened.history, rise.vital)
    measured = ~np.isnan(values) & (times >= started_ns / NS_PER_S)
    times, values = times[measured], values[measured]
    if not len(values):
        return None
    wanted_s = started_ns / NS_PER_S + numbers.change_at_min * 60
    nearest = int(np.argmin(np.abs(times - wanted_s)))
    away_s = float(times[nearest] - wanted_s)
    if abs(away_s) > numbers.change_window_min * 60:
        return None
    t_ns, value = round(float(times[nearest]) * NS_PER_S), float(values[nearest])
    return ChangeAt(
        minute=numbers.change_at_min,
        value=value,
        change=None if rise.baseline is None else value - rise.baseline,
        t_ns=t_ns,
        away_s=away_s,
        events=evidence.reading(told, t_ns),
    )
