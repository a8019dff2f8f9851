"""The tile of blood pressure, with the abort button while the cuff is inflated."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from app import theme
from app.bedside.numeric_tile import Tile, limits_line, row_of, tile_label
from app.bedside.wording import pressure
from app.history import History
from app.plots.bounds import off_words
from app.signs import LimitOffSign
from app.state import ViewState
from protocols.events import AbortBp
from protocols.vitals import PRESSURES


class BpTile(Tile):
    """The last cuff pressure with its age, change from baseline, limits, and the next one.

    Attributes:
        actionable: False where a recorded session is shown.

    Signals:
        intended: an `AbortBp`.
    """

    intended = Signal(object)
    vitals = PRESSURES

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__("BP mmHg", "bp", parent)
        self.actionable = True
        self.value = tile_label("giant", "bp")
        self.mean = tile_label("large", "bp")
        self.change = tile_label("body", "text")
        self.limits = tile_label("small", "dim", right=True)
        self.reason = tile_label("small", "text")
        self.upcoming = tile_label("body", "text", right=True)
        self.off = LimitOffSign()
        self.abort = QPushButton("Abort\nF4")
        self.abort.setAccessibleName("abort the blood pressure measurement")
        theme.style(self.abort, kind="action", weighty="true")
        self.abort.hide()
        self.abort.clicked.connect(self._abort)
        numbers = QHBoxLayout()
        self.column.addLayout(numbers, 1)
        numbers.addWidget(self.value, 4)
        numbers.addWidget(self.mean, 1)
        numbers.addWidget(self.abort)
        for left, right in ((self.change, self.upcoming), (self.reason, self.limits)):
            row = row_of()
            self.column.addLayout(row)
            row.addWidget(left, 5)
            row.addWidget(right, 4)
            if right is self.limits:
                row.addWidget(self.off)

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the last determination at `now_ns`."""
        shown = pressure(state, now_ns)
        tone = "faint" if shown.aged or shown.value == "--/--" else "bp"
        theme.set_text(self.value, shown.value)
        theme.set_text(self.mean, shown.mean)
        for label in (self.value, self.mean):
            theme.style(label, tone=tone)
        old = "too old, repeat" if shown.repeat else "old"
        age = f"{shown.age}: {old}" if shown.aged else shown.age
        theme.set_text(self.corner, age)
        theme.style(self.corner, tone="attention" if shown.aged else "dim", strong=shown.aged)
        theme.set_text(self.change, shown.change)
        off = off_words(state, *self.vitals)
        self.off.show_off(bool(off) and not shown.confirm)
        theme.set_text(self.limits, limits_line(shown.limits.removeprefix("limits "), off))
        theme.style(self.limits, tone="attention" if off else "dim", strong=bool(off))
        ahead = self.forecast(state, history, now_ns)
        theme.set_text(self.reason, shown.confirm or shown.reason or ahead.line)
        tone = "attention" if shown.confirm else "text" if shown.reason else "dim"
        theme.style(self.reason, tone=tone, strong=bool(shown.confirm))
        # the request to repeat needs the whole line
        if self.limits.isHidden() is not bool(shown.confirm):
            self.limits.setVisible(not shown.confirm)
        theme.set_text(self.upcoming, shown.upcoming)
        busy = shown.busy and self.actionable
        if self.abort.isHidden() is busy:
            self.abort.setVisible(busy)
            self.mean.setVisible(not busy)
        self.show_alarm(state)
        parts = (
            shown.value,
            shown.mean,
            age,
            shown.change,
            shown.confirm,
            shown.reason,
            shown.upcoming,
            off,
            ahead.spoken,
        )
        self.setAccessibleDescription(", ".join(part for part in parts if part))

    @Slot()
    def _abort(self) -> None:
        self.intended.emit(AbortBp(t_ns=0, by=""))
