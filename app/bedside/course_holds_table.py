"""What the patient's course holds: a dose too soon, a decision not taken; and who passes it."""

from __future__ import annotations

from PySide6.QtCore import Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app.bedside.fields import show_text, wrapped_label
from app.bedside.hold_box import HoldBox
from app.bedside.proof_box import asks_proof
from app.bedside.section import MARKS, Standing
from app.state import ViewState
from app.theme import style
from protocols.course_holds import CourseHold, course_holds
from protocols.courses.course import DECISION_ITEM, SPACING_ITEM
from protocols.definition import GateState
from protocols.events import AnswerGate

_TITLES = {SPACING_ITEM: "Time since the last dose", DECISION_ITEM: "Decision in the course"}


class CourseHoldRow(QFrame):
    """One hold: why, and the prescriber who passes it where it can be passed.

    Signals:
        answered: an `AnswerGate` that passes it.
    """

    answered = Signal(object)

    def __init__(self, item: str, parent: QWidget | None = None) -> None:
        """The row of the gate item `item`."""
        super().__init__(parent)
        style(self, surface="raised")
        self._item = item
        name = _TITLES[item]
        self.setAccessibleName(name)
        self.state_label = QLabel()
        self.state_label.setFixedWidth(128)
        style(self.state_label, strong=True)
        self.detail = wrapped_label(name=f"{name}: why it holds")
        self.hold = HoldBox(f"pass {name}", "Go on despite this")
        self.hold.passed.connect(self._pass)
        column = QVBoxLayout(self)
        line = QHBoxLayout()
        column.addLayout(line)
        line.setSpacing(16)
        line.addWidget(self.state_label)
        line.addWidget(wrapped_label(name), 1)
        line.addWidget(self.detail, 3)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        column.addWidget(self.hold)
        self.held = ""

    def show_hold(self, hold: CourseHold | None, state: ViewState) -> None:
        """Show `hold` as it stands in the record; None: nothing holds."""
        self.setVisible(hold is not None)
        self.held = ""
        if hold is None:
            return
        self.hold.prescriber.ask_proof(proves=asks_proof(state))
        change = state.gate.get(self._item)
        passed = change is not None and change.state == GateState.OVERRIDDEN.value and not hold.hard
        by = f" Passed by {change.prescriber}: {change.detail}" if passed and change else ""
        self.held = "" if passed else hold.sentence
        standing = Standing.DONE if passed else Standing.HELD
        word = "overridden" if passed else ("hard hold" if hold.hard else "soft hold")
        show_text(self.state_label, f"{MARKS[standing]} {word}")
        style(self.state_label, tone="dim" if passed else "attention")
        show_text(self.detail, f"{hold.sentence}{by}")
        self.hold.ask_about(hold.sentence, hard=False)
        self.hold.setVisible(not passed and not hold.hard)

    @Slot(str, str, bool)
    def _pass(self, prescriber: str, reason: str, confirmed: bool) -> None:
        self.answered.emit(
            AnswerGate(
                t_ns=0,
                by="",
                item=self._item,
                answer="passed",
                reason=reason,
                prescriber=prescriber,
            )
        )


class CourseHoldsTable(QWidget):
    """Everything that the patient's course holds; nothing is shown where nothing holds.

    Signals:
        answered: an `AnswerGate` that passes one of them.
    """

    answered = Signal(object)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, clear=True)
        self.heading = wrapped_label("Course")
        style(self.heading, strong=True, tone="dim")
        self.rows = {item: CourseHoldRow(item) for item in _TITLES}
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addWidget(self.heading)
        for row in self.rows.values():
            row.answered.connect(self.answered)
            column.addWidget(row)

    def render(self, state: ViewState, now_ns: int) -> None:
        """Judge the recorded patient's course at `now_ns`."""
        standing = None if state.patient is None else state.patient.standing
        holds = {hold.item: hold for hold in course_holds(standing, state.wall_clock, now_ns)}
        self.setVisible(bool(holds))
        for item, row in self.rows.items():
            row.show_hold(holds.get(item), state)

    def holding(self) -> str:
        """Why the course holds, or an empty text."""
        return next((row.held for row in self.rows.values() if row.held), "")
