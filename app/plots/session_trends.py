"""The trends of a session over one time axis: BP, heart rate, SpO2, predicted level, events."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app import theme
from app.giving_words import MARK_WORDS
from app.history import History, TrendSeries
from app.plots.backdrop import Level, Scene, Shade
from app.plots.bounds import bounds_steps, off_words
from app.plots.bp_trend import BpTrend
from app.plots.lane import EventLane, Mark
from app.plots.predicted_course import model_for, predicted_course
from app.plots.predicted_trend import PIXELS_A_POINT, PredictedTrend
from app.plots.timeline import Timeline, timeline
from app.plots.trend import LineTrend
from app.state import ViewState
from protocols.events import (
    AlarmChanged,
    AlarmState,
    DeliveryChanged,
    GapFound,
    LineMarked,
    ObservationRecorded,
    Phase,
    Priority,
    SessionResumed,
)
from protocols.vitals import NS_PER_S, Vital

PHASE_SHADES: dict[Phase, tuple[str, float]] = {
    Phase.INFUSING: ("drug", 0.10),
    Phase.PAUSED: ("faint", 0.30),
    Phase.RECOVERY: ("accent", 0.12),
}
"""Colour token and strength of the phases that are shaded."""

PUMP_WORDS = {
    "start": "infusion started",
    "pause": "paused",
    "resume": "resumed",
    "stop": "stopped",
}
"""How the lane says why the delivery changed; anything else is said as it is."""

JUMP_S = 30
"""A step in time longer than this is a jump: all trends are drawn at once."""

_ALARM_TINTS = {
    Priority.HIGH: "alarm_high",
    Priority.MEDIUM: "alarm_medium",
    Priority.LOW: "alarm_low",
}

Axis = Callable[[ViewState, int], Timeline]
"""Gives the time axis for a state and a session time in ns."""


class SessionTrends(QWidget):
    """The trends and the lane of events, built once and refreshed once a second.

    The predicted level has its own axis, apart from what is measured; its lane is there only where
    the protocol names a model that suits the patient.
    """

    def __init__(self, parent: QWidget | None = None, *, axis: Axis = timeline) -> None:
        """`axis` gives the span to show for a state and a session time in ns."""
        super().__init__(parent)
        self._axis = axis
        self.bp = BpTrend(self)
        self.heart = LineTrend("HR /min", "hr", (40.0, 130.0), 20.0, self)
        self.spo2 = LineTrend("SpO2 %", "spo2", (88.0, 101.0), 4.0, self)
        self.predicted = PredictedTrend(self)
        self.predicted.hide()
        self.lane = EventLane(self)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.bp, 5)
        column.addWidget(self.heart, 4)
        column.addWidget(self.spo2, 3)
        column.addWidget(self.predicted, 2)
        column.addWidget(self.lane)
        self._second = -1
        self._place: tuple[object, ...] = ()
        self._parts = (
            self._draw_bp,
            self._draw_heart,
            self._draw_spo2,
            self._draw_predicted,
            self._draw_lane,
        )
        self._left: list[Callable[[ViewState, History, int], None]] = []

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Draw the session up to `now_ns`.

        At each new second the trends are drawn one a call, so that no frame pays for all of them;
        after a jump in time, another session or another size all are drawn at once.
        """
        second = now_ns // NS_PER_S
        look = theme.active_theme().name
        place = (id(history), self.size().toTuple(), look, state.infusion_started_ns)
        at_once = place != self._place or not 0 <= second - self._second <= JUMP_S
        if at_once or (second != self._second and not self._left):
            self._left = list(self._parts)
            self._second, self._place = second, place
        drawn = len(self._left) if at_once else min(1, len(self._left))
        for draw in self._left[:drawn]:
            draw(state, history, now_ns)
        del self._left[:drawn]

    def _draw_bp(self, state: ViewState, history: History, now_ns: int) -> None:
        line, scene = self._setting(state, history, now_ns, Vital.SBP, Vital.DBP)
        self.bp.show_points(history.blood_pressures, line, scene, history.struck_pressures)
        self.bp.show_off(off_words(state, Vital.SBP, Vital.DBP))

    def _draw_heart(self, state: ViewState, history: History, now_ns: int) -> None:
        line, scene = self._setting(state, history, now_ns, Vital.HR)
        vital = Vital.HR if Vital.HR in history.trends else Vital.PR
        self.heart.show_series(history.heart_rate(), line, scene, history.struck_of(vital))
        self.heart.show_off(off_words(state, Vital.HR, Vital.PR))

    def _draw_spo2(self, state: ViewState, history: History, now_ns: int) -> None:
        spo2: TrendSeries | None = history.trends.get(Vital.SPO2)
        line, scene = self._setting(state, history, now_ns, Vital.SPO2)
        self.spo2.show_series(spo2, line, scene, history.struck_of(Vital.SPO2))
        self.spo2.show_off(off_words(state, Vital.SPO2))

    def _draw_predicted(self, state: ViewState, history: History, now_ns: int) -> None:
        model = model_for(state)
        self.predicted.setVisible(model is not None)
        if model is not None:
            line, scene = self._setting(state, history, now_ns)
            points = self.predicted.plot_pixels() // PIXELS_A_POINT
            course = predicted_course(state, history, line, now_ns, points)
            self.predicted.show_course(model, course, line, scene)

    def _draw_lane(self, state: ViewState, history: History, now_ns: int) -> None:
        line = self._axis(state, now_ns)
        self.lane.show_marks(tuple(session_marks(history, line)), line)

    def _setting(
        self, state: ViewState, history: History, now_ns: int, *vitals: Vital
    ) -> tuple[Timeline, Scene]:
        """The time axis, and what lies behind the trend of `vitals`."""
        line, now_s = self._axis(state, now_ns), now_ns / NS_PER_S
        shades = tuple(_shades(history, line, now_s))
        return line, _scene(state, history, line, now_s, shades, vitals)


def _scene(
    state: ViewState,
    history: History,
    line: Timeline,
    now_s: float,
    shades: tuple[Shade, ...],
    vitals: tuple[Vital, ...],
) -> Scene:
    bands = []
    limits: list[Level] = []
    frozen = state.baseline_event
    for vital in vitals:
        value = state.baseline.get(vital)
        if value is None and vital is Vital.HR:
            value = state.baseline.get(Vital.PR)
        if value is not None and frozen is not None:
            half = 1.0 if vital is Vital.SPO2 else 2.0
            tint = {Vital.HR: "hr", Vital.SPO2: "spo2"}.get(vital, "bp")
            bands.append((line.minutes(frozen.t_ns / NS_PER_S), value - half, value + half, tint))
        for step in bounds_steps(state, history.phases, vital, now_s):
            ends = {"start": line.minutes(step.start_s), "end": line.minutes(step.end_s)}
            for bound in (step.bounds.low, step.bounds.high):
                if bound is not None:
                    limits.append(Level(**ends, value=bound))
    return Scene(shades=shades, bands=tuple(bands), limits=tuple(limits), now=line.minutes(now_s))


def _shades(history: History, line: Timeline, now_s: float) -> Iterator[Shade]:
    for span in history.phases:
        shade = PHASE_SHADES.get(span.phase)
        if shade is not None:
            end = now_s if span.end_s is None else span.end_s
            yield Shade(
                start=line.minutes(span.start_s),
                end=line.minutes(end),
                tint=shade[0],
                strength=shade[1],
            )
    for start_s, end_s, words in gaps(history):
        yield Shade(
            start=line.minutes(start_s),
            end=line.minutes(end_s),
            tint="dim",
            strength=0.7,
            hatched=True,
            words=words,
        )


def gaps(history: History) -> Iterator[tuple[float, float, str]]:
    """Each gap of the record: where it begins and ends in seconds, and what it is called."""
    named = {
        (event.gap_start_ns / 1e9, event.t_ns / 1e9): _gap_words(event)
        for event in history.listed
        if isinstance(event, SessionResumed | GapFound)
    }
    for start_s, end_s in history.gaps_s:
        yield start_s, end_s, named.get((start_s, end_s), "not recorded")


def _gap_words(event: SessionResumed | GapFound) -> str:
    if isinstance(event, GapFound):
        return f"not recorded: {event.cause}"
    return "not recorded: program not running"


def session_marks(history: History, line: Timeline) -> Iterator[Mark]:
    """The events of the lane in order of time: what was seen or given, alarms, the pump."""
    seen: set[str] = set()
    for number, event in zip(history.numbers, history.listed, strict=True):
        minute = line.minutes(event.t_ns / NS_PER_S)
        if isinstance(event, ObservationRecorded):
            more = event.severity if event.kind == "event" else event.text
            told = more is not None and event.kind in ("event", "drug")
            correction = history.amended.of(number)
            said = "" if correction is None else " (corrected)"
            if correction is not None and correction.withdrawn:
                said = " (withdrawn)"
            text = f"{event.label} {more}" if told else event.label
            yield Mark(minute=minute, text=f"{text}{said}")
        elif isinstance(event, DeliveryChanged):
            yield Mark(minute=minute, text=PUMP_WORDS.get(event.cause, event.cause), tint="drug")
        elif isinstance(event, LineMarked):
            yield Mark(minute=minute, text=MARK_WORDS[event.mark], tint="drug")
        elif isinstance(event, SessionResumed):
            yield Mark(minute=minute, text="recording resumed")
        elif isinstance(event, GapFound):
            yield Mark(minute=minute, text="recording again")
        elif isinstance(event, AlarmChanged):
            if event.state is AlarmState.OFF:
                seen.discard(event.alarm)
            elif event.state is AlarmState.SOUNDING and event.alarm not in seen:
                seen.add(event.alarm)
                yield Mark(minute=minute, text="", tint=_ALARM_TINTS[event.priority])
