"""The tile of one streamed vital: label, giant number, change from baseline, limits."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app import theme
from app.bedside.forecast_words import ForecastWords, forecast_words
from app.bedside.wording import Numeric, numeric
from app.forecasting import Forecaster
from app.history import History
from app.plots.bounds import off_words
from app.signs import ConditionSign, LimitOffSign
from app.state import ViewState
from protocols.events import AlarmChanged, Priority
from protocols.vitals import VITALS, Vital


def tile_label(role: str, tone: str, *, right: bool = False) -> QLabel:
    """A label of a tile that never makes the tile wider."""
    label = FigureLabel() if role == "giant" else QLabel()
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
    side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
    label.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
    theme.style(label, role=role, tone=tone)
    return label


class FigureLabel(QLabel):
    """Figures alone: no taller than they are, so that they can be as large as there is room."""

    def sizeHint(self) -> QSize:
        """Room for figures without the space that letters with tails need."""
        return QSize(super().sizeHint().width(), round(1.3 * self.fontMetrics().capHeight()))

    def minimumSizeHint(self) -> QSize:
        """As high as `sizeHint`, of any width."""
        return QSize(0, self.sizeHint().height())


def row_of(*labels: QWidget) -> QHBoxLayout:
    """Labels side by side, sharing the width."""
    row = QHBoxLayout()
    row.setSpacing(theme.GRID_PX)
    for label in labels:
        row.addWidget(label, 1)
    return row


def alarm_about(state: ViewState, vitals: tuple[Vital, ...]) -> AlarmChanged | None:
    """The most urgent alarm about one of `vitals`, or None."""
    return next((alarm for alarm in state.active_alarms if alarm.vital in vitals), None)


def worst_alarm(state: ViewState, vitals: tuple[Vital, ...]) -> Priority | None:
    """Priority of the most urgent alarm about one of `vitals`, or None."""
    alarm = alarm_about(state, vitals)
    return None if alarm is None else alarm.priority


class Tile(QFrame):
    """A panel with a head line; its frame and a mark show an alarm about it."""

    vitals: tuple[Vital, ...] = ()
    forecaster: Forecaster | None = None
    """What works out the forecast of a tile that shows one."""

    def __init__(self, title: str, tone: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel", tile="true")
        self.setAccessibleName(title)
        self.title = tile_label("body", tone)
        self._title = title
        self.corner = tile_label("small", "dim", right=True)
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(12, 4, 12, 4)
        self.column.setSpacing(0)
        self.shape = ConditionSign()
        self.shape.hide()
        head = QHBoxLayout()
        self.column.addLayout(head)
        head.setSpacing(theme.GRID_PX)
        head.addWidget(self.shape)
        head.addWidget(self.title, 1)
        head.addWidget(self.corner, 2)

    def show_alarm(self, state: ViewState) -> None:
        """Frame the tile, with shape and mark beside its title, while one of its vitals alarms."""
        alarm = alarm_about(state, self.vitals)
        mark = "" if alarm is None else f"  {theme.PRIORITY_SIGNS[alarm.priority].mark}"
        theme.set_text(self.title, f"{self._title}{mark}")
        if alarm is not None:
            technical = alarm.technical
            self.shape.show_alarm(alarm.priority, technical=technical, on_ground=False)
            theme.style(self, technical="true" if technical else "false")
        theme.style(self, frame="" if alarm is None else alarm.priority.value)
        if self.shape.isHidden() is (alarm is not None):
            self.shape.setVisible(alarm is not None)

    def forecast(self, state: ViewState, history: History, now_ns: int) -> ForecastWords:
        """The quiet words of the forecast of the tile's vitals; empty where there is none."""
        model = None if self.forecaster is None else self.forecaster.model(state)
        if self.forecaster is None or model is None:
            return ForecastWords()
        found = self.forecaster.at(state, history, now_ns)
        return forecast_words(found, self.vitals, model.horizon_min)


class NumericTile(Tile):
    """Heart rate or SpO2: a number with its change, its limits, and why it is missing."""

    def __init__(
        self, vital: Vital, title: str, beside: Vital | None = None, parent: QWidget | None = None
    ) -> None:
        """`beside` is a second vital shown small, such as the perfusion index beside SpO2."""
        spec = VITALS[vital]
        super().__init__(f"{title} {spec.unit_text}", spec.colour.value, parent)
        self.corner.hide()
        self._vital = vital
        self._beside = beside
        self._tone = spec.colour.value
        self.vitals = (vital, Vital.PR) if vital is Vital.HR else (vital,)
        self.value = tile_label("giant", self._tone)
        self.change = tile_label("large", "text", right=True)
        self.reason = tile_label("small", "text")
        self.limits = tile_label("small", "dim")
        self.beside = tile_label("small", "dim", right=True)
        value_row = QHBoxLayout()
        self.column.addLayout(value_row, 1)
        # the figures take the width they need, whatever is left is the change's
        self.value.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        value_row.addWidget(self.value)
        value_row.addWidget(self.change, 1)
        self.last = tile_label("small", "dim", right=True)
        value_row.addWidget(self.last, 1)
        self.last.hide()
        self.column.addWidget(self.reason)
        self.off = LimitOffSign()
        foot = QHBoxLayout()
        self.column.addLayout(foot)
        foot.setSpacing(theme.GRID_PX)
        foot.addWidget(self.off)
        foot.addWidget(self.limits, 3)
        foot.addWidget(self.beside, 2)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the vital at `now_ns`."""
        shown = numeric(state, self._vital, now_ns)
        theme.set_text(self.value, shown.value)
        doubted = shown.value == "--" or bool(shown.by_hand)
        theme.style(self.value, tone="dim" if doubted else self._tone)
        theme.set_text(self.change, shown.change)
        reason = " · ".join(part for part in (shown.by_hand, shown.reason, shown.held) if part)
        ahead = ForecastWords() if shown.value == "--" else self.forecast(state, history, now_ns)
        theme.set_text(self.reason, reason or ahead.line)
        theme.style(self.reason, tone="text" if reason else "dim")
        off = off_words(state, *self.vitals)
        self.off.show_off(bool(off))
        theme.set_text(self.limits, limits_line(shown.limits, off))
        theme.style(self.limits, tone="attention" if off else "dim", strong=bool(off))
        # beside the number: with the mark of an alarm the head line has no room for it
        theme.set_text(self.last, shown.last.replace(", ", ",\n"))
        if self.last.isHidden() is bool(shown.last):
            self.last.setVisible(bool(shown.last))
            self.change.setVisible(not shown.last)
        theme.set_text(self.beside, self._beside_words(state, now_ns))
        self.show_alarm(state)
        spoken = (_spoken(shown), off, ahead.spoken)
        self.setAccessibleDescription(", ".join(part for part in spoken if part))

    def _beside_words(self, state: ViewState, now_ns: int) -> str:
        if self._beside is None:
            return ""
        shown = numeric(state, self._beside, now_ns)
        return "" if shown.value == "--" else f"{VITALS[self._beside].label} {shown.value}"


def limits_line(limits: str, off: str) -> str:
    """The limits in force under a number; where one is off, that it is."""
    if off:
        return limits if "OFF" in limits else f"{limits} · one OFF" if limits else off
    return f"limits {limits}" if limits else ""


def _spoken(shown: Numeric) -> str:
    parts = (
        shown.value,
        shown.by_hand,
        shown.reason,
        shown.held,
        shown.last,
        shown.change,
        shown.limits,
    )
    return ", ".join(part for part in parts if part)
