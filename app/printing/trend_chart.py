"""The trends of a session as a drawing without colour: bars, lines, marks and hatching.

Pressures are bars from diastolic to systolic, streams are drawn with every lowest and highest value
of a stretch, and what was not measured stays empty; where nothing was recorded at all is hatched.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

from app.plots.bounds import bounds_steps
from app.printing.paper import BOLD, INK, LINE, MEDIUM, QUIET, REGULAR, SHADE
from app.records.catalogue import OpenedSession
from app.reviewing.cited import CitedSession
from app.reviewing.report_alarms import PRIORITY_MARKS, alarm_runs
from protocols.events import DeliveryChanged, DoseGiven, ObservationRecorded, Phase
from protocols.guardrails import plain_text
from protocols.vitals import NS_PER_S, VITALS, Vital

_LEFT_MM = 13.0
"""Room for the scales of the lanes."""

_GAP_MM = 1.6
"""Between two lanes."""

_SPO2_TOP = 100.5
"""Top of the lane of saturation, %."""

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Lane:
    """A strip with a scale of its own; heights in points from the bottom of the drawing."""

    bottom: float
    height: float
    low: float
    high: float

    def y(self, value: float) -> float:
        """Height of `value`, kept within the lane."""
        share = (value - self.low) / (self.high - self.low)
        return self.bottom + self.height * min(1.0, max(0.0, share))


class TrendChart(Flowable):  # type: ignore[misc]  # the library has no types
    """Phases, pressures, heart rate, saturation, dose, alarms and events on one axis of time."""

    def __init__(self, opened: OpenedSession, width: float, height: float) -> None:
        """Draw `opened` into a box of that size, points."""
        super().__init__()
        self.width, self.height = width, height
        self._opened = opened
        self._cited = CitedSession(opened)
        self._end_s = max(60.0, opened.end_ns / NS_PER_S)
        self._start_s = self._first_s()
        self._left = _LEFT_MM * mm
        self._span = width - self._left - 1.0

    def _first_s(self) -> float:
        """The chart begins ten minutes before the drug, or with the session."""
        started_ns = self._opened.state.infusion_started_ns
        return 0.0 if started_ns is None else max(0.0, started_ns / NS_PER_S - 600)

    def _x(self, t_s: float) -> float:
        share = (t_s - self._start_s) / (self._end_s - self._start_s)
        x: float = self._left + self._span * min(1.0, max(0.0, share))
        return x

    def wrap(self, _room: float, _height: float) -> tuple[float, float]:
        """What the drawing takes."""
        return self.width, self.height

    def draw(self) -> None:
        """Draw on the page's canvas."""
        canvas = self.canv
        bottom, top = 8.5 * mm, self.height
        room = top - bottom - 5 * _GAP_MM * mm
        shares = {
            "dose": 0.11,
            "marks": 0.09,
            "spo2": 0.17,
            "heart": 0.22,
            "bp": 0.35,
            "phase": 0.06,
        }
        at = bottom
        places: dict[str, tuple[float, float]] = {}
        for name, share in shares.items():
            places[name] = (at, share * room)
            at += share * room + _GAP_MM * mm
        self._time_axis(canvas, bottom, places["phase"][0] + places["phase"][1])
        self._phases(canvas, *places["phase"])
        self._pressures(canvas, *places["bp"])
        heart = Vital.HR if Vital.HR in self._opened.history.trends else Vital.PR
        self._stream(canvas, heart, *places["heart"], (40, 120), 20)
        self._stream(canvas, Vital.SPO2, *places["spo2"], (88, 100), 4)
        self._marks(canvas, *places["marks"])
        self._dose(canvas, *places["dose"])
        self._gaps(canvas, bottom, places["phase"][0] - _GAP_MM * mm)

    # -- time ------------------------------------------------------------------------------------

    def _time_axis(self, canvas: Any, bottom: float, top: float) -> None:
        started_ns = self._opened.state.infusion_started_ns
        zero_s = 0.0 if started_ns is None else started_ns / NS_PER_S
        minutes = (self._end_s - self._start_s) / 60
        step = next((one for one in (5, 10, 15, 30, 60, 120) if minutes / one <= 14), 240)
        first = int(np.ceil((self._start_s - zero_s) / 60 / step))
        last = int(np.floor((self._end_s - zero_s) / 60 / step))
        canvas.setFont(REGULAR, 5.6)
        for number in range(first, last + 1):
            t_s = zero_s + number * step * 60
            x = self._x(t_s)
            canvas.setStrokeColor(SHADE)
            canvas.setLineWidth(0.4)
            canvas.line(x, bottom, x, top)
            canvas.setFillColor(INK)
            canvas.drawCentredString(x, bottom - 6.5, f"{number * step}")
            canvas.setFillColor(QUIET)
            canvas.drawCentredString(x, bottom - 13, self._cited.time(round(t_s * NS_PER_S))[:5])
        canvas.setFillColor(QUIET)
        since = "session began" if started_ns is None else "drug began"
        canvas.drawString(0, bottom - 6.5, "minutes")
        canvas.drawString(0, bottom - 13, "time")
        canvas.drawRightString(self.width, bottom - 20, f"minutes since the {since}")
        if started_ns is not None:
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.8)
            canvas.line(self._x(zero_s), bottom, self._x(zero_s), top)

    def _phases(self, canvas: Any, bottom: float, height: float) -> None:
        for span in self._opened.history.phases:
            end_s = self._end_s if span.end_s is None else span.end_s
            x, right = self._x(span.start_s), self._x(end_s)
            if right - x < 0.2:
                continue
            dark = span.phase is Phase.INFUSING
            canvas.setFillColor(QUIET if dark else SHADE)
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.4)
            canvas.rect(x, bottom, right - x, height, fill=1)
            if span.phase is Phase.PAUSED:
                self._hatch(canvas, x, bottom, right - x, height, 1.6)
            self._name_phase(canvas, span.phase, (x, right), bottom, dark=dark)

    def _name_phase(
        self, canvas: Any, phase: Phase, ends: tuple[float, float], bottom: float, *, dark: bool
    ) -> None:
        size = 5.6
        if canvas.stringWidth(phase.value, MEDIUM, size) + 2 > ends[1] - ends[0]:
            return
        canvas.setFont(MEDIUM, size)
        canvas.setFillGray(1.0 if dark else 0.08)
        canvas.drawCentredString(sum(ends) / 2, bottom + 1.8, phase.value)

    # -- values ----------------------------------------------------------------------------------

    def _draw_scale(self, canvas: Any, lane: _Lane, step: float) -> None:
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        canvas.rect(self._left, lane.bottom, self._span, lane.height)
        canvas.setFillColor(INK)
        canvas.setFont(REGULAR, 5.6)
        value = np.ceil(lane.low / step) * step
        while value <= lane.high:
            y = lane.y(value)
            canvas.setStrokeColor(SHADE)
            canvas.line(self._left, y, self._left + self._span, y)
            canvas.drawRightString(self._left - 2, y - 2, f"{value:g}")
            value += step

    def _name_lane(self, canvas: Any, lane: _Lane, name: str) -> None:
        """The lane's name on clear ground, over everything that is drawn in it."""
        wide = canvas.stringWidth(name, BOLD, 6.2) + 4
        canvas.setFillGray(1.0)
        canvas.rect(self._left + 1, lane.bottom + lane.height - 8, wide, 7.4, fill=1, stroke=0)
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, 6.2)
        canvas.drawString(self._left + 3, lane.bottom + lane.height - 6.4, name)

    def _limits(self, canvas: Any, vital: Vital, lane: _Lane, dash: tuple[float, float]) -> None:
        """The warning limits as broken lines, each as long as it was in force."""
        steps = bounds_steps(self._opened.state, self._opened.history.phases, vital, self._end_s)
        canvas.saveState()
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.5)
        canvas.setDash(*dash)
        for step in steps:
            if step.end_s <= self._start_s:
                continue
            for value in (step.bounds.low, step.bounds.high):
                if value is not None and lane.low <= value <= lane.high:
                    y = lane.y(value)
                    canvas.line(
                        self._x(max(step.start_s, self._start_s)), y, self._x(step.end_s), y
                    )
        canvas.restoreState()

    def _baseline(self, canvas: Any, vital: Vital, lane: _Lane) -> None:
        value = self._opened.state.baseline.get(vital)
        frozen = self._opened.state.baseline_event
        if value is None or frozen is None:
            return
        canvas.saveState()
        canvas.setStrokeColor(QUIET)
        canvas.setLineWidth(0.6)
        canvas.setDash(6, 1.5)
        start_s = max(self._start_s, frozen.t_ns / NS_PER_S)
        canvas.line(self._x(start_s), lane.y(value), self._x(self._end_s), lane.y(value))
        canvas.restoreState()

    def _pressures(self, canvas: Any, bottom: float, height: float) -> None:
        points = [p for p in self._opened.history.blood_pressures if p.t_s >= self._start_s]
        known = [v for p in points for v in (p.sbp_mmhg, p.dbp_mmhg) if v == v]
        low = min([60.0, *known]) - 8
        high = max([170.0, *known]) + 14
        lane = _Lane(bottom=bottom, height=height, low=low, high=high)
        self._draw_scale(canvas, lane, 20)
        for vital in (Vital.SBP, Vital.DBP):
            self._limits(canvas, vital, lane, (1, 1.4))
            self._baseline(canvas, vital, lane)
        canvas.setStrokeColor(INK)
        for point in points:
            x = self._x(point.t_s)
            if point.sbp_mmhg != point.sbp_mmhg or point.dbp_mmhg != point.dbp_mmhg:
                canvas.setFont(BOLD, 6)
                canvas.setFillColor(INK)
                canvas.drawCentredString(x, bottom + 1.5, "×")
                continue
            top, foot = lane.y(point.sbp_mmhg), lane.y(point.dbp_mmhg)
            canvas.setLineWidth(1.0)
            canvas.line(x, foot, x, top)
            canvas.setLineWidth(0.7)
            for y, way in ((top, -1.8), (foot, 1.8)):
                canvas.line(x, y, x - 1.5, y - way)
                canvas.line(x, y, x + 1.5, y - way)
            if point.manual:
                canvas.circle(x, (top + foot) / 2, 1.1, fill=0)
        self._name_lane(canvas, lane, "BP mmHg")

    def _stream(
        self,
        canvas: Any,
        vital: Vital,
        bottom: float,
        height: float,
        usual: tuple[float, float],
        step: float,
    ) -> None:
        series = self._opened.history.trends.get(vital)
        times = np.empty(0) if series is None else series.t_s
        values = np.empty(0) if series is None else series.values
        inside = times >= self._start_s
        times, values = times[inside], values[inside]
        known = values[np.isfinite(values)]
        low, high = usual
        if len(known):
            low, high = min(low, float(known.min()) - 2), max(high, float(known.max()) + 2)
        if vital is Vital.SPO2:
            high = _SPO2_TOP
        lane = _Lane(bottom=bottom, height=height, low=low, high=high)
        unit = VITALS[vital].unit_text
        self._draw_scale(canvas, lane, step)
        self._limits(canvas, vital, lane, (1, 1.4))
        self._baseline(canvas, vital, lane)
        canvas.setStrokeColor(INK)
        canvas.setLineWidth(0.6)
        for run in self._runs(times, values, lane):
            path = canvas.beginPath()
            path.moveTo(*run[0])
            for point in run[1:]:
                path.lineTo(*point)
            canvas.drawPath(path)
        self._name_lane(canvas, lane, f"{VITALS[vital].label} {unit}")

    def _runs(
        self, times: Floats, values: Floats, lane: _Lane
    ) -> Iterator[list[tuple[float, float]]]:
        """Unbroken lines: in each half point of width the first, extreme and last value."""
        scale = self._span / (self._end_s - self._start_s)
        run: list[tuple[float, float]] = []
        places = np.floor((times - self._start_s) * scale * 2)
        blank = ~np.isfinite(values)
        at = 0
        while at < len(values):
            if blank[at]:
                if len(run) > 1:
                    yield run
                run = []
                at += 1
                continue
            end = at
            while end < len(values) and places[end] == places[at] and not blank[end]:
                end += 1
            part = values[at:end]
            x = self._left + places[at] / 2
            shown = dict.fromkeys(
                (float(part[0]), float(part.min()), float(part.max()), float(part[-1]))
            )
            run += [(x, lane.y(value)) for value in shown]
            at = end
        if len(run) > 1:
            yield run

    # -- what happened ---------------------------------------------------------------------------

    def _dose(self, canvas: Any, bottom: float, height: float) -> None:
        opened = self._opened
        changes = [e for e in opened.history.listed if isinstance(e, DeliveryChanged)]
        top_rate = max((float(one.rate_mg_per_min) for one in changes), default=0.0) or 1.0
        lane = _Lane(bottom=bottom, height=height, low=0, high=1.25 * top_rate)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        canvas.rect(self._left, bottom, self._span, height)
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, 6.2)
        canvas.drawString(0, bottom + height - 6, "Dose")
        canvas.setFont(REGULAR, 5.2)
        canvas.drawString(0, bottom + 1.5, "mg/min")
        for number, change in enumerate(changes):
            last = number == len(changes) - 1
            end_s = self._end_s if last else changes[number + 1].t_ns / NS_PER_S
            rate = float(change.rate_mg_per_min)
            if rate <= 0:
                continue
            x, right = self._x(change.t_ns / NS_PER_S), self._x(end_s)
            y = lane.y(rate)
            canvas.setStrokeColor(INK)
            canvas.setLineWidth(0.6)
            canvas.rect(x, bottom, right - x, y - bottom)
            self._hatch(canvas, x, bottom, right - x, y - bottom, 3.0)
            canvas.setFillColor(INK)
            canvas.setFont(MEDIUM, 5.4)
            text = plain_text(change.rate_mg_per_min, 3)
            canvas.setFillGray(1.0)
            wide = canvas.stringWidth(text, MEDIUM, 5.4) + 2
            canvas.rect(x + 1, bottom + 1.2, wide, 6, fill=1, stroke=0)
            canvas.setFillColor(INK)
            canvas.drawString(x + 2, bottom + 2.4, text)
        for event in opened.history.listed:
            if isinstance(event, DoseGiven):
                x = self._x(event.t_ns / NS_PER_S)
                canvas.setStrokeColor(INK)
                canvas.setLineWidth(1.4)
                canvas.line(x, bottom, x, bottom + 0.75 * height)
                canvas.setFont(MEDIUM, 5.6)
                canvas.setFillColor(INK)
                canvas.drawString(x + 2, bottom + 2, f"{plain_text(event.amount_mg)} mg")

    def _marks(self, canvas: Any, bottom: float, height: float) -> None:
        """Alarms by their marks, events as small squares, in one lane."""
        canvas.setFillColor(INK)
        canvas.setFont(BOLD, 6.2)
        canvas.drawString(0, bottom + height - 6, "Alarms")
        canvas.setFont(BOLD, 5.6)
        free = [self._left - 1.0, self._left - 1.0]
        for run in alarm_runs(self._cited):
            first = run.raised[1]
            if first.technical or first.t_ns / NS_PER_S < self._start_s:
                continue
            mark = PRIORITY_MARKS[run.priority]
            x = self._x(first.t_ns / NS_PER_S)
            row = 0 if x >= free[0] else 1
            free[row] = x + canvas.stringWidth(mark, BOLD, 5.6) + 0.6
            canvas.drawString(x, bottom + height - 6 - 5.5 * row, mark)
        for event in self._opened.history.listed:
            if isinstance(event, ObservationRecorded) and event.kind in ("event", "drug"):
                at_ns = event.t_ns if event.happened_ns is None else event.happened_ns
                if at_ns / NS_PER_S >= self._start_s:
                    x = self._x(at_ns / NS_PER_S)
                    canvas.rect(x - 1, bottom - 1.6, 2, 2, fill=1, stroke=0)

    def _gaps(self, canvas: Any, bottom: float, top: float) -> None:
        for start_s, end_s in self._opened.history.gaps_s:
            x, right = self._x(start_s), self._x(end_s)
            if right > self._left:
                width = max(1.5, right - x)
                canvas.setFillGray(1.0)
                canvas.rect(x, bottom, width, top - bottom, fill=1, stroke=0)
                self._hatch(canvas, x, bottom, width, top - bottom, 4.0)

    def _hatch(
        self, canvas: Any, x: float, y: float, width: float, height: float, step: float
    ) -> None:
        """Diagonal lines within a box."""
        if width <= 0 or height <= 0:
            return
        canvas.saveState()
        path = canvas.beginPath()
        path.rect(x, y, width, height)
        canvas.clipPath(path, stroke=0)
        canvas.setStrokeColor(LINE)
        canvas.setLineWidth(0.4)
        at = x - height
        while at < x + width:
            canvas.line(at, y, at + height, y + height)
            at += step
        canvas.restoreState()


CHART_WORDS = (
    "Bars: blood pressure, diastolic to systolic (ring: by hand, ×: no result). Dotted: warning "
    "limits. Dashed: baseline. !!! high, !! medium, ! low: alarms about the patient. Squares: "
    "events and drugs. Hatched: the drug runs, or, over all lanes, nothing was recorded."
)
"""What the signs of the chart mean."""
