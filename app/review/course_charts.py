"""The charts of a course: one pair a visit on the same axes, and the ratings over calendar time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

import numpy as np

from app.plots.curve_chart import (
    Chart,
    Flag,
    LevelLine,
    Line,
    MarkLine,
    Pencil,
    broken,
    nice_range,
    pencil,
)
from app.reviewing.course_progress import Milestone, ScoreBound
from app.reviewing.visit_pictures import VisitPicture
from protocols.courses.course import CourseView, VisitLine
from protocols.courses.facts import Score
from protocols.vitals import VITALS, Vital

PRESSURE = (Vital.SBP, Vital.DBP)
HEART = (Vital.HR,)
LOOKS = {
    Vital.SBP: Pencil(tint="bp", symbol="triangle"),
    Vital.DBP: Pencil(tint="bp", symbol="wedge"),
    Vital.HR: Pencil(tint="hr", symbol="none"),
}
LEAST_SPAN = {PRESSURE: 80.0, HEART: 50.0}
LONGEST_MIN = {Vital.SBP: 20.0, Vital.DBP: 20.0, Vital.HR: 1.0}
"""A line joins no readings that are further apart than this, minutes."""

BEFORE_MIN = 10.0
"""How much of the time before the drug the small charts keep."""


def visit_charts(
    visits: Sequence[tuple[VisitLine, VisitPicture | None]], vitals: tuple[Vital, ...]
) -> list[Chart | None]:
    """A chart of `vitals` for each visit, all on the same axes; None where nothing was read."""
    pictures = [picture for _, picture in visits if picture is not None]
    values = [picture.curves[vital].values for picture in pictures for vital in vitals]
    levels = [
        bound
        for picture in pictures
        for vital in vitals
        for bound in (*_limits(picture, vital), picture.trace.baseline.get(vital))
        if bound is not None
    ]
    low, high = nice_range(np.concatenate([*values, np.array(levels)]), LEAST_SPAN[vitals])
    end = max((picture.end_min for picture in pictures), default=60.0)
    return [
        None
        if picture is None
        else _visit_chart(line, picture, vitals, (low, high), max(30.0, end))
        for line, picture in visits
    ]


def _limits(picture: VisitPicture, vital: Vital) -> tuple[float | None, float | None]:
    bounds = picture.bounds[vital]
    return bounds.low, bounds.high


def _visit_chart(
    line: VisitLine,
    picture: VisitPicture,
    vitals: tuple[Vital, ...],
    span: tuple[float, float],
    end: float,
) -> Chart:
    lines = []
    levels = []
    for vital in vitals:
        curve = picture.curves[vital]
        x, y = broken(curve.t_s, curve.values, LONGEST_MIN[vital])
        lines.append(Line(x=x, y=y, look=LOOKS[vital]))
        base = picture.trace.baseline.get(vital)
        if base is not None:
            levels.append(LevelLine(y=base, words="", tint=LOOKS[vital].tint))
        levels += [
            LevelLine(y=bound, words="", tint="attention", dash=_DOTTED)
            for bound in _limits(picture, vital)
            if bound is not None
        ]
    names = " and ".join(VITALS[vital].label for vital in vitals)
    when = "" if line.due is None else f" · {line.due:%Y-%m-%d}"
    marks = [MarkLine(x=0.0)]
    trace = picture.trace
    if trace.began_ns is not None and trace.ended_ns is not None:
        marks.append(MarkLine(x=(trace.ended_ns - trace.began_ns) / 6e10))
    return Chart(
        title=f"{line.position}{when}" if vitals is PRESSURE else names,
        start=-BEFORE_MIN,
        end=end,
        low=span[0],
        high=span[1],
        lines=tuple(lines),
        levels=tuple(levels),
        marks=tuple(marks),
        told=f"Visit {line.position}{when}: {names} over minutes since the start of drug. "
        f"{' '.join(_told(picture, vitals))}",
    )


_DOTTED = LevelLine(y=0, words="").dash.DotLine


def _told(picture: VisitPicture, vitals: Sequence[Vital]) -> Iterator[str]:
    for vital in vitals:
        spec = VITALS[vital]
        found = next((one for one in picture.figures.rises if one.vital is vital), None)
        if found is not None and found.rise.peak is not None:
            base = spec.format(found.rise.baseline)
            yield f"{spec.label} from {base} to a peak of {spec.format(found.rise.peak)}."


def days_since(zero: datetime, moment: datetime) -> float:
    """Days from `zero` to `moment`."""
    return (moment - zero) / timedelta(days=1)


def score_charts(
    view: CourseView, bounds: Sequence[ScoreBound], reached: Sequence[Milestone]
) -> list[Chart]:
    """A chart of each scale with totals over calendar time, the primary scale first."""
    rated = [score for score in view.scores if score.total is not None]
    scales = list(dict.fromkeys(score.scale for score in rated))
    scales.sort(key=lambda scale: scale != view.opened.scale)
    doses = [
        (line.position, line.fact.dose or line.fact.opened)
        for line in view.visits
        if line.fact is not None
    ]
    moments = [score.taken for score in rated] + [moment for _, moment in doses]
    if not moments:
        return []
    zero = datetime.combine(min(moments).date(), datetime.min.time(), min(moments).tzinfo)
    last = days_since(zero, max(moments))
    end = max(3.0, last + 1.5, 1.2 * last)  # the words of the bounds stand behind the last rating
    ticks = tuple(_day_ticks(zero.date(), end))
    charts = []
    for place, scale in enumerate(scales):
        primary = scale == view.opened.scale
        mine = [score for score in rated if score.scale == scale]
        charts.append(
            _score_chart(
                scale,
                mine,
                zero,
                (0.0, end, ticks),
                tuple(MarkLine(x=days_since(zero, m), words=str(n)) for n, m in doses),
                bounds if primary else (),
                reached if primary else (),
                pencil(0) if primary else pencil(1 + (place - 1) % 7),
                is_primary=primary,
            )
        )
    return charts


def _score_chart(
    scale: str,
    scores: Sequence[Score],
    zero: datetime,
    frame: tuple[float, float, tuple[tuple[float, str], ...]],
    visits: tuple[MarkLine, ...],
    bounds: Sequence[ScoreBound],
    reached: Sequence[Milestone],
    look: Pencil,
    *,
    is_primary: bool,
) -> Chart:
    x = np.array([days_since(zero, score.taken) for score in scores])
    y = np.array([float(score.total or 0) for score in scores])
    top = max([*y.tolist(), *(bound.total for bound in bounds)])
    low, high = nice_range(np.array([0.0, top]), 10.0)
    told = "; ".join(f"{score.taken:%Y-%m-%d} {score.total}" for score in scores)
    return Chart(
        title=f"{scale.upper()}{', primary scale of the course' if is_primary else ''}",
        start=frame[0],
        end=frame[1],
        low=low,
        high=high + (high - low) * 0.08,
        lines=(Line(x=x, y=y, look=look),),
        levels=tuple(LevelLine(y=bound.total, words=bound.words) for bound in bounds),
        marks=visits,
        flags=tuple(
            Flag(
                x=days_since(zero, one.score.taken),
                y=float(one.score.total or 0),
                words=one.name,
            )
            for one in reached
        ),
        x_ticks=frame[2],
        told=f"{scale.upper()}: {told}. "
        + " ".join(f"{one.name} reached {one.score.taken:%Y-%m-%d}." for one in reached),
    )


def _day_ticks(first: date, end: float) -> Iterator[tuple[float, str]]:
    step = max(1, round(end / 12))
    step = next((one for one in (1, 2, 7, 14, 28) if one >= step), 28 * (1 + step // 28))
    for day in range(0, int(end) + 1, step):
        yield float(day), f"{first + timedelta(days=day):%m-%d}"
