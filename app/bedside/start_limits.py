"""The limits within which a patient may start, each judged from a reading or the baseline."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.bedside.fields import show_text, wrapped_label
from app.bedside.hold_box import HoldBox
from app.bedside.proof_box import asks_proof
from app.bedside.section import MARKS, Standing
from app.state import ViewState
from app.theme import style
from protocols.definition import STAND_INS, StartLimit
from protocols.events import AnswerGate, GateItemChanged
from protocols.gate import START_LIMIT_ITEM, try_words
from protocols.guardrails import Finding, plain_text
from protocols.vitals import PRESSURES, VITALS, Vital


def present_value(state: ViewState, vital: Vital) -> float | None:
    """The frozen baseline of `vital`; before it is frozen, the latest reading."""
    if state.baseline_event is not None:
        return state.baseline.get(vital)
    if vital in PRESSURES:
        pressure = state.last_blood_pressure
        if pressure is None:
            return None
        found = {
            Vital.SBP: pressure.sbp_mmhg,
            Vital.DBP: pressure.dbp_mmhg,
            Vital.MAP: pressure.map_mmhg,
        }
        return found[vital]
    reading = state.readings.get(vital)
    return reading.value if reading is not None else None


class StartLimitRow(QFrame):
    """One limit: the value, the range to start in, and the override when it holds.

    Signals:
        answered: an `AnswerGate` that overrides this limit, by the prescriber named.
    """

    answered = Signal(object)

    def __init__(self, limit: StartLimit, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.limit = limit
        self.held = False
        self.message = ""
        spec = VITALS[limit.vital]
        name = spec.name
        self.setAccessibleName(f"limit to start: {name}")
        self.state_label = QLabel()
        self.state_label.setFixedWidth(128)
        style(self.state_label, strong=True)
        self.value_label = QLabel()
        self.value_label.setFixedWidth(240)
        low, high = (plain_text(bound) for bound in limit.go)
        bounds = f"at {low}" if low == high else f"within {low} to {high}"
        self.range_label = wrapped_label(f"start {bounds} {spec.unit_text}")
        style(self.range_label, tone="dim")
        self.detail = wrapped_label(name=f"why {name} holds")
        style(self.detail, role="small", tone="attention")
        self.hold = HoldBox(f"pass {name}", "Start despite this")
        self.hold.passed.connect(self._override)
        column = QVBoxLayout(self)
        line = QHBoxLayout()
        column.addLayout(line)
        line.setSpacing(16)
        for widget in (self.state_label, self.value_label):
            line.addWidget(widget)
        line.addWidget(self.range_label, 1)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.detail)
        column.addWidget(self.hold)

    def render(self, state: ViewState) -> None:
        """Judge the value that `state` has."""
        self.hold.prescriber.ask_proof(proves=asks_proof(state))
        spec = VITALS[self.limit.vital]
        value = present_value(state, self.limit.vital)
        if value is None and self.limit.vital in STAND_INS:
            value = present_value(state, STAND_INS[self.limit.vital])
        finding = None if value is None else self.limit.judge(value)
        passed = state.gate.get(f"{START_LIMIT_ITEM}{self.limit.vital}")
        self.held = finding is not None and passed is None
        self.message = finding.message if finding is not None else ""
        show_text(self.value_label, f"{spec.label} {spec.format(value)} {spec.unit_text}")
        standing, word = self._standing(value, finding, overridden=passed is not None)
        show_text(self.state_label, f"{MARKS[standing]} {word}")
        style(self.state_label, tone="attention" if self.held else "dim")
        show_text(self.detail, f"{self.message} {_said(state, finding, passed)}".rstrip())
        self.hold.ask_about(self.message, hard=finding is not None and finding.kind == "hard")
        self.hold.setVisible(self.held and state.baseline_event is not None)

    def _standing(
        self, value: float | None, finding: Finding | None, *, overridden: bool
    ) -> tuple[Standing, str]:
        if value is None:
            return Standing.OPEN, "no value"
        if finding is None:
            return Standing.DONE, "within"
        if overridden:
            return Standing.DONE, "overridden"
        return Standing.HELD, f"{finding.kind} hold"

    @Slot(str, str, bool)
    def _override(self, prescriber: str, reason: str, confirmed: bool) -> None:
        self.answered.emit(
            AnswerGate(
                t_ns=0,
                by="",
                item=f"{START_LIMIT_ITEM}{self.limit.vital}",
                answer="overridden",
                reason=reason,
                prescriber=prescriber,
                confirmed=confirmed,
            )
        )


def _said(state: ViewState, finding: Finding | None, passed: GateItemChanged | None) -> str:
    """Which try this was, and who passed the limit."""
    frozen, definition = state.baseline_event, state.definition
    if finding is None or frozen is None or definition is None:
        return ""
    if passed is not None:
        return f"Passed by {passed.prescriber or passed.by}: {passed.detail}"
    return try_words(frozen.attempt, definition.holds.tries)


class StartLimitsTable(QWidget):
    """Every start limit of the protocol.

    Signals:
        answered: an `AnswerGate` that overrides one of them.
    """

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self.rows: dict[Vital, StartLimitRow] = {}
        self._frozen = False
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(8)
        self.heading = wrapped_label(name="what the limits are judged from")
        style(self.heading, strong=True, tone="dim")
        self._column.addWidget(self.heading)

    def render(self, state: ViewState) -> None:
        """Judge all of them from `state`."""
        limits = state.definition.start_limits if state.definition else ()
        if tuple(self.rows) != tuple(limit.vital for limit in limits):
            self._build(limits)
        self._frozen = state.baseline_event is not None
        source = "the baseline" if self._frozen else "the latest readings; the baseline decides"
        show_text(self.heading, f"Limits to start, judged from {source}" if limits else "")
        for row in self.rows.values():
            row.render(state)

    def _build(self, limits: tuple[StartLimit, ...]) -> None:
        for row in self.rows.values():
            self._column.removeWidget(row)
            row.deleteLater()
        self.rows = {limit.vital: StartLimitRow(limit) for limit in limits}
        for row in self.rows.values():
            row.answered.connect(self.answered)
            self._column.addWidget(row)

    def holding(self) -> str:
        """Why the frozen baseline holds the start, or an empty text."""
        held = [row.message for row in self.rows.values() if row.held]
        return held[0] if held and self._frozen else ""
