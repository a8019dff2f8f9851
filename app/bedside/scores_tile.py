"""What a person counts or asks: respiratory rate, alertness, distress, each with its age."""

from __future__ import annotations

from PySide6.QtWidgets import QFrame, QGridLayout, QWidget

from app import theme
from app.bedside.numeric_tile import tile_label, worst_alarm
from app.bedside.times import age_text
from app.bedside.wording import score_validity_s
from app.history import History
from app.state import ViewState
from protocols.vitals import NS_PER_S, VITALS, Vital

SHOWN = (Vital.RR, Vital.MOAAS, Vital.DISTRESS)


class ScoresTile(QFrame):
    """Three numbers side by side; one that is too old greys and says its age."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        theme.style(self, surface="panel", tile="true")
        self.setAccessibleName("respiration and scores")
        grid = QGridLayout(self)
        grid.setContentsMargins(12, 4, 12, 4)
        grid.setVerticalSpacing(0)
        self.values = {}
        self.ages = {}
        self._titles = {}
        for column, vital in enumerate(SHOWN):
            title = tile_label("small", "other")
            value, age = tile_label("large", "other"), tile_label("small", "dim")
            self._titles[vital], self.values[vital], self.ages[vital] = title, value, age
            for row, label in enumerate((title, value, age)):
                grid.addWidget(label, row, column)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show each score at `now_ns`."""
        validity_ns = score_validity_s(state) * NS_PER_S
        for vital in SHOWN:
            reading = state.last_values.get(vital)
            priority = worst_alarm(state, (vital,))
            mark = "" if priority is None else f" {theme.PRIORITY_SIGNS[priority].mark}"
            spec = VITALS[vital]
            theme.set_text(self._titles[vital], f"{spec.label} {spec.unit_text}{mark}")
            if reading is None or reading.value is None:
                theme.set_text(self.values[vital], "--")
                theme.set_text(self.ages[vital], "not yet")
                theme.style(self.values[vital], tone="dim")
                continue
            age_ns = now_ns - reading.measured_ns
            stands_ns = state.fresh_for_ns(reading)
            if stands_ns is not None and age_ns > stands_ns:
                theme.set_text(self.values[vital], "--")
                theme.set_text(
                    self.ages[vital], f"was {spec.format(reading.value)}, {age_text(age_ns)}"
                )
                theme.style(self.values[vital], tone="dim")
                continue
            theme.set_text(self.values[vital], spec.format(reading.value))
            theme.set_text(self.ages[vital], age_text(age_ns))
            theme.style(self.values[vital], tone="faint" if age_ns > validity_ns else "other")
