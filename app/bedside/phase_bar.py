"""How far the visit is: its phases, and how much of the drug is in."""

from __future__ import annotations

from PySide6.QtCore import QRectF
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QWidget

from app import theme
from app.bedside.times import minutes_text
from app.history import History
from app.state import ViewState
from app.state_giving import doses_planned, time_to_next_dose_ns
from protocols.events import Giving, Phase
from protocols.vitals import NS_PER_S


class DoseProgress(QWidget):
    """A bar filled by the share of the dose that was given."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAccessibleName("dose given")
        self.setMinimumWidth(80)
        self.setFixedHeight(2 * theme.GRID_PX)
        self._permille = -1

    @property
    def share(self) -> float:
        """The share shown, 0 to 1."""
        return max(0, self._permille) / 1000

    def show_share(self, share: float) -> None:
        """Show `share`, 0 to 1."""
        permille = round(1000 * min(1.0, max(0.0, share)))
        if permille != self._permille:
            self._permille = permille
            self.setAccessibleDescription(f"{permille / 10:.0f} percent")
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """The empty bar and its filled part."""
        look, painter = theme.active_theme(), QPainter(self)
        area = QRectF(self.rect())
        painter.fillRect(area, look.colour("line"))
        area.setWidth(area.width() * self.share)
        painter.fillRect(area, look.colour("drug"))
        painter.end()


class PhaseBar(QFrame):
    """Baseline, infusion, recovery, discharge: the present one in full, the others by name."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel")
        self.setAccessibleName("phase of the visit")
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 12, 6)
        row.setSpacing(2 * theme.GRID_PX)
        self.baseline, self.infusion = self._label(), self._label()
        self.dose, self.recovery, self.discharge = self._label(), self._label(), self._label()
        self.progress = DoseProgress()
        theme.style(self.infusion, role="title")
        theme.style(self.dose, tone="drug", strong=True)
        row.addWidget(self.baseline)
        row.addWidget(self.infusion)
        row.addWidget(self.progress, 1)
        for label in (self.dose, self.recovery, self.discharge):
            row.addWidget(label)

    @staticmethod
    def _label() -> QLabel:
        label = QLabel()
        theme.style(label, role="body", tone="dim")
        return label

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the phase at `now_ns`."""
        theme.set_text(self.baseline, "Baseline ✓" if state.baseline_event else "Baseline –")
        theme.set_text(self.infusion, infusion_words(state, now_ns))
        theme.style(self.infusion, tone="dim" if state.phase is Phase.RECOVERY else "text")
        theme.set_text(self.dose, dose_words(state, now_ns))
        planned = 0.0 if state.dose is None else float(state.dose.dose_mg)
        self.progress.show_share(state.delivered_mg(now_ns) / planned if planned else 0.0)
        theme.set_text(self.recovery, recovery_words(state, now_ns))
        recovering = state.phase is Phase.RECOVERY
        theme.style(self.recovery, tone="text" if recovering else "dim", strong=recovering)
        theme.set_text(self.discharge, "Discharge")


def infusion_words(state: ViewState, now_ns: int) -> str:
    """Phase of the infusion with its clock: ``INFUSION 23:41 of 40:00``."""
    started, ended = state.infusion_started_ns, state.infusion_ended_ns
    if state.dose is not None and state.dose.giving is not Giving.INFUSION:
        return dosing_words(state, now_ns)
    if started is None:
        return "Infusion not started"
    elapsed = minutes_text((now_ns if ended is None else ended) - started)
    planned = "" if state.dose is None else f" of {float(state.dose.duration_min):g}:00"
    if state.phase is Phase.PAUSED:
        return f"PAUSED {minutes_text(now_ns - state.phase_since_ns)} at {elapsed}{planned}"
    if state.phase is Phase.STOPPED:
        return f"STOPPED at {elapsed}{planned}"
    if ended is not None:
        return f"Infusion ended at {elapsed}"
    if state.delivery is not None and state.delivery.finished:
        return f"DOSE GIVEN, {elapsed}"
    return f"INFUSION {elapsed}{planned}"


def dosing_words(state: ViewState, now_ns: int) -> str:
    """How far doses given at once are, with the clock from the first: ``DOSE 2 of 3, 5:10``."""
    started, ended = state.infusion_started_ns, state.infusion_ended_ns
    given, planned = len(state.giving.doses), doses_planned(state.dose)
    if started is None:
        return "No dose given yet"
    clock = minutes_text(now_ns - started)
    if ended is not None:
        return f"{given} of {planned} given, {clock} from the first"
    wait_ns = time_to_next_dose_ns(state.giving, state.definition, now_ns)
    then = f"next in {minutes_text(wait_ns)}" if wait_ns else "next one now"
    return f"DOSE {given} of {planned} given, {clock}: {then}"


def dose_words(state: ViewState, now_ns: int) -> str:
    """Given and planned, rate, time left: ``20.7 of 35.0 mg · 52.5 mL/h · 16:19 left``."""
    dose, delivery = state.dose, state.delivery
    if dose is None:
        return ""
    given = state.delivered_mg(now_ns)
    parts = [f"{given:.1f} of {dose.dose_mg:.1f} mg"]
    if delivery is None or state.infusion_ended_ns is not None or not dose.duration_min:
        return parts[0]
    rate = float(delivery.rate_mg_per_min)
    if rate > 0 and not delivery.finished:
        slowed = f" ({delivery.percent} %)" if delivery.percent != 100 else ""
        parts.append(f"{rate * 60 / float(dose.concentration_mg_per_ml):.1f} mL/h{slowed}")
        left_ns = round((float(dose.dose_mg) - given) / rate * 60 * NS_PER_S)
        parts.append(f"{minutes_text(left_ns)} left")
    return " · ".join(parts)


def recovery_words(state: ViewState, now_ns: int) -> str:
    """How long recovery lasts and should last."""
    planned = ""
    if state.definition is not None:
        planned = f"{state.definition.recovery.minimum_s // 60} min"
    if state.phase is not Phase.RECOVERY:
        return f"Recovery {planned}".strip()
    lasted = minutes_text(now_ns - (state.recovery_since_ns or state.phase_since_ns))
    return f"RECOVERY {lasted}" + (f" of {planned}" if planned else "")
