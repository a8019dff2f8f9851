"""Recovery: each criterion of discharge with what met it, and the way out."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal, Slot
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.bedside.fields import ChoiceRow, TextField, labelled, show_text, wrapped_label
from app.bedside.follow_up_box import FollowUpBox, follow_up_holds
from app.bedside.print_row import PrintRow
from app.bedside.scale_words import scales_waiting
from app.bedside.section import MARKS, Refusals, Standing
from app.bedside.times import minutes_text
from app.history import History
from app.state import ViewState
from app.theme import style
from protocols.definition import DischargeCriterion
from protocols.events import (
    AdvancePhase,
    AnswerChecklist,
    AnswerDischarge,
    Command,
    DischargeItemChanged,
    Phase,
    PlanIntegration,
)
from protocols.vitals import NS_PER_S

INSTRUCTIONS = "discharge-instructions"
"""Name of the sheet that a patient takes home."""

AGAINST_ADVICE = "left against advice"
BEFORE_MINIMUM = "left before the minimum"
UNMET = "left with criteria not met"
"""How the reason of an early leaving begins in the record: before the soft minimum of the stay,
between that and the minimum, and after it."""

_LEAVES = {
    AGAINST_ADVICE: "Leaves early, against advice",
    BEFORE_MINIMUM: "Leaves before the minimum",
    UNMET: "Leaves with criteria not met",
}
"""The button of each."""


class CriterionRow(QFrame):
    """One criterion: mark and word, what it asks, what met it or is missing, answer buttons.

    Signals:
        answered: an `AnswerDischarge`.
        scale_wanted: id of the scale that the criterion rests on.
    """

    answered = Signal(object)
    scale_wanted = Signal(str)

    def __init__(self, criterion: DischargeCriterion, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="raised")
        self.criterion = criterion
        self.setAccessibleName(criterion.label)
        self.label = wrapped_label(criterion.label)
        self.detail = wrapped_label(name=f"what met it: {criterion.label}")
        style(self.detail, role="small", tone="dim")
        column = QVBoxLayout(self)
        column.setContentsMargins(12, 8, 12, 8)
        column.setSpacing(4)
        column.addWidget(self.label)
        column.addWidget(self.detail)
        self.answers: ChoiceRow | None = None
        self.fill_button: QPushButton | None = None
        if criterion.answers:
            options = [(answer, answer) for answer in criterion.answers]
            self.answers = ChoiceRow(criterion.label, options, follows_record=True)
            self.answers.chosen.connect(self._answer)
            column.addWidget(self.answers, 0, Qt.AlignmentFlag.AlignLeft)
        if criterion.scale:
            self.fill_button = QPushButton("Fill in")
            self.fill_button.setAccessibleName(f"fill in: {criterion.label}")
            self.fill_button.clicked.connect(self._ask_scale)
            column.addWidget(self.fill_button, 0, Qt.AlignmentFlag.AlignLeft)

    def show_change(self, change: DischargeItemChanged | None) -> None:
        """Show how the criterion stands in the record; None while nothing is known."""
        met = change.met if change is not None else None
        standing = {True: Standing.DONE, False: Standing.HELD, None: Standing.OPEN}[met]
        word = {True: "met", False: "not met", None: "open"}[met]
        show_text(self.label, f"{MARKS[standing]} {word}: {self.criterion.label}")
        style(self.label, tone="dim" if met else "attention" if met is False else "text")
        lack = "not filled in" if self.criterion.scale else "no reading in recovery"
        detail = change.detail if change is not None else lack
        by = f", {change.by}" if change is not None and change.by else ""
        if self.answers is None:
            show_text(self.detail, f"{detail}{by}")
        else:
            answered = change is not None and change.detail in self.criterion.answers
            self.answers.show_value(detail if answered else None)
            show_text(self.detail, f"answered{by}" if answered and by else "")

    @Slot()
    def _ask_scale(self) -> None:
        self.scale_wanted.emit(self.criterion.scale)

    @Slot(str)
    def _answer(self, answer: str) -> None:
        self.answered.emit(AnswerDischarge(t_ns=0, by="", item=self.criterion.id, answer=answer))


class DischargePanel(QFrame):
    """Every criterion, the time to stay, and the Discharge button that says what holds it.

    Signals:
        intended: `AnswerDischarge`, `AdvancePhase`, `AnswerChecklist` and `PlanIntegration`.
        scale_wanted: id of a scale to be filled in.
    """

    intended = Signal(object)
    scale_wanted = Signal(str)

    title = "Discharge"

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        style(self, surface="panel")
        self.setAccessibleName(self.title)
        self.rows: dict[str, CriterionRow] = {}
        self._holds = ""
        self._leaving = AGAINST_ADVICE
        self.stay_label = wrapped_label(name="time to stay")
        style(self.stay_label, strong=True)
        self.refusals = Refusals(AdvancePhase, AnswerDischarge, AnswerChecklist, PlanIntegration)
        column = QVBoxLayout(self)
        column.setContentsMargins(4, 0, 8, 4)
        column.setSpacing(8)
        column.addWidget(self.stay_label)
        column.addWidget(self._make_list(), 1)
        column.addWidget(self._make_leaving())
        column.addWidget(self.refusals)

    def _make_list(self) -> QScrollArea:
        self._list = QWidget()
        self._rows_column = QVBoxLayout(self._list)
        self._rows_column.setContentsMargins(0, 0, 8, 0)
        self._rows_column.setSpacing(8)
        self.follow_up = FollowUpBox()
        self.follow_up.intended.connect(self._send)
        self._rows_column.addWidget(self.follow_up)
        self._rows_column.addStretch(1)
        style(self._list, clear=True)
        scroll = QScrollArea()
        scroll.setWidgetResizable(True)
        scroll.setFrameShape(QFrame.Shape.NoFrame)
        scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        scroll.setWidget(self._list)
        for part in (scroll, scroll.viewport()):
            style(part, clear=True)
        return scroll

    def _make_leaving(self) -> QWidget:
        self.holds_label = wrapped_label(name="what holds the discharge")
        self.instructions = PrintRow(INSTRUCTIONS, "Print instructions")
        self.instructions.intended.connect(self.intended)
        self.discharge_button = QPushButton("Discharge")
        style(self.discharge_button, kind="primary")
        self.discharge_button.clicked.connect(self._discharge)
        self.early_button = QPushButton(_LEAVES[AGAINST_ADVICE])
        style(self.early_button, kind="quiet")
        self.early_button.clicked.connect(self._ask_reason)
        self.reason = TextField("reason for leaving early", "what was said and by whom")
        self.leave_button = QPushButton(f"Record: {AGAINST_ADVICE}")
        self.leave_button.clicked.connect(self._leave_early)
        self.reason_box = QWidget()
        style(self.reason_box, clear=True)
        reasons = QVBoxLayout(self.reason_box)
        reasons.setContentsMargins(0, 0, 0, 0)
        reasons.setSpacing(8)
        reasons.addWidget(labelled("Reason for leaving early", self.reason))
        reasons.addWidget(self.leave_button)
        self.reason_box.hide()
        box = QWidget()
        style(box, clear=True)
        column = QVBoxLayout(box)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        for widget in (
            self.instructions,
            self.holds_label,
            self.discharge_button,
            self.early_button,
            self.reason_box,
        ):
            column.addWidget(widget)
        return box

    def render(self, state: ViewState, history: History, now_ns: int) -> None:
        """Show the criteria of `state` and the time left to stay at `now_ns`."""
        criteria = state.definition.discharge if state.definition else ()
        if tuple(self.rows) != tuple(criterion.id for criterion in criteria):
            self._build(criteria)
        for item, row in self.rows.items():
            row.show_change(state.discharge.get(item))
        self.follow_up.show_state(state)
        self.instructions.watch(history)
        left_ns = _left_to_stay_ns(state, now_ns)
        show_text(self.stay_label, _stay_text(state, left_ns, now_ns))
        self._holds = self._holding(state, left_ns, scales_waiting(state, now_ns))
        recovering = state.phase is Phase.RECOVERY
        show_text(self.holds_label, self._holds or "All criteria are met.")
        style(self.holds_label, tone="attention" if self._holds else "text")
        self.discharge_button.setEnabled(recovering and not self._holds)
        self.early_button.setVisible(
            recovering and bool(self._holds) and self.reason_box.isHidden()
        )
        if not self._holds:
            self.reason_box.hide()
        self._leaving = leaving_words(state, now_ns)
        self.early_button.setText(_LEAVES[self._leaving])
        self.leave_button.setText(f"Record: {self._leaving}")
        self.refusals.watch(state)

    def _build(self, criteria: tuple[DischargeCriterion, ...]) -> None:
        for row in self.rows.values():
            self._rows_column.removeWidget(row)
            row.deleteLater()
        self.rows = {}
        for number, criterion in enumerate(criteria):
            row = CriterionRow(criterion)
            row.answered.connect(self._send)
            row.scale_wanted.connect(self.scale_wanted)
            self.rows[criterion.id] = row
            self._rows_column.insertWidget(number, row)

    def _holding(self, state: ViewState, left_ns: int | None, waiting: list[str]) -> str:
        if state.phase is Phase.DISCHARGED:
            return ""
        if state.phase is not Phase.RECOVERY or left_ns is None:
            return "Discharge is judged in recovery, after the infusion."
        unmet = sum(
            1
            for item in self.rows
            if (change := state.discharge.get(item)) is None or change.met is not True
        )
        parts = []
        if unmet:
            parts.append(f"{unmet} of {len(self.rows)} criteria are not met")
        if left_ns > 0:
            parts.append(f"{minutes_text(left_ns)} of observation left")
        if waiting:
            parts.append(f"not filled in: {', '.join(waiting)}")
        parts += follow_up_holds(state)
        if state.scales.flags:
            parts.append("a scale asks for an action that is not written")
        return f"Discharge is held: {', '.join(parts)}." if parts else ""

    @Slot(object)
    def _send(self, command: Command) -> None:
        self.refusals.forget()
        self.intended.emit(command)

    @Slot()
    def _discharge(self) -> None:
        self.refusals.forget()
        self.intended.emit(AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED))

    @Slot()
    def _ask_reason(self) -> None:
        self.early_button.hide()
        self.reason_box.show()
        self.reason.setFocus()

    @Slot()
    def _leave_early(self) -> None:
        if not self.reason.words():
            self.reason.setFocus()
            return
        self.refusals.forget()
        reason = f"{self._leaving}: {self.reason.words()}"
        self.intended.emit(AdvancePhase(t_ns=0, by="", phase=Phase.DISCHARGED, reason=reason))


def leaving_words(state: ViewState, now_ns: int) -> str:
    """How leaving at `now_ns` is called in the record."""
    if state.recovery_since_ns is None or state.definition is None:
        return AGAINST_ADVICE
    stayed_ns = now_ns - state.recovery_since_ns
    if stayed_ns < state.definition.recovery.soft_minimum_s * NS_PER_S:
        return AGAINST_ADVICE
    return BEFORE_MINIMUM if _left_to_stay_ns(state, now_ns) else UNMET


def _left_to_stay_ns(state: ViewState, now_ns: int) -> int | None:
    """Time still to stay, ns; None before the drug ended."""
    if state.recovery_since_ns is None or state.definition is None:
        return None
    stay_ns = state.definition.recovery.minimum_s * NS_PER_S
    return max(0, state.recovery_since_ns + stay_ns - now_ns)


def _stay_text(state: ViewState, left_ns: int | None, now_ns: int) -> str:
    since_ns = state.recovery_since_ns
    if left_ns is None or since_ns is None or state.definition is None:
        return "The time to stay counts from the drug: none was given."
    if state.phase is Phase.DISCHARGED:
        return "The patient is discharged."
    stayed = minutes_text(now_ns - since_ns)
    whole = minutes_text(state.definition.recovery.minimum_s * NS_PER_S)
    if left_ns:
        return f"Observed {stayed} of {whole}; {minutes_text(left_ns)} left."
    return f"✓ Observed {stayed}; at least {whole} are asked."
