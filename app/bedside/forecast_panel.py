"""What the forecast says now, what it rests on, and that it is no alarm."""

from __future__ import annotations

from PySide6.QtWidgets import QWidget

from app import theme
from app.bedside.entry_panel import EntryPanel
from app.bedside.fields import show_text, wrapped_label
from app.bedside.forecast_words import NO_ALARM, RESTS_ON, model_words, reason_words
from app.forecasting import Forecaster
from app.history import History
from app.state import ViewState


class ForecastPanel(EntryPanel):
    """A page to read; it records nothing."""

    title = "Forecast"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.forecaster = Forecaster()
        self.no_alarm = wrapped_label(NO_ALARM)
        self.now = wrapped_label(name="forecast now")
        self.rests = wrapped_label(RESTS_ON)
        self.model = wrapped_label(name="model of the forecast")
        for label in (self.rests, self.model):
            theme.style(label, role="small", tone="dim")
        for label in (self.no_alarm, self.now, self.rests, self.model):
            self.body.addWidget(label)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Say what is forecast now, and by which model."""
        model = self.forecaster.model(state)
        horizon_min = 0.0 if model is None else model.horizon_min
        found = {} if model is None else self.forecaster.at(state, history, now_ns)
        show_text(self.now, "\n".join(reason_words(found, horizon_min)))
        show_text(self.model, "\n".join(model_words(model)))
