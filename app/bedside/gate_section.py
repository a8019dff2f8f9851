"""The questions before the infusion, and the limits within which a patient may start."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.bedside.course_holds_table import CourseHoldsTable
from app.bedside.fields import ChoiceRow, TextField, labelled, show_text, wrapped_label
from app.bedside.hold_box import HoldBox
from app.bedside.proof_box import asks_proof
from app.bedside.refilled_layout import RefilledLayout
from app.bedside.section import MARKS, Section, Standing
from app.bedside.start_limits import StartLimitsTable
from app.history import History
from app.state import ViewState
from app.theme import style
from protocols.definition import GateItem, GateState, HoldKind
from protocols.events import AnswerGate, GateItemChanged

_STANDINGS = {
    GateState.DONE: Standing.DONE,
    GateState.HELD: Standing.HELD,
    GateState.OVERRIDDEN: Standing.DONE,
}


ANSWERS_BESIDE = 56
"""Answers with more letters than this stand below their question."""


class GateRow(QFrame):
    """One question with its answers; a held one says why and takes the reason that passes it.

    Signals:
        answered: an `AnswerGate`.
    """

    answered = Signal(object)

    def __init__(self, item: GateItem, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.setAccessibleName(item.question)
        self.item = item
        self._answer = ""
        self.question = wrapped_label(item.question)
        self.answers = ChoiceRow(
            item.question, [(answer, answer) for answer in item.answers], follows_record=True
        )
        self.answers.chosen.connect(self._send_answer)
        self.state_label = QLabel(MARKS[Standing.OPEN])
        self.state_label.setFixedWidth(112)
        style(self.state_label, strong=True, tone="dim")
        self.detail = wrapped_label(name="why it is held")
        style(self.detail, role="small", tone="attention")
        self.detail.hide()
        column = QVBoxLayout(self)
        line = QHBoxLayout()
        column.addLayout(line)
        line.setSpacing(16)
        line.addWidget(self.state_label)
        line.addWidget(self.question, 1)
        long = sum(len(answer) for answer in item.answers) > ANSWERS_BESIDE
        if not long:
            line.addWidget(self.answers)
        column.setContentsMargins(16, 8, 16, 8)
        column.setSpacing(8)
        if long:
            column.addWidget(self.answers, 0, Qt.AlignmentFlag.AlignRight)
        column.addWidget(self.detail)
        column.addWidget(self._make_text())
        column.addWidget(self._make_hold())

    def _make_text(self) -> QWidget:
        """What a passing answer asks for in words."""
        self.text = TextField(f"{self.item.question} {self.item.text_label}")
        self.text_button = QPushButton("Record")
        self.text_button.clicked.connect(self._send_text)
        self.text_box = labelled(self.item.text_label, self.text, self.text_button)
        self.text_box.hide()
        return self.text_box

    def _make_hold(self) -> QWidget:
        self.hold = HoldBox(self.item.question, "Record decision")
        self.hold.passed.connect(self._send_pass)
        self.hold.hide()
        return self.hold

    def show_change(self, change: GateItemChanged | None) -> None:
        """Show how the item stands in the record; None while it has no answer."""
        if change is None:
            self.answers.show_value(None)
            self._show_standing(Standing.OPEN, "open")
            show_text(self.detail, "")
            self.text_box.hide()
            self.hold.hide()
            return
        if change.answer != self._answer:
            self.hold.forget()
        self._answer = change.answer
        self.answers.show_value(change.answer)
        state = GateState(change.state)
        held = state is GateState.HELD
        passing = change.answer in self.item.passes
        kind = self.item.hold.words if held and not passing else str(state)
        self._show_standing(_STANDINGS[state], kind)
        show_text(self.detail, f"{change.detail}{_signed(change)}")
        style(self.detail, tone="dim" if state is GateState.DONE else "attention")
        asks = passing and change.answer in self.item.needs_reason
        self.text_box.setVisible(held and asks)
        self.hold.ask_about(
            f"{self.item.question} {change.answer}.", hard=self.item.hold is HoldKind.OVERRIDE
        )
        self.hold.setVisible(held and not passing and self.item.hold.can_be_passed)

    def _show_standing(self, standing: Standing, words: str) -> None:
        show_text(self.state_label, f"{MARKS[standing]} {words}")
        style(self.state_label, tone="attention" if standing is Standing.HELD else "dim")

    @Slot(str)
    def _send_answer(self, answer: str) -> None:
        self.answered.emit(AnswerGate(t_ns=0, by="", item=self.item.id, answer=answer))

    @Slot()
    def _send_text(self) -> None:
        if not self.text.words():
            self.text.setFocus()
            return
        self._send(reason=self.text.words())

    @Slot(str, str, bool)
    def _send_pass(self, prescriber: str, reason: str, confirmed: bool) -> None:
        self._send(reason=reason, prescriber=prescriber, confirmed=confirmed)

    def _send(self, *, reason: str, prescriber: str = "", confirmed: bool = False) -> None:
        self.answered.emit(
            AnswerGate(
                t_ns=0,
                by="",
                item=self.item.id,
                answer=self._answer,
                reason=reason,
                prescriber=prescriber,
                confirmed=confirmed,
            )
        )


def _signed(change: GateItemChanged) -> str:
    """Who stands behind the detail: the prescriber who passed it, and who entered that."""
    if not change.detail or not change.by or change.state == GateState.HELD:
        return ""
    if change.prescriber and change.prescriber != change.by:
        return f" ({change.prescriber}; entered by {change.by})"
    return f" ({change.prescriber or change.by})"


class GateSection(Section):
    """Every gate item of the protocol under its heading, and the limits to start within."""

    title = "Gate"
    refusable = (AnswerGate,)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, GateRow] = {}
        self.empty_label = wrapped_label("No protocol is in force: there is nothing to ask.")
        self.body.addWidget(self.empty_label)
        self._questions = RefilledLayout(QVBoxLayout())
        self._questions.layout.setSpacing(8)
        self.body.addLayout(self._questions.layout)
        self.course = CourseHoldsTable()
        self.course.answered.connect(self._pass_on)
        self.body.addWidget(self.course)
        self.limits = StartLimitsTable()
        self.limits.answered.connect(self._pass_on)
        self.body.addWidget(self.limits)
        self.body.addWidget(self.refusals)

    @Slot(object)
    def _pass_on(self, command: AnswerGate) -> None:
        self.send(command)

    def show_state(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the items of the protocol as they stand."""
        items = state.definition.gate if state.definition else ()
        if tuple(self.rows) != tuple(item.id for item in items):
            self._build(items)
        self.empty_label.setVisible(not items)
        for item, row in self.rows.items():
            row.hold.prescriber.ask_proof(proves=asks_proof(state))
            row.show_change(state.gate.get(item))
        self.course.render(state, now_ns)
        self.limits.render(state)

    def _build(self, items: tuple[GateItem, ...]) -> None:
        self._questions.clear()
        self.rows = {}
        heading = ""
        for item in items:
            if item.section != heading:
                heading = item.section
                label = QLabel(heading)
                style(label, strong=True, tone="dim")
                self._questions.add(label)
            row = GateRow(item)
            row.answered.connect(self._pass_on)
            self.rows[item.id] = row
            self._questions.add(row)

    def judge(self, state: ViewState, now_ns: int) -> tuple[Standing, str]:
        """Held by the first item or limit that holds; open while a question has no answer."""
        items = state.definition.gate if state.definition else ()
        if not items:
            return Standing.OPEN, "No protocol is in force."
        held = [i for i in items if i.id in state.gate and state.gate[i.id].state == GateState.HELD]
        if held:
            more = f" And {len(held) - 1} more." if len(held) > 1 else ""
            return Standing.HELD, f"{state.gate[held[0].id].detail}{more}"
        answered = sum(1 for item in items if item.id in state.gate)
        if answered < len(items):
            left = len(items) - answered
            return Standing.OPEN, f"{left} of {len(items)} questions have no answer."
        limit = self.course.holding() or self.limits.holding()
        if limit:
            return Standing.HELD, limit
        return Standing.DONE, ""
