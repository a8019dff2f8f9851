"""What the infusion pump says of itself, in one quiet line; not there without a pump."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import theme
from app.bedside.times import age_text
from app.history import History
from app.state import ViewState
from protocols.events import PumpReported

PUMP = "pump"
"""The slot of a session in which a pump stands."""


class PumpLine(QFrame):
    """The pump's volume beside that of the timer, its rate, whether it runs, and their age."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self.setAccessibleName("infusion pump")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 2, 12, 2)
        row.setSpacing(2 * theme.GRID_PX)
        self.facts, self.age = QLabel(), QLabel()
        self.facts.setMinimumWidth(1)
        for label in (self.facts, self.age):
            theme.style(label, role="small", tone="dim")
        row.addWidget(self.facts, 1)
        row.addWidget(self.age)
        self.hide()

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the pump of `state` at `now_ns`."""
        there = has_pump(state)
        if self.isHidden() is there:
            self.setVisible(there)
        if not there:
            return
        stale = state.pump.fresh(now_ns) is None
        theme.set_text(self.facts, pump_words(state, now_ns))
        theme.set_text(self.age, pump_age_words(state, now_ns))
        for label in (self.facts, self.age):
            theme.style(label, role="small", tone="attention" if stale else "dim")


def has_pump(state: ViewState) -> bool:
    """Whether a pump is read in this session."""
    slots = () if state.opened is None else state.opened.devices
    return any(slot.device == PUMP for slot in slots)


def pump_words(state: ViewState, now_ns: int) -> str:
    """``Pump 20.5 mL · timer 20.7 mL · 52.5 mL/h · runs``; old facts are not shown as present."""
    report = state.pump.fresh(now_ns)
    if report is None:
        return "Pump: nothing known at present; look at its display"
    pair = state.pump.volume_pair(now_ns)
    if pair is not None:
        parts = [f"Pump {float(pair.pump_ml):.1f} mL", f"timer {float(pair.timer_ml):.1f} mL"]
    elif report.volume_ml is not None:
        parts = [f"Pump, counter {report.volume_ml:.1f} mL"]
    else:
        parts = ["Pump, volume unknown"]
    return " · ".join([*parts, *standing_words(report)])


def standing_words(report: PumpReported) -> list[str]:
    """Rate, standing, alarm, drug and note of `report`, those there are."""
    running = {True: "runs", False: "stands still", None: "runs or stands still: unknown"}
    rate = "rate unknown" if report.rate_ml_per_h is None else f"{report.rate_ml_per_h:.1f} mL/h"
    alarm = f"its alarm: {report.alarm}" if report.alarm else ""
    words = (rate, running[report.running], alarm, report.drug, report.note)
    return [word for word in words if word]


def pump_age_words(state: ViewState, now_ns: int) -> str:
    """How long ago the pump spoke last; empty before that."""
    report = state.pump.report
    if report is None:
        return ""
    age = age_text(now_ns - report.t_ns)
    return age if state.pump.fresh(now_ns) is not None else f"last heard {age}"


def pump_values(state: ViewState, now_ns: int) -> str:
    """What the card of the pump shows before the start: counter, rate, standing, age."""
    report = state.pump.report
    if report is None:
        return ""
    age = pump_age_words(state, now_ns)
    if state.pump.fresh(now_ns) is None:
        return age
    volume = "" if report.volume_ml is None else f"counter {report.volume_ml:.1f} mL"
    return "    ".join([*([volume] if volume else []), *standing_words(report), age])
