"""The rest before the baseline: how long it still lasts, and why earlier pressures may count."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtWidgets import QVBoxLayout, QWidget

from app.bedside.fields import TextField, labelled, show_text, wrapped_label
from app.bedside.times import minutes_text
from app.history import BpPoint
from app.state import ViewState
from app.theme import style
from protocols.baseline import counts_from_ns
from protocols.events import Phase
from protocols.vitals import NS_PER_S


class RestRow(QWidget):
    """A countdown until pressures count; a reason lets those count that were taken before."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self._from_ns = 0
        self.label = wrapped_label(name="rest before the first reading")
        self.reason = TextField(
            "reason to count pressures before the rest was over", "why they count all the same"
        )
        self.reason_box = labelled("Count the earlier pressures because", self.reason)
        self.reason_box.hide()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.label)
        column.addWidget(self.reason_box)

    def show_state(
        self, state: ViewState, fresh: Sequence[BpPoint], now_ns: int, *, repeating: bool
    ) -> None:
        """Count down; `fresh` are the pressures that could make the baseline."""
        frozen, definition = state.baseline_event, state.definition
        if definition is None or (frozen is not None and not repeating):
            self._from_ns = 0
            show_text(self.label, "")
            self.reason_box.hide()
            return
        self._from_ns = counts_from_ns(definition, state.care.rest_since_ns, frozen)
        show_text(self.label, _words(state, self._from_ns, now_ns, repeating=repeating))
        early = any(round(point.t_s * NS_PER_S) < self._from_ns for point in fresh)
        self.reason_box.setVisible(early and state.phase is Phase.BASELINE)

    def counting(self, points: Sequence[BpPoint]) -> list[BpPoint]:
        """Those of `points` that count: from the end of the rest on, or all with a reason."""
        if self.reason_words():
            return list(points)
        return [point for point in points if round(point.t_s * NS_PER_S) >= self._from_ns]

    def reason_words(self) -> str:
        """The reason typed, or empty while none is asked for."""
        return "" if self.reason_box.isHidden() else self.reason.words()


def _words(state: ViewState, from_ns: int, now_ns: int, *, repeating: bool) -> str:
    definition = state.definition
    if definition is None:
        return ""
    rest = f"Seated at rest for {minutes_text(definition.baseline.rest_s * NS_PER_S)}"
    if state.phase is not Phase.BASELINE:
        return f"{rest} before the first reading; same arm and cuff as during the infusion."
    since_ns = state.care.rest_since_ns
    if not from_ns:
        passed = minutes_text(now_ns - (since_ns or now_ns))
        return f"{rest} before the first reading: {passed} passed since this phase began."
    left_ns = from_ns - now_ns
    what = "the repeat" if repeating else "the first reading"
    if left_ns > 0:
        return f"○ {minutes_text(left_ns)} to wait before {what}: pressures before do not count."
    return f"✓ The wait before {what} is over."
